//! The layer: events and closed spans become records.

use super::fields::{Fields, Of};
use super::logs;
use super::site::{self, Site};
use super::span::{Recorded, Times};
use crate::bridge::items::Items;
use crate::bridge::log::pack_pairs;
use crate::sync::OnceLock;
use ::log::kv::Source;
use tracing_core::metadata::LevelFilter;
use tracing_core::span::{Attributes, Id, Record};
use tracing_core::subscriber::{Interest, Subscriber};
use tracing_core::{Event, Metadata};
use tracing_log::NormalizeEvent as _;
use tracing_subscriber::layer::{Context, Filter, Layer};
use tracing_subscriber::registry::LookupSpan;

/// A layer that hands events on to the global runtime: see [`layer`].
///
/// ```
/// use ringlog::bridge::tracing::{RingLayer, layer};
/// use tracing_subscriber::layer::SubscriberExt as _;
///
/// let layer: RingLayer = layer();
/// let subscriber = tracing_subscriber::registry().with(layer);
/// tracing::subscriber::with_default(subscriber, || tracing::info!("accepted"));
/// ```
#[derive(Clone, Debug)]
pub struct RingLayer {
    /// Whether spans leave a record when they are closed.
    closes: bool,
    /// Whether what the filter stops is stopped for all layers.
    stops_all: bool,
}

/// A layer that hands events on to the global runtime.
///
/// ```
/// use tracing_subscriber::layer::SubscriberExt as _;
///
/// let subscriber = tracing_subscriber::registry().with(ringlog::bridge::tracing::layer().span_close(true));
/// tracing::subscriber::with_default(subscriber, || {
///     let _span = tracing::info_span!("request", id = 7).entered();
///     tracing::info!("accepted");
///     // At the end of the span: … request{id=7} close time.busy=1.23ms time.idle=45.6µs
/// });
/// ```
pub fn layer() -> RingLayer {
    follow_filter();
    RingLayer { closes: false, stops_all: true }
}

impl RingLayer {
    /// Whether each span leaves a record when it is closed, of its level and target and within itself: the
    /// message `close`, and the fields `time.busy`, for how long it was entered, and `time.idle`, for how long
    /// it was not. Both are text such as `1.23ms`. Off by default.
    ///
    /// ```
    /// use ringlog::bridge::tracing::layer;
    /// use tracing_subscriber::layer::SubscriberExt as _;
    ///
    /// let subscriber = tracing_subscriber::registry().with(layer().span_close(true));
    /// tracing::subscriber::with_default(subscriber, || {
    ///     tracing::info_span!("settle", day = 23).in_scope(|| ());
    ///     // … settle{day=23} close time.busy=1.2µs time.idle=3.4µs
    /// });
    /// ```
    pub fn span_close(mut self, closes: bool) -> Self {
        self.closes = closes;
        self
    }

    /// Whether what ringlog's filter stops is stopped for all layers of the subscriber, as `EnvFilter` does.
    /// On by default, and what makes a statement that is off cost nothing. Where other layers want what
    /// ringlog does not, set it to `false` and add [`filter`]: then the filter is ringlog's alone.
    ///
    /// ```
    /// use ringlog::bridge::tracing::{filter, layer};
    /// use tracing_subscriber::layer::{Layer as _, SubscriberExt as _};
    ///
    /// # struct Metrics;
    /// # impl<S: tracing::Subscriber> tracing_subscriber::Layer<S> for Metrics {}
    /// let subscriber = tracing_subscriber::registry()
    ///     .with(Metrics) // which sees all events
    ///     .with(layer().filters_all(false).with_filter(filter()));
    /// # tracing::subscriber::with_default(subscriber, || tracing::info!("counted"));
    /// ```
    pub fn filters_all(mut self, stops_all: bool) -> Self {
        self.stops_all = stops_all;
        self
    }
}

/// ringlog's filter as one for a single layer: see [`filter`].
///
/// ```
/// use ringlog::bridge::tracing::{RingFilter, filter};
///
/// let of_one_layer: RingFilter = filter();
/// # let _ = of_one_layer;
/// ```
#[derive(Clone, Debug)]
pub struct RingFilter(());

/// ringlog's filter as one for a single layer, ringlog's or any other: see [`RingLayer::filters_all`].
///
/// ```
/// use ringlog::bridge::tracing::filter;
/// use tracing_subscriber::layer::{Layer as _, SubscriberExt as _};
///
/// # struct Metrics;
/// # impl<S: tracing::Subscriber> tracing_subscriber::Layer<S> for Metrics {}
/// let subscriber = tracing_subscriber::registry().with(Metrics.with_filter(filter()));
/// # tracing::subscriber::with_default(subscriber, || tracing::info!("counted"));
/// ```
pub fn filter() -> RingFilter {
    follow_filter();
    RingFilter(())
}

/// Has `tracing` ask again for all callsites whenever the filter or a switch has changed.
fn follow_filter() {
    static FOLLOWING: OnceLock<()> = OnceLock::new();
    FOLLOWING.get_or_init(|| crate::filter::on_change(tracing_core::callsite::rebuild_interest_cache));
}

fn interest(metadata: &'static Metadata<'static>) -> Interest {
    if Site::of(metadata).statements.is_enabled() { Interest::always() } else { Interest::never() }
}

impl<S> Filter<S> for RingFilter {
    fn enabled(&self, metadata: &Metadata<'_>, _: &Context<'_, S>) -> bool {
        site::is_enabled(metadata)
    }

    fn callsite_enabled(&self, metadata: &'static Metadata<'static>) -> Interest {
        interest(metadata)
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(site::least_level())
    }
}

impl<S: Subscriber + for<'s> LookupSpan<'s>> Layer<S> for RingLayer {
    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        if self.stops_all { interest(metadata) } else { Interest::always() }
    }

    fn enabled(&self, metadata: &Metadata<'_>, _: Context<'_, S>) -> bool {
        !self.stops_all || site::is_enabled(metadata)
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        self.stops_all.then(site::least_level)
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        // Events of `tracing-log` have no file of their own, and asking it takes longer than to see that.
        let may_be_logged = event.metadata().file().is_none();
        let logged = may_be_logged.then(|| event.normalized_metadata()).flatten();
        let (site, of) = match &logged {
            Some(metadata) => (Site::of_borrowed(metadata), Of::LogRecord),
            None => (Site::of(event.metadata()), Of::Event),
        };
        if !site.statements.is_enabled() || crate::bridge::is_echo() {
            return;
        }
        let log = |pairs: Option<&dyn Source>| {
            let items = Items::new(|pack| {
                if let Some(target) = site.target {
                    pack.str("log.target", target);
                }
                event.record(&mut Fields { pack, of });
                if let Some(pairs) = pairs {
                    pack_pairs(pairs, pack);
                }
                for span in context.event_scope(event).into_iter().flatten() {
                    Recorded::pack(&span, pack);
                }
            });
            crate::entry::log(&site.statements.structured, items);
        };
        if of == Of::LogRecord { logs::with_pairs(log) } else { log(None) }
    }

    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        if !Site::of(attributes.metadata()).statements.is_enabled() {
            return;
        }
        let recorded = Recorded::new(|visitor| attributes.record(visitor));
        let mut extensions = span.extensions_mut();
        // Another layer of ringlog's may have been first.
        if extensions.get_mut::<Recorded>().is_none() {
            extensions.insert(recorded);
        }
        if self.closes && extensions.get_mut::<Times>().is_none() {
            extensions.insert(Times::new());
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        let later = Recorded::new(|visitor| values.record(visitor));
        if let Some(recorded) = span.extensions_mut().get_mut::<Recorded>() {
            recorded.add(&later);
        }
    }

    fn on_enter(&self, id: &Id, context: Context<'_, S>) {
        if self.closes
            && let Some(span) = context.span(id)
            && let Some(times) = span.extensions_mut().get_mut::<Times>()
        {
            times.enter();
        }
    }

    fn on_exit(&self, id: &Id, context: Context<'_, S>) {
        if self.closes
            && let Some(span) = context.span(id)
            && let Some(times) = span.extensions_mut().get_mut::<Times>()
        {
            times.exit();
        }
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        if !self.closes {
            return;
        }
        let Some(span) = context.span(&id) else { return };
        let Some(times) = span.extensions().get::<Times>().copied() else { return };
        let site = Site::of(span.metadata());
        if !site.statements.is_enabled() || crate::bridge::is_echo() {
            return;
        }
        let (busy, idle) = times.close();
        let items = Items::new(|pack| {
            if let Some(target) = site.target {
                pack.str("log.target", target);
            }
            pack.message(format_args!("close"));
            pack.shown("time.busy", format_args!("{busy}"));
            pack.shown("time.idle", format_args!("{idle}"));
            for span in span.scope() {
                Recorded::pack(&span, pack);
            }
        });
        crate::entry::log(&site.statements.structured, items);
    }
}
