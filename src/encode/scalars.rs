//! Numbers, `bool` and `char`.

use super::{Encode, Reader, Writer};

// SAFETY: one word each way.
unsafe impl Encode for u64 {
    type View<'r> = u64;
    const FIXED: Option<usize> = Some(1);
    #[inline(always)]
    fn words(&self) -> usize {
        1
    }
    #[inline(always)]
    unsafe fn encode(&self, writer: &mut Writer) {
        // SAFETY: passed on.
        unsafe { writer.word(*self) }
    }
    #[inline(always)]
    unsafe fn decode<'r>(reader: &mut Reader<'r>) -> u64 {
        // SAFETY: passed on.
        unsafe { reader.word() }
    }
}
