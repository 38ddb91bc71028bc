//! Keeps together what another macro's `$x:expr` brought in.
//!
//! Such an expression arrives in a group without delimiters. The compiler forgets these groups in what a procedural
//! macro returns, so that `$x * 2` with `1 + 2` for `$x` would become `1 + 2 * 2`. Parentheses take their place.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use syn::Expr;

/// The tokens, with parentheses around each expression that is not safe without them.
pub(crate) fn keep(tokens: TokenStream) -> TokenStream {
    if has_invisible(tokens.clone()) { tokens.into_iter().map(keep_one).collect() } else { tokens }
}

fn has_invisible(tokens: TokenStream) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Group(group) => group.delimiter() == Delimiter::None || has_invisible(group.stream()),
        _ => false,
    })
}

fn keep_one(token: TokenTree) -> TokenTree {
    let TokenTree::Group(group) = token else { return token };
    let delimiter = match group.delimiter() {
        Delimiter::None if is_loose(&group) => Delimiter::Parenthesis,
        delimiter => delimiter,
    };
    let mut kept = Group::new(delimiter, keep(group.stream()));
    kept.set_span(group.span());
    TokenTree::Group(kept)
}

/// Whether an operator next to the group could pull a part out of it. Types and patterns that look like such
/// an expression may have parentheses as well; paths may not, and do not look like one.
fn is_loose(group: &Group) -> bool {
    syn::parse2(group.stream()).is_ok_and(|tree| {
        matches!(
            tree,
            Expr::Assign(_)
                | Expr::Binary(_)
                | Expr::Break(_)
                | Expr::Cast(_)
                | Expr::Closure(_)
                | Expr::Range(_)
                | Expr::Reference(_)
                | Expr::Return(_)
                | Expr::Unary(_)
        )
    })
}
