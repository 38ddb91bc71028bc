//! A log statement's expansion.
//!
//! ```text
//! { static CALLSITE; struct Site;
//!   if INFO_IS_COMPILED { if CALLSITE.is_enabled() {
//!     match (&first, &second) { (a0, a1) =>
//!       match (unit of a0, unit of a1) { units => log(statement(Site, &units), units) } } } } }
//! ```
//!
//! Where the expressions are variables and literals alone, so that nobody can tell whether they were evaluated, the filter need not
//! be asked before them: `if let Some(asked) = CALLSITE.may_be_enabled() { … log_asking(asked, …) … }`.
//!
//! The user's expressions stand in the outer `match` alone, where nothing of ours can be seen but the two items, whose
//! names nobody else uses; locals and `$crate` have the hygiene of the definition's site, and names of their own, as a pattern is a
//! constant or a static of the user's where there is one of its name. A *unit* is what one
//! placeholder, or one field, puts into the record. How it is printed its type says; the pieces of the format string are data
//! in the static, and the specs and the names of the fields data of the type that stands for it. Code of each statement's own
//! would take most of a crate's compile time.

mod message;
mod spec;

use crate::fields::{Field, Show};
use crate::input::{ContextInput, Expression, Input, Level, Mode, Rate};
use crate::private::Private;
use message::Value;
use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote_spanned};
use syn::{Error, Expr};

/// As many units as one tuple takes.
const TUPLE: usize = 8;

pub(crate) fn expand(input: TokenStream) -> syn::Result<TokenStream> {
    let mut input: Input = syn::parse2(crate::precedence::keep(input))?;
    let here = Span::mixed_site();
    let private = Private::of(&input.krate);

    let volume = volume(&private, &mut input)?;
    let mut values: Vec<Value> = input.fields.iter().map(|field| Value::borrowed(&field.value)).collect();
    let fields = field_units(&private, &input.fields);
    let by = match input.level {
        Level::Fixed(_) => quote_spanned!(here=> Site),
        Level::At(_) => quote_spanned!(here=> Sites),
    };
    let message = message::plan(&private, &by, &input.message, &mut values);
    let callsite = callsite(&private, &input, &message);
    let asks_late = asks_late(&input, &values);
    let call = call(&private, &input, asks_late, message.units, fields);
    let body = with_values(&private, &values, &call);

    if input.mode == Mode::Render {
        return match input.logger.as_ref().or(input.target.as_ref()) {
            Some(prefix) => Err(Error::new_spanned(prefix, "`render!` takes no prefix")),
            None => Ok(quote_spanned!(here=> { #callsite #body })),
        };
    }
    let (volume, body) = match volume {
        Some(Volume { state, pass }) => {
            (state, quote_spanned!(here=> if let #private::Option::Some(__ringlog_held) = #pass { #body }))
        }
        None => (TokenStream::new(), body),
    };
    let site = match input.level {
        Level::Fixed(_) => quote_spanned!(here=> __RINGLOG_CALLSITE),
        Level::At(_) => quote_spanned!(here=> __RINGLOG_CALLSITES[__ringlog_level as #private::usize]),
    };
    let is_enabled = match input.logger {
        None => quote_spanned!(here=> #site.is_enabled()),
        Some(_) => quote_spanned!(here=> #private::is_enabled(&#site, __ringlog_logger)),
    };
    let otherwise = match input.mode {
        Mode::Completion => quote_spanned!(here=> else { #private::Completion::disabled() }),
        Mode::Sync | Mode::Render => TokenStream::new(),
    };
    let is_compiled = match &input.level {
        Level::Fixed(level) => Ident::new(&level.to_string().to_uppercase(), here),
        Level::At(_) => Ident::new("ANY", here),
    };
    let is_enabled = match input.level {
        Level::Fixed(_) => is_enabled,
        Level::At(_) => {
            quote_spanned!(here=> #private::compiled::is_compiled(__ringlog_level) && #is_enabled)
        }
    };
    let condition = if asks_late {
        quote_spanned!(here=> let #private::Option::Some(__ringlog_asked) = #site.may_be_enabled())
    } else {
        is_enabled
    };
    let mut checked = quote_spanned!(here=> if #condition { #body } #otherwise);
    if let Some(logger) = &input.logger {
        let logger = borrow(logger);
        checked = quote_spanned!(here=> match #logger { __ringlog_logger => #checked });
    }
    if let Level::At(level) = &input.level {
        checked = quote_spanned!(here=> { let __ringlog_level: #private::Level = #level; #checked });
    }
    // A constant that is false leaves nothing of the statement.
    Ok(
        quote_spanned!(here=> { #callsite #volume if #private::compiled::#is_compiled { #checked } #otherwise }),
    )
}

/// Whether the filter may be asked when the expressions are evaluated already.
fn asks_late(input: &Input, values: &[Value]) -> bool {
    let is_common = input.logger.is_none() && input.rate.is_none() && input.mode != Mode::Render;
    is_common && matches!(input.level, Level::Fixed(_)) && values.iter().all(|value| value.is_idle)
}

/// What holds a statement's calls back: a static, and the expression that says whether one passes.
struct Volume {
    state: TokenStream,
    pass: TokenStream,
}

/// The volume's part of a statement that has a rate, which gets one more field for what was held back.
fn volume(private: &Private, input: &mut Input) -> syn::Result<Option<Volume>> {
    let here = Span::mixed_site();
    let (kind, rate) = match &input.rate {
        None => return Ok(None),
        Some(Rate::EveryN(n)) => ("EveryN", quote_spanned!(here=> #n)),
        Some(Rate::Every(interval)) => ("Every", quote_spanned!(here=> #interval)),
        Some(Rate::Once) => ("Once", TokenStream::new()),
    };
    let kind = Ident::new(kind, here);
    // Nothing is ever held back before a statement's only record.
    if !matches!(input.rate, Some(Rate::Once)) {
        let value = Expression::path(quote_spanned!(here=> __ringlog_held))?;
        input.fields.push(Field { name: "held_back".to_owned(), show: Show::NonZero, value });
    }
    Ok(Some(Volume {
        state: quote_spanned! {here=>
            static __RINGLOG_VOLUME: #private::#kind = #private::#kind::new();
        },
        pass: quote_spanned!(here=> __RINGLOG_VOLUME.pass(#rate)),
    }))
}

/// A context's expansion: the fields of a statement, and no more of one.
pub(crate) fn expand_context(input: TokenStream) -> syn::Result<TokenStream> {
    let ContextInput { krate, fields: given } = syn::parse2(crate::precedence::keep(input))?;
    let here = Span::mixed_site();
    let private = Private::of(&krate);
    let values: Vec<Value> = given.iter().map(|field| Value::borrowed(&field.value)).collect();
    let Some(units) = field_units(&private, &given) else {
        return Err(Error::new(
            Span::call_site(),
            "a context has at least one field: `name`, `name = value`",
        ));
    };
    let names = names(&given);
    let call = quote_spanned!(here=> #private::Context::of(#units, &#names));
    Ok(with_values(&private, &values, &call))
}

/// The static, and the type that stands for it. A macro by example writes them down, which the compiler is quicker at.
fn callsite(private: &Private, input: &Input, message: &message::Plan) -> TokenStream {
    let here = Span::mixed_site();
    let level = match &input.level {
        Level::Fixed(level) => Some(level),
        Level::At(_) => None,
    };
    let target = match &input.target {
        Some(target) => quote_spanned!(here=> #target),
        None => quote_spanned!(here=> #private::module_path!()),
    };
    let (format, pieces) = (&message.format, message.pieces());
    let names = (!input.fields.is_empty()).then(|| {
        let names = names(&input.fields);
        quote_spanned!(here=> names #names)
    });
    quote_spanned!(here=> #private::callsite!([#level] (#target) #format #pieces #names);)
}

/// The call of the entry: `log`, `log_to`, `log_asking` or one of these with `_async`, with what the record points to. That comes
/// from `statement`, `statement_at` or one of these with `_fields`, which see the units for their types alone.
fn call(
    private: &Private,
    input: &Input,
    asks_late: bool,
    units: TokenStream,
    fields: Option<TokenStream>,
) -> TokenStream {
    let here = Span::mixed_site();
    let (suffix, units) = match fields {
        None => ("", units),
        Some(fields) => ("_fields", quote_spanned!(here=> (#units, #fields))),
    };
    let (selector, site) = match input.level {
        Level::Fixed(_) => ("statement", quote_spanned!(here=> __RinglogSite)),
        Level::At(_) => ("statement_at", quote_spanned!(here=> __RinglogSite, __ringlog_level)),
    };
    let selector = Ident::new(&format!("{selector}{suffix}"), here);
    let to = if input.logger.is_some() { "_to" } else { "" };
    let asking = if asks_late { "_asking" } else { "" };
    let entry = match input.mode {
        Mode::Sync => format!("log{asking}{to}"),
        Mode::Completion => format!("log{asking}{to}_async"),
        Mode::Render => "render".to_owned(),
    };
    let entry = Ident::new(&entry, here);
    let logger = input.logger.is_some().then(|| quote_spanned!(here=> __ringlog_logger,));
    let asked = asks_late.then(|| quote_spanned!(here=> __ringlog_asked,));
    // A `match`, so that what the units borrow lives until the call has returned.
    quote_spanned! {here=>
        match #units {
            __ringlog_units => {
                #private::#entry(#logger #asked #private::#selector(#site, &__ringlog_units), __ringlog_units)
            }
        }
    }
}

/// Evaluates the user's expressions, once and in order, and keeps what they borrow from alive for the call.
fn with_values(private: &Private, values: &[Value], call: &TokenStream) -> TokenStream {
    let here = Span::mixed_site();
    if values.is_empty() {
        return call.clone();
    }
    // The user's expressions are outside of the import, and nothing that it brings in has a name.
    let call = quote_spanned!(here=> { use #private::ways::*; #call });
    let names = (0..values.len()).map(argument);
    let values = values.iter().map(|value| &value.tokens);
    match values.len() {
        1 => quote_spanned!(here=> match #(#values)* { #(#names)* => #call }),
        _ => quote_spanned!(here=> match (#(#values),*) { (#(#names),*) => #call }),
    }
}

/// The fields' units, if there are any; their values are the first ones.
fn field_units(private: &Private, fields: &[Field]) -> Option<TokenStream> {
    let here = Span::mixed_site();
    let unit = |(index, field): (usize, &Field)| {
        let (span, argument) = (span_of(&field.value), argument(index));
        match field.show {
            // Located at the value, which is what an error about its traits then shows.
            Show::Bare => quote_spanned!(span=> (&&&&&#private::Argument(#argument, #private::Bare)).field()),
            Show::NonZero => quote_spanned!(here=> #private::ByValue::new(#argument, #private::NonZero)),
            Show::Display => {
                quote_spanned!(span=> (&#private::Argument(#argument, #private::Display)).unit())
            }
            Show::Debug => quote_spanned!(span=> (&#private::Argument(#argument, #private::Debug)).unit()),
        }
    };
    let units: Vec<_> = fields.iter().enumerate().map(unit).collect();
    (!units.is_empty()).then(|| nest(units))
}

/// The fields' names, in an array.
fn names(fields: &[Field]) -> TokenStream {
    let here = Span::mixed_site();
    let names = fields.iter().map(|field| message::string(&field.name, here));
    quote_spanned!(here=> [#(#names),*])
}

/// A tuple, of tuples where it would be too long for one.
fn nest(mut items: Vec<TokenStream>) -> TokenStream {
    let here = Span::mixed_site();
    while items.len() > TUPLE {
        items = items.chunks(TUPLE).map(|chunk| quote_spanned!(here=> (#(#chunk,)*))).collect();
    }
    quote_spanned!(here=> (#(#items,)*))
}

/// The name that a borrowed value is bound to.
fn argument(index: usize) -> Ident {
    format_ident!("__ringlog_{index}", span = Span::mixed_site())
}

/// Where a value was written, to be shown by errors about its type.
fn span_of(value: &Expression) -> Span {
    Span::mixed_site().located_at(value.span())
}

/// `&value`, with parentheses where it needs them.
fn borrow(value: &Expression) -> TokenStream {
    let here = Span::mixed_site();
    match &value.tree {
        Expr::Array(_)
        | Expr::Call(_)
        | Expr::Field(_)
        | Expr::Index(_)
        | Expr::Lit(_)
        | Expr::Macro(_)
        | Expr::MethodCall(_)
        | Expr::Paren(_)
        | Expr::Path(_)
        | Expr::Tuple(_) => quote_spanned!(here=> &#value),
        _ => quote_spanned!(here=> &(#value)),
    }
}
