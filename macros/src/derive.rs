//! `#[derive(Encode)]`.
//!
//! A value is its fields' words in order; an enum puts the index of its variant in front. The view is the type
//! itself, its lifetimes replaced by the record's, put together out of the rebuilt fields.

mod structure;

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens as _, format_ident, quote, quote_spanned};
use syn::ext::IdentExt as _;
use syn::spanned::Spanned as _;
use syn::{
    Data, DeriveInput, Error, Fields, GenericArgument, GenericParam, Generics, Ident, Lifetime, Path, Type,
    parse_quote,
};

pub(crate) fn expand(input: TokenStream) -> syn::Result<TokenStream> {
    let input: DeriveInput = syn::parse2(input)?;
    let krate = krate(&input)?;
    let private = quote!(#krate::__private);
    let name = &input.ident;
    let is_enum = matches!(input.data, Data::Enum(_));
    let variants: Vec<Variant<'_>> = match &input.data {
        Data::Struct(data) => vec![Variant::new(quote!(#name), None, &data.fields)],
        Data::Enum(data) => data
            .variants
            .iter()
            .map(|variant| {
                let variant_name = &variant.ident;
                Variant::new(quote!(#name::#variant_name), Some(variant_name), &variant.fields)
            })
            .collect(),
        Data::Union(data) => {
            let message = "`Encode` cannot be derived for a union: nothing tells which field to read";
            return Err(Error::new(data.union_token.span(), message));
        }
    };

    let generics = bounded(&private, input.generics.clone());
    let (impl_generics, type_generics, where_clause) = generics.split_for_impl();
    let view = view(name, &input.generics);
    let body = Body { private: &private, is_enum, variants: &variants };
    let (fixed, words, encode, decode) = (body.fixed(), body.words(), body.encode(), body.decode());
    let no_drop = no_drop(name, &input.generics);
    let structure = structure::expand(&private, &input, &body);

    Ok(quote! {
        #[automatically_derived]
        #[allow(single_use_lifetimes)]
        // SAFETY: the fields' words in order, with the index of the variant in front where there are several.
        unsafe impl #impl_generics #krate::Encode for #name #type_generics #where_clause {
            type View<'__r> = #view;
            const FIXED: #private::Option<#private::usize> = #fixed;
            #[inline]
            fn words(&self) -> #private::usize { #words }
            #[inline]
            unsafe fn encode(&self, writer: &mut #private::Writer) { #encode }
            #[inline]
            unsafe fn decode<'__r>(reader: &mut #private::Reader<'__r>) -> #view { #decode }
        }

        #[automatically_derived]
        #[allow(single_use_lifetimes)]
        impl #impl_generics #krate::Rebuild for #name #type_generics #where_clause {
            type Owned<'__r> = #view;
            #[inline]
            fn rebuild<'__r>(
                view: <Self as #krate::Encode>::View<'__r>,
            ) -> <Self as #krate::Rebuild>::Owned<'__r> {
                view
            }
        }

        #structure
        #no_drop
    })
}

/// The path of ringlog.
fn krate(input: &DeriveInput) -> syn::Result<Path> {
    let mut krate = parse_quote!(::ringlog);
    for attribute in input.attrs.iter().filter(|attribute| attribute.path().is_ident("encode")) {
        attribute.parse_nested_meta(|meta| {
            if !meta.path.is_ident("crate") {
                return Err(meta.error("unknown key: `#[encode(crate = path)]` is all there is"));
            }
            krate = meta.value()?.call(Path::parse_mod_style)?;
            Ok(())
        })?;
    }
    Ok(krate)
}

/// Type parameters own what they hold, and can be put together again.
fn bounded(private: &TokenStream, mut generics: Generics) -> Generics {
    let names: Vec<Ident> = generics.type_params().map(|parameter| parameter.ident.clone()).collect();
    if !names.is_empty() {
        let clause = generics.make_where_clause();
        for name in names {
            clause.predicates.push(parse_quote!(#name: #private::Encode));
            clause.predicates.push(parse_quote!(#name: for<'__o> #private::Rebuild<Owned<'__o> = #name>));
        }
    }
    generics
}

/// The type with each of its lifetimes replaced by the record's.
fn view(name: &Ident, generics: &Generics) -> TokenStream {
    let record = Lifetime::new("'__r", Span::call_site());
    let arguments = generics.params.iter().map(|parameter| match parameter {
        GenericParam::Lifetime(_) => record.to_token_stream(),
        GenericParam::Type(parameter) => parameter.ident.to_token_stream(),
        GenericParam::Const(parameter) => parameter.ident.to_token_stream(),
    });
    quote!(#name<#(#arguments),*>)
}

/// Has the compiler refuse a type with a `Drop` of its own, which two impls of one trait would then cover.
fn no_drop(name: &Ident, generics: &Generics) -> TokenStream {
    let (impl_generics, type_generics, where_clause) = generics.split_for_impl();
    let span = name.span().resolved_at(Span::mixed_site());
    let refused = Ident::new("DeriveEncodeNeedsATypeWithoutDrop", span);
    quote_spanned! {span=>
        const _: () = {
            trait #refused {}
            #[allow(drop_bounds)]
            impl<T: ::core::ops::Drop + ?::core::marker::Sized> #refused for T {}
            #[allow(single_use_lifetimes)]
            impl #impl_generics #refused for #name #type_generics #where_clause {}
        };
    }
}

/// A struct, or one variant of an enum.
struct Variant<'a> {
    path: TokenStream,
    /// Of an enum's variant.
    name: Option<String>,
    fields: Vec<Field<'a>>,
    shape: &'a Fields,
}

struct Field<'a> {
    binding: Ident,
    name: Option<String>,
    ty: &'a Type,
    is_static: bool,
}

impl<'a> Variant<'a> {
    fn new(path: TokenStream, name: Option<&Ident>, shape: &'a Fields) -> Self {
        let fields = shape
            .iter()
            .enumerate()
            .map(|(index, field)| Field {
                binding: format_ident!("field{index}", span = Span::mixed_site()),
                name: field.ident.as_ref().map(|name| name.unraw().to_string()),
                ty: &field.ty,
                is_static: names_static(&field.ty),
            })
            .collect();
        Self { path, name: name.map(|name| name.unraw().to_string()), fields, shape }
    }

    /// The variant as a pattern, or as an expression out of the same names.
    fn with_bindings(&self, values: &[TokenStream]) -> TokenStream {
        let path = &self.path;
        match self.shape {
            Fields::Named(fields) => {
                let names = fields.named.iter().map(|field| &field.ident);
                quote!(#path { #(#names: #values),* })
            }
            Fields::Unnamed(_) => quote!(#path(#(#values),*)),
            Fields::Unit => path.clone(),
        }
    }

    fn pattern(&self) -> TokenStream {
        let bindings: Vec<_> = self.fields.iter().map(|field| field.binding.to_token_stream()).collect();
        self.with_bindings(&bindings)
    }
}

/// Whether a type's tokens have a `'static` in them.
fn names_static(ty: &Type) -> bool {
    match ty {
        Type::Reference(reference) => {
            reference.lifetime.as_ref().is_some_and(|lifetime| lifetime.ident == "static")
                || names_static(&reference.elem)
        }
        Type::Paren(inner) => names_static(&inner.elem),
        Type::Group(inner) => names_static(&inner.elem),
        Type::Array(inner) => names_static(&inner.elem),
        Type::Slice(inner) => names_static(&inner.elem),
        Type::Tuple(tuple) => tuple.elems.iter().any(names_static),
        Type::Path(path) => path.path.segments.iter().any(|segment| match &segment.arguments {
            syn::PathArguments::AngleBracketed(arguments) => {
                arguments.args.iter().any(|argument| match argument {
                    GenericArgument::Lifetime(lifetime) => lifetime.ident == "static",
                    GenericArgument::Type(ty) => names_static(ty),
                    _ => false,
                })
            }
            _ => false,
        }),
        _ => false,
    }
}

/// Calls on a field, located at its type, which is what an error then shows.
impl Field<'_> {
    fn span(&self) -> Span {
        Span::call_site().located_at(self.ty.span())
    }

    fn fixed(&self, private: &TokenStream) -> TokenStream {
        let ty = self.ty;
        if self.is_static {
            quote_spanned!(self.span()=> #private::Option::Some(<#ty as #private::Verbatim>::WORDS))
        } else {
            quote_spanned!(self.span()=> <#ty as #private::Field>::FIELD_FIXED)
        }
    }

    fn words(&self, private: &TokenStream) -> TokenStream {
        let (ty, binding) = (self.ty, &self.binding);
        if self.is_static {
            quote_spanned!(self.span()=> <#ty as #private::Verbatim>::WORDS)
        } else {
            quote_spanned!(self.span()=> <#ty as #private::Field>::field_words(#binding))
        }
    }

    fn encode(&self, private: &TokenStream) -> TokenStream {
        let (ty, binding) = (self.ty, &self.binding);
        if self.is_static {
            quote_spanned!(self.span()=> <#ty as #private::Verbatim>::write(*#binding, writer))
        } else {
            quote_spanned!(self.span()=> <#ty as #private::Field>::encode_field(#binding, writer))
        }
    }

    fn decode(&self, private: &TokenStream) -> TokenStream {
        let ty = self.ty;
        if self.is_static {
            quote_spanned!(self.span()=> <#ty as #private::Verbatim>::read(reader))
        } else {
            quote_spanned!(self.span()=> <#ty as #private::Field>::decode_field(reader))
        }
    }
}

/// The bodies of the trait's items.
struct Body<'a> {
    private: &'a TokenStream,
    is_enum: bool,
    variants: &'a [Variant<'a>],
}

impl Body<'_> {
    fn fixed(&self) -> TokenStream {
        let private = self.private;
        let sums = self.variants.iter().map(|variant| {
            let fields = variant.fields.iter().map(|field| field.fixed(private));
            quote!(#private::fixed_sum(&[#(#fields),*]))
        });
        if self.is_enum { quote!(#private::fixed_of_variants(&[#(#sums),*])) } else { quote!(#(#sums)*) }
    }

    fn words(&self) -> TokenStream {
        let private = self.private;
        let index = usize::from(self.is_enum);
        let count = self.each(|_, variant| {
            let fields = variant.fields.iter().map(|field| field.words(private));
            quote!(#index #(+ #fields)*)
        });
        quote! {
            if let #private::Option::Some(words) = <Self as #private::Encode>::FIXED {
                return words;
            }
            #count
        }
    }

    fn encode(&self) -> TokenStream {
        self.each(|index, variant| {
            let index = self.is_enum.then(|| {
                let index = index as u64;
                quote!(writer.word(#index);)
            });
            let fields = variant.fields.iter().map(|field| field.encode(self.private));
            quote! {
                // SAFETY: the caller vouches for the sum of the fields' words.
                unsafe { #index #(#fields;)* }
            }
        })
    }

    fn each(&self, arm: impl Fn(usize, &Variant<'_>) -> TokenStream) -> TokenStream {
        let arms = self.variants.iter().enumerate().map(|(index, variant)| {
            let (pattern, body) = (variant.pattern(), arm(index, variant));
            quote!(#pattern => { #body })
        });
        if self.variants.is_empty() { quote!(match *self {}) } else { quote!(match self { #(#arms)* }) }
    }

    fn decode(&self) -> TokenStream {
        let private = self.private;
        // Bindings first: the fields are read in the order in which they were written.
        let mut variants = self.variants.iter().map(|variant| {
            let bindings = variant.fields.iter().map(|field| &field.binding);
            let fields = variant.fields.iter().map(|field| field.decode(private));
            let value = variant.pattern();
            quote!({ #(let #bindings = #fields;)* #value })
        });
        let value = if self.is_enum {
            let indices = 0..self.variants.len() as u64;
            quote! {
                match reader.word() {
                    #(#indices => #variants,)*
                    index => #private::unknown_variant(index),
                }
            }
        } else {
            variants.next().into_token_stream()
        };
        quote! {
            // SAFETY: the caller vouches that `encode` wrote the words, which are read in the same order.
            unsafe { #value }
        }
    }
}
