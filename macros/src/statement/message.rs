//! The message of a log statement: from its format string to units, and what stands around them.

use super::{argument, borrow, nest, span_of, spec};
use crate::format::{self, Argument, Count, Kind, Piece, Placeholder};
use crate::input::{self, Expression, Message};
use crate::private::Private;
use proc_macro2::{Ident, Literal, Span, TokenStream, TokenTree};
use quote::quote_spanned;
use syn::{Expr, LitStr};

/// A short piece is padded up to so many bytes: `HEAD` of the library.
const HEAD: usize = 16;
/// What stands for the length of any other piece.
const WHOLE: u8 = u8::MAX;

/// One expression of the user's, as it is evaluated.
pub(super) struct Value {
    pub(super) tokens: TokenStream,
    /// Its evaluation does nothing: it is a variable or a literal.
    pub(super) is_idle: bool,
}

impl Value {
    pub(super) fn borrowed(value: &Expression) -> Self {
        let is_idle = match &value.tree {
            // A constant is made anew each time, and dropped.
            Expr::Path(path) => {
                path.path.get_ident().is_some_and(|name| !name.to_string().starts_with(char::is_uppercase))
            }
            Expr::Lit(_) => true,
            _ => false,
        };
        Self { tokens: borrow(value), is_idle }
    }
}

/// What becomes of the message.
pub(super) struct Plan {
    /// A unit a placeholder, behind those of its width and precision.
    pub(super) units: TokenStream,
    /// The format string that the callsite shows.
    pub(super) format: TokenTree,
    /// What stands before, between and behind the placeholders.
    texts: Vec<String>,
    /// What each placeholder says beside its trait, if any of them does.
    specs: Vec<TokenStream>,
}

impl Plan {
    /// What the worker gets of it: the pieces, whether they are trusted, and the specs, if there are any.
    pub(super) fn pieces(&self) -> TokenStream {
        let here = Span::mixed_site();
        let is_trusted = self.texts.iter().all(|text| is_trusted(text));
        let texts = self.texts.iter().map(|text| {
            if text.len() > HEAD || !is_trusted {
                let text = string(text, here);
                return quote_spanned!(here=> (#text, #WHOLE));
            }
            let (padded, len) = (string(&format!("{text:<HEAD$}"), here), text.len() as u8);
            quote_spanned!(here=> (#padded, #len))
        });
        let specs = &self.specs;
        let specs = (!specs.is_empty()).then(|| quote_spanned!(here=> specs [#(#specs),*]));
        quote_spanned!(here=> [#(#texts),*] #is_trusted #specs)
    }
}

/// Plans the message of a statement of which `site` is the trait of the type that stands for it, and appends the values that it needs.
pub(super) fn plan(
    private: &Private,
    site: &TokenStream,
    message: &Message,
    values: &mut Vec<Value>,
) -> Plan {
    let here = Span::mixed_site();
    match message {
        Message::None => Plan {
            units: quote_spanned!(here=> ()),
            format: string("", here),
            texts: Vec::new(),
            specs: Vec::new(),
        },
        Message::Whole(tokens) => whole(private, tokens, values),
        Message::Format { literal, arguments, tokens } => {
            let first = values.len();
            taken_apart((private, site), literal, arguments, values).unwrap_or_else(|| {
                values.truncate(first);
                whole(private, tokens, values)
            })
        }
    }
}

/// One unit, formatted on the spot by `format_args!`, which also says what is wrong with it, if anything is.
fn whole(private: &Private, tokens: &TokenStream, values: &mut Vec<Value>) -> Plan {
    let here = Span::mixed_site();
    let argument = argument(values.len());
    let tokens = quote_spanned!(here=> #private::format_args!(#tokens));
    values.push(Value { tokens, is_idle: false });
    Plan {
        units: quote_spanned!(here=> (#private::OnTheSpotUnit::new(&#argument),)),
        format: string("{}", here),
        texts: vec![String::new(); 2],
        specs: Vec::new(),
    }
}

/// A unit a placeholder, formatted by the worker where the types allow it. `None` where the literal and its
/// arguments are better left to rustc.
fn taken_apart(
    paths: (&Private, &TokenStream),
    literal: &LitStr,
    arguments: &[input::Argument],
    values: &mut Vec<Value>,
) -> Option<Plan> {
    let text = literal.value();
    let pieces = format::parse(&text)?;
    let mut message = Units::new(paths, literal, arguments, values)?;
    let mut texts = vec![String::new()];
    for piece in &pieces {
        match piece {
            Piece::Literal(text) => texts.last_mut()?.push_str(text),
            Piece::Placeholder(placeholder) => {
                message.add(placeholder)?;
                texts.push(String::new());
            }
        }
    }
    if message.is_used.contains(&false) {
        return None;
    }
    let Units { units, mut specs, has_specs, .. } = message;
    if !has_specs {
        specs.clear();
    }
    Some(Plan { units: nest(units), format: string(&text, Span::mixed_site()), texts, specs })
}

/// Whether there is nothing in a piece that any layout has to escape: then the worker need not look.
fn is_trusted(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b' '..=b'~') && byte != b'"' && byte != b'\\')
}

/// The units of a message while its placeholders are gone through.
struct Units<'a> {
    private: &'a Private,
    /// The trait that knows the specs.
    site: &'a TokenStream,
    literal: &'a LitStr,
    values: &'a mut Vec<Value>,
    /// What each of `values`, from `first` on, is called and was written as.
    arguments: Vec<(Option<String>, Expression)>,
    is_used: Vec<bool>,
    first: usize,
    positional: usize,
    units: Vec<TokenStream>,
    specs: Vec<TokenStream>,
    has_specs: bool,
}

impl<'a> Units<'a> {
    fn new(
        (private, site): (&'a Private, &'a TokenStream),
        literal: &'a LitStr,
        arguments: &[input::Argument],
        values: &'a mut Vec<Value>,
    ) -> Option<Self> {
        let positional = arguments.iter().take_while(|argument| argument.name.is_none()).count();
        let (_, named) = arguments.split_at(positional);
        let is_twice = |name: &Option<String>| named.iter().filter(|other| other.name == *name).count() > 1;
        if named.iter().any(|argument| argument.name.is_none() || is_twice(&argument.name)) {
            return None;
        }
        let first = values.len();
        values.extend(arguments.iter().map(|argument| Value::borrowed(&argument.value)));
        Some(Self {
            private,
            site,
            literal,
            values,
            arguments: arguments
                .iter()
                .map(|argument| (argument.name.clone(), argument.value.clone()))
                .collect(),
            is_used: vec![false; arguments.len()],
            first,
            positional,
            units: Vec::new(),
            specs: Vec::new(),
            has_specs: false,
        })
    }

    /// The index of an argument among all values. A name that is not given is captured.
    fn resolve(&mut self, argument: &Argument) -> Option<usize> {
        let index = match argument {
            // A named argument used by its position draws a warning from rustc, which is let through that way.
            Argument::Position(position) => (*position < self.positional).then_some(*position)?,
            Argument::Name(name) => {
                let given = self.arguments.iter().position(|(other, _)| other.as_ref() == Some(name));
                match given {
                    Some(index) => index,
                    None => self.capture(name)?,
                }
            }
        };
        self.is_used[index] = true;
        Some(self.first + index)
    }

    fn capture(&mut self, name: &str) -> Option<usize> {
        let value = input::captured(name, self.literal.span())?;
        self.values.push(Value::borrowed(&value));
        self.arguments.push((Some(name.to_owned()), value));
        self.is_used.push(true);
        Some(self.arguments.len() - 1)
    }

    /// Adds a placeholder.
    fn add(&mut self, placeholder: &Placeholder) -> Option<()> {
        let here = Span::mixed_site();
        let private = self.private;
        let value = self.resolve(&placeholder.value)?;
        let mut counts = Vec::new();
        for count in [&placeholder.width, &placeholder.precision] {
            if let Count::Argument(argument) = count {
                counts.push(self.resolve(argument)?);
            }
        }
        for &count in &counts {
            let span = span_of(&self.arguments[count - self.first].1);
            let argument = argument(count);
            self.units.push(quote_spanned!(span=> #private::Count(#argument)));
        }
        let how = Ident::new(placeholder.kind.name(), here);
        // Located at the value, which is what an error about its traits then shows.
        let span = span_of(&self.arguments[value - self.first].1);
        let argument = argument(value);
        // An address is that of the argument itself, which the worker has not.
        let now = (placeholder.kind == Kind::Pointer).then(|| quote_spanned!(span=> &));
        let argument = quote_spanned!(span=> (&#now #private::Argument(#argument, #private::#how)));
        self.units.push(if placeholder.is_bare() {
            quote_spanned!(span=> #argument.unit())
        } else {
            let (site, index) = (self.site, Literal::usize_unsuffixed(self.specs.len()));
            let counts = counts.into_iter().map(|count| {
                let argument = super::argument(count);
                quote_spanned!(here=> #private::count(#argument))
            });
            quote_spanned!(span=> #argument.unit_as(<__RinglogSite as #private::#site>::SPECS, #index, &[#(#counts),*]))
        });
        self.has_specs |= !placeholder.is_bare();
        self.specs.push(spec::expand(private, placeholder));
        Some(())
    }
}

pub(super) fn string(text: &str, span: Span) -> TokenTree {
    let mut literal = Literal::string(text);
    literal.set_span(span);
    TokenTree::Literal(literal)
}
