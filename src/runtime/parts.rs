//! What a runtime is made of: threads, workers, sinks and loggers, and how they are added.

use super::{Core, Running, Topology};
use crate::account::Account;
use crate::backtrace::Backtrace;
use crate::batch::SinkId;
use crate::error::StartError;
use crate::layout::Layout;
use crate::level::Level;
use crate::logger::{Destination, Logger, plans};
use crate::protocol::lanes::MAX_SINKS;
use crate::protocol::want::Route;
use crate::ring::RingConsumer;
use crate::scheduler::{Command, Handle, SinkLink};
use crate::sink::Sink;
use crate::sink::server::serve;
use crate::sink::shared::Shared;
use crate::sink::work::{Queue, Work};
use crate::stats::{ProducerStats, Stats, WorkerStats};
use crate::sync::{Arc, MutexGuard, Ordering, lock, spawn};

/// Hands a new ring to the worker that drains the fewest; whether there is one that still takes rings.
pub(super) fn adopt(workers: &[Arc<Handle>], ring: RingConsumer, account: &Arc<Account>) -> bool {
    // ORDERING: relaxed, a hint: two rings that come at once may go to the same worker.
    let least = (0..workers.len()).min_by_key(|&worker| workers[worker].rings.load(Ordering::Relaxed));
    let Some(index) = least else { return false };
    // ORDERING: relaxed, as above.
    workers[index].rings.fetch_add(1, Ordering::Relaxed);
    // ORDERING: relaxed, the producer that reads it is made later on this thread.
    account.worker.store(index, Ordering::Relaxed);
    workers[index].send(Command::Ring(ring, Arc::clone(account)))
}

impl Handle {
    pub(super) fn stats(&self) -> WorkerStats {
        // ORDERING: relaxed, a count.
        self.counts.stats(self.rings.load(Ordering::Relaxed))
    }

    pub(super) fn send(&self, command: Command) -> bool {
        let taken = self.intake.push(command).is_ok();
        self.doorbell.ring();
        taken
    }
}

impl Topology {
    pub(super) fn all_sinks(&self) -> &'static Route {
        let ids: Vec<SinkId> = self.sinks.iter().map(|sink| sink.id).collect();
        crate::completion::route(&ids)
    }

    /// The number of a layout: that of an equal one, if there is any.
    pub(super) fn layout(&mut self, layout: Arc<dyn Layout>) -> usize {
        let key = layout.key();
        let known = self
            .layouts
            .iter()
            .position(|known| Arc::ptr_eq(known, &layout) || (key.is_some() && known.key() == key));
        known.unwrap_or_else(|| {
            self.layouts.push(layout);
            self.layouts.len() - 1
        })
    }
}

impl Core {
    pub(super) fn spawn(&self, name: String, run: Box<dyn FnOnce() + Send>) -> Result<(), StartError> {
        match spawn(&name, run) {
            Ok(handle) => {
                lock(&self.threads).push(Running { name, handle });
                Ok(())
            }
            Err(source) => Err(StartError::Thread { name, source }),
        }
    }

    pub(super) fn add_logger(
        &self,
        name: String,
        sinks: Vec<Box<dyn Sink>>,
        level: Option<Option<Level>>,
        backtrace: Option<Backtrace>,
    ) -> Result<Logger, StartError> {
        if self.registry.is_left_behind() {
            return Err(StartError::ShutDown);
        }
        let mut topology = lock(&self.topology);
        if self.registry.is_closed() {
            return Err(StartError::ShutDown);
        }
        let Ok(id) = u16::try_from(topology.loggers.len()) else {
            return Err(StartError::TooManyLoggers(name));
        };
        let mut shared = Vec::new();
        for sink in sinks {
            shared.push(self.add_sink(&mut topology, sink)?);
        }
        let plans = match topology.loggers.first() {
            Some(default) if shared.is_empty() => default.plans.clone(),
            _ => plans(&shared),
        };
        let registry = Arc::clone(&self.registry);
        let destination = Destination::new(id, name, registry, plans, backtrace);
        match level {
            Some(level) => destination.set_own_level(level),
            None => destination.apply(&topology.filter),
        }
        let destination = Arc::new(destination);
        topology.loggers.push(Arc::clone(&destination));
        for worker in &self.workers {
            if !worker.send(Command::Logger(Arc::clone(&destination))) {
                return Err(StartError::ShutDown);
            }
        }
        Ok(Logger { destination })
    }

    /// Starts a sink's thread and links it to every worker. The topology is locked, so that all workers get
    /// sinks in the same order.
    pub(super) fn add_sink(
        &self,
        topology: &mut MutexGuard<'_, Topology>,
        mut sink: Box<dyn Sink>,
    ) -> Result<Arc<Shared>, StartError> {
        if topology.sinks.len() >= MAX_SINKS as usize {
            return Err(StartError::TooManySinks(sink.name()));
        }
        let mut options = sink.take_options();
        for sink in std::iter::once(&mut sink).chain(options.on_error.fallback.as_mut()) {
            sink.report_to(Arc::clone(&self.handler.0));
        }
        let layout = options.layout.unwrap_or_else(|| sink.default_layout());
        let shared = Arc::new(Shared::new(
            topology.sinks.len() as SinkId,
            sink.name().into(),
            topology.layout(Arc::clone(&layout)),
            options.level,
            options.on_full,
            options.call_limit,
        ));
        let mut queues = Vec::new();
        let mut links = Vec::new();
        for _ in &self.workers {
            let (jobs, queue) = Queue::new();
            queues.push(queue);
            links.push(SinkLink { shared: Arc::clone(&shared), jobs, layout: layout.writer() });
        }
        let (handler, flushes) = (Arc::clone(&self.handler.0), (self.flushes, self.first_ticket));
        let work = Work::new(sink, options.on_error, Arc::clone(&shared), handler, flushes, queues);
        if let Err((source, _)) = serve(Box::new(work)) {
            return Err(StartError::Thread { name: shared.thread_name(), source });
        }
        for (worker, link) in self.workers.iter().zip(links) {
            worker.send(Command::Sink(link));
        }
        self.registry.bells.add_sink(Arc::clone(&shared.doorbell));
        self.watch.add_sink(Arc::clone(&shared));
        topology.sinks.push(Arc::clone(&shared));
        Ok(shared)
    }

    pub(super) fn stats(&self) -> Stats {
        if self.registry.is_left_behind() {
            return Stats { lost_after_shutdown: self.registry.lost(), ..Stats::default() };
        }
        let mut producers: Vec<ProducerStats> =
            self.registry.accounts().iter().map(|account| account.stats()).collect();
        if lock(&self.outcome).is_some() {
            // Nobody drains the rings any more.
            for producer in &mut producers {
                producer.dropped += std::mem::take(&mut producer.in_flight);
            }
        }
        Stats {
            producers,
            workers: self.workers.iter().map(|worker| worker.stats()).collect(),
            sinks: lock(&self.topology).sinks.iter().map(|sink| sink.stats()).collect(),
            lost_after_shutdown: self.registry.lost(),
        }
    }
}
