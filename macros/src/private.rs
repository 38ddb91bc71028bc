//! The path of what the macros name in the library.

use proc_macro2::{Ident, Punct, Spacing, Span, TokenStream, TokenTree};
use quote::{ToTokens, TokenStreamExt as _};

/// `$crate::__private`.
// Not a stream: the compiler is asked for each stream that is put into another one, and there are dozens of these.
pub(crate) struct Private([TokenTree; 4]);

impl Private {
    pub(crate) fn of(krate: &TokenTree) -> Self {
        let here = Span::mixed_site();
        let colon = |spacing| {
            let mut colon = Punct::new(':', spacing);
            colon.set_span(here);
            TokenTree::Punct(colon)
        };
        let name = TokenTree::Ident(Ident::new("__private", here));
        Self([krate.clone(), colon(Spacing::Joint), colon(Spacing::Alone), name])
    }
}

impl ToTokens for Private {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        tokens.append_all(&self.0);
    }
}
