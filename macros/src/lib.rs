//! The procedural macros of ringlog: the log statements behind `info!` and its siblings, and
//! `#[derive(Encode)]`.
//!
//! A crate that logs depends on `ringlog` alone, which re-exports what is here.

mod derive;
mod fields;
mod format;
mod input;
mod precedence;
mod private;
mod statement;

use proc_macro::TokenStream;

/// A log statement. Called by the shells in ringlog's `src/macros.rs` only, as
/// `statement!($crate, <level>, <mode>, <what the user wrote>)`: the level is a variant of `Level`, or `at` where
/// the user's tokens name it; the mode is `sync`, `completion` or `render`, or `every_n`, `every` or `once`: `sync` with a rate.
#[doc(hidden)]
#[proc_macro]
pub fn statement(input: TokenStream) -> TokenStream {
    statement::expand(input.into()).unwrap_or_else(syn::Error::into_compile_error).into()
}

/// The fields of a context. Called by `context_fields!` in ringlog's `src/macros.rs` only, as
/// `context_fields!($crate, <what the user wrote>)`.
#[doc(hidden)]
#[proc_macro]
pub fn context_fields(input: TokenStream) -> TokenStream {
    statement::expand_context(input.into()).unwrap_or_else(syn::Error::into_compile_error).into()
}

/// Implements ringlog's `Encode` and `Rebuild`, so that a value of the type is copied into the ring and its own
/// `Display` or `Debug` runs on the worker.
///
/// It takes structs and enums of every shape, with lifetimes, types and constants as parameters. Each field has to
/// be `Rebuild` itself, or a `&'static T` or `Option<&'static T>`, of which the address is copied. A type
/// parameter stands for types that own all they hold. A type with a `Drop` of its own is refused: the worker
/// puts a second value together, whose `drop` would run as well.
///
/// `#[encode(crate = path)]` on the type names ringlog where it is not `::ringlog`.
#[proc_macro_derive(Encode, attributes(encode))]
pub fn derive_encode(input: TokenStream) -> TokenStream {
    derive::expand(input.into()).unwrap_or_else(syn::Error::into_compile_error).into()
}
