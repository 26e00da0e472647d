//! Real prefixes in, entries out; what only looks like a wrapper is left alone.

use super::Wrapper::{self, Compose, Cri, Docker, JournaldJson, JournaldShort, PodPrefix, Syslog, Timestamps};
use super::{PieceEnd, Textless, WriterName, detect};

const ENTRY: &str = "CEF:0|cossacklabs|x|1|100|a: b|1|unixTime=1.2 ";

fn opened(wrapper: Wrapper, line: &str) -> Option<(String, PieceEnd)> {
    opened_with_writer(wrapper, line).map(|(text, part, _)| (text, part))
}

fn opened_with_writer(wrapper: Wrapper, line: &str) -> Option<(String, PieceEnd, WriterName)> {
    let mut out = b"before".to_vec();
    let piece = wrapper.open(line.as_bytes(), &mut out);
    let text = String::from_utf8(out).unwrap();
    let text = text.strip_prefix("before").expect("what stood in the buffer stays").to_owned();
    assert!(piece.is_some() || text.is_empty(), "a refused line leaves nothing behind: {line}");
    piece.map(|piece| (text, piece.part, piece.writer))
}

/// Lines, each with the entry inside.
fn wrapped() -> Vec<(Wrapper, String)> {
    let bytes = ENTRY.bytes().map(|byte| byte.to_string()).collect::<Vec<_>>().join(",");
    vec![
        (Docker, format!(r#"{{"log":"{ENTRY}\n","stream":"stderr","time":"2025-03-14T00:00:00Z"}}"#)),
        (Docker, format!(r#"{{"time":"t", "log":"{ENTRY}\n","attrs":{{"a":"b"}}}}"#) + "\r"),
        (Cri, format!("2025-03-14T00:00:00.000000001Z stderr F {ENTRY}")),
        (Cri, format!("2025-03-14T01:00:00+01:00 stdout F:tag:x {ENTRY}")),
        (JournaldJson, format!(r#"{{"_PID":"1","MESSAGE":"{ENTRY}","__CURSOR":"c","PRIORITY":"6"}}"#)),
        (JournaldJson, format!(r#"{{"__CURSOR":"c","MESSAGE":[{bytes}]}}"#)),
        (JournaldShort, format!("Mar 14 00:00:00 host acra-server[7]: {ENTRY}")),
        (JournaldShort, format!("Mar  4 00:00:00.123456 host acra-server: {ENTRY}")),
        (JournaldShort, format!("Mar 14 00:00:00 acra-server[7]: {ENTRY}")),
        (JournaldShort, format!("2025-03-14T00:00:00+0000 host acra-server[7]: {ENTRY}")),
        (JournaldShort, format!("2025-03-14T00:00:00.123456+01:00 host acra-server[7]: {ENTRY}")),
        (JournaldShort, format!("Fri 2025-03-14 00:00:00 UTC host acra-server[7]: {ENTRY}")),
        (JournaldShort, format!("1741910400.123456 host acra-server[7]: {ENTRY}")),
        (JournaldShort, format!("Mar 14 00:00:00 host {ENTRY}")),
    ]
}

/// The same for other languages and clocks, more blanks, containers, and syslog.
fn wrapped_elsewhere() -> Vec<(Wrapper, String)> {
    vec![
        // Any language: French, Japanese, Korean, German, Vietnamese, Russian.
        (JournaldShort, format!("nov. 14 22:13:20 host acra-server[7]: {ENTRY}")),
        (JournaldShort, format!("11月 14 22:13:20 host acra-server[7]: {ENTRY}")),
        (JournaldShort, format!(" 3월  4 22:13:20 host acra-server[7]: {ENTRY}")),
        (JournaldShort, format!("Mär 14 22:13:20.123456 host acra-server[7]: {ENTRY}")),
        (JournaldShort, format!("Thg 11 14 22:13:20 host acra-server[7]: {ENTRY}")),
        (JournaldShort, format!("янв. 14 22:13:20 host acra-server[7]: {ENTRY}")),
        (JournaldShort, format!("Di 2023-11-14 22:13:20 CET host acra-server[7]: {ENTRY}")),
        (JournaldShort, format!("Tue 2023-11-14 22:13:20.123456 +03 host acra-server.service[7]: {ENTRY}")),
        (JournaldShort, format!("[12345.678901] host acra-server[7]: {ENTRY}")),
        (JournaldShort, format!("[    5.678901] host acra-server[7]: {ENTRY}")),
        (JournaldShort, format!("[   12.345678 <    0.000123 >] host acra-server[7]: {ENTRY}")),
        (JournaldShort, format!("2023-11-14T22:13:20+01:00 host acra-server[7]: {ENTRY}")),
        // More than one blank behind the header (attacks, row 43).
        (JournaldShort, format!("Mar 14 00:00:00 host acra-server[7]:   {ENTRY}")),
        (JournaldShort, format!("Mar 14 00:00:00  host  acra-server[7]:  {ENTRY}")),
        (Syslog, format!("<14>Mar 14 00:00:00 host acra[7]:  {ENTRY}")),
        (Syslog, format!("<14>1 2025-03-14T00:00:00.1Z host acra 7 - -   {ENTRY}")),
        (Syslog, format!("<14>1 2025-03-14T00:00:00.1Z host acra 7 - - \u{feff} {ENTRY}")),
        (Compose, format!("web-1  | {ENTRY}")),
        (Compose, format!("web_1        | {ENTRY}")),
        (Compose, format!("\u{1b}[36mweb_1        |\u{1b}[0m {ENTRY}")),
        (Compose, format!("\u{1b}[36;1mweb-1  | \u{1b}[0m{ENTRY}")),
        (Compose, format!("\u{1b}[36mweb-1  \u{1b}[0m| {ENTRY}")),
        (Compose, format!("web-1  | 2023-11-14T22:13:20.123456789Z {ENTRY}")),
        (Compose, format!("acra.1.x9f2kq0z@node-1    | {ENTRY}")),
        (Compose, format!("web-1 |{ENTRY}")),
        (PodPrefix, format!("[pod/acra-7d4b9c6f5-x2x8p/acra] {ENTRY}")),
        (PodPrefix, format!("[pod/acra-0/acra] 2023-11-14T22:13:20.123456789Z {ENTRY}")),
        (PodPrefix, format!("prod/acra-0[acra]: {ENTRY}")),
        (PodPrefix, format!("acra-0 acra {ENTRY}")),
        (Timestamps, format!("2023-11-14T22:13:20.123456789Z {ENTRY}")),
        (Timestamps, format!("2023-11-14T22:13:20.123456789+01:00 {ENTRY}")),
        (Syslog, format!("<14>1 2025-03-14T00:00:00.1Z host acra 7 - - {ENTRY}")),
        (Syslog, format!("<14>1 - - - - - - \u{feff}{ENTRY}")),
        (Syslog, format!(r#"<165>1 2025-03-14T00:00:00Z h a 7 id [x@1 k="a\"]b"][y z="]"] {ENTRY}"#)),
        (Syslog, format!("123 <14>1 2025-03-14T00:00:00Z host acra 7 - - {ENTRY}")),
        (Syslog, format!("<14>Mar 14 00:00:00 host acra[7]: {ENTRY}")),
        (Syslog, format!("<14>Mar 14 00:00:00 host {ENTRY}")),
        (Syslog, format!("99 <14>acra[7]: {ENTRY}")),
    ]
}

#[test]
fn each_wrapper_gives_back_the_entry() {
    for (wrapper, line) in wrapped().into_iter().chain(wrapped_elsewhere()) {
        assert_eq!(opened(wrapper, &line), Some((ENTRY.to_owned(), PieceEnd::Last)), "{line}");
        assert_eq!(detect(line.as_bytes()), Some(wrapper), "{line}");
        assert_eq!(detect(format!("hello\n\n{line}\n{ENTRY}\n").as_bytes()), Some(wrapper), "{line}");
    }
}

#[test]
fn a_part_of_an_entry_is_marked_as_such() {
    let docker = opened(Docker, r#"{"log":"{\"a\u001b\ud83d\ude00","stream":"stdout"}"#);
    assert_eq!(docker, Some(("{\"a\u{1b}\u{1f600}".to_owned(), PieceEnd::Continued)));
    let cri = opened(Cri, "2025-03-14T00:00:00Z stdout P  x ");
    assert_eq!(cri, Some((" x ".to_owned(), PieceEnd::Continued)));
    assert_eq!(opened(Cri, "2025-03-14T00:00:00Z stdout F"), Some((String::new(), PieceEnd::Last)));
}

#[test]
fn what_is_not_this_wrapper_is_left_alone() {
    let cases = [
        (Docker, r#"{"log":"one\n","log":"two\n","stream":"stdout"}"#),
        (Docker, r#"{"log":"one\n","note":"two\n","stream":"stdout"}"#),
        (Docker, r#"{"log":"one\n"}"#),
        (Docker, r#"{"stream":"stdout","time":"t"}"#),
        (Docker, r#"{"log":"one\n","stream":"stdout"} x"#),
        (Docker, r#"{"log":"one\n","stream":"stdo"#),
        (Docker, r#"[{"log":"one\n","stream":"stdout"}]"#),
        (Cri, "2025-03-14T00:00:00Z stdout X text"),
        (Cri, "2025-03-14T00:00:00Z stdin F text"),
        (Cri, "2025-03-14T00:00:00Zz stdout F text"),
        (Cri, "2025-03-14 00:00:00 stdout F text"),
        (JournaldJson, r#"{"MESSAGE":null}"#),
        (JournaldJson, r#"{"MESSAGE":true,"__CURSOR":"c"}"#),
        (JournaldJson, r#"{"MESSAGE":"one"}"#),
        (JournaldJson, r#"{"MESSAGE":"one","__CURSOR":"c","integrity":"00"}"#),
        (JournaldShort, "Mar 14 00:00 host unit: text"),
        (JournaldShort, "Mar 14 00:00:00 host unit text"),
        (JournaldShort, "Mar 14 00:00:00"),
        (JournaldShort, "-- Logs begin at Fri 2025-03-14"),
        (Syslog, "<14>1 2025-03-14T00:00:00Z host acra 7 - [open text"),
        (Syslog, "<1444>Mar 14 00:00:00 host acra: text"),
        (Syslog, "12345678901 <14>acra: text"),
        (Syslog, "14>acra: text"),
        (Compose, "web-1| text"),
        (Compose, "web 1 | text"),
        (Compose, "| text"),
        (Compose, "web-1 |text"),
        (PodPrefix, "[pod/acra] text"),
        (PodPrefix, "[pod/Acra/acra] text"),
        (PodPrefix, "hello world text"),
        (Timestamps, "2023-11-14 22:13:20 text"),
        (Timestamps, "2023-11-14T22:13:20Ztext"),
        (JournaldShort, "in \"May\" 14 22:13:20 host unit: text"),
    ];
    for (wrapper, line) in cases {
        assert_eq!(opened(wrapper, line), None, "{wrapper:?} {line}");
    }
}

#[test]
fn a_record_without_a_text_is_one_and_says_why() {
    let cases = [
        (JournaldJson, r#"{"MESSAGE":null,"__CURSOR":"c"}"#, Textless::Null),
        (JournaldJson, r#"{"PRIORITY":"6","__CURSOR":"c"}"#, Textless::Absent),
        (JournaldJson, r#"{"MESSAGE":["one","two"],"__CURSOR":"c"}"#, Textless::Several),
        (JournaldJson, r#"{"MESSAGE":["one",null],"__CURSOR":"c"}"#, Textless::Several),
        (JournaldJson, r#"{"MESSAGE":[[111],[116]],"__CURSOR":"c"}"#, Textless::Several),
        (JournaldJson, r#"{"MESSAGE":"one","MESSAGE":"two","__CURSOR":"c"}"#, Textless::Several),
        (JournaldJson, r#"{"MESSAGE":[111,256],"__CURSOR":"c"}"#, Textless::NoBytes),
        (JournaldJson, r#"{"MESSAGE":[{"a":[1,{}]}],"__CURSOR":"c"}"#, Textless::NoBytes),
        (JournaldShort, "Mar 14 00:00:00 host acra[7]: [123B blob data]", Textless::Blob),
        (JournaldShort, "Mar 14 00:00:00 host acra[7]: [4.0K blob data]", Textless::Blob),
    ];
    for (wrapper, line, why) in cases {
        assert_eq!(opened(wrapper, line), Some((String::new(), PieceEnd::Textless(why))), "{line}");
    }
}

#[test]
fn a_wrapper_names_who_wrote_the_line() {
    let named = |name: &str| WriterName::Named(name.into());
    let cases = [
        (Docker, r#"{"log":"a\n","stream":"stdout"}"#, WriterName::Stdout),
        (Docker, r#"{"log":"a\n","time":"t"}"#, WriterName::Unnamed),
        (Cri, "2025-03-14T00:00:00Z stderr F a", WriterName::Stderr),
        (JournaldJson, r#"{"MESSAGE":"a","_PID":"1","SYSLOG_IDENTIFIER":"systemd","_COMM":"x"}"#, named("systemd")),
        (JournaldJson, r#"{"MESSAGE":"a","_PID":"1","_COMM":"systemd"}"#, named("systemd")),
        (JournaldJson, r#"{"MESSAGE":"a","_EXE":"/usr/bin/acra-server"}"#, named("acra-server")),
        (JournaldJson, r#"{"MESSAGE":"a","_PID":"4711"}"#, WriterName::Pid(4711)),
        (JournaldJson, r#"{"MESSAGE":"a","_UID":"0"}"#, WriterName::Unnamed),
        (JournaldJson, r#"{"MESSAGE":"a","_PID":"1","SYSLOG_IDENTIFIER":"0123456789ab"}"#, WriterName::Unnamed),
        (
            JournaldJson,
            r#"{"MESSAGE":"a","_PID":"1","SYSLOG_IDENTIFIER":"0123456789ab","CONTAINER_NAME":"acra"}"#,
            named("acra"),
        ),
        (JournaldJson, r#"{"MESSAGE":"a","_PID":"1","PRIORITY":"3","CONTAINER_NAME":"acra"}"#, named("acra stderr")),
        (JournaldShort, "Mar 14 00:00:00 host acra-server[7]: a", named("acra-server")),
        (JournaldShort, "Mar 14 00:00:00 host acra-server: a", named("acra-server")),
        (JournaldShort, "-- Boot 0123 --", named("journalctl")),
        (Syslog, "<14>Mar 14 00:00:00 host systemd[1]: a", named("systemd")),
        (Syslog, "<14>1 - host systemd 1 - - a", named("systemd")),
        (Syslog, "<14>1 - host - 1 - - a", WriterName::Unnamed),
        (Compose, "web-12  | a", named("web")),
        (Compose, "acra.1.x9f2kq0z@node-1    | a", named("acra")),
        (Compose, "my_project_web_1  | a", named("my_project_web")),
        (Compose, "web-1 exited with code 137", named("docker compose")),
        (PodPrefix, "[pod/acra-0/acra] a", named("acra")),
        (Timestamps, "2025-03-14T00:00:00Z a", WriterName::Unnamed),
    ];
    for (wrapper, line, writer) in cases {
        assert_eq!(opened_with_writer(wrapper, line).map(|(.., writer)| writer), Some(writer), "{line}");
    }
}

#[test]
fn a_bare_entry_decides_for_bare() {
    let docker = r#"{"log":"CEF:0\n","stream":"stderr"}"#;
    let cases = [
        r#"{"level":"info","log":"CEF:x\n","msg":"","stream":"stdout","time":"t"}"#,
        r#"{"MESSAGE":"CEF:0","level":"info","__X":"1"}"#,
        r#"time="2025-03-14T00:00:00Z" level=info"#,
        "CEF:0|x",
        "{\"torn",
    ];
    for bare in cases {
        assert_eq!(detect(format!("{bare}\n{docker}\n").as_bytes()), None, "{bare}");
    }
    assert_eq!(detect(format!("{}{docker}", "x\n".repeat(49)).as_bytes()), Some(Docker));
    assert_eq!(detect(format!("{}{docker}", "x\n".repeat(5000)).as_bytes()), Some(Docker));
    assert_eq!(detect(&b"{\"a\":".repeat(100_000)), None);
}

#[test]
fn where_no_entry_stands_inside_the_form_of_the_lines_decides() {
    let listening = r#"{"log":"listening\n","stream":"stderr"}"#;
    assert_eq!(detect(listening.as_bytes()), Some(Docker));
    assert_eq!(detect(b"Mar 14 00:00:00 host sshd[1]: session opened"), Some(JournaldShort));
    // An entry decides, wherever it stands, and a line that was cut while looking ahead does not.
    assert_eq!(detect(format!("{listening}\nCEF:0|x\n").as_bytes()), None);
    assert_eq!(detect(format!("{listening}\n{{\"log\":\"CEF:0").as_bytes()), Some(Docker));
}

proptest::proptest! {
    #[test]
    fn no_bytes_bring_a_wrapper_down(line in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..80)) {
        for wrapper in Wrapper::ALL {
            for head in [&b""[..], b"{\"log\":", b"2025-03-14T00:00:00", b"Mar 14 00:00:00 ", b"<14>1 - - - - - ["] {
                let mut out = Vec::new();
                let opened = wrapper.open(&[head, &line].concat(), &mut out);
                proptest::prop_assert!(opened.is_some() || out.is_empty());
            }
        }
    }
}
