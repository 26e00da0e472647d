//! The one integration test binary: the command line tool as people use it, held against genuine and damaged logs. Each
//! module covers one promise; what single functions do is tested beside them in `src`.

mod log_writer; // genuine logs, written without the product's code
mod support; // running the tool, reading its reports

mod asked; // names that nothing has, and times that come twice
mod attacks; // every row of the list of attacks, in every format and place
mod attest; // evidence: what verify leaves for others, and what they find out of it
mod bit_flip; // no single bit can change unnoticed
mod browser; // the page of the report in a real browser, where one is installed
mod bundle; // the evidence of one run in one file
mod cli; // help, usage errors, and the generated files that are committed
mod codes; // the catalogue of event codes as it is printed
mod codes_table; // every finding of verify: what shows it, where, and what it weighs
mod configuration; // the configuration file
mod configuration_page; // the manual page of the configuration file names what is accepted
mod continuity; // gaps in the times of a log, and chains that are open for long
mod convert; // every format and envelope over every genuine log, and the way back
mod cuts; // lines that a rotation, a crash or a wrapper cut, and holes and encodings around them
mod differential; // the fast verifier against the obvious one, over threads and batches
mod displacement; // lines inserted, moved and repeated: what is said of it, and where they belong
mod docs; // the pages that comments cite
mod exit_codes; // one answer per situation, in every output format
mod explain_line; // one line in full, for people who ask why
mod fixtures; // every genuine log gets the verdict stated beside it
mod following; // logs that are read while they are written and rotated
mod game; // writer, attacker and verifier, with the truth known by where each line comes from
mod genuine_writer; // the tests' own writer writes what Acra writes
mod grep; // filters, output and exit codes of the search
mod house; // the rules of the house, as far as a program can read them
mod keystores; // every keystore that Acra wrote, sound and damaged
mod ledger; // what a run remembers, held against a log that was changed since
mod limits; // a log that just keeps a limit of the judge, and one that just does not
mod live; // pipes that stay open: what is known is shown before more is waited for
mod log_verifier; // the place of Acra's own verifier, taken unchanged
mod packaging; // the service, the alerts and the dashboard hold by the tools of systemd and Prometheus
mod readme; // every command and every table people copy from the README
mod report; // the incidents of a genuine day, and what a report must not say
mod reports; // the machine formats say what the schema says
mod resuming; // what goes on behind an unchanged beginning says what a walk over everything says
mod secrets; // no key in any output
#[cfg(all(feature = "redis", feature = "vault", feature = "kms"))]
mod services; // keys in Redis, HashiCorp Vault and AWS KMS
mod sigma; // rules of Sigma: those that are shipped, and what is made of others
mod situations; // what was once judged wrongly
mod sources; // where the lines come from: rotation, compression, wrapping
mod stats; // entries counted by what they say
mod undo; // what stood in the place of an altered entry, proven by its own seal
mod watching; // alarms, while a log is written and when it is replayed
