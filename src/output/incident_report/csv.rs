//! The csv format: the incidents alone, a row each, for spreadsheets (RFC 4180). How cells are written is left to `siem`.

use std::io::{self, Write};

use crate::incident::report::{Incident, IncidentReport};
use crate::output::escape::visible;
use crate::siem::push_row;

const HEADER: [&str; 29] = [
    "number",
    "kind",
    "title",
    "severity",
    "severity_score",
    "codes",
    "client_ids",
    "client_ids_omitted",
    "session_ids",
    "sessions_omitted",
    "addresses",
    "first",
    "last",
    "entries",
    "count",
    "counted",
    "rule",
    "rule_text",
    "rule_numbers",
    "verified",
    "reencoded",
    "unsigned",
    "failed",
    "file",
    "line",
    "through",
    "references",
    "references_omitted",
    "advice",
];

pub(super) fn write(out: &mut dyn Write, report: &IncidentReport) -> io::Result<()> {
    write_row(out, &HEADER.map(str::to_owned))?;
    report.incidents.iter().try_for_each(|incident| write_row(out, &cells(incident)))
}

fn write_row(out: &mut dyn Write, cells: &[String; HEADER.len()]) -> io::Result<()> {
    let mut row = Vec::new();
    let cells = cells.each_ref().map(|cell| visible(cell));
    push_row(cells.iter().map(|cell| Some(&**cell).filter(|cell| !cell.is_empty())), &mut row);
    row.extend_from_slice(b"\r\n");
    out.write_all(&row)
}

fn cells(incident: &Incident) -> [String; HEADER.len()] {
    let addresses = incident.sessions.iter().flat_map(|session| &session.addresses);
    let mut known: Vec<&str> = Vec::new();
    for address in addresses {
        if !known.contains(&&**address) {
            known.push(address);
        }
    }
    let [verified, reencoded, unsigned, failed] = match incident.seals {
        Some(seals) => [seals.verified, seals.reencoded, seals.unsigned, seals.failed].map(|count| count.to_string()),
        None => Default::default(),
    };
    let reference = incident.references.first();
    let line = |line: Option<u64>| line.map(|line| line.to_string()).unwrap_or_default();
    let codes: Vec<String> = incident.codes.iter().map(u16::to_string).collect();
    let numbers: Vec<String> = incident.rule.numbers.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let session_ids: Vec<&str> = incident.sessions.iter().map(|session| &*session.session_id).collect();
    [
        incident.number.to_string(),
        incident.kind.name().to_owned(),
        incident.title.to_owned(),
        incident.severity.name().to_owned(),
        incident.severity_score.to_string(),
        codes.join(" "),
        incident.client_ids.join("; "),
        incident.client_ids_omitted.to_string(),
        session_ids.join("; "),
        incident.sessions_omitted.to_string(),
        known.join("; "),
        incident.first.map(|time| time.to_string()).unwrap_or_default(),
        incident.last.map(|time| time.to_string()).unwrap_or_default(),
        incident.entries.to_string(),
        incident.count.to_string(),
        incident.counted.to_owned(),
        incident.rule.name.to_owned(),
        incident.rule.text.clone(),
        numbers.join(" "),
        verified,
        reencoded,
        unsigned,
        failed,
        reference.map(|reference| reference.file.to_string()).unwrap_or_default(),
        line(reference.map(|reference| reference.line)),
        line(reference.map(|reference| reference.through)),
        incident.references.len().to_string(),
        incident.references_omitted.to_string(),
        incident.advice.clone(),
    ]
}

#[cfg(test)]
mod tests {
    use super::write;
    use crate::testing::incident as sample;

    fn written(report: &crate::incident::report::IncidentReport) -> String {
        let mut out = Vec::new();
        write(&mut out, report).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn an_incident_is_a_row_and_lists_stand_in_one_cell() {
        let mut report = sample::report();
        report.incidents[0].codes.push(587);
        report.incidents[0].client_ids.push("etl".to_owned());
        let csv = written(&report);
        let row = csv.split("\r\n").nth(1).unwrap();
        let wanted = "1,sql-firewall-burst,Burst of blocked SQL queries,high,7,560 587,webapp; etl,31,301,32,\
             10.20.1.7:51034; 10.20.1.8:40022,2025-03-14T03:12:00.284Z,2025-03-14T03:12:31.012Z,111,37,blocked queries,\
             sql-firewall,at least 10 blocked queries of one client within 5m,\
             at_least=10 observed=37 within_seconds=300,101,2,3,5,acra-server.log,238,350,1,33,\
             \"Identify client_id and session, read the masked query.\"";
        assert_eq!(row, wanted);
    }

    #[test]
    fn a_quiet_log_has_a_header_and_no_row() {
        let csv = written(&sample::quiet());
        assert!(csv.starts_with("number,kind,title,") && csv.matches("\r\n").count() == 1, "{csv}");
    }
}
