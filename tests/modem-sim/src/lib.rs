//! A simulated Quectel modem, for testing firmware without hardware.
//!
//! The modem is a BG95, BG77 or BG600L-M3, or a BC660K-GL, as seen from its serial port: it takes
//! AT commands, answers them as the MQTT application note of its family says, byte for byte, and
//! talks MQTT 3.1 or 3.1.1 to a server. [`Module`] says which one it is. Its parameters are checked
//! as strictly as the note allows, and it can be told to misbehave as real modems do.
//!
//! It is written from the application notes alone and shares no code with any driver, so that an
//! error in one does not hide the same error in the other.
//!
//! # How to use it
//!
//! | The program under test | takes | time |
//! |---|---|---|
//! | is Rust, in the same process | [`VirtualPort`]: embedded-io, embedded-io-async | virtual or real |
//! | is Rust, and wants no devices | [`serve::spawn_pipe`] | real |
//! | runs on the same computer | [`serve::spawn_pty`], or the program `modem-sim` | real |
//! | runs in an emulator or on a board | [`serve::spawn_tcp`], or the program `modem-sim` | real |
//! | has a loop of its own | [`Modem`], without I/O and without a clock | its own |
//! | wants answers byte by byte, as the test says them | [`ScriptedPort`]: both, and no modem | virtual or real |
//!
//! The MQTT server is a real one that [`TcpNetwork`] reaches, [`broker::Embedded`] where no other
//! is at hand, or [`local::LocalServer`] in memory: deterministic, and with hooks for what servers
//! rarely do.
//!
//! # Example
//!
//! ```
//! use std::time::Duration;
//!
//! use quectel_modem_sim::{Config, Modem, local::LocalServer};
//!
//! let server = LocalServer::new();
//! let mut modem = Modem::new(Config::default(), Box::new(server.network()));
//! let mut command = |line: &str| {
//!     modem.receive(Duration::ZERO, line.as_bytes());
//!     String::from_utf8(modem.take_output(usize::MAX))
//! };
//! // The echo is on at first.
//! assert_eq!(command("ATE0\r")?, "ATE0\r\r\nOK\r\n");
//! assert_eq!(
//!     command("AT+QMTOPEN=0,\"broker.example\",1883\r")?,
//!     "\r\nOK\r\n\r\n+QMTOPEN: 0,0\r\n"
//! );
//! assert_eq!(
//!     command("AT+QMTCONN=0,\"meter\"\r")?,
//!     "\r\nOK\r\n\r\n+QMTCONN: 0,0,0\r\n"
//! );
//! command("AT+QMTPUB=0,1,1,0,\"meters/1\",5\r")?;
//! assert_eq!(command("hello")?, "\r\nOK\r\n\r\n+QMTPUB: 0,1,0\r\n");
//! assert_eq!(server.messages()[0].payload, b"hello");
//! # Ok::<(), std::string::FromUtf8Error>(())
//! ```
//!
//! # Misbehaviour
//!
//! [`Behaviour`] is a list of what real modems do and no note says: echo that stays, lines cut
//! anywhere, prompts that don't come, answers that come late or never. All is off by default;
//! what is left to chance follows [`Config::seed`]. The speed of the serial line is there, too:
//! by default bytes take no time.
//!
//! # What is simulated
//!
//! `AT+QMTCFG` with all its keys, `AT+QMTOPEN`, `AT+QMTCLOSE`, `AT+QMTCONN`, `AT+QMTDISC`,
//! `AT+QMTSUB`, `AT+QMTUNS`, `AT+QMTPUB`, `AT+QMTPUBEX`, `AT+QMTRECV` with its five slots, the URCs
//! `+QMTSTAT` and `+QMTRECV`, and the commands that hosts send first: `ATE`, `ATI`, `AT+CMEE`,
//! `AT+CPIN?`, `AT+CSQ`, `AT+CGATT`, and registration (`AT+CEREG` and its kin, with
//! [`Registration`]).
//!
//! PDP contexts: `AT+CGDCONT`, `AT+CGACT` and `AT+CGPADDR` as 27.007 has them and, for the BG95
//! family, `AT+QICSGP`, `AT+QIACT` and `AT+QIDEACT` for the same contexts. A context can be
//! [lost](Modem::lose_pdp), and ends with the registration.
//!
//! Certificates: `AT+QSSLCFG` in both forms and, for the BG95 family, `AT+QFUPL`, `AT+QFLST`,
//! `AT+QFDEL`.
//!
//! The BC660K-GL has its own `AT+QMTCFG` keys, no `AT+QMTPUBEX`, a message in the line of
//! `AT+QMTPUB`, payloads as digits, one publish in flight, and `AT+QSCLK`. Its MQTT commands are
//! refused with `+CME ERROR`.
//!
//! In SSL mode `AT+QMTOPEN` connects with TLS 1.2 (feature `tls`; without it, and whenever the
//! handshake fails, it ends with `-1`). At `seclevel` 0 the server is not verified, at 1 its
//! certificate must come from the CA, at 2 the modem shows its own certificate, too.
//!
//! A client with `aliauth` whose `AT+QMTCONN` has no user name logs in as Alibaba Cloud's IoT
//! Platform documents it: `<device_name>&<product_key>`, a password signed with HMAC-SHA1, and a
//! client identifier that says so (`securemode` 2 with TLS, 3 without). The notes do not say how
//! the modules sign.
//!
//! Not simulated: `sslversion`, `ciphersuite` and `ignorelocaltime` (they are kept and shown, and
//! the validity of certificates is judged by the host's clock).
//!
//! # Where the note says nothing
//!
//! Both families:
//!
//! * On the BG95 family topics are taken to be no longer than the will topic: 255 bytes. None may
//!   be empty.
//! * A command line of more than 2048 bytes is answered with `ERROR`.
//! * Strings must be UTF-8 without control characters, but for the message of `AT+QMTPUBEX`.
//! * A CONNECT without answer ends with `+QMTCONN: c,2` and `+QMTSTAT: c,4`.
//! * A connection that is lost before CONNACK ends with `+QMTSTAT: c,1` alone.
//! * Publishes in flight end with the connection, without a result.
//! * With all five slots full, a message of QoS 1 or 2 is acknowledged only when it gets a slot,
//!   and one of QoS 0 is lost. A message takes the first free slot; all are read in the order in
//!   which they came. The slots end with the connection.
//! * PINGRESP may take `<pkt_timeout>` × (`<retry_times>` + 1); then comes `+QMTSTAT: c,2`.
//! * There are 16 PDP contexts, and at first the first one is defined. Their types are `IP`, `IPV6`
//!   and `IPV4V6`; of the parameters of `AT+CGDCONT`, `<d_comp>` and `<h_comp>` are the last and
//!   must be 0. A context that is active keeps its definition.
//! * `AT+QMTOPEN` activates the PDP context if that was not done; without registration it ends
//!   with result 3.
//! * A lost PDP context takes the connections of its clients with it.
//! * Uploaded files outlast a restart, settings of `AT+QSSLCFG` do not. Errors of files have the
//!   numbers 405 (not found), 407 (exists already) and 421 (nothing came in time).
//! * An upload that stops short ends with error 421 and leaves no file. (The file commands of the
//!   BG96, an older module, only say that data mode ends when `<timeout>` is over.)
//! * A TLS connection that is not there after 300 s has failed.
//! * The name in a server's certificate is not compared with the host name.
//! * `AT+QSSLCFG` does not look whether the file that it names exists.
//!
//! BG95 family:
//!
//! * What `AT+QIACT` and `AT+CGACT` activate comes on top of what the modem has attached with, so
//!   that the last context, too, can be deactivated.
//! * `AT+QSSLCFG` refuses `secllevel`, a misprint in an example of chapter 5.2.
//!
//! BC660K-GL:
//!
//! * It attaches with context 1, which is then active, and cannot be deactivated while there is no
//!   other (27.007, 10.1.10). Code in the field asks the module for a context 0, which this one
//!   does not have.
//! * Certificates have at most 4096 bytes, outlast a restart, and are echoed as `ATE` says.
//! * The numbers of refusals: 8503 without the connection that a command needs, 8505 and 8506 for
//!   strings, 8507 for other parameters, 8508 for a length that is out of range or not that of the
//!   message, 8600 for what comes at the wrong time: a setting behind `AT+QMTOPEN`, a publish
//!   while another is in flight. Commands that are not of MQTT are refused with `ERROR`.
//! * Data mode that ends by itself ends with an error (8600).
//! * In hexadecimal send mode the length counts bytes, of two digits each, in all three forms.
//! * A message in the command line is taken by its length, but the line still ends at CR.
//! * `+QMTDISC: c,0` leaves the client closed; no `+QMTSTAT` follows, as in chapter 6.
//! * `echomode` is 0 at first and, in data mode, counts instead of `ATE`.
//! * The sleep modes are on at first.
//!
//! # Features
//!
//! * `tls`: clients in SSL mode connect, with rustls. It needs a C compiler, so it is not a
//!   default; for the program, `cargo run -p quectel-modem-sim --features tls`.
//! * `time-driver` (default): [`clock`], a time driver for embassy-time, [`VirtualPort`] and
//!   [`ScriptedPort`].
//!   A program has one time driver: switch this off where another one is linked, such as that of
//!   `embassy-time/std`.

#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod behaviour;
pub mod broker;
#[cfg(feature = "time-driver")]
pub use quectel_host_clock as clock;
mod config;
pub mod local;
mod modem;
mod network;
#[cfg(feature = "time-driver")]
mod port;
#[cfg(feature = "time-driver")]
mod scripted;
pub mod serve;
mod tcp;

pub use self::{
    behaviour::{Behaviour, Chunk, Delays, OpenFailure, Refusal, Registration},
    config::{Config, Limits, Module},
    modem::Modem,
    network::{Link, LinkStatus, Network, Notify, OpenError},
    tcp::TcpNetwork,
};
#[cfg(feature = "time-driver")]
pub use self::{port::VirtualPort, scripted::ScriptedPort};
