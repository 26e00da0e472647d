//! What usually lies behind a finding, and what to do first: for `explain`. What a finding means is said in `code`.

use super::code::Code;

/// What is said of a finding beside what it means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Advice {
    /// What usually lies behind it.
    pub cause: &'static str,
    /// What to do first.
    pub response: &'static str,
}

impl Code {
    /// What usually lies behind it, and what to do first.
    pub fn advice(self) -> Option<Advice> {
        let found = ADVICE.iter().find(|(name, ..)| *name == self.name());
        found.map(|&(_, cause, response)| Advice { cause, response })
    }
}

/// By name: cause, response.
const ADVICE: &[(&str, &str, &str)] = &[
    (
        "chain-altered",
        "Somebody changed this entry or removed entries above it; or a tool rewrote the line on its way (a filter, a wrong \
         encoding, a bad disk).",
        "Keep the files as they are, then compare the place with a copy that left the host at once; `-v` shows the \
         seal that was expected and the one found.",
    ),
    (
        "line-out-of-chain",
        "A line was copied to another place, or made up by somebody without the key.",
        "Keep the files as they are, and find out where else the line stands: `acralog grep --raw -F 'integrity=...'`.",
    ),
    (
        "line-unsigned-inside-chain",
        "Something that is not Acra writes into the same file or stream; or the seals of real entries were removed.",
        "Read the lines: text of another program belongs into a file of its own, and what looks like an entry of Acra is \
         suspect.",
    ),
    (
        "seal-malformed",
        "The end of the line was edited, cut or glued to another line.",
        "Look at the line as it stands in the file; compare it with a copy that left the host at once.",
    ),
    (
        "line-repeated",
        "A shipper that delivers at least once sent a line or a block again; or somebody copied it.",
        "Compare with the log on the host that wrote it. Where the shipper is known for it, `--allow line-repeated`.",
    ),
    (
        "chain-repeated",
        "A file was read twice under two names, or written twice by a collector; or old entries were replayed to fill a gap.",
        "Look for the same file among the inputs; what is left afterwards was delivered twice, or replayed.",
    ),
    (
        "entry-out-of-time",
        "An entry or the start of a chain was moved to hide a gap; or the clocks of instances that share a log differ.",
        "Compare the clocks of the hosts. Where they are known to differ, `--allow entry-out-of-time`.",
    ),
    (
        "start-up-beside-chain",
        "Another instance of the service started while this one was writing.",
        "Nothing, when several instances share this log; better give each a log of its own.",
    ),
    (
        "line-foreign-inside-chain",
        "Another program or a library writes to the same output: Go's net/http does so; or a line was put there.",
        "Read the lines. What comes from the service itself may be accepted: `--allow line-foreign-inside-chain`.",
    ),
    (
        "lines-of-others",
        "The container writes to two outputs, or the journal of a unit holds what the system says about it.",
        "Nothing, when the writers named are known; the log is what the writers of sealed lines wrote.",
    ),
    (
        "record-without-text",
        "The journal was exported without `--all`, or a record holds several texts.",
        "Export it again: `journalctl -u acra-server -o json --all`.",
    ),
    (
        "prefix-unknown",
        "A tool that showed or shipped the log put a text in front of every line.",
        "Get the lines without it: `docker compose logs --no-log-prefix`, `kubectl logs` without `--prefix`, \
         `journalctl -o json --all`.",
    ),
    (
        "lines-unsigned-beside-chain",
        "Another instance started while this one was writing; or lines were put between its entries.",
        "Read the lines. Where they are those of a start, `--allow lines-unsigned-beside-chain`; better give each instance \
         a log of its own.",
    ),
    (
        "lines-unsigned-not-start-up",
        "Audit logging was switched on while the service was already in use; or the seals of real entries were removed.",
        "Read the lines: a client, a session or a query in them means that they are of running operation.",
    ),
    (
        "entry-ambiguous",
        "A value that somebody could choose, such as the name of a client, holds text that reads like a part of the entry.",
        "Look at the client or query behind the entry, and do not trust a field of it that stands there twice.",
    ),
    (
        "chain-start-unmarked",
        "The mark was cut off so that two chains look like one.",
        "Keep the files as they are, and look for entries that are missing above this line.",
    ),
    (
        "chain-start-misplaced",
        "A mark was added so that one chain looks like two.",
        "Keep the files as they are, and look for entries that are missing around this line.",
    ),
    (
        "marker-unsigned",
        "A line was made up, or its seal was removed.",
        "Treat the line as not written by Acra until a copy shows otherwise.",
    ),
    (
        "entries-unreachable",
        "It follows from the break above: each seal depends on the one before.",
        "Look at the break first. The next chain is verified again.",
    ),
    (
        "line-unclaimed",
        "The file before is not among the inputs: rotated away, not collected, or named in an unusual way; or the line was \
         inserted.",
        "Give the older files as well, oldest first with --as-one-stream when their names do not show the order.",
    ),
    (
        "chain-unfinished",
        "The service was killed, ran out of memory or lost its host, so it could not end the chain; or the end was cut off.",
        "Look for a crash or a restart at this time in the journal of the host. `--allow chain-unfinished` accepts it.",
    ),
    (
        "lines-unsigned-at-end",
        "The service just began and has not signed yet, another program writes there, or lines were appended.",
        "Read the lines; of a running service, verify again a little later.",
    ),
    (
        "line-torn",
        "The file was read while it was written, the disk was full, or the host went down.",
        "Of a running service, verify again; otherwise look for a full disk or a crash at this time.",
    ),
    (
        "nothing-signed",
        "The audit log is not switched on (--audit_log_enable), the wrong file was given, or all seals were stripped.",
        "Check the flags of the service and the path; a log that once was signed is suspect.",
    ),
    (
        "nothing-verified",
        "Only the later part of a log was given, or its beginning was removed.",
        "Give the files before it as well.",
    ),
    (
        "chain-open-at-end",
        "The service is still running, or it was killed, or the end was cut off.",
        "Of a running service this is normal. Of one that was stopped, demand the end with --require-end.",
    ),
    (
        "stream-headless",
        "The older file was rotated away or not collected, or its beginning was removed.",
        "Give the older files as well. Nothing in the log itself tells the two cases apart.",
    ),
    (
        "entry-reencoded",
        "A collector read the JSON and wrote it anew.",
        "Have the collector pass the line on as text; verify the file on the host where it can be reached.",
    ),
    (
        "time-backwards",
        "The clock of the host was set back, files were read in another order, or chains were moved.",
        "Check the order of the files and the clock at this time.",
    ),
    (
        "chain-elsewhere",
        "The same log was given twice, such as a file and its backup.",
        "Leave one of both out and verify again.",
    ),
    (
        "file-skipped",
        "Directories hold other files as well: archives, lists, lock files.",
        "If the file is a log, name it itself instead of its directory.",
    ),
    (
        "file-double",
        "A link, or a rotation that exists packed and unpacked.",
        "Nothing, when both are the same; otherwise name the one that counts.",
    ),
    (
        "lines-unsigned-many",
        "Another program writes into the stream, the service ran without its audit log for a while, or seals were stripped.",
        "Read the lines: entries of Acra that tell of queries or clients should have had seals.",
    ),
    (
        "lines-unsigned-between-chains",
        "Acra writes a few lines at its start before it signs.",
        "Nothing; `--policy strict` does not accept them, `--allow unsigned-between` does.",
    ),
    (
        "chains-interleaved",
        "Several instances of a service share one file or stream.",
        "Nothing; a file of its own for each instance is easier to read.",
    ),
    (
        "file-missing",
        "A rotated file was removed by a limit on their number, not collected, or deleted.",
        "Fetch it from a backup. `--missing-ok` says that it may be missing.",
    ),
    (
        "file-unreadable",
        "Rights, a damaged archive, or a bad disk.",
        "Read the reason behind the name; run as a user who may read it, or fetch a copy.",
    ),
    (
        "line-unreadable",
        "No entry of Acra is that long: binary data, a lost line feed, or somebody who fills the disk.",
        "Look at the place with other tools; the rest of the file was checked.",
    ),
    (
        "key-wrong",
        "The key of another keystore, another stage or of before a rotation.",
        "`acralog keys fingerprint` tells keys apart; give all keys there are, each one is tried for each chain.",
    ),
    (
        "line-damaged",
        "A container runtime or an export wrote U+FFFD for bytes that are no text, so the line is not the one that was signed.",
        "Verify the log as the service wrote it, or as a runtime stored it that keeps bytes (CRI); docker's json-file does not.",
    ),
    (
        "key-lost",
        "The key was rotated and the one of this chain was not given, or cannot be opened; or the first entry was altered, \
         which looks the same.",
        "`acralog keys list` names the keys of a keystore; restore the missing one from a copy, or pass it with --key-file.",
    ),
    (
        "file-twin-differs",
        "A rotation was compressed and its original is still there, cut off or changed; or somebody put a file beside it.",
        "Compare the two, and pass the one that is the log by its name.",
    ),
    (
        "key-unused",
        "The key is of another service or another time, or a log of the one it belongs to is not among those given.",
        "Compare its fingerprint with those of `acralog keys list`, and look whether a log is missing.",
    ),
    (
        "key-compromised",
        "Somebody marked the key in the keystore; what it sealed after it got out may be forged.",
        "Compare these chains with a copy that left the host at once.",
    ),
    (
        "key-outdated",
        "An instance kept running with an old key after a rotation, or somebody seals with an old key.",
        "Check whether all instances were restarted after the rotation.",
    ),
    (
        "format-contradiction",
        "The service was given another --logging_format, or --input-format is wrong.",
        "Leave --input-format out: the format is detected.",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_finding_has_advice_and_all_advice_is_of_a_finding() {
        for code in Code::ALL {
            let advice = code.advice().unwrap_or_else(|| panic!("no advice for {}", code.name()));
            assert!(advice.cause.ends_with('.') && advice.response.ends_with('.'), "{}", code.name());
        }
        assert_eq!(ADVICE.len(), Code::ALL.len());
    }
}
