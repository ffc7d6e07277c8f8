//! Files and certificates: `AT+QFUPL`, `AT+QFLST`, `AT+QFDEL`, `AT+QSSLCFG`.

mod support;

use std::time::Duration;

use support::Bench;

#[test]
fn a_file_is_uploaded_listed_and_deleted() {
    let mut bench = Bench::quiet();
    bench.expect("AT+QFUPL=\"ca.pem\",3,100", "\r\nCONNECT\r\n");
    // 0x1234 ^ 0x5600
    assert_eq!(bench.type_in("\x124V"), "\r\n+QFUPL: 3,4434\r\n\r\nOK\r\n");
    bench.expect("AT+QFUPL=\"ca.pem\",3", "\r\n+CME ERROR: 407\r\n");
    bench.expect("AT+QFUPL=\"UFS:b\",1,1,1", "\r\nCONNECT\r\n");
    assert_eq!(bench.type_in("\x1A"), "\r\n+QFUPL: 1,1a00\r\n\r\nOK\r\n");
    let list = "\r\n+QFLST: \"b\",1\r\n\r\n+QFLST: \"ca.pem\",3\r\n\r\nOK\r\n";
    bench.expect("AT+QFLST", list);
    bench.expect("AT+QFLST=\"*\"", list);
    bench.expect("AT+QFLST=\"b\"", "\r\n+QFLST: \"b\",1\r\n\r\nOK\r\n");
    bench.expect("AT+QFLST=\"none\"", "\r\n+CME ERROR: 405\r\n");
    bench.expect("AT+QFDEL=\"none\"", "\r\n+CME ERROR: 405\r\n");
    bench.ok("AT+QFDEL=\"b\"");
    bench.expect("AT+QFLST", "\r\n+QFLST: \"ca.pem\",3\r\n\r\nOK\r\n");
    bench.ok("AT+QFDEL=\"*\"");
    bench.ok("AT+QFLST");
    for command in [
        "AT+QFUPL",
        "AT+QFUPL=\"\",1",
        "AT+QFUPL=\"f\",0",
        "AT+QFUPL=\"f\",1048577",
        "AT+QFUPL=\"f\",1,0",
        "AT+QFUPL=\"f\",1,65536",
        "AT+QFUPL=\"f\",1,1,2",
        "AT+QFDEL",
    ] {
        bench.error(command);
    }
}

#[test]
fn an_upload_is_acknowledged_damaged_or_given_up() {
    let mut bench = Bench::quiet();
    bench.expect("AT+QFUPL=\"a\",2049,5,1", "\r\nCONNECT\r\n");
    assert_eq!(bench.type_in(&"x".repeat(2048)), "AA");
    // 1024 equal pairs leave nothing.
    assert_eq!(bench.type_in("x"), "\r\n+QFUPL: 2049,7800\r\n\r\nOK\r\n");
    bench.modem.behaviour_mut().corrupt_uploads = 1;
    bench.expect("AT+QFUPL=\"b\",2", "\r\nCONNECT\r\n");
    assert_eq!(
        bench.type_in("\x01\x02"),
        "\r\n+QFUPL: 2,fe02\r\n\r\nOK\r\n"
    );
    bench.expect("AT+QFUPL=\"c\",2", "\r\nCONNECT\r\n");
    assert_eq!(bench.wait(Duration::from_millis(4_999)), "");
    assert_eq!(
        bench.wait(Duration::from_millis(1)),
        "\r\n+CME ERROR: 421\r\n"
    );
    bench.expect("AT+QFLST=\"c\"", "\r\n+CME ERROR: 405\r\n");
}

#[test]
fn ssl_settings_are_kept_per_context() {
    let mut bench = Bench::quiet();
    for (key, default, set, shown) in [
        ("cacert", "\"\"", "\"ca.pem\"", "\"ca.pem\""),
        ("clientcert", "\"\"", "\"UFS:cert.pem\"", "\"cert.pem\""),
        ("clientkey", "\"\"", "\"key.pem\"", "\"key.pem\""),
        ("seclevel", "0", "2", "2"),
        ("sslversion", "4", "3", "3"),
        ("ciphersuite", "0XFFFF", "0xc02f", "0XC02F"),
        ("ignorelocaltime", "1", "0", "0"),
    ] {
        bench.ok(&format!("AT+QSSLCFG=\"{key}\",5,{set}"));
        for (context, value) in [(0, default), (5, shown)] {
            bench.expect(
                &format!("AT+QSSLCFG=\"{key}\",{context}"),
                &format!("\r\n+QSSLCFG: \"{key}\",{context},{value}\r\n\r\nOK\r\n"),
            );
        }
        bench.error(&format!("AT+QSSLCFG=\"{key}\",6"));
        bench.error(&format!("AT+QSSLCFG=\"{key}\",0,{set},0"));
    }
    for values in [
        "\"seclevel\",0,3",
        "\"sslversion\",0,5",
        "\"ciphersuite\",0,0X10000",
        "\"ciphersuite\",0,65535",
        "\"ignorelocaltime\",0,2",
        "\"cacert\",0,\"\"",
        "\"none\",0",
    ] {
        bench.error(&format!("AT+QSSLCFG={values}"));
    }
}

#[test]
fn the_bc660k_asks_for_certificates() {
    let mut bench = Bench::bc660k();
    for key in ["cacert", "clientcert", "clientkey"] {
        bench.expect(&format!("AT+QSSLCFG=0,0,\"{key}\""), "\r\n> ");
        assert_eq!(
            bench.type_in("PEM\r\ntext\x1A"),
            format!("\r\n+QSSLCFG: 0,0,\"{key}\",9\r\n\r\nOK\r\n")
        );
    }
    bench.expect("AT+QSSLCFG=0,0,\"cacert\"", "\r\n> ");
    assert_eq!(bench.type_in("PEM\x1B"), "\r\nOK\r\n");
    bench.ok("AT+QSSLCFG=0,0,\"seclevel\",2");
    bench.expect(
        "AT+QSSLCFG=0,0,\"seclevel\"",
        "\r\n+QSSLCFG: 0,0,\"seclevel\",2\r\n\r\nOK\r\n",
    );
    for command in [
        "AT+QSSLCFG=1,0,\"seclevel\",2",
        "AT+QSSLCFG=0,1,\"seclevel\",2",
        "AT+QSSLCFG=0,0,\"seclevel\",3",
        "AT+QSSLCFG=\"seclevel\",0,2",
        "AT+QFLST",
    ] {
        bench.error(command);
    }
}
