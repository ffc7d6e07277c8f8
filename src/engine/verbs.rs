//! What the application can ask for.

use super::{
    Engine,
    client::ClientState,
    exchange::Data,
    operations::{Kind, Operation, Step},
    timing::{LONGEST_TIMEOUT, PROBES, PROBES_AT_BOOT},
};
use crate::{
    at::CommandWriter,
    command::{
        self, ClientIndex, Command, DataFormat, MAX_TOPICS, Payload, PublishForm, Raw, ReceiveMode,
        Request, SLOTS, Setting, SettingKey, SleepMode,
    },
    error::{Buffer, UsageError},
    mqtt::{PacketId, Password, Publication, QoS, Text, TopicFilter},
    options::ConnectOptions,
    value::{Parameter, Problem, ValueError, limit, out_of_range},
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

    /// Says whether the modem may sleep when nothing is to be done (BC660K-GL). A connect keeps it
    /// awake, and the end of the last connection lets it sleep again; before a command, a modem that
    /// may sleep is woken.
    ///
    /// # Errors
    /// [`UsageError::NotSupported`], [`UsageError::Busy`].
    pub fn sleep(&mut self, mode: SleepMode) -> Result<Operation, UsageError> {
        self.check_supported(Command::Sleep)?;
        self.check_idle()?;
        self.begin(Kind::Sleep, Step::Sleep(mode), 0)
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
        if self.operations.has(Kind::has_stored_lines) {
            return Err(UsageError::Busy);
        }
        let dialect = self.dialect;
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
        if let Some(client) = self.client(client) {
            client.configure(dialect, options.settings);
            client.closed = None;
            // Until it is closed, a client in doubt stays in doubt.
            if state == ClientState::Closed {
                client.state = ClientState::Opening;
            }
        }
        self.begin_steps(Kind::Connect, client)
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
        let dialect = self.dialect;
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

    /// Reads messages that the modem has stored, from one of its places (0–4) or from all; they come
    /// as events. The engine does this by itself as the inbox has room; what is read this way and
    /// finds none is lost, and reported so. BG95 family.
    ///
    /// # Errors
    /// [`UsageError::NotSupported`], [`UsageError::Value`] for another place,
    /// [`UsageError::NotConnected`], [`UsageError::Busy`].
    pub fn fetch(
        &mut self,
        client: ClientIndex,
        place: Option<u8>,
    ) -> Result<Operation, UsageError> {
        self.check_supported(Command::Receive)?;
        let client = self.check_connected(client)?;
        let most = (SLOTS as u32).saturating_sub(1);
        if let Some(place) = place.map(u32::from).filter(|place| *place > most) {
            return Err(out_of_range(Parameter::StoragePlace, place, 0, most).into());
        }
        self.check_idle()?;
        self.begin(Kind::Fetch, Step::Fetch { client, place }, client)
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

    /// Sends a command that answers at once. What it was answered is then in
    /// [`Engine::answer_to`]; URCs that come meanwhile are served as ever.
    ///
    /// # Errors
    /// [`UsageError::NotSupported`], [`UsageError::Value`] for what the request refuses, or when its
    /// line does not begin with `AT` or holds a control character; [`UsageError::BufferTooSmall`],
    /// [`UsageError::Busy`].
    pub fn request<R: Request>(&mut self, request: &R) -> Result<Operation, UsageError> {
        let dialect = self.dialect;
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
    pub(super) fn check_idle(&mut self) -> Result<(), UsageError> {
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

    fn check_supported(&self, command: Command) -> Result<(), UsageError> {
        if self.dialect.supports(command) {
            Ok(())
        } else {
            Err(UsageError::NotSupported { command })
        }
    }

    fn check_client(&self, client: ClientIndex) -> Result<u8, UsageError> {
        self.dialect.check_client(client)?;
        Ok(client.get())
    }

    fn check_connected(&self, client: ClientIndex) -> Result<u8, UsageError> {
        let index = self.check_client(client)?;
        if self.is_connected(client) {
            Ok(index)
        } else {
            Err(UsageError::NotConnected)
        }
    }

    fn check_options(&self, options: &ConnectOptions<'_>) -> Result<(), UsageError> {
        let dialect = self.dialect;
        let settings = &options.settings;
        let text = |text: Option<Text<'_>>| text.map_or(0, |text| text.as_str().len());
        let secret = |secret: Option<Password<'_>>| secret.map_or(0, |it| it.reveal().len());
        let will = options.will;
        let will_message = will.map(|will| will.message.as_str().len());
        let will_topic = will.map_or(0, |will| will.topic.as_str().len());
        let device = options.ali_auth;
        let device_limit = dialect.ali_auth_limit;
        for (parameter, length, most) in [
            (
                Parameter::HostName,
                text(Some(options.host)),
                dialect.host_name_limit,
            ),
            (
                Parameter::ClientId,
                text(Some(options.client_id)),
                dialect.client_id_limit,
            ),
            (
                Parameter::UserName,
                text(options.user_name),
                dialect.user_name_limit,
            ),
            (
                Parameter::Password,
                secret(options.password),
                dialect.password_limit,
            ),
            (Parameter::WillTopic, will_topic, dialect.will_topic_limit),
            (
                Parameter::WillMessage,
                will_message.unwrap_or(0),
                dialect.will_message_limit,
            ),
            (
                Parameter::ProductKey,
                text(device.map(|it| it.product_key)),
                device_limit,
            ),
            (
                Parameter::DeviceName,
                text(device.map(|it| it.device_name)),
                device_limit,
            ),
            (
                Parameter::DeviceSecret,
                secret(device.map(|it| it.device_secret)),
                device_limit,
            ),
        ] {
            limit(parameter, length, most)?;
        }
        if will_message.is_some_and(|length| length < usize::from(dialect.will_message_least)) {
            return Err(UsageError::Value(ValueError {
                parameter: Parameter::WillMessage,
                problem: Problem::Empty,
            }));
        }
        if let Some(context) = settings.tls.filter(|it| *it > dialect.tls_context_limit) {
            let most = dialect.tls_context_limit.into();
            return Err(out_of_range(Parameter::TlsContext, context.into(), 0, most).into());
        }
        let formats = [settings.send_format, settings.receive_format];
        for (key, is_default) in [
            (SettingKey::PdpContext, settings.pdp_context == 1),
            (
                SettingKey::ReceiveMode,
                settings.receive == ReceiveMode::Direct,
            ),
            (SettingKey::DataFormat, formats == [DataFormat::Text; 2]),
        ] {
            if !is_default {
                self.check_supported(Command::Configure(key))?;
            }
        }
        Ok(())
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

/// The longest command line that is composed while a connect keeps lines in the transmit buffer:
/// `AT+QMTCFG="timeout",0,60,10,0` and its CR; with room for the answer to AT+CGMM.
const LONGEST_SETTING: usize = 40;

/// The longest result URC that there is, that of a subscribe to [`MAX_TOPICS`] filters, and more.
const SMALLEST_RX: usize = 64;
