//! The modem in real time: on TCP, on a pseudo-terminal, in a pipe, and as a program.

mod program;

use std::{
    fs::{File, OpenOptions},
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    process::Command,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use program::{Program, dial, talk};
use quectel_modem_sim::{
    Chunk, Config, clock,
    local::{LocalServer, Message},
    serve::{self, Setup},
};

fn setup() -> Setup {
    Setup::new(Config::default(), LocalServer::new().network())
}

#[test]
fn over_tcp_the_modem_outlives_its_host() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (address, guard) = serve::spawn_tcp(setup(), listener).unwrap();
    let mut host = dial(address);
    assert_eq!(talk(&mut host, "ATE0\r", "OK\r\n"), "ATE0\r\r\nOK\r\n");
    drop(host);
    let mut host = dial(address);
    assert_eq!(talk(&mut host, "AT\r", "OK\r\n"), "\r\nOK\r\n");
    guard.with_modem(|modem, now| modem.restart(now)).unwrap();
    assert_eq!(
        talk(&mut host, "", "APP RDY\r\n"),
        "\r\nRDY\r\n\r\nAPP RDY\r\n"
    );
    drop(guard);
    assert!(TcpStream::connect(address).is_err());
}

#[test]
fn a_flood_of_messages_reaches_a_slow_host_in_full() {
    let server = LocalServer::new();
    let setup = Setup::new(Config::default(), server.network());
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (address, _guard) = serve::spawn_tcp(setup, listener).unwrap();
    let mut host = dial(address);
    talk(&mut host, "AT+QMTOPEN=0,\"h\",1\r", "+QMTOPEN: 0,0\r\n");
    talk(&mut host, "AT+QMTCONN=0,\"id\"\r", "+QMTCONN: 0,0,0\r\n");
    talk(&mut host, "AT+QMTSUB=0,1,\"t\",0\r", "+QMTSUB: 0,1,0,0\r\n");
    for _ in 0..500 {
        server.publish(Message::new("t", vec![b'x'; 10_000], 0));
    }
    server.publish(Message::new("t", "last", 0));
    let mut host = BufReader::new(host);
    let (mut line, mut messages) = (String::new(), 0);
    while !line.contains("last") {
        line.clear();
        host.read_line(&mut line).unwrap();
        messages += usize::from(line.starts_with("+QMTRECV"));
    }
    assert_eq!(messages, 501);
}

#[test]
fn on_a_pseudo_terminal_every_byte_goes_through() {
    let link = std::env::temp_dir().join(format!("modem-sim-test-{}", std::process::id()));
    let (device, guard) = serve::spawn_pty(setup(), Some(&link)).unwrap();
    let open = |path| -> File {
        OpenOptions::new()
            .read(true)
            .write(true)
            .open(path)
            .unwrap()
    };
    let mut host = open(&link);
    assert_eq!(talk(&mut host, "ATE0\r", "OK\r\n"), "ATE0\r\r\nOK\r\n");
    drop(host);
    // Opened again by its other name, the modem is as it was.
    let mut host = open(&device);
    let open = "AT+QMTOPEN=0,\"h\",1883\r";
    talk(&mut host, open, "+QMTOPEN: 0,0\r\n");
    talk(&mut host, "AT+QMTCONN=0,\"id\"\r", "+QMTCONN: 0,0,0\r\n");
    talk(&mut host, "AT+QMTSUB=0,1,\"t\",0\r", "+QMTSUB: 0,1,0,0\r\n");
    talk(&mut host, "AT+QMTPUB=0,1,0,0,\"t\",256\r", "\r\n> ");
    let payload: Vec<u8> = (0..=255).collect();
    host.write_all(&payload).unwrap();
    let mut expected = b"\r\nOK\r\n\r\n+QMTPUB: 0,1,0\r\n\r\n+QMTRECV: 0,0,\"t\",\"".to_vec();
    expected.extend_from_slice(&payload);
    expected.extend_from_slice(b"\"\r\n");
    let mut seen = vec![0; expected.len()];
    host.read_exact(&mut seen).unwrap();
    assert_eq!(seen, expected);
    drop(guard);
    assert!(!link.exists());
}

#[test]
fn a_pipe_needs_no_device() {
    use embedded_io_async::{Read, Write};

    let mut config = Config::default();
    config.behaviour.chunk = Chunk::AtMost(1);
    let setup = Setup::new(config, LocalServer::new().network());
    let (mut host, guard) = serve::spawn_pipe(setup).unwrap();
    let seen = clock::block_on(async {
        host.write(b"AT\r").await.unwrap();
        let mut seen = Vec::new();
        while !seen.ends_with(b"OK\r\n") {
            let mut buffer = [0; 16];
            assert_eq!(host.read(&mut buffer).await, Ok(1));
            seen.push(buffer[0]);
        }
        seen
    });
    assert_eq!(seen, b"AT\r\r\nOK\r\n");
    drop(guard);
    let mut buffer = [0; 16];
    assert_eq!(clock::block_on(host.read(&mut buffer)), Ok(0));
}

#[test]
fn the_trace_shows_lines_without_secrets() {
    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);
    impl Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    let lines = Lines::default();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let setup = setup().trace(lines.clone());
    let (address, guard) = serve::spawn_tcp(setup, listener).unwrap();
    let mut host = dial(address);
    talk(&mut host, "ATE0\r", "OK\r\n");
    talk(&mut host, "AT+QMTOPEN=0,\"h\",1\r", "+QMTOPEN: 0,0\r\n");
    let connect = "AT+QMTCONN=0,\"id\",\"me\",\"secret\"\r";
    talk(&mut host, connect, "+QMTCONN: 0,0,0\r\n");
    talk(&mut host, "AT+QMTPUB=0,1,1,0,\"t\",2\r", "> ");
    talk(&mut host, "x\r", "+QMTPUB: 0,1,0\r\n");
    drop(guard);
    let shown = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    assert_eq!(
        shown,
        "-> ATE0\n<- ATE0\n<- OK\n\
         -> AT+QMTOPEN=0,\"h\",1\n<- OK\n<- +QMTOPEN: 0,0\n\
         -> AT+QMTCONN=0,\"id\",\"me\",\"***\"\n<- OK\n<- +QMTCONN: 0,0,0\n\
         -> AT+QMTPUB=0,1,1,0,\"t\",2\n<- > \n\
         -> x\\r\n<- OK\n<- +QMTPUB: 0,1,0\n"
    );
}

#[test]
fn the_program_connects_to_its_own_server() {
    let (mut program, facts) = Program::start(&["--listen", "tcp:127.0.0.1:0"]);
    let address = facts[0].strip_prefix("modem: bg95 on tcp ").unwrap();
    assert!(facts[1].starts_with("server: 127.0.0.1:"), "{facts:?}");
    assert!(facts[1].ends_with(" (embedded)"), "{facts:?}");
    let mut host = dial(address);
    let open = "AT+QMTOPEN=0,\"broker.example\",1883\r";
    talk(&mut host, open, "+QMTOPEN: 0,0\r\n");
    talk(&mut host, "AT+QMTCONN=0,\"id\"\r", "+QMTCONN: 0,0,0\r\n");
    assert_eq!(program.terminate(), Some(0));
}

#[test]
fn the_program_makes_a_link_and_removes_it() {
    let link = std::env::temp_dir().join(format!("modem-sim-link-{}", std::process::id()));
    let listen = format!("pty:{}", link.display());
    let (mut program, facts) = Program::start(&[
        "--module",
        "bg77",
        "--listen",
        &listen,
        "--broker",
        "server.invalid:1884",
        "--chunk",
        "1",
        "--keep-echo",
    ]);
    assert!(
        facts[0].starts_with("modem: bg77 on pty /dev/"),
        "{facts:?}"
    );
    let tail = format!(" (link {})", link.display());
    assert!(facts[0].ends_with(&tail), "{facts:?}");
    assert_eq!(facts[1], "server: server.invalid:1884");
    assert!(link.is_symlink());
    assert_eq!(program.terminate(), Some(0));
    assert!(!link.is_symlink());
}

#[test]
fn the_program_keeps_to_the_speed_of_the_line() {
    let (_program, facts) = Program::start(&["--listen", "tcp:127.0.0.1:0", "--baud", "1200"]);
    let mut host = dial(facts[0].strip_prefix("modem: bg95 on tcp ").unwrap());
    let start = Instant::now();
    assert_eq!(talk(&mut host, "AT\r", "OK\r\n"), "AT\r\r\nOK\r\n");
    // Three bytes there and, since the echo begins meanwhile, seven more back.
    assert!(start.elapsed() >= Duration::from_millis(10 * 10_000 / 1_200));
}

#[test]
fn the_help_says_whether_there_is_tls() {
    let help = Command::new(env!("CARGO_BIN_EXE_modem-sim"))
        .arg("--help")
        .output()
        .unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    let expected = match cfg!(feature = "tls") {
        true => "This program was built with TLS",
        false => "This program was built without TLS",
    };
    assert!(help.contains(expected), "{help}");
}

#[test]
fn usage_errors_are_2_and_failures_1() {
    let run = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_modem-sim"))
            .args(arguments)
            .output()
            .unwrap();
        (output.status.code(), output.stdout, output.stderr)
    };
    for arguments in [
        &["--module", "bg96"][..],
        &["--listen", "serial"],
        &["--listen", "tcp:1883"],
        &["--broker", "host"],
        &["--chunk", "0"],
        &["--baud", "0"],
        &["--unknown"],
    ] {
        assert_eq!(run(arguments).0, Some(2), "{arguments:?}");
    }
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let listen = format!("tcp:{}", taken.local_addr().unwrap());
    let (code, out, error) = run(&["--listen", &listen, "--broker", "h:1"]);
    assert_eq!(code, Some(1));
    assert!(out.is_empty());
    let error = String::from_utf8(error).unwrap();
    assert_eq!(error.lines().count(), 1, "{error}");
}
