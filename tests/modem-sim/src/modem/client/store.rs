//! Messages that wait in the modem until the host reads them (`recv/mode` 1).

use std::collections::VecDeque;

use rumqttc::mqttbytes::{QoS, v4::Publish};

use super::{Client, Context};

/// "There can be maximum 5 messages in a buffer."
pub(in crate::modem) const SLOTS: usize = 5;

/// The buffer of one client.
#[derive(Debug, Default)]
pub(super) struct Store {
    slots: [Option<Stored>; SLOTS],
    /// Messages that found no slot, and are not acknowledged.
    waiting: VecDeque<Publish>,
    arrivals: u64,
}

#[derive(Debug)]
struct Stored {
    /// Counts all messages, so that they are read in the order in which they came.
    arrival: u64,
    message: Publish,
}

impl Store {
    /// Keeps a message in the first free slot and names it, or gives the message back.
    pub(super) fn keep(&mut self, message: Publish) -> Result<usize, Publish> {
        let Some(slot) = self.slots.iter().position(Option::is_none) else {
            return Err(message);
        };
        self.arrivals += 1;
        self.slots[slot] = Some(Stored {
            arrival: self.arrivals,
            message,
        });
        Ok(slot)
    }

    pub(super) fn is_full(&self) -> bool {
        self.slots.iter().all(Option::is_some)
    }

    /// Lets a message wait; what has no acknowledgement cannot, and is lost.
    pub(super) fn wait(&mut self, message: Publish) {
        let known = self.waiting.iter().any(|one| one.pkid == message.pkid);
        if message.qos != QoS::AtMostOnce && !known {
            self.waiting.push_back(message);
        }
    }
}

impl Client {
    /// Which slots hold a message.
    pub(in crate::modem) fn stored(&self) -> [bool; SLOTS] {
        self.store.slots.each_ref().map(Option::is_some)
    }

    /// Takes one stored message, or all of them, and gives the lines that show them.
    pub(in crate::modem) fn read_stored(&mut self, slot: Option<usize>) -> Vec<Vec<u8>> {
        let slots = match slot {
            Some(slot) => self.store.slots.get_mut(slot..=slot).unwrap_or_default(),
            None => &mut self.store.slots[..],
        };
        let mut messages: Vec<Stored> = slots.iter_mut().filter_map(Option::take).collect();
        messages.sort_by_key(|one| one.arrival);
        messages
            .iter()
            .map(|one| self.message_line(&one.message))
            .collect()
    }

    /// Takes what waited, as far as there is room now.
    pub(super) fn take_waiting(&mut self, context: &mut Context<'_>) {
        while !(self.settings.store && self.store.is_full())
            && let Some(message) = self.store.waiting.pop_front()
        {
            self.accept(context, message);
        }
    }
}
