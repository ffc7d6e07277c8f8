//! Final result codes and URCs.

use quectel_mqtt::{
    Command,
    at::{CmeError, FinalResult},
    command::{ModemEvent, MqttError, OpenResult, PacketResult, ResultUrc, Urc},
    mqtt::{ConnectReturnCode, GrantedQos},
};
use serde_json::Value;

use super::record::{Kind, Record, values};

pub(super) fn final_result(line: &[u8], result: FinalResult) -> Record {
    let (code, meaning) = match result {
        FinalResult::Cme(error @ CmeError::Code(code)) => {
            let of_mqtt = MqttError::from_cme(error).map(|error| error.to_string());
            let meaning = of_mqtt.or_else(|| error.meaning().map(str::to_owned));
            (Some(code), meaning)
        }
        FinalResult::Cms(CmeError::Code(code)) => (Some(code), None),
        _ => (None, None),
    };
    Record {
        code: code.map(i32::from),
        meaning,
        ..Record::of_line(Kind::Final, line)
    }
}

pub(super) fn record(line: &[u8], urc: &Urc) -> Option<Record> {
    let values = values(line);
    let rest = |taken: usize| Some(values.get(taken..).unwrap_or_default().to_vec());
    let number = |at: usize| Some(values.get(at)?.as_i64()? as i32);
    Some(match urc {
        Urc::Result(result) => {
            let has_packet_id = matches!(
                result.command,
                Command::Subscribe | Command::Unsubscribe | Command::Publish
            );
            let record = Record {
                client: Some(result.client),
                packet_id: has_packet_id.then(|| result.packet_id.into()),
                code: Some(result.result.into()),
                values: rest(if has_packet_id { 3 } else { 2 }),
                ..Record::of_line(Kind::Result, line)
            };
            record.meaning(meaning(result))
        }
        Urc::Status { client, status } => {
            let record = Record {
                client: Some(*client),
                code: number(1),
                ..Record::of_line(Kind::Status, line)
            };
            record.meaning(status)
        }
        Urc::Stored { client, place } => Record {
            client: Some(*client),
            values: Some(vec![Value::from(*place)]),
            ..Record::of_line(Kind::Stored, line)
        },
        Urc::Modem(event) => Record::of_line(Kind::Modem, line).meaning(match event {
            ModemEvent::Ready => "the modem has started",
            ModemEvent::Starting => "the modem is starting",
            ModemEvent::PoweredDown => "the modem stops",
            ModemEvent::ContextLost { .. } => "the network has taken the PDP context back",
            _ => return None,
        }),
        _ => return None,
    })
}

fn meaning(urc: &ResultUrc) -> String {
    let granted = || urc.values.iter();
    match (urc.command, PacketResult::from(urc.result)) {
        (Command::Open, PacketResult::Sent) => "open".into(),
        (Command::Open, _) => OpenResult::from(urc.result).to_string(),
        (Command::Close, PacketResult::Sent) => "closed".into(),
        (Command::Close, PacketResult::Failed) => "not closed".into(),
        (_, PacketResult::Retransmitted) => "not acknowledged in time, and sent again".into(),
        (_, PacketResult::Failed) => "not sent, or not acknowledged".into(),
        (_, PacketResult::Unknown(result)) => format!("unknown result {result}"),
        (Command::Connect, PacketResult::Sent) => return_code(urc).to_string(),
        (Command::Subscribe, PacketResult::Sent) if granted().len() > 0 => {
            let granted: Vec<_> = granted().map(qos).collect();
            format!("granted: {}", granted.join(", "))
        }
        (Command::Disconnect, PacketResult::Sent) => "sent".into(),
        (_, PacketResult::Sent) if urc.packet_id == 0 => "sent".into(),
        (_, PacketResult::Sent) => "acknowledged".into(),
    }
}

/// Some firmware leaves out the 0.
fn return_code(urc: &ResultUrc) -> ConnectReturnCode {
    match urc.values.first() {
        Some(GrantedQos::Granted(qos)) => (qos as u8).into(),
        Some(GrantedQos::Unknown(code)) => code.into(),
        Some(GrantedQos::Refused) => 128.into(),
        None => ConnectReturnCode::Accepted,
    }
}

fn qos(granted: GrantedQos) -> String {
    match granted {
        GrantedQos::Granted(qos) => format!("QoS {}", qos as u8),
        GrantedQos::Refused => "refused".into(),
        GrantedQos::Unknown(code) => format!("unknown code {code}"),
    }
}
