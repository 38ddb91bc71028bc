//! What a worker knows of a ring's thread: whether it is within a log call, and how long that may hold others up.
//!
//! A worker looks at a thread when it has taken all that it saw in the thread's ring, and other rings have more:
//! see `protocol::handover`. A call whose record is missing bounds what may be taken of the others.

use std::time::{Duration, Instant};

/// No record is held up.
pub(super) const NO_LIMIT: u64 = u64::MAX;

/// What was seen of the latest call of a ring's thread.
#[derive(Debug, Default)]
pub(super) struct Watch {
    /// The call.
    begun: u64,
    /// What the clock said before it was last looked.
    looked: u64,
    /// The record that is missing has no lower stamp.
    bound: u64,
    /// Since when others wait for it.
    since: Option<Instant>,
    /// Its record was missing at the last look.
    is_missing: bool,
    /// The latest call that was waited for in vain.
    passed: u64,
}

impl Watch {
    /// Looks whether a record is missing, of a ring that has given `position` records and is at its end, whose
    /// latest call is `begun`. `now` is what the clock said before all rings were looked at, `last` the stamp of the
    /// ring's last record. Up to which stamp records of other rings may be taken.
    pub(super) fn look(&mut self, begun: u64, position: u64, now: u64, last: u64) -> u64 {
        // A call that began after the last look has read the clock after it; one that is still missing has not.
        if position >= self.begun {
            self.bound = self.looked;
        }
        if begun != self.begun {
            self.begun = begun;
            self.since = None;
        }
        self.looked = now;
        self.is_missing = begun > position;
        if self.is_missing { self.bound.max(last) } else { NO_LIMIT }
    }

    /// Whether the call that was seen last has been passed.
    pub(super) fn is_passed(&self) -> bool {
        self.begun == self.passed
    }

    /// Whether others wait for the call, if they have anything.
    pub(super) fn is_waited_for(&self) -> bool {
        self.is_missing && !self.is_passed()
    }

    /// Others wait for the call, as of `now`: whether they have for as long as they are to.
    pub(super) fn is_overdue(&mut self, now: Instant, hold: Duration) -> bool {
        now.duration_since(*self.since.get_or_insert(now)) >= hold
    }

    /// Waits no more for the call.
    pub(super) fn pass(&mut self) {
        self.passed = self.begun;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_bounds_others_by_what_the_clock_said_before_it_began() {
        let mut watch = Watch::default();
        assert_eq!(watch.look(0, 0, 100, 0), NO_LIMIT);
        assert_eq!(watch.look(1, 0, 200, 0), 100);
        assert_eq!(watch.look(1, 0, 300, 0), 100, "the same call is no younger");
        assert_eq!(watch.look(2, 0, 400, 0), 100, "the first call's record is missing still");
        assert_eq!(watch.look(2, 2, 500, 450), NO_LIMIT);
        assert_eq!(watch.look(3, 2, 600, 450), 500);
        assert_eq!(watch.look(9, 8, 700, 650), 650, "its own records are never younger than those to come");
    }

    #[test]
    fn a_call_is_overdue_when_others_have_waited_for_it_and_a_later_one_is_not() {
        let (mut watch, hold) = (Watch::default(), Duration::from_millis(10));
        watch.look(1, 0, 1, 0);
        let start = Instant::now();
        assert!(!watch.is_overdue(start, hold));
        assert!(!watch.is_overdue(start + hold / 2, hold));
        assert!(watch.is_overdue(start + hold, hold));
        watch.pass();
        assert!(watch.is_passed());
        watch.look(2, 1, 2, 1);
        assert!(!watch.is_passed());
        assert!(!watch.is_overdue(start + hold, hold));
    }
}
