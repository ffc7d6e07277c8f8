//! The smallest executor: it polls, and never sleeps.

use core::{
    pin::{Pin, pin},
    task::{Context, Poll, Waker},
};

/// Runs a future to its end.
pub fn block_on<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
    }
}

/// Runs a future until this is true, or to its end.
pub fn run_until<T>(mut future: Pin<&mut impl Future<Output = T>>, is_over: impl Fn() -> bool) {
    let mut context = Context::from_waker(Waker::noop());
    while !is_over() && future.as_mut().poll(&mut context).is_pending() {}
}
