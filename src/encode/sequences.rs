//! Slices, arrays, vectors.

/// A sequence in a record.
#[derive(Debug)]
pub struct Seq<'r>(std::marker::PhantomData<&'r ()>);
