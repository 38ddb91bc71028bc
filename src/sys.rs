//! What the system offers and `std` does not: calls that it has no name for, and those that a signal handler may make.
//!
//! What a C library may be too old for (Rust supports glibc 2.17, and Android's of 2014), or makes a cancellation point of, is
//! called by its number.

#[cfg(target_os = "android")]
use libc::__errno as errno_location;
#[cfg(not(target_os = "android"))]
use libc::__errno_location as errno_location;
use std::ffi::{CString, c_int};
use std::fs::File;
use std::io::{self, ErrorKind};
use std::mem::MaybeUninit;
use std::os::fd::{AsRawFd, BorrowedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::ptr;
use std::time::Duration;

/// `write(2)`: how many bytes were taken. Fails with what the system reports, an interruption and a full pipe included.
pub(crate) fn write(descriptor: BorrowedFd<'_>, bytes: &[u8]) -> io::Result<usize> {
    // SAFETY: the bytes are readable.
    let written = unsafe { libc::write(descriptor.as_raw_fd(), bytes.as_ptr().cast(), bytes.len()) };
    usize::try_from(written).map_err(|_| io::Error::last_os_error())
}

/// Waits until a descriptor can be written to, or never will, or until a signal comes.
pub(crate) fn wait_until_writable(descriptor: BorrowedFd<'_>) -> io::Result<()> {
    let mut asked = libc::pollfd { fd: descriptor.as_raw_fd(), events: libc::POLLOUT, revents: 0 };
    // SAFETY: one entry, which lives through the call.
    match done(unsafe { libc::poll(&raw mut asked, 1, -1) }) {
        Err(error) if error.kind() == ErrorKind::Interrupted => Ok(()),
        waited => waited.map(drop),
    }
}

/// Whether all that is written to a file goes to its end: `O_APPEND`.
pub(crate) fn is_append(file: &File) -> io::Result<bool> {
    // SAFETY: plain numbers.
    let flags = done(unsafe { libc::fcntl(file.as_raw_fd(), libc::F_GETFL) })?;
    Ok(flags & libc::O_APPEND != 0)
}

/// Brings all of the file's file system to stable storage: `syncfs(2)`.
pub(crate) fn sync_file_system(file: &File) -> io::Result<()> {
    // SAFETY: a plain number.
    done(unsafe { libc::syscall(libc::SYS_syncfs, file.as_raw_fd()) } as c_int).map(drop)
}

/// Renames a file, unless there is one of the new name, in one step: `renameat2(2)`. `None` where the file system, or the kernel,
/// cannot look and rename in one step; nothing was done then.
pub(crate) fn rename_to_new(from: &Path, to: &Path) -> Option<io::Result<()>> {
    let name = |path: &Path| CString::new(path.as_os_str().as_bytes());
    let (from, to) = match (name(from), name(to)) {
        (Ok(from), Ok(to)) => (from, to),
        (Err(error), _) | (_, Err(error)) => return Some(Err(error.into())),
    };
    let (here, flags) = (libc::AT_FDCWD, libc::RENAME_NOREPLACE);
    // SAFETY: both names end in a zero and live through the call.
    let renamed =
        unsafe { libc::syscall(libc::SYS_renameat2, here, from.as_ptr(), here, to.as_ptr(), flags) };
    match done(renamed as c_int) {
        Err(error) if matches!(error.raw_os_error(), Some(libc::EINVAL | libc::ENOSYS)) => None,
        renamed => Some(renamed.map(drop)),
    }
}

/// The operating system's id of the calling thread. Async-signal-safe: one system call.
pub(crate) fn thread_id() -> u32 {
    // SAFETY: it takes nothing and always succeeds.
    unsafe { libc::syscall(libc::SYS_gettid) as u32 }
}

/// Nanoseconds of one of the system's clocks, from a zero of its own; 0 where the kernel has no such clock. Async-signal-safe, and
/// no system call where the kernel shares the clock's memory (vDSO).
pub(crate) fn now(clock: libc::clockid_t) -> u64 {
    let mut now = MaybeUninit::<libc::timespec>::zeroed();
    // SAFETY: `now` is writable.
    unsafe { libc::clock_gettime(clock, now.as_mut_ptr()) };
    // SAFETY: zeroes are a time.
    let now = unsafe { now.assume_init() };
    now.tv_sec as u64 * 1_000_000_000 + now.tv_nsec as u64
}

/// Sleeps for so long, or until a signal comes: `std`'s sleep begins anew then, and comes to no end where signals come faster than
/// that. Leaves `errno` as it was. Async-signal-safe: one system call, without the library's cancellation points and locks.
pub(crate) fn nap(time: Duration) {
    let _errno = Errno::save();
    let time: [Word; 2] = [time.as_secs() as _, time.subsec_nanos() as _];
    // SAFETY: this call's seconds and nanoseconds are words; what is left of the time is not asked for.
    unsafe { libc::syscall(libc::SYS_nanosleep, time.as_ptr(), ptr::null_mut::<Word>()) };
}

/// The kernel's own word, which is longer than a pointer under the ABI x32.
#[cfg(target_arch = "x86_64")]
type Word = i64;
#[cfg(not(target_arch = "x86_64"))]
type Word = std::ffi::c_long;

/// Keeps `errno` as the interrupted code had it.
#[derive(Debug)]
pub(crate) struct Errno(c_int);

impl Errno {
    pub(crate) fn save() -> Self {
        // SAFETY: the address is that of the thread's own variable. Async-signal-safe.
        Self(unsafe { *errno_location() })
    }
}

impl Drop for Errno {
    fn drop(&mut self) {
        // SAFETY: as above.
        unsafe { *errno_location() = self.0 };
    }
}

/// What a call of the system gave, where it is not -1.
fn done(result: c_int) -> io::Result<c_int> {
    if result == -1 { Err(io::Error::last_os_error()) } else { Ok(result) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::io::Read;
    use std::os::fd::AsFd;

    #[test]
    fn a_file_is_renamed_to_a_new_name_alone() {
        let folder = tempfile::tempdir().unwrap();
        let [one, two, three] = ["one", "two", "three"].map(|name| folder.path().join(name));
        fs::write(&one, "1").unwrap();
        fs::write(&two, "2").unwrap();
        let refused = rename_to_new(&one, &two).expect("the file system of the temporary folder can do it");
        assert_eq!(refused.unwrap_err().kind(), ErrorKind::AlreadyExists);
        rename_to_new(&one, &three).unwrap().unwrap();
        assert_eq!([&two, &three].map(|path| fs::read_to_string(path).unwrap()), ["2", "1"]);
        assert_eq!(rename_to_new(&one, &two).unwrap().unwrap_err().kind(), ErrorKind::NotFound);
        let no_name = Path::new(std::ffi::OsStr::from_bytes(b"a\0b"));
        assert_eq!(rename_to_new(&two, no_name).unwrap().unwrap_err().kind(), ErrorKind::InvalidInput);
    }

    #[test]
    fn how_a_file_was_opened_is_known() {
        let file = tempfile::NamedTempFile::new().unwrap();
        assert!(!is_append(file.as_file()).unwrap());
        assert!(is_append(&File::options().append(true).open(file.path()).unwrap()).unwrap());
        sync_file_system(file.as_file()).unwrap();
    }

    #[test]
    fn a_full_pipe_is_told_and_waited_for() {
        let (mut reader, writer) = io::pipe().unwrap();
        // SAFETY: plain numbers; the descriptor is this test's own.
        assert_eq!(unsafe { libc::fcntl(writer.as_raw_fd(), libc::F_SETFL, libc::O_NONBLOCK) }, 0);
        let full = loop {
            if let Err(error) = write(writer.as_fd(), &[b'x'; 4096]) {
                break error;
            }
        };
        assert_eq!(full.kind(), ErrorKind::WouldBlock);
        std::thread::scope(|scope| {
            let reader = scope.spawn(|| reader.read(&mut [0; 1 << 16]).map(|_| reader));
            wait_until_writable(writer.as_fd()).unwrap();
            drop(reader.join().unwrap().unwrap());
        });
        // Nobody will ever read from it.
        assert_eq!(write(writer.as_fd(), b"x").unwrap_err().kind(), ErrorKind::BrokenPipe);
        wait_until_writable(writer.as_fd()).unwrap();
    }

    #[test]
    fn a_nap_takes_its_time_and_leaves_errno_alone() {
        let (before, mut naps) = (now(libc::CLOCK_MONOTONIC), 0);
        while now(libc::CLOCK_MONOTONIC) - before < 5_000_000 {
            nap(Duration::from_millis(5));
            naps += 1;
        }
        // More than one, if signals came.
        assert!(naps < 100, "{naps}");
        // SAFETY: the thread's own variable.
        unsafe { *errno_location() = libc::ENOTTY };
        // No time that the system takes: the call fails.
        nap(Duration::MAX);
        assert_eq!(io::Error::last_os_error().raw_os_error(), Some(libc::ENOTTY));
    }

    #[test]
    fn a_thread_has_the_systems_number() {
        assert!(Path::new(&format!("/proc/self/task/{}", thread_id())).is_dir());
        let other = std::thread::spawn(thread_id).join().unwrap();
        assert_ne!(other, thread_id());
    }
}
