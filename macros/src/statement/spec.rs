//! What a placeholder says beside its trait, as the library's data.

use super::message::string;
use crate::format::{Count, Flags, Placeholder};
use crate::private::Private;
use proc_macro2::{Ident, Span, TokenStream};
use quote::quote_spanned;

/// What a placeholder says beside its trait.
pub(super) fn expand(private: &Private, placeholder: &Placeholder) -> TokenStream {
    let here = Span::mixed_site();
    if placeholder.is_bare() {
        return quote_spanned!(here=> #private::Spec::None);
    }
    let counts = [&placeholder.width, &placeholder.precision];
    if placeholder.is_uncommon() {
        let print = if placeholder.is_pretty() { "write_pretty" } else { "write_fmt" };
        let print = Ident::new(print, here);
        let spec = string(&placeholder.spec(), here);
        let counts = counts.iter().filter(|count| matches!(count, Count::Argument(_))).count();
        let counts = (2 - counts..2).map(|at| quote_spanned!(here=> __ringlog_counts[#at]));
        return quote_spanned! {here=>
            #private::Spec::Own(|__ringlog_value, __ringlog_counts, __ringlog_out| {
                let _ = __ringlog_counts;
                __ringlog_out.#print(#private::format_args!(#spec, __ringlog_value #(, #counts)*))
            })
        };
    }
    let flags = match placeholder.flags {
        Flags { align: None, sign, alternate, zero, .. } => {
            let plus = sign.is_some();
            quote_spanned!(here=> Number { plus: #plus, alternate: #alternate, zero: #zero })
        }
        Flags { align: Some(align), .. } => {
            let align = match align {
                '<' => "Left",
                '^' => "Center",
                _ => "Right",
            };
            let align = Ident::new(align, here);
            quote_spanned!(here=> Align(#private::Alignment::#align))
        }
    };
    let [width, precision] = counts.map(|count| match count {
        Count::None => quote_spanned!(here=> #private::Amount::None),
        Count::Literal(amount) => quote_spanned!(here=> #private::Amount::Is(#amount)),
        Count::Argument(_) => quote_spanned!(here=> #private::Amount::Argument),
    });
    quote_spanned! {here=>
        #private::Spec::Options(#private::Options {
            flags: #private::Flags::#flags,
            width: #width,
            precision: #precision,
        })
    }
}
