//! Judges the lines of one stream in their order. Sealed entries are handled in `sealed`, everything else in `unsealed`,
//! a chain as a whole in `chains`.

use std::io;
use std::sync::Arc;

use super::chains::{Cause, Doubt, OpenChain, Stop};
use super::code::{Class, Code};
use super::docket::Docket;
use super::foreign::{Headless, Lost};
use super::piece::Piece;
use super::prefixed::Prefixed;
use super::proven::Proven;
use super::recorder::Event;
use super::report::{Account, FileReport, Limit, StreamReport, Tally};
use super::sealed::Here;
use super::stretch::{Spot, Stretch};
use super::writers::Writers;
use crate::chain::{ChainId, Followed};
use crate::entry::{LogTime, SealField, time_of};
use crate::line::{Batch, LineState};

/// To which chain a sealed line that fits none is counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Current {
    /// To none: the stream begins, or the last chain has ended.
    #[default]
    None,
    /// To the one that began before the stream (attacks, row 33), or before lines that could not be read.
    Headless,
    /// To this open chain.
    Chain(ChainId),
    /// To one whose first entry fits no key.
    Lost,
    /// To one that may or may not have been genuine: see [`StreamJudge::has_strangers`].
    Unclaimed,
}

/// What to do about a missing file.
pub(super) const MISSING_HINT: &str = "check the path; when it may rightly be absent, --missing-ok makes it a warning";

/// See the file's head.
#[derive(Default)]
pub(super) struct StreamJudge {
    pub(super) index: usize,
    name: Arc<str>,
    pub(super) files: Vec<FileReport>,
    pub(super) open: Vec<OpenChain>,
    pub(super) current: Current,
    /// Sealed lines so far.
    pub(super) count: u64,
    /// `count` when the last chain opened.
    pub(super) last_opened: u64,
    /// Chains that verified at least their first entry.
    pub(super) opened: u64,
    /// Sealed lines that did not verify, and places that could not be read.
    pub(super) disturbances: u64,
    /// The latest time of a chain that has ended.
    pub(super) ended_at: Option<LogTime>,
    pub(super) interleaved: bool,
    pub(super) open_at_end: bool,
    /// Lines without a seal since the last sealed one.
    pub(super) unsigned: Option<Stretch>,
    /// One of them is an entry, so that a service started there.
    pub(super) unsigned_entry: bool,
    /// One of them begins as an entry does, whole or not.
    pub(super) unsigned_as_entry: bool,
    pub(super) writers: Writers,
    pub(super) prefixed: Prefixed,
    pub(super) headless: Headless,
    /// A chain without an end is not followed any more, to make room for others.
    pub(super) dropped: bool,
    /// How many keys have replaced the newest one that a chain was sealed with, of those in a keystore.
    pub(super) youngest_key: Option<usize>,
    /// A chain that fits no key began while another one was open, and there are keys that could not be had.
    pub(super) beside_lost_key: bool,
    /// Lines that do not continue the chain they stand in, of a stream with headless lines: with the seal's first bytes.
    pub(super) strays: Vec<(Stretch, Option<[u8; 2]>)>,
    pub(super) unclaimed: Option<Stretch>,
    pub(super) lost: Option<Lost>,
    /// Lost chains before the first one that verifies: alone, they mean a wrong key.
    pub(super) lost_early: Vec<Lost>,
    pub(super) reencoded: Option<Stretch>,
    pub(super) contradicted: bool,
    /// Something was not read, so what follows may rightly continue a chain that is not here.
    pub(super) gap: bool,
    /// Lines with a seal of any kind.
    pub(super) seals: u64,
    pub(super) proven: Proven,
    files_read: usize,
    /// The highest line number of the current file so far.
    pub(super) line_seen: u64,
}

impl StreamJudge {
    pub(super) fn new(index: usize, name: Arc<str>, files: Vec<Arc<str>>) -> Self {
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
        Self { index, name, files, ..Self::default() }
    }

    pub(super) fn take(&mut self, docket: &mut Docket<'_>, piece: Piece, followed: &Followed<'_>) -> io::Result<()> {
        match piece {
            Piece::Opened { .. } => {
                self.line_seen = 0;
                Ok(())
            }
            Piece::Lines { file } => self.lines(docket, file, followed),
            Piece::Closed { file, bytes, wrapper, compression } => {
                self.files_read += 1;
                let report = &mut self.files[file];
                (report.bytes, report.wrapper, report.compression) = (bytes, wrapper, compression);
                Ok(())
            }
            Piece::Failed { file, missing, why, lost_bytes } => {
                self.files[file].account.unreadable.bytes += lost_bytes;
                self.unread();
                let event = if missing {
                    Event::of(Code::FileMissing, "the file is missing").hint(MISSING_HINT)
                } else {
                    Event::of(Code::FileUnreadable, why)
                };
                docket.recorder.record(event.of_file(file), &mut self.files)
            }
        }
    }

    fn lines(&mut self, docket: &mut Docket<'_>, file: usize, followed: &Followed<'_>) -> io::Result<()> {
        let batch = &followed.prepared.batch;
        let mut steps = followed.steps.iter();
        for (index, (line, entry)) in batch.lines.iter().zip(&followed.prepared.entries).enumerate() {
            let spot = Spot { file, line: line.number };
            self.line_seen = self.line_seen.max(line.number);
            let text = batch.text_of(line);
            match line.state {
                LineState::TooLong => {
                    self.too_long(docket, spot, line.bytes)?;
                    continue;
                }
                LineState::Textless(why) => {
                    self.textless(docket, spot, line, why)?;
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
                let here = Here { batch, index, spot, text, entry, seal };
                self.tell_sealer(docket, &line.writer)?;
                self.sealed(docket, &here, *step)?;
            } else {
                self.unsealed(docket, spot, line, text, entry.as_ref())?;
            }
        }
        self.tell_times(batch);
        Ok(())
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
        self.unsigned_entry = false;
        if let Current::Chain(id) = self.current
            && let Some(chain) = self.open.iter_mut().find(|chain| chain.id == id)
        {
            chain.doubt.get_or_insert(Doubt { cause: Cause::Unread, lines: None });
        }
    }

    /// The stream has ended: settles everything that was left open.
    pub(super) fn finish(mut self, docket: &mut Docket<'_>) -> io::Result<(StreamReport, Vec<FileReport>)> {
        self.settle_waiting(docket)?;
        self.flush_reencoded(docket)?;
        self.settle_lost(docket)?;
        self.settle_unclaimed(docket)?;
        let mut open = std::mem::take(&mut self.open);
        open.sort_by_key(|chain| chain.opened);
        for chain in open {
            self.settle_chain(docket, chain, Stop::Left)?;
        }
        self.settle_strays(docket)?;
        self.settle_prefixed(docket)?;
        self.settle_early(docket)?;
        self.settle_headless(docket)?;
        self.settle_unsigned_at_end(docket)?;
        self.tell_others(docket)?;
        if self.seals == 0 && self.files_read > 0 {
            let event = Event::of(Code::NothingSigned, format!("{}: no line carries a seal", self.name))
                .hint("is this the audit log, and was --audit_log_enable=true set?");
            docket.recorder.record(event, &mut self.files)?;
            self.raise_all(docket.recorder.demands().class(Code::NothingSigned));
        }
        if self.interleaved {
            let message = format!("{}: several instances write into this log; each chain was followed", self.name);
            docket.recorder.record(Event::of(Code::ChainsInterleaved, message), &mut self.files)?;
        }
        if let Some(last) = self.files.last_mut() {
            last.open_at_end = self.open_at_end;
        }
        self.tell_limits(docket);
        let (proven, proven_omitted) = self.proven.finish();
        let files = self.files.iter().map(|file| Arc::clone(&file.path)).collect();
        let report = StreamReport { name: self.name, files, proven, proven_omitted, interleaved: self.interleaved };
        Ok((report, self.files))
    }

    /// Whether genuine lines of chains that are not followed may stand anywhere: of one that began before the stream and
    /// has shown no end, of one among several that began before it, among more instances than are followed, or of one whose
    /// key could not be had and that began beside another one.
    pub(super) fn has_strangers(&self) -> bool {
        let several = self.interleaved || self.headless.several;
        self.headless.runs
            || self.beside_lost_key
            || (several && self.headless.lines.is_some())
            || (self.dropped && self.interleaved)
    }

    /// A finding about the whole stream weighs on each of its files.
    pub(super) fn raise_all(&mut self, class: Class) {
        for file in &mut self.files {
            file.worst = file.worst.max(class);
        }
    }

    /// Counts a stretch into one class of the account.
    pub(super) fn book(&mut self, stretch: &Stretch, class: fn(&mut Account) -> &mut Tally) {
        for (file, tally) in &stretch.parts {
            class(&mut self.files[*file].account).merge(*tally);
        }
    }

    /// What this stream cannot show, for people.
    fn tell_limits(&self, docket: &mut Docket<'_>) {
        let mut tell = |what: String| docket.limits.push(Limit { stream: Some(Arc::clone(&self.name)), what });
        if self.opened == 0 {
            return tell("anything at all: nothing could be verified".to_owned());
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
            tell(format!("whether {unsigned} lines without a seal are genuine"));
        }
    }
}
