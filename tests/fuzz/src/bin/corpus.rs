//! Writes the corpus from the transcripts:
//! `cargo run --manifest-path tests/fuzz/Cargo.toml --bin corpus`.
//!
//! Each target gets the bytes of the modem, and what the application did, as its own input has them.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

#[path = "../../../support/steps.rs"]
#[allow(dead_code, reason = "written for the transcripts' player")]
mod steps;
#[path = "../../../support/text.rs"]
#[allow(dead_code, reason = "written for the transcripts' player")]
mod text;

use text::{unescape, words};

/// What a transcript says, line by line.
type Steps = Vec<(String, String)>;

fn main() -> io::Result<()> {
    let fuzz = Path::new(env!("CARGO_MANIFEST_DIR"));
    let corpus = fuzz.join("corpus");
    for target in ["framer", "grammar", "engine", "dialogue", "formatter"] {
        let folder = corpus.join(target);
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        fs::create_dir_all(&folder)?;
    }
    let transcripts = fs::read_dir(fuzz.join("../transcripts"))?;
    let paths: Result<Vec<PathBuf>, _> = transcripts
        .map(|it| Ok::<_, io::Error>(it?.path()))
        .collect();
    for path in paths? {
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        if path.extension().is_none_or(|it| it != "txt") || name.starts_with('_') {
            continue;
        }
        let steps = steps::load(&path)?.into_iter();
        let steps: Steps = steps.map(|step| (step.keyword, step.rest)).collect();
        for (target, bytes) in [
            ("framer", framer(&steps)),
            ("grammar", grammar(&steps)),
            ("engine", engine(&steps)),
            ("dialogue", dialogue(&steps)),
            ("formatter", formatter(&steps)),
        ] {
            // Large ones are slow, and show no more.
            if (8..2048).contains(&bytes.len()) {
                fs::write(corpus.join(target).join(&*name), bytes)?;
            }
        }
    }
    Ok(())
}

fn is_bc660k(steps: &Steps) -> u8 {
    let is_it = |(keyword, rest): &(String, String)| keyword == "dialect" && rest == "BC660K-GL";
    steps.iter().any(is_it).into()
}

/// What the modem sends, where there are prompts or messages in it.
fn framer(steps: &Steps) -> Vec<u8> {
    let bytes = from_modem(steps);
    let is_plain = !bytes.windows(8).any(|it| it == b"+QMTRECV") && !bytes.contains(&b'>');
    if is_plain {
        return Vec::new();
    }
    // A ring of 128 bytes, the prompt armed behind every other frame.
    [&[201, 0x55, 7, 7], &bytes[..]].concat()
}

fn grammar(steps: &Steps) -> Vec<u8> {
    let mut bytes = from_modem(steps);
    bytes.retain(|byte| *byte != b'\r');
    [&[0], &bytes[..]].concat()
}

fn from_modem(steps: &Steps) -> Vec<u8> {
    let lines = steps.iter().filter(|(keyword, _)| keyword == "<");
    lines.flat_map(|(_, bytes)| unescape(bytes)).collect()
}

fn engine(steps: &Steps) -> Vec<u8> {
    let mut bytes = vec![is_bc660k(steps), 128, 255, 128];
    for (keyword, rest) in steps {
        match keyword.as_str() {
            "<" => {
                for piece in unescape(rest).chunks(255) {
                    bytes.extend([0, piece.len() as u8]);
                    bytes.extend(piece);
                }
            }
            "wait" => {
                let milliseconds: u64 = rest.parse().unwrap_or(0);
                let seconds = (milliseconds / 1000).min(255) as u8;
                match seconds {
                    0 => bytes.extend([5, (milliseconds / 8) as u8]),
                    seconds => bytes.extend([6, seconds]),
                }
            }
            "abandon" => bytes.extend([11, 0]),
            "events" => bytes.extend([10, u8::from(rest == "held")]),
            "call" => bytes.extend(call(&words(rest))),
            _ => {}
        }
    }
    bytes
}

/// A verb as the target for the engine takes it: its number, the client, its values.
fn call(words: &[String]) -> Vec<u8> {
    let value = |name: &str| {
        let mut values = words
            .iter()
            .filter_map(|it| it.strip_prefix(name)?.strip_prefix('='));
        values.next()
    };
    let number = |name: &str| value(name).and_then(|it| it.parse::<u8>().ok());
    let client = number("client").unwrap_or(0);
    let verb = |number: u8, values: &[u8]| [&[13 + number, client], values].concat();
    match words[0].as_str() {
        "initialize" => verb(0, &[]),
        "connect" => {
            let choice = u8::from(value("user").is_some())
                | u8::from(value("will").is_some()) << 1
                | u8::from(value("receive").is_some()) << 2
                | u8::from(value("dataformat").is_some()) << 3
                | u8::from(value("notice").is_some()) << 5;
            verb(1, &[choice, 0])
        }
        "subscribe" => verb(2, &[1]),
        "unsubscribe" => verb(3, &[]),
        "publish" => {
            let payload = unescape(value("payload").unwrap_or(""));
            let form = match value("form") {
                Some("fixed") => 1,
                Some("inline") => 2,
                Some(_) => 3,
                None => 0,
            };
            let choice = number("qos").unwrap_or(0) | form << 2;
            let length = payload.len().min(255);
            let head = [choice, length as u8];
            verb(4, &[&head, &payload[..length]].concat())
        }
        "fetch" => verb(5, &[number("place").unwrap_or(6)]),
        "disconnect" => verb(6, &[]),
        "close" => verb(7, &[]),
        "sleep" => verb(8, &[2]),
        "wait_registered" => verb(9, &[60]),
        "activate" => verb(10, &[0, 0]),
        "configure_tls" => verb(11, &[2]),
        "raw" => verb(12, &[3]),
        "request" => verb(13, &[2]),
        _ => Vec::new(),
    }
}

/// What happens, as far as there is a word for it; and a fault now and then, by the text's own bytes.
fn dialogue(steps: &Steps) -> Vec<u8> {
    let mut bytes = vec![is_bc660k(steps) | 2];
    for (keyword, rest) in steps {
        let words = words(rest);
        let first = words.first().map_or("", String::as_str);
        let step = match (keyword.as_str(), first) {
            ("call", "publish") => vec![0, 1, 3, b'a', b'b', b'c'],
            ("call", "subscribe") => vec![4],
            ("call", "disconnect") => vec![5],
            ("call", "close") => vec![6],
            ("call", "connect") => vec![7],
            ("<", _) if rest.contains("+QMTRECV: ") && rest.contains('"') => {
                let line = unescape(rest);
                // Four of them fill the inbox.
                let payload = line.into_iter().cycle().take(120);
                [8, 1, 120].into_iter().chain(payload).collect()
            }
            ("<", _) if rest.contains("+QMTSTAT") => vec![11],
            ("<", _) if rest.contains("RDY") => vec![12],
            ("wait", _) => vec![14, 15],
            ("events", _) => vec![13],
            _ => continue,
        };
        bytes.extend(step);
        let sum = rest.bytes().fold(0_u8, u8::wrapping_add);
        bytes.extend([40, sum, sum.rotate_left(3)]);
    }
    bytes
}

/// The texts of the calls, three by three.
fn formatter(steps: &Steps) -> Vec<u8> {
    let calls = steps.iter().filter(|(keyword, _)| keyword == "call");
    let words: Vec<String> = calls.flat_map(|(_, rest)| words(rest)).collect();
    let mut texts: Vec<&str> = words
        .iter()
        .filter_map(|it| it.split_once('='))
        .map(|it| it.1)
        .collect();
    texts.retain(|it| it.len() > 1);
    let Some((first, rest)) = texts.split_first() else {
        return Vec::new();
    };
    // Another verb for each transcript.
    let verb = words.len() as u8 % 8;
    let mut bytes = vec![is_bc660k(steps) | verb << 2, 0, 1];
    for text in [*first].iter().chain(rest).cycle().take(3) {
        let text = unescape(text);
        let length = text.len().min(200);
        bytes.push(length as u8);
        bytes.extend(&text[..length]);
        bytes.push(1);
    }
    bytes.extend([1, 7, 3, 8, 1, 1, 1]);
    bytes
}
