//! The CPU's tick counter: reading it, whether it can be trusted, and how fast it says it runs.
//!
//! On x86_64 this is the time-stamp counter (Intel SDM vol. 3, 17.17), on aarch64 the virtual counter
//! `cntvct_el0`. Elsewhere there is none, and [`check`] says so before anybody reads it.

use super::ClockWarning;

/// Reads the counter without any fence.
///
/// The CPU may execute the read some tens of cycles before instructions that stand ahead of it. A log call
/// can live with that: its stamp only has to be near, and a fence costs more than the read.
#[inline(always)]
pub(super) fn ticks() -> u64 {
    #[cfg(target_arch = "x86_64")]
    {
        // SAFETY: every x86_64 CPU has the instruction, and Linux does not forbid it to user code unless
        // the process asked for that itself (`PR_SET_TSC`).
        unsafe { core::arch::x86_64::_rdtsc() }
    }
    #[cfg(target_arch = "aarch64")]
    {
        let ticks: u64;
        // SAFETY: reads a register that Linux opens to user code; touches neither memory nor flags.
        unsafe {
            core::arch::asm!("mrs {}, cntvct_el0", out(reg) ticks, options(nomem, nostack, preserves_flags))
        };
        ticks
    }
    #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
    {
        0
    }
}

/// Reads the counter after all earlier loads have their values.
///
/// What follows may be executed before it: nothing that a log call does then is seen before the record is.
#[inline(always)]
pub(super) fn ticks_after_loads() -> u64 {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: SSE2 is part of x86_64, and so is the fence.
    unsafe {
        core::arch::x86_64::_mm_lfence();
    }
    #[cfg(target_arch = "aarch64")]
    // SAFETY: a barrier. Without `nomem`, so that the compiler keeps memory accesses on their side too.
    unsafe {
        core::arch::asm!("isb", options(nostack, preserves_flags));
    }
    ticks()
}

/// Reads the counter in program order: after all earlier loads have their values and before any later load
/// is executed.
///
/// On x86_64 the fence before the read does the former and the fence after it the latter (Intel SDM vol. 2,
/// RDTSC; AMD's `lfence` does the same once the kernel has made it dispatch-serialising, which Linux does).
/// A worker's cutoff needs the second: were a ring's index loaded before the counter is read, a record could
/// be committed in between, be missed, and still have a stamp below the cutoff.
#[inline]
pub(super) fn ticks_in_order() -> u64 {
    #[cfg(target_arch = "x86_64")]
    {
        use core::arch::x86_64::_mm_lfence;
        // SAFETY: SSE2 is part of x86_64, and so is the fence.
        unsafe { _mm_lfence() };
        let ticks = ticks();
        // SAFETY: as above.
        unsafe { _mm_lfence() };
        ticks
    }
    #[cfg(target_arch = "aarch64")]
    {
        let ticks: u64;
        // SAFETY: barriers and a read of a register that Linux opens to user code. Without `nomem`, so that
        // the compiler keeps memory accesses on their side too.
        unsafe {
            core::arch::asm!("isb", "mrs {}, cntvct_el0", "isb", out(reg) ticks, options(nostack, preserves_flags));
        }
        ticks
    }
    #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
    {
        0
    }
}

/// Whether the counter runs at one rate, in every power state, on all cores alike.
///
/// # Errors
///
/// Says what speaks against it.
pub(super) fn check() -> Result<(), ClockWarning> {
    #[cfg(target_arch = "x86_64")]
    {
        if !x86::is_invariant() {
            return Err(ClockWarning::TscNotInvariant);
        }
        // The kernel watches the counters of all cores. Once it has seen them apart it takes `tsc` off this
        // list. Where the list cannot be read (a sandbox, another system), the CPU's word stands.
        const OFFERED: &str = "/sys/devices/system/clocksource/clocksource0/available_clocksource";
        match std::fs::read_to_string(OFFERED) {
            Ok(list) if !offers_tsc(&list) => Err(ClockWarning::TscUnstable),
            _ => Ok(()),
        }
    }
    #[cfg(target_arch = "aarch64")]
    {
        Ok(())
    }
    #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
    {
        Err(ClockWarning::TscMissing)
    }
}

#[cfg(any(target_arch = "x86_64", test))]
fn offers_tsc(list: &str) -> bool {
    list.split_ascii_whitespace().any(|name| name == "tsc")
}

/// The rate that the CPU or the hypervisor states, in Hz. It is a hint: a guest's counter may run at another.
pub(super) fn stated_hertz() -> Option<u64> {
    #[cfg(target_arch = "x86_64")]
    let hertz = x86::stated_hertz();
    #[cfg(target_arch = "aarch64")]
    let hertz = {
        let hertz: u64;
        // SAFETY: reads a register that Linux opens to user code; touches neither memory nor flags.
        unsafe {
            core::arch::asm!("mrs {}, cntfrq_el0", out(reg) hertz, options(nomem, nostack, preserves_flags))
        };
        Some(hertz)
    };
    #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
    let hertz: Option<u64> = None;
    hertz.filter(|hertz| PLAUSIBLE_HERTZ.contains(hertz))
}

/// From the slowest generic timer of an ARM board to twice the fastest x86 part.
pub(super) const PLAUSIBLE_HERTZ: std::ops::RangeInclusive<u64> = 1_000_000..=12_000_000_000;

#[cfg(target_arch = "x86_64")]
mod x86 {
    use core::arch::x86_64::{__cpuid, CpuidResult};

    fn leaf(base: u32, leaf: u32) -> Option<CpuidResult> {
        (__cpuid(base).eax >= leaf).then(|| __cpuid(leaf))
    }

    /// CPUID 8000_0007h, EDX bit 8: "invariant TSC".
    pub(super) fn is_invariant() -> bool {
        leaf(0x8000_0000, 0x8000_0007).is_some_and(|it| it.edx & 1 << 8 != 0)
    }

    /// CPUID 15h (ratio and crystal), 16h (base frequency, where 15h leaves out the crystal), and the
    /// hypervisors' leaf 4000_0010h (kHz).
    pub(super) fn stated_hertz() -> Option<u64> {
        let is_guest = __cpuid(1).ecx & 1 << 31 != 0;
        let hypervisor =
            || leaf(0x4000_0000, 0x4000_0010).map(|it| u64::from(it.eax) * 1000).filter(|hz| *hz > 0);
        if let Some(hertz) = is_guest.then(hypervisor).flatten() {
            return Some(hertz);
        }
        let ratio = leaf(0, 0x15).filter(|it| it.eax != 0 && it.ebx != 0)?;
        if ratio.ecx != 0 {
            return Some(u64::from(ratio.ecx) * u64::from(ratio.ebx) / u64::from(ratio.eax));
        }
        leaf(0, 0x16).map(|it| u64::from(it.eax & 0xffff) * 1_000_000).filter(|hz| *hz > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernels_list_names_the_counter_as_a_word() {
        assert!(offers_tsc("kvm-clock tsc acpi_pm \n"));
        assert!(!offers_tsc("hyperv_clocksource_tsc_page acpi_pm\n"));
        assert!(!offers_tsc(""));
    }

    #[test]
    fn ordered_reads_never_go_back_and_a_bare_one_lies_near() {
        let mut last = ticks_in_order();
        for _ in 0..1000 {
            let now = ticks_in_order();
            assert!(now >= last);
            last = now;
        }
        let bare = ticks();
        assert!(bare.abs_diff(last) < 10_000_000_000, "{bare} is far from {last}");
    }
}
