//! Futures that are dropped before their end.

use std::{
    pin::pin,
    task::{Context, Poll, Waker},
};

use embassy_time::Timer;

/// Polls the future up to `polls` times, with time for what it waits for in between, then drops
/// it. Returns its output when it came to its end.
pub(crate) async fn drop_after<F: Future>(polls: usize, future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    for _ in 0..polls {
        let mut context = Context::from_waker(Waker::noop());
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return Some(output);
        }
        Timer::after_millis(7).await;
    }
    None
}
