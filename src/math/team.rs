//! A team: threads that share work of a few microseconds.
//!
//! Waking a thread takes as long as a small mini-batch. So the members of a team do not sleep between two pieces of work
//! that follow each other closely: they look for the next one, first in a loop, then each time their core has nothing else
//! to do, and sleep only when there has been none for a while.
//!
//! A piece of work has one part per member. Nobody waits for a member that has not begun its part, because it sleeps or
//! its core runs another program: the caller does that part as well, and the next few calls alone. So a team on busy cores is
//! hardly slower than the caller alone. Which member does which part must not change the result.

use std::any::Any;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

/// How often a member looks for work before it lets other programs have its core: about ten microseconds.
const LOOKS: u32 = 300;

/// How often it then gives its core away before it sleeps: about a millisecond where nobody else wants it.
const YIELDS: u32 = 3000;

/// After so many calls a helper gives its core away even where the next call comes soon: where there are fewer cores than
/// threads that compute, each program is better off without helpers.
const CALLS: u64 = 32;

/// For so many calls the caller does not ask helpers one of which did not come to the last call.
const ALONE: u32 = 16;

/// The call that ends a team.
const END: u64 = u64::MAX;

/// A caller, and threads that help it.
#[derive(Default)]
pub(crate) struct Team {
    /// None where there are no helpers.
    shared: Option<Arc<Shared>>,
    helpers: Vec<JoinHandle<()>>,
    /// Number of the last call.
    call: u64,
    /// Calls to come in which helpers are not asked.
    alone: u32,
}

struct Shared {
    /// Number of the last call; one more each time there is work.
    call: Apart<AtomicU64>,
    /// The work of that call.
    job: AtomicPtr<Job<'static>>,
    /// One per helper.
    seats: Vec<Apart<Seat>>,
}

struct Job<'a>(&'a (dyn Fn(usize) + Sync));

/// On cache lines of its own: the fastest caches of two cores never wait for each other to read two things.
#[repr(align(128))]
struct Apart<T>(T);

/// Where a helper and the caller agree on one part.
#[derive(Default)]
struct Seat {
    /// The last call whose part somebody has begun. The one who counts it up does the part.
    begun: AtomicU64,
    /// The last call whose part needs no waiting for.
    done: AtomicU64,
    is_asleep: AtomicBool,
    has_panicked: AtomicBool,
    panic: Mutex<Option<Box<dyn Any + Send>>>,
}

impl Seat {
    /// Whether the part of `call` is left to whoever asks.
    fn begin(&self, call: u64) -> bool {
        self.begun
            .compare_exchange(call - 1, call, Ordering::Acquire, Ordering::Relaxed)
            .is_ok()
    }

    /// Returns when the helper has done the part of `call` that it began.
    fn wait(&self, call: u64) {
        let mut looks = 0;
        while self.done.load(Ordering::Acquire) != call {
            looks += 1;
            if looks < LOOKS {
                std::hint::spin_loop();
            } else {
                thread::yield_now();
            }
        }
    }
}

impl Team {
    /// Only the caller: takes no memory.
    pub fn alone() -> Self {
        Self::default()
    }

    /// The caller and `members` − 1 helpers, or as many of them as the system starts.
    pub fn new(members: usize) -> Self {
        if members <= 1 {
            return Self::alone();
        }
        let seats = (1..members).map(|_| Apart(Seat::default())).collect();
        let shared = Arc::new(Shared {
            call: Apart(AtomicU64::new(0)),
            job: AtomicPtr::default(),
            seats,
        });
        let help = |part: usize| {
            let shared = Arc::clone(&shared);
            let builder = thread::Builder::new().name(format!("team {part}"));
            builder.spawn(move || shared.help(part)).ok()
        };
        Self {
            helpers: (1..members).map_while(help).collect(),
            shared: Some(shared),
            call: 0,
            alone: 0,
        }
    }

    /// Members, the caller included.
    pub fn len(&self) -> usize {
        1 + self.helpers.len()
    }

    /// Members among whom the next call should be shared: only the caller, for a while, where helpers did not come.
    pub fn present(&mut self) -> usize {
        if self.alone > 0 {
            self.alone -= 1;
            return 1;
        }
        self.len()
    }

    /// Calls `work` once with each number below [`Self::len`], at the same time where members are free. Returns when all
    /// calls have.
    ///
    /// # Panics
    /// When `work` panics, after all parts that were begun.
    #[allow(unsafe_code)]
    pub fn share(&mut self, work: &(dyn Fn(usize) + Sync)) {
        let Some(shared) = &self.shared else {
            return work(0);
        };
        self.call += 1;
        let job = Job(work);
        shared
            .job
            .store((&raw const job).cast_mut().cast(), Ordering::Relaxed);
        // Before it is asked who sleeps: whoever falls asleep looks at the call once more.
        shared.call.0.swap(self.call, Ordering::SeqCst);
        for (helper, Apart(seat)) in self.helpers.iter().zip(&shared.seats) {
            if seat.is_asleep.load(Ordering::SeqCst) {
                helper.thread().unpark();
            }
        }
        // The job stays until no helper can look at it: also when the work panics here.
        let parts = Parts {
            seats: &shared.seats[..self.helpers.len()],
            call: self.call,
        };
        work(0);
        if parts.begin_all(work) > 0 {
            self.alone = ALONE;
        }
        drop(parts);
        for Apart(seat) in &shared.seats {
            if seat.has_panicked.swap(false, Ordering::Relaxed) {
                let payload = seat.panic.lock().unwrap_or_else(PoisonError::into_inner).take();
                resume_unwind(payload.unwrap_or_else(|| Box::new("a member of a team panicked")));
            }
        }
    }
}

/// The helpers' parts of a call.
struct Parts<'a> {
    seats: &'a [Apart<Seat>],
    call: u64,
}

impl Parts<'_> {
    /// Does the parts that no helper has begun. Returns how many.
    fn begin_all(&self, work: impl Fn(usize)) -> usize {
        let mut begun = 0;
        for (index, Apart(seat)) in self.seats.iter().enumerate() {
            if seat.begin(self.call) {
                seat.done.store(self.call, Ordering::Relaxed);
                begun += 1;
                work(index + 1);
            }
        }
        begun
    }
}

impl Drop for Parts<'_> {
    fn drop(&mut self) {
        self.begin_all(|_| {});
        for Apart(seat) in self.seats {
            seat.wait(self.call);
            if thread::panicking() {
                // One panic is enough for the caller.
                seat.has_panicked.store(false, Ordering::Relaxed);
            }
        }
    }
}

impl Shared {
    /// A helper's life.
    #[allow(unsafe_code)]
    fn help(&self, part: usize) {
        let Apart(seat) = &self.seats[part - 1];
        let mut seen = 0;
        loop {
            seen = self.call_after(seen, seat);
            if seen == END {
                return;
            }
            if !seat.begin(seen) {
                continue;
            }
            // SAFETY: the caller leaves `share`, where the job is, only when each part of the call has been begun, and done if
            // a helper began it. This part has been begun by this helper now, and is not done: the job is that of this
            // call, and stays until `done` is stored. It was stored before the call was, which this thread has loaded.
            let Job(work) = unsafe { &*self.job.load(Ordering::Relaxed) };
            if let Err(payload) = catch_unwind(AssertUnwindSafe(|| work(part))) {
                *seat.panic.lock().unwrap_or_else(PoisonError::into_inner) = Some(payload);
                seat.has_panicked.store(true, Ordering::Relaxed);
            }
            seat.done.store(seen, Ordering::Release);
            if seen.is_multiple_of(CALLS) {
                thread::yield_now();
            }
        }
    }

    /// Waits for a call after `seen`.
    fn call_after(&self, seen: u64, seat: &Seat) -> u64 {
        let Apart(latest) = &self.call;
        let mut looks = 0;
        loop {
            let call = latest.load(Ordering::Acquire);
            if call != seen {
                return call;
            }
            looks += 1;
            if looks < LOOKS {
                std::hint::spin_loop();
            } else if looks < LOOKS + YIELDS {
                thread::yield_now();
            } else {
                seat.is_asleep.store(true, Ordering::SeqCst);
                if latest.load(Ordering::SeqCst) == seen {
                    thread::park();
                }
                seat.is_asleep.store(false, Ordering::SeqCst);
            }
        }
    }
}

impl Drop for Team {
    fn drop(&mut self) {
        if let Some(shared) = &self.shared {
            shared.call.0.swap(END, Ordering::SeqCst);
        }
        for helper in self.helpers.drain(..) {
            helper.thread().unpark();
            // It cannot panic: what the work throws is caught.
            let _ = helper.join();
        }
    }
}

impl fmt::Debug for Team {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Team").field("len", &self.len()).finish()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;
    use std::time::Duration;

    use super::*;

    #[test]
    fn every_part_of_every_call_is_done_once_also_after_members_slept() {
        for members in [1, 2, 3, 8] {
            let mut team = Team::new(members);
            let done: Vec<AtomicUsize> = (0..members).map(|_| AtomicUsize::new(0)).collect();
            for call in 1..=2000 {
                team.share(&|part| {
                    done[part].fetch_add(1, Ordering::Relaxed);
                });
                assert!(done.iter().all(|done| done.load(Ordering::Relaxed) == call));
                if call % 500 == 0 {
                    thread::sleep(Duration::from_millis(20));
                }
            }
        }
    }

    #[test]
    fn a_panic_of_any_member_reaches_the_caller() {
        let mut team = Team::new(3);
        for _ in 0..50 {
            for panicking in 0..3 {
                let done = AtomicUsize::new(0);
                let caught = catch_unwind(AssertUnwindSafe(|| {
                    team.share(&|part| {
                        assert_ne!(part, panicking, "as asked");
                        done.fetch_add(1, Ordering::Relaxed);
                    });
                }));
                let payload = caught.unwrap_err();
                let message = payload.downcast_ref::<String>().unwrap();
                assert!(message.contains("as asked"), "{message}");
                assert!(done.into_inner() <= 2);
            }
        }
        team.share(&|_| {});
    }
}
