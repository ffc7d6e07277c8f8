//! A line that is never silent: every call ends nonetheless.

use std::{cell::Cell, rc::Rc};

use embedded_hal::delay::DelayNs;
use embedded_io::{ErrorKind, ErrorType, Read, ReadReady, Write, WriteReady};
use quectel_mqtt::{blocking::DelayClock, command::Model, engine::Buffers};

use super::*;

/// A port that brings nothing but the same bytes, again and again, once it is told to.
struct Noise {
    port: VirtualPort,
    is_on: Rc<Cell<bool>>,
    bytes: &'static [u8],
    place: usize,
    /// As many of them come at once.
    piece: usize,
}

impl ErrorType for Noise {
    type Error = ErrorKind;
}

impl Read for Noise {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, ErrorKind> {
        if !self.is_on.get() {
            return self.port.read(buffer);
        }
        let n = buffer.len().min(self.piece);
        for byte in &mut buffer[..n] {
            *byte = self.bytes[self.place % self.bytes.len()];
            self.place += 1;
        }
        Ok(n)
    }
}

impl ReadReady for Noise {
    fn read_ready(&mut self) -> Result<bool, ErrorKind> {
        Ok(self.is_on.get() || self.port.read_ready()?)
    }
}

impl Write for Noise {
    fn write(&mut self, buffer: &[u8]) -> Result<usize, ErrorKind> {
        self.port.write(buffer)
    }

    fn flush(&mut self) -> Result<(), ErrorKind> {
        self.port.flush()
    }
}

impl WriteReady for Noise {
    fn write_ready(&mut self) -> Result<bool, ErrorKind> {
        self.port.write_ready()
    }
}

/// A delay in virtual time.
struct Passing;

impl DelayNs for Passing {
    fn delay_ns(&mut self, nanoseconds: u32) {
        Virtual::advance(Duration::from_nanos(nanoseconds.into()));
        assert!(clock::now() < LONGEST, "the call never ends");
    }
}

/// Time passes with every look at it.
fn passing() -> Instant {
    Passing.delay_ms(5);
    now()
}

const NOISES: &[&[u8]] = &[
    b"\0",
    b"~",
    b"\r\n",
    b"> ",
    b"\r\nnoise\r\n",
    b"\r\nOK\r\n",
    b"\r\nERROR\r\n",
    b"\r\nRDY\r\n",
    b"\r\n+QMTRECV: 0,0,\"t\",4,\"abcd\"\r\n",
    b"\r\n+QMTRECV: 0,0,\"t\",1000000,\"",
    b"\r\n+QMTSTAT: 0,1\r\n",
];

#[test]
fn every_call_ends_on_a_line_that_is_never_silent() {
    let cases = NOISES.iter().flat_map(|bytes| {
        [(1, false), (64, true)].map(|(piece, is_connected)| (*bytes, piece, is_connected))
    });
    for (bytes, piece, is_connected) in cases {
        let place = format!(
            "{:?} in pieces of {piece}, connected: {is_connected}",
            String::from_utf8_lossy(bytes)
        );
        let _time = Virtual::start();
        let (port, _server) = simulated();
        let is_on = Rc::new(Cell::new(!is_connected));
        let noise = Noise {
            port,
            is_on: Rc::clone(&is_on),
            bytes,
            place: 0,
            piece,
        };
        let (mut rx, mut tx, mut inbox) = ([0; 256], [0; 1024], [0; 512]);
        let buffers = Buffers {
            rx: &mut rx,
            tx: &mut tx,
            inbox: &mut inbox,
        };
        let mut modem = Modem::new(&BG95, noise, passing, buffers);
        if is_connected {
            modem.client(CLIENT).connect(&options()).unwrap();
            is_on.set(true);
        }
        // Some noise answers every command, so what comes of the calls does not matter.
        let mut before = millis();
        let mut assert_ended = |call: &str| {
            let took = millis() - before;
            assert!(took < 200_000, "{place}: {call} took {took} ms");
            before = millis();
        };
        let _ = modem.client(CLIENT).start_publish(&hello()).map(drop);
        assert_ended("start_publish");
        let _ = modem.client(CLIENT).publish(&at_least_once(b"x"));
        assert_ended("publish");
        let _ = modem.next_event(100).map(drop);
        assert_ended("next_event");
        let _ = modem.initialize();
        assert_ended("initialize");
        let _ = modem.client(CLIENT).connect(&options());
        assert_ended("connect");
        let _ = modem.wait_registered(3000);
        assert_ended("wait_registered");
        let _ = modem.raw("AT+CSQ").map(drop);
        assert_ended("raw");
        let _ = modem.client(CLIENT).close();
        assert_ended("close");
        // What the noise has brought by now is taken; what it brings next is what the limit is for.
        while modem.take_event().is_some() {}
        let _ = modem.next_event(100).map(drop);
        let took = millis() - before;
        assert!(took <= 110, "{place}: the last wait took {took} ms");
    }
}

// A look takes so little time that there are too many for the longer calls.
#[test]
fn a_call_ends_on_a_line_that_is_never_silent_with_a_delay_for_a_clock() {
    for bytes in [&b"~"[..], b"\r\nnoise\r\n"] {
        let _time = Virtual::start();
        let (port, _server) = simulated();
        let is_on = Rc::new(Cell::new(false));
        let noise = Noise {
            port,
            is_on: Rc::clone(&is_on),
            bytes,
            place: 0,
            piece: 7,
        };
        let (mut rx, mut tx, mut inbox) = ([0; 256], [0; 1024], [0; 512]);
        let buffers = Buffers {
            rx: &mut rx,
            tx: &mut tx,
            inbox: &mut inbox,
        };
        let mut modem = Modem::new(&BG95, noise, DelayClock::new(Passing), buffers);
        modem.initialize().unwrap();
        is_on.set(true);
        let begun = millis();
        let request = modem.request(&Model).map(drop);
        assert_eq!(cause(request), Some(Cause::Timeout));
        // The time of the command, and the look behind it.
        let took = millis() - begun;
        assert!((5000..=6100).contains(&took), "{took} ms");
        while modem.take_event().is_some() {}
        let begun = millis();
        let _ = modem.next_event(100).map(drop);
        assert!(millis() - begun <= 101, "{} ms", millis() - begun);
    }
}
