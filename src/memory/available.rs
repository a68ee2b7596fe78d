//! How much memory there is.

use sysinfo::{ProcessRefreshKind, ProcessesToUpdate, System};

/// Memory that this process can still allocate; the whole address space if the operating system does not say.
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
            // Not its free memory, which does not include the group's cached files.
            available = available.min(limits.total_memory.saturating_sub(limits.rss));
        }
    }
    available
}

/// The largest allocation, up to `wanted`, that succeeds: the process and its address space may have limits that
/// [`available`] does not know. The memory is not written to, and freed again.
pub(super) fn reservable(wanted: u64) -> u64 {
    let is_given = |bytes: u64| {
        let mut memory = Vec::<u8>::new();
        let given = usize::try_from(bytes).is_ok_and(|bytes| memory.try_reserve_exact(bytes).is_ok());
        // Otherwise the compiler may remove an unused allocation.
        std::hint::black_box(&memory);
        given
    };
    if is_given(wanted) {
        return wanted;
    }
    // Bisection: `given` succeeds, `refused` fails.
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
