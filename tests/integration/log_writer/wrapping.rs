//! Lines as containers and system loggers store them (audit log, section 1). What the lines say is left to the writer.

use serde_json::{Value, json};

/// Who stores the lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrapper {
    Docker,
    Cri,
    JournaldJson,
    /// journald writes a message that is not printable UTF-8 as an array of its bytes.
    JournaldJsonBytes,
    JournaldShort,
    Syslog3164,
    Syslog5424,
}

impl Wrapper {
    pub const ALL: [Self; 7] = [
        Self::Docker,
        Self::Cri,
        Self::JournaldJson,
        Self::JournaldJsonBytes,
        Self::JournaldShort,
        Self::Syslog3164,
        Self::Syslog5424,
    ];

    /// The word of the report.
    pub fn name(self) -> &'static str {
        match self {
            Self::Docker => "docker",
            Self::Cri => "cri",
            Self::JournaldJson | Self::JournaldJsonBytes => "journald-json",
            Self::JournaldShort => "journald-short",
            Self::Syslog3164 | Self::Syslog5424 => "syslog",
        }
    }
}

/// A file of wrapped lines.
pub fn wrap(lines: &[Vec<u8>], wrapper: Wrapper) -> Vec<u8> {
    lines.iter().enumerate().flat_map(|(number, line)| wrap_line(line, number, wrapper)).collect()
}

fn wrap_line(line: &[u8], number: usize, wrapper: Wrapper) -> Vec<u8> {
    let time = format!("2025-03-14T00:00:00.{number:09}Z");
    match wrapper {
        Wrapper::Docker => {
            let entry = json!({"log": as_text(line) + "\n", "stream": "stderr", "time": time});
            terminated(entry.to_string().as_bytes())
        }
        Wrapper::Cri => cri(line, number, &time),
        Wrapper::JournaldJson => journald(as_text(line).into(), number),
        Wrapper::JournaldJsonBytes => journald(line.to_vec().into(), number),
        Wrapper::JournaldShort => prefixed("Mar 14 00:00:00 db-1 acra-server[100]: ", line),
        Wrapper::Syslog3164 => prefixed("<30>Mar 14 00:00:00 db-1 acra-server[100]: ", line),
        Wrapper::Syslog5424 => prefixed(&format!("<30>1 {time} db-1 acra-server 100 - - "), line),
    }
}

/// Every third line is split in its middle.
fn cri(line: &[u8], number: usize, time: &str) -> Vec<u8> {
    if number % 3 != 2 {
        return prefixed(&format!("{time} stderr F "), line);
    }
    let (head, tail) = line.split_at(line.len() / 2);
    let mut lines = prefixed(&format!("{time} stderr P "), head);
    lines.extend(prefixed(&format!("{time} stderr F "), tail));
    lines
}

fn journald(message: Value, number: usize) -> Vec<u8> {
    let entry = json!({
        "MESSAGE": message,
        "PRIORITY": "6",
        "_SYSTEMD_UNIT": "acra-server.service",
        "__CURSOR": format!("s=4a;i={number:x}"),
        "__REALTIME_TIMESTAMP": format!("17419104000000{number:02}"),
    });
    terminated(entry.to_string().as_bytes())
}

fn prefixed(prefix: &str, line: &[u8]) -> Vec<u8> {
    terminated(&[prefix.as_bytes(), line].concat())
}

fn terminated(line: &[u8]) -> Vec<u8> {
    [line, b"\n"].concat()
}

fn as_text(line: &[u8]) -> String {
    String::from_utf8(line.to_vec()).expect("the writer writes UTF-8")
}
