//! Short copies to the end of a buffer.
//!
//! A line is put together out of a dozen pieces of a few bytes each. For such, a call to `memcpy` costs more than
//! the copy, so up to 32 bytes go by two loads and two stores that may overlap.

use std::ptr::copy_nonoverlapping;

/// The longest piece that is copied here.
const SHORT: usize = 32;

/// Appends `text`: what `extend_from_slice` does.
#[inline(always)]
pub(super) fn append(bytes: &mut Vec<u8>, text: &[u8]) {
    let len = text.len();
    if len > SHORT {
        return bytes.extend_from_slice(text);
    }
    if bytes.capacity() - bytes.len() < SHORT {
        grow(bytes);
    }
    // SAFETY: there is room for `SHORT` bytes behind the last one, and `len` is no more. In each branch the pieces
    // are within the first `len` bytes of both, and cover them. A `&mut Vec` and a slice never overlap.
    unsafe {
        let (from, to) = (text.as_ptr(), bytes.as_mut_ptr().add(bytes.len()));
        if len >= 16 {
            copy_nonoverlapping(from, to, 16);
            copy_nonoverlapping(from.add(len - 16), to.add(len - 16), 16);
        } else if len >= 8 {
            copy_nonoverlapping(from, to, 8);
            copy_nonoverlapping(from.add(len - 8), to.add(len - 8), 8);
        } else if len >= 4 {
            copy_nonoverlapping(from, to, 4);
            copy_nonoverlapping(from.add(len - 4), to.add(len - 4), 4);
        } else if len > 0 {
            // One byte: all three are the same; two: the last two are.
            to.write(*from);
            to.add(len / 2).write(*from.add(len / 2));
            to.add(len - 1).write(*from.add(len - 1));
        }
        bytes.set_len(bytes.len() + len);
    }
}

/// Appends the first `len` bytes of a word, at most eight.
#[inline(always)]
pub(super) fn append_word(bytes: &mut Vec<u8>, word: u64, len: usize) {
    if bytes.capacity() - bytes.len() < SHORT {
        grow(bytes);
    }
    debug_assert!(len <= 8);
    // SAFETY: there is room for more than the eight bytes of the word, of which `len` count.
    unsafe {
        bytes.as_mut_ptr().add(bytes.len()).cast::<u64>().write_unaligned(word.to_le());
        bytes.set_len(bytes.len() + len.min(8));
    }
}

#[cold]
#[inline(never)]
fn grow(bytes: &mut Vec<u8>) {
    bytes.reserve(SHORT);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_of_every_length_stand_one_behind_the_other() {
        let text: Vec<u8> = (0..100).collect();
        let (mut bytes, mut expected) = (Vec::new(), Vec::new());
        for len in (0..=text.len()).chain((0..=40).rev()) {
            append(&mut bytes, &text[..len]);
            expected.extend_from_slice(&text[..len]);
            assert_eq!(bytes, expected, "{len}");
        }
    }
}
