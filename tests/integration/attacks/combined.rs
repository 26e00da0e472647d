//! Attacks that combine rows of the list, and genuine situations that look like one: what an attacker tries who has read
//! how the verifier decides.

use super::damage::{change_text, replaced, strip_seal_and_markers};
use super::{CHAIN_LINES, Case, INCOMPLETE, INTACT, START_UP_LINES, TAMPERED, assert_all, three_chains};
use crate::log_writer::sealing::{Sealed, take_apart};
use crate::log_writer::spelling::Go;
use crate::log_writer::{Event, Format, Lines, Service, interleave, text};
use crate::support::fixture;

fn service(format: Format, seed: u64) -> Service {
    Service::new(format, fixture::key("audit.key"), seed)
}

/// The index of an entry of a chain of `three_chains`.
fn entry(chain: usize, entry: usize) -> usize {
    chain * CHAIN_LINES + START_UP_LINES + entry
}

fn without_start_up(lines: Lines) -> Lines {
    (0..3).flat_map(|chain| lines[entry(chain, 0)..(chain + 1) * CHAIN_LINES].to_vec()).collect()
}

/// The first entry with another message and without its mark.
fn spoil_start(format: Format, log: &mut Lines, line: usize) {
    let mark: &[u8] = if format == Format::Json { br#""chain":"new","# } else { b" chain=new" };
    log[line] = replaced(&change_text(format, &log[line]), mark, b"");
}

#[test]
fn a_whole_chain_stripped_of_its_seals_never_passes_as_a_start_of_the_service() {
    assert_all(Format::ALL.into_iter().flat_map(|format| {
        (0..3).map(move |chain| {
            let mut log = three_chains(format);
            for line in &mut log[entry(chain, 0)..(chain + 1) * CHAIN_LINES] {
                *line = strip_seal_and_markers(format, line);
            }
            Case::new(format!("{format:?} chain {chain}"), &log, &[1, 3], &[])
        })
    }));
}

#[test]
fn a_json_entry_written_out_as_its_signed_text_is_ambiguous() {
    let mut service = service(Format::Json, 41);
    let mut log = service.chain(5);
    let Sealed { mut mac_input, seal, .. } = take_apart(&log[2], Go::Current).expect("a sealed line");
    mac_input.extend_from_slice(format!(" integrity={seal}").as_bytes());
    log[2] = mac_input;
    assert_all([Case::new("flattened", &log, TAMPERED, &["entry-ambiguous"])]);
}

#[test]
fn a_chain_whose_start_is_spoiled_never_hides_behind_a_head_that_is_missing() {
    assert_all(Format::ALL.into_iter().flat_map(|format| {
        let log = without_start_up(three_chains(format));
        // The head of chain 1 is gone, as after retention; the mark of chain 2 as well.
        let mut headless = log[3..].to_vec();
        spoil_start(format, &mut headless, 14 - 3);
        let mut from_the_start = log.clone();
        spoil_start(format, &mut from_the_start, 14);
        [
            Case::new(format!("{format:?} behind a missing head"), &headless, &[1, 3], &[]),
            Case::new(format!("{format:?} behind a whole chain"), &from_the_start, TAMPERED, &["chain-altered"]),
        ]
    }));
}

#[test]
fn lines_replayed_in_front_of_the_first_chain_are_found() {
    assert_all(Format::ALL.into_iter().map(|format| {
        let mut log = three_chains(format);
        let replayed = log[entry(1, 3)..entry(1, 6)].to_vec();
        log.drain(..START_UP_LINES);
        log.splice(0..0, replayed);
        // A log whose head is gone may have been delivered once more from its beginning (row 4b).
        Case::new(format!("{format:?}"), &log, INCOMPLETE, &["stream-headless", "line-repeated"])
    }));
}

#[test]
fn a_cut_tail_is_not_hidden_by_moving_the_last_entry_behind_later_chains() {
    assert_all(Format::ALL.into_iter().map(|format| {
        let mut service = service(format, 42);
        let mut log = service.chain(8);
        log.truncate(5);
        let moved = log.pop().expect("five entries");
        log.extend(service.entries(3));
        log.push(service.write(&Event::new(1_741_996_800_000, "info", "a day later")));
        log.push(moved);
        Case::new(format!("{format:?}"), &log, &[1, 3], &["chain-unfinished", "entry-out-of-time"])
    }));
}

#[test]
fn a_second_seal_at_the_end_is_not_excused_as_a_torn_line() {
    assert_all(Format::ALL.into_iter().map(|format| {
        let mut log = three_chains(format);
        log.last_mut().expect("lines").extend_from_slice(b" integrity=00");
        let mut bytes = text(&log);
        bytes.pop();
        Case::of_bytes(format!("{format:?}"), bytes, TAMPERED, &["entry-restored"])
    }));
}

#[test]
fn more_instances_than_are_followed_are_no_tampering() {
    assert_all(Format::ALL.into_iter().map(|format| {
        let logs: Vec<Lines> = (0..40).map(|seed| service(format, 100 + seed).chain(4)).collect();
        Case::new(format!("{format:?}"), &interleave(5, &logs), &[0, 3], &["chains-interleaved"])
    }));
}

#[test]
fn an_instance_without_its_head_beside_another_one_is_no_tampering() {
    assert_all(Format::ALL.into_iter().map(|format| {
        let headless = service(format, 1).entries(9)[4..].to_vec();
        let whole = service(format, 2).chain(6);
        let mut log = vec![headless[0].clone()];
        log.extend(whole.iter().zip(&headless[1..]).flat_map(|(whole, other)| [whole.clone(), other.clone()]));
        log.extend(whole[headless.len() - 1..].to_vec());
        log.push(headless[4].clone());
        log.dedup();
        Case::new(format!("{format:?}"), &log, INCOMPLETE, &["stream-headless", "line-unclaimed"])
    }));
}

#[test]
fn two_chains_that_plaintext_cannot_tell_apart_count_as_repeated() {
    // Two idle instances that are told to rotate within one second write the same two entries.
    let chain = || {
        let mut service = service(Format::Plaintext, 3);
        let when = 1_741_910_400_000;
        let begin = service.write(&Event::new(when, "info", "Prepare to audit log chain finalization"));
        let end = Event::new(when, "info", "End of current audit log chain").with("chain", "end");
        vec![begin, service.write(&end)]
    };
    let log = [chain(), chain()].concat();
    assert_all([Case::new("twice", &log, INCOMPLETE, &["chain-repeated"])]);
}

#[test]
fn a_log_cut_off_in_the_middle_of_its_first_line_needs_the_file_before() {
    assert_all(Format::ALL.into_iter().flat_map(|format| {
        let log = without_start_up(three_chains(format));
        // From inside the second entry on, as `tail -c` leaves it.
        let first = text(&log[..1]).len();
        (1..log[1].len()).step_by(7).map(move |cut| {
            let bytes = text(&log)[first + cut..].to_vec();
            Case::of_bytes(format!("{format:?} {cut} bytes into a line"), bytes, INCOMPLETE, &["stream-headless"])
        })
    }));
}

#[test]
fn a_head_that_is_missing_behind_a_line_of_another_process_is_no_tampering() {
    assert_all(Format::ALL.into_iter().map(|format| {
        let mut log = without_start_up(three_chains(format));
        log.splice(..3, [b"panic: something else in this container".to_vec()]);
        Case::new(format!("{format:?}"), &log, INCOMPLETE, &["stream-headless"])
    }));
}

#[test]
fn what_is_logged_while_a_service_stops_may_follow_the_end_of_its_chain() {
    assert_all(Format::ALL.into_iter().map(|format| {
        let mut service = service(format, 6);
        let mut log = service.entries(4);
        let tick = service.tick();
        log.push(service.write(&Event::new(tick, "info", "End of current audit log chain").with("chain", "end")));
        log.push(service.write(&Event::new(tick + 1, "info", "Server graceful shutdown completed, bye")));
        service.crash();
        log.extend(service.chain(5));
        Case::new(format!("{format:?}"), &log, INTACT, &[])
    }));
}

#[test]
fn several_instances_without_their_heads_are_no_tampering() {
    assert_all(Format::ALL.into_iter().map(|format| {
        let (mut one, mut other) = (service(format, 7), service(format, 8));
        let first = one.chain(5)[3..].to_vec();
        let second = one.chain(5);
        let beside = other.chain(8)[5..].to_vec();
        let parts = [&first[..], &second[..1], &beside[..1], &second[1..2], &beside[1..], &second[2..]];
        Case::new(format!("{format:?}"), &parts.concat(), INCOMPLETE, &["line-unclaimed"])
    }));
}

#[test]
fn two_instances_that_start_alike_within_one_second_are_no_replay() {
    // In plaintext their first lines are the same; then each goes its own way.
    let chain = |own: &str| {
        let mut service = service(Format::Plaintext, 9);
        let when = 1_741_910_400_000;
        let mut lines: Lines =
            ["a", "b", "c", "d", "e"].map(|step| service.write(&Event::new(when, "info", step))).to_vec();
        lines.push(service.write(&Event::new(when + 9000, "info", own)));
        let end = Event::new(when + 9000, "info", "End of current audit log chain").with("chain", "end");
        lines.push(service.write(&end));
        lines
    };
    let log = [chain("one"), chain("other")].concat();
    assert_all([
        Case::new("alike", &log, INTACT, &["time-backwards"]),
        Case::new("and replayed", &[log, chain("other")].concat(), INCOMPLETE, &["chain-repeated"]),
    ]);
}
