//! The end of the page: the rules, what the report is confined to, what it does not show, and how it was made.

use super::element::{Element, Node};
use super::section::Section;
use super::table::{Column, Table};
use super::value::{facts, id, ids, note};
use crate::incident::report::{REPORT_VERSION, Report};
use crate::incident::rules::{Pause, Rules, Spike, Threshold};

pub(super) fn rules(report: &Report) -> Element {
    let Rules {
        sql_firewall,
        poison_record,
        decryption_errors,
        database_unavailable,
        connection_failures,
        key_errors,
        service_errors,
        service_restart,
        silence,
    } = report.rules;
    let columns = [("Rule", Column::Line), ("Raised by", Column::Words), ("At least", Column::Number)];
    let mut table = Table::new("Rules in force", columns)
        .column("Within", Column::Number)
        .column("Times the usual", Column::Number);
    let mut add = |name: &str, of: &str, cells: [Node; 3]| {
        table.row([id(name).into(), of.into()].into_iter().chain(cells));
    };
    add("sql-firewall", "blocked queries of one client; fewer are an incident of their own", threshold(sql_firewall));
    add("poison-record", "poison records", threshold(poison_record));
    add("decryption-errors", "decryption errors of one client, against its own usual rate", spike(decryption_errors));
    add("database-unavailable", "failed connections to the database, of all clients", threshold(database_unavailable));
    add("connection-failures", "failed connections and TLS, of all clients", threshold(connection_failures));
    add("key-errors", "errors of keys", threshold(key_errors));
    add("service-errors", "severe errors of the service that no other rule is about", threshold(service_errors));
    add("service-restart", "start-ups of a service that ran before, stopped or not", threshold(service_restart));
    add("silence", "a running service that logs nothing", pause(silence));
    Section::Rules.holding([table.plain()])
}

fn number(number: std::num::NonZeroU16) -> Node {
    u64::from(number.get()).into()
}

fn threshold(rule: Threshold) -> [Node; 3] {
    [number(rule.at_least), rule.within.to_string().into(), None::<u64>.into()]
}

fn spike(rule: Spike) -> [Node; 3] {
    [number(rule.at_least), rule.within.to_string().into(), number(rule.times_usual)]
}

fn pause(rule: Pause) -> [Node; 3] {
    [rule.at_least.to_string().into(), None::<u64>.into(), number(rule.times_usual)]
}

pub(super) fn scope(report: &Report) -> Element {
    let scope = &report.scope;
    let clients = if scope.client_ids.is_empty() { "all".into() } else { ids(&scope.client_ids) };
    let facts = facts([
        ("From", scope.since.map_or_else(|| "the beginning of the log".into(), Node::from)),
        ("Before", scope.before.map_or_else(|| "the end of the log".into(), Node::from)),
        ("Clients", clients),
    ]);
    let remark = "Incidents, activity and totals are confined to this, and sessions are those that have an entry in it. \
                  Verification and runs see the whole log.";
    Section::Scope.holding([facts.into(), note(remark).into()])
}

pub(super) fn not_shown(report: &Report) -> Element {
    let items = report.not_shown.iter().map(|limit| {
        let stream = limit.stream.as_deref().map(|stream| Element::new("span").with(id(stream)).with(" "));
        Element::new("li").with(stream.map_or(Node::Nothing, Node::from)).with(limit.what.as_str())
    });
    let content = match report.not_shown.is_empty() {
        true => note("Nothing beyond what the sections say.").into(),
        false => Element::new("ul").class("plain").with_all(items).into(),
    };
    Section::NotShown.holding([content])
}

pub(super) fn provenance(report: &Report) -> Element {
    let facts = facts([
        ("Tool", concat!(env!("CARGO_PKG_NAME"), " ", env!("CARGO_PKG_VERSION")).into()),
        ("Version of the report", u64::from(REPORT_VERSION).into()),
        ("Times", "UTC, as the log states them".into()),
    ]);
    let command = Element::new("pre").attribute("tabindex", 0).with(id(report.command.as_str()));
    let command = Element::new("div").class("titled").with(Element::new("h3").with("Command")).with(command);
    Section::Provenance.holding([facts.into(), command.into()])
}
