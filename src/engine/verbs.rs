//! What the application can ask for.

use super::{
    Engine,
    client::ClientState,
    operations::{Kind, Operation, Step},
    timing::{PROBES, PROBES_AT_BOOT},
};
use crate::{
    command::{self, ClientIndex, MAX_TOPICS, Setting},
    error::{Buffer, UsageError},
    mqtt::{PacketId, Publication, QoS, TopicFilter},
    options::ConnectOptions,
    value::{Parameter, Problem, ValueError},
};

impl Engine<'_> {
    /// Waits until the modem answers, up to 20 s, then switches its echo off and its error codes
    /// on. `connect` does this too when it was not done since the last restart.
    ///
    /// # Errors
    /// [`UsageError::BufferTooSmall`], [`UsageError::Busy`].
    pub fn initialize(&mut self) -> Result<Operation, UsageError> {
        self.check_idle()?;
        self.fall_out_of_step(PROBES_AT_BOOT);
        self.begin(Kind::Initialize, Step::Echo, 0)
    }

    /// Connects a client: every setting, also those at their default, then QMTOPEN, then QMTCONN.
    ///
    /// A client that an earlier life of the firmware left open is closed first. One connect is
    /// under way at a time; other clients go on working meanwhile.
    ///
    /// # Errors
    /// [`UsageError::Value`] for what the dialect can't take, [`UsageError::AlreadyConnected`],
    /// [`UsageError::BufferTooSmall`] when the options don't fit into the transmit buffer,
    /// [`UsageError::Busy`].
    pub fn connect(
        &mut self,
        client: ClientIndex,
        options: &ConnectOptions<'_>,
    ) -> Result<Operation, UsageError> {
        let client = self.check_client(client)?;
        self.check_options(options)?;
        let state = self.state(client);
        match state {
            ClientState::Closed | ClientState::Stale => {}
            ClientState::Opening | ClientState::Connecting | ClientState::Connected => {
                return Err(UsageError::AlreadyConnected);
            }
            ClientState::Closing => return Err(UsageError::Busy),
        }
        self.check_idle()?;
        if self.operations.has(Kind::Connect) {
            return Err(UsageError::Busy);
        }
        self.outbox.store(LONGEST_SETTING, |writer| {
            if let Some(will) = options.will {
                Setting::Will(Some(will)).encode(writer, client);
                writer.raw(b"\r");
            }
            command::open(writer, client, options.host, options.port);
            writer.raw(b"\r");
            let ConnectOptions {
                client_id,
                user_name,
                password,
                ..
            } = *options;
            command::connect(writer, client, client_id, user_name, password);
            writer.raw(b"\r");
        })?;
        self.has_will = options.will.is_some();
        self.connecting = options.settings;
        let first = if !self.is_initialized {
            Step::Echo
        } else if state == ClientState::Stale {
            Step::Close
        } else {
            Step::Version
        };
        if let Some(client) = self.client(client) {
            client.configure(options.settings);
            client.closed = None;
            // Until it is closed, a client in doubt stays in doubt.
            if state == ClientState::Closed {
                client.state = ClientState::Opening;
            }
        }
        self.begin(Kind::Connect, first, client)
    }

    /// Subscribes a client to one or several topic filters. The result is
    /// [`Completion::Subscribed`](super::Completion) with what the server granted to each.
    ///
    /// # Errors
    /// [`UsageError::Value`] for no topic filter, more than [`MAX_TOPICS`], or one that is too long;
    /// [`UsageError::NotConnected`], [`UsageError::BufferTooSmall`], [`UsageError::Busy`].
    pub fn subscribe(
        &mut self,
        client: ClientIndex,
        topics: &[(TopicFilter<'_>, QoS)],
    ) -> Result<Operation, UsageError> {
        let client = self.check_connected(client)?;
        self.check_topics(topics.iter().map(|(filter, _)| filter))?;
        self.check_idle()?;
        let packet_id = self.next_packet_id();
        self.outbox.compose(
            |writer| command::subscribe(writer, client, packet_id, topics),
            &[],
        )?;
        self.begin_packet(Kind::Subscribe, Step::Subscribe, client, Some(packet_id))
    }

    /// Ends subscriptions of a client.
    ///
    /// # Errors
    /// As [`Engine::subscribe`].
    pub fn unsubscribe(
        &mut self,
        client: ClientIndex,
        topics: &[TopicFilter<'_>],
    ) -> Result<Operation, UsageError> {
        let client = self.check_connected(client)?;
        self.check_topics(topics.iter())?;
        self.check_idle()?;
        let packet_id = self.next_packet_id();
        self.outbox.compose(
            |writer| command::unsubscribe(writer, client, packet_id, topics),
            &[],
        )?;
        self.begin_packet(
            Kind::Unsubscribe,
            Step::Unsubscribe,
            client,
            Some(packet_id),
        )
    }

    /// Publishes a message. Its payload is copied into the transmit buffer.
    ///
    /// It is done when the modem has sent it (QoS 0), or the server has acknowledged it (QoS 1
    /// and 2). The next publish may begin before that, as far as the dialect allows.
    ///
    /// # Errors
    /// [`UsageError::Value`] for a topic or payload that is too long, [`UsageError::NotConnected`],
    /// [`UsageError::BufferTooSmall`], [`UsageError::Busy`].
    pub fn publish(
        &mut self,
        client: ClientIndex,
        publication: &Publication<'_>,
    ) -> Result<Operation, UsageError> {
        let client = self.check_connected(client)?;
        let topic = publication.topic.as_str();
        limit(Parameter::TopicName, topic.len(), self.dialect.topic_limit)?;
        let length = publication.payload.len();
        limit(Parameter::Payload, length, self.dialect.payload_limit)?;
        self.check_idle()?;
        let in_flight = self.operations.count(Kind::Publish, client);
        if in_flight >= usize::from(self.dialect.publishes_in_flight) {
            return Err(UsageError::Busy);
        }
        let packet_id = (publication.qos != QoS::AtMostOnce).then(|| self.next_packet_id());
        self.outbox.compose(
            |writer| command::publish(writer, client, packet_id, publication),
            command::data(publication),
        )?;
        self.begin_packet(Kind::Publish, Step::Publish, client, packet_id)
    }

    /// Disconnects a client: DISCONNECT to the server, then the network connection is closed. It
    /// succeeds when the client is closed in the end, however the modem gets there.
    ///
    /// # Errors
    /// [`UsageError::NotConnected`], [`UsageError::BufferTooSmall`], [`UsageError::Busy`].
    pub fn disconnect(&mut self, client: ClientIndex) -> Result<Operation, UsageError> {
        let client = self.check_connected(client)?;
        self.check_idle()?;
        let operation = self.begin(Kind::Disconnect, Step::Disconnect, client)?;
        self.set_state(client, ClientState::Closing);
        Ok(operation)
    }

    /// Closes the network connection of a client without DISCONNECT, in whatever state it is. The
    /// server publishes its will.
    ///
    /// # Errors
    /// [`UsageError::BufferTooSmall`], [`UsageError::Busy`], also while the client connects.
    pub fn close(&mut self, client: ClientIndex) -> Result<Operation, UsageError> {
        let client = self.check_client(client)?;
        let is_closing = self.state(client) == ClientState::Closing;
        if is_closing || self.operations.count(Kind::Connect, client) > 0 {
            return Err(UsageError::Busy);
        }
        self.check_idle()?;
        let operation = self.begin(Kind::Close, Step::Close, client)?;
        self.set_state(client, ClientState::Closing);
        Ok(operation)
    }

    /// Sends any command, given without its CR. Its information response is then in
    /// [`Engine::response`]; URCs that come meanwhile are served as ever.
    ///
    /// Commands that take data after a prompt can't be sent this way.
    ///
    /// # Errors
    /// [`UsageError::Value`] when it does not begin with `AT` or holds a control character,
    /// [`UsageError::BufferTooSmall`], [`UsageError::Busy`].
    pub fn raw(&mut self, command: &str) -> Result<Operation, UsageError> {
        let refused = |problem| {
            UsageError::Value(ValueError {
                parameter: Parameter::CommandLine,
                problem,
            })
        };
        let mut bytes = command.bytes().enumerate();
        if let Some((position, byte)) = bytes.find(|(_, byte)| byte.is_ascii_control()) {
            let position = position.try_into().unwrap_or(u16::MAX);
            return Err(refused(Problem::ForbiddenByte { byte, position }));
        }
        if !matches!(command.as_bytes(), [b'A' | b'a', b'T' | b't', ..]) {
            return Err(refused(Problem::NoCommand));
        }
        self.check_idle()?;
        self.outbox.compose(
            |writer| {
                writer.raw(command.as_bytes());
            },
            &[],
        )?;
        self.begin(Kind::Raw, Step::Raw, 0)
    }

    fn begin(&mut self, kind: Kind, step: Step, client: u8) -> Result<Operation, UsageError> {
        self.has_changed = true;
        if !self.is_in_step {
            let probes = if self.is_initialized {
                PROBES
            } else {
                PROBES_AT_BOOT
            };
            self.probes_left = self.probes_left.max(probes);
        }
        self.operations
            .begin(kind, step, client)
            .ok_or(UsageError::Busy)
    }

    fn begin_packet(
        &mut self,
        kind: Kind,
        step: Step,
        client: u8,
        packet_id: Option<PacketId>,
    ) -> Result<Operation, UsageError> {
        let operation = self.begin(kind, step, client)?;
        if let Some((_, slot)) = self.operations.find(operation) {
            slot.packet_id = packet_id.map_or(0, PacketId::get);
        }
        Ok(operation)
    }

    /// Whether a command can be put into the transmit buffer now.
    fn check_idle(&mut self) -> Result<(), UsageError> {
        if self.exchange.is_stuck {
            return Err(UsageError::LineBlocked);
        }
        let is_waiting = self.operations.pending().any(|(_, slot)| slot.is_ready());
        if !self.exchange.is_idle() || is_waiting || !self.operations.has_room() {
            return Err(UsageError::Busy);
        }
        if self.rx.capacity() < SMALLEST_RX {
            return Err(UsageError::BufferTooSmall {
                buffer: Buffer::Receive,
                needed: SMALLEST_RX as u32,
                capacity: self.rx.capacity() as u32,
            });
        }
        self.outbox.check_room(LONGEST_SETTING)
    }

    fn check_client(&self, client: ClientIndex) -> Result<u8, UsageError> {
        let (index, count) = (client.get(), self.dialect.client_count);
        if index < count {
            Ok(index)
        } else {
            Err(ClientIndex::out_of_range(index, count).into())
        }
    }

    fn check_connected(&self, client: ClientIndex) -> Result<u8, UsageError> {
        let index = self.check_client(client)?;
        if self.is_connected(client) {
            Ok(index)
        } else {
            Err(UsageError::NotConnected)
        }
    }

    fn check_options(&self, options: &ConnectOptions<'_>) -> Result<(), ValueError> {
        let dialect = self.dialect;
        let length = |text: Option<&str>| text.map_or(0, str::len);
        let user_name = length(options.user_name.map(|text| text.as_str()));
        let password = length(options.password.map(|password| password.reveal()));
        let will_topic = length(options.will.map(|will| will.topic.as_str()));
        let will_message = length(options.will.map(|will| will.message.as_str()));
        let host = options.host.as_str().len();
        let client_id = options.client_id.as_str().len();
        limit(Parameter::HostName, host, dialect.host_name_limit)?;
        limit(Parameter::ClientId, client_id, dialect.client_id_limit)?;
        limit(Parameter::UserName, user_name, dialect.user_name_limit)?;
        limit(Parameter::Password, password, dialect.password_limit)?;
        limit(Parameter::WillTopic, will_topic, dialect.will_topic_limit)?;
        limit(
            Parameter::WillMessage,
            will_message,
            dialect.will_message_limit,
        )
    }

    fn check_topics<'a>(
        &self,
        topics: impl ExactSizeIterator<Item = &'a TopicFilter<'a>>,
    ) -> Result<(), ValueError> {
        let count = topics.len();
        if count == 0 {
            return Err(ValueError {
                parameter: Parameter::Topics,
                problem: Problem::Empty,
            });
        }
        limit(Parameter::Topics, count, MAX_TOPICS as u16)?;
        for filter in topics {
            let length = filter.as_str().len();
            limit(Parameter::TopicFilter, length, self.dialect.topic_limit)?;
        }
        Ok(())
    }

    /// A packet identifier that no operation in flight has.
    fn next_packet_id(&mut self) -> PacketId {
        let mut packet_id = self.last_packet_id.map_or(PacketId::FIRST, PacketId::next);
        // Among more identifiers than there are operations, one is free.
        for _ in 0..u8::MAX {
            if !self.operations.is_packet_id_in_use(packet_id.get()) {
                break;
            }
            packet_id = packet_id.next();
        }
        self.last_packet_id = Some(packet_id);
        packet_id
    }
}

fn limit(parameter: Parameter, length: usize, limit: u16) -> Result<(), ValueError> {
    if length <= usize::from(limit) {
        return Ok(());
    }
    Err(ValueError {
        parameter,
        problem: Problem::TooLong {
            length: length as u32,
            limit: limit.into(),
        },
    })
}

/// The longest command line that is composed while a connect keeps lines in the transmit buffer:
/// `AT+QMTCFG="timeout",0,60,10,0` and its CR.
const LONGEST_SETTING: usize = 32;

/// The longest result URC that there is, that of a subscribe to [`MAX_TOPICS`] filters, and more.
const SMALLEST_RX: usize = 64;
