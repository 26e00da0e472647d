//! The csv format as a reader of rows and cells sees it.

use crate::incident::report::IncidentReport;
use crate::output::incident_report::write_csv;
use crate::testing::incident as sample;

fn written(report: &IncidentReport) -> String {
    let mut out = Vec::new();
    write_csv(&mut out, report).unwrap();
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
