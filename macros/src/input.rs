//! What a user writes between the parentheses of a log statement.

use crate::fields::{self, Field};
use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::ext::IdentExt as _;
use syn::parse::{Parse, ParseStream};
use syn::{Expr, LitInt, LitStr, Token};

/// A log statement as it comes out of its shell.
pub(crate) struct Input {
    /// The path of ringlog: `$crate`.
    pub(crate) krate: TokenTree,
    pub(crate) level: Level,
    pub(crate) mode: Mode,
    pub(crate) rate: Option<Rate>,
    pub(crate) logger: Option<Expression>,
    pub(crate) target: Option<Expression>,
    pub(crate) fields: Vec<Field>,
    pub(crate) message: Message,
}

pub(crate) enum Level {
    /// A variant of `Level`.
    Fixed(Ident),
    /// An expression, evaluated by each call.
    At(Expression),
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    Sync,
    Completion,
    Render,
}

/// Which calls of a statement are let through.
pub(crate) enum Rate {
    /// The first of so many.
    EveryN(Expression),
    /// One in so long a time.
    Every(Expression),
    Once,
}

impl Rate {
    /// What comes first in a statement that is called by this word, if it is one of these.
    fn parse(word: &Ident, input: ParseStream<'_>) -> syn::Result<Option<Self>> {
        let read = |first: &str| {
            if input.is_empty() || input.peek(LitStr) {
                return Err(input.error(first));
            }
            let rate = input.parse()?;
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
            Ok(rate)
        };
        if word == "every_n" {
            let n: Expression = read("a number comes first: `every_n!(100, Info, \"…\")`")?;
            if syn::parse2::<LitInt>(n.to_token_stream()).is_ok_and(|n| n.base10_digits() == "0") {
                return Err(syn::Error::new(
                    n.span(),
                    "a number of calls, from 1: the first of them is logged",
                ));
            }
            return Ok(Some(Self::EveryN(n)));
        }
        if word == "every" {
            let first = "an interval comes first: `every!(Duration::from_secs(1), Info, \"…\")`";
            return Ok(Some(Self::Every(read(first)?)));
        }
        Ok((word == "once").then_some(Self::Once))
    }

    /// What is written as the level's place in an error.
    fn usage(rate: Option<&Self>) -> &'static str {
        match rate {
            None => "a level comes first: `log!(Level::Info, \"…\")`",
            Some(Self::EveryN(_)) => "a level comes second: `every_n!(100, Info, \"…\")`",
            Some(Self::Every(_)) => "a level comes second: `every!(Duration::from_secs(1), Info, \"…\")`",
            Some(Self::Once) => "a level comes first: `once!(Info, \"…\")`",
        }
    }
}

pub(crate) enum Message {
    /// Fields and nothing else.
    None,
    /// A format string with its arguments, and the tokens of both.
    Format { literal: LitStr, arguments: Vec<Argument>, tokens: TokenStream },
    /// Anything else: for `format_args!` as it stands.
    Whole(TokenStream),
}

pub(crate) struct Argument {
    pub(crate) name: Option<String>,
    pub(crate) value: Expression,
}

impl Parse for Input {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let krate = input.parse()?;
        input.parse::<Token![,]>()?;
        let level: Ident = input.parse()?;
        input.parse::<Token![,]>()?;
        let mode: Ident = input.parse()?;
        input.parse::<Token![,]>()?;
        let rate = Rate::parse(&mode, input)?;
        let mode = if mode == "completion" {
            Mode::Completion
        } else if mode == "render" {
            Mode::Render
        } else {
            Mode::Sync
        };

        let (mut logger, mut target) = (None, None);
        prefixes(input, &mut logger, &mut target)?;
        let level = if level == "at" {
            if input.is_empty() || input.peek(LitStr) {
                return Err(input.error(Rate::usage(rate.as_ref())));
            }
            let level = if rate.is_some() && is_level_word(input) {
                Level::Fixed(input.parse()?)
            } else {
                Level::At(input.parse()?)
            };
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
            prefixes(input, &mut logger, &mut target)?;
            level
        } else {
            Level::Fixed(level)
        };

        let fields = fields::parse(input)?;
        let message = if input.is_empty() && !fields.is_empty() {
            Message::None
        } else {
            let rest: TokenStream = input.parse()?;
            match syn::parse2(rest.clone()) {
                Ok(Format { literal, arguments }) => Message::Format { literal, arguments, tokens: rest },
                Err(_) => Message::Whole(rest),
            }
        };
        Ok(Self { krate, level, mode, rate, logger, target, fields, message })
    }
}

/// Whether a level that is written as a word comes next.
fn is_level_word(input: ParseStream<'_>) -> bool {
    let ahead = input.fork();
    let is_level =
        |word: Ident| ["Trace", "Debug", "Info", "Warn", "Error"].iter().any(|level| word == level);
    ahead.parse().is_ok_and(is_level) && (ahead.is_empty() || ahead.peek(Token![,]))
}

/// What a user writes between the parentheses of a context.
pub(crate) struct ContextInput {
    /// The path of ringlog: `$crate`.
    pub(crate) krate: TokenTree,
    pub(crate) fields: Vec<Field>,
}

impl Parse for ContextInput {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let krate = input.parse()?;
        input.parse::<Token![,]>()?;
        let fields = fields::parse(input)?;
        if !input.is_empty() {
            return Err(
                input.error("a field: `name`, `name = value`, `%name` or `?name`; a context has no message")
            );
        }
        Ok(Self { krate, fields })
    }
}

/// `logger: expr,` and `target: expr,`, each at most once.
fn prefixes(
    input: ParseStream<'_>,
    logger: &mut Option<Expression>,
    target: &mut Option<Expression>,
) -> syn::Result<()> {
    while input.peek(Ident::peek_any) && input.peek2(Token![:]) && !input.peek2(Token![::]) {
        let name = input.call(Ident::parse_any)?;
        let slot = match name.to_string().as_str() {
            "logger" => &mut *logger,
            "target" => &mut *target,
            other => {
                let message =
                    format!("unknown prefix `{other}:`: a log statement takes `logger:` and `target:`");
                return Err(syn::Error::new(name.span(), message));
            }
        };
        if slot.is_some() {
            return Err(syn::Error::new(name.span(), format!("`{name}:` is given twice")));
        }
        input.parse::<Token![:]>()?;
        *slot = Some(input.parse()?);
        if !input.is_empty() {
            input.parse::<Token![,]>()?;
        }
    }
    Ok(())
}

/// A literal with arguments. That it fails to parse is no error: rustc then says what is wrong.
struct Format {
    literal: LitStr,
    arguments: Vec<Argument>,
}

impl Parse for Format {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let literal: LitStr = input.parse()?;
        if !literal.suffix().is_empty() {
            return Err(syn::Error::new(literal.span(), "a suffix"));
        }
        let mut arguments = Vec::new();
        while !input.is_empty() {
            input.parse::<Token![,]>()?;
            if input.is_empty() {
                break;
            }
            let is_named = input.peek(Ident::peek_any) && input.peek2(Token![=]) && !input.peek2(Token![==]);
            let name = if is_named {
                let name = input.call(Ident::parse_any)?.unraw().to_string();
                input.parse::<Token![=]>()?;
                Some(name)
            } else {
                None
            };
            arguments.push(Argument { name, value: input.parse()? });
        }
        Ok(Self { literal, arguments })
    }
}

/// An expression of the user's, and its tokens as they came.
#[derive(Clone)]
pub(crate) struct Expression {
    pub(crate) tree: Expr,
    tokens: TokenStream,
}

impl Expression {
    /// An expression that is nothing but a name, or names with dots.
    pub(crate) fn path(tokens: TokenStream) -> syn::Result<Self> {
        Ok(Self { tree: syn::parse2(tokens.clone())?, tokens })
    }

    /// Where it was written, or at least its first token.
    pub(crate) fn span(&self) -> Span {
        syn::spanned::Spanned::span(&self.tokens)
    }
}

impl Parse for Expression {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let mut cursor = input.cursor();
        let tree = input.parse()?;
        let mut tokens = TokenStream::new();
        while cursor != input.cursor() {
            let Some((token, next)) = cursor.token_tree() else { break };
            tokens.extend([token]);
            cursor = next;
        }
        Ok(Self { tree, tokens })
    }
}

impl ToTokens for Expression {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        tokens.extend(self.tokens.clone());
    }
}

/// The expression that a captured name stands for, with the hygiene of the literal that captures it.
pub(crate) fn captured(name: &str, span: Span) -> Option<Expression> {
    let ident = match syn::parse_str::<Ident>(name) {
        Ok(_) => Ident::new(name, span),
        Err(_) if name == "self" => Ident::new(name, span),
        Err(_) if matches!(name, "Self" | "super" | "crate") => return None,
        Err(_) => Ident::new_raw(name, span),
    };
    Expression::path(ident.into_token_stream()).ok()
}
