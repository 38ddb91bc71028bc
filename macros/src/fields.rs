//! The fields of a log statement, written as in `tracing`: `name`, `name = value`, `%display`, `?debug`.

use crate::input::Expression;
use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens as _, quote};
use syn::ext::IdentExt as _;
use syn::parse::ParseStream;
use syn::{LitStr, Token};

/// A field.
pub(crate) struct Field {
    pub(crate) name: String,
    pub(crate) show: Show,
    pub(crate) value: Expression,
}

/// How a field prints.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Show {
    /// Numbers as numbers, all else by `Display`, or by `Debug` where there is none.
    Bare,
    /// `%`
    Display,
    /// `?`
    Debug,
    /// A number that prints as under `Bare`, unless it is 0. None that a user writes.
    NonZero,
}

/// All that stands before the message.
pub(crate) fn parse(input: ParseStream<'_>) -> syn::Result<Vec<Field>> {
    let mut fields = Vec::new();
    while let Some(field) = one(input)? {
        fields.push(field);
        if input.is_empty() {
            break;
        }
        input.parse::<Token![,]>()?;
    }
    Ok(fields)
}

/// The next field, or `None` where the message or the end comes next.
fn one(input: ParseStream<'_>) -> syn::Result<Option<Field>> {
    if let Some(show) = sigil(input)? {
        let (name, path) = dotted(input)?;
        return Ok(Some(Field { name, show, value: Expression::path(path)? }));
    }
    if input.peek(LitStr) && input.peek2(Token![=]) {
        let name: LitStr = input.parse()?;
        return assigned(input, name.value()).map(Some);
    }
    // Looked at on a fork: `module::MESSAGE!()` and the like start as a field does.
    let ahead = input.fork();
    if !ahead.peek(Ident::peek_any) {
        return Ok(None);
    }
    let Ok((name, path)) = dotted(&ahead) else { return Ok(None) };
    let is_bare = ahead.is_empty() || ahead.peek(Token![,]);
    let is_assigned = ahead.peek(Token![=]) && !ahead.peek(Token![==]) && !ahead.peek(Token![=>]);
    if !is_bare && !is_assigned {
        return Ok(None);
    }
    dotted(input)?;
    if is_assigned {
        return assigned(input, name).map(Some);
    }
    // What is no expression, such as `true.x`, is for rustc to name.
    Ok(Expression::path(path).ok().map(|value| Field { name, show: Show::Bare, value }))
}

fn assigned(input: ParseStream<'_>, name: String) -> syn::Result<Field> {
    input.parse::<Token![=]>()?;
    let show = sigil(input)?.unwrap_or(Show::Bare);
    Ok(Field { name, show, value: input.parse()? })
}

fn sigil(input: ParseStream<'_>) -> syn::Result<Option<Show>> {
    Ok(if input.peek(Token![%]) {
        input.parse::<Token![%]>()?;
        Some(Show::Display)
    } else if input.peek(Token![?]) {
        input.parse::<Token![?]>()?;
        Some(Show::Debug)
    } else {
        None
    })
}

/// `name` or `name.of.parts`, as text and as tokens.
fn dotted(input: ParseStream<'_>) -> syn::Result<(String, TokenStream)> {
    let first = input.call(Ident::parse_any)?;
    let mut name = first.unraw().to_string();
    let mut tokens = first.into_token_stream();
    while input.peek(Token![.]) && input.peek2(Ident::peek_any) {
        let dot: Token![.] = input.parse()?;
        let part = input.call(Ident::parse_any)?;
        name = format!("{name}.{}", part.unraw());
        tokens = quote!(#tokens #dot #part);
    }
    Ok((name, tokens))
}
