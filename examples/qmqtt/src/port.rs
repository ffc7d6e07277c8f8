//! The way to a modem: a serial device, a pseudo-terminal, or a TCP socket.

use std::{
    fmt,
    io::{self, ErrorKind},
    path::PathBuf,
    str::FromStr,
    time::Duration,
};

use embedded_io_adapters::tokio_1::FromTokio;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    time::timeout,
};
use tokio_serial::SerialPortBuilderExt;

/// Where the modem is: `PATH` or `tcp:HOST:PORT`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Address {
    /// A serial device or a pseudo-terminal.
    Serial(PathBuf),
    /// A server on TCP that passes the bytes on.
    Tcp {
        /// Its name or address.
        host: String,
        /// Its port.
        port: u16,
    },
}

impl Address {
    /// Opens the way to the modem. `baud` counts for a serial device only.
    ///
    /// # Errors
    /// What the operating system says.
    pub async fn open(&self, baud: u32) -> io::Result<Port> {
        let stream: Box<dyn Stream> = match self {
            Self::Serial(path) => {
                let device = path.to_string_lossy();
                Box::new(tokio_serial::new(device, baud).open_native_async()?)
            }
            Self::Tcp { host, port } => {
                let connect = TcpStream::connect((host.as_str(), *port));
                let stream = timeout(CONNECT_TIMEOUT, connect)
                    .await
                    .map_err(|_| io::Error::from(ErrorKind::TimedOut))??;
                stream.set_nodelay(true)?;
                Box::new(stream)
            }
        };
        Ok(FromTokio::new(stream))
    }
}

impl FromStr for Address {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let Some(address) = text.strip_prefix("tcp:") else {
            return match text.is_empty() {
                true => Err(EXPECTED),
                false => Ok(Self::Serial(text.into())),
            };
        };
        let (host, port) = parse_host_and_port(address).ok_or(EXPECTED)?;
        Ok(Self::Tcp { host, port })
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Serial(path) => path.display().fmt(f),
            Self::Tcp { host, port } if host.contains(':') => write!(f, "tcp:[{host}]:{port}"),
            Self::Tcp { host, port } => write!(f, "tcp:{host}:{port}"),
        }
    }
}

/// `HOST:PORT`, where an IPv6 address stands in brackets and the port is not 0.
#[must_use]
pub fn parse_host_and_port(text: &str) -> Option<(String, u16)> {
    let (host, port) = text.rsplit_once(':')?;
    let inner = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'));
    let host = match inner {
        Some(address) => address,
        None if host.contains(':') => return None,
        None => host,
    };
    let port = port.parse().ok().filter(|port| *port != 0)?;
    (!host.is_empty()).then(|| (host.to_owned(), port))
}

/// The open way to a modem.
pub type Port = FromTokio<Box<dyn Stream>>;

/// What bytes come and go through.
pub trait Stream: AsyncRead + AsyncWrite + Unpin {}

impl<T: AsyncRead + AsyncWrite + Unpin> Stream for T {}

const EXPECTED: &str = "expected the path of a serial port, or tcp:HOST:PORT";

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

#[cfg(test)]
mod tests {
    use super::*;

    fn tcp(host: &str, port: u16) -> Address {
        let host = host.to_owned();
        Address::Tcp { host, port }
    }

    #[test]
    fn a_path_is_a_serial_port_and_tcp_is_named() {
        let serial = Address::Serial("/dev/ttyUSB2".into());
        assert_eq!("/dev/ttyUSB2".parse(), Ok(serial));
        assert_eq!("COM3".parse(), Ok(Address::Serial("COM3".into())));
        assert_eq!("tcp:localhost:5000".parse(), Ok(tcp("localhost", 5000)));
        assert_eq!("tcp:[::1]:5000".parse(), Ok(tcp("::1", 5000)));
        assert_eq!(tcp("::1", 5000).to_string(), "tcp:[::1]:5000");
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in [
            "",
            "tcp:",
            "tcp:host",
            "tcp::5000",
            "tcp:host:0",
            "tcp:host:65536",
            "tcp:host:x",
            "tcp:::1:5000",
        ] {
            assert_eq!(text.parse::<Address>(), Err(EXPECTED), "{text}");
        }
    }
}
