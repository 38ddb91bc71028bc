//! The message of a log statement: from its format string to units, views and what prints them.

use super::{Part, TUPLE, argument, borrow, nest, place_of, span_of, view};
use crate::format::{self, Argument, Count, Kind, Piece, Placeholder};
use crate::input::{self, Expression, Message};
use proc_macro2::{Literal, Span, TokenStream, TokenTree};
use quote::quote_spanned;
use syn::LitStr;

/// One expression of the user's, as it is evaluated.
pub(super) struct Value {
    pub(super) tokens: TokenStream,
}

impl Value {
    pub(super) fn borrowed(value: &Expression) -> Self {
        Self { tokens: borrow(value) }
    }
}

/// The message's part, and the format string that its callsite shows.
pub(super) struct Plan {
    pub(super) part: Part,
    pub(super) format: TokenTree,
    /// What stands before, between and behind the units, where each of them is printed once, in order, by a plain `{}`.
    pub(super) pieces: Option<Vec<String>>,
}

/// Plans the message, and appends the values that it needs.
pub(super) fn plan(private: &TokenStream, message: Message, values: &mut Vec<Value>) -> Plan {
    let here = Span::mixed_site();
    match message {
        Message::None => Plan {
            part: Part {
                units: quote_spanned!(here=> ()),
                views: quote_spanned!(here=> ()),
                body: quote_spanned! {here=>
                    let _ = out;
                    #private::Ok(())
                },
            },
            format: string("", here),
            pieces: None,
        },
        Message::Whole(tokens) => whole(private, &tokens, values),
        Message::Format { literal, arguments, tokens } => {
            let first = values.len();
            taken_apart(private, &literal, &arguments, values).unwrap_or_else(|| {
                values.truncate(first);
                whole(private, &tokens, values)
            })
        }
    }
}

/// One unit, formatted on the spot by `format_args!`, which also says what is wrong with it, if anything is.
fn whole(private: &TokenStream, tokens: &TokenStream, values: &mut Vec<Value>) -> Plan {
    let here = Span::mixed_site();
    let (argument, view) = (argument(values.len()), view(0));
    values.push(Value { tokens: quote_spanned!(here=> #private::format_args!(#tokens)) });
    Plan {
        part: Part {
            units: quote_spanned!(here=> (#private::OnTheSpot::unit(&&#private::Probe(&()), #argument),)),
            views: quote_spanned!(here=> (#view,)),
            body: quote_spanned!(here=> out.write_fmt(#private::format_args!("{}", #view))),
        },
        format: string("{}", here),
        pieces: None,
    }
}

/// A unit a placeholder, formatted by the worker where the types allow it. `None` where the literal and its
/// arguments are better left to rustc.
fn taken_apart(
    private: &TokenStream,
    literal: &LitStr,
    arguments: &[input::Argument],
    values: &mut Vec<Value>,
) -> Option<Plan> {
    let here = Span::mixed_site();
    let text = literal.value();
    let pieces = format::parse(&text)?;
    let mut message = Units::new(private, literal, arguments, values)?;
    let mut body = TokenStream::new();
    let mut is_result = false;
    for piece in &pieces {
        if is_result {
            body.extend(quote_spanned!(here=> ?;));
        }
        match piece {
            Piece::Literal(text) => {
                let is_trusted = is_trusted(text);
                let text = string(text, here);
                body.extend(match is_trusted {
                    true => quote_spanned!(here=> out.trusted(#text);),
                    false => quote_spanned!(here=> out.literal(#text);),
                });
                is_result = false;
            }
            Piece::Placeholder(placeholder) => {
                body.extend(message.show(placeholder)?);
                is_result = true;
            }
        }
    }
    if !is_result {
        body.extend(quote_spanned!(here=> #private::Ok(())));
    }
    if pieces.is_empty() {
        body = quote_spanned!(here=> let _ = out; #body);
    }
    let part = message.finish(body)?;
    Some(Plan { part, format: string(&text, here), pieces: plain_pieces(&pieces) })
}

/// Whether there is nothing in a piece that any layout has to escape: then the worker need not look.
pub(super) fn is_trusted(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b' '..=b'~') && byte != b'"' && byte != b'\\')
}

/// What stands around the placeholders, if these are all plain, of different values, and no more than one tuple takes.
fn plain_pieces(pieces: &[Piece]) -> Option<Vec<String>> {
    let (mut texts, mut values) = (vec![String::new()], Vec::new());
    for piece in pieces {
        match piece {
            Piece::Literal(text) => texts.last_mut()?.push_str(text),
            Piece::Placeholder(placeholder) => {
                if !placeholder.is_plain() || values.contains(&&placeholder.value) {
                    return None;
                }
                values.push(&placeholder.value);
                texts.push(String::new());
            }
        }
    }
    (values.len() <= TUPLE).then_some(texts)
}

/// The units of a message while its placeholders are gone through.
struct Units<'a> {
    private: &'a TokenStream,
    literal: &'a LitStr,
    values: &'a mut Vec<Value>,
    /// What each of `values`, from `first` on, is called and was written as.
    arguments: Vec<(Option<String>, Expression)>,
    is_used: Vec<bool>,
    first: usize,
    positional: usize,
    /// What tells units apart, and the units themselves.
    keys: Vec<(usize, String)>,
    units: Vec<TokenStream>,
}

impl<'a> Units<'a> {
    fn new(
        private: &'a TokenStream,
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
            literal,
            values,
            arguments: arguments
                .iter()
                .map(|argument| (argument.name.clone(), argument.value.clone()))
                .collect(),
            is_used: vec![false; arguments.len()],
            first,
            positional,
            keys: Vec::new(),
            units: Vec::new(),
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

    fn place(&self, index: usize) -> TokenStream {
        place_of(index, &self.arguments[index - self.first].1)
    }

    /// The view of the unit with this key, made by `unit` where there is none yet.
    fn view(&mut self, key: (usize, String), unit: impl FnOnce(&Self) -> TokenStream) -> proc_macro2::Ident {
        let index = self.keys.iter().position(|other| *other == key).unwrap_or_else(|| {
            let unit = unit(self);
            self.units.push(unit);
            self.keys.push(key);
            self.keys.len() - 1
        });
        view(index)
    }

    /// What prints a placeholder: an expression of type `fmt::Result`.
    fn show(&mut self, placeholder: &Placeholder) -> Option<TokenStream> {
        let here = Span::mixed_site();
        let private = self.private;
        let value = self.resolve(&placeholder.value)?;
        let mut counts = Vec::new();
        for count in [&placeholder.width, &placeholder.precision] {
            if let Count::Argument(argument) = count {
                counts.push(self.resolve(argument)?);
            }
        }
        let spec = placeholder.renumbered();
        // Located at the literal: that is what an error about the value's traits then shows.
        let format = string(&spec, here.located_at(self.literal.span()));
        let how = proc_macro2::Ident::new(placeholder.kind.name(), here);
        let key = (value, format!("{spec}{counts:?}"));
        let shown = self.view(key, |units| {
            let argument = argument(value);
            let place = match placeholder.kind {
                Kind::Pointer => quote_spanned!(here=> *#argument),
                _ => units.place(value),
            };
            let counts = counts.iter().map(|&count| units.place(count));
            quote_spanned! {here=>
                (&#private::Argument(#argument, #private::#how))
                    .unit(#private::format_args!(#format, #place #(, #counts)*))
            }
        });
        if placeholder.is_plain() {
            return Some(quote_spanned!(here=> (&#private::Show(&#shown)).show(out)));
        }
        let counts: Vec<_> = counts
            .into_iter()
            .map(|count| {
                self.view((count, "$".to_owned()), |units| {
                    let span = span_of(&units.arguments[count - units.first].1);
                    let argument = argument(count);
                    quote_spanned! {span=>
                        (&#private::Argument::<#private::usize, _>(#argument, #private::Display))
                            .unit(#private::format_args!(""))
                    }
                })
            })
            .collect();
        let write = if placeholder.is_pretty() { "write_pretty" } else { "write_fmt" };
        let write = proc_macro2::Ident::new(write, here);
        Some(quote_spanned!(here=> out.#write(#private::format_args!(#format, #shown #(, #counts)*))))
    }

    /// The whole part, if all arguments were used.
    fn finish(self, body: TokenStream) -> Option<Part> {
        if self.is_used.contains(&false) {
            return None;
        }
        let here = Span::mixed_site();
        let views = (0..self.units.len()).map(|index| {
            let view = view(index);
            quote_spanned!(here=> #view)
        });
        Some(Part { views: nest(views.collect()), units: nest(self.units), body })
    }
}

pub(super) fn string(text: &str, span: Span) -> TokenTree {
    let mut literal = Literal::string(text);
    literal.set_span(span);
    TokenTree::Literal(literal)
}
