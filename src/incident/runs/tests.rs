//! Where runs begin and end.

use super::*;
use crate::event::Event;

const STOP: &str = "Received incoming SIGTERM or SIGINT signal";

/// Runs of one stream with these (product, message); `-` for the product is none. What was replaced, in order.
fn runs(entries: &[(&str, &str)]) -> (Vec<ServiceRun>, Vec<RunEnd>) {
    let mut runs = Runs::new(true);
    runs.begin_stream(&"acra.log".into());
    let file: Arc<str> = "acra.log".into();
    let mut replaced = Vec::new();
    for (number, (product, message)) in entries.iter().enumerate() {
        if *message == "(missing)" {
            runs.tear();
            continue;
        }
        let product = if *product == "-" { String::new() } else { format!(r#""product":"{product}","#) };
        let line = format!(r#"{{"level":"info","msg":"{message}",{product}"unixTime":"{number}.000"}}"#);
        let entry = EntryFacts::of(Event::read(line.as_bytes()).expect("an entry"));
        let observed = runs.observe(&entry, &file, number as u64 + 1, number as i64 * 1000);
        replaced.extend(observed.replaced.map(|replaced| replaced.end));
    }
    (runs.finish().0, replaced)
}

fn start(service: &str) -> String {
    format!("Starting service {service} [pid=7]")
}

#[test]
fn a_run_goes_from_its_start_up_line_to_the_next_one_of_the_same_service() {
    let a = start("a");
    let (runs, replaced) = runs(&[("a", "before"), ("a", &a), ("a", "m"), ("a", STOP), ("a", "end"), ("a", &a)]);
    let seen: Vec<_> = runs.iter().map(|run| (run.number, run.entries, run.start.is_some(), run.end)).collect();
    let wanted = [(1, 1, false, RunEnd::NotStopped), (2, 4, true, RunEnd::Stopped), (3, 1, true, RunEnd::LogEnds)];
    assert_eq!(seen, wanted);
    assert_eq!(replaced, [RunEnd::NotStopped, RunEnd::Stopped]);
    assert_eq!((runs[1].service.as_deref(), runs[1].pid.as_deref()), (Some("a"), Some("7")));
    assert_eq!((runs[1].first.map(|it| it.unix_ms), runs[1].last.map(|it| it.unix_ms)), (Some(1000), Some(4000)));
}

#[test]
fn two_services_in_one_log_do_not_end_each_other() {
    let (a, b) = (start("a"), start("b"));
    let (runs, replaced) = runs(&[("a", &a), ("b", &b), ("a", "m"), ("b", "m"), ("a", "m"), ("c", "m")]);
    let seen: Vec<_> = runs.iter().map(|run| (run.service.as_deref(), run.entries)).collect();
    assert_eq!(seen, [(Some("a"), 3), (Some("b"), 2), (Some("c"), 1)]);
    assert!(replaced.is_empty());
}

#[test]
fn an_entry_that_names_no_service_belongs_to_the_latest_run() {
    let (a, b) = (start("a"), start("b"));
    let (runs, _) = runs(&[("-", "m"), ("-", &a), ("-", "m"), ("-", &b), ("-", "m"), ("-", "m")]);
    let seen: Vec<_> = runs.iter().map(|run| (run.service.as_deref(), run.entries, run.end)).collect();
    let wanted = [(None, 1, RunEnd::NotStopped), (Some("a"), 2, RunEnd::LogEnds), (Some("b"), 3, RunEnd::LogEnds)];
    assert_eq!(seen, wanted);
}

#[test]
fn where_lines_are_missing_nobody_knows_how_a_run_ended() {
    let a = start("a");
    let (runs, replaced) = runs(&[("a", &a), ("-", "(missing)"), ("a", &a)]);
    assert_eq!((runs[0].end, replaced), (RunEnd::LogEnds, vec![RunEnd::LogEnds]));
}

#[test]
fn memory_is_bounded_however_many_services_and_runs_there_are() {
    let mut all = Runs::new(true);
    all.begin_stream(&"a".into());
    let count = LISTED_MAX as u64 + 50;
    for number in 0..count {
        let line = format!(r#"{{"level":"info","msg":"Starting service s{number} [pid=7]","unixTime":"1.000"}}"#);
        let entry = EntryFacts::of(Event::read(line.as_bytes()).expect("an entry"));
        all.observe(&entry, &"a".into(), number, 0);
        assert!(all.current.len() <= SERVICES_MAX);
    }
    let (runs, omitted) = all.finish();
    assert_eq!((runs.len(), omitted), (LISTED_MAX, 50));
}
