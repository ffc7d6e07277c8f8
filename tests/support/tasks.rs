//! Tasks with a waker each: what nobody wakes is not polled.

use std::{
    future::poll_fn,
    pin::Pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
    time::Duration,
};

use quectel_modem_sim::clock::{self, block_on};

/// Runs them to their ends, in virtual time, and returns how often each was polled.
///
/// Those that are woken are polled in an order that the seed decides.
///
/// # Panics
///
/// When nobody wakes a task that has not ended, and when one is polled again and again while no time passes.
#[derive(Default)]
pub(crate) struct Tasks<'a> {
    tasks: Vec<Task<'a>>,
}

struct Task<'a> {
    name: String,
    future: Option<Pin<Box<dyn Future<Output = ()> + 'a>>>,
    bell: Arc<Bell>,
    polls: u32,
    /// While no time passes.
    polls_at_once: u32,
}

#[derive(Default)]
struct Bell {
    is_woken: AtomicBool,
    executor: Mutex<Option<Waker>>,
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.is_woken.store(true, Ordering::Relaxed);
        if let Some(executor) = self.executor.lock().unwrap().as_ref() {
            executor.wake_by_ref();
        }
    }
}

impl<'a> Tasks<'a> {
    pub(crate) fn spawn(&mut self, name: impl ToString, future: impl Future<Output = ()> + 'a) {
        self.tasks.push(Task {
            name: name.to_string(),
            future: Some(Box::pin(future)),
            bell: Arc::default(),
            polls: 0,
            polls_at_once: 0,
        });
    }

    pub(crate) fn run(mut self, seed: u64) -> Vec<(String, u32)> {
        for task in &self.tasks {
            task.bell.is_woken.store(true, Ordering::Relaxed);
        }
        let mut random = Random::new(seed);
        let mut now = Duration::ZERO;
        block_on(poll_fn(|context| {
            for task in &mut self.tasks {
                *task.bell.executor.lock().unwrap() = Some(context.waker().clone());
            }
            if clock::now() != now {
                now = clock::now();
                self.tasks.iter_mut().for_each(|it| it.polls_at_once = 0);
            }
            loop {
                let is_due = |task: &&mut Task<'_>| {
                    task.future.is_some() && task.bell.is_woken.load(Ordering::Relaxed)
                };
                let due = self.tasks.iter_mut().filter(is_due);
                let mut due: Vec<_> = due.collect();
                if due.is_empty() {
                    break;
                }
                let n = random.below(due.len());
                due.swap_remove(n).poll(now);
            }
            match self.tasks.iter().all(|task| task.future.is_none()) {
                true => Poll::Ready(()),
                false => Poll::Pending,
            }
        }));
        self.tasks
            .into_iter()
            .map(|it| (it.name, it.polls))
            .collect()
    }
}

impl Task<'_> {
    fn poll(&mut self, now: Duration) {
        self.bell.is_woken.store(false, Ordering::Relaxed);
        self.polls += 1;
        self.polls_at_once += 1;
        assert!(
            self.polls_at_once < MOST_POLLS,
            "{} spins at {now:?}",
            self.name
        );
        let waker = Waker::from(Arc::clone(&self.bell));
        let future = self.future.as_mut().unwrap().as_mut();
        if future.poll(&mut Context::from_waker(&waker)).is_ready() {
            self.future = None;
        }
    }
}

/// A small generator of random numbers: the same seed, the same numbers.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub(crate) fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) as usize % end
    }
}

/// In one moment.
const MOST_POLLS: u32 = 5_000;
