//! Follows the runs of a service through a stream: what the last start-up line said holds for every entry behind it.

use crate::event::{Event, START_UP_WORDS, Service};
use crate::line::Batch;

/// The service from a line of a batch on.
#[derive(Debug)]
struct Since {
    line: usize,
    service: Service,
}

/// The services to which the lines of a batch belong.
#[derive(Debug)]
pub struct Services(Vec<Since>);

impl Services {
    /// What the start-up lines of a batch say: the service of the lines before it, then one more for each start-up line.
    /// `current` is left as it is behind the batch.
    pub fn follow(current: &mut Service, batch: &Batch) -> Self {
        let mut services = vec![Since { line: 0, service: current.clone() }];
        let words = memchr::memmem::Finder::new(START_UP_WORDS);
        let mut from = 0;
        while let Some(found) = batch.text.get(from..).and_then(|rest| words.find(rest)) {
            let at = from + found;
            let index = batch.lines.partition_point(|line| line.text.end <= at);
            let Some(line) = batch.lines.get(index) else { break };
            // A line is read once, however often it has the words: a hostile one may consist of them.
            from = line.text.end;
            if let Ok(event) = Event::read(batch.text_of(line))
                && event.is_start_up()
            {
                current.observe(&event);
                services.push(Since { line: index, service: current.clone() });
            }
        }
        Self(services)
    }

    /// The service that a line of the batch belongs to.
    pub fn at(&self, line: usize) -> &Service {
        // The first one holds from line 0 on.
        let latest = self.0.partition_point(|since| since.line <= line).saturating_sub(1);
        &self.0[latest].service
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;
    use crate::line::{Limits, LineReader};

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
}
