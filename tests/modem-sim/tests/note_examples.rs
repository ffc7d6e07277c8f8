//! The dialogues that the application notes print as examples (BG95 chapter 5, BC660K-GL
//! chapter 6), replayed command by command.
//!
//! Where a note cannot be taken at its word, a comment says so. Everywhere:
//!
//! * The notes print `>` where the modem sends `> ` on a line of its own.
//! * Packet identifiers of messages from the server are the server's: 1023 and 2 in the notes.
//! * Spaces inside names (`AT+QMT PUB`, `things/ MQTT-1`) are the typesetter's.

mod support;
#[cfg(feature = "tls")]
mod tls_network;

use quectel_modem_sim::local::Message;
use support::Bench;

/// BG95, 5.1.
#[test]
fn the_bg95_without_ssl() {
    for server_closes in [true, false] {
        let mut bench = Bench::quiet();
        for (command, answer) in [
            (
                "AT+QMTCFG=\"aliauth\",0,\"oyjtmPI5a5j\",\"MQTT_TEST\",\
                 \"wN9Y6pZSIly7Exa5qVzcmigEGO4kAazZ\"",
                "\r\nOK\r\n",
            ),
            (
                "AT+QMTOPEN=?",
                "\r\n+QMTOPEN: (0-5),<host_name>,(0-65535)\r\n\r\nOK\r\n",
            ),
            (
                "AT+QMTOPEN=0,\"iot-as-mqtt.cn-shanghai.aliyuncs.com\",1883",
                "\r\nOK\r\n\r\n+QMTOPEN: 0,0\r\n",
            ),
            (
                "AT+QMTOPEN?",
                "\r\n+QMTOPEN: 0,\"iot-as-mqtt.cn-shanghai.aliyuncs.com\",1883\r\n\r\nOK\r\n",
            ),
            (
                "AT+QMTCONN=?",
                "\r\n+QMTCONN: (0-5),<clientID>,<username>,<password>\r\n\r\nOK\r\n",
            ),
            (
                "AT+QMTCONN=0,\"clientExample\"",
                "\r\nOK\r\n\r\n+QMTCONN: 0,0,0\r\n",
            ),
            (
                "AT+QMTSUB=?",
                "\r\n+QMTSUB: (0-5),(1-65535),<topic>,(0-2)\r\n\r\nOK\r\n",
            ),
            (
                "AT+QMTSUB=0,1,\"topic/example\",2",
                "\r\nOK\r\n\r\n+QMTSUB: 0,1,0,2\r\n",
            ),
            (
                "AT+QMTSUB=0,1,\"topic/pub\",0",
                "\r\nOK\r\n\r\n+QMTSUB: 0,1,0,0\r\n",
            ),
        ] {
            bench.expect(command, answer);
        }
        bench.server.publish(Message::new(
            "topic/example",
            "This is the payload related to topic",
            0,
        ));
        assert_eq!(
            bench.wait_secs(0),
            "\r\n+QMTRECV: 0,0,\"topic/example\",\"This is the payload related to topic\"\r\n"
        );
        // The note answers with packet identifier 2, a slip.
        bench.expect(
            "AT+QMTUNS=0,1,\"topic/example\"",
            "\r\nOK\r\n\r\n+QMTUNS: 0,1,0\r\n",
        );
        // The note prints a space before the colon.
        bench.expect(
            "AT+QMTPUB=?",
            "\r\n+QMTPUB: (0-5),(0-65535),(0-2),(0,1),<topic>,(1-4096)\r\n\r\nOK\r\n",
        );
        bench.expect("AT+QMTPUB=0,0,0,0,\"topic/pub\"", "\r\n> ");
        assert_eq!(
            bench.type_in("This is test data, hello MQTT.\x1A"),
            "\r\nOK\r\n\r\n+QMTPUB: 0,0,0\r\n\
             \r\n+QMTRECV: 0,0,\"topic/pub\",\"This is test data, hello MQTT.\"\r\n"
        );
        // "If +QMTSTAT: 0,5 is not reported, please use AT+QMTCLOSE": the note shows both.
        if server_closes {
            bench.expect(
                "AT+QMTDISC=0",
                "\r\nOK\r\n\r\n+QMTDISC: 0,0\r\n\r\n+QMTSTAT: 0,5\r\n",
            );
            bench.error("AT+QMTCLOSE=0");
        } else {
            bench.server.pause();
            bench.expect("AT+QMTDISC=0", "\r\nOK\r\n\r\n+QMTDISC: 0,0\r\n");
            bench.expect("AT+QMTCLOSE=0", "\r\nOK\r\n\r\n+QMTCLOSE: 0,0\r\n");
        }
    }
}

/// BG95, 5.2, as far as it needs no server.
#[test]
fn the_bg95_gets_its_certificates() {
    let mut bench = Bench::quiet();
    bench.ok("AT+QMTCFG=\"ssl\",0,1,2");
    for (name, size, checksum) in [
        ("cacert.pem", 1758, "384a"),
        ("client.pem", 1220, "2d53"),
        ("user_key.pem", 1679, "335f"),
    ] {
        bench.expect(
            &format!("AT+QFUPL=\"{name}\",{size},100"),
            "\r\nCONNECT\r\n",
        );
        // Of the note's files nothing is known but size and checksum.
        let mut file = vec![0; size];
        for (byte, digits) in file.iter_mut().zip([&checksum[..2], &checksum[2..]]) {
            *byte = u8::from_str_radix(digits, 16).unwrap();
        }
        assert_eq!(
            support::show(&bench.send(&file)),
            format!("\r\n+QFUPL: {size},{checksum}\r\n\r\nOK\r\n")
        );
    }
    bench.ok("AT+QSSLCFG=\"cacert\",2,\"cacert.pem\"");
    bench.ok("AT+QSSLCFG=\"clientcert\",2,\"client.pem\"");
    bench.ok("AT+QSSLCFG=\"clientkey\",2,\"user_key.pem\"");
    // A misprint, and in this example alone: the BC660K-GL's note spells the key `seclevel`, as
    // code in the field does. Who copies it is to learn of it here and not from a module.
    bench.error("AT+QSSLCFG=\"secllevel\",2,2");
    bench.ok("AT+QSSLCFG=\"seclevel\",2,2");
    bench.ok("AT+QSSLCFG=\"sslversion\",2,4");
    bench.ok("AT+QSSLCFG=\"ciphersuite\",2,0XFFFF");
    bench.ok("AT+QSSLCFG=\"ignorelocaltime\",2,1");
}

/// BC660K-GL, 6.1.
#[test]
fn the_bc660k_without_ssl() {
    let mut bench = Bench::bc660k();
    for (command, answer) in [
        ("AT+QSCLK=0", "\r\nOK\r\n"),
        (
            "AT+QMTCFG=\"aliauth\",0,\"oyjtmPl5a5j\",\"MQTT_TEST\",\
             \"wN9Y6pZSIIy7Exa5qVzcmigEGO4kAazZ\"",
            "\r\nOK\r\n",
        ),
        (
            "AT+QMTOPEN=0,\"oyjtmPl5a5j.iot-as-mqtt.cn-shanghai.aliyuncs.com\",1883",
            "\r\nOK\r\n\r\n+QMTOPEN: 0,0\r\n",
        ),
        (
            "AT+QMTOPEN?",
            "\r\n+QMTOPEN: 0,\"oyjtmPl5a5j.iot-as-mqtt.cn-shanghai.aliyuncs.com\",1883\r\n\
             \r\nOK\r\n",
        ),
        (
            "AT+QMTCONN=?",
            "\r\n+QMTCONN: (0-4),<clientID>,<username>,<password>\r\n\r\nOK\r\n",
        ),
        (
            "AT+QMTCONN=0,\"clientExample\"",
            "\r\nOK\r\n\r\n+QMTCONN: 0,0,0\r\n",
        ),
        // The note prints one character in place of the three dots.
        (
            "AT+QMTSUB=?",
            "\r\n+QMTSUB: (0-4),(1-65535),<topic>,(0-2),<topic>,(0-2),...\r\n\r\nOK\r\n",
        ),
        (
            "AT+QMTSUB=0,1,\" /oyjtmPl5a5j/S2fXbFBKh4NSwwyIjSC4/user/get\",1",
            "\r\nOK\r\n\r\n+QMTSUB: 0,1,0,1\r\n",
        ),
        (
            "AT+QMTSUB=0,1,\" /oyjtmPl5a5j/S2fXbFBKh4NSwwyIjSC4/user/update\",1",
            "\r\nOK\r\n\r\n+QMTSUB: 0,1,0,1\r\n",
        ),
    ] {
        bench.expect(command, answer);
    }
    bench.server.publish(Message::new(
        " /oyjtmPl5a5j/S2fXbFBKh4NSwwyIjSC4/user/get",
        "This is the payload related to topic",
        1,
    ));
    assert_eq!(
        bench.wait_secs(0),
        "\r\n+QMTRECV: 0,1,\" /oyjtmPl5a5j/S2fXbFBKh4NSwwyIjSC4/user/get\",\
         \"This is the payload related to topic\"\r\n"
    );
    for (command, answer) in [
        (
            "AT+QMTUNS=0,2,\" /oyjtmPl5a5j/S2fXbFBKh4NSwwyIjSC4/user/get\"",
            "\r\nOK\r\n\r\n+QMTUNS: 0,2,0\r\n",
        ),
        (
            "AT+QMTPUB=?",
            "\r\n+QMTPUB : (0-4),(0-65535),(0-2),(0,1),<topic>,(0-1460),<msg>\r\n\r\nOK\r\n",
        ),
        (
            "AT+QMTPUB=0,0,0,0,\" /oyjtmPl5a5j/S2fXbFBKh4NSwwyIjSC4/user/update\"",
            "\r\n> ",
        ),
    ] {
        bench.expect(command, answer);
    }
    // The topic of the note's last message has lost its first space.
    assert_eq!(
        bench.type_in("This is test data, hello MQTT.\x1A"),
        "\r\nOK\r\n\r\n+QMTPUB: 0,0,0\r\n\
         \r\n+QMTRECV: 0,0,\" /oyjtmPl5a5j/S2fXbFBKh4NSwwyIjSC4/user/update\",\
         \"This is test data, hello MQTT.\"\r\n"
    );
    bench.expect("AT+QMTDISC=0", "\r\nOK\r\n\r\n+QMTDISC: 0,0\r\n");
    bench.ok("AT+QSCLK=1");
}

/// BC660K-GL, 6.2, as far as it needs no server.
#[test]
fn the_bc660k_gets_its_certificates() {
    let mut bench = Bench::bc660k();
    bench.ok("AT+QSCLK=0");
    bench.ok("AT+QSSLCFG=0,0,\"seclevel\",2");
    for (key, size) in [("cacert", 1282), ("clientcert", 1216), ("clientkey", 1679)] {
        bench.expect(&format!("AT+QSSLCFG=0,0,\"{key}\""), "\r\n> ");
        assert_eq!(
            bench.type_in(&format!("{}\x1A", "x".repeat(size))),
            format!("\r\n+QSSLCFG: 0,0,\"{key}\",{size}\r\n\r\nOK\r\n")
        );
    }
    bench.ok("AT+QSCLK=1");
    bench.ok("AT+QMTCFG=\"ssl\",3,1,0,0");
    bench.ok("AT+QMTCFG=\"version\",3,1");
}

/// The rest of both, with certificates that a server takes.
#[cfg(feature = "tls")]
mod with_ssl {
    use std::time::Duration;

    use quectel_modem_sim::{
        Config, Modem, Module,
        local::{LocalServer, Message},
    };

    use super::{support::Bench, tls_network::tls_network};

    const FILES: [&str; 3] = [
        include_str!("certificates/ca.pem"),
        include_str!("certificates/client.pem"),
        include_str!("certificates/client.key"),
    ];

    fn bench(module: Module) -> Bench {
        let server = LocalServer::new();
        let network = tls_network(&server, true);
        let config = Config {
            module,
            ..Config::default()
        };
        let mut bench = Bench {
            modem: Modem::new(config, Box::new(network)),
            server,
            now: Duration::ZERO,
        };
        bench.type_in("ATE0\r");
        bench
    }

    /// BG95, 5.2.
    #[test]
    fn the_bg95_publishes() {
        let mut bench = bench(Module::Bg95);
        bench.ok("AT+QMTCFG=\"ssl\",0,1,2");
        for (file, (name, key)) in FILES.into_iter().zip([
            ("cacert.pem", "cacert"),
            ("client.pem", "clientcert"),
            ("user_key.pem", "clientkey"),
        ]) {
            let upload = format!("AT+QFUPL=\"{name}\",{},100", file.len());
            bench.expect(&upload, "\r\nCONNECT\r\n");
            bench.type_in(file);
            bench.ok(&format!("AT+QSSLCFG=\"{key}\",2,\"{name}\""));
        }
        bench.ok("AT+QSSLCFG=\"seclevel\",2,2");
        for (command, answer) in [
            (
                "AT+QMTOPEN=0,\"a1zgnxur10j8ux.iot.us-east-1.amazonaws.com\",8883",
                "\r\nOK\r\n\r\n+QMTOPEN: 0,0\r\n",
            ),
            (
                "AT+QMTCONN=0,\"MQTT-1\"",
                "\r\nOK\r\n\r\n+QMTCONN: 0,0,0\r\n",
            ),
            (
                "AT+QMTSUB=0,1,\"$aws/things/MQTT-1/shadow/update/accepted\",1",
                "\r\nOK\r\n\r\n+QMTSUB: 0,1,0,1\r\n",
            ),
            (
                "AT+QMTPUB=0,1,1,0,\"$aws/things/MQTT-1/shadow/update/accepted\"",
                "\r\n> ",
            ),
        ] {
            bench.expect(command, answer);
        }
        // The server in memory delivers before it acknowledges.
        assert_eq!(
            bench.type_in("This is publish data from client\x1A"),
            "\r\nOK\r\n\
             \r\n+QMTRECV: 0,1,\"$aws/things/MQTT-1/shadow/update/accepted\",\
             \"This is publish data from client\"\r\n\
             \r\n+QMTPUB: 0,1,0\r\n"
        );
        bench.expect(
            "AT+QMTDISC=0",
            "\r\nOK\r\n\r\n+QMTDISC: 0,0\r\n\r\n+QMTSTAT: 0,5\r\n",
        );
    }

    /// BC660K-GL, 6.2.
    #[test]
    fn the_bc660k_publishes() {
        let mut bench = bench(Module::Bc660k);
        bench.ok("AT+QSSLCFG=0,0,\"seclevel\",2");
        for (file, key) in FILES.into_iter().zip(["cacert", "clientcert", "clientkey"]) {
            bench.expect(&format!("AT+QSSLCFG=0,0,\"{key}\""), "\r\n> ");
            bench.type_in(&format!("{file}\x1A"));
        }
        for (command, answer) in [
            ("AT+QMTCFG=\"ssl\",3,1,0,0", "\r\nOK\r\n"),
            ("AT+QMTCFG=\"version\",3,1", "\r\nOK\r\n"),
            (
                "AT+QMTOPEN=3,\"quectel-iot-hub.azure-devices.net\",8883",
                "\r\nOK\r\n\r\n+QMTOPEN: 3,0\r\n",
            ),
            (
                "AT+QMTCONN=3,\"quectel-device-x509self\",\
                 \"quectel-iot-hub.azure-devices.net/quectel-device-x509self\"",
                "\r\nOK\r\n\r\n+QMTCONN: 3,0,0\r\n",
            ),
            (
                "AT+QMTSUB=3,1,\"devices/quectel-device-x509self/messages/devicebound/#\",1",
                "\r\nOK\r\n\r\n+QMTSUB: 3,1,0,1\r\n",
            ),
        ] {
            bench.expect(command, answer);
        }
        let topic = "devices/quectel-device-x509self/messages/devicebound/%24.mid=419cfb05-7053\
                     -4c7a-ba6a-68eb2c5077d6&%24.to=%2Fdevices%2Fquectel-device-x509self\
                     %2Fmessages%2FdeviceBound&iothub-ack=full";
        bench.server.publish(Message::new(topic, "hi quectel", 1));
        assert_eq!(
            bench.wait_secs(0),
            format!("\r\n+QMTRECV: 3,1,\"{topic}\",\"hi quectel\"\r\n")
        );
        let publish = "AT+QMTPUB=3,0,0,0,\"devices/quectel-device-x509self/messages/events/\"";
        let result = "\r\nOK\r\n\r\n+QMTPUB: 3,0,0\r\n";
        bench.expect(
            &format!("{publish},17,\"{{\"a\":\"1\",\"b\":\"2\"}}\""),
            result,
        );
        bench.expect(publish, "\r\n> ");
        assert_eq!(bench.type_in("hello azure iot hub\x1A"), result);
        let payloads: Vec<Vec<u8>> = bench
            .server
            .messages()
            .into_iter()
            .map(|message| message.payload)
            .collect();
        assert_eq!(
            payloads,
            [&b"{\"a\":\"1\",\"b\":\"2\"}"[..], b"hello azure iot hub"]
        );
        bench.expect("AT+QMTDISC=3", "\r\nOK\r\n\r\n+QMTDISC: 3,0\r\n");
    }
}
