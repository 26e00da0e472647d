//! The formula (audit log, section 3), written down once more: one entry after the other, no cleverness. Also the 40-line
//! verifier that follows from it, the tests' truth. How a line is spelled is left to `spelling`.

use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::spelling::{self, Go};

/// The state of one chain before its next entry.
#[derive(Clone)]
pub struct Sealer {
    key: [u8; 32],
    link: Vec<u8>,
}

impl Sealer {
    pub fn new(audit_key: &[u8; 32]) -> Self {
        Self { key: Sha256::digest(audit_key).into(), link: Vec::new() }
    }

    /// Seals the next entry: 64 hex digits.
    pub fn seal(&mut self, mac_input: &[u8]) -> String {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.key).expect("any key length is allowed");
        mac.update(mac_input);
        mac.update(&self.link);
        self.link = mac.finalize().into_bytes().to_vec();
        self.key = Sha256::digest(self.key).into();
        hex::encode(Sha256::digest(&self.link))
    }

    /// What must never be printed: the key of the next entry and the link of the last one.
    pub fn secrets(&self) -> [&[u8]; 2] {
        [&self.key, &self.link]
    }
}

/// LE(n) of a json entry: the object without the seal, and without the unsigned start marker.
pub fn json_mac_input(object: &Map<String, Value>, go: Go) -> Vec<u8> {
    let mut input = String::new();
    for (key, value) in object {
        if key == "integrity" || (key == "chain" && value == "new") {
            continue;
        }
        for part in ["delimiter", key, "delimiter", &spelling::json(value, go), "delimiter"] {
            input.push_str(part);
        }
    }
    input.into_bytes()
}

/// A line taken apart.
pub struct Sealed {
    pub mac_input: Vec<u8>,
    pub seal: String,
    pub starts_chain: bool,
}

/// Takes a sealed line apart; None when it carries no seal.
pub fn take_apart(line: &[u8], go: Go) -> Option<Sealed> {
    if line.starts_with(b"{") {
        let object: Map<String, Value> = serde_json::from_slice(line).ok()?;
        let seal = object.get("integrity")?.as_str()?.to_owned();
        let starts_chain = object.get("chain").is_some_and(|marker| marker == "new");
        return Some(Sealed { mac_input: json_mac_input(&object, go), seal, starts_chain });
    }
    let unmarked = line.strip_suffix(b" chain=new");
    let rest = unmarked.unwrap_or(line);
    let (body, seal) = rest.split_at_checked(rest.len().checked_sub(64)?)?;
    let body = body.strip_suffix(b" integrity=")?;
    let seal = String::from_utf8(seal.to_vec()).ok()?;
    Some(Sealed { mac_input: body.to_vec(), seal, starts_chain: unmarked.is_some() })
}

/// What the obvious verifier says about a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    Verified,
    Unsigned,
    /// Sealed, but it continues no chain.
    Unproven,
    Blank,
}

/// The same of lines in whatever order: those that fit nothing are tried again until none does.
pub fn verify_obviously_in_any_order(lines: &[Vec<u8>], key: &[u8; 32]) -> Vec<Answer> {
    // A start continues nothing, so every chain may begin before all else.
    let is_start = |line: &&Vec<u8>| take_apart(line, Go::Current).is_some_and(|sealed| sealed.starts_chain);
    let (mut ordered, mut rest): (Vec<_>, Vec<_>) = lines.iter().partition(is_start);
    loop {
        let tried: Vec<Vec<u8>> = ordered.iter().chain(&rest).copied().cloned().collect();
        let answers = verify_obviously(&tried, key);
        let fit = answers.iter().skip(ordered.len()).position(|answer| *answer == Answer::Verified);
        let Some(fit) = fit else { return answers };
        ordered.push(rest.remove(fit));
    }
}

/// The obvious verifier: keeps the state of every chain and lets each sealed line continue whichever it can.
pub fn verify_obviously(lines: &[Vec<u8>], key: &[u8; 32]) -> Vec<Answer> {
    let mut chains: Vec<Sealer> = Vec::new();
    let mut answers = Vec::new();
    for line in lines {
        let Some(sealed) = take_apart(line, Go::Current) else {
            answers.push(if line.trim_ascii().is_empty() { Answer::Blank } else { Answer::Unsigned });
            continue;
        };
        if sealed.starts_chain {
            chains.push(Sealer::new(key));
        }
        let continued = chains.iter_mut().find_map(|chain| {
            let mut next = chain.clone();
            (next.seal(&sealed.mac_input) == sealed.seal).then(|| *chain = next)
        });
        answers.push(if continued.is_some() { Answer::Verified } else { Answer::Unproven });
    }
    answers
}
