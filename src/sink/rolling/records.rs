//! Where a batch may be cut: between two records.

/// The length of the longest run of whole records at the head of a batch that is no longer than `limit`, or
/// of its first record, if that is longer. Records end with their line; a line that begins with a space or a
/// tab belongs to the record before.
pub(super) fn whole(batch: &[u8], limit: u64) -> usize {
    let len = batch.len();
    let limit = usize::try_from(limit).unwrap_or(len).min(len);
    let is_end = |end: usize| {
        batch[end - 1] == b'\n' && batch.get(end).is_none_or(|next| !matches!(next, b' ' | b'\t'))
    };
    let within = (1..=limit).rev().find(|&end| is_end(end));
    within.or_else(|| (limit + 1..len).find(|&end| is_end(end))).unwrap_or(len)
}

#[cfg(test)]
mod tests {
    use super::whole;

    #[test]
    fn a_batch_is_cut_behind_the_last_record_that_fits() {
        assert_eq!(whole(b"one\ntwo\nthree\n", 100), 14);
        assert_eq!(whole(b"one\ntwo\nthree\n", 13), 8);
        assert_eq!(whole(b"one\ntwo\nthree\n", 8), 8);
        assert_eq!(whole(b"one\ntwo\nthree\n", 7), 4);
    }

    #[test]
    fn a_record_that_is_too_long_stays_whole() {
        assert_eq!(whole(b"one\ntwo\n", 1), 4);
        assert_eq!(whole(b"one", 1), 3);
    }

    #[test]
    fn lines_that_are_indented_stay_with_their_record() {
        assert_eq!(whole(b"one\n    more\n    \ntwo\n", 16), 18);
        assert_eq!(whole(b"one\n\tmore\ntwo\n", 11), 10);
    }
}
