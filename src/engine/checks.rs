//! What is refused before a byte is sent.

use super::Engine;
use crate::{
    command::{ClientIndex, Command, DataFormat, MAX_TOPICS, ReceiveMode, SettingKey},
    error::{Buffer, UsageError},
    mqtt::{Password, Text, TopicFilter},
    options::ConnectOptions,
    value::{Parameter, Problem, ValueError, limit, out_of_range},
};

impl Engine<'_> {
    /// Whether a command can be put into the transmit buffer now.
    pub(super) fn check_idle(&mut self) -> Result<(), UsageError> {
        self.check_room()?;
        // Or an application that never pauses would leave stored messages where they are.
        if self.is_fetch_next && self.is_in_step && self.next_stored().is_some() {
            return Err(UsageError::Busy);
        }
        Ok(())
    }

    /// The same, also where it is the turn of a stored message.
    pub(super) fn check_room(&mut self) -> Result<(), UsageError> {
        if self.exchange.stalled > 0 {
            return Err(UsageError::LineBlocked);
        }
        let is_waiting = self.operations.pending().any(|(_, slot)| slot.is_ready());
        if !self.exchange.is_idle() || is_waiting || !self.operations.has_room() {
            return Err(UsageError::Busy);
        }
        // Also where nobody has polled since the connect has ended.
        self.drop_stored_lines();
        if self.rx.capacity() < SMALLEST_RX {
            return Err(UsageError::BufferTooSmall {
                buffer: Buffer::Receive,
                needed: SMALLEST_RX as u32,
                capacity: self.rx.capacity() as u32,
            });
        }
        self.outbox.check_room(LONGEST_SETTING)
    }

    pub(super) fn check_supported(&self, command: Command) -> Result<(), UsageError> {
        if self.dialect().supports(command) {
            Ok(())
        } else {
            Err(UsageError::NotSupported { command })
        }
    }

    pub(super) fn check_client(&self, client: ClientIndex) -> Result<u8, UsageError> {
        client.check(self.dialect())?;
        Ok(client.get())
    }

    pub(super) fn check_connected(&self, client: ClientIndex) -> Result<u8, UsageError> {
        let index = self.check_client(client)?;
        if self.is_connected(client) {
            Ok(index)
        } else {
            Err(UsageError::NotConnected)
        }
    }

    pub(super) fn check_options(&self, options: &ConnectOptions<'_>) -> Result<(), UsageError> {
        let dialect = self.dialect();
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

    pub(super) fn check_topics<'a>(
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
            limit(Parameter::TopicFilter, length, self.dialect().topic_limit)?;
        }
        Ok(())
    }
}

/// The longest command line that is composed while a connect keeps lines in the transmit buffer:
/// `AT+QMTCFG="timeout",0,60,10,0` and its CR; with room for the answer to AT+CGMM.
pub(super) const LONGEST_SETTING: usize = 40;

/// The longest result URC that there is, that of a subscribe to [`MAX_TOPICS`] filters, and more.
const SMALLEST_RX: usize = 64;
