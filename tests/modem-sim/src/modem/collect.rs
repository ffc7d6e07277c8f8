//! Data mode: which bytes are collected, and what becomes of them.

use std::time::Duration;

use super::{
    Modem, files::Upload, line::Reply, params::Refused, qmtpub::Publish, qsslcfg::Certificate,
};

/// What the data are for.
#[derive(Debug)]
pub(super) enum Collect {
    /// The payload of a publish command.
    Publish(Publish),
    /// A file of `AT+QFUPL`.
    Upload(Upload),
    /// A certificate or key of `AT+QSSLCFG`.
    Certificate(Certificate),
}

/// Where the data end.
#[derive(Clone, Copy, Debug)]
pub(super) enum End {
    /// After this many bytes.
    Length(usize),
    /// At Ctrl+Z; bytes beyond `most` are left out. ESC cancels.
    CtrlZ { most: usize },
}

/// Data that are being collected.
#[derive(Debug)]
pub(super) struct Collecting {
    pub(super) what: Collect,
    pub(super) end: End,
    /// The data are sent back.
    pub(super) echo: bool,
    /// The longest time without a byte.
    pub(super) patience: Option<Duration>,
    /// When the prompt or the last byte was.
    pub(super) last: Duration,
    pub(super) data: Vec<u8>,
}

impl Collecting {
    /// When data mode ends by itself.
    pub(super) fn deadline(&self) -> Option<Duration> {
        self.patience.map(|patience| self.last + patience)
    }

    /// Takes a byte; says how that leaves the data.
    pub(super) fn byte(&mut self, byte: u8) -> Taken {
        match self.end {
            End::Length(length) => {
                self.data.push(byte);
                match self.data.len() < length {
                    true => Taken::More,
                    false => Taken::Complete,
                }
            }
            End::CtrlZ { .. } if byte == ESC => Taken::Cancelled,
            End::CtrlZ { .. } if byte == CTRL_Z => Taken::Complete,
            End::CtrlZ { most } => {
                if self.data.len() < most {
                    self.data.push(byte);
                }
                Taken::More
            }
        }
    }

    /// Whether a byte is data and not the sign of their end.
    pub(super) fn is_data(&self, byte: u8) -> bool {
        matches!(self.end, End::Length(_)) || !matches!(byte, CTRL_Z | ESC)
    }

    /// What asks for the data.
    pub(super) fn prompt(&self) -> &'static [u8] {
        match self.what {
            Collect::Publish(_) | Collect::Certificate(_) => b"\r\n> ",
            Collect::Upload(_) => b"\r\nCONNECT\r\n",
        }
    }

    /// Whether it may be a key, which no log should show.
    pub(super) fn is_secret(&self) -> bool {
        !matches!(self.what, Collect::Publish(_))
    }

    /// Whether the host waits for a sign that the last 1024 bytes came.
    pub(super) fn is_acknowledged(&self) -> bool {
        matches!(&self.what, Collect::Upload(upload) if upload.acknowledge)
            && self.data.len().is_multiple_of(1024)
    }

    pub(super) fn is_complete(&self) -> bool {
        matches!(self.end, End::Length(length) if length <= self.data.len())
    }
}

/// How a byte leaves the data.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Taken {
    More,
    Complete,
    Cancelled,
}

impl Modem {
    /// Uses data that are complete.
    pub(super) fn finish_collecting(&mut self, what: Collect, data: Vec<u8>) {
        self.front.executing = true;
        let answer = match what {
            Collect::Publish(publish) => self.publish(publish, data),
            Collect::Upload(upload) => self.finish_upload(upload, data),
            Collect::Certificate(certificate) => self.finish_certificate(certificate, data),
        };
        match answer {
            Ok(Reply::Operation) => self.operation_ok(),
            Ok(_) => self.final_result(b"OK"),
            Err(refused) => self.refuse("+QMT", refused),
        }
        self.front.executing = false;
    }

    /// Ends data mode because nothing came for too long.
    pub(super) fn abandon_collecting(&mut self, what: &Collect) {
        match what {
            Collect::Publish(_) => self.refuse("+QMT", Refused::State),
            Collect::Upload(_) => self.cme_error(421, "operation timeout"),
            Collect::Certificate(_) => self.final_result(b"ERROR"),
        }
    }
}

const CTRL_Z: u8 = 0x1A;
const ESC: u8 = 0x1B;
