//! What a sink is shown, and what it is spared when it has seen enough.

use std::io::{Cursor, Error, Read};
use std::time::{Duration, Instant};

use super::*;
use crate::line::{Limits, LineReader};
use crate::source::{Input, Opened};

/// A world of files: `name` holds the lines 1 to 4, `missing` is not there, `broken` breaks off behind its first line.
fn open(input: &Input) -> io::Result<Opened> {
    let reader: Box<dyn Read + Send> = match &*input.shown {
        "missing" => return Err(Error::from(io::ErrorKind::NotFound)),
        "broken" => Box::new(Cursor::new("1\n").chain(Broken)),
        _ => Box::new(Cursor::new("1\n2\n3\n4\n")),
    };
    Ok(Opened::of(reader))
}

struct Broken;

impl Read for Broken {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(Error::other("broken off"))
    }
}

fn stream(names: &[&str]) -> Stream {
    let input = |name: &&str| Input::path((*name).into());
    Stream::new(names[0], names.iter().map(input).collect())
}

/// Writes down what it is shown, and says what it wants by the last word.
struct Notes<F> {
    seen: Vec<String>,
    wants: F,
}

impl<F: FnMut(&str) -> Flow + Send> RecordSink for Notes<F> {
    fn begin_stream(&mut self, stream: &Stream) -> io::Result<()> {
        self.seen.push(format!("stream {}", stream.name));
        Ok(())
    }

    fn take(&mut self, _: &Arc<str>, event: &FileEvent, records: &Records<'_>) -> io::Result<Flow> {
        assert!(records.iter().all(|record| record.integrity.is_none()), "nothing was verified");
        let lines = || records.iter().map(|record| String::from_utf8_lossy(record.text).into_owned());
        let word = match event {
            FileEvent::Added { file, shown } => format!("{file} added as {shown}"),
            FileEvent::Opened { file, .. } => format!("{file} opened"),
            FileEvent::Lines { file } => format!("{file}: {}", lines().collect::<Vec<_>>().join(" ")),
            FileEvent::Closed { file, bytes, .. } => format!("{file} closed {bytes}"),
            FileEvent::Failed { file, missing, .. } => {
                format!("{file} failed{}", if *missing { " missing" } else { "" })
            }
        };
        self.seen.push(word.clone());
        Ok((self.wants)(&word))
    }
}

/// What is shown of these streams, a line at a time, to somebody who wants this.
fn shown(streams: &[&[&str]], wants: impl FnMut(&str) -> Flow + Send) -> Vec<String> {
    let streams: Vec<Stream> = streams.iter().map(|names| stream(names)).collect();
    let options = ReadOptions { limits: Limits { batch_lines: 1, ..Limits::default() }, ..ReadOptions::default() };
    let mut notes = Notes { seen: Vec::new(), wants };
    let feed = RecordFeed::new(&mut notes, RecordOptions::default());
    read_streams(&streams, options, ReadHooks { open: &open, on_read: &|_| {}, followed: None }, feed).unwrap();
    notes.seen
}

#[test]
fn everything_is_shown_in_order() {
    let seen = shown(&[&["a", "missing", "broken"], &["b"]], |_| Flow::Continue);
    let whole = ["0 opened", "0: 1", "0: 2", "0: 3", "0: 4", "0 closed 8"];
    let odd = ["1 failed missing", "2 opened", "2: 1", "2 failed", "2 closed 2"];
    assert_eq!(seen, [&["stream a"][..], &whole, &odd, &["stream b"], &whole].concat());
}

#[test]
fn the_rest_of_a_file_is_not_shown_to_who_has_seen_enough_of_it() {
    let cases: [(&str, &[&str]); 5] = [
        ("0 opened", &["0 opened"]),
        ("0: 1", &["0 opened", "0: 1"]),
        ("0: 3", &["0 opened", "0: 1", "0: 2", "0: 3"]),
        // The end was read ahead already.
        ("0: 4", &["0 opened", "0: 1", "0: 2", "0: 3", "0: 4"]),
        ("0 closed 8", &["0 opened", "0: 1", "0: 2", "0: 3", "0: 4", "0 closed 8"]),
    ];
    for (enough, first) in cases {
        let seen = shown(&[&["a", "b"]], |word| if word == enough { Flow::SkipFile } else { Flow::Continue });
        let second = ["1 opened", "1: 1", "1: 2", "1: 3", "1: 4", "1 closed 8"];
        assert_eq!(seen, [&["stream a"][..], first, &second].concat(), "{enough}");
    }
}

#[test]
fn who_skips_a_file_that_failed_still_sees_the_next_one() {
    let seen = shown(&[&["missing", "a"]], |word| {
        if word.contains("failed") || word == "1: 2" { Flow::SkipFile } else { Flow::Continue }
    });
    assert_eq!(seen, ["stream missing", "0 failed missing", "1 opened", "1: 1", "1: 2"]);
    let seen = shown(&[&["broken", "a"]], |word| if word == "0: 1" { Flow::SkipFile } else { Flow::Continue });
    assert_eq!(seen[..4], ["stream broken", "0 opened", "0: 1", "1 opened"]);
}

#[test]
fn nothing_is_shown_after_a_stop_not_even_of_other_streams() {
    let seen = shown(&[&["a", "b"], &["c"]], |word| if word == "0: 2" { Flow::Stop } else { Flow::Continue });
    assert_eq!(seen, ["stream a", "0 opened", "0: 1", "0: 2"]);
}

#[test]
fn an_error_of_the_sink_ends_the_reading() {
    struct Full;
    impl RecordSink for Full {
        fn take(&mut self, _: &Arc<str>, _: &FileEvent, _: &Records<'_>) -> io::Result<Flow> {
            Err(Error::from(io::ErrorKind::StorageFull))
        }
    }
    let hooks = ReadHooks { open: &open, on_read: &|_| {}, followed: None };
    let mut full = Full;
    let feed = RecordFeed::new(&mut full, RecordOptions::default());
    let done = read_streams(&[stream(&["a"])], ReadOptions::default(), hooks, feed);
    assert_eq!(done.unwrap_err().kind(), io::ErrorKind::StorageFull);
}

fn batch(text: &[u8]) -> Batch {
    let mut batch = Batch::default();
    let limits = Limits { batch_bytes: text.len() + 1, ..Limits::default() };
    LineReader::with_limits(text, limits).fill(&mut batch).expect("bytes can be read");
    batch
}

fn start_up(name: &str, version: &str) -> String {
    format!("time=\"2025-03-14T00:00:00Z\" level=info msg=\"Starting service {name} [pid=1]\" version={version}\n")
}

fn product_at(services: &Services, line: usize) -> Option<String> {
    let mut event = Event::read(b"time=\"2025-03-14T00:00:00Z\" level=info msg=m").expect("an entry");
    services.at(line).complete(&mut event);
    let text = |text: Option<crate::event::Text<'_>>| text.map(|text| text.to_str().into_owned());
    let version = text(event.version)?;
    text(event.product).map(|product| format!("{product} {version}"))
}

#[test]
fn what_a_start_up_line_says_holds_from_there_on_and_in_the_next_batch() {
    let other = "time=\"2025-03-14T00:00:00Z\" level=info msg=\"a Starting service x [pid=1]\"\n";
    let text = [other, &start_up("a", "1"), "no entry Starting service b\n", &start_up("c", "2"), other].concat();
    let mut service = Service::default();
    let services = Services::follow(&mut service, &batch(text.as_bytes()));
    let seen: Vec<_> = (0..5).map(|line| product_at(&services, line)).collect();
    let wanted = [None, Some("a 1"), Some("a 1"), Some("c 2"), Some("c 2")];
    assert_eq!(seen, wanted.map(|it| it.map(str::to_owned)));
    assert_eq!(services.0.len(), 3, "a place for each start-up line and one before them");
    let next = Services::follow(&mut service, &batch(b"\n"));
    assert_eq!(product_at(&next, 0).as_deref(), Some("c 2"));
}

#[test]
fn a_line_full_of_start_up_words_is_read_once() {
    let line = format!("time=\"2025-03-14T00:00:00Z\" level=info msg=\"{}\"\n", "Starting service ".repeat(60_000));
    let batch = batch(line.as_bytes());
    let begun = Instant::now();
    Services::follow(&mut Service::default(), &batch);
    // Once for each time the words are there it would be minutes.
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
}

#[test]
fn every_line_that_is_not_blank_comes_with_its_number_and_what_it_is() {
    let entry = "time=\"2025-03-14T00:00:00Z\" level=info msg=m code=560";
    let log = format!("{entry}\n\nno entry\n  \n{entry}\n");
    let seen: Vec<_> = events(log.as_bytes())
        .map(|line| line.expect("bytes can be read"))
        .map(|line| (line.line, line.event.map(|event| event.code())))
        .collect();
    assert_eq!(seen, [(1, Ok(Some(560))), (3, Err(NoEvent::Foreign)), (5, Ok(Some(560)))]);
}

#[test]
fn the_service_is_that_of_the_last_start_up_line() {
    let time = "time=\"2025-03-14T00:00:00Z\" level=info";
    let log = format!("{time} msg=m\n{time} msg=\"Starting service a [pid=1]\" version=1\n{time} msg=m\n");
    let products: Vec<_> = events(log.as_bytes())
        .map(|line| line.expect("bytes can be read").event.expect("an entry").product)
        .map(|product| product.map(|text| text.to_str().into_owned()))
        .collect();
    assert_eq!(products, [None, Some("a".to_owned()), Some("a".to_owned())]);
}

#[test]
fn an_error_is_the_last_item() {
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("broken off"))
        }
    }
    let mut lines = events(Broken);
    assert!(lines.next().is_some_and(|item| item.is_err()) && lines.next().is_none());
}
