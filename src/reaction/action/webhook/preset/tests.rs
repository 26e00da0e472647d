//! Bodies, held against what the receivers' documentation says of them, for quiet alarms and hostile ones.

use serde_json::from_str;

use super::*;
use crate::reaction::action::made_up_alarm;

const NOW: LogTime = LogTime { unix_ms: 1_741_910_460_000 };

fn alarm(state: AlarmState, severity: Severity) -> Alarm {
    let alarm = made_up_alarm("Burst of <blocked> queries", LogTime { unix_ms: 1_741_910_400_389 });
    let summary = "7 queries & more".to_owned();
    Alarm { state, severity, summary, count: 7, test: false, ..alarm }
}

/// An alarm that does all that an alarm can do to a receiver.
fn hostile() -> Alarm {
    let text = "<!channel> & *b* [x](http://x) \u{202e}\x1b[31m\n\"}]".repeat(500);
    Alarm {
        title: text.clone(),
        summary: text.clone(),
        rule: text.clone(),
        rule_text: text.clone(),
        stream: text.clone(),
        client_ids: vec![text.clone(); 50],
        advice: text,
        first: Some(LogTime { unix_ms: i64::MIN }),
        last: Some(LogTime { unix_ms: i64::MAX }),
        ..alarm(AlarmState::Raised, Severity::Critical)
    }
}

fn bodies(preset: Preset, alarms: &[Alarm]) -> Vec<String> {
    let notification = Notification { reaction: "page", alarms, idempotency_key: "page-1f0c", withheld: 3 };
    let link = Some("https://wiki.example/acra?a=1&b=2");
    let telling = Telling { notification: &notification, token: "hunter2", topic: "acra", link, now: NOW };
    preset.bodies(&telling).unwrap().into_iter().map(|body| body.to_string()).collect()
}

fn body(preset: Preset, alarms: &[Alarm]) -> Value {
    let bodies = bodies(preset, alarms);
    assert_eq!(bodies.len(), 1);
    from_str(&bodies[0]).unwrap()
}

#[track_caller]
fn assert_fits(schema: Value, body: &Value) {
    let validator = jsonschema::validator_for(&schema).unwrap();
    let wrong: Vec<String> =
        validator.iter_errors(body).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// What is told in each of the tests below.
fn samples() -> Vec<Vec<Alarm>> {
    let quiet = crate::reaction::action::sample::bare_alarm("quiet");
    let mut samples: Vec<Vec<Alarm>> = vec![vec![quiet], vec![hostile()], vec![hostile(); 100]];
    for state in [AlarmState::Raised, AlarmState::Updated, AlarmState::Closed] {
        samples.extend(Severity::ALL.map(|severity| vec![alarm(state, severity)]));
    }
    samples
}

#[test]
fn slack_gets_blocks_of_the_size_that_it_takes() {
    let text = |kind: &str, max: u32| {
        json!({"type": "object", "required": ["type", "text"], "properties": {
            "type": {"const": kind}, "text": {"type": "string", "minLength": 1, "maxLength": max}}})
    };
    // <https://docs.slack.dev/reference/block-kit/blocks>
    let schema = json!({
        "type": "object", "required": ["text", "blocks"], "additionalProperties": false,
        "properties": {
            "text": {"type": "string", "maxLength": 4000},
            "blocks": {"type": "array", "minItems": 1, "maxItems": 50, "items": {"oneOf": [
                {"properties": {"type": {"const": "header"}, "text": text("plain_text", 150)}, "required": ["type", "text"]},
                {"properties": {"type": {"const": "section"}, "text": text("mrkdwn", 3000),
                    "fields": {"type": "array", "minItems": 1, "maxItems": 10, "items": text("mrkdwn", 2000)}},
                    "required": ["type", "text"]},
                {"properties": {"type": {"const": "context"},
                    "elements": {"type": "array", "minItems": 1, "maxItems": 10, "items": text("mrkdwn", 3000)}},
                    "required": ["type", "elements"]},
            ]}},
        },
    });
    for alarms in samples() {
        let body = body(Preset::Slack, &alarms);
        assert_fits(schema.clone(), &body);
        assert!(!body.to_string().contains("<!channel>") || alarms[0].title.contains("<!channel>"), "{body}");
    }
    let found = body(Preset::Slack, &[alarm(AlarmState::Closed, Severity::High)]);
    assert_eq!(found["text"], "HIGH: Burst of &lt;blocked&gt; queries (over)");
    assert_eq!(found["blocks"][0]["text"]["text"], "HIGH: Burst of <blocked> queries (over)");
    let summary = json!({"type": "mrkdwn", "text": "7 queries &amp; more", "verbatim": true});
    assert_eq!(found["blocks"][1]["text"], summary);
    assert_eq!(found["blocks"][1]["fields"][2]["text"], "*Count*\n7 entries");
    assert_eq!(found["blocks"][2]["elements"][1]["text"], "<https://wiki.example/acra?a=1&amp;b=2|more>");
    let many = body(Preset::Slack, &vec![hostile(); 12]);
    assert_eq!(many["blocks"][20]["elements"][0]["text"], "and 2 more alarms");
    let hostile = many["blocks"][1].to_string();
    assert!(!hostile.contains('<') && !hostile.contains('\u{202e}'), "{hostile}");
}

#[test]
fn teams_gets_a_card_in_which_nothing_is_markdown() {
    let run = json!({"type": "object", "required": ["type", "text"], "properties": {
        "type": {"const": "TextRun"}, "text": {"type": "string"}, "weight": {"enum": ["Default", "Lighter", "Bolder"]}}});
    let block = json!({"type": "object", "required": ["type", "inlines"], "properties": {
        "type": {"const": "RichTextBlock"}, "inlines": {"type": "array", "minItems": 1, "items": run}}});
    let container = json!({"type": "object", "required": ["type", "items"], "properties": {
        "type": {"const": "Container"}, "items": {"type": "array", "items": block},
        "style": {"enum": ["default", "emphasis", "good", "attention", "warning", "accent"]}}});
    // <https://adaptivecards.io/schemas/adaptive-card.json>, as far as it is used, in the envelope of Teams.
    let schema = json!({
        "type": "object", "required": ["type", "attachments"],
        "properties": {"type": {"const": "message"}, "attachments": {"type": "array", "minItems": 1, "maxItems": 1, "items": {
            "required": ["contentType", "content"],
            "properties": {"contentType": {"const": "application/vnd.microsoft.card.adaptive"}, "content": {
                "required": ["type", "version", "body"],
                "properties": {"type": {"const": "AdaptiveCard"}, "version": {"const": "1.4"},
                    "body": {"type": "array", "minItems": 1, "items": {"oneOf": [container, block]}},
                    "actions": {"type": "array", "items": {"required": ["type", "url"],
                        "properties": {"type": {"const": "Action.OpenUrl"}}}}},
            }},
        }}},
    });
    for alarms in samples() {
        let bodies = bodies(Preset::Teams, &alarms);
        assert!(bodies[0].len() <= 28 * 1024, "{}", bodies[0].len());
        assert_fits(schema.clone(), &from_str(&bodies[0]).unwrap());
    }
    let found = body(Preset::Teams, &[alarm(AlarmState::Raised, Severity::Medium)]);
    let card = &found["attachments"][0]["content"];
    assert_eq!(card["body"][0]["style"], "warning");
    let heading = json!({"type": "TextRun", "text": "MEDIUM: Burst of <blocked> queries", "weight": "Bolder"});
    assert_eq!(card["body"][0]["items"][0]["inlines"][0], heading);
    assert!(card["body"][1].to_string().contains("3 more changes of alarms were held back"), "{card}");
}

#[test]
fn pagerduty_gets_an_event_for_each_alarm_by_which_it_opens_and_resolves() {
    // <https://github.com/PagerDuty/api-schema/blob/main/reference/events-v2/openapiv3.json>, and the lengths of its
    // documentation.
    let schema = json!({
        "type": "object", "required": ["routing_key", "event_action", "dedup_key", "payload"], "additionalProperties": false,
        "properties": {
            "routing_key": {"type": "string"},
            "event_action": {"enum": ["trigger", "acknowledge", "resolve"]},
            "dedup_key": {"type": "string", "maxLength": 255},
            "client": {"type": "string"},
            "client_url": {"type": "string"},
            "links": {"type": "array", "items": {"type": "object", "required": ["href"]}},
            "payload": {
                "type": "object", "required": ["summary", "severity", "source"], "additionalProperties": false,
                "properties": {
                    "summary": {"type": "string", "minLength": 1, "maxLength": 1024},
                    "timestamp": {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z$"},
                    "severity": {"enum": ["critical", "warning", "error", "info"]},
                    "source": {"type": "string", "minLength": 1},
                    "component": {"type": "string"}, "group": {"type": "string"}, "class": {"type": "string"},
                    "custom_details": {"type": "object"},
                },
            },
        },
    });
    for alarms in samples() {
        let bodies = bodies(Preset::Pagerduty, &alarms);
        assert_eq!(bodies.len(), alarms.len());
        for body in bodies {
            assert_fits(schema.clone(), &from_str(&body).unwrap());
        }
    }
    for (state, action) in
        [(AlarmState::Raised, "trigger"), (AlarmState::Updated, "trigger"), (AlarmState::Closed, "resolve")]
    {
        for (severity, word) in Severity::ALL.into_iter().zip(["info", "warning", "error", "critical"]) {
            let alarm = alarm(state, severity);
            let found = body(Preset::Pagerduty, std::slice::from_ref(&alarm));
            assert_eq!((&found["event_action"], &found["payload"]["severity"]), (&action.into(), &word.into()));
            assert_eq!((&found["dedup_key"], &found["routing_key"]), (&alarm.id.as_str().into(), &"hunter2".into()));
            assert_eq!(found["payload"]["timestamp"], "2025-03-14T00:00:00.389Z");
        }
    }
}

#[test]
fn alertmanager_gets_alerts_that_are_known_again_and_have_an_end() {
    // <https://github.com/prometheus/alertmanager/blob/main/api/v2/openapi.yaml>
    let set = json!({"type": "object", "additionalProperties": {"type": "string"}});
    let time = json!({"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z$"});
    let schema = json!({"type": "array", "minItems": 1, "items": {
        "type": "object", "required": ["labels"], "additionalProperties": false,
        "properties": {"labels": set, "annotations": set, "startsAt": time, "endsAt": time,
            "generatorURL": {"type": "string"}},
    }});
    for alarms in samples() {
        let found = body(Preset::Alertmanager, &alarms);
        assert_fits(schema.clone(), &found);
        for alert in found.as_array().unwrap() {
            let time = |name: &str| alert[name].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
            assert!(time("startsAt") <= time("endsAt"), "{alert}");
        }
    }
    let ends = |state| {
        let found = body(Preset::Alertmanager, &[alarm(state, Severity::High)]);
        let alerts = found.as_array().unwrap().iter();
        let mut ends: Vec<_> =
            alerts.map(|alert| (alert["labels"]["severity"].clone(), alert["endsAt"].clone())).collect();
        ends.sort_by_key(|(severity, _)| severity.to_string());
        ends
    };
    let (later, over) = ("2025-03-15T00:01:00Z", "2025-03-14T00:00:00.389Z");
    assert_eq!(ends(AlarmState::Raised), [("high".into(), later.into())]);
    let others = |high: &str| {
        [("critical", over), ("high", high), ("low", over), ("medium", over)]
            .map(|(a, b)| (Value::from(a), Value::from(b)))
    };
    assert_eq!(ends(AlarmState::Updated), others(later));
    assert_eq!(ends(AlarmState::Closed), others(over));
}

#[test]
fn splunk_gets_objects_one_behind_the_other_with_their_time() {
    let alarms = [alarm(AlarmState::Raised, Severity::High), hostile()];
    let bodies = bodies(Preset::SplunkHec, &alarms);
    let events: Vec<Value> =
        serde_json::Deserializer::from_str(&bodies[0]).into_iter().collect::<Result<_, _>>().unwrap();
    assert_eq!(events.len(), 2);
    assert_eq!(events[0]["time"], "1741910400.389");
    assert!(events[1].get("time").is_none());
    for (event, alarm) in events.iter().zip(&alarms) {
        assert_eq!(event["sourcetype"], "acralog:alarm");
        assert_eq!(event["event"]["alarm"], serde_json::to_value(alarm).unwrap());
        assert_eq!(event["event"]["idempotency_key"], "page-1f0c");
        let fields = json!({"alarm_id": alarm.id, "state": "raised", "severity": alarm.severity});
        assert_eq!(event["fields"], fields);
    }
}

#[test]
fn ntfy_gets_a_message_that_stays_one() {
    // <https://docs.ntfy.sh/publish/#publish-as-json>
    let schema = json!({
        "type": "object", "required": ["topic"], "additionalProperties": false,
        "properties": {
            "topic": {"type": "string", "pattern": "^[-_A-Za-z0-9]{1,64}$"},
            "message": {"type": "string"}, "title": {"type": "string"}, "click": {"type": "string"},
            "tags": {"type": "array", "items": {"type": "string"}},
            "priority": {"type": "integer", "minimum": 1, "maximum": 5},
        },
    });
    for alarms in samples() {
        let found = body(Preset::Ntfy, &alarms);
        assert_fits(schema.clone(), &found);
        assert!(found["message"].as_str().unwrap().len() < 4096);
    }
    for (state, severity, priority, tag) in [
        (AlarmState::Raised, Severity::Critical, 5, "rotating_light"),
        (AlarmState::Raised, Severity::High, 4, "rotating_light"),
        (AlarmState::Updated, Severity::Medium, 3, "warning"),
        (AlarmState::Raised, Severity::Low, 2, "information_source"),
        (AlarmState::Closed, Severity::Critical, 2, "white_check_mark"),
    ] {
        let found = body(Preset::Ntfy, &[alarm(state, severity)]);
        assert_eq!((&found["priority"], &found["tags"]), (&priority.into(), &json!([tag])));
    }
}

#[test]
fn a_made_up_alarm_says_so_wherever_it_is_told() {
    let alarms = [made_up_alarm("A test", NOW)];
    for preset in Preset::VARIANTS {
        let told = bodies(*preset, &alarms).concat();
        let says_so = told.contains("TEST, nothing happened: ") || told.contains("\"test\":true");
        assert!(says_so, "{}: {told}", preset.name());
    }
}

#[test]
fn nobody_gets_a_character_that_does_more_than_show_itself() {
    for preset in Preset::VARIANTS {
        for body in bodies(*preset, &[hostile()]) {
            assert!(!body.chars().any(|c| c != '\n' && crate::terminal_safe::is_unsafe_char(c)), "{}", preset.name());
        }
    }
}
