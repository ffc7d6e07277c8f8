//! A listener before rumqttd that lets MQTT 3.1 clients in.
//!
//! MQTT 3.1 and 3.1.1 differ in the first bytes of CONNECT and hardly anywhere else. rumqttd
//! knows 3.1.1 only, so those bytes are exchanged; all else is passed on as it is.

use std::{
    io::{self, Read, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    thread,
};

/// Passes all connections on, for as long as the process lives.
pub(super) fn serve(listener: &TcpListener, server: SocketAddr) {
    for client in listener.incoming().flatten() {
        let spawned = thread::Builder::new()
            .name("broker-link".into())
            .spawn(move || {
                // A connection that fails is closed: that is all its client needs to know.
                let _ = pass_on(&client, server);
                let _ = client.shutdown(Shutdown::Both);
            });
        // Without a thread the connection is closed as well, by being dropped.
        drop(spawned);
    }
}

fn pass_on(mut client: &TcpStream, address: SocketAddr) -> io::Result<()> {
    let mut server = TcpStream::connect(address)?;
    server.set_nodelay(true)?;
    client.set_nodelay(true)?;
    let (mut from_server, mut to_client) = (server.try_clone()?, client.try_clone()?);
    thread::Builder::new()
        .name("broker-reply".into())
        .spawn(move || {
            let _ = io::copy(&mut from_server, &mut to_client);
            // The server has closed, which ends the other direction, too.
            let _ = to_client.shutdown(Shutdown::Both);
        })?;
    let passed = connect_packet(client)
        .and_then(|packet| server.write_all(&packet))
        .and_then(|()| io::copy(&mut client, &mut server));
    let _ = server.shutdown(Shutdown::Both);
    passed.map(drop)
}

/// Reads the first packet; where it is CONNECT of MQTT 3.1, it becomes one of 3.1.1.
fn connect_packet(mut client: &TcpStream) -> io::Result<Vec<u8>> {
    let mut header = vec![0; 2];
    client.read_exact(&mut header)?;
    while header.last().is_some_and(|byte| byte & 0x80 != 0) {
        if header.len() > 4 {
            return Err(io::ErrorKind::InvalidData.into());
        }
        let mut byte = [0];
        client.read_exact(&mut byte)?;
        header.push(byte[0]);
    }
    let length = header[1..]
        .iter()
        .rev()
        .fold(0_u64, |sum, byte| sum * 128 + u64::from(byte & 0x7F));
    let mut body = Vec::new();
    // Not more than CONNECT can hold, whatever the length says.
    client
        .take(length.min(CONNECT_MAX))
        .read_to_end(&mut body)?;
    Ok(match body.strip_prefix(MQTT_3_1) {
        Some(rest) if header[0] == 0x10 => packet(&[MQTT_3_1_1, rest].concat()),
        _ => [header, body].concat(),
    })
}

/// Puts the header of CONNECT before its body.
fn packet(body: &[u8]) -> Vec<u8> {
    let mut packet = vec![0x10];
    let mut length = body.len();
    while length > 0x7F {
        packet.push(0x80 | (length & 0x7F) as u8);
        length >>= 7;
    }
    packet.push(length as u8);
    packet.extend_from_slice(body);
    packet
}

/// Protocol name and level.
const MQTT_3_1: &[u8] = b"\x00\x06MQIsdp\x03";
const MQTT_3_1_1: &[u8] = b"\x00\x04MQTT\x04";

/// Five fields of 64 KiB, and the rest.
const CONNECT_MAX: u64 = 5 * 65_537 + 16;
