//! `service`: it never waits, ends early when there is something to take, and says when to come back.

use std::{cell::Cell, rc::Rc};

use embedded_io::{ErrorKind, ErrorType, Read, ReadReady, Write, WriteReady};
use quectel_modem_sim::{ScriptedPort, local::Message};
use quectel_mqtt::{
    command,
    engine::{Completion, Event},
    mqtt::{Publication, QoS, TopicFilter},
};

use super::*;

/// A super-loop that sleeps as long as `service` says, and wakes for bytes.
fn serve_until<P>(
    modem: &mut Modem<'_, P, ()>,
    mut is_over: impl FnMut(&mut Modem<'_, P, ()>) -> bool,
) where
    P: Read<Error = ErrorKind> + ReadReady + Write + WriteReady,
{
    for _ in 0..1_000_000 {
        let before = clock::now();
        let until = modem.service(now()).unwrap();
        assert_eq!(clock::now(), before, "it has waited");
        if is_over(modem) {
            return;
        }
        if until.is_none_or(|until| !until.is_reached(now())) {
            Virtual::advance(Duration::from_millis(1));
        }
    }
    panic!("it never ends");
}

#[test]
fn a_super_loop_does_everything() {
    let _time = Virtual::start();
    let (port, server) = simulated();
    let mut memory = Memory::new();
    let mut modem = Modem::new(&BG95, port, (), memory.buffers());
    let connect = modem.engine_mut().connect(CLIENT, &options()).unwrap();
    let mut result = None;
    serve_until(&mut modem, |modem| {
        result = modem.engine_mut().take_result(connect);
        result.is_some()
    });
    assert_eq!(result, Some(Ok(Completion::Done)));
    let filter = TopicFilter::new("t").unwrap();
    let engine = modem.engine_mut();
    let topics = [(filter, QoS::AtMostOnce)];
    let subscribe = engine.subscribe(CLIENT, &topics).unwrap();
    serve_until(
        &mut modem,
        |modem| matches!(modem.take_event(), Some(Event::Completed { operation, .. }) if operation == subscribe),
    );
    let payload = [b'x'; 3000];
    let message = Publication::new("t", &payload).unwrap();
    let publish = modem.engine_mut().publish(CLIENT, &message).unwrap();
    let mut seen = Vec::new();
    serve_until(&mut modem, |modem| {
        while let Some(event) = modem.take_event() {
            seen.push(match event {
                Event::Message(message) => message.payload == payload,
                Event::Completed { operation, result } => operation == publish && result.is_ok(),
                _ => false,
            });
        }
        seen.len() == 2
    });
    assert_eq!(seen, [true, true]);
    assert_eq!(server.messages().len(), 1);
}

/// A modem that is initialized, on a line whose other end is the test.
fn initialized<'buf>(memory: &'buf mut Memory) -> (Modem<'buf, ScriptedPort, ()>, ScriptedPort) {
    let line = ScriptedPort::new();
    let mut modem = Modem::new(&BG95, line.clone(), (), memory.buffers());
    let initialize = modem.engine_mut().initialize().unwrap();
    for answer in [
        &b"\r\n+CMEE: 0\r\n\r\nOK\r\n"[..],
        b"\r\nOK\r\n",
        b"\r\nOK\r\n",
        b"\r\nBG95-M3\r\n\r\nOK\r\n",
    ] {
        modem.service(now()).unwrap();
        line.bring(answer);
    }
    modem.service(now()).unwrap();
    let result = modem.engine_mut().take_result(initialize);
    assert!(matches!(result, Some(Ok(_))), "{result:?}");
    drop(line.take_written());
    // What a modem that starts may bring is over.
    for _ in 0..4 {
        Virtual::advance(Duration::from_secs(30));
        modem.service(now()).unwrap();
    }
    (modem, line)
}

#[test]
fn the_time_it_names_is_the_next_deadline_and_none_when_there_is_none() {
    let _time = Virtual::start();
    let mut memory = Memory::new();
    let (mut modem, line) = initialized(&mut memory);
    assert_eq!(modem.service(now()), Ok(None));
    let model = modem.engine_mut().request(&command::Model).unwrap();
    let until = modem.service(now()).unwrap().expect("a deadline");
    assert_eq!(line.take_written(), b"AT+CGMM\r");
    assert_eq!(until, now().after(5000));
    // The same deadline, while time passes; nothing happens before.
    Virtual::advance(Duration::from_millis(4999));
    assert_eq!(modem.service(now()), Ok(Some(until)));
    assert_eq!(modem.engine_mut().take_result(model), None);
    Virtual::advance(Duration::from_millis(1));
    // At that time it ends, in this call, with something to take.
    assert_eq!(modem.service(now()), Ok(Some(now())));
    let result = modem.engine_mut().take_result(model);
    let Some(Err(failure)) = result else {
        panic!("{result:?}");
    };
    assert_eq!(failure.cause, Cause::Timeout);
}

#[test]
fn it_returns_early_when_there_is_something_to_take() {
    let _time = Virtual::start();
    let mut memory = Memory::new();
    let (mut modem, line) = initialized(&mut memory);
    line.bring(b"\r\n+QMTRECV: 0,0,\"t\",1,\"a\"\r\n");
    assert_eq!(modem.service(now()), Ok(Some(now())));
    assert!(matches!(modem.take_event(), Some(Event::Message(_))));
    assert_eq!(modem.service(now()), Ok(None));
    // What is left there does not make it come back for ever.
    line.bring(b"\r\n+QMTRECV: 0,0,\"t\",1,\"b\"\r\n");
    assert_eq!(modem.service(now()), Ok(Some(now())));
    assert_eq!(modem.service(now()), Ok(None));
    assert!(matches!(modem.take_event(), Some(Event::Message(_))));
}

// Or the response to a request would be gone with the next command.
#[test]
fn the_answer_to_a_request_is_there_when_it_returns() {
    let _time = Virtual::start();
    let mut memory = Memory::new();
    let (mut modem, line) = initialized(&mut memory);
    let raw = modem.engine_mut().raw("AT+CSQ").unwrap();
    modem.service(now()).unwrap();
    line.bring(b"\r\n+CSQ: 9,99\r\n\r\nOK\r\n");
    assert_eq!(modem.service(now()), Ok(Some(now())));
    let result = modem.engine_mut().take_result(raw);
    assert!(matches!(result, Some(Ok(_))), "{result:?}");
    assert_eq!(modem.engine().response(), b"+CSQ: 9,99\n");
}

/// Counts how often it is read.
struct Counting {
    reads: Rc<Cell<u32>>,
}

impl ErrorType for Counting {
    type Error = ErrorKind;
}

impl Read for Counting {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, ErrorKind> {
        self.reads.set(self.reads.get() + 1);
        buffer[0] = b'~';
        Ok(1)
    }
}

impl ReadReady for Counting {
    fn read_ready(&mut self) -> Result<bool, ErrorKind> {
        Ok(true)
    }
}

impl Write for Counting {
    fn write(&mut self, buffer: &[u8]) -> Result<usize, ErrorKind> {
        Ok(buffer.len())
    }

    fn flush(&mut self) -> Result<(), ErrorKind> {
        Ok(())
    }
}

impl WriteReady for Counting {
    fn write_ready(&mut self) -> Result<bool, ErrorKind> {
        Ok(true)
    }
}

#[test]
fn it_ends_on_a_line_that_is_never_silent_and_asks_to_be_called_again() {
    let reads = Rc::new(Cell::new(0));
    let port = Counting {
        reads: Rc::clone(&reads),
    };
    let mut memory = Memory::new();
    let mut modem = Modem::new(&BG95, port, (), memory.buffers());
    for calls in 1..=10 {
        let now = Instant::from_millis(0);
        assert_eq!(modem.service(now), Ok(Some(now)));
        assert!(reads.get() <= 64 * calls, "{} reads", reads.get());
    }
}

#[test]
fn it_takes_no_more_than_the_port_takes_at_once() {
    let _time = Virtual::start();
    let mut memory = Memory::new();
    let (mut modem, line) = initialized(&mut memory);
    line.set_takes(Some(3));
    let _ = modem.engine_mut().raw("AT+CSQ").unwrap();
    let until = modem.service(now()).unwrap();
    assert_eq!(line.take_written(), b"AT+");
    // Nothing of this happens by itself: it is called when the port takes bytes again.
    assert!(until.is_some_and(|until| !until.is_reached(now())));
    line.set_takes(None);
    modem.service(now()).unwrap();
    assert_eq!(line.take_written(), b"CSQ\r");
}

#[test]
fn it_and_the_methods_that_wait_take_turns() {
    let _time = Virtual::start();
    let (port, server) = simulated();
    let mut memory = Memory::new();
    let mut modem = connected(port, &mut memory);
    let filter = TopicFilter::new("t").unwrap();
    let mut client = modem.client(CLIENT);
    client.subscribe(&[(filter, QoS::AtMostOnce)]).unwrap();
    // Begun here, and on its way when the other one is called.
    let engine = modem.engine_mut();
    let first = engine.publish(CLIENT, &at_least_once(b"first")).unwrap();
    modem.service(now()).unwrap();
    modem
        .client(CLIENT)
        .publish(&at_least_once(b"second"))
        .unwrap();
    let begun = modem.client(CLIENT).start_publish(&at_least_once(b"third"));
    let third = begun.unwrap();
    server.publish(Message::new("t", "in between", 0));
    let mut completed = Vec::new();
    let mut messages = 0;
    for _ in 0..1000 {
        let until = modem.service(now()).unwrap();
        while let Some(event) = modem.take_event() {
            match event {
                Event::Completed { operation, .. } => completed.push(operation),
                Event::Message(_) => messages += 1,
                event => panic!("{event:?}"),
            }
        }
        if until.is_none_or(|until| !until.is_reached(now())) {
            Virtual::advance(Duration::from_millis(1));
        }
    }
    assert_eq!(completed, [first, third]);
    // Its own three, and that of the server.
    assert_eq!(messages, 4);
    assert_eq!(modem.next_event(0), Ok(None));
}
