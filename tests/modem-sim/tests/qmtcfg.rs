//! `AT+QMTCFG`: every key, set, queried and tested, with its limits.

mod support;

use support::Bench;

#[test]
fn test_form_lists_all_keys() {
    let mut bench = Bench::quiet();
    bench.expect(
        "AT+QMTCFG=?",
        "\r\n+QMTCFG: \"version\",(0-5),(3,4)\r\n\
         \r\n+QMTCFG: \"pdpcid\",(0-5),(1-16)\r\n\
         \r\n+QMTCFG: \"ssl\",(0-5),(0,1),(0-5)\r\n\
         \r\n+QMTCFG: \"keepalive\",(0-5),(0-3600)\r\n\
         \r\n+QMTCFG: \"session\",(0-5),(0,1)\r\n\
         \r\n+QMTCFG: \"timeout\",(0-5),(1-60),(0-10),(0,1)\r\n\
         \r\n+QMTCFG: \"will\",(0-5),(0,1),(0-2),(0,1),<will_topic>,<will_message>\r\n\
         \r\n+QMTCFG: \"rcv/mode\",(0-5),(0,1),(0,1)\r\n\
         \r\n+QMTCFG: \"aliauth\",(0-5),<product_key>,<device_name>,<device_secret>\r\n\
         \r\nOK\r\n",
    );
}

#[test]
fn defaults_are_those_of_the_note() {
    let mut bench = Bench::quiet();
    for (key, values) in [
        ("version", "3"),
        ("pdpcid", "1"),
        ("ssl", "0"),
        ("keepalive", "120"),
        ("session", "1"),
        ("timeout", "5,3,0"),
        ("will", "0"),
        ("recv/mode", "0,0"),
    ] {
        bench.expect(
            &format!("AT+QMTCFG=\"{key}\",5"),
            &format!("\r\n+QMTCFG: \"{key}\",{values}\r\n\r\nOK\r\n"),
        );
    }
    // Nothing is shown where nothing was set.
    bench.ok("AT+QMTCFG=\"aliauth\",0");
}

/// Sets each value, and queries it as it is shown.
#[test]
fn values_are_kept_per_client() {
    let mut bench = Bench::quiet();
    for (key, set, shown) in [
        ("version", "3", "3"),
        ("version", "4", "4"),
        ("pdpcid", "1", "1"),
        ("pdpcid", "16", "16"),
        ("ssl", "1,0", "1,0"),
        ("ssl", "1,5", "1,5"),
        ("ssl", "0", "0"),
        ("keepalive", "0", "0"),
        ("keepalive", "3600", "3600"),
        ("session", "0", "0"),
        ("session", "1", "1"),
        ("timeout", "1,0,0", "1,0,0"),
        ("timeout", "60,10,1", "60,10,1"),
        // What is left out stays.
        ("timeout", "7", "7,10,1"),
        ("timeout", "7,2", "7,2,1"),
        ("timeout", "7,,0", "7,2,0"),
        ("will", "1,0,0,\"t\",\"\"", "1,0,0,\"t\",\"\""),
        ("will", "1,2,1,\"a/b\",\"gone\"", "1,2,1,\"a/b\",\"gone\""),
        ("will", "0", "0"),
        ("recv/mode", "0,1", "0,1"),
        ("recv/mode", "1", "1,1"),
        ("recv/mode", "1,0", "1,0"),
        ("recv/mode", "0,1", "0,1"),
        ("recv/mode", "0", "0,1"),
        ("recv/mode", "0,0", "0,0"),
        ("aliauth", "\"pk\",\"dn\",\"ds\"", "\"pk\",\"dn\",\"ds\""),
    ] {
        bench.ok(&format!("AT+QMTCFG=\"{key}\",1,{set}"));
        bench.expect(
            &format!("AT+QMTCFG=\"{key}\",1"),
            &format!("\r\n+QMTCFG: \"{key}\",{shown}\r\n\r\nOK\r\n"),
        );
    }
    bench.expect(
        "AT+QMTCFG=\"keepalive\",0",
        "\r\n+QMTCFG: \"keepalive\",120\r\n\r\nOK\r\n",
    );
}

#[test]
fn values_out_of_range_are_errors_and_change_nothing() {
    let mut bench = Bench::quiet();
    for (key, values) in [
        ("version", &["2", "5", "\"4\"", "4,4", "-4", ""][..]),
        ("pdpcid", &["0", "17"]),
        ("ssl", &["2", "1", "1,6", "1,-1", "0,0,0"]),
        ("keepalive", &["-1", "3601", "60,1", "\"60\""]),
        ("session", &["2", "-1", "0,0"]),
        ("timeout", &["0", "61", "5,11", "5,3,2", "5,3,0,0", ",3"]),
        (
            "will",
            &[
                "2",
                "1",
                "1,3,0,\"t\",\"m\"",
                "1,0,2,\"t\",\"m\"",
                "1,0,0,\"\",\"m\"",
                "1,0,0,\"t\"",
                "1,0,0,t,m",
                "1,0,0,\"t\",\"m\",0",
                "0,0,0,\"t\",\"m\"",
            ],
        ),
        ("recv/mode", &["2", "-1", "0,2", "0,0,0"]),
        (
            "aliauth",
            &["\"pk\"", "\"pk\",\"dn\"", "\"a\",\"b\",\"c\",\"d\""],
        ),
        ("none", &["0"]),
    ] {
        for value in values {
            bench.error(&format!("AT+QMTCFG=\"{key}\",0,{value}"));
        }
    }
    for command in [
        "AT+QMTCFG",
        "AT+QMTCFG?",
        "AT+QMTCFG=",
        "AT+QMTCFG=\"version\"",
        "AT+QMTCFG=version,0",
        "AT+QMTCFG=\"version\",6",
        "AT+QMTCFG=\"version\",-1",
        "AT+QMTCFG=\"none\",0",
        "AT+QMTCFG=\"version,0",
    ] {
        bench.error(command);
    }
    bench.expect(
        "AT+QMTCFG=\"timeout\",0",
        "\r\n+QMTCFG: \"timeout\",5,3,0\r\n\r\nOK\r\n",
    );
}

#[test]
fn will_topic_and_message_have_255_bytes_at_most() {
    let mut bench = Bench::quiet();
    let (most, more) = ("x".repeat(255), "x".repeat(256));
    bench.ok(&format!("AT+QMTCFG=\"will\",0,1,0,0,\"{most}\",\"{most}\""));
    bench.error(&format!("AT+QMTCFG=\"will\",0,1,0,0,\"{more}\",\"m\""));
    bench.error(&format!("AT+QMTCFG=\"will\",0,1,0,0,\"t\",\"{more}\""));
}
