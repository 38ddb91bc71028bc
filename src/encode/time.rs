//! Lengths of time and the wall clock.
//!
//! `Instant` is left out: it can be put together again only in relation to another, so it is formatted on the
//! spot.

use super::scalars::word_by_word;
use super::{Encode, Reader, Writer};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

const BEFORE_1970: u64 = 1 << 32;

word_by_word! {
    Duration, 2, |value| [value.as_secs(), u64::from(value.subsec_nanos())], |secs nanos| duration(secs, nanos);
}

#[inline(always)]
fn duration(secs: u64, nanos: u64) -> Duration {
    Duration::new(secs, nanos as u32)
}

/// The distance to 1970, and which way it goes.
#[inline(always)]
fn from_1970(time: SystemTime) -> (Duration, u64) {
    match time.duration_since(UNIX_EPOCH) {
        Ok(since) => (since, 0),
        Err(before) => (before.duration(), BEFORE_1970),
    }
}

// SAFETY: two words each way.
unsafe impl Encode for SystemTime {
    type View<'r> = SystemTime;
    const FIXED: Option<usize> = Some(2);
    const IS_PLAIN: bool = true;

    #[inline(always)]
    fn words(&self) -> usize {
        2
    }

    #[inline(always)]
    unsafe fn encode(&self, writer: &mut Writer) {
        let (distance, sign) = from_1970(*self);
        // SAFETY: the caller vouches for two words.
        unsafe {
            writer.word(distance.as_secs());
            writer.word(sign | u64::from(distance.subsec_nanos()));
        }
    }

    #[inline]
    unsafe fn decode<'r>(reader: &mut Reader<'r>) -> SystemTime {
        // SAFETY: `encode` wrote two words.
        let (secs, nanos) = unsafe { (reader.word(), reader.word()) };
        let distance = duration(secs, nanos);
        // Neither overflows: the sum is a time that the platform had, in its own resolution.
        if nanos & BEFORE_1970 == 0 { UNIX_EPOCH + distance } else { UNIX_EPOCH - distance }
    }
}

super::scalars::itself!(SystemTime);
