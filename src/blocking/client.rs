use embedded_io::{Read, ReadReady, Write, WriteReady};

use super::{Clock, Error, Modem};
#[cfg(doc)]
use crate::Cause;
#[cfg(doc)]
use crate::engine::Event;
use crate::{
    ClientIndex, ConnectOptions, Granted, PublishForm,
    engine::{Engine, Operation},
    mqtt::{Publication, QoS, TopicFilter},
    shell,
};

/// One client of a [`Modem`], from [`Modem::client`].
///
/// It borrows the modem, so it is made anew for every few calls, and costs nothing. As with
/// [`Modem`], every call can end with [`Error::Io`] or [`Error::Eof`].
#[derive(Debug)]
pub struct Client<'modem, 'buf, P, C> {
    pub(super) modem: &'modem mut Modem<'buf, P, C>,
    pub(super) index: ClientIndex,
}

impl<P, C> Client<'_, '_, P, C>
where
    P: Read + ReadReady + Write + WriteReady,
    C: Clock,
{
    /// Connects: all settings, network connection, CONNECT. See [`Engine::connect`].
    ///
    /// # Errors
    /// [`Error::Usage`]; [`Error::Failed`] with the command that failed and the cause.
    pub fn connect(&mut self, options: &ConnectOptions<'_>) -> Result<(), Error<P::Error>> {
        let index = self.index;
        let mut connect = |engine: &mut Engine<'_>| engine.connect(index, options);
        self.modem.run(&mut connect).map(drop)
    }

    /// Subscribes to one or several topic filters, and returns what the server granted to each.
    ///
    /// # Errors
    /// As [`Client::connect`].
    pub fn subscribe(
        &mut self,
        topics: &[(TopicFilter<'_>, QoS)],
    ) -> Result<Granted, Error<P::Error>> {
        let index = self.index;
        let mut subscribe = |engine: &mut Engine<'_>| engine.subscribe(index, topics);
        Ok(shell::granted(self.modem.run(&mut subscribe)?)?)
    }

    /// Ends subscriptions.
    ///
    /// # Errors
    /// As [`Client::connect`].
    pub fn unsubscribe(&mut self, topics: &[TopicFilter<'_>]) -> Result<(), Error<P::Error>> {
        let index = self.index;
        let mut unsubscribe = |engine: &mut Engine<'_>| engine.unsubscribe(index, topics);
        self.modem.run(&mut unsubscribe).map(drop)
    }

    /// Publishes a message, and waits until it is sent (QoS 0) or acknowledged (QoS 1 and 2).
    ///
    /// # Errors
    /// As [`Client::connect`]. After [`Cause::Timeout`], [`Cause::Closed`], [`Cause::Restarted`],
    /// [`Cause::NotSent`] and [`Cause::UnknownResult`], whether the message reached the server is
    /// unknown.
    pub fn publish(&mut self, message: &Publication<'_>) -> Result<(), Error<P::Error>> {
        self.publish_as(message, PublishForm::Automatic)
    }

    /// Publishes a message in this form. See [`Engine::publish_as`].
    ///
    /// # Errors
    /// As [`Client::publish`].
    pub fn publish_as(
        &mut self,
        message: &Publication<'_>,
        form: PublishForm,
    ) -> Result<(), Error<P::Error>> {
        let index = self.index;
        let mut publish = |engine: &mut Engine<'_>| engine.publish_as(index, message, form);
        self.modem.run(&mut publish).map(drop)
    }

    /// Reads messages that the modem has stored; they come as events. The driver does this by
    /// itself. See [`Engine::fetch`].
    ///
    /// # Errors
    /// As [`Client::connect`].
    #[cfg(feature = "bg95")]
    pub fn fetch(&mut self, place: Option<u8>) -> Result<(), Error<P::Error>> {
        let index = self.index;
        let mut fetch = |engine: &mut Engine<'_>| engine.fetch(index, place);
        self.modem.run(&mut fetch).map(drop)
    }

    /// Begins to publish a message as soon as the line is free, and does not wait for its result,
    /// which comes as [`Event::Completed`]. So several messages can be in flight, as many as the
    /// dialect allows; this waits while there are as many. Take the results before eight have gathered:
    /// a new operation takes the place of the oldest that nobody has taken.
    ///
    /// # Errors
    /// [`Error::Usage`], [`Error::Io`], [`Error::Eof`].
    pub fn start_publish(
        &mut self,
        message: &Publication<'_>,
    ) -> Result<Operation, Error<P::Error>> {
        let index = self.index;
        let mut publish = |engine: &mut Engine<'_>| engine.publish(index, message);
        self.modem.begin(&mut publish)
    }

    /// Disconnects from the server and closes the network connection. See [`Engine::disconnect`]
    /// for when it succeeds.
    ///
    /// # Errors
    /// As [`Client::connect`].
    pub fn disconnect(&mut self) -> Result<(), Error<P::Error>> {
        let index = self.index;
        let mut disconnect = |engine: &mut Engine<'_>| engine.disconnect(index);
        self.modem.run(&mut disconnect).map(drop)
    }

    /// Closes the network connection without DISCONNECT. See [`Engine::close`] for when it
    /// succeeds.
    ///
    /// # Errors
    /// As [`Client::connect`].
    pub fn close(&mut self) -> Result<(), Error<P::Error>> {
        let index = self.index;
        let mut close = |engine: &mut Engine<'_>| engine.close(index);
        self.modem.run(&mut close).map(drop)
    }
}
