//! The hash tree over the lines of a ledger (RFC 6962, section 2.1), and what is kept of it elsewhere: an anchor of N lines
//! shows whether a ledger grew from those. Written as a C2SP checkpoint (`c2sp.org/tlog-checkpoint`) on one line.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ct_merkle::mem_backed_tree::MemoryBackedTree;
use sha2::Sha256;

use super::record::Hash;

/// What an origin begins with; the hash of the ledger's first line follows.
const ORIGIN: &str = "acralog-ledger/";

/// How much of that hash, in hex digits.
const ORIGIN_DIGITS: usize = 16;

/// A ledger of so many lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TreeHead {
    /// Names the ledger.
    pub origin: String,
    /// Lines.
    pub size: u64,
    /// Of the hash tree over them.
    pub root: [u8; 32],
}

impl TreeHead {
    /// Of the first lines of a ledger, by the hashes of its lines.
    pub fn of(lines: &[Hash]) -> Self {
        let mut tree = MemoryBackedTree::<Sha256, [u8; 32]>::new();
        lines.iter().for_each(|line| tree.push(line.0));
        let first = lines.first().map(Hash::to_string).unwrap_or_default();
        let origin = format!("{ORIGIN}{}", first.get(..ORIGIN_DIGITS).unwrap_or("empty"));
        Self { origin, size: lines.len() as u64, root: (*tree.root().as_bytes()).into() }
    }

    /// Whether a ledger of these lines grew from it. From nothing, every ledger does: that says nothing of this one.
    pub fn is_beginning_of(&self, lines: &[Hash]) -> bool {
        let size = usize::try_from(self.size).ok().filter(|size| *size > 0);
        size.and_then(|size| lines.get(..size)).is_some_and(|beginning| Self::of(beginning) == *self)
    }
}

/// Origin, size and root on one line.
impl fmt::Display for TreeHead {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} {} {}", self.origin, self.size, STANDARD.encode(self.root))
    }
}

/// The one line that is printed, or the three lines of a checkpoint; signatures behind them are left alone.
impl FromStr for TreeHead {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const FORM: &str = "an anchor is a name, a number of records and a hash, as `ledger anchor` prints it";
        let mut words = text.split_whitespace();
        let (origin, size, root) = (words.next(), words.next(), words.next());
        let origin = origin.filter(|origin| origin.starts_with(ORIGIN)).ok_or(FORM)?;
        let size = size.and_then(|size| size.parse().ok()).ok_or(FORM)?;
        let root =
            root.and_then(|root| STANDARD.decode(root).ok()).and_then(|root| root.try_into().ok()).ok_or(FORM)?;
        Ok(Self { origin: origin.to_owned(), size, root })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sha2::Digest as _;

    /// RFC 6962, section 2.1, as it is written down; a leaf is the hash of a line.
    fn root(lines: &[Hash]) -> [u8; 32] {
        match lines {
            [] => Sha256::digest([]).into(),
            [line] => Sha256::new().chain_update([0]).chain_update(line.0).finalize().into(),
            _ => {
                let left = lines.len().next_power_of_two() / 2;
                let (left, right) = lines.split_at(left);
                Sha256::new().chain_update([1]).chain_update(root(left)).chain_update(root(right)).finalize().into()
            }
        }
    }

    #[test]
    fn the_root_is_that_of_rfc_6962_and_an_anchor_holds_for_its_own_beginning_only() {
        let lines: Vec<Hash> = (0..20).map(|line| Hash::of(&[line])).collect();
        for size in 0..=lines.len() {
            let anchor = TreeHead::of(&lines[..size]);
            assert_eq!(anchor.root, root(&lines[..size]), "{size} lines");
            assert_eq!(anchor.to_string().parse(), Ok(anchor.clone()));
            assert_eq!(anchor.is_beginning_of(&lines), size > 0, "{size} lines");
            let mut changed = lines.clone();
            changed[size.saturating_sub(1)] = Hash::of(b"changed");
            assert!(!anchor.is_beginning_of(&changed), "{size} lines");
            assert!(size == 0 || !anchor.is_beginning_of(&lines[..size - 1]), "{size} lines");
        }
        assert!("acralog-ledger/00 3".parse::<TreeHead>().is_err() && "other 3 AAAA".parse::<TreeHead>().is_err());
    }
}
