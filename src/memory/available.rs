//! How much memory there is.

use sysinfo::{ProcessRefreshKind, ProcessesToUpdate, System};

/// Memory that this process can still take; where the operating system does not tell, all that has an address.
pub fn available() -> u64 {
    let everything = isize::MAX as u64;
    let Ok(mut system) = System::new() else {
        return everything;
    };
    system.refresh_memory();
    let mut available = match system.available_memory() {
        0 => everything,
        available => available,
    };
    if let Ok(this) = sysinfo::get_current_pid() {
        let this_one = ProcessesToUpdate::Some(&[this]);
        system.refresh_processes_specifics(this_one, false, ProcessRefreshKind::nothing());
        let limits = system.process(this).and_then(|process| process.cgroup_limits());
        if let Some(limits) = limits {
            // Not its free memory, which leaves out what the cached files of the group would give back.
            available = available.min(limits.total_memory.saturating_sub(limits.rss));
        }
    }
    available
}

/// The most, up to `wanted`, that the allocator gives at once: limits of the process and of the address space that
/// [`available`] does not know. Nothing is written to, and all is given back.
pub(super) fn reservable(wanted: u64) -> u64 {
    let is_given = |bytes: u64| {
        let mut memory = Vec::<u8>::new();
        let given = usize::try_from(bytes).is_ok_and(|bytes| memory.try_reserve_exact(bytes).is_ok());
        // Or the compiler may leave out an allocation that nobody uses.
        std::hint::black_box(&memory);
        given
    };
    if is_given(wanted) {
        return wanted;
    }
    // Bisection: `given` is given, `refused` is not.
    let (mut given, mut refused) = (0, wanted);
    while refused - given > given / 1000 + 1 {
        let middle = given + (refused - given) / 2;
        if is_given(middle) {
            given = middle;
        } else {
            refused = middle;
        }
    }
    given
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn little_can_be_reserved_and_all_that_could_be_addressed_cannot() {
        assert_eq!(reservable(1 << 20), 1 << 20);
        let most = reservable(u64::MAX);
        assert!((1 << 20..u64::MAX).contains(&most), "{most}");
    }

    #[test]
    fn some_memory_is_available_and_not_all_there_could_ever_be() {
        assert!(available() > 0);
        if cfg!(target_os = "linux") {
            assert!(available() < 1 << 50);
        }
    }
}
