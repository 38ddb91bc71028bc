//! Room for signal handlers on the logger's own threads.
//!
//! The alternate stack that Rust gives a thread has 8 KiB. A frame of a signal holds all registers, and takes 3.6 KB with
//! AVX-512, more with AMX. When a worker overflows its stack, Rust's handler aborts, and so the [crash
//! handler](super::crash) runs a second time, on top of the first: a second frame, for which there is no room there.

use std::ffi::c_void;
use std::mem::MaybeUninit;
use std::ptr;

/// Room for some frames of any processor, and what the handlers need. It is not touched until it is used.
const BYTES: usize = 128 << 10;
/// Below it, a part that may not be touched: a whole number of pages of any size in use.
const GUARD: usize = 64 << 10;

/// Memory for a stack.
#[derive(Debug)]
struct Map(*mut c_void);

impl Map {
    fn new() -> Option<Self> {
        let (access, kind) = (libc::PROT_READ | libc::PROT_WRITE, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS);
        // SAFETY: a new map of no file, where the system chooses.
        let start = unsafe { libc::mmap(ptr::null_mut(), GUARD + BYTES, access, kind, -1, 0) };
        if start == libc::MAP_FAILED {
            return None;
        }
        let map = Self(start);
        // SAFETY: the guard is a part of the map, in which there is nothing.
        (unsafe { libc::mprotect(map.0, GUARD, libc::PROT_NONE) } == 0).then_some(map)
    }
}

impl Drop for Map {
    fn drop(&mut self) {
        // SAFETY: it was mapped, and nobody refers to it any more.
        unsafe { libc::munmap(self.0, GUARD + BYTES) };
    }
}

/// The calling thread's alternate stack, as long as this lives.
#[derive(Debug)]
pub(crate) struct AlternateStack {
    before: libc::stack_t,
    _map: Map,
}

impl AlternateStack {
    /// Gives the calling thread an alternate stack in place of the one that it has. `None` where the system refuses.
    #[must_use = "the stack is gone when this is dropped"]
    pub(crate) fn install() -> Option<Self> {
        let map = Map::new()?;
        let ours = libc::stack_t { ss_sp: map.0.wrapping_byte_add(GUARD), ss_flags: 0, ss_size: BYTES };
        let mut before = MaybeUninit::<libc::stack_t>::zeroed();
        // SAFETY: the stack's memory lives until the one of before is put back; the other pointer is for the result.
        let installed = unsafe { libc::sigaltstack(&raw const ours, before.as_mut_ptr()) };
        // SAFETY: zeroes are a `stack_t`, and it was filled in.
        (installed == 0).then(|| Self { before: unsafe { before.assume_init() }, _map: map })
    }
}

impl Drop for AlternateStack {
    fn drop(&mut self) {
        // SAFETY: the stack of before is still there: it is Rust's, for as long as the thread runs, or none.
        unsafe { libc::sigaltstack(&raw const self.before, ptr::null_mut()) };
    }
}
