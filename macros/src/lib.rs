//! The procedural macros of ringlog.

use proc_macro::TokenStream;

/// A log statement.
#[proc_macro]
pub fn statement(input: TokenStream) -> TokenStream {
    input
}

/// The bytes of a log statement's message, without the threads.
#[proc_macro]
pub fn render(input: TokenStream) -> TokenStream {
    input
}
