//! Both syslogs, and how their messages are framed.

use super::rfc5424::{read, read_counted};
use super::*;

#[test]
fn a_message_of_rfc_5424_tells_what_the_event_tells() {
    let event = Event::read(JSON.as_bytes()).unwrap();
    let with_verdict = LogRecord { integrity: Some(verified()), ..record(&event, None) };
    let cases = [
        (record(&event, None), r#"[acra@32473 client="client-026" session="747"]"#),
        (
            with_verdict,
            r#"[acra@32473 client="client-026" session="747" chain="5f5f5f5f5f5f5f5f" position="3" status="verified"]"#,
        ),
    ];
    for (record, data) in cases {
        let wrapped = line(Envelope::SyslogRfc5424, PayloadKind::Text, &record, "CEF:0|x");
        assert_eq!(wrapped, format!("<107>1 2023-11-14T22:13:21.464Z db-gw-1 acra-server - 560 {data} CEF:0|x"));
        assert_eq!(read(&wrapped).unwrap().msg, "CEF:0|x");
    }
}

#[test]
fn what_is_not_known_is_a_hyphen_and_no_byte_order_mark_is_put_in() {
    let event = Event::read(START.as_bytes()).unwrap();
    let wrapping = |settings| Wrapping::new(Some(Envelope::SyslogRfc5424), Framing::Lf, PayloadKind::Text, settings);
    let (out, losses) = wrap(&wrapping(Settings::default()), &record(&event, None), "ä".as_bytes());
    assert_eq!(out, "<110>1 2025-03-03T23:00:00Z - acra 4242 - - ä\n".as_bytes());
    assert_eq!(lost(&losses), [("product", Loss::MadeUp), ("time", Loss::Zone)]);

    let named = Settings { product: Some("acra-translator".to_owned()), ..Settings::default() };
    let timeless = Event { moment: None, ..event };
    let (out, losses) = wrap(&wrapping(named), &record(&timeless, None), b"x");
    assert_eq!(out, b"<110>1 - - acra-translator 4242 - - x\n");
    assert!(losses.is_empty());
}

#[test]
fn the_id_of_the_structured_data_is_settled_by_the_settings_and_kept_to_its_grammar() {
    let event = Event::read(JSON.as_bytes()).unwrap();
    for (id, wanted) in [("audit@55555", "audit@55555"), ("a b=]\"", "a_b___"), ("", "-")] {
        let settings = Settings { sd_id: id.to_owned(), ..Settings::default() };
        let wrapping = Wrapping::new(Some(Envelope::SyslogRfc5424), Framing::Lf, PayloadKind::Text, settings);
        let (out, _) = wrap(&wrapping, &record(&event, None), b"x");
        assert_eq!(read(std::str::from_utf8(&out).unwrap()).unwrap().data[0].0, wanted);
    }
}

#[test]
fn a_message_of_rfc_3164_has_its_time_without_year_and_zone() {
    let started = Event::read(START.as_bytes()).unwrap();
    let queried = Event::read(JSON.as_bytes()).unwrap();
    let cases = [
        (&started, "<110>Mar  3 23:00:00 db-gw-1 acra[4242]: CEF:0|x"),
        (&queried, "<107>Nov 14 22:13:21 db-gw-1 acra-server: CEF:0|x"),
    ];
    for (event, wanted) in cases {
        assert_eq!(line(Envelope::SyslogRfc3164, PayloadKind::Text, &record(event, None), "CEF:0|x"), wanted);
    }
    let wrapping = Wrapping::new(Some(Envelope::SyslogRfc3164), Framing::Lf, PayloadKind::Text, Settings::default());
    let (_, losses) = wrap(&wrapping, &record(&queried, None), b"x");
    let of_time = [("time", Loss::Milliseconds), ("time", Loss::Zone), ("year", Loss::LeftOut)];
    assert_eq!(lost(&losses), [&[("host", Loss::MadeUp)], &of_time[..]].concat());

    let timeless = Event { moment: None, ..queried };
    let (out, losses) = wrap(&wrapping, &record(&timeless, None), b"x");
    assert_eq!(out, b"<107>Jan  1 00:00:00 - acra-server: x\n");
    assert_eq!(lost(&losses), [("host", Loss::MadeUp), ("time", Loss::MadeUp)]);
}

#[test]
fn a_message_of_more_bytes_than_rfc_3164_has_is_whole_and_counted_once() {
    let event = Event::read(JSON.as_bytes()).unwrap();
    let header = line(Envelope::SyslogRfc3164, PayloadKind::Text, &record(&event, None), "").len();
    for (envelope, bytes, long) in [
        (Envelope::SyslogRfc3164, 1024, false),
        (Envelope::SyslogRfc3164, 1025, true),
        (Envelope::SyslogRfc5424, 1025, false),
    ] {
        let payload = "x".repeat(bytes - header);
        for framing in Framing::ALL {
            let wrapping = Wrapping::new(Some(envelope), framing, PayloadKind::Text, settings());
            let (out, losses) = wrap(&wrapping, &record(&event, None), payload.as_bytes());
            assert!(String::from_utf8(out).unwrap().trim_end().ends_with(&payload));
            let counted: Vec<_> = losses.iter().filter(|(_, loss, _)| *loss == Loss::Long).collect();
            assert_eq!(counted, if long { vec![("message", Loss::Long, 1)] } else { vec![] }, "{bytes}");
        }
    }
}

#[test]
fn a_tag_of_rfc_3164_can_be_told_from_what_follows() {
    let event = Event::read(JSON.as_bytes()).unwrap();
    for (product, tag) in [("a[1]: b", "a_1___b"), ("x".repeat(40).as_str(), &"x".repeat(32)), ("漢", "_")] {
        let event = Event { product: Some(product.into()), ..event.clone() };
        let wrapped = line(Envelope::SyslogRfc3164, PayloadKind::Text, &record(&event, None), "y");
        assert_eq!(wrapped, format!("<107>Nov 14 22:13:21 db-gw-1 {tag}: y"));
    }
}

#[test]
fn counted_messages_are_told_apart_whatever_they_hold() {
    let event = Event::read(JSON.as_bytes()).unwrap();
    let payloads = ["CEF:0|x", "", "12 <13>1 ", "ä漢", &"long ".repeat(5000)];
    for envelope in [Envelope::SyslogRfc5424, Envelope::SyslogRfc3164] {
        let wrapping = Wrapping::new(Some(envelope), Framing::OctetCounting, PayloadKind::Text, settings());
        let (mut out, mut losses) = (Vec::new(), Losses::default());
        for payload in payloads {
            wrapping.wrap(&record(&event, None), payload.as_bytes(), &mut out, &mut losses);
        }
        let messages = read_counted(&out).unwrap();
        let expected = payloads.map(|payload| line(envelope, PayloadKind::Text, &record(&event, None), payload));
        assert_eq!(messages, expected.each_ref().map(|message| message.as_bytes()), "{envelope:?}");
    }
}

#[test]
fn times_at_the_edges_of_the_calendar_are_written_or_left_out() {
    let event = Event::read(JSON.as_bytes()).unwrap();
    let cases = [
        (0, "1970-01-01T00:00:00.000Z", "Jan  1 00:00:00"),
        (-1, "1969-12-31T23:59:59.999Z", "Dec 31 23:59:59"),
        (951_826_154_009, "2000-02-29T12:09:14.009Z", "Feb 29 12:09:14"),
        (253_402_207_199_999, "9999-12-30T21:59:59.999Z", "Dec 30 21:59:59"),
        (-62_167_219_200_001, "-", "Jan  1 00:00:00"),
        (i64::MAX, "-", "Jan  1 00:00:00"),
        (i64::MIN, "-", "Jan  1 00:00:00"),
    ];
    for (unix_ms, rfc3339, bsd) in cases {
        let mut event = event.clone();
        event.moment.as_mut().unwrap().time.unix_ms = unix_ms;
        let wrapped = line(Envelope::SyslogRfc5424, PayloadKind::Text, &record(&event, None), "x");
        assert_eq!(read(&wrapped).unwrap().timestamp, rfc3339);
        let wrapped = line(Envelope::SyslogRfc3164, PayloadKind::Text, &record(&event, None), "x");
        assert!(wrapped.starts_with(&format!("<107>{bsd} db-gw-1 ")), "{wrapped}");
    }
}
