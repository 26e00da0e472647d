//! Rows 4b, 33, 35, 48 and 50 to 58 of the list of attacks: what seals alone cannot show, and how it is judged. Every place of
//! a log is tried where it is small enough, random ones where it is not.

use super::damage::{change_text, replaced_if_there, strip_seal_and_markers};
use super::{CHAIN_LINES, Case, INCOMPLETE, INTACT, START_UP_LINES, TAMPERED, assert_all, three_chains};
use crate::log_writer::{Chance, Event, Format, Lines, Service, interleave, spelling, text};
use crate::support::verify::{verify_bytes, verify_one_by_one};
use crate::support::{Run, fixture};

const HOUR_MS: i64 = 3_600_000;

fn key() -> [u8; 32] {
    fixture::key("audit.key")
}

fn service(format: Format, seed: u64) -> Service {
    Service::new(format, key(), seed)
}

/// A line without a seal that a client is named in.
fn of_a_client(format: Format) -> Vec<u8> {
    let event = Event::new(1_700_000_003_000, "info", "Access granted").with("client_id", "mallory");
    spelling::unsigned(format, &event)
}

#[test]
fn row_4b_whatever_is_repeated_behind_itself_is_counted_apart_and_the_chain_goes_on() {
    for format in Format::ALL {
        let log = three_chains(format);
        let whole = verify_one_by_one(&text(&log), &[key()]);
        let mut chance = Chance::new(4);
        for first in 0..log.len() {
            let last = (first + 1 + chance.below(30)).min(log.len());
            let mut repeated = log.clone();
            let to = last + chance.below(log.len() + 1 - last);
            repeated.splice(to..to, log[first..last].to_vec());
            let report = verify_one_by_one(&text(&repeated), &[key()]);
            let told = || format!("{format:?} {first}..{last} at {to}: {:?}", report.findings_by_code);
            // Lines of a start alone look the same wherever a chain begins, and inside a chain they are none.
            let is_sealed = (first..last).any(|line| line % CHAIN_LINES >= START_UP_LINES);
            if is_sealed && !report.codes().contains("line-unsigned-inside-chain") {
                assert_eq!(report.exit_code, 3, "{}", told());
            }
            assert_eq!(report.account.verified.lines, whole.account.verified.lines, "{}", told());
            assert_eq!(report.chain_counts.closed, 3, "{}", told());
            assert!(!report.codes().contains("line-out-of-chain"), "{}", told());
        }
    }
}

#[test]
fn row_33_a_log_without_its_head_never_passes_whatever_is_written_into_what_is_left_of_that_chain() {
    for format in Format::ALL {
        let log = three_chains(format);
        for cut in START_UP_LINES + 1..CHAIN_LINES {
            let mut headless = log[cut..].to_vec();
            let genuine = verify_bytes(&text(&headless), &[key()]);
            assert_eq!(genuine.0, 3, "{format:?} from line {cut}: {:?}", genuine.1);
            for line in &mut headless[..CHAIN_LINES - cut] {
                *line = replaced_if_there(line, b"client-", b"Client-").unwrap_or_else(|| line.clone());
            }
            let rewritten = verify_bytes(&text(&headless), &[key()]);
            assert_ne!(rewritten.0, 0, "{format:?} from line {cut}: {:?}", rewritten.1);
            let mut run = Run::report().key("audit.key").args(["--allow", "stream-headless"]);
            run = run.stdin(&text(&log[cut..]));
            if cut == START_UP_LINES + 5 {
                run.exit(0).report().shows("stream-headless");
            }
        }
    }
}

#[test]
fn row_35_a_chain_that_fits_no_key_is_undecided_and_the_others_are_verified() {
    for format in Format::ALL {
        for chain in 0..3 {
            let mut log = three_chains(format);
            let first = chain * CHAIN_LINES + START_UP_LINES;
            log[first] = change_text(format, &log[first]);
            let report = verify_one_by_one(&text(&log), &[key()]);
            assert_eq!(report.exit_code, 2, "{format:?} {chain}: {:?}", report.findings_by_code);
            assert_eq!(report.account.verified.lines, 28, "{format:?} {chain}: {:?}", report.findings_by_code);
            let finding = report.finding("key-lost");
            assert!(finding.message.contains("another key, or its first entry was altered"), "{finding:?}");
        }
    }
}

#[test]
fn row_4b_a_line_with_the_seal_of_another_one_and_another_text_repeats_nothing() {
    for format in Format::ALL {
        let (headless, whole) = (service(format, 1).chain(6), service(format, 2).chain(6));
        let copied = replaced_if_there(&headless[4], b"client-", b"Client-").expect("a client");
        let log = [&headless[4..], &whole[..3], &[copied][..], &whole[3..]].concat();
        let report = verify_one_by_one(&text(&log), &[key()]);
        let codes: Vec<_> = report.findings_by_code.keys().map(String::as_str).collect();
        assert_eq!(report.exit_code, 1, "{format:?}: {codes:?}");
        assert_eq!(report.finding("line-out-of-chain").lines, 1, "{format:?}: {codes:?}");
        assert!(!codes.contains(&"line-repeated"), "{format:?}: {codes:?}");
    }
}

#[test]
fn row_35_a_line_of_an_unknown_key_that_was_delivered_twice_closes_its_chain_once() {
    for format in Format::ALL {
        let mine = Service::new(format, key(), 1).chain(8);
        let unknown = |seed, entries| Service::new(format, [7; 32], seed).chain(entries);
        let (ended, other) = (unknown(2, 4), unknown(3, 6));
        // The end of one chain stands there twice while another one of that key goes on.
        let log = [&other[..2], &ended, &ended[3..], &mine[..4], &other[2..4], &mine[4..], &other[4..]].concat();
        let report = verify_one_by_one(&text(&log), &[key()]);
        let codes: Vec<_> = report.findings_by_code.keys().map(String::as_str).collect();
        assert_eq!((report.exit_code, report.account.verified.lines), (2, 8), "{format:?}: {codes:?}");
        assert_eq!(report.findings_by_code.get("line-repeated"), Some(&1), "{format:?}: {codes:?}");
    }
}

#[test]
fn row_35_of_two_keys_in_an_interleaved_log_one_is_enough_for_its_own_chains() {
    for format in Format::ALL {
        for seed in 0..20 {
            let mine = service(format, seed).chain(8);
            let other = Service::new(format, [7; 32], seed + 50).chain(8);
            let log = interleave(seed, &[mine, other]);
            assert_eq!(verify_bytes(&text(&log), &[key(), [7; 32]]).0, 0, "{format:?} {seed}");
            let report = verify_one_by_one(&text(&log), &[key()]);
            assert_eq!(report.exit_code, 2, "{format:?} {seed}: {:?}", report.findings_by_code);
            assert_eq!(report.account.verified.lines, 8, "{format:?} {seed}: {:?}", report.findings_by_code);
        }
    }
}

#[test]
fn row_48_a_line_that_no_start_writes_never_passes_before_a_chain() {
    assert_all(Format::ALL.into_iter().flat_map(|format| {
        (0..3).flat_map(move |chain| {
            let log = three_chains(format);
            let places = [0, 3, START_UP_LINES].map(|place| chain * CHAIN_LINES + place);
            places.into_iter().flat_map(move |at| {
                let mut made_up = log.clone();
                made_up.insert(at, of_a_client(format));
                let mut stripped = log.clone();
                stripped.insert(at, strip_seal_and_markers(format, &log[START_UP_LINES + 3]));
                [("made up", made_up), ("stripped", stripped)].map(|(name, log)| {
                    let name = format!("{format:?} {name} at line {at}");
                    Case::new(name, &log, INCOMPLETE, &["lines-unsigned-not-start-up"])
                })
            })
        })
    }));
}

/// Two chains of one instance, an hour apart.
fn an_hour_apart(format: Format) -> (Lines, Lines) {
    let mut service = service(format, 50);
    let first = service.chain(8);
    service.pause(HOUR_MS);
    (first, service.chain(8))
}

#[test]
fn row_50_a_cut_chain_is_unfinished_wherever_its_lines_stand() {
    assert_all(Format::ALL.into_iter().flat_map(|format| {
        (1..7).flat_map(move |left| {
            let (first, second) = an_hour_apart(format);
            let cut = &first[..left];
            let woven = [&cut[..left - 1], &second[..1], &cut[left - 1..], &second[1..]].concat();
            let places =
                [("in place", [cut, &second].concat()), ("behind", [&second, cut].concat()), ("woven in", woven)];
            places.map(|(name, log)| {
                Case::new(format!("{format:?} {left} left, {name}"), &log, INCOMPLETE, &["chain-unfinished"])
            })
        })
    }));
}

#[test]
fn row_51_an_entry_far_from_its_time_is_never_passed_over() {
    assert_all(Format::ALL.into_iter().flat_map(|format| {
        (1..7).map(move |at| {
            // The rest of the first chain, its end included, stands an hour late, inside the second one.
            let (first, second) = an_hour_apart(format);
            let log = [&first[..at], &second[..4], &first[at..], &second[4..]].concat();
            Case::new(format!("{format:?} from entry {at} on"), &log, INCOMPLETE, &["entry-out-of-time"])
        })
    }));
}

#[test]
fn row_51_instances_that_write_in_the_order_of_time_are_interleaved() {
    assert_all(Format::ALL.into_iter().flat_map(|format| {
        (0..10).map(move |seed| {
            let logs: Vec<Lines> = (0..3).map(|instance| service(format, seed * 3 + instance).chain(9)).collect();
            Case::new(format!("{format:?} {seed}"), &interleave(seed, &logs), INTACT, &["chains-interleaved"])
        })
    }));
}

#[test]
fn row_52_every_proven_range_is_made_of_entries_that_follow_one_another() {
    for format in Format::ALL {
        let mut chance = Chance::new(52);
        for seed in 0..30 {
            let mut service = service(format, seed);
            let mut chains: Vec<Lines> = Vec::new();
            for _ in 0..5 {
                chains.push(service.chain(4));
                service.pause(chance.pick(&[0, 3_000, HOUR_MS]));
            }
            drop(chains.remove(1 + chance.below(3)));
            let (a, b) = (chance.below(4), chance.below(4));
            chains.swap(a, b);
            let lines = chains.concat();
            let times =
                |line: &Vec<u8>| acralog::internals::time_of(line).expect("every entry states its time").unix_ms;
            let mut verified: Vec<i64> = lines.iter().map(times).collect();
            verified.sort_unstable();
            let report = verify_one_by_one(&text(&lines), &[key()]);
            for range in &report.streams[0].proven {
                let moment = |text: &str| text.parse::<jiff::Timestamp>().expect("a moment").as_millisecond();
                let (from, to) = (moment(&range.from), moment(&range.to));
                let inside: Vec<i64> = verified.iter().copied().filter(|time| (from..=to).contains(time)).collect();
                assert_eq!((inside.first(), inside.last()), (Some(&from), Some(&to)), "{format:?} {seed}");
                let longest = inside.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap_or(0);
                assert!(longest <= 6_000, "{format:?} {seed}: {longest} ms of nothing are proven");
            }
        }
    }
}

#[test]
fn row_53_what_stands_behind_an_end_is_part_of_the_chain() {
    assert_all(Format::ALL.into_iter().flat_map(|format| {
        let log = || {
            let mut service = service(format, 53);
            let mut log = service.entries(5);
            let tick = service.tick();
            log.push(service.write(&Event::new(tick, "info", "End of current audit log chain").with("chain", "end")));
            log.push(service.write(&Event::new(tick + 10, "info", "Server graceful shutdown completed, bye")));
            service.crash();
            service.pause(HOUR_MS);
            log.extend(service.chain(6));
            log
        };
        let (mut between, mut moved, mut stripped) = (log(), log(), log());
        between.insert(6, of_a_client(format));
        let last = moved.remove(6);
        moved.insert(9, last);
        stripped[6] = strip_seal_and_markers(format, &stripped[6]);
        [
            Case::new(format!("{format:?} genuine"), &log(), INTACT, &[]),
            Case::new(format!("{format:?} a line before it"), &between, TAMPERED, &["line-unsigned-inside-chain"]),
            Case::new(format!("{format:?} moved"), &moved, INCOMPLETE, &["entry-out-of-time"]),
            Case::new(format!("{format:?} stripped"), &stripped, INCOMPLETE, &["lines-unsigned-not-start-up"]),
        ]
    }));
}

#[test]
fn row_53_instances_that_stop_together_may_log_behind_their_ends() {
    assert_all(Format::ALL.into_iter().flat_map(|format| {
        (1..12).map(move |instances| {
            let mut services: Vec<Service> = (0..instances).map(|seed| service(format, 530 + seed)).collect();
            let mut log: Lines = services.iter_mut().flat_map(|service| service.entries(3)).collect();
            let end = |at| Event::new(at, "info", "End of current audit log chain").with("chain", "end");
            let at = 1_741_910_410_000;
            log.extend(services.iter_mut().map(|service| service.write(&end(at))));
            log.extend(services.iter_mut().map(|service| service.write(&Event::new(at + 5, "info", "bye"))));
            Case::new(format!("{format:?} {instances} instances"), &log, INTACT, &[])
        })
    }));
}

#[test]
fn row_54_each_entry_is_printed_as_verified_once_and_only_as_it_stands() {
    for format in Format::ALL {
        let log = three_chains(format);
        let mut twice = log.clone();
        twice.splice(CHAIN_LINES..CHAIN_LINES, log[..CHAIN_LINES].to_vec());
        let print = |log: &Lines, verb: &[&str]| {
            let run = Run::bare().args(verb).key("audit.key");
            run.stdin(&text(log)).done().stdout.iter().filter(|byte| **byte == b'\n').count()
        };
        let grep = ["grep", "--verify", "-e", ""];
        assert_eq!((print(&log, &grep), print(&twice, &grep)), (42, 42), "{format:?}");
        let convert = ["convert", "-q", "--to", "ecs", "--verify"];
        assert_eq!(
            print(&log, &convert) + START_UP_LINES,
            print(&twice, &convert),
            "{format:?}: the start is not sealed"
        );
    }
}

#[test]
fn row_58_a_break_beside_another_chain_is_told_of_the_chain_that_breaks() {
    for format in Format::ALL {
        for seed in 0..20 {
            let (one, other) = (service(format, seed).chain(9), service(format, seed + 100).chain(9));
            for at in 1..8 {
                let mut broken = one.clone();
                broken[at] = replaced_if_there(&one[at], b"client-", b"Client-").expect("a client");
                let log = interleave(seed, &[broken.clone(), other.clone()]);
                let line = log.iter().position(|line| *line == broken[at]).expect("it is there") as u64 + 1;
                let report = verify_one_by_one(&text(&log), &[key()]);
                let told = || format!("{format:?} {seed} {at}: {:?} {:?}", report.findings_by_code, report.findings);
                assert_eq!(report.exit_code, 1, "{}", told());
                let altered: Vec<_> = report.findings.iter().filter(|it| it.code == "chain-altered").collect();
                assert_eq!(altered.len(), 1, "{}", told());
                assert_eq!(altered[0].place.as_ref().expect("a place").line, line, "{}", told());
                assert_eq!(report.account.verified.lines, at as u64 + 9, "{}", told());
                assert_eq!((report.chain_counts.broken, report.chain_counts.closed), (1, 1), "{}", told());
            }
        }
    }
}

#[test]
fn row_50_a_chain_that_began_at_the_time_of_a_last_entry_does_not_show_that_it_outlived_it() {
    const BEGAN_MS: i64 = 1_700_000_000_000;
    for format in Format::ALL {
        for (later_ms, open, unfinished) in [(0, 1, 0), (1_000, 0, 1)] {
            let (mut ended, mut open_one) = (service(format, 1), service(format, 2));
            let entry = |service: &mut Service, unix_ms, text| service.write(&Event::new(unix_ms, "info", text));
            let log = [
                entry(&mut open_one, BEGAN_MS, "first"),
                entry(&mut ended, BEGAN_MS + later_ms, "second"),
                entry(&mut open_one, BEGAN_MS, "third"),
                ended.end(),
            ];
            let counts = verify_one_by_one(&text(&log), &[key()]).chain_counts;
            assert_eq!((counts.open_at_end, counts.unfinished, counts.closed), (open, unfinished, 1), "{format:?}");
        }
    }
}

#[test]
fn a_first_entry_without_its_mark_is_no_crash_when_its_chain_breaks() {
    for format in [Format::Plaintext, Format::Cef] {
        let mut log = service(format, 3).entries(3);
        let mark = b" chain=new".len();
        let end = log[0].len() - mark;
        log[0].truncate(end);
        log[1][30] ^= 1;
        verify_one_by_one(&text(&log), &[key()]).shows("chain-start-unmarked").shows("chain-altered");
    }
}
