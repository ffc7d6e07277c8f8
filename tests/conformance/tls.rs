//! AT+QFUPL, AT+QFLST, AT+QFDEL, AT+QSSLCFG: files, and what TLS is made with.

use quectel_mqtt::{
    Cause, Command, PemFile, TlsOptions, TlsVersion, Validity,
    command::{DeleteFile, FileQuery},
};

use super::{
    row::{Call, Form, Outcome, Proof, Start, shown},
    table::{Note, Table},
};

pub(crate) fn rows(table: &mut Table) {
    files(table);
    contexts(table);
    certificates(table);
}

const WRITE: Proof = Proof::Form(Form::Write);

/// The exclusive or of its pairs of bytes: `AB` is 4142, `C` is 4300, so 0242.
const PEM: &[u8] = b"ABC";

fn configuring(options: fn() -> TlsOptions<'static>) -> Call {
    Call::verb(move |engine| engine.configure_tls(Box::leak(Box::new(options()))))
}

fn stored(name: &'static str) -> PemFile<'static> {
    PemFile::stored(name).unwrap()
}

fn files(table: &mut Table) {
    // The timeout is ours; the example of the note has 100 s.
    let settings = [
        (r#"AT+QSSLCFG="cacert",0,"cacert.pem""#, "OK"),
        (r#"AT+QSSLCFG="seclevel",0,1"#, "OK"),
        (r#"AT+QSSLCFG="sslversion",0,3"#, "OK"),
        (r#"AT+QSSLCFG="ciphersuite",0,0XFFFF"#, "OK"),
        (r#"AT+QSSLCFG="ignorelocaltime",0,0"#, "OK"),
    ];
    let begin = [
        (r#"AT+QFDEL="cacert.pem""#, "+CME ERROR: 405"),
        (r#"AT+QFUPL="cacert.pem",3,20"#, "CONNECT"),
    ];
    let uploading = || configuring(|| TlsOptions::new(PemFile::upload("cacert.pem", PEM).unwrap()));
    let mut upload = table.command(Note::Bg95("5.2"), Command::Upload);
    let dialogue = [&begin[..], &[("ABC", "+QFUPL: 3,0242|OK")], &settings].concat();
    upload.row(WRITE, Start::Ready, uploading(), &dialogue, [Outcome::Done]);
    // The digits as the example has them, in small letters and without leading zeros.
    let dialogue = [&begin[..], &[("ABC", "+QFUPL: 3,242|OK")], &settings].concat();
    upload.row(WRITE, Start::Ready, uploading(), &dialogue, [Outcome::Done]);
    let damaged = [Outcome::Failed(Command::Upload, Cause::Damaged)];
    let dialogue = [&begin[..], &[("ABC", "+QFUPL: 3,0243|OK")]].concat();
    upload.row(WRITE, Start::Ready, uploading(), &dialogue, damaged);

    let mut list = table.command(Note::Bg95("manual on files"), Command::ListFiles);
    let ask = Call::ask(FileQuery, |found| shown(found.iter().collect::<Vec<_>>()));
    let answers = r#"+QFLST: "cacert.pem",1758|+QFLST: "client.pem",1220|OK"#;
    let files = [("cacert.pem", 1758), ("client.pem", 1220)];
    list.asked(Form::Write, ask, r#"AT+QFLST="*""#, answers, files);

    let mut delete = table.command(Note::Bg95("manual on files"), Command::DeleteFile);
    let ask = Call::request(DeleteFile(stored("cacert.pem")));
    delete.asked(Form::Write, ask, r#"AT+QFDEL="cacert.pem""#, "OK", ());
}

/// The BG95 note, chapter 5.2, writes `secllevel` once; the manual on TLS has `seclevel`.
fn contexts(table: &mut Table) {
    let mut bg95 = table.command(Note::Bg95("5.2"), Command::ConfigureTls);
    let example = configuring(|| {
        TlsOptions::new(stored("cacert.pem"))
            .context(2)
            .unwrap()
            .client(stored("client.pem"), stored("user_key.pem"))
            .version(TlsVersion::Any)
            .validity(Validity::Ignored)
    });
    let dialogue = [
        (r#"AT+QSSLCFG="cacert",2,"cacert.pem""#, "OK"),
        (r#"AT+QSSLCFG="clientcert",2,"client.pem""#, "OK"),
        (r#"AT+QSSLCFG="clientkey",2,"user_key.pem""#, "OK"),
        (r#"AT+QSSLCFG="seclevel",2,2"#, "OK"),
        (r#"AT+QSSLCFG="sslversion",2,4"#, "OK"),
        (r#"AT+QSSLCFG="ciphersuite",2,0XFFFF"#, "OK"),
        (r#"AT+QSSLCFG="ignorelocaltime",2,1"#, "OK"),
    ];
    bg95.row(WRITE, Start::Ready, example, &dialogue, [Outcome::Done]);
    let unverified =
        configuring(|| TlsOptions::without_verifying_the_server().cipher_suites(0xC02F));
    let dialogue = [
        (r#"AT+QSSLCFG="seclevel",0,0"#, "OK"),
        (r#"AT+QSSLCFG="sslversion",0,3"#, "OK"),
        (r#"AT+QSSLCFG="ciphersuite",0,0XC02F"#, "OK"),
        (r#"AT+QSSLCFG="ignorelocaltime",0,0"#, "OK"),
    ];
    bg95.row(WRITE, Start::Ready, unverified, &dialogue, [Outcome::Done]);
}

fn certificates(table: &mut Table) {
    let mut bc660k = table.command(Note::Bc660k("6.2"), Command::ConfigureTls);
    let all = configuring(|| {
        let file = |name| PemFile::upload(name, PEM).unwrap();
        TlsOptions::new(file("ca")).client(file("certificate"), file("key"))
    });
    let dialogue = [
        (r#"AT+QSSLCFG=0,0,"cacert""#, ">"),
        ("ABC\x1A", r#"+QSSLCFG: 0,0,"cacert",3|OK"#),
        (r#"AT+QSSLCFG=0,0,"clientcert""#, ">"),
        ("ABC\x1A", r#"+QSSLCFG: 0,0,"clientcert",3|OK"#),
        (r#"AT+QSSLCFG=0,0,"clientkey""#, ">"),
        ("ABC\x1A", r#"+QSSLCFG: 0,0,"clientkey",3|OK"#),
        (r#"AT+QSSLCFG=0,0,"seclevel",2"#, "OK"),
    ];
    bc660k.row(WRITE, Start::Ready, all, &dialogue, [Outcome::Done]);
    let unverified = configuring(TlsOptions::without_verifying_the_server);
    let dialogue = [(r#"AT+QSSLCFG=0,0,"seclevel",0"#, "OK")];
    bc660k.row(WRITE, Start::Ready, unverified, &dialogue, [Outcome::Done]);
    // The modem has taken less than was sent.
    let short = configuring(|| TlsOptions::new(PemFile::upload("ca", PEM).unwrap()));
    let dialogue = [
        (r#"AT+QSSLCFG=0,0,"cacert""#, ">"),
        ("ABC\x1A", r#"+QSSLCFG: 0,0,"cacert",2|OK"#),
    ];
    let damaged = [Outcome::Failed(Command::ConfigureTls, Cause::Damaged)];
    bc660k.row(WRITE, Start::Ready, short, &dialogue, damaged);
}
