use core::task::Waker;

use super::turns::Full;

/// Those who wait for the same thing. When there are more than it has places for, they are woken
/// too early, and ask again: embassy-sync's does the same, and keeps a check that can panic.
#[derive(Debug)]
pub(super) struct Wakers<const N: usize>([Option<Waker>; N]);

impl<const N: usize> Wakers<N> {
    pub(super) const fn new() -> Self {
        Self([const { None }; N])
    }

    /// Where more may wait than there are places for, they would wake each other for ever: see
    /// [`Wakers::try_register`].
    pub(super) fn register(&mut self, waker: &Waker) {
        if let Err(Full) = self.try_register(waker) {
            self.wake();
            let _ = self.try_register(waker);
        }
    }

    /// The same, but nobody is woken too early.
    pub(super) fn try_register(&mut self, waker: &Waker) -> Result<(), Full> {
        let mut known = self.0.iter().flatten();
        if known.any(|one| one.will_wake(waker)) {
            return Ok(());
        }
        let place = self.0.iter_mut().find(|place| place.is_none());
        *place.ok_or(Full)? = Some(waker.clone());
        Ok(())
    }

    pub(super) fn wake(&mut self) {
        for waker in self.0.iter_mut().filter_map(Option::take) {
            waker.wake();
        }
    }
}
