//! Judges the lines of one stream in their order. Sealed entries are handled in `sealed`, everything else in `unsealed`,
//! a chain as a whole in `chains`.

use std::sync::Arc;

use super::chains::OpenChain;
use super::code::{Class, Code};
use super::prefixed::Prefixed;
use super::proven::Proven;
use super::recorder::FindingBuilder;
use super::report::{Account, FileReport, Limit, StreamReport, Tally};
use super::run_state::{Context, Ruling};
use super::sealed::{BegunInside, Here, RepeatedChain};
use super::stretch::{Spot, Stretch};
use super::torn::Torn;
use super::unmatched::Unmatched;
use super::unsealed::UnsignedLines;
use super::writers::Writers;
use crate::chain::{ChainId, Followed, SeenLines};
use crate::entry::{LogTime, SealField, time_of};
use crate::line::{Batch, LineSpan, LineState};
use crate::outcome::Outcome;
use crate::reading::FileEvent;

/// What to do about a missing file.
pub(super) const MISSING_HINT: &str = "check the path; when it may rightly be absent, --missing-ok makes it a warning";

/// What to do where the file before is not here.
const HEADLESS_HINT: &str = "pass the older file of the rotated set as well; if it is gone, --allow stream-headless";

/// What to do where it may be here, under a name that nobody could place.
const LOOKALIKE_HINT: &str = "files of similar names were read as other logs: --stream-by REGEX says which ones belong \
                              together and --order-by time in which order, or --as-one-stream reads all as one log";

/// See the file's head.
#[derive(Default)]
pub(super) struct StreamJudge {
    pub(super) context: Arc<Context>,
    /// What was decided and is not carried out yet.
    pub(super) rulings: Vec<Ruling>,
    pub(super) index: usize,
    name: Arc<str>,
    /// Whether another stream looks like a part of the same log.
    pub(super) has_lookalike: bool,
    pub(super) files: Vec<FileReport>,
    /// By recency: the chain advanced last stands at the end.
    pub(super) open: Vec<OpenChain>,
    /// Chains without an end that are not followed any more.
    pub(super) left: Vec<OpenChain>,
    /// The open chain to which a line is held first: the one advanced last, unless it may rest.
    pub(super) front: Option<ChainId>,
    /// Sealed lines so far.
    pub(super) count: u64,
    /// `count` when the last chain opened.
    pub(super) last_opened: u64,
    /// Chains that verified at least their first entry.
    pub(super) opened: u64,
    /// Sealed lines that did not verify, and places that could not be read.
    pub(super) disturbances: u64,
    /// Of the chains that have ended: the latest end, and the latest beginning.
    pub(super) ended_at: Option<LogTime>,
    pub(super) ended_began_at: Option<LogTime>,
    /// The last chain that began while another one was open.
    pub(super) begun_inside: Option<BegunInside>,
    pub(super) interleaved: bool,
    pub(super) open_at_end: bool,
    /// Lines without a seal since the last sealed one.
    pub(super) unsigned: UnsignedLines,
    /// Lines without a seal inside a chain, beside which another service may be starting.
    pub(super) starting: Option<UnsignedLines>,
    /// The same, behind which a chain began in time.
    pub(super) started: Option<UnsignedLines>,
    /// Entries without a seal that were told.
    pub(super) unsigned_seen: SeenLines,
    pub(super) unmatched: Unmatched,
    /// Lines that may be torn.
    pub(super) torn: Vec<Torn>,
    pub(super) writers: Writers,
    pub(super) prefixed: Prefixed,
    /// Lines in a row that verified above.
    pub(super) repeated: Option<Stretch>,
    /// Lines without a seal among them that stand above as well.
    pub(super) repeated_unsigned: Option<Stretch>,
    /// The last sealed line verified above.
    pub(super) after_repetition: bool,
    /// Chains that so far repeat another one.
    pub(super) repeated_chains: Vec<RepeatedChain>,
    /// A chain without an end is not followed any more, to make room for others.
    pub(super) dropped: bool,
    /// How many keys have replaced the newest one that a chain was sealed with, of those in a keystore.
    pub(super) youngest_key: Option<usize>,
    pub(super) reencoded: Option<Stretch>,
    pub(super) contradicted: bool,
    /// Something was not read, so what follows may rightly continue a chain that is not here.
    pub(super) gap: bool,
    /// Lines with a seal of any kind.
    pub(super) seals: u64,
    pub(super) proven: Proven,
    files_read: usize,
}

/// What a stream comes to.
pub(super) struct Finished {
    pub(super) report: StreamReport,
    pub(super) files: Vec<FileReport>,
    /// What it cannot show.
    pub(super) limits: Vec<Limit>,
    /// What was decided at its end.
    pub(super) rulings: Vec<Ruling>,
}

impl StreamJudge {
    pub(super) fn new(index: usize, name: Arc<str>, files: Vec<Arc<str>>, context: Arc<Context>) -> Self {
        let report = |path| FileReport {
            path,
            stream: index,
            formats: Vec::new(),
            wrapper: None,
            compression: None,
            bytes: 0,
            chains: 0,
            account: Account::default(),
            worst: Class::Note,
            open_at_end: false,
        };
        let files = files.into_iter().map(report).collect();
        Self { context, index, name, files, ..Self::default() }
    }

    pub(super) fn take(&mut self, event: FileEvent, followed: &Followed<'_>) {
        match event {
            FileEvent::Opened { after_gap, .. } => {
                if after_gap {
                    self.unread();
                }
            }
            FileEvent::Lines { file } => self.lines(file, followed),
            FileEvent::Closed { file, bytes, wrapper, compression } => {
                self.files_read += 1;
                let report = &mut self.files[file];
                (report.bytes, report.wrapper, report.compression) = (bytes, wrapper, compression);
            }
            FileEvent::Failed { file, missing, why, lost_bytes } => {
                self.files[file].account.unreadable.bytes += lost_bytes;
                self.unread();
                let event = if missing {
                    FindingBuilder::of(Code::FileMissing, why).hint(MISSING_HINT)
                } else {
                    FindingBuilder::of(Code::FileUnreadable, why)
                };
                self.find(event.of_file(file))
            }
        }
    }

    fn lines(&mut self, file: usize, followed: &Followed<'_>) {
        let batch = &followed.prepared.batch;
        let mut steps = followed.steps.iter();
        for (index, (line, entry)) in batch.lines.iter().zip(&followed.prepared.entries).enumerate() {
            let spot = Spot { file, line: line.number };
            let text = batch.text_of(line);
            match line.state {
                LineState::TooLong => {
                    self.too_long(spot, line);
                    continue;
                }
                LineState::Textless(why) => {
                    self.textless(spot, line, why);
                    continue;
                }
                LineState::Whole | LineState::Unterminated => {}
            }
            if let Some(entry) = entry
                && !self.files[file].formats.contains(&entry.format)
            {
                self.files[file].formats.push(entry.format);
            }
            if let Some(entry) = entry
                && let SealField::Present(seal) = entry.seal
                && let Some(step) = steps.next()
            {
                self.tell_sealer(&line.writer);
                let here = Here { batch, index, spot, text, entry, seal };
                self.sealed(&here, step);
            } else {
                let entry = (entry.as_ref(), followed.prepared.fingerprint(index));
                self.unsealed(spot, line, text, entry);
            }
        }
        self.tell_times(batch);
    }

    /// Reads the times of the chains' last entries while their lines are at hand.
    pub(super) fn tell_times(&mut self, batch: &Batch) {
        for chain in &mut self.open {
            if let Some(line) = chain.untimed.take() {
                chain.tell_time(time_of(batch.text_of(&batch.lines[line])));
            }
        }
    }

    /// Something was not read here: what follows may be cut off from what came before.
    pub(super) fn unread(&mut self) {
        self.disturbances += 1;
        self.gap = true;
        // The first entry of the service that started may be what was not read.
        self.unsigned.pass_sealed();
        self.tell_torn_of_gap();
        self.open.iter_mut().for_each(|chain| chain.gap = true);
    }

    /// The stream has ended: settles everything that was left open.
    pub(super) fn finish(mut self) -> Finished {
        self.flush_reencoded();
        self.settle_waiting();
        self.settle_prefixed();
        self.tell_others();
        self.settle_repeated_chains();
        self.settle_starting();
        self.settle_left();
        self.settle_torn();
        self.settle_unsigned_at_end();
        if self.seals == 0 && self.files_read > 0 {
            let event = FindingBuilder::of(Code::NothingSigned, "no line carries a seal")
                .of_file(self.files.len() - 1)
                .of_whole_stream()
                .hint("is this the audit log, and was --audit_log_enable=true set?");
            self.find(event);
        }
        if self.interleaved {
            let message = format!("{}: several instances write into this log; each chain was followed", self.name);
            self.find(FindingBuilder::of(Code::ChainsInterleaved, message));
        }
        if let Some(last) = self.files.last_mut() {
            last.open_at_end = self.open_at_end;
        }
        let limits = self.limits();
        let (proven, proven_omitted) = self.proven.finish();
        let files = self.files.iter().map(|file| Arc::clone(&file.path)).collect();
        let (name, interleaved, outcome) = (self.name, self.interleaved, Outcome::Intact);
        let report = StreamReport { name, outcome, files, proven, proven_omitted, interleaved };
        Finished { report, files: self.files, limits, rulings: self.rulings }
    }

    /// What to do about entries whose chain began in something that was not read.
    pub(super) fn headless_hint(&self) -> &'static str {
        if self.has_lookalike { LOOKALIKE_HINT } else { HEADLESS_HINT }
    }

    /// Something is found.
    pub(super) fn find(&mut self, finding: FindingBuilder) {
        self.rulings.push(Ruling::Finding(finding));
    }

    /// Counts a stretch into one class of the account.
    pub(super) fn book(&mut self, stretch: &Stretch, class: fn(&mut Account) -> &mut Tally) {
        for (file, tally) in &stretch.parts {
            class(&mut self.files[*file].account).merge(*tally);
        }
    }

    /// Counts a line into one class of the account, for every file that has a part of it.
    pub(super) fn count_line(&mut self, spot: Spot, line: &LineSpan, class: fn(&mut Account) -> &mut Tally) {
        class(&mut self.files[spot.file].account).add(line.bytes);
        for part in &line.earlier {
            class(&mut self.files[part.file].account).bytes += part.bytes;
        }
    }

    /// What this stream cannot show, for people.
    fn limits(&self) -> Vec<Limit> {
        let mut limits = Vec::new();
        let mut tell = |what: String| limits.push(Limit { stream: Some(Arc::clone(&self.name)), what });
        if self.opened == 0 {
            tell("anything at all: nothing could be verified".to_owned());
            return limits;
        }
        if self.open_at_end {
            tell("entries after the last one here: its chain is open".to_owned());
        }
        tell("whether a whole chain was removed: there is no record of earlier runs".to_owned());
        let unread = self.files.len() - self.files_read;
        if unread > 0 {
            tell(format!("what {unread} missing or unreadable files of this log say"));
        }
        if let Some(wrapper) = self.files.iter().find_map(|file| file.wrapper) {
            tell(format!("whether what {wrapper} wrote around the lines is genuine"));
        }
        let unsigned: u64 = self.files.iter().map(|file| file.account.unsigned.lines).sum();
        if unsigned > 0 {
            tell(match unsigned {
                1 => "whether a line without a seal is genuine".to_owned(),
                _ => format!("whether {unsigned} lines without a seal are genuine"),
            });
        }
        limits
    }
}
