//! `fork`: the child has a copy of everything but the threads that do the work.
//!
//! 1. Before: the locks of the process are taken, so that none is held by a thread that the child does not have. Those of
//!    a runtime need not be: the child never uses it again.
//! 2. In the parent: they are let go.
//! 3. In the child: each runtime of the parent is *left behind*. Its registry is closed, its completions are errors, and it
//!    is never dropped, as its threads could not be joined nor its sinks be synced. The forking thread forgets its rings.
//!    Then the locks are let go.
//! 4. With the child's first log call, as [`OnFork`] says, nothing, or a runtime of its own.
//!
//! Only the forking thread goes on in the child, so nothing of this is ever seen by a thread with an old pointer.

use super::{WATCHES, live, rescue, signals};
use crate::builder::Builder;
use crate::sync::{AtomicBool, Ordering};
use std::any::Any;
use std::cell::RefCell;

/// What a child process of `fork` does with what it logs.
///
/// The parent's runtime is not there in the child, whose only thread is the one that forked: neither its workers nor its
/// sinks' threads are. Programs that `exec` right after, as [`std::process::Command`] has it, never notice.
///
/// ```
/// use ringlog::{Builder, OnFork, sink};
///
/// fn of_the_child() -> Builder {
///     let path = format!("app-{}.log", std::process::id());
///     let file = sink::File::create(std::env::temp_dir().join(path)).expect("the folder can be written to");
///     Builder::new().sink(file)
/// }
///
/// let builder = Builder::new().sink(sink::Null::new()).on_fork(OnFork::Restart(of_the_child));
/// # let _ = builder;
/// ```
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub enum OnFork {
    /// Nothing: its log calls are counted as lost ([`Stats::lost_after_shutdown`](crate::Stats::lost_after_shutdown)), until
    /// it calls [`Builder::init`] itself.
    #[default]
    Silent,
    /// Its first log call starts a global runtime as this builder says. The function is called in the child, by the thread
    /// that logs first. A builder that is wrong leaves the child silent.
    Restart(fn() -> Builder),
}

std::thread_local! {
    /// What is locked while the thread forks.
    static HELD: RefCell<Option<Held>> = const { RefCell::new(None) };
}

/// The locks of the process, in the order in which they are taken.
struct Held {
    global: crate::global::Held,
    runtimes: live::Held,
    others: Vec<Box<dyn Any>>,
}

/// Has forks be noticed from now on.
pub(super) fn install() {
    static IS_INSTALLED: AtomicBool = AtomicBool::new(false);
    // ORDERING: relaxed, only one caller may win; nothing is published by it.
    if !IS_INSTALLED.swap(true, Ordering::Relaxed) {
        // SAFETY: the functions are `extern "C"` and do not unwind: none of what they call panics.
        unsafe { libc::pthread_atfork(Some(before), Some(in_parent), Some(in_child)) };
    }
}

extern "C" fn before() {
    // In a thread that is about to end the variable may be gone: nothing is held then.
    let _ = HELD.try_with(|held| {
        *held.borrow_mut() = Some(Held {
            global: crate::global::hold(),
            runtimes: live::hold(),
            others: vec![
                super::crash::hold(),
                signals::hold(),
                crate::filter::hold(),
                crate::completion::hold(),
                crate::producer::hold(),
                crate::cells::hold(),
            ],
        });
    });
}

extern "C" fn in_parent() {
    drop(HELD.try_with(RefCell::take));
}

extern "C" fn in_child() {
    let held = HELD.try_with(RefCell::take).ok().flatten();
    if let Some(watches) = WATCHES.get() {
        watches.forget_all();
    }
    rescue::start_anew();
    signals::start_anew();
    crate::completion::enter_new_process();
    crate::entry::forget_producers();
    if let Some(Held { mut global, runtimes, others }) = held {
        live::leave_behind(&runtimes);
        crate::global::leave_behind(&mut global);
        drop((others, runtimes, global));
    }
}
