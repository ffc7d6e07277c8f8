use core::fmt;

use embassy_sync::blocking_mutex::raw::RawMutex;

use super::{
    Ended, Error, Handle,
    handle::Pending,
    messages::{Messages, Stream},
};
#[cfg(doc)]
use crate::Cause;
use crate::{
    ClientIndex, ConnectOptions, Granted, PublishForm, UsageError,
    engine::Engine,
    mqtt::{Publication, QoS, TopicFilter},
    shell,
};

/// One of the modem's clients, from [`Handle::client`]. As with [`Handle`], every call can end with
/// [`Error::Io`] of [`Ended`].
pub struct Client<'a, M: RawMutex> {
    pub(super) modem: Handle<'a, M>,
    pub(super) index: ClientIndex,
}

impl<'a, M: RawMutex> Client<'a, M> {
    /// Connects: all settings, network connection, CONNECT. See [`Engine::connect`].
    ///
    /// # Cancel safety
    /// When the future is dropped, the attempt stops after the command on the line. The client
    /// is then not connected, and the next connect closes it first.
    ///
    /// # Errors
    /// [`Error::Usage`]; [`Error::Failed`] with the command that failed and the cause.
    pub async fn connect(&self, options: &ConnectOptions<'_>) -> Result<(), Error<Ended>> {
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
        &self,
        topics: &[(TopicFilter<'_>, QoS)],
    ) -> Result<Granted, Error<Ended>> {
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
    pub async fn unsubscribe(&self, topics: &[TopicFilter<'_>]) -> Result<(), Error<Ended>> {
        let index = self.index;
        let mut unsubscribe = |engine: &mut Engine<'_>| engine.unsubscribe(index, topics);
        self.modem.run(&mut unsubscribe).await.map(drop)
    }

    /// Publishes a message, and waits until it is sent (QoS 0) or acknowledged (QoS 1 and 2).
    ///
    /// # Cancel safety
    /// When the future is dropped before the command went out, nothing is sent. After that the
    /// message is sent whole, by the runner, and its result is lost; but one that goes out as
    /// [`PublishForm::Terminated`] is cancelled if its prompt has not come yet. It is never sent
    /// twice.
    ///
    /// # Errors
    /// As [`Client::connect`]. After [`Cause::Timeout`], [`Cause::Closed`], [`Cause::Restarted`],
    /// [`Cause::NotSent`] and [`Cause::UnknownResult`], and when the runner has
    /// ended meanwhile, whether the message reached the server is unknown.
    pub async fn publish(&self, message: &Publication<'_>) -> Result<(), Error<Ended>> {
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
        &self,
        message: &Publication<'_>,
        form: PublishForm,
    ) -> Result<(), Error<Ended>> {
        let index = self.index;
        let mut publish = |engine: &mut Engine<'_>| engine.publish_as(index, message, form);
        self.modem.run(&mut publish).await.map(drop)
    }

    /// Reads messages that the modem has stored; they come by [`Messages`]. The driver does this by
    /// itself. See [`Engine::fetch`].
    ///
    /// # Cancel safety
    /// When the future is dropped, the messages come all the same.
    ///
    /// # Errors
    /// As [`Client::connect`].
    #[cfg(feature = "bg95")]
    pub async fn fetch(&self, place: Option<u8>) -> Result<(), Error<Ended>> {
        let index = self.index;
        let mut fetch = |engine: &mut Engine<'_>| engine.fetch(index, place);
        self.modem.run(&mut fetch).await.map(drop)
    }

    /// Begins to publish a message when it is this task's turn and the line is free, and does not
    /// wait for its result: see [`Publishing`]. So one task can have several messages in flight, as
    /// many as the dialect allows; this waits while there are as many.
    ///
    /// # Cancel safety
    /// When the future is dropped, nothing is sent.
    ///
    /// # Errors
    /// [`Error::Usage`].
    pub async fn start_publish(
        &self,
        message: &Publication<'_>,
    ) -> Result<Publishing<'a, M>, Error<Ended>> {
        let index = self.index;
        let mut publish = |engine: &mut Engine<'_>| engine.publish(index, message);
        let line = self.modem.line().await?;
        let pending = self.modem.begin(line.life, &mut publish).await?;
        drop(line);
        Ok(Publishing {
            pending,
            result: None,
        })
    }

    /// Disconnects from the server and closes the network connection. See [`Engine::disconnect`]
    /// for when it succeeds.
    ///
    /// # Cancel safety
    /// When the future is dropped while it waits for the line, nothing happens. Once it has begun,
    /// the runner brings it to its end.
    ///
    /// # Errors
    /// As [`Client::connect`].
    pub async fn disconnect(&self) -> Result<(), Error<Ended>> {
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
    pub async fn close(&self) -> Result<(), Error<Ended>> {
        let index = self.index;
        let mut close = |engine: &mut Engine<'_>| engine.close(index);
        self.modem.run(&mut close).await.map(drop)
    }

    /// The messages of this client that match a topic filter, from now on. They wait in `memory`:
    /// 12 bytes, topic and payload of each. Subscribe behind this, which asks the server for
    /// nothing: so no message comes too early.
    ///
    /// # Errors
    /// [`UsageError::TooManyListeners`] when there are eight already.
    pub fn messages(
        &self,
        filter: TopicFilter<'a>,
        memory: &'a mut [u8],
    ) -> Result<Messages<'a, M>, UsageError> {
        let shared = self.modem.shared;
        let mut stream = Stream::new(self.index, filter, memory);
        let place = shared.with(None, |state| {
            let place = state.streams.iter().position(Option::is_none)?;
            if state.life().is_err() {
                stream.end();
            }
            *state.streams.get_mut(place)? = Some(stream);
            Some(place)
        });
        match place {
            Some(place) => Ok(Messages::new(shared, place)),
            None => Err(UsageError::TooManyListeners),
        }
    }

    /// Whether it is connected, as far as the modem has told.
    #[must_use]
    pub fn is_connected(&self) -> bool {
        let index = self.index;
        let shared = self.modem.shared;
        shared.with(false, |state| state.engine.is_connected(index))
    }
}

impl<M: RawMutex> Clone for Client<'_, M> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<M: RawMutex> Copy for Client<'_, M> {}

impl<M: RawMutex> fmt::Debug for Client<'_, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Client").field(&self.index).finish()
    }
}

/// A message on its way, from [`Client::start_publish`]. Dropping it is dropping the future of
/// [`Client::publish`]: once its command is on the line, the message is sent all the same, and its
/// result is lost.
#[derive(Debug)]
#[must_use = "its result tells whether it succeeded"]
pub struct Publishing<'a, M: RawMutex> {
    pending: Pending<'a, M>,
    result: Option<Result<(), Error<Ended>>>,
}

impl<M: RawMutex> Publishing<'_, M> {
    /// Waits until the message is sent (QoS 0) or acknowledged (QoS 1 and 2). When that is known, it
    /// says so again.
    ///
    /// # Cancel safety
    /// Nothing is lost when the future is dropped: it can be waited for again.
    ///
    /// # Errors
    /// As [`Client::publish`]; [`Cause::Untaken`] when this was waited for too late. The results of
    /// eight operations are kept; where nobody waits for one, a new operation takes its place.
    pub async fn result(&mut self) -> Result<(), Error<Ended>> {
        if let Some(result) = self.result {
            return result;
        }
        let result = self.pending.result().await.map(drop);
        self.result = Some(result);
        result
    }
}
