//! Final result codes, and the numbers of +CME ERROR.

use quectel_mqtt::{Cause, CmeError, Command, FinalResult, MqttError, mqtt::TopicFilter};

use super::{
    row::{CLIENT, Call, Outcome, PLAIN, Proof, Start},
    table::{Note, Table},
};

const CONNECTED: Start = Start::Connected(PLAIN);

pub(crate) fn rows(table: &mut Table) {
    results(table);
    numbers(table);
}

const SAYS: &str = r#"AT+QMTUNS=0,1,"a""#;

fn unsubscribe() -> Call {
    Call::verb(|engine| engine.unsubscribe(CLIENT, &[TopicFilter::new("a").unwrap()]))
}

fn failed(cause: Cause) -> [Outcome; 1] {
    [Outcome::Failed(Command::Unsubscribe, cause)]
}

fn results(table: &mut Table) {
    let mut row = |chapter, result, answers, outcome| {
        let mut both = table.chapter(Note::Standard(chapter));
        both.row(
            Proof::Urc(result),
            CONNECTED,
            unsubscribe(),
            &[(SAYS, answers)],
            outcome,
        );
    };
    let code = |code| CmeError::Code(code);
    let modem = |result| failed(Cause::Modem(result));
    row("V.250 5.7", "OK", "OK|+QMTUNS: 0,1,0", [Outcome::Done]);
    row("V.250 5.7", "ERROR", "ERROR", modem(FinalResult::Error));
    let number = modem(FinalResult::Cme(code(3)));
    row("27.007 9.2", "+CME ERROR", "+CME ERROR: 3", number);
    // As AT+CMEE=2 would have it, which some firmware does whatever is set.
    let text = modem(FinalResult::Cme(CmeError::Text));
    row(
        "27.007 9.2",
        "+CME ERROR",
        "+CME ERROR: operation not allowed",
        text,
    );
    let number = modem(FinalResult::Cms(code(500)));
    row("27.005 3.2.5", "+CMS ERROR", "+CMS ERROR: 500", number);
    let text = modem(FinalResult::Cms(CmeError::Text));
    row(
        "27.005 3.2.5",
        "+CMS ERROR",
        "+CMS ERROR: unknown error",
        text,
    );
}

fn numbers(table: &mut Table) {
    let mut bc660k = table.chapter(Note::Bc660k("4"));
    for (number, error) in [
        (8503, MqttError::LinkLayer),
        (8504, MqttError::IllegalPacket),
        (8505, MqttError::IllegalCharacter),
        (8506, MqttError::IllegalUtf8),
        (8507, MqttError::InvalidParameter),
        (8508, MqttError::DataTooLong),
        (8509, MqttError::BufferOverflow),
        (8510, MqttError::OutOfMemory),
        (8511, MqttError::Memory),
        (8600, MqttError::Unknown),
    ] {
        let answers = format!("+CME ERROR: {number}");
        let code = Proof::Code("CME ERROR", number);
        let outcome = failed(Cause::Mqtt(error));
        bc660k.row(code, CONNECTED, unsubscribe(), &[(SAYS, &answers)], outcome);
    }
}
