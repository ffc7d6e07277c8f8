//! The bounds of every parameter in both dialects: the smallest and the largest value go out whole, the
//! one beyond is refused before a byte is sent, with its name, its value and the limit. The numbers are
//! those of the notes: BG95 note, chapter 3.2; BC660K note, chapter 3.3.

#![cfg(all(feature = "bg95", feature = "bc660k"))]

mod support;

use std::fmt::Debug;

use quectel_mqtt::{
    AliAuth, Authentication, BC660K_GL, BG95, ClientIndex, ConnectOptions, Dialect, Parameter,
    PdpContext, PemFile, SettingKey, TlsOptions, UsageError, ValueError,
    command::{DeactivateContext, SettingQuery},
    mqtt::Will,
};
use support::{
    bounds::{assert_nothing_sent, empty, out_of_range, too_long},
    obliging::{Obliging, engine},
};

const DIALECTS: [&Dialect; 2] = [&BG95, &BC660K_GL];

/// A text of a connect, with its bounds in both dialects.
struct Bound {
    parameter: Parameter,
    least: [usize; 2],
    most: [usize; 2],
    options: fn(&str) -> Result<ConnectOptions<'_>, ValueError>,
}

fn options() -> Result<ConnectOptions<'static>, ValueError> {
    ConnectOptions::new("host", "id")
}

const BOUNDS: [Bound; 9] = [
    Bound {
        parameter: Parameter::HostName,
        least: [1, 1],
        most: [100, 100],
        options: |text| ConnectOptions::new(text, "id"),
    },
    Bound {
        parameter: Parameter::ClientId,
        least: [0, 0],
        most: [256, 128],
        options: |text| ConnectOptions::new("host", text),
    },
    Bound {
        parameter: Parameter::UserName,
        least: [0, 0],
        most: [512, 256],
        options: |text| options()?.user_name(text),
    },
    Bound {
        parameter: Parameter::Password,
        least: [0, 0],
        most: [512, 256],
        options: |text| options()?.credentials("user", text),
    },
    Bound {
        parameter: Parameter::WillTopic,
        least: [1, 1],
        most: [255, 256],
        options: |text| Ok(options()?.will(Will::new(text, "message")?)),
    },
    Bound {
        parameter: Parameter::WillMessage,
        least: [0, 1],
        most: [255, 256],
        options: |text| Ok(options()?.will(Will::new("topic", text)?)),
    },
    // The BG95 note gives no limit for the three; the driver takes that of the other.
    Bound {
        parameter: Parameter::ProductKey,
        least: [1, 1],
        most: [64, 64],
        options: |text| Ok(options()?.ali_auth(AliAuth::new(text, "name", "secret")?)),
    },
    Bound {
        parameter: Parameter::DeviceName,
        least: [1, 1],
        most: [64, 64],
        options: |text| Ok(options()?.ali_auth(AliAuth::new("key", text, "secret")?)),
    },
    Bound {
        parameter: Parameter::DeviceSecret,
        least: [1, 1],
        most: [64, 64],
        options: |text| Ok(options()?.ali_auth(AliAuth::new("key", "name", text)?)),
    },
];

#[test]
fn every_text_of_a_connect_goes_out_whole_up_to_its_limit_and_not_beyond() {
    for (index, dialect) in DIALECTS.into_iter().enumerate() {
        for bound in &BOUNDS {
            let (parameter, least, most) = (bound.parameter, bound.least[index], bound.most[index]);
            for length in [least, most] {
                let text = "z".repeat(length);
                let options = (bound.options)(&text).unwrap();
                let mut engine = engine(dialect);
                let connect = engine.connect(ClientIndex::ZERO, &options).unwrap();
                let mut modem = Obliging::default();
                modem.run(&mut engine, connect, false).unwrap();
                let quoted = format!("\"{text}\"");
                let has_it = |line: &Vec<u8>| String::from_utf8_lossy(line).contains(&quoted);
                let name = dialect.name;
                assert!(
                    modem.lines.iter().any(has_it),
                    "{name}, {parameter}, {length}"
                );
            }
            let connect = |length: usize| {
                let text = "z".repeat(length);
                let mut engine = engine(dialect);
                let options = (bound.options)(&text);
                let error = match options {
                    Err(error) => UsageError::Value(error),
                    Ok(options) => engine.connect(ClientIndex::ZERO, &options).unwrap_err(),
                };
                assert_nothing_sent(&mut engine);
                error
            };
            let error = too_long(parameter, most + 1, most);
            assert_eq!(connect(most + 1), UsageError::Value(error));
            if let Some(shorter) = least.checked_sub(1) {
                assert_eq!(connect(shorter), UsageError::Value(empty(parameter)));
            }
        }
    }
}

#[test]
fn an_error_names_parameter_value_and_limit() {
    let host = "z".repeat(101);
    let options = ConnectOptions::new(&host, "id").unwrap();
    let error = engine(&BG95).connect(ClientIndex::ZERO, &options);
    let text = error.unwrap_err().to_string();
    assert_eq!(text, "host name: 101 is longer than the limit of 100");
    let text = options.keep_alive(3601).unwrap_err().to_string();
    assert_eq!(text, "keep alive: 3601 is not in 0..=3600");
}

fn assert_number<T: Debug>(
    parameter: Parameter,
    (min, max): (u32, u32),
    set: impl Fn(u32) -> Result<T, ValueError>,
) {
    assert!(set(min).is_ok() && set(max).is_ok(), "{parameter}");
    // The type has no room for the one beyond where it is missing here.
    let beyond = [min.checked_sub(1), (max < 65_535).then_some(max + 1)];
    for value in beyond.into_iter().flatten() {
        let error = set(value).unwrap_err();
        assert_eq!(error, out_of_range(parameter, value, min, max));
    }
}

#[test]
fn every_number_is_taken_within_its_range_and_refused_outside() {
    let options = options().unwrap();
    assert_number(Parameter::Port, (1, 65_535), |it| options.port(it as u16));
    assert_number(Parameter::KeepAlive, (0, 3600), |it| {
        options.keep_alive(it as u16)
    });
    assert_number(Parameter::PacketTimeout, (1, 60), |it| {
        options.retransmission(it as u8, 0)
    });
    assert_number(Parameter::Retries, (0, 10), |it| {
        options.retransmission(1, it as u8)
    });
    assert_number(Parameter::PdpContext, (1, 16), |it| {
        options.pdp_context(it as u8)
    });
    assert_number(Parameter::PdpContext, (1, 16), |it| {
        PdpContext::new("apn").unwrap().id(it as u8)
    });
    // What a dialect takes of these shows when it is used: see below.
    assert_number(Parameter::TlsContext, (0, 5), |it| options.tls(it as u8));
    assert_number(Parameter::TlsContext, (0, 5), |it| {
        TlsOptions::without_verifying_the_server().context(it as u8)
    });
    assert_number(Parameter::ClientIndex, (0, 5), |it| {
        ClientIndex::new(it as u8)
    });
    for id in [0, 17] {
        let error = engine(&BG95)
            .request(&DeactivateContext { id })
            .unwrap_err();
        let expected = out_of_range(Parameter::PdpContext, id.into(), 1, 16);
        assert_eq!(error, UsageError::Value(expected));
    }
}

#[test]
fn client_and_tls_context_are_taken_up_to_the_dialects_last() {
    let clients = [(&BG95, 5), (&BC660K_GL, 4)];
    for (dialect, last) in clients {
        let options = options().unwrap();
        for index in 0..=5 {
            let mut engine = engine(dialect);
            let client = ClientIndex::new(index).unwrap();
            match engine.connect(client, &options) {
                Ok(connect) => {
                    assert!(index <= last);
                    let mut modem = Obliging::default();
                    modem.run(&mut engine, connect, false).unwrap();
                }
                Err(error) => {
                    assert!(index > last);
                    let (index, last) = (index.into(), last.into());
                    let expected = out_of_range(Parameter::ClientIndex, index, 0, last);
                    assert_eq!(error, UsageError::Value(expected));
                }
            }
        }
    }
    for (dialect, last) in [(&BG95, 5), (&BC660K_GL, 0)] {
        for context in 0..=5 {
            let options = options().unwrap().tls(context).unwrap();
            let tls = TlsOptions::without_verifying_the_server();
            let tls: &'static _ = Box::leak(Box::new(tls.context(context).unwrap()));
            let (mut one, mut other) = (engine(dialect), engine(dialect));
            let connect = one.connect(ClientIndex::ZERO, &options).map(drop);
            let configure = other.configure_tls(tls).map(drop);
            let expected = out_of_range(Parameter::TlsContext, context.into(), 0, last);
            let expected = match u32::from(context) <= last {
                true => Ok(()),
                false => Err(UsageError::Value(expected)),
            };
            assert_eq!((connect, configure), (expected, expected));
        }
    }
}

#[test]
fn access_points_and_file_names_have_the_limits_that_the_driver_states() {
    let text = "z".repeat(101);
    assert!(PdpContext::new("").is_ok() && PdpContext::new(&text[..100]).is_ok());
    let error = PdpContext::new(&text).unwrap_err();
    assert_eq!(error, too_long(Parameter::AccessPoint, 101, 100));
    let login = |user, password| {
        let context = PdpContext::new("apn").unwrap();
        context.credentials(user, password, Authentication::Pap)
    };
    assert!(login(&text[..64], &text[..64]).is_ok());
    let error = login(&text[..65], "").unwrap_err();
    assert_eq!(error, too_long(Parameter::UserName, 65, 64));
    let error = login("", &text[..65]).unwrap_err();
    assert_eq!(error, too_long(Parameter::Password, 65, 64));
    assert!(PemFile::stored("z").is_ok() && PemFile::stored(&text[..80]).is_ok());
    let error = PemFile::stored(&text[..81]).unwrap_err();
    assert_eq!(error, too_long(Parameter::FileName, 81, 80));
    let error = PemFile::stored("").unwrap_err();
    assert_eq!(error, empty(Parameter::FileName));
    let error = PemFile::upload("z", b"").unwrap_err();
    assert_eq!(error, empty(Parameter::Certificate));
}

/// The BG95 family has clients 0 to 5, the BC660K-GL 0 to 4 (chapter 3.3.1).
#[test]
fn a_question_about_a_client_that_the_dialect_does_not_have_is_refused() {
    let client = ClientIndex::new(5).unwrap();
    let key = SettingKey::KeepAlive;
    let query = SettingQuery { client, key };
    assert!(engine(&BG95).request(&query).is_ok());
    let mut engine = engine(&BC660K_GL);
    let refused = engine.request(&query);
    let value = out_of_range(Parameter::ClientIndex, 5, 0, 4);
    assert_eq!(refused, Err(UsageError::Value(value)));
    assert_nothing_sent(&mut engine);
}
