//! Lines of exports in, originals out; whatever leaves a doubt stays as it is.

use super::super::Wrapper::{self, Ecs, ElasticBulk, SplunkHec};
use super::super::{PieceEnd, detect};

/// What comes out of a line; what is refused must leave nothing behind.
fn opened(wrapper: Wrapper, line: &[u8]) -> Option<Vec<u8>> {
    let mut out = b"before".to_vec();
    let piece = wrapper.open(line, &mut out);
    assert!(piece.is_some() || out == b"before", "{}", line.escape_ascii());
    assert!(piece.as_ref().is_none_or(|piece| piece.part == PieceEnd::Last), "an original is whole");
    piece.map(|_| out.split_off(b"before".len()))
}

#[test]
fn each_export_gives_back_the_original() {
    let cases = [
        (Ecs, r#"{"event":{"original":"CEF:0"}}"#),
        (Ecs, r#" {"@timestamp":"t","event":{"code":"560","original":"CEF:0","type":["info"]},"acra":{"x":1}} "#),
        (Ecs, r#"{"event.original":"CEF:0","event.code":"560"}"#),
        (Ecs, r#"{"_index":"a","_id":"b","_score":1.5,"_source":{"event":{"original":"CEF:0"}},"sort":[1]}"#),
        (Ecs, r#"{"_source":{"event.original":"CEF:0","acra":null}}"#),
        (Ecs, r#"{"acra":{"original_base64":"Q0VGOjA="},"event":{"code":"560"}}"#),
        (Ecs, r#"{"acra.original_base64":"Q0VGOjA="}"#),
        (Ecs, r#"{"ev\u0065nt":{"origin\u0061l":"\u0043EF:0"}}"#),
        (Ecs, r#"{"event":"a text","event.original":"CEF:0"}"#),
        (Ecs, r#"{"event":{"original":"CEF:0"},"event.original":"CEF:0"}"#),
        (ElasticBulk, r#"{"message":"x","event":{"original":"CEF:0"}}"#),
        (SplunkHec, r#"{"time":1.5,"event":"another format","fields":{"acra_raw":"CEF:0","code":"560"}}"#),
        (SplunkHec, r#"{"event":"CEF:1","fields":{"acra_raw":"CEF:0"}}"#),
        (SplunkHec, r#"{"event":{"event":"x","acra":7},"fields":{"acra_raw_base64":"Q0VGOjA="}}"#),
        (SplunkHec, r#"{"event":{"event":{"original":"CEF:0"}}}"#),
        (SplunkHec, r#"{"event":{"event":{"original":"CEF:0"}},"fields":{"acra_raw":"CEF:0"}}"#),
        (SplunkHec, r#"{"event":"CEF:0","fields":{"code":"560"}}"#),
        (SplunkHec, r#"{"event":"CEF:0","fields":null}"#),
    ];
    for (wrapper, line) in cases {
        assert_eq!(opened(wrapper, line.as_bytes()).as_deref(), Some(&b"CEF:0"[..]), "{line}");
    }
    let bytes = opened(Ecs, br#"{"acra":{"original_base64":"Q0VGOjB8/w=="}}"#);
    assert_eq!(bytes.as_deref(), Some(&b"CEF:0|\xff"[..]));
}

#[test]
fn what_leaves_a_doubt_stays_as_it_is() {
    let cases = [
        // Nothing there.
        (Ecs, r#"{"message":"CEF:0"}"#),
        (Ecs, r#"{"event":{"original":""}}"#),
        (Ecs, r#"{"event":{"original":null}}"#),
        (Ecs, r#"{"event":{"original":["CEF:0"]}}"#),
        (Ecs, r#"{"event":["CEF:0"]}"#),
        (Ecs, r#"[{"event":{"original":"CEF:0"}}]"#),
        (Ecs, r#"{"fields":{"acra_raw":"CEF:0"}}"#),
        (SplunkHec, r#"{"event":"started","fields":{"code":"100"}}"#),
        (SplunkHec, r#"{"event":{"message":"CEF:0"}}"#),
        // Twice there.
        (Ecs, r#"{"event":{"original":"CEF:0"},"event":{"original":"CEF:0"}}"#),
        (Ecs, r#"{"event":{"original":"CEF:0","original":"CEF:0"}}"#),
        (Ecs, r#"{"event":{"original":"CEF:0","origin\u0061l":"CEF:1"}}"#),
        (Ecs, r#"{"event":{"original":"CEF:0"},"event.original":"CEF:1"}"#),
        (Ecs, r#"{"event":{"original":"CEF:0"},"acra":{"original_base64":"Q0VGOjE="}}"#),
        (Ecs, r#"{"event":{"original":"CEF:1"},"_source":{"event":{"original":"CEF:0"}}}"#),
        (SplunkHec, r#"{"event":"x","fields":{"acra_raw":"CEF:0"},"fields":{}}"#),
        (SplunkHec, r#"{"event":{"event":{"original":"CEF:0"}},"fields":{"acra_raw":"CEF:1"}}"#),
        (SplunkHec, r#"{"fields":{"acra_raw":"CEF:0","acra_raw_base64":"Q0VGOjE="}}"#),
        // Not whole, or not one line.
        (Ecs, r#"{"event":{"original":"CEF:0"}} {}"#),
        (Ecs, r#"{"event":{"original":"CEF:0"}"#),
        (Ecs, r#"{"event":{"original":"CEF:0\nCEF:0"}}"#),
        (Ecs, r#"{"event":{"original":"CEF:\ud800"}}"#),
        (Ecs, r#"{"acra":{"original_base64":"Q0VG#"}}"#),
        (Ecs, r#"{"acra":{"original_base64":"Q0VGCg=="}}"#),
    ];
    for (wrapper, line) in cases {
        assert_eq!(opened(wrapper, line.as_bytes()), None, "{line}");
    }
    assert_eq!(opened(Ecs, b"{\"event\":{\"original\":\"CEF:\xff\"}}"), None);
}

#[test]
fn an_action_stands_for_no_entry_and_hides_none() {
    for action in [
        r#"{"create":{}}"#,
        r#"{"index":{}}"#,
        r#" {"create": {"_index": "logs-acra", "_id": "1", "require_alias": true, "if_seq_no": 3}} "#,
    ] {
        assert_eq!(opened(ElasticBulk, action.as_bytes()).as_deref(), Some(&b""[..]), "{action}");
        assert_eq!(opened(Ecs, action.as_bytes()), None, "{action}");
    }
    let long = format!(r#"{{"create":{{"_id":"{}"}}}}"#, "x".repeat(5000));
    for entry in [
        r#"{"create":{},"integrity":"00"}"#,
        r#"{"create":{},"index":{}}"#,
        r#"{"create":{"integrity":"00"}}"#,
        r#"{"create":{"_id":{"integrity":"00"}}}"#,
        r#"{"create":{"_id":["CEF:0"]}}"#,
        r#"{"create":[]}"#,
        r#"{"create":"CEF:0"}"#,
        r#"{"delete":{}}"#,
        r"{}",
        &long,
    ] {
        assert_eq!(opened(ElasticBulk, entry.as_bytes()), None, "{entry}");
    }
}

#[test]
fn an_export_is_never_detected() {
    let lines = [
        r#"{"event":{"original":"CEF:0|x"}}"#,
        r#"{"create":{}}"#,
        r#"{"event":"CEF:0|x","fields":{"acra_raw":"CEF:0|x"}}"#,
    ];
    for line in lines {
        assert_eq!(detect(line.as_bytes()), None, "{line}");
    }
}

#[test]
fn depth_and_size_bring_no_reader_down() {
    let deep = |open: &str, close: &str, core: &str| format!("{}{core}{}", open.repeat(100_000), close.repeat(100_000));
    let cases = [
        deep(r#"{"_source":"#, "}", r#"{"event":{"original":"CEF:0"}}"#),
        deep(r#"{"event":"#, "}", "0"),
        deep("[", "]", ""),
        format!(r#"{{"x":{},"event":{{"original":"CEF:0"}}"#, deep("[", "]", "")),
        format!("{{{}", r#""event":{"original":"CEF:0"},"#.repeat(100_000)),
    ];
    for line in cases {
        for wrapper in [Ecs, SplunkHec, ElasticBulk] {
            assert_eq!(opened(wrapper, line.as_bytes()), None);
        }
    }
}

proptest::proptest! {
    #[test]
    fn every_line_comes_back_as_it_was(text in "[^\n]{1,60}", bytes in proptest::collection::vec(11_u8.., 1..40)) {
        use base64::Engine as _;
        let base64 = base64::engine::general_purpose::STANDARD.encode(&bytes);
        let texts = [
            (Ecs, serde_json::json!({"event": {"original": text}})),
            (ElasticBulk, serde_json::json!({"_source": {"event.original": text}})),
            (SplunkHec, serde_json::json!({"event": "x", "fields": {"acra_raw": text}})),
        ];
        for (wrapper, line) in texts {
            proptest::prop_assert_eq!(opened(wrapper, line.to_string().as_bytes()).unwrap(), text.as_bytes());
        }
        let coded = [
            (Ecs, serde_json::json!({"acra": {"original_base64": base64}})),
            (SplunkHec, serde_json::json!({"event": {}, "fields": {"acra_raw_base64": base64}})),
        ];
        for (wrapper, line) in coded {
            proptest::prop_assert_eq!(&opened(wrapper, line.to_string().as_bytes()).unwrap(), &bytes);
        }
    }

    #[test]
    fn no_bytes_bring_an_export_down(line in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..80)) {
        for wrapper in [Ecs, SplunkHec, ElasticBulk] {
            for head in [&b""[..], b"{\"event\":", b"{\"event\":{\"original\":\"", b"{\"create\":{", b"{\"_source\":{"] {
                opened(wrapper, &[head, &line].concat());
            }
        }
    }
}
