//! The driver itself: timers of real time on a thread of their own, virtual ones by thread.

#![allow(
    unsafe_code,
    reason = "the macro of embassy-time-driver exports symbols; nothing else here is unsafe"
)]

use std::{
    mem,
    sync::{Condvar, Mutex, MutexGuard, Once, OnceLock, PoisonError},
    task::Waker,
    thread,
    time::{Duration, Instant},
};

use embassy_time_driver::{Driver, TICK_HZ};

use super::{VIRTUAL, from_ticks};

embassy_time_driver::time_driver_impl!(static DRIVER: Clock = Clock);

/// Timers, and a clock to compare them with where time is virtual.
#[derive(Debug, Default)]
pub(super) struct Timers {
    pub(super) now: u64,
    waiting: Vec<(u64, Waker)>,
}

impl Timers {
    const fn new() -> Self {
        Self {
            now: 0,
            waiting: Vec::new(),
        }
    }

    /// Adds a timer. A task has one timer, the earliest: when woken, it sets what else it needs.
    fn add(&mut self, at: u64, waker: &Waker) {
        match self
            .waiting
            .iter_mut()
            .find(|(_, known)| known.will_wake(waker))
        {
            Some((known, _)) => *known = at.min(*known),
            None => self.waiting.push((at, waker.clone())),
        }
    }

    pub(super) fn next(&self) -> Option<u64> {
        self.waiting.iter().map(|(at, _)| *at).min()
    }

    /// Takes what is due, in the order of its time.
    pub(super) fn take_due(&mut self, now: u64) -> Vec<Waker> {
        let all = mem::take(&mut self.waiting);
        let (mut due, waiting): (Vec<_>, Vec<_>) = all.into_iter().partition(|(at, _)| *at <= now);
        self.waiting = waiting;
        due.sort_by_key(|(at, _)| *at);
        due.into_iter().map(|(_, waker)| waker).collect()
    }
}

struct Clock;

impl Driver for Clock {
    fn now(&self) -> u64 {
        let now = VIRTUAL.try_with(|clock| {
            let clock = clock.try_borrow().ok()?;
            clock.as_ref().map(|timers| timers.now)
        });
        now.ok().flatten().unwrap_or_else(real_now)
    }

    fn schedule_wake(&self, at: u64, waker: &Waker) {
        let taken = VIRTUAL.try_with(|clock| {
            let mut clock = clock.try_borrow_mut().ok()?;
            clock.as_mut().map(|timers| timers.add(at, waker))
        });
        if taken.ok().flatten().is_none() {
            THREAD.call_once(|| {
                // Without the thread no timer ever fires: better to stop here.
                thread::Builder::new()
                    .name("embassy-time".into())
                    .spawn(fire_real_timers)
                    .map(drop)
                    .unwrap_or_else(|error| panic!("no thread for timers: {error}"));
            });
            real_timers().add(at, waker);
            CHANGED.notify_one();
        }
    }
}

fn fire_real_timers() {
    let mut timers = real_timers();
    loop {
        let now = real_now();
        let due = timers.take_due(now);
        if !due.is_empty() {
            drop(timers);
            due.iter().for_each(Waker::wake_by_ref);
            timers = real_timers();
            continue;
        }
        let rest = timers.next().map_or(IDLE, |at| from_ticks(at - now));
        timers = CHANGED
            .wait_timeout(timers, rest.min(IDLE))
            .unwrap_or_else(PoisonError::into_inner)
            .0;
    }
}

fn real_now() -> u64 {
    let elapsed = START.get_or_init(Instant::now).elapsed();
    let ticks = elapsed.as_nanos() * u128::from(TICK_HZ) / super::NANOS;
    u64::try_from(ticks).unwrap_or(u64::MAX)
}

fn real_timers() -> MutexGuard<'static, Timers> {
    REAL.lock().unwrap_or_else(PoisonError::into_inner)
}

static START: OnceLock<Instant> = OnceLock::new();
static REAL: Mutex<Timers> = Mutex::new(Timers::new());
static CHANGED: Condvar = Condvar::new();
static THREAD: Once = Once::new();

/// How long the thread waits when there is nothing to wait for.
const IDLE: Duration = Duration::from_secs(3600);
