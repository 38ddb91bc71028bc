//! What points to a value, and prints as the value; raw pointers, which print where they point.
//!
//! A view is no reference, so `{:p}` of one has no address to print: the macros have every `{:p}` formatted on
//! the spot.

use super::{Encode, Options, Reader, Rebuild, Writer};
use crate::layout::{Output, Pen};
use std::fmt;
use std::ptr::without_provenance;
use std::rc::Rc;
use std::sync::Arc;

macro_rules! as_the_value {
    ($($type:ty)*) => {$(
        // SAFETY: all is the value's. It is reached through the standard library alone, at the same place each
        // time.
        unsafe impl<T: Encode + ?Sized> Encode for $type {
            type View<'r> = T::View<'r>;
            const FIXED: Option<usize> = T::FIXED;
            const IS_PLAIN: bool = T::IS_PLAIN;

            #[inline(always)]
            fn words(&self) -> usize {
                T::words(self)
            }

            #[inline(always)]
            fn is_short(value: &Self) -> bool {
                T::is_short(value)
            }

            #[inline(always)]
            unsafe fn encode(&self, writer: &mut Writer) {
                // SAFETY: passed on.
                unsafe { T::encode(self, writer) }
            }

            #[inline(always)]
            unsafe fn decode<'r>(reader: &mut Reader<'r>) -> Self::View<'r> {
                // SAFETY: passed on.
                unsafe { T::decode(reader) }
            }

            const SHOWS: bool = T::SHOWS;

            #[inline(always)]
            fn show(view: &Self::View<'_>, pen: &mut Pen<'_, '_>) -> fmt::Result {
                T::show(view, pen)
            }

            #[inline(always)]
            fn show_by(view: &Self::View<'_>, options: &Options, out: &mut Output<'_>) -> bool {
                T::show_by(view, options, out)
            }

            #[inline(always)]
            fn show_debug(view: &Self::View<'_>, out: &mut Output<'_>) -> bool {
                T::show_debug(view, out)
            }
        }
    )*};
}

as_the_value!(&T &mut T Box<T> Rc<T> Arc<T>);

macro_rules! rebuild_owned {
    ($($type:ident)*) => {$(
        impl<T: Rebuild> Rebuild for $type<T> {
            type Owned<'r> = $type<T::Owned<'r>>;

            #[inline]
            fn rebuild<'r>(view: Self::View<'r>) -> Self::Owned<'r> {
                $type::new(T::rebuild(view))
            }
        }
    )*};
}

rebuild_owned!(Box Rc Arc);

/// They have no `Rebuild`: the code of a type that holds one may rely on what it points to.
macro_rules! addresses {
    ($($type:ty)*) => {$(
        // SAFETY: one word each way.
        unsafe impl<T> Encode for $type {
            type View<'r> = *const T;
            const FIXED: Option<usize> = Some(1);
            const IS_PLAIN: bool = true;

            #[inline(always)]
            fn words(&self) -> usize {
                1
            }

            #[inline(always)]
            unsafe fn encode(&self, writer: &mut Writer) {
                // SAFETY: passed on.
                unsafe { writer.word(self.addr() as u64) }
            }

            #[inline(always)]
            unsafe fn decode<'r>(reader: &mut Reader<'r>) -> *const T {
                // SAFETY: passed on.
                without_provenance(unsafe { reader.word() } as usize)
            }
        }
    )*};
}

addresses!(*const T *mut T);
