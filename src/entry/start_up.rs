//! Whether a line without a seal is one that a service writes while it starts, before its keystore is open (audit log,
//! section 1). Such lines speak of the service alone.

use super::{Format, cef, json, plaintext, without_trailing_blanks};

/// Names of fields that only an entry of running operation has: a client, a session, a query.
const RUNNING_FIELDS: [&[u8]; 8] =
    [b"client_id", b"clientID", b"ClientID", b"KeyID", b"Key ID", b"session_id", b"sql", b"interrupt_side"];

/// The event codes that a start can write: none, the notice that poison records are looked for, and what keeps a service
/// from starting.
const START_UP_CODES: [&[u8]; 17] = [
    b"", b"100", b"101", b"500", b"501", b"505", b"506", b"507", b"508", b"510", b"511", b"512", b"513", b"520",
    b"521", b"522", b"523",
];

/// How the messages begin that Acra writes before its keystore is open, as the fixtures show them.
const MESSAGES: [&[u8]; 6] = [
    b"Starting service ",
    b"Validating service configuration",
    b"Initializing ",
    b"Initialized ",
    b"Initialising ",
    b"Keystore init OK",
];

/// The messages with which a service ends a chain: never before it has begun one.
const LAST_MESSAGES: [&[u8]; 2] = [b"End of current audit log chain", b"Prepare to audit log chain finalization"];

/// Whether a line is one that the start of a service writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum StartUp {
    /// It is of running operation.
    No,
    /// Nothing speaks against it. So it is with what is no entry at all.
    Possible,
    /// Its message is one of those.
    Known,
}

impl StartUp {
    /// Of a line without a seal (attacks, row 48).
    pub fn of(line: &[u8]) -> Self {
        let line = without_trailing_blanks(line);
        if !may_be_start_up(line) {
            return Self::No;
        }
        let judge = |message: &[u8]| match message {
            _ if MESSAGES.iter().any(|known| message.starts_with(known)) => Self::Known,
            _ if LAST_MESSAGES.contains(&message) => Self::No,
            _ => Self::Possible,
        };
        let judged = match Format::sniff(line) {
            None => None,
            Some(Format::Plaintext) => plaintext::message(line).map(judge),
            Some(Format::Cef) => cef::message(line).map(judge),
            Some(Format::Json) => json::value_of(line, b"msg").map(|message| judge(unquoted(&message))),
        };
        judged.unwrap_or(Self::Possible)
    }

    /// Whether it is the first message of all.
    pub fn begins_service(line: &[u8]) -> bool {
        memchr::memmem::find(line, MESSAGES[0]).is_some() && Self::of(line) == Self::Known
    }
}

fn may_be_start_up(line: &[u8]) -> bool {
    let is_running = |key: &[u8], value: &[u8]| {
        let is_code = key == b"code" && !START_UP_CODES.contains(&value.trim_ascii().trim_ascii_end());
        is_code || RUNNING_FIELDS.contains(&key)
    };
    match Format::sniff(line) {
        None => true,
        Some(Format::Plaintext) => !plaintext::fields(line).any(|(key, value)| is_running(key, unquoted(value))),
        Some(Format::Json) => !json::has_member(line, |key, value| is_running(key, unquoted(value))),
        Some(Format::Cef) => {
            let code = line.split(|byte| *byte == b'|').nth(4).unwrap_or_default();
            !is_running(b"code", code) && !cef::fields(line).any(|(key, value)| is_running(key, value))
        }
    }
}

fn unquoted(value: &[u8]) -> &[u8] {
    value.strip_prefix(b"\"").and_then(|rest| rest.strip_suffix(b"\"")).unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::{StartUp, may_be_start_up};

    #[test]
    fn the_messages_of_a_start_are_known_in_every_format() {
        let cases = [
            (r#"time="2025-03-14T00:00:02Z" level=info msg="Starting service acra-server [pid=1]""#, StartUp::Known),
            (r#"{"level":"info","msg":"Initialising keystore...","product":"acra-server"}"#, StartUp::Known),
            (r"CEF:0|cossacklabs|acra-server|0.96.0|100|Keystore init OK|1|unixTime=1741910400.271 ", StartUp::Known),
            (r#"time="2025-03-14T00:00:02Z" level=info msg="nothing: Starting service""#, StartUp::Possible),
            (r#"time="2025-03-14T00:00:02Z" level=info msg="Starting service x" client_id=a"#, StartUp::No),
            ("Starting service", StartUp::Possible),
            (r#"{"level":"info","msg":"End of current audit log chain","product":"acra-server"}"#, StartUp::No),
        ];
        for (line, expected) in cases {
            assert_eq!(StartUp::of(line.as_bytes()), expected, "{line}");
        }
    }

    #[test]
    fn lines_that_speak_of_a_client_a_session_or_a_query_are_none_of_a_start() {
        let cases = [
            (r#"time="2025-03-14T00:00:02Z" level=info msg="Starting service acra-server [pid=1]""#, true),
            (r#"time="2025-03-14T00:00:02Z" level=info msg="client_id=a sql=b""#, true),
            (r#"time="2025-03-14T00:00:02Z" level=error msg="x" code=507"#, true),
            (r#"time="2025-03-14T00:00:02Z" level=error msg="x" code=560"#, false),
            (r#"time="2025-03-14T00:00:02Z" level=info msg="x" client_id=a"#, false),
            (r#"time="2025-03-14T00:00:02Z" level=info msg="x" session_id=1"#, false),
            (r#"{"level":"info","msg":"Initialising keystore...","product":"acra-server"}"#, true),
            (r#"{"level":"info","msg":"x","sql":"select 1"}"#, false),
            (r#"{"code":560,"level":"info","msg":"x"}"#, false),
            (r#"{"code":"587","level":"info","msg":"x"}"#, false),
            (r#"{"clientID":"a","level":"info"}"#, false),
            (r"CEF:0|cossacklabs|acra-server|0.96.0|100|Keystore init OK|1|unixTime=1741910400.271 ", true),
            (r"CEF:0|cossacklabs|acra-server|0.96.0|560|Query is not allowed|6|unixTime=1741910400.271 ", false),
            (r"CEF:0|cossacklabs|acra-server|0.96.0|100|x|1|client_id=a unixTime=1741910400.271 ", false),
            ("panic: something else", true),
        ];
        for (line, expected) in cases {
            assert_eq!(may_be_start_up(line.as_bytes()), expected, "{line}");
        }
    }
}
