//! Threads to cores.

use core_affinity::CoreId;

/// Pins the calling thread to a core; whether that worked. It does not where there is no such core, or the
/// process may not use it.
pub(crate) fn pin(core: usize) -> bool {
    is_conceivable(core) && core_affinity::set_for_current(CoreId { id: core })
}

/// Whether the system can be asked for a core of this number. Of those that the thread may run on now it need not be one: a
/// thread inherits these, and cores that are set aside at boot are nobody's until they are asked for.
#[cfg(target_os = "linux")]
fn is_conceivable(core: usize) -> bool {
    core < libc::CPU_SETSIZE as usize
}

#[cfg(not(target_os = "linux"))]
fn is_conceivable(core: usize) -> bool {
    core_affinity::get_core_ids().is_some_and(|cores| cores.contains(&CoreId { id: core }))
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use crate::sync::thread;

    #[test]
    fn a_thread_may_leave_the_core_that_it_has_inherited() {
        let cores = core_affinity::get_core_ids().expect("cores");
        let pinned = thread::spawn(move || {
            assert!(pin(cores[0].id));
            thread::spawn(move || {
                let inherited = core_affinity::get_core_ids();
                let last = *cores.last().expect("a core");
                (inherited, pin(last.id), core_affinity::get_core_ids(), cores[0], last)
            })
            .join()
        });
        let (inherited, is_pinned, now, first, last) = pinned.join().expect("the thread").expect("its child");
        assert_eq!(inherited, Some(vec![first]));
        assert!(is_pinned);
        assert_eq!(now, Some(vec![last]));
    }

    #[test]
    fn cores_that_no_machine_has_are_refused() {
        thread::spawn(|| {
            for core in [1023, 1024, 1 << 20, usize::MAX] {
                assert!(!pin(core), "{core}");
            }
        })
        .join()
        .expect("the thread");
    }
}
