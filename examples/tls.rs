//! MQTT over TLS: the certificate of a CA is uploaded to the modem, which from then on trusts the
//! servers that the CA vouches for, and no others.
//!
//! `cargo run --example tls --features bg95,quectel-modem-sim/tls`

use embedded_io_async::{ErrorKind, Read, Write};
use quectel_modem_sim::{
    Config, VirtualPort,
    clock::{Virtual, block_on},
    local::LocalServer,
};
use quectel_mqtt::{
    BG95, ClientIndex, ConnectOptions, PemFile, TlsOptions,
    asynch::{Error, Modem},
    engine::Buffers,
    mqtt::{Publication, QoS},
};

/// On the chip: the certificate of the CA that has signed your server's.
pub(crate) const CA: &str = include_str!("../tests/modem-sim/tests/certificates/ca.pem");
/// Of somebody else.
pub(crate) const OTHER_CA: &str = include_str!("../tests/modem-sim/tests/certificates/other.pem");

async fn firmware<P: Read + Write>(uart: P, ca: &[u8]) -> Result<(), Error<P::Error>> {
    // What the modem borrows stands before it. Uploaded once, a file outlasts restarts: firmware
    // may name it with `PemFile::stored` from then on. To show a certificate of the device's own,
    // add `.client(…)`.
    let tls = TlsOptions::new(PemFile::upload("ca.pem", ca)?);
    let (mut rx, mut tx, mut inbox) = ([0; 128], [0; 384], [0; 512]);
    let buffers = Buffers {
        rx: &mut rx,
        tx: &mut tx,
        inbox: &mut inbox,
    };
    let mut modem = Modem::new(&BG95, uart, buffers);
    modem.initialize().await?;
    // Again after every restart of the modem, which forgets the settings.
    modem.configure_tls(&tls).await?;
    println!("The modem has the certificate, {} bytes.", ca.len());

    let options = ConnectOptions::new("broker.example", "meter-0815")?;
    let options = options.port(8883)?.tls(0)?;
    let mut client = modem.client(ClientIndex::ZERO);
    client.connect(&options).await?;
    println!("The server is the one that it says it is.");
    let reading = Publication::new("meter/0815/power", b"230 W")?.qos(QoS::AtLeastOnce);
    client.publish(&reading).await?;
    println!("It has acknowledged the reading.");
    client.disconnect().await
}

/// The host's part: a simulated modem, and a server behind TLS, in time that does not wait.
pub(crate) fn run(server: &LocalServer, ca: &str) -> Result<(), Error<ErrorKind>> {
    let _time = Virtual::start();
    let certificate = include_str!("../tests/modem-sim/tests/certificates/server.pem");
    let key = include_str!("../tests/modem-sim/tests/certificates/server.key");
    let network = server.tls_network(certificate, key, None);
    let uart = VirtualPort::new(Config::default(), network);
    block_on(firmware(uart, ca.as_bytes()))
}

fn main() -> Result<(), Error<ErrorKind>> {
    let server = LocalServer::new();
    println!("With the CA of the server:");
    run(&server, CA)?;
    println!("With the CA of somebody else:");
    match run(&server, OTHER_CA) {
        Ok(()) => println!("It trusts the server all the same, which must not be."),
        // The modem does not say why: a refused certificate looks like a server that can't be
        // reached.
        Err(error) => println!("{error}"),
    }
    Ok(())
}
