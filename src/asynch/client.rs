use embedded_io_async::{Read, Write};

use super::{Error, Modem};
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
pub struct Client<'modem, 'buf, P> {
    pub(super) modem: &'modem mut Modem<'buf, P>,
    pub(super) index: ClientIndex,
}

impl<P: Read + Write> Client<'_, '_, P> {
    /// Connects: all settings, network connection, CONNECT. See [`Engine::connect`].
    ///
    /// # Cancel safety
    /// When the future is dropped, the attempt stops after the command on the line. The client
    /// is then not connected, and the next connect closes it first.
    ///
    /// # Errors
    /// [`Error::Usage`]; [`Error::Failed`] with the command that failed and the cause.
    pub async fn connect(&mut self, options: &ConnectOptions<'_>) -> Result<(), Error<P::Error>> {
        let index = self.index;
        let mut connect = |engine: &mut Engine<'_>| engine.connect(index, options);
        self.modem.run(&mut connect).await.map(drop)
    }

    /// Subscribes to one or several topic filters, and returns what the server granted to each.
    ///
    /// # Cancel safety
    /// When the future is dropped after the command went out, the subscription is made all the
    /// same, and the result is lost.
    ///
    /// # Errors
    /// As [`Client::connect`].
    pub async fn subscribe(
        &mut self,
        topics: &[(TopicFilter<'_>, QoS)],
    ) -> Result<Granted, Error<P::Error>> {
        let index = self.index;
        let mut subscribe = |engine: &mut Engine<'_>| engine.subscribe(index, topics);
        Ok(shell::granted(self.modem.run(&mut subscribe).await?)?)
    }

    /// Ends subscriptions.
    ///
    /// # Cancel safety
    /// As [`Client::subscribe`].
    ///
    /// # Errors
    /// As [`Client::connect`].
    pub async fn unsubscribe(&mut self, topics: &[TopicFilter<'_>]) -> Result<(), Error<P::Error>> {
        let index = self.index;
        let mut unsubscribe = |engine: &mut Engine<'_>| engine.unsubscribe(index, topics);
        self.modem.run(&mut unsubscribe).await.map(drop)
    }

    /// Publishes a message, and waits until it is sent (QoS 0) or acknowledged (QoS 1 and 2).
    ///
    /// # Cancel safety
    /// When the future is dropped before the command went out, nothing is sent. After that the
    /// message is sent whole, by the next calls of any method, and its result is lost; but one that
    /// goes out as [`PublishForm::Terminated`] is cancelled if its prompt has not come yet. It is
    /// never sent twice.
    ///
    /// # Errors
    /// As [`Client::connect`]. After [`Cause::Timeout`], [`Cause::Closed`], [`Cause::Restarted`],
    /// [`Cause::NotSent`] and [`Cause::UnknownResult`], whether the message reached the server is
    /// unknown.
    pub async fn publish(&mut self, message: &Publication<'_>) -> Result<(), Error<P::Error>> {
        self.publish_as(message, PublishForm::Automatic).await
    }

    /// Publishes a message in this form. See [`Engine::publish_as`].
    ///
    /// # Cancel safety
    /// As [`Client::publish`].
    ///
    /// # Errors
    /// As [`Client::publish`].
    pub async fn publish_as(
        &mut self,
        message: &Publication<'_>,
        form: PublishForm,
    ) -> Result<(), Error<P::Error>> {
        let index = self.index;
        let mut publish = |engine: &mut Engine<'_>| engine.publish_as(index, message, form);
        self.modem.run(&mut publish).await.map(drop)
    }

    /// Reads messages that the modem has stored; they come as events. The driver does this by
    /// itself. See [`Engine::fetch`].
    ///
    /// # Cancel safety
    /// When the future is dropped, the messages come all the same.
    ///
    /// # Errors
    /// As [`Client::connect`].
    #[cfg(feature = "bg95")]
    pub async fn fetch(&mut self, place: Option<u8>) -> Result<(), Error<P::Error>> {
        let index = self.index;
        let mut fetch = |engine: &mut Engine<'_>| engine.fetch(index, place);
        self.modem.run(&mut fetch).await.map(drop)
    }

    /// Begins to publish a message as soon as the line is free, and does not wait for its result,
    /// which comes as [`Event::Completed`]. So several messages can be in flight, as many as the
    /// dialect allows; this waits while there are as many. Take the results before eight have gathered:
    /// a new operation takes the place of the oldest that nobody has taken.
    ///
    /// # Cancel safety
    /// When the future is dropped, nothing is sent.
    ///
    /// # Errors
    /// [`Error::Usage`], [`Error::Io`], [`Error::Eof`].
    pub async fn start_publish(
        &mut self,
        message: &Publication<'_>,
    ) -> Result<Operation, Error<P::Error>> {
        let index = self.index;
        let mut publish = |engine: &mut Engine<'_>| engine.publish(index, message);
        self.modem.begin(&mut publish).await
    }

    /// Disconnects from the server and closes the network connection. See [`Engine::disconnect`]
    /// for when it succeeds.
    ///
    /// # Cancel safety
    /// When the future is dropped while it waits for the line, nothing happens. Once it has begun,
    /// the next calls of any method bring it to its end.
    ///
    /// # Errors
    /// As [`Client::connect`].
    pub async fn disconnect(&mut self) -> Result<(), Error<P::Error>> {
        let index = self.index;
        let mut disconnect = |engine: &mut Engine<'_>| engine.disconnect(index);
        self.modem.run(&mut disconnect).await.map(drop)
    }

    /// Closes the network connection without DISCONNECT. See [`Engine::close`] for when it
    /// succeeds.
    ///
    /// # Cancel safety
    /// As [`Client::disconnect`].
    ///
    /// # Errors
    /// As [`Client::connect`].
    pub async fn close(&mut self) -> Result<(), Error<P::Error>> {
        let index = self.index;
        let mut close = |engine: &mut Engine<'_>| engine.close(index);
        self.modem.run(&mut close).await.map(drop)
    }
}
