//! What the application can ask for of a client, and by requests. The verbs for network, TLS and
//! stored messages stand beside their own ways: see [`network`](super::network), [`tls`](super::tls),
//! [`stored`](super::stored).

use super::{
    Engine,
    checks::LONGEST_SETTING,
    client::ClientState,
    exchange::Data,
    operations::{Kind, Operation, Step},
    timing::{LONGEST_TIMEOUT, PROBES, PROBES_AT_BOOT},
};
use crate::{
    at::CommandWriter,
    command::{self, ClientIndex, Command, Payload, PublishForm, Raw, Request, Setting},
    error::UsageError,
    mqtt::{PacketId, Publication, QoS, TopicFilter},
    options::ConnectOptions,
    value::{Parameter, limit},
};

impl Engine<'_> {
    /// Waits until the modem answers, up to 20 s (45 s where the port takes nothing), then switches its
    /// echo off and its error codes on, and asks for its model: see
    /// [`Event::OtherModel`](super::Event::OtherModel). `connect` and the verbs before it do this too
    /// when it was not done since the last restart.
    ///
    /// When the modem restarts meanwhile, this begins again; it fails with
    /// [`Cause::Restarted`](crate::Cause::Restarted) when the modem never gets ready.
    ///
    /// # Errors
    /// [`UsageError::BufferTooSmall`], [`UsageError::Busy`].
    pub fn initialize(&mut self) -> Result<Operation, UsageError> {
        self.check_idle()?;
        self.fall_out_of_step(PROBES_AT_BOOT);
        self.begin(Kind::Initialize, Step::Echo, 0)
    }

    /// Says whether the modem may sleep when nothing is to be done (BC660K-GL). Before a command, a
    /// modem that may sleep is woken.
    ///
    /// A connect keeps the modem awake. The [`disconnect`](Engine::disconnect) or
    /// [`close`](Engine::close) of the last client lets it sleep again, as was asked for here last, or
    /// deeply. After a connect that failed, or a connection that the modem closed, it stays awake until
    /// then.
    ///
    /// # Errors
    /// [`UsageError::NotSupported`], [`UsageError::Busy`].
    #[cfg(feature = "bc660k")]
    pub fn sleep(&mut self, mode: command::SleepMode) -> Result<Operation, UsageError> {
        self.check_supported(Command::Sleep)?;
        self.check_idle()?;
        let operation = self.begin(Kind::Sleep, Step::Sleep(mode), 0)?;
        self.sleep_mode = mode;
        Ok(operation)
    }

    /// Connects a client: every setting, also those at their default, then QMTOPEN, then QMTCONN.
    ///
    /// A client that an earlier life of the firmware left open is closed first, and opened also when
    /// that fails. One connect is under way at a time; other clients go on working meanwhile.
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
        if self.operations.has(Kind::has_stored_lines) {
            return Err(UsageError::Busy);
        }
        let dialect = self.dialect();
        self.outbox.store(LONGEST_SETTING, |writer| {
            if let Some(will) = options.will {
                Setting::Will(Some(will)).write(dialect, writer, client);
                writer.raw(b"\r");
            }
            if let Some(device) = options.ali_auth {
                Setting::AliAuth(Some(device)).write(dialect, writer, client);
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
        self.has_ali_auth = options.ali_auth.is_some();
        self.connecting = options.settings;
        self.storage = self.storage.or(options.storage);
        if let Some(client) = self.client(client) {
            client.closed = None;
        }
        // Until it is closed, a client in doubt stays in doubt.
        if state == ClientState::Closed {
            self.set_opening(client);
        }
        self.begin_steps(Kind::Connect, client)
    }

    /// Subscribes a client to one or several topic filters. The result is
    /// [`Completion::Subscribed`](super::Completion) with what the server granted to each.
    ///
    /// # Errors
    /// [`UsageError::Value`] for no topic filter, more than
    /// [`MAX_TOPICS`](command::MAX_TOPICS), or one that is too long;
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
            &mut |writer| command::subscribe(writer, client, packet_id, topics),
            &mut |_| {},
        )?;
        self.composed_data = Data::None;
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
            &mut |writer| command::unsubscribe(writer, client, packet_id, topics),
            &mut |_| {},
        )?;
        self.composed_data = Data::None;
        self.begin_packet(
            Kind::Unsubscribe,
            Step::Unsubscribe,
            client,
            Some(packet_id),
        )
    }

    /// Publishes a message. Its payload is copied into the transmit buffer, and goes to the modem as
    /// [`PublishForm::Automatic`] says.
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
        self.publish_as(client, publication, PublishForm::Automatic)
    }

    /// Publishes a message in this form. See [`Engine::publish`].
    ///
    /// # Errors
    /// As [`Engine::publish`], and [`UsageError::Value`] for a payload that the form can't carry.
    pub fn publish_as(
        &mut self,
        client: ClientIndex,
        publication: &Publication<'_>,
        form: PublishForm,
    ) -> Result<Operation, UsageError> {
        let client = self.check_connected(client)?;
        let dialect = self.dialect();
        let topic = publication.topic.as_str();
        limit(Parameter::TopicName, topic.len(), dialect.topic_limit)?;
        let format = self.client(client).map(|client| client.send_format);
        let bytes = publication.payload;
        let payload = Payload::new(dialect, bytes, form, format.unwrap_or_default())?;
        self.check_idle()?;
        let in_flight = self.operations.count(Kind::Publish, client);
        if in_flight >= usize::from(dialect.publishes_in_flight) {
            return Err(UsageError::Busy);
        }
        let packet_id = (publication.qos != QoS::AtMostOnce).then(|| self.next_packet_id());
        self.outbox.compose(
            &mut |writer| {
                command::publish(dialect, writer, client, packet_id, publication, &payload);
            },
            &mut |writer| payload.write_data(writer),
        )?;
        self.composed_data = match payload.form() {
            PublishForm::Inline => Data::None,
            PublishForm::Terminated => Data::Terminated,
            PublishForm::Automatic | PublishForm::FixedLength => Data::Counted,
        };
        let step = match payload.command(dialect) {
            Command::PublishInline => Step::PublishInline,
            _ => Step::Publish,
        };
        self.begin_packet(Kind::Publish, step, client, packet_id)
    }

    /// Disconnects a client: DISCONNECT to the server, then the network connection is closed.
    ///
    /// It succeeds when the modem says that the client is disconnected, or closed. Where it says the
    /// first alone, and QMTCLOSE fails or stays without an answer, the next connect closes the client
    /// first.
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

    /// Closes the network connection of a client without DISCONNECT, also one that is not known to be
    /// open. The server publishes its will.
    ///
    /// It fails when the modem can't close it, or does not answer; then the next connect closes the
    /// client first. ERROR means that nothing was open, and that is success.
    ///
    /// # Errors
    /// [`UsageError::BufferTooSmall`], [`UsageError::Busy`], also while the client connects or is closed.
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

    /// Sends a command that answers at once. What it was answered is then in
    /// [`Engine::answer_to`]; URCs that come meanwhile are served as ever.
    ///
    /// ```
    /// use quectel_mqtt::command::SignalQuery;
    /// # use quectel_mqtt::{BG95, Failure, UsageError, engine::{Buffers, Engine, Operation}};
    /// # fn run(_: &mut Engine<'_>, _: Operation) -> Result<(), Failure> { Ok(()) }
    /// # fn example(engine: &mut Engine<'_>) -> Result<(), UsageError> {
    ///
    /// let operation = engine.request(&SignalQuery)?;
    /// // … the loop of the module's documentation, until `take_result(operation)` has its end: then
    /// # run(engine, operation).unwrap();
    /// let dbm = engine.answer_to(&SignalQuery).and_then(|signal| signal.dbm);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// Your own commands can be requests too: see [`Request`].
    ///
    /// # Errors
    /// [`UsageError::NotSupported`], [`UsageError::Value`] for what the request refuses, or when its
    /// line does not begin with `AT` or holds a control character; [`UsageError::BufferTooSmall`],
    /// [`UsageError::Busy`].
    pub fn request<R: Request>(&mut self, request: &R) -> Result<Operation, UsageError> {
        let dialect = self.dialect();
        let command = request.command(dialect);
        self.check_supported(command)?;
        request.check(dialect)?;
        let timeout = request.timeout();
        self.begin_request(command, timeout, &mut |line| request.write(dialect, line))
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
        self.request(&Raw(command))
    }

    fn begin_request(
        &mut self,
        command: Command,
        timeout: u32,
        line: &mut dyn FnMut(&mut CommandWriter<'_>),
    ) -> Result<Operation, UsageError> {
        self.check_idle()?;
        self.outbox.compose(line, &mut |_| {})?;
        self.composed_data = Data::None;
        self.request_timeout = timeout.min(LONGEST_TIMEOUT);
        self.begin(Kind::Request, Step::Request(command), 0)
    }

    /// Begins an operation at its first step, or before that, at what makes the modem ready.
    pub(super) fn begin_steps(&mut self, kind: Kind, client: u8) -> Result<Operation, UsageError> {
        let first = match self.first_step(kind, client) {
            Some(first) if self.is_initialized => first,
            _ => Step::Echo,
        };
        self.begin(kind, first, client)
    }

    pub(super) fn begin(
        &mut self,
        kind: Kind,
        step: Step,
        client: u8,
    ) -> Result<Operation, UsageError> {
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
