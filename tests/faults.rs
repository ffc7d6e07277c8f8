//! The async shell against what real modems do: each misbehaviour of the simulated modem alone, and
//! restarts and lost links at every moment. Afterwards, all must work again.

#![cfg(all(feature = "bg95", feature = "bc660k"))]

mod support;

use std::time::Duration;

use quectel_modem_sim::{
    Behaviour, Config, OpenFailure, Refusal, VirtualPort,
    clock::{Virtual, block_on},
    local::LocalServer,
};
use quectel_mqtt::{
    BG95, Cause, ClientIndex, Command, Error, OpenResult, UsageError,
    asynch::Modem,
    mqtt::{ConnectReturnCode, Publication, QoS, TopicFilter},
};
use support::simulated::{Memory, modem_and_server, options};

const CLIENT: ClientIndex = ClientIndex::ZERO;

type Driver<'buf> = Modem<'buf, VirtualPort>;

/// Plays `scene` with a new modem, server and driver, in virtual time.
fn play(behaviour: Behaviour, scene: impl AsyncFn(&mut Driver<'_>, &VirtualPort, &LocalServer)) {
    let _time = Virtual::start();
    let config = Config {
        behaviour,
        ..Config::default()
    };
    let (port, server) = modem_and_server(config);
    block_on(async {
        let mut memory = Memory::new();
        let mut modem = Modem::new(&BG95, port.clone(), memory.buffers());
        scene(&mut modem, &port, &server).await;
    });
}

/// Connects if need be, publishes, and requires that the server gets it, whole and once.
async fn assert_works(modem: &mut Driver<'_>, server: &LocalServer) {
    let mut client = modem.client(CLIENT);
    match client.connect(&options()).await {
        Ok(()) | Err(Error::Usage(UsageError::AlreadyConnected)) => {}
        Err(error) => panic!("{error}"),
    }
    let before = server.messages().len();
    let message = Publication::new("works", b"again").unwrap();
    client
        .publish(&message.qos(QoS::AtLeastOnce))
        .await
        .unwrap();
    let messages = server.messages();
    assert_eq!(messages.len(), before + 1);
    assert_eq!(messages.last().unwrap().payload, b"again");
}

fn cause<T>(result: Result<T, Error<embedded_io_async::ErrorKind>>) -> Cause {
    match result {
        Err(Error::Failed(failure)) => failure.cause,
        Err(error) => panic!("{error}"),
        Ok(_) => panic!("it succeeded"),
    }
}

#[test]
fn harmless_habits_of_firmware_make_no_difference() {
    let habits = [
        Behaviour {
            extra_blank_lines: 8,
            ..Behaviour::default()
        },
        Behaviour {
            no_space_after_colon: true,
            ..Behaviour::default()
        },
        Behaviour {
            result_before_ok: true,
            ..Behaviour::default()
        },
        Behaviour {
            before_prompt: [b"\r\n+QIND: SMS DONE\r\n".to_vec()].into(),
            ..Behaviour::default()
        },
        Behaviour {
            hold_urcs_in_data_mode: false,
            ..Behaviour::default()
        },
    ];
    for behaviour in habits {
        play(behaviour, async |modem, _, server| {
            assert_works(modem, server).await;
            assert_works(modem, server).await;
            modem.client(CLIENT).disconnect().await.unwrap();
        });
    }
}

#[test]
fn a_lost_prompt_loses_no_message() {
    play(Behaviour::default(), async |modem, port, server| {
        assert_works(modem, server).await;
        port.with_modem(|modem, _| modem.behaviour_mut().drop_prompts = 1);
        assert_works(modem, server).await;
        assert_works(modem, server).await;
    });
}

#[test]
fn a_command_that_is_ignored_ends_as_a_timeout_and_the_next_one_works() {
    play(Behaviour::default(), async |modem, port, server| {
        assert_works(modem, server).await;
        port.with_modem(|modem, _| modem.behaviour_mut().ignore_commands = 1);
        let filter = TopicFilter::new("a").unwrap();
        let topics = [(filter, QoS::AtMostOnce)];
        let result = modem.client(CLIENT).subscribe(&topics).await;
        assert_eq!(cause(result), Cause::Timeout);
        assert_works(modem, server).await;
    });
}

#[test]
fn a_final_result_code_that_is_lost_ends_as_a_timeout_and_the_next_one_works() {
    play(Behaviour::default(), async |modem, port, server| {
        assert_works(modem, server).await;
        port.with_modem(|modem, _| modem.behaviour_mut().lose_answers = 1);
        assert_eq!(cause(modem.raw("AT+CSQ").await.map(drop)), Cause::Timeout);
        assert_works(modem, server).await;
    });
}

#[test]
fn an_answer_after_its_time_is_nobody_s() {
    for seconds in [5, 6, 7, 8, 9, 11, 13] {
        play(Behaviour::default(), async |modem, port, server| {
            assert_works(modem, server).await;
            let delay = Duration::from_millis(seconds * 1000 + 500);
            port.with_modem(|modem, _| modem.behaviour_mut().late_answer = Some(delay));
            let topics = [(TopicFilter::new("a").unwrap(), QoS::AtMostOnce)];
            let result = modem.client(CLIENT).subscribe(&topics).await;
            assert_eq!(cause(result), Cause::Timeout);
            let response = modem.raw("AT+CGMM").await.unwrap();
            assert_eq!(response, b"BG95-M3\n", "after {seconds} s");
            assert_works(modem, server).await;
        });
    }
}

#[test]
fn an_open_that_fails_in_any_form_says_why_and_can_be_tried_again() {
    for (failure, expected) in [
        (OpenFailure::AfterOk, Some(Cause::Open(OpenResult::Failed))),
        (
            OpenFailure::ResultThenError,
            Some(Cause::Open(OpenResult::Failed)),
        ),
        (OpenFailure::BareError, None),
    ] {
        let behaviour = Behaviour {
            open_failure: Some(failure),
            ..Behaviour::default()
        };
        play(behaviour, async |modem, _, server| {
            let cause = cause(modem.client(CLIENT).connect(&options()).await);
            match expected {
                Some(expected) => assert_eq!(cause, expected),
                None => assert!(matches!(cause, Cause::Modem(_))),
            }
            assert_works(modem, server).await;
        });
    }
}

#[test]
fn a_refusal_in_any_form_ends_the_connect_and_can_be_tried_again() {
    for refusal in [
        Refusal::ConnThenStat,
        Refusal::StatThenConn,
        Refusal::StatOnly,
    ] {
        let behaviour = Behaviour {
            refusal,
            ..Behaviour::default()
        };
        play(behaviour, async |modem, _, server| {
            server.refuse_connections(Some(5));
            let cause = cause(modem.client(CLIENT).connect(&options()).await);
            match refusal {
                Refusal::StatOnly => assert!(matches!(cause, Cause::Closed(_))),
                _ => assert_eq!(cause, Cause::Refused(ConnectReturnCode::NotAuthorized)),
            }
            server.refuse_connections(None);
            assert_works(modem, server).await;
        });
    }
}

#[test]
fn a_modem_that_is_still_starting_is_waited_for() {
    let behaviour = Behaviour {
        boot_time: Duration::from_secs(8),
        ..Behaviour::default()
    };
    play(behaviour, async |modem, port, server| {
        port.with_modem(|modem, now| modem.restart(now));
        modem.initialize().await.unwrap();
        assert_works(modem, server).await;
    });
}

/// What an application does for a message that must arrive: it tries until it has.
async fn publish_until_acknowledged(modem: &mut Driver<'_>) -> u32 {
    for attempt in 1..=5 {
        let mut client = modem.client(CLIENT);
        match client.connect(&options()).await {
            Ok(()) | Err(Error::Usage(UsageError::AlreadyConnected)) => {}
            Err(Error::Failed(_)) => continue,
            Err(error) => panic!("{error}"),
        }
        let message = Publication::new("t", b"must arrive").unwrap();
        match client.publish(&message.qos(QoS::AtLeastOnce)).await {
            Ok(()) => return attempt,
            Err(Error::Failed(_) | Error::Usage(UsageError::NotConnected)) => {}
            Err(error) => panic!("{error}"),
        }
    }
    panic!("five attempts were not enough");
}

/// Lets `fault` happen after so many milliseconds, for every moment of a connect and a publish.
fn assert_survived(name: &str, fault: impl Fn(&VirtualPort, &LocalServer)) {
    let mut moments = 0;
    // With 50 ms from modem to server, a connect and a publish take less than half a second.
    for milliseconds in 0..500 {
        play(Behaviour::default(), async |modem, port, server| {
            let happens = async {
                embassy_time::Timer::after_millis(milliseconds).await;
                fault(port, server);
            };
            let publish = publish_until_acknowledged(modem);
            let (attempts, ()) = embassy_futures::join::join(publish, happens).await;
            let messages = server.messages();
            assert!(!messages.is_empty(), "acknowledged and lost");
            assert!(messages.len() <= attempts as usize);
            assert!(messages.iter().all(|it| it.payload == b"must arrive"));
            // The fault may have come behind it, and nobody has looked since.
            publish_until_acknowledged(modem).await;
            assert_works(modem, server).await;
        });
        moments += 1;
    }
    println!("{name}: {moments} moments held");
}

#[test]
fn a_restart_at_any_moment_is_survived() {
    assert_survived("restart", |port, _| {
        port.with_modem(|modem, now| modem.restart(now));
    });
}

#[test]
fn a_lost_link_at_any_moment_is_survived() {
    assert_survived("lost link", |_, server| server.drop_links());
}

#[test]
fn a_server_that_pauses_at_any_moment_loses_nothing() {
    assert_survived("pause of the server", |_, server| {
        server.pause();
        server.resume();
        server.drop_links();
    });
}

#[test]
fn the_step_that_failed_is_named() {
    play(Behaviour::default(), async |modem, _, server| {
        server.hide_name("broker.example");
        let Err(Error::Failed(failure)) = modem.client(CLIENT).connect(&options()).await else {
            panic!("no failure");
        };
        assert_eq!(failure.command, Command::Open);
        assert_eq!(failure.cause, Cause::Open(OpenResult::NameResolution));
    });
}
