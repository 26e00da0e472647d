//! What receivers want to be sent, as their documentation has it: the body, where it goes, and how a token is shown. Texts of a log
//! stand only where a receiver does not interpret them, or with what it interprets spelled out.

use serde::Deserialize;
use serde_json::{Value, json};
use strum::{IntoStaticStr, VariantArray};
use zeroize::Zeroizing;

use crate::entry::LogTime;
use crate::incident::Severity;
use crate::reaction::action::Notification;
use crate::reaction::action::text::{cut_to_bytes, facts, heading, json_line, shown, withheld};
use crate::watch::{Alarm, AlarmState};

/// The most alarms that a message for people names one by one.
const ALARMS_MAX: usize = 10;

/// Of a text in a message for people, in characters: with every one of them spelled out, it is shorter than Slack and PagerDuty take.
const TEXT_CHARS_MAX: usize = 500;
const FACT_CHARS_MAX: usize = 300;
/// <https://docs.slack.dev/reference/block-kit/blocks/header-block>
const HEADING_CHARS_MAX: usize = 150;

/// <https://learn.microsoft.com/en-us/microsoftteams/platform/webhooks-and-connectors/how-to/add-incoming-webhook>: 28 KB.
const TEAMS_BYTES_MAX: usize = 27 * 1024;

/// <https://docs.ntfy.sh/publish/#limitations>: a longer message becomes a file that has to be downloaded.
const NTFY_BYTES_MAX: usize = 3500;

/// How long Alertmanager takes an alarm for one that goes on when nobody says more of it. Without an end it would take it for
/// resolved after its `resolve_timeout`, which is five minutes.
const ALERT_MS_MAX: i64 = 24 * 60 * 60 * 1000;

/// The times that every receiver can read: those of the years 1970 to 9999.
const TIMES_MS: std::ops::Range<i64> = 0..253_402_300_800_000;

/// A receiver.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, IntoStaticStr, VariantArray)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub(super) enum Preset {
    /// An incoming webhook of Slack. <https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks>
    Slack,
    /// A workflow of Teams that posts what it gets. <https://learn.microsoft.com/en-us/connectors/teams/>
    Teams,
    /// The Events API, version 2. <https://developer.pagerduty.com/docs/events-api-v2/trigger-events/>
    Pagerduty,
    /// <https://github.com/prometheus/alertmanager/blob/main/api/v2/openapi.yaml>
    Alertmanager,
    /// The HTTP event collector.
    /// <https://docs.splunk.com/Documentation/Splunk/latest/Data/FormateventsforHTTPEventCollector>
    SplunkHec,
    /// <https://docs.ntfy.sh/publish/#publish-as-json>
    Ntfy,
    /// Whoever reads JSON.
    #[default]
    Generic,
}

/// What is told, beside the notification.
pub(super) struct Telling<'a> {
    pub(super) notification: &'a Notification<'a>,
    /// Of PagerDuty, where it stands in the body.
    pub(super) token: &'a str,
    /// Of ntfy.
    pub(super) topic: &'a str,
    /// Where people find more.
    pub(super) link: Option<&'a str>,
    pub(super) now: LogTime,
}

/// The body of a request, which may hold a token.
pub(super) type RequestBody = Zeroizing<String>;

impl Preset {
    /// The word in the configuration.
    pub(super) fn name(self) -> &'static str {
        self.into()
    }

    /// The URL of a service that has one for everybody.
    pub(super) fn usual_url(self) -> Option<&'static str> {
        (self == Self::Pagerduty).then_some("https://events.pagerduty.com/v2/enqueue")
    }

    /// The path at a server that was given without one.
    pub(super) fn usual_path(self) -> Option<&'static str> {
        match self {
            Self::Alertmanager => Some("/api/v2/alerts"),
            Self::SplunkHec => Some("/services/collector/event"),
            _ => None,
        }
    }

    /// Those of all receivers.
    pub(super) fn usual_paths() -> impl Iterator<Item = &'static str> {
        let urls = Self::VARIANTS.iter().filter_map(|preset| preset.usual_url());
        Self::VARIANTS.iter().filter_map(|preset| preset.usual_path()).chain(urls)
    }

    /// Whether whoever knows the URL may send, so that it is a secret.
    pub(super) fn is_url_secret(self) -> bool {
        matches!(self, Self::Slack | Self::Teams)
    }

    /// What stands in front of a token in the header Authorization; None where it stands in the body.
    pub(super) fn token_scheme(self) -> Option<&'static str> {
        match self {
            Self::Pagerduty => None,
            Self::SplunkHec => Some("Splunk"),
            _ => Some("Bearer"),
        }
    }

    /// The bodies of the requests that tell a notification, in this order.
    pub(super) fn bodies(self, telling: &Telling<'_>) -> Result<Vec<RequestBody>, serde_json::Error> {
        let alarms = telling.notification.alarms;
        let bodies = match self {
            Self::Slack => vec![json_line(&slack(telling, ALARMS_MAX.min(alarms.len())))?],
            Self::Teams => vec![as_many_as_fit(telling, TEAMS_BYTES_MAX, teams)?],
            Self::Pagerduty => {
                alarms.iter().map(|alarm| json_line(&pagerduty(telling, alarm))).collect::<Result<_, _>>()?
            }
            Self::Alertmanager => {
                let alerts: Vec<Value> = alarms.iter().flat_map(|alarm| alertmanager(telling, alarm)).collect();
                vec![json_line(&alerts)?]
            }
            Self::SplunkHec => {
                let events = alarms.iter().map(|alarm| json_line(&splunk(telling, alarm)));
                // One object behind the other, not a list of them.
                vec![events.collect::<Result<Vec<_>, _>>()?.join("\n")]
            }
            Self::Ntfy => vec![json_line(&ntfy(telling))?],
            Self::Generic => vec![json_line(telling.notification)?],
        };
        Ok(bodies.into_iter().map(Zeroizing::new).collect())
    }
}

/// The message with the most alarms that is short enough.
fn as_many_as_fit(
    telling: &Telling<'_>,
    bytes_max: usize,
    message: fn(&Telling<'_>, usize) -> Value,
) -> Result<String, serde_json::Error> {
    let mut alarms = ALARMS_MAX.min(telling.notification.alarms.len());
    loop {
        let body = json_line(&message(telling, alarms))?;
        if body.len() <= bytes_max || alarms <= 1 {
            return Ok(body);
        }
        alarms -= 1;
    }
}

/// What is said below the alarms that are named: how many more there are.
fn rest(telling: &Telling<'_>, named: usize) -> Vec<String> {
    let more = telling.notification.alarms.len() - named;
    let more = (more > 0).then(|| format!("and {more} more alarms"));
    more.into_iter().chain(withheld(telling.notification)).collect()
}

/// What Slack would take for a link or a mention, spelled out.
/// <https://docs.slack.dev/messaging/formatting-message-text#escaping>
fn mrkdwn(text: &str, chars_max: usize) -> String {
    shown(text, chars_max).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn slack(telling: &Telling<'_>, named: usize) -> Value {
    // `verbatim`: no addresses and no names of channels in it become links.
    let text = |text: String| json!({"type": "mrkdwn", "text": text, "verbatim": true});
    let mut blocks = Vec::new();
    for alarm in &telling.notification.alarms[..named] {
        let heading = shown(&heading(alarm), HEADING_CHARS_MAX);
        blocks.push(json!({"type": "header", "text": {"type": "plain_text", "text": heading, "emoji": false}}));
        let fields: Vec<Value> = facts(alarm)
            .iter()
            .map(|(name, value)| text(format!("*{name}*\n{}", mrkdwn(value, FACT_CHARS_MAX))))
            .collect();
        blocks.push(json!({"type": "section", "text": text(mrkdwn(&alarm.summary, TEXT_CHARS_MAX)), "fields": fields}));
    }
    let mut below: Vec<Value> = rest(telling, named).into_iter().map(text).collect();
    below.extend(telling.link.map(|link| text(format!("<{}|more>", mrkdwn(link, TEXT_CHARS_MAX)))));
    if !below.is_empty() {
        blocks.push(json!({"type": "context", "elements": below}));
    }
    // What a phone shows of it.
    let first = telling.notification.alarms.iter().map(|alarm| mrkdwn(&heading(alarm), HEADING_CHARS_MAX));
    let fallback: Vec<String> = first.take(named).collect();
    json!({"text": fallback.join("\n"), "blocks": blocks})
}

/// Adaptive Cards read Markdown in a TextBlock and in facts, but in no TextRun.
/// <https://learn.microsoft.com/en-us/microsoftteams/platform/task-modules-and-cards/cards/cards-format>
fn teams(telling: &Telling<'_>, named: usize) -> Value {
    let run = |text: String, is_bold: bool| json!({"type": "TextRun", "text": text, "weight": if is_bold { "Bolder" } else { "Default" }});
    let block = |runs: Vec<Value>| json!({"type": "RichTextBlock", "inlines": runs});
    let mut body = Vec::new();
    for alarm in &telling.notification.alarms[..named] {
        let style = match (alarm.state, alarm.severity) {
            (AlarmState::Closed, _) => "good",
            (_, Severity::Critical | Severity::High) => "attention",
            (_, Severity::Medium) => "warning",
            (_, Severity::Low) => "default",
        };
        let mut items = vec![block(vec![run(shown(&heading(alarm), HEADING_CHARS_MAX), true)])];
        items.push(block(vec![run(shown(&alarm.summary, TEXT_CHARS_MAX), false)]));
        for (name, value) in facts(alarm) {
            items.push(block(vec![run(format!("{name}: "), true), run(shown(&value, FACT_CHARS_MAX), false)]));
        }
        body.push(json!({"type": "Container", "style": style, "items": items}));
    }
    body.extend(rest(telling, named).into_iter().map(|text| block(vec![run(text, false)])));
    let actions: Vec<Value> =
        telling.link.iter().map(|link| json!({"type": "Action.OpenUrl", "title": "More", "url": link})).collect();
    let card = json!({
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "msteams": {"width": "Full"},
        "body": body,
        "actions": actions,
    });
    json!({
        "type": "message",
        "attachments": [{"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": null, "content": card}],
    })
}

fn pagerduty(telling: &Telling<'_>, alarm: &Alarm) -> Value {
    let severity = match alarm.severity {
        Severity::Critical => "critical",
        Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low => "info",
    };
    let Notification { reaction, idempotency_key, withheld, .. } = *telling.notification;
    let summary = format!("{}: {}", shown(&heading(alarm), HEADING_CHARS_MAX), shown(&alarm.summary, TEXT_CHARS_MAX));
    let source = if alarm.stream.is_empty() { "acra" } else { &alarm.stream };
    let links: Vec<Value> = telling.link.iter().map(|link| json!({"href": link, "text": "more"})).collect();
    json!({
        "routing_key": telling.token,
        "event_action": if alarm.state == AlarmState::Closed { "resolve" } else { "trigger" },
        "dedup_key": alarm.id,
        "client": "acralog",
        "links": links,
        "payload": {
            "summary": summary,
            "source": shown(source, TEXT_CHARS_MAX),
            "severity": severity,
            "timestamp": readable(alarm.last).unwrap_or(telling.now),
            "component": "acra",
            "group": shown(&alarm.rule, FACT_CHARS_MAX),
            "class": alarm.kind,
            "custom_details": {
                "alarm": alarm, "reaction": reaction, "idempotency_key": idempotency_key, "withheld": withheld,
            },
        },
    })
}

/// A time that every receiver can read.
fn readable(time: Option<LogTime>) -> Option<LogTime> {
    time.filter(|time| TIMES_MS.contains(&time.unix_ms))
}

/// The alert of an alarm. Its labels are what it is known by, and the severity is one of them, as everybody sends alerts on by it: one
/// that had another severity before is ended.
fn alertmanager(telling: &Telling<'_>, alarm: &Alarm) -> Vec<Value> {
    let now = telling.now;
    // A log may be ahead of the clock, but nothing ends before it begins.
    let begin = readable(alarm.first).map_or(now, |first| first.min(now));
    let over = readable(alarm.last).map_or(now, |last| last.clamp(begin, now));
    let alert = |severity: Severity, end: LogTime| {
        let mut alert = json!({
            "labels": {
                "alertname": alarm.kind,
                "alarm": alarm.id,
                "severity": severity,
                "rule": shown(&alarm.rule, FACT_CHARS_MAX),
                "log": shown(&alarm.stream, FACT_CHARS_MAX),
                "job": "acralog",
            },
            "annotations": annotations(telling, alarm),
            "startsAt": begin,
            "endsAt": end,
        });
        if alarm.test {
            alert["labels"]["test"] = "true".into();
        }
        if let Some(link) = telling.link {
            alert["generatorURL"] = link.into();
        }
        alert
    };
    let end = match alarm.state {
        AlarmState::Closed => over,
        AlarmState::Raised | AlarmState::Updated => LogTime { unix_ms: now.unix_ms + ALERT_MS_MAX },
    };
    let others =
        Severity::ALL.into_iter().filter(|other| *other != alarm.severity && alarm.state != AlarmState::Raised);
    std::iter::once(alert(alarm.severity, end)).chain(others.map(|other| alert(other, over))).collect()
}

fn annotations(telling: &Telling<'_>, alarm: &Alarm) -> Value {
    let mut annotations = json!({
        "title": shown(&heading(alarm), HEADING_CHARS_MAX),
        "summary": shown(&alarm.summary, TEXT_CHARS_MAX),
        "advice": shown(&alarm.advice, TEXT_CHARS_MAX),
        "reaction": telling.notification.reaction,
    });
    for (name, value) in facts(alarm) {
        annotations[name.to_lowercase()] = shown(&value, FACT_CHARS_MAX).into();
    }
    if let Some(withheld) = withheld(telling.notification) {
        annotations["withheld"] = withheld.into();
    }
    annotations
}

fn splunk(telling: &Telling<'_>, alarm: &Alarm) -> Value {
    let Notification { reaction, idempotency_key, withheld, .. } = *telling.notification;
    let mut event = json!({
        "sourcetype": "acralog:alarm",
        "source": shown(&alarm.stream, FACT_CHARS_MAX),
        "event": {"reaction": reaction, "idempotency_key": idempotency_key, "withheld": withheld, "alarm": alarm},
        "fields": {"alarm_id": alarm.id, "state": alarm.state, "severity": alarm.severity},
    });
    // Splunk takes the time at which it came when it has none.
    if let Some(time) = readable(alarm.last) {
        let (seconds, milliseconds) = (time.unix_ms / 1000, time.unix_ms % 1000);
        event["time"] = format!("{seconds}.{milliseconds:03}").into();
    }
    event
}

fn ntfy(telling: &Telling<'_>) -> Value {
    let alarms = telling.notification.alarms;
    let worst = alarms.iter().filter(|alarm| alarm.state != AlarmState::Closed).map(|alarm| alarm.severity).max();
    let (priority, tag) = match worst {
        Some(Severity::Critical) => (5, "rotating_light"),
        Some(Severity::High) => (4, "rotating_light"),
        Some(Severity::Medium) => (3, "warning"),
        Some(Severity::Low) => (2, "information_source"),
        None => (2, "white_check_mark"),
    };
    let mut lines = Vec::new();
    for alarm in alarms.iter().take(ALARMS_MAX) {
        lines.push(format!("{}\n{}", heading(alarm), shown(&alarm.summary, TEXT_CHARS_MAX)));
    }
    lines.extend(rest(telling, ALARMS_MAX.min(alarms.len())));
    let title = alarms.last().map(heading).unwrap_or_default();
    let mut message = json!({
        "topic": telling.topic,
        "title": shown(&title, HEADING_CHARS_MAX),
        "message": cut_to_bytes(&lines.join("\n\n"), NTFY_BYTES_MAX),
        "priority": priority,
        "tags": [tag],
    });
    if let Some(link) = telling.link {
        message["click"] = link.into();
    }
    message
}

#[cfg(test)]
mod tests;
