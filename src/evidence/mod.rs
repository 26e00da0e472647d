//! Evidence of a verification, as data: an in-toto Statement about what was read and what came of it, the DSSE envelope it
//! is signed in, what a file is to the subjects of a statement, and the archive in which all is handed on. Nothing is printed
//! here; keys are read in `key`.

mod bundle;
mod check;
mod envelope;
mod statement;
mod subject;

pub use bundle::{BundleMember, write_bundle};
pub use check::{AttestationCheck, CheckedFile};
pub use envelope::{DsseEnvelope, EnvelopeError, PAYLOAD_TYPE, is_bare_statement};
pub use statement::{AttestedRun, NamedInput, ReadStatement, Statement, StatementError};
pub use subject::{FileMatch, Subject, SubjectIndex};
