//! An [embassy-time driver](embassy_time_driver) for host programs, with virtual time for tests.
//!
//! Linked into a program, it is the time driver of `embassy-time`; the program must not enable
//! another one, such as `embassy-time/std`. Time is real unless a thread asks for its own:
//!
//! * [`Virtual::start`] gives the calling thread a clock that starts at zero and stands still
//!   while the thread works. [`block_on`] moves it to the next timer whenever all else is done,
//!   so that an hour passes as fast as the program can think. Threads do not disturb each other.
//! * Without it, the clock is the computer's, and [`block_on`] waits as long as it takes.
//!
//! In virtual time, nothing else may wait: no sockets, no other threads, no spinning until a
//! moment comes (as `embassy_time::block_for` and `embassy_time::Delay` do); use [`sleep`].

mod driver;

use std::{
    cell::RefCell,
    marker::PhantomData,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
    thread::{self, Thread},
    time::Duration,
};

use embassy_time_driver::TICK_HZ;

/// The time since the clock started: this thread's virtual time, or real time.
#[must_use]
pub fn now() -> Duration {
    from_ticks(embassy_time_driver::now())
}

/// Wakes a task at a moment of [`now`], or at once if it has passed.
pub fn wake_at(at: Duration, waker: &Waker) {
    embassy_time_driver::schedule_wake(to_ticks(at), waker);
}

/// Lets time pass: waits, or moves this thread's virtual time.
pub fn sleep(duration: Duration) {
    match Virtual::is_running() {
        true => Virtual::advance(duration),
        false => thread::sleep(duration),
    }
}

/// Runs a future to its end on this thread.
///
/// In virtual time, the clock moves to the next timer whenever the future waits for one.
///
/// # Panics
///
/// In virtual time, if the future waits, nothing has woken it and no timer is set: it would wait
/// forever.
pub fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let signal = Arc::new(Signal {
        woken: AtomicBool::new(false),
        thread: thread::current(),
    });
    let waker = Waker::from(Arc::clone(&signal));
    let mut context = Context::from_waker(&waker);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
        while !signal.woken.swap(false, Ordering::AcqRel) {
            if !Virtual::is_running() {
                thread::park();
            } else if !Virtual::jump() {
                panic!(
                    "deadlock in virtual time at {:?}: the future waits, but no timer is set and \
                     nothing else can wake it",
                    now()
                );
            }
        }
    }
}

/// Virtual time on this thread, for as long as the guard lives.
///
/// The guard belongs to its thread and can't be sent to another.
#[derive(Debug)]
#[must_use = "virtual time ends when the guard is dropped"]
pub struct Virtual(PhantomData<*const ()>);

impl Virtual {
    /// Starts virtual time on this thread, at zero.
    ///
    /// # Panics
    ///
    /// If it is running on this thread already.
    pub fn start() -> Self {
        VIRTUAL.with_borrow_mut(|clock| {
            assert!(clock.is_none(), "virtual time is running on this thread");
            *clock = Some(driver::Timers::default());
        });
        Self(PhantomData)
    }

    /// Whether this thread has virtual time.
    #[must_use]
    pub fn is_running() -> bool {
        VIRTUAL.with_borrow(Option::is_some)
    }

    /// Moves this thread's virtual time forward and wakes what is due on the way.
    ///
    /// Does nothing without virtual time.
    pub fn advance(duration: Duration) {
        let target = VIRTUAL.with_borrow(|clock| {
            let ticks = to_ticks(duration);
            clock.as_ref().map(|timers| timers.now + ticks)
        });
        if let Some(target) = target {
            while Self::wake_next(Some(target)) {}
            VIRTUAL.with_borrow_mut(|clock| {
                if let Some(timers) = clock {
                    timers.now = timers.now.max(target);
                }
            });
        }
    }

    /// Moves to the next timer and wakes what waits for it; says whether there was one.
    fn jump() -> bool {
        Self::wake_next(None)
    }

    fn wake_next(limit: Option<u64>) -> bool {
        let due = VIRTUAL.with_borrow_mut(|clock| {
            let timers = clock.as_mut()?;
            let at = timers.next()?;
            if limit.is_some_and(|limit| at > limit) {
                return None;
            }
            timers.now = timers.now.max(at);
            Some(timers.take_due(timers.now))
        });
        // Woken without the borrow: a waker may ask for the time.
        due.is_some_and(|wakers| {
            wakers.iter().for_each(Waker::wake_by_ref);
            true
        })
    }
}

impl Drop for Virtual {
    fn drop(&mut self) {
        VIRTUAL.with_borrow_mut(|clock| *clock = None);
    }
}

/// Wakes the thread of a [`block_on`].
struct Signal {
    woken: AtomicBool,
    thread: Thread,
}

impl Wake for Signal {
    fn wake(self: Arc<Self>) {
        self.woken.store(true, Ordering::Release);
        self.thread.unpark();
    }
}

fn from_ticks(ticks: u64) -> Duration {
    let seconds = ticks / TICK_HZ;
    let nanos = u128::from(ticks % TICK_HZ) * NANOS / u128::from(TICK_HZ);
    Duration::new(seconds, u32::try_from(nanos).unwrap_or_default())
}

/// Rounds up: a timer must never fire before its time.
fn to_ticks(duration: Duration) -> u64 {
    let ticks = (duration.as_nanos() * u128::from(TICK_HZ)).div_ceil(NANOS);
    u64::try_from(ticks).unwrap_or(u64::MAX)
}

const NANOS: u128 = 1_000_000_000;

thread_local! {
    static VIRTUAL: RefCell<Option<driver::Timers>> = const { RefCell::new(None) };
}
