use core::task::{Poll, Waker};

/// Whose turn it is to begin an operation: the tasks that wait for the line, first come, first
/// served.
#[derive(Debug)]
pub(super) struct Turns {
    /// Who has the line.
    holder: Option<Ticket>,
    waiting: [Option<(Ticket, Waker)>; MAX_WAITING],
    next: Ticket,
}

/// A number that tells in which order the tasks came.
pub(super) type Ticket = u32;

/// As many wait as can.
pub(super) struct Full;

impl Turns {
    pub(super) const fn new() -> Self {
        Self {
            holder: None,
            waiting: [const { None }; MAX_WAITING],
            next: 0,
        }
    }

    pub(super) const fn ticket(&mut self) -> Ticket {
        self.next = self.next.wrapping_add(1);
        self.next
    }

    /// Takes the line when it is free and nobody came before; else waits for it.
    pub(super) fn poll(&mut self, ticket: Ticket, waker: &Waker) -> Poll<Result<(), Full>> {
        let is_first = self
            .first()
            .is_none_or(|(first, _)| self.age(first) <= self.age(ticket));
        if self.holder.is_none() && is_first {
            self.forget(ticket);
            self.holder = Some(ticket);
            return Poll::Ready(Ok(()));
        }
        let is_own = |place: &&mut Option<(Ticket, Waker)>| {
            place.as_ref().is_some_and(|(one, _)| *one == ticket)
        };
        let own = self.waiting.iter().flatten().any(|(one, _)| *one == ticket);
        let mut places = self.waiting.iter_mut();
        let place = if own {
            places.find(is_own)
        } else {
            places.find(|place| place.is_none())
        };
        match place {
            Some(place) => {
                *place = Some((ticket, waker.clone()));
                Poll::Pending
            }
            None => Poll::Ready(Err(Full)),
        }
    }

    /// Whoever had this ticket has begun, or waits no more: the next has the line.
    pub(super) fn give_up(&mut self, ticket: Ticket) {
        self.forget(ticket);
        if self.holder == Some(ticket) {
            self.holder = None;
        }
        if self.holder.is_none()
            && let Some((_, waker)) = self.first()
        {
            waker.wake_by_ref();
        }
    }

    fn forget(&mut self, ticket: Ticket) {
        for place in &mut self.waiting {
            if place.as_ref().is_some_and(|(one, _)| *one == ticket) {
                *place = None;
            }
        }
    }

    /// The one that has waited longest.
    fn first(&self) -> Option<(Ticket, &Waker)> {
        let waiting = self.waiting.iter().flatten();
        let waiting = waiting.map(|(ticket, waker)| (*ticket, waker));
        waiting.max_by_key(|(ticket, _)| self.age(*ticket))
    }

    const fn age(&self, ticket: Ticket) -> u32 {
        self.next.wrapping_sub(ticket)
    }
}

/// How many tasks wait for the line in turn. More than that ask again every few milliseconds.
const MAX_WAITING: usize = 8;
