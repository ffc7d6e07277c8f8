//! The smallest executor: it polls, and never sleeps.

use core::{
    pin::pin,
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
