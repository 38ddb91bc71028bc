//! What a user writes between the parentheses of a log statement.

use crate::fields::{self, Field};
use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::ext::IdentExt as _;
use syn::parse::{Parse, ParseStream};
use syn::{Expr, LitStr, Token};

/// A log statement as it comes out of its shell.
pub(crate) struct Input {
    /// The path of ringlog: `$crate`.
    pub(crate) krate: TokenTree,
    pub(crate) level: Level,
    pub(crate) mode: Mode,
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
        let mode = if mode == "sync" {
            Mode::Sync
        } else if mode == "completion" {
            Mode::Completion
        } else {
            Mode::Render
        };

        let (mut logger, mut target) = (None, None);
        prefixes(input, &mut logger, &mut target)?;
        let level = if level == "at" {
            if input.is_empty() || input.peek(LitStr) {
                return Err(input.error("a level comes first: `log!(Level::Info, \"…\")`"));
            }
            let level = input.parse()?;
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
            prefixes(input, &mut logger, &mut target)?;
            Level::At(level)
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
        Ok(Self { krate, level, mode, logger, target, fields, message })
    }
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
