//! Threads to cores.

use core_affinity::CoreId;

/// Pins the calling thread to a core; whether that worked. It does not where there is no such core, or the
/// process may not use it.
pub(crate) fn pin(core: usize) -> bool {
    let may_use = core_affinity::get_core_ids().is_some_and(|cores| cores.contains(&CoreId { id: core }));
    may_use && core_affinity::set_for_current(CoreId { id: core })
}
