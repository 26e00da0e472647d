//! What is demanded of a log: the named policies and their refinements by flag. Turns a code into a class, nothing else.

use std::collections::BTreeSet;

use super::code::{Class, Code};

pub use super::code::Policy;

/// A policy with its refinements.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Demands {
    /// The named policy.
    pub policy: Policy,
    /// `--require-end`: a chain without an end is incomplete.
    pub require_end: bool,
    /// `--missing-ok`: a missing file is a warning.
    pub missing_ok: bool,
    /// `--allow`: codes that count as a note. Only waivable codes belong here.
    pub allowed: BTreeSet<Code>,
}

impl Demands {
    /// The class of a finding under these demands.
    pub fn class(&self, code: Code) -> Class {
        if self.allowed.contains(&code) && code.waivable() {
            return Class::Note;
        }
        match code {
            Code::ChainOpenAtEnd if self.require_end => Class::Incomplete,
            Code::FileMissing if self.missing_ok => Class::Warning,
            _ => code.class(self.policy),
        }
    }
}
