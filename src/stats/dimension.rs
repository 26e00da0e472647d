//! What events are told apart by, and the value that each has.

use crate::event::{Event, catalogue};
use crate::query::Clock;

/// How much of a value tells events apart, in bytes.
const VALUE_BYTES_MAX: usize = 256;

/// What events are told apart by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Dimension {
    /// The event code.
    Code,
    /// The group of the code.
    Group,
    /// The level.
    Level,
    /// The client, under any spelling of the field.
    Client,
    /// The session.
    Session,
    /// The hour in which it was logged, in the zone of the clock.
    Hour,
    /// The message.
    Message,
    /// The service.
    Product,
    /// The version of the service.
    Version,
    /// Any other field, by its canonical key.
    Field(String),
}

impl Dimension {
    /// The dimension with a name; any other name is that of a field.
    pub fn named(name: &str) -> Self {
        match name {
            "code" => Self::Code,
            "group" => Self::Group,
            "level" => Self::Level,
            "client" | "client_id" => Self::Client,
            "session" | "session_id" => Self::Session,
            "hour" => Self::Hour,
            "message" | "msg" => Self::Message,
            "product" => Self::Product,
            "version" => Self::Version,
            key => match crate::event::canonical_key(key.as_bytes()) {
                b"client_id" => Self::Client,
                _ => Self::Field(key.to_owned()),
            },
        }
    }

    /// The key of the field it is; None for what every entry has.
    pub fn field(&self) -> Option<&str> {
        match self {
            Self::Field(key) => Some(key),
            _ => None,
        }
    }

    /// Its name in every format.
    pub fn name(&self) -> &str {
        match self {
            Self::Code => "code",
            Self::Group => "group",
            Self::Level => "level",
            Self::Client => "client",
            Self::Session => "session",
            Self::Hour => "hour",
            Self::Message => "message",
            Self::Product => "product",
            Self::Version => "version",
            Self::Field(key) => key,
        }
    }

    /// What an event says; None when it says nothing. A long value is known by its beginning.
    pub(super) fn value(&self, event: &Event<'_>, clock: &mut Clock) -> Option<String> {
        let text = |text: &crate::event::Text<'_>| beginning(&text.to_str());
        match self {
            Self::Code => event.code().map(|code| code.to_string()),
            Self::Group => event.code().map(|code| catalogue::find(code).map_or("unknown", |it| it.group).to_owned()),
            Self::Level => Some(event.level.name().to_owned()),
            Self::Client => event.client().map(|value| beginning(&value.to_str())),
            Self::Session => event.session().map(|value| beginning(&value.to_str())),
            Self::Hour => event.moment.as_ref().map(|moment| hour(moment.time.unix_ms.div_euclid(1000), clock)),
            Self::Message => Some(text(&event.message)),
            Self::Product => event.product.as_ref().map(text),
            Self::Version => event.version.as_ref().map(text),
            Self::Field(key) => event.field(key).map(|value| beginning(&value.to_str())),
        }
    }
}

/// The hour of a second as RFC 3339; outside of the calendar the second itself.
fn hour(second: i64, clock: &mut Clock) -> String {
    let written = clock
        .second(second)
        .and_then(|(head, tail)| Some(format!("{}:00:00{tail}", head.strip_suffix(minutes(head)?)?)));
    written.unwrap_or_else(|| format!("@{second}"))
}

/// `:12:44` of a time.
fn minutes(head: &str) -> Option<&str> {
    head.get(head.len().checked_sub(6)?..)
}

fn beginning(value: &str) -> String {
    if value.len() <= VALUE_BYTES_MAX {
        return value.to_owned();
    }
    format!("{} ...", &value[..value.floor_char_boundary(VALUE_BYTES_MAX)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::Zone;

    fn value(by: &str, rest: &str, zone: &str) -> Option<String> {
        let line = format!("time=\"2025-03-14T03:12:44Z\" level=error msg=\"a b\" {rest}");
        let event = Event::read(line.as_bytes()).unwrap();
        Dimension::named(by).value(&event, &mut Clock::new(Zone::named(zone).unwrap()))
    }

    #[test]
    fn every_dimension_has_the_value_of_the_event() {
        let cases = [
            ("code", "code=560", "UTC", Some("560")),
            ("group", "code=560", "UTC", Some("censor")),
            ("group", "code=9999", "UTC", Some("unknown")),
            ("code", "", "UTC", None),
            ("level", "", "UTC", Some("error")),
            ("client", "KeyID=x", "UTC", Some("x")),
            ("clientID", "client_id=x", "UTC", Some("x")),
            ("session", "session_id=7", "UTC", Some("7")),
            ("msg", "", "UTC", Some("a b")),
            ("duration", "duration=1.5", "UTC", Some("1.5")),
            ("duration", "", "UTC", None),
            ("hour", "", "UTC", Some("2025-03-14T03:00:00Z")),
            ("hour", "", "Europe/Berlin", Some("2025-03-14T04:00:00+01:00")),
            ("hour", "", "America/St_Johns", Some("2025-03-14T00:00:00-02:30")),
        ];
        for (by, rest, zone, wanted) in cases {
            assert_eq!(value(by, rest, zone).as_deref(), wanted, "{by} of {rest} in {zone}");
        }
        let long = value("x", &format!("x={}", "\u{fc}".repeat(400)), "UTC").unwrap();
        assert!(long.len() < 300 && long.ends_with(" ..."));
    }
}
