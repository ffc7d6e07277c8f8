//! The steps of the tour.

use std::{
    fmt,
    hash::{BuildHasher, RandomState},
    time::Duration,
};

use embedded_io_async::{Read, Write};
use quectel_mqtt::{
    ClientIndex, ConnectOptions, ValueError,
    asynch::{Error, Modem},
    engine::Event,
    mqtt::{Publication, QoS, Retain, TopicFilter},
};
use tokio::time::timeout;

use crate::{
    messages::{self, Message},
    screen::Screen,
};

pub(crate) struct Tour<'buf, P> {
    screen: Screen,
    modem: Modem<'buf, P>,
    /// Nobody else's topics begin so.
    name: String,
    totals: Totals,
}

#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Totals {
    sent: u32,
    received: u32,
    differences: u32,
}

impl Totals {
    pub(crate) const fn is_perfect(&self) -> bool {
        self.sent > 0 && self.received == self.sent && self.differences == 0
    }
}

impl fmt::Display for Totals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            sent,
            received,
            differences,
        } = self;
        let noun = match differences {
            1 => "difference",
            _ => "differences",
        };
        write!(
            f,
            "{sent} messages sent, {received} received, {differences} {noun}"
        )
    }
}

impl<'buf, P: Read + Write> Tour<'buf, P> {
    pub(crate) fn new(screen: Screen, modem: Modem<'buf, P>) -> Self {
        Self {
            screen,
            modem,
            // The keys of the hasher are random.
            name: format!("quickstart-{:08x}", RandomState::new().hash_one(0) as u32),
            totals: Totals::default(),
        }
    }

    /// Goes all the way. The error is a sentence.
    pub(crate) async fn run(&mut self, host: &str, port: u16) -> Result<Totals, String> {
        self.screen.step(
            "Is the modem there? The driver asks, switches the echo off, and wants errors as \
             numbers.",
        );
        let initialized = self.modem.initialize().await;
        initialized.map_err(|error| sentence("The modem can't be made ready", &error))?;

        self.screen.step(
            "Connect: the driver writes every setting, then opens the network connection \
             (QMTOPEN), then greets the MQTT server (QMTCONN).",
        );
        let name = self.name.clone();
        let options = ConnectOptions::new(host, &name)
            .and_then(|options| options.port(port))
            .map_err(|error| format!("The server's address can't be used: {error}."))?;
        let connected = self.modem.client(CLIENT).connect(&options).await;
        connected.map_err(|error| sentence("The modem can't connect", &error))?;

        let filter = format!("{name}/echo/+");
        self.screen.step(&format!(
            "Subscribe: all that is published to {filter} shall come to us."
        ));
        self.subscribe(&filter).await?;

        let messages = messages::all();
        for (number, message) in (1..).zip(&messages) {
            let topic = format!("{name}/echo/{number}");
            self.screen.step(&format!("Publish {}.", message.words));
            self.publish(&topic, message, Retain::Discard).await?;
            self.receive(&topic, message).await?;
        }
        self.retained().await?;

        self.screen.step("Say goodbye, and close the connection.");
        self.leave()
            .await
            .map_err(|error| sentence("The modem can't disconnect", &error))?;
        Ok(self.totals)
    }

    /// Disconnects, if there is a connection.
    pub(crate) async fn leave(&mut self) -> Result<(), Error<P::Error>> {
        match self.modem.engine().is_connected(CLIENT) {
            true => self.modem.client(CLIENT).disconnect().await,
            false => Ok(()),
        }
    }

    /// A message that is published before anybody subscribes.
    async fn retained(&mut self) -> Result<(), String> {
        let topic = format!("{}/retained", self.name);
        let message = messages::retained();
        self.screen.step(&format!("Publish {}.", message.words));
        self.publish(&topic, &message, Retain::Keep).await?;

        self.screen.step(&format!(
            "Subscribe to {topic} only now: the message was waiting for us."
        ));
        self.subscribe(&topic).await?;
        self.receive(&topic, &message).await?;

        self.screen.step(
            "Leave nothing behind: unsubscribe, and let an empty message take the place of the \
             one that the server keeps.",
        );
        let filter = TopicFilter::new(&topic).map_err(not_usable)?;
        let unsubscribed = self.modem.client(CLIENT).unsubscribe(&[filter]).await;
        unsubscribed.map_err(|error| sentence("The modem can't unsubscribe", &error))?;
        let publication = Publication::new(&topic, b"").map_err(not_usable)?;
        let publication = publication.qos(QoS::AtLeastOnce).retain(Retain::Keep);
        let published = self.modem.client(CLIENT).publish(&publication).await;
        published.map_err(|error| sentence("The modem can't publish", &error))
    }

    async fn subscribe(&mut self, filter: &str) -> Result<(), String> {
        let topics = [(
            TopicFilter::new(filter).map_err(not_usable)?,
            QoS::ExactlyOnce,
        )];
        let subscribed = self.modem.client(CLIENT).subscribe(&topics).await;
        subscribed
            .map(drop)
            .map_err(|error| sentence("The modem can't subscribe", &error))
    }

    async fn publish(
        &mut self,
        topic: &str,
        message: &Message,
        retain: Retain,
    ) -> Result<(), String> {
        let publication = Publication::new(topic, &message.payload).map_err(not_usable)?;
        let publication = publication.qos(message.qos).retain(retain);
        let published = self.modem.client(CLIENT).publish(&publication).await;
        published.map_err(|error| sentence("The modem can't publish", &error))?;
        self.totals.sent += 1;
        Ok(())
    }

    /// Waits for a message, and compares it with what was sent.
    async fn receive(&mut self, topic: &str, sent: &Message) -> Result<(), String> {
        let Ok(received) = timeout(PATIENCE, self.next_message(topic)).await else {
            let seconds = PATIENCE.as_secs();
            self.totals.differences += 1;
            self.screen
                .result(&format!("It has not come back within {seconds} s."));
            return Ok(());
        };
        let received = received?;
        self.totals.received += 1;
        match difference(&sent.payload, &received) {
            None => self.screen.result(&match received.len() {
                0 => "It came back, and is empty as it was.".into(),
                len => format!("It came back, the same in all its {len} bytes."),
            }),
            Some(difference) => {
                self.totals.differences += 1;
                self.screen
                    .result(&format!("It came back, but {difference}."));
            }
        }
        Ok(())
    }

    /// The payload of the next message of this topic. A message may come twice with QoS 1; each
    /// has a topic of its own here, so a second one is told apart and passed over.
    async fn next_message(&mut self, topic: &str) -> Result<Vec<u8>, String> {
        loop {
            let event = self.modem.next_event().await;
            match event.map_err(|error| sentence("The modem can't be read", &error))? {
                Event::Message(message) if message.topic == topic.as_bytes() => {
                    return Ok(message.payload.to_vec());
                }
                Event::MessageLost(lost) => {
                    let len = lost.payload_len;
                    return Err(format!("A message of {len} bytes was lost on the way."));
                }
                Event::Disconnected { status, .. } => {
                    return Err(format!("The connection to the server is lost: {status}."));
                }
                Event::Restarted => return Err("The modem has restarted.".into()),
                _ => {}
            }
        }
    }
}

/// In what the two differ, in words.
fn difference(sent: &[u8], received: &[u8]) -> Option<String> {
    if sent.len() != received.len() {
        let (sent, received) = (sent.len(), received.len());
        return Some(format!("it has {received} bytes instead of {sent}"));
    }
    let at = sent
        .iter()
        .zip(received)
        .position(|(one, other)| one != other)?;
    let (sent, received) = (sent[at], received[at]);
    Some(format!(
        "its byte {at} is {received:#04x} instead of {sent:#04x}"
    ))
}

fn sentence<E: embedded_io_async::Error>(what: &str, error: &Error<E>) -> String {
    match error {
        Error::Io(error) => format!("{what}: the line is broken ({:?}).", error.kind()),
        error => format!("{what}: {error}."),
    }
}

fn not_usable(error: ValueError) -> String {
    format!("A topic can't be used: {error}.")
}

const CLIENT: ClientIndex = ClientIndex::ZERO;

/// For a message to come back.
const PATIENCE: Duration = Duration::from_secs(20);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_is_told_in_words() {
        assert_eq!(difference(b"same", b"same"), None);
        assert_eq!(
            difference(b"abc", b"ab").unwrap(),
            "it has 2 bytes instead of 3"
        );
        assert_eq!(
            difference(b"abc", b"abd").unwrap(),
            "its byte 2 is 0x64 instead of 0x63"
        );
    }

    #[test]
    fn only_a_full_set_without_difference_is_perfect() {
        let totals = |sent, received, differences| Totals {
            sent,
            received,
            differences,
        };
        assert!(totals(12, 12, 0).is_perfect());
        assert!(!totals(0, 0, 0).is_perfect());
        assert!(!totals(12, 11, 0).is_perfect());
        assert!(!totals(12, 12, 1).is_perfect());
        assert_eq!(
            totals(12, 12, 0).to_string(),
            "12 messages sent, 12 received, 0 differences"
        );
    }
}
