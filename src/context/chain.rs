//! Contexts within one another, as records carry them.

use super::Context;
use crate::callsite::FieldsFn;
use crate::encode::{Reader, Value, Visit};
use crate::sync::Arc;
use smallvec::SmallVec;

/// The fields of one `context_fields!`, encoded.
#[derive(Clone, Debug)]
pub(super) struct Part {
    fields: FieldsFn,
    names: &'static [&'static str],
    words: Arc<[u64]>,
}

/// A context and those around it.
#[derive(Debug)]
pub(crate) struct Chain {
    parent: Option<Arc<Chain>>,
    context: Context,
}

impl Part {
    /// # Safety
    ///
    /// `fields` takes `words`.
    pub(super) unsafe fn new(fields: FieldsFn, names: &'static [&'static str], words: Arc<[u64]>) -> Self {
        Self { fields, names, words }
    }

    /// Has all fields visited.
    pub(super) fn visit(&self, each: &mut dyn FnMut(&'static str, Value<'_>)) {
        // SAFETY: who made the part vouched for the words.
        unsafe { (self.fields)(self.names, &mut Reader::new(&self.words), &mut Each(each)) }
    }
}

struct Each<'e>(&'e mut dyn FnMut(&'static str, Value<'_>));

impl Visit for Each<'_> {
    fn field(&mut self, name: &'static str, value: Value<'_>) {
        self.0(name, value);
    }
}

impl Chain {
    /// A context within those of `parent`.
    pub(crate) fn new(parent: Option<Arc<Self>>, context: Context) -> Self {
        Self { parent, context }
    }

    /// The contexts around it.
    pub(super) fn parent(&self) -> Option<&Arc<Self>> {
        self.parent.as_ref()
    }

    /// The same context within others.
    pub(super) fn moved_to(&self, parent: Option<Arc<Self>>) -> Self {
        Self::new(parent, self.context.clone())
    }

    /// From this one out.
    fn outwards(&self) -> impl Iterator<Item = &Chain> {
        std::iter::successors(Some(self), |chain| chain.parent.as_deref())
    }

    /// All parts, from the outermost in.
    pub(super) fn parts(&self) -> Vec<Part> {
        let mut parts: Vec<_> =
            self.outwards().flat_map(|chain| chain.context.parts.iter().rev().cloned()).collect();
        parts.reverse();
        parts
    }

    /// Has the fields visited, from the outermost in. One that has the name of a field further in, or one of `hidden`,
    /// is left out.
    pub(crate) fn visit(&self, hidden: &[&str], visit: &mut dyn Visit) {
        // Each part, and how many of `names` are further in.
        let mut parts: SmallVec<[(&Part, usize); 4]> = SmallVec::new();
        let mut names: SmallVec<[&'static str; 8]> = SmallVec::new();
        for part in self.outwards().flat_map(|chain| chain.context.parts.iter().rev()) {
            parts.push((part, names.len()));
            names.extend(part.names.iter().copied());
        }
        for (part, inner) in parts.into_iter().rev() {
            let mut later = part.names.iter();
            part.visit(&mut |name, value| {
                later.next();
                let mut closer = names[..inner].iter().chain(later.clone());
                if !closer.any(|other| *other == name) && !hidden.contains(&name) {
                    visit.field(name, value);
                }
            });
        }
    }
}

impl Drop for Chain {
    /// One after the other: a long chain that dropped itself link within link would exhaust the stack.
    fn drop(&mut self) {
        let mut next = self.parent.take();
        while let Some(mut chain) = next.and_then(Arc::into_inner) {
            next = chain.parent.take();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(chain: &Chain, hidden: &[&str]) -> String {
        let mut text = String::new();
        chain.visit(hidden, &mut Each(&mut |name, value| text += &format!("{name}={value} ")));
        text
    }

    fn chain(parent: Option<Chain>, context: Context) -> Chain {
        Chain::new(parent.map(Arc::new), context)
    }

    #[test]
    fn an_inner_field_hides_an_outer_one_of_its_name() {
        let outer = chain(None, context_fields!(a = 1, b = 2));
        let middle = chain(Some(outer), context_fields!(b = 3, c = 4, c = 5));
        let inner = chain(Some(middle), context_fields!(a = 6));
        assert_eq!(printed(&inner, &[]), "b=3 c=5 a=6 ");
        assert_eq!(printed(&inner, &["a", "c"]), "b=3 ");
        let flat = chain(None, Context { parts: inner.parts().into() });
        assert_eq!(printed(&flat, &[]), "b=3 c=5 a=6 ");
    }

    #[test]
    fn a_long_chain_is_visited_and_dropped_without_recursion() {
        let context = context_fields!(depth = 0);
        let long = (0..200_000).fold(None, |parent, _| Some(chain(parent, context.clone())));
        assert_eq!(printed(&long.unwrap(), &[]), "depth=0 ");
    }
}
