//! Producers of a thread that is about to end: its thread-locals are gone, and their destructors may still log.
//!
//! pthread's own keys live longer than Rust's thread-locals, and their destructors come after those.

use super::Owned;
use crate::sync::OnceLock;
use std::ffi::c_void;
use std::ptr;

/// Calls `then` with the list that lasts to the thread's very end. `None` where the system has no key left.
pub(super) fn with_owned<R>(then: impl FnOnce(&mut Owned) -> Option<R>) -> Option<R> {
    let key = key()?;
    // SAFETY: the key was made; its value is null or what is set below.
    let known = unsafe { libc::pthread_getspecific(key) }.cast::<Owned>();
    // Taken out, so that a log call out of `then` finds no list, and no second reference to this one.
    // SAFETY: as above.
    unsafe { libc::pthread_setspecific(key, ptr::null()) };
    let mut owned = if known.is_null() {
        Box::new(Owned(Vec::new()))
    } else {
        // SAFETY: the value is that of a box, and was taken out.
        unsafe { Box::from_raw(known) }
    };
    let result = then(&mut owned);
    // SAFETY: the key was made, and its destructor takes such a box.
    let is_set = unsafe { libc::pthread_setspecific(key, Box::into_raw(owned).cast()) } == 0;
    result.filter(|_| is_set)
}

/// Lets go of the list without dropping what it owns.
pub(super) fn forget() {
    if let Some(&Some(key)) = KEY.get() {
        // SAFETY: the key was made.
        unsafe { libc::pthread_setspecific(key, ptr::null()) };
    }
}

static KEY: OnceLock<Option<libc::pthread_key_t>> = OnceLock::new();

fn key() -> Option<libc::pthread_key_t> {
    *KEY.get_or_init(|| {
        let mut key = 0;
        // SAFETY: `key` is writable, and the destructor takes what `with_owned` sets.
        let made = unsafe { libc::pthread_key_create(&raw mut key, Some(drop_owned)) };
        (made == 0).then_some(key)
    })
}

/// # Safety
///
/// The value is one that `with_owned` has set.
unsafe extern "C" fn drop_owned(value: *mut c_void) {
    // SAFETY: the caller vouches for the value; pthread has taken it out.
    drop(unsafe { Box::from_raw(value.cast::<Owned>()) });
}
