//! Follows the runs of a service through a stream: what the last start-up line said holds for every entry behind it.

use crate::event::{Event, START_UP_WORDS, Service};
use crate::line::Batch;

/// The service from a line of a batch on.
pub(super) struct Since {
    line: usize,
    service: Service,
}

/// What the start-up lines of a batch say: the service of the lines before it, then one more for each start-up line.
/// `current` is left as it is behind the batch.
pub(super) fn follow(current: &mut Service, batch: &Batch) -> Vec<Since> {
    let mut services = vec![Since { line: 0, service: current.clone() }];
    for at in memchr::memmem::find_iter(&batch.text, START_UP_WORDS) {
        let index = batch.lines.partition_point(|line| line.text.end <= at);
        let Some(line) = batch.lines.get(index) else { continue };
        if let Ok(event) = Event::read(batch.text_of(line)) {
            current.observe(&event);
            services.push(Since { line: index, service: current.clone() });
        }
    }
    services
}

/// The service that a line of the batch belongs to.
pub(super) fn at(services: &[Since], line: usize) -> &Service {
    // The first one holds from line 0 on.
    let latest = services.partition_point(|since| since.line <= line).saturating_sub(1);
    &services[latest].service
}
