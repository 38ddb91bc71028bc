//! Producers of a thread that is about to end: its thread-locals are gone, and their destructors may still log.
//!
//! pthread's own keys live longer than Rust's thread-locals, and their destructors come after those.

use super::owned::Owned;
use crate::record::ThreadInfo;
use crate::sync::OnceLock;
use crate::sys;
use std::ffi::{CStr, c_void};
use std::ptr;

/// Calls `then` with the list that lasts to the thread's very end. `None` where the system has no key left.
pub(super) fn with_owned<R>(then: impl FnOnce(&mut Owned) -> Option<R>) -> Option<R> {
    let key = key()?;
    // SAFETY: the key was made; its value is null or what is set below.
    let known = unsafe { libc::pthread_getspecific(key) }.cast::<Owned>();
    if known == taken() {
        // A log call, or a change of context, out of `then`: the list is in use.
        return None;
    }
    // SAFETY: the key was made, and its destructor takes this value.
    if unsafe { libc::pthread_setspecific(key, taken().cast()) } != 0 {
        return None;
    }
    let mut owned = if known.is_null() {
        Box::new(Owned::new())
    } else {
        // SAFETY: the value is that of a box, and was taken out.
        unsafe { Box::from_raw(known) }
    };
    let result = then(&mut owned);
    // SAFETY: as above. It replaces a value, for which there is room.
    unsafe { libc::pthread_setspecific(key, Box::into_raw(owned).cast()) };
    result
}

/// The calling thread, which Rust knows no more: by the name that the system has for it, of 15 bytes at the most.
pub(super) fn current_thread() -> ThreadInfo {
    let id = sys::thread_id();
    // The first thread's name is the program's, to the system.
    if std::process::id() == id {
        return ThreadInfo::new("main", id.into());
    }
    let mut name = [0_u8; 16];
    // SAFETY: `PR_GET_NAME` writes 16 bytes at the most.
    unsafe { libc::prctl(libc::PR_GET_NAME, name.as_mut_ptr()) };
    let name = CStr::from_bytes_until_nul(&name).unwrap_or_default().to_string_lossy();
    ThreadInfo::new(name, id.into())
}

/// Stands for a list that is taken out: an address that no list has.
fn taken() -> *mut Owned {
    ptr::dangling_mut()
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
    let owned = value.cast::<Owned>();
    if owned != taken() {
        // SAFETY: the caller vouches for the value; pthread has taken it out.
        drop(unsafe { Box::from_raw(owned) });
    }
}
