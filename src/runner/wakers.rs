use core::task::Waker;

/// Those who wait for the same thing. When there are more than it has places for, they are woken
/// too early, and ask again: embassy-sync's does the same, and keeps a check that can panic.
#[derive(Debug)]
pub(super) struct Wakers<const N: usize>([Option<Waker>; N]);

impl<const N: usize> Wakers<N> {
    pub(super) const fn new() -> Self {
        Self([const { None }; N])
    }

    pub(super) fn register(&mut self, waker: &Waker) {
        let mut known = self.0.iter().flatten();
        if known.any(|one| one.will_wake(waker)) {
            return;
        }
        if self.0.iter().all(Option::is_some) {
            self.wake();
        }
        if let Some(place) = self.0.iter_mut().find(|place| place.is_none()) {
            *place = Some(waker.clone());
        }
    }

    pub(super) fn wake(&mut self) {
        for waker in self.0.iter_mut().filter_map(Option::take) {
            waker.wake();
        }
    }
}
