//! What a derived type is made of, for layouts that print parts with names: a struct is a map of its fields, a variant
//! a map of one entry, its name; both as serde has them.
//!
//! Types with type parameters are left out: whether a field of such a type is a number, or prints at all, is not known
//! here. They are to a layout what they print.

use super::{Body, Variant};
use proc_macro2::TokenStream;
use quote::quote;
use syn::ext::IdentExt as _;
use syn::{DeriveInput, Fields};

/// Implements `Structure` and `AsValue`.
pub(super) fn expand(private: &TokenStream, input: &DeriveInput, body: &Body<'_>) -> Option<TokenStream> {
    if input.generics.type_params().next().is_some() {
        return None;
    }
    let (impl_generics, type_generics, where_clause) = input.generics.split_for_impl();
    let name = &input.ident;
    let type_name = name.unraw().to_string();
    let shapes = body.each(|_, variant| shape(private, variant, body.is_enum));
    let parts = body.each(|_, variant| parts(private, variant, body.is_enum, &type_name));
    Some(quote! {
        #[automatically_derived]
        #[allow(single_use_lifetimes, unused_variables)]
        impl #impl_generics #private::Structure for #name #type_generics #where_clause {
            fn shape(&self) -> #private::Shape { #shapes }
            fn parts(&self, each: &mut dyn ::core::ops::FnMut(#private::Value<'_>, #private::Value<'_>)) {
                use #private::ways::*;
                #parts
            }
            fn debug(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                use #private::ways::*;
                (&&#private::Derived(self)).debug(f)
            }
        }

        #[automatically_derived]
        #[allow(single_use_lifetimes)]
        impl #impl_generics #private::AsValue for #name #type_generics #where_clause {
            fn as_value(&self) -> #private::Value<'_> {
                use #private::ways::*;
                (&&#private::Derived(self)).value()
            }
        }
    })
}

fn shape(private: &TokenStream, variant: &Variant<'_>, is_enum: bool) -> TokenStream {
    match variant.shape {
        Fields::Unit => quote!(#private::Shape::Itself),
        _ if is_enum => quote!(#private::Shape::Map),
        Fields::Unnamed(fields) if fields.unnamed.len() == 1 => quote!(#private::Shape::Itself),
        Fields::Unnamed(_) => quote!(#private::Shape::List),
        Fields::Named(_) => quote!(#private::Shape::Map),
    }
}

fn parts(private: &TokenStream, variant: &Variant<'_>, is_enum: bool, type_name: &str) -> TokenStream {
    let name = variant.name.as_deref().unwrap_or(type_name);
    let fields: Vec<_> = variant
        .fields
        .iter()
        .zip(0_u64..)
        .map(|(field, index)| {
            let key = match &field.name {
                Some(name) => quote!(#private::Value::Str(#name)),
                None => quote!(#private::Value::U64(#index)),
            };
            let binding = &field.binding;
            (key, quote!((&&&#private::Shown(#binding)).value()))
        })
        .collect();
    let list = match variant.shape {
        Fields::Unit => {
            return quote!(each(#private::Value::U64(0), #private::Value::Str(#name)););
        }
        _ if !is_enum => {
            let calls = fields.iter().map(|(key, value)| quote!(each(#key, #value);));
            return quote!(#(#calls)*);
        }
        Fields::Unnamed(_) if fields.len() == 1 => {
            let (_, value) = &fields[0];
            return quote!(each(#private::Value::Str(#name), #value););
        }
        Fields::Unnamed(_) => quote!(#private::Shape::List),
        Fields::Named(_) => quote!(#private::Shape::Map),
    };
    let pairs = fields.iter().map(|(key, value)| quote!((#key, #value)));
    quote! {
        let variant = #private::VariantFields { shape: #list, fields: &[#(#pairs),*] };
        each(#private::Value::Str(#name), #private::Value::Structure(&variant));
    }
}
