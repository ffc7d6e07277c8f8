use super::*;

fn parse(arguments: &str) -> Result<Cli, clap::Error> {
    Cli::checked(["qmqtt"].into_iter().chain(arguments.split_whitespace()))
}

fn error(arguments: &str) -> clap::Error {
    match parse(arguments) {
        Ok(cli) => panic!("{arguments}: {cli:?}"),
        Err(error) => error,
    }
}

#[test]
fn the_definition_is_consistent() {
    use clap::CommandFactory;
    Cli::command().debug_assert();
}

#[test]
fn the_defaults_are_those_of_the_help() {
    let connection = parse("--port /dev/x -h host pub -t a -n")
        .unwrap()
        .connection;
    assert_eq!(connection.baud, 115_200);
    assert_eq!(connection.client, 0);
    assert_eq!(connection.server_port, None);
    assert!(!connection.tls.is_wanted() && !connection.no_wait);
    assert_eq!(connection.module, Module::Bg95);
    assert!(!connection.keep_session && !connection.trace);
}

#[test]
fn a_client_identifier_is_random_and_short_unless_given() {
    let id = |arguments: &str| parse(arguments).unwrap().connection.id.unwrap();
    let one = id("--port x -h host pub -t a -n");
    assert!(one.starts_with("qmqtt-") && one.len() <= 23, "{one}");
    assert_ne!(one, id("--port x -h host pub -t a -n"));
    assert_eq!(id("--port x -h host -i me pub -t a -n"), "me");
}

#[test]
fn values_at_their_bounds_are_accepted_and_those_beyond_end_with_status_2() {
    for (good, bad) in [
        ("-k 3600", "-k 3601"),
        ("-k 0", "-k -1"),
        ("--client 5", "--client 6"),
        ("-p 65535", "-p 65536"),
        ("-p 1", "-p 0"),
        ("--will-topic w --will-qos 2", "--will-topic w --will-qos 3"),
        ("--baud 300", "--baud 0"),
        ("--module bg600l", "--module bg96"),
        ("--receive direct", "--receive later"),
        ("--will-topic w --will-retain", "--will-retain"),
        ("--will-topic w --will-payload p", "--will-payload p"),
        ("-u user -P secret", "-P secret"),
        ("--module bc660k --data-format hex", "--data-format base64"),
        ("--cafile f --cert f --key f", "--cafile f --cert f"),
        (
            "--cafile f --tls-version any",
            "--cafile f --tls-version tlsv1.4",
        ),
        ("--cafile f", "--cert f --key f"),
        ("--insecure", "--insecure --cafile f"),
        ("--network-timeout 1", "--network-timeout 0"),
        ("--no-wait", "--no-wait --network-timeout 1"),
    ] {
        let line = |option| format!("--port x -h host {option} pub -t a -q 2 -n");
        assert!(parse(&line(good)).is_ok(), "{good}");
        assert_eq!(error(&line(bad)).exit_code(), 2, "{bad}");
    }
    for bad in [
        "",
        "--port x -h host",
        "-h host pub -t a -n",
        "--port x pub -t a -n",
        "--port x sub -t a",
        "--port x -h host pub -n",
        "--port x -h host pub -t a",
        "--port x -h host pub -t a -n -l",
        "--port x -h host pub -t a -n -q 3",
        "--port x -h host sub",
        "--port x -h host sub -t a -q 3",
        "--port x -h host sub -t a -C 0",
        "--port x -h host sub -t a -W 0",
        "--port x -h host sub -t a -p 1884",
        "--port tcp:host -h host sub -t a",
        "--port x at",
    ] {
        assert_eq!(error(bad).exit_code(), 2, "{bad}");
    }
}

#[test]
fn h_is_the_host_and_help_is_long() {
    for arguments in ["--help", "pub --help", "--port x -h host sub --help"] {
        assert_eq!(error(arguments).exit_code(), 0, "{arguments}");
    }
    let cli = parse("--port x -h host at AT").unwrap();
    assert_eq!(cli.connection.host.as_deref(), Some("host"));
}

#[test]
fn a_message_may_begin_with_a_hyphen() {
    let cli = parse("--port x -h host pub -t -a -m -5").unwrap();
    let Command::Pub(publish) = cli.command else {
        panic!("not a pub");
    };
    assert_eq!(publish.topic, "-a");
    assert_eq!(publish.payload.message, Some("-5".into()));
}

#[test]
fn what_could_break_out_of_a_string_is_refused() {
    for option in ["-i", "-u", "-P", "--will-topic", "--will-payload"] {
        for byte in ["\"", "\r", "\n", "\0", "\x1A", "\x1B"] {
            let value = format!("a{byte}b");
            let mut arguments = vec!["qmqtt", "--port", "x", "-h", "host"];
            if option == "-P" {
                arguments.extend(["-u", "user"]);
            }
            if option == "--will-payload" {
                arguments.extend(["--will-topic", "will"]);
            }
            arguments.extend([option, &value, "pub", "-t", "a", "-n"]);
            let cli = Cli::checked(arguments).unwrap();
            let message = cli.connection.options().unwrap_err().to_string();
            assert!(message.starts_with("connect: "), "{message}");
            assert!(!message.contains(&value), "{message}");
        }
    }
}

#[test]
fn the_port_of_tls_is_another() {
    for (options, port) in [
        ("", "port: 1883"),
        ("--insecure", "port: 8883"),
        ("--cafile f", "port: 8883"),
        ("--insecure -p 1884", "port: 1884"),
    ] {
        let cli = parse(&format!("--port x -h host {options} pub -t a -n")).unwrap();
        let shown = format!("{:?}", cli.connection.options().unwrap());
        assert!(shown.contains(port), "{options}: {shown}");
    }
}
