//! A body that people wrote themselves, as a template of Jinja. What is wrong with it is said before anything happens, by filling it
//! in for alarms that were made up.

use std::fs::File;
use std::path::Path;

use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, UndefinedBehavior};

use crate::entry::LogTime;
use crate::failure::Failure;
use crate::key::read_up_to;
use crate::reaction::action::text::shown;
use crate::reaction::action::{Notification, made_up_alarm, sample};

/// Of a template, and of what it becomes, in bytes.
const TEMPLATE_BYTES_MAX: usize = 64 * 1024;
const BODY_BYTES_MAX: usize = 1024 * 1024;

/// How many steps a template may take: a loop over all alarms takes some hundred for each.
const STEPS_MAX: u64 = 1_000_000;

/// The most characters of what is wrong with a template.
const WRONG_CHARS_MAX: usize = 300;

/// The name of the only template.
const NAME: &str = "body";

/// A template that can be filled in.
#[derive(Debug)]
pub(super) struct BodyTemplate {
    environment: Environment<'static>,
    is_json: bool,
}

impl BodyTemplate {
    /// Reads a template, and tries it; what it makes is JSON unless somebody said otherwise.
    pub(super) fn read(path: &Path, is_json: bool) -> Result<Self, Failure> {
        let place = path.display();
        let unfit = |why: String| Failure::new(format!("{place}: the template {why}"));
        let mut content = vec![0; TEMPLATE_BYTES_MAX + 1];
        let length = File::open(path).and_then(|file| read_up_to(file, &mut content));
        let length = length.map_err(|error| unfit(format!("cannot be read: {error}")))?;
        if length > TEMPLATE_BYTES_MAX {
            return Err(unfit(format!("is longer than {TEMPLATE_BYTES_MAX} bytes")));
        }
        content.truncate(length);
        let source = String::from_utf8(content).map_err(|_| unfit("is not UTF-8".to_owned()))?;
        let mut environment = Environment::new();
        environment.set_auto_escape_callback(|_| AutoEscape::None);
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_fuel(Some(STEPS_MAX));
        environment
            .add_template_owned(NAME, source)
            .map_err(|error| unfit(format!("cannot be read: {}", shown(&error.to_string(), WRONG_CHARS_MAX))))?;
        let template = Self { environment, is_json };
        template.try_out().map_err(|why| {
            unfit(why)
                .with_hint("a text becomes JSON by the filter tojson, without quotes: {{ alarm.summary | tojson }}")
        })?;
        Ok(template)
    }

    /// Fills it in for an alarm that has everything, and for one that has nothing.
    fn try_out(&self) -> Result<(), String> {
        let text = "quotes \" and ' and a \\ and\nanother line";
        for alarm in [made_up_alarm(text, LogTime { unix_ms: 0 }), sample::bare_alarm(text)] {
            let alarms = [alarm];
            let notification = Notification { reaction: "test", alarms: &alarms, idempotency_key: "test", withheld: 0 };
            self.fill(&notification)?;
        }
        Ok(())
    }

    /// The body; what is wrong is for people.
    pub(super) fn fill(&self, notification: &Notification<'_>) -> Result<String, String> {
        let wrong = |error: minijinja::Error| {
            let source = std::error::Error::source(&error).map(|source| format!(": {source}")).unwrap_or_default();
            format!("cannot be filled in: {}", shown(&format!("{error}{source}"), WRONG_CHARS_MAX))
        };
        let template = self.environment.get_template(NAME).map_err(wrong)?;
        let context = minijinja::context! {
            alarm => Serde(notification.alarms.last()),
            ..minijinja::Value::from(Serde(notification))
        };
        let mut body = Bounded(Vec::new());
        template.render_captured_to(context, &mut body).map_err(wrong)?;
        let body = String::from_utf8(body.0).map_err(|_| "made no text".to_owned())?;
        if self.is_json && serde_json::from_str::<serde::de::IgnoredAny>(&body).is_err() {
            return Err("does not make JSON of every text".to_owned());
        }
        Ok(body)
    }
}

/// What takes no more than a body may be long.
struct Bounded(Vec<u8>);

impl std::io::Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        if self.0.len() + bytes.len() > BODY_BYTES_MAX {
            return Err(std::io::Error::other(format!("it makes more than {BODY_BYTES_MAX} bytes")));
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(source: &str, is_json: bool) -> Result<BodyTemplate, Failure> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.j2");
        std::fs::write(&path, source).unwrap();
        BodyTemplate::read(&path, is_json)
    }

    #[test]
    fn a_template_is_filled_in_with_the_notification() {
        let source = "{\"n\": {{ reaction | tojson }}, \"titles\": [{% for alarm in alarms %}{{ alarm.title | tojson }}{{ \
                      ',' if not loop.last }}{% endfor %}], \"last\": {{ alarm.id | tojson }}, \"first\": {{ alarm.first \
                      | tojson }}}";
        let alarms = [made_up_alarm("a \"b\"", LogTime { unix_ms: 1000 }), sample::bare_alarm("c")];
        let notification = Notification { reaction: "r", alarms: &alarms, idempotency_key: "k", withheld: 0 };
        let body = read(source, true).unwrap().fill(&notification).unwrap();
        let body: serde_json::Value = serde_json::from_str(&body).unwrap();
        let expected = serde_json::json!({
            "n": "r", "titles": ["a \"b\"", "c"], "last": alarms[1].id, "first": null,
        });
        assert_eq!(body, expected);
    }

    #[test]
    fn what_is_wrong_with_a_template_is_said_before_anything_happens() {
        for (source, is_json, told) in [
            ("{{ alarm.titel }}", false, "undefined value"),
            ("{{ nothing }}", false, "undefined value"),
            ("{{ alarm.client_ids[0] }}", false, "undefined value"),
            ("{% if %}", false, "cannot be read: syntax error"),
            ("{\"text\": \"{{ alarm.title }}\"}", true, "does not make JSON"),
            ("{{ alarm.title | html }}", false, "unknown filter"),
            ("{% for a in range(9999) %}{% for b in range(9999) %}x{% endfor %}{% endfor %}", false, "fuel"),
            ("{% include '/etc/passwd' %}", false, "cannot be"),
            (&" ".repeat(TEMPLATE_BYTES_MAX + 1), false, "is longer than"),
        ] {
            let failure = read(source, is_json).map(|_| ()).unwrap_err();
            assert!(failure.message.contains(told), "{told}: {failure:?}");
        }
        assert!(read("{{ alarm.title }}", false).is_ok());
    }

    #[test]
    fn a_body_has_an_end() {
        let failure = read("{% for a in range(9000) %}{{ 'x' * 200 }}{% endfor %}", false).map(|_| ()).unwrap_err();
        assert!(failure.message.contains("makes more than 1048576 bytes"), "{failure:?}");
    }
}
