//! What one line of a selection demands of a field: `error|contains|all: [...]`, and what keywords demand of a whole entry.
//! Sigma rules specification, section "Detection", and its appendix of modifiers. How demands are combined is left to
//! `detection`.

use std::net::IpAddr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use regex::bytes::{Regex, RegexBuilder};

use super::fields::{SigmaField, SigmaValue, all_texts};
use super::yaml::{RuleFault, YamlNode, YamlValue};
use crate::event::Event;
use crate::query::condition::number;

/// How much memory a compiled pattern may take, in bytes.
const COMPILED_BYTES_MAX: usize = 4 << 20;

/// Any character, and any byte of what is no UTF-8, which cef passes on.
const ANY_CHARACTER: &str = r"(?:(?s:.)|(?-u:[\x80-\xff]))";
/// Any bytes.
const ANYTHING: &str = r"(?s-u:.)*";

/// Every modifier that is understood.
const MODIFIERS: &str = "contains, startswith, endswith, all, cased, exists, neq, re (with i, m, s), cidr, lt, lte, gt, gte, \
                         fieldref, base64, base64offset";

/// Modifiers that Sigma knows and that mean nothing here, and why.
const REFUSED: [(&str, &str); 13] = [
    ("expand", "a placeholder has no values here; write them out"),
    ("windash", "there are no command lines of Windows in the log"),
    ("wide", "there are no texts in UTF-16 in the log"),
    ("utf16", "there are no texts in UTF-16 in the log"),
    ("utf16le", "there are no texts in UTF-16 in the log"),
    ("utf16be", "there are no texts in UTF-16 in the log"),
    ("minute", "parts of times are not supported"),
    ("hour", "parts of times are not supported"),
    ("day", "parts of times are not supported"),
    ("week", "parts of times are not supported"),
    ("month", "parts of times are not supported"),
    ("year", "parts of times are not supported"),
    ("near", "use a correlation of the type temporal"),
];

/// A demand on a field.
#[derive(Clone, Debug)]
pub(super) struct FieldTest {
    field: SigmaField,
    demands: Vec<Demand>,
    /// Whether all demands must be met, not just one.
    all: bool,
    /// Whether it is met where the field meets nothing of it.
    negated: bool,
}

/// What is demanded of a value.
#[derive(Clone, Debug)]
enum Demand {
    /// The field is not there, or null.
    Null,
    /// The field is there, whatever its value.
    Exists(bool),
    Matches(Regex),
    /// It is this number, or this text.
    Number(f64, Regex),
    Compares(NumberOrder, f64),
    Network(Network),
    /// The value is that of another field.
    SameAs(SigmaField, MatchStyle),
}

#[derive(Clone, Copy, Debug)]
enum NumberOrder {
    Less,
    AtMost,
    More,
    AtLeast,
}

/// How a text is compared.
#[derive(Clone, Copy, Debug, Default)]
struct MatchStyle {
    before: bool,
    behind: bool,
    cased: bool,
}

/// What a value is made into before it is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum TextEncoding {
    Base64,
    /// Wherever the value begins in a longer text.
    Base64Offset,
}

/// How the values behind a field are to be taken.
#[derive(Debug, Default)]
struct FieldModifiers {
    style: MatchStyle,
    all: bool,
    negated: bool,
    exists: bool,
    fieldref: bool,
    encoding: Option<TextEncoding>,
    /// What excludes the others.
    kind: Option<DemandKind>,
}

#[derive(Clone, Copy, Debug)]
enum DemandKind {
    Regex { insensitive: bool, multi_line: bool, single_line: bool },
    Cidr,
    Compare(NumberOrder),
}

impl FieldTest {
    /// Reads a member of a selection: a field with its modifiers, and its value or values.
    pub(super) fn parse(key: &str, values: &YamlNode) -> Result<Self, RuleFault> {
        let mut parts = key.split('|');
        let name = parts.next().unwrap_or_default();
        let modifiers = FieldModifiers::parse(parts, values)?;
        if values.each().is_empty() {
            return Err(values.fault(format!("`{name}` has no values")));
        }
        let mut demands = Vec::new();
        for value in values.each() {
            modifiers.demand(value, &mut demands)?;
        }
        Ok(Self { field: SigmaField::named(name), demands, all: modifiers.all, negated: modifiers.negated })
    }

    pub(super) fn holds(&self, event: &Event<'_>) -> bool {
        let values = self.field.values(event);
        let met = |demand: &Demand| demand.holds(&values, event);
        let holds = if self.all { self.demands.iter().all(met) } else { self.demands.iter().any(met) };
        holds != self.negated
    }

    /// The event codes that it allows, when it is about nothing else.
    pub(super) fn codes(&self) -> Option<Vec<u16>> {
        if self.field != SigmaField::Code || self.negated || self.all {
            return None;
        }
        let code = |demand: &Demand| match demand {
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "compared behind it")]
            Demand::Number(number, _) => Some(*number as u16).filter(|code| f64::from(*code) == *number),
            _ => None,
        };
        self.demands.iter().map(code).collect()
    }

    /// The fields that it looks at.
    pub(super) fn fields(&self) -> impl Iterator<Item = &SigmaField> {
        let other = self.demands.iter().filter_map(|demand| match demand {
            Demand::SameAs(field, _) => Some(field),
            _ => None,
        });
        std::iter::once(&self.field).chain(other)
    }
}

impl FieldModifiers {
    fn parse<'k>(words: impl Iterator<Item = &'k str>, values: &YamlNode) -> Result<Self, RuleFault> {
        let mut modifiers = Self::default();
        for word in words {
            modifiers.take(&word.to_lowercase(), values)?;
        }
        let text = modifiers.style.before || modifiers.style.behind || modifiers.encoding.is_some();
        if modifiers.kind.is_some() && (text || modifiers.style.cased || modifiers.fieldref) {
            return Err(values.fault("re, cidr and comparisons of numbers take no modifier of texts beside them"));
        }
        if modifiers.exists && (text || modifiers.all || modifiers.fieldref || modifiers.kind.is_some()) {
            return Err(values.fault("exists takes no other modifier beside it"));
        }
        Ok(modifiers)
    }

    fn take(&mut self, word: &str, values: &YamlNode) -> Result<(), RuleFault> {
        match word {
            "contains" => (self.style.before, self.style.behind) = (true, true),
            "startswith" => self.style.behind = true,
            "endswith" => self.style.before = true,
            "cased" => self.style.cased = true,
            "all" => self.all = true,
            "neq" => self.negated = true,
            "exists" => self.exists = true,
            "fieldref" => self.fieldref = true,
            "base64" => self.encoding = Some(TextEncoding::Base64),
            "base64offset" => self.encoding = Some(TextEncoding::Base64Offset),
            "re" => {
                return self
                    .set(DemandKind::Regex { insensitive: false, multi_line: false, single_line: false }, values);
            }
            "cidr" => return self.set(DemandKind::Cidr, values),
            "lt" => return self.set(DemandKind::Compare(NumberOrder::Less), values),
            "lte" => return self.set(DemandKind::Compare(NumberOrder::AtMost), values),
            "gt" => return self.set(DemandKind::Compare(NumberOrder::More), values),
            "gte" => return self.set(DemandKind::Compare(NumberOrder::AtLeast), values),
            flag => return self.take_flag(flag, values),
        }
        Ok(())
    }

    /// Takes a flag of a regular expression; anything else is refused.
    fn take_flag(&mut self, word: &str, values: &YamlNode) -> Result<(), RuleFault> {
        if let Some(DemandKind::Regex { insensitive, multi_line, single_line }) = &mut self.kind {
            let flag = match word {
                "i" => Some(insensitive),
                "m" => Some(multi_line),
                "s" => Some(single_line),
                _ => None,
            };
            if let Some(flag) = flag {
                *flag = true;
                return Ok(());
            }
        }
        match REFUSED.iter().find(|(name, _)| *name == word) {
            Some((name, why)) => Err(values.fault(format!("the modifier `{name}` is not supported: {why}"))),
            None => Err(values
                .fault(format!("there is no modifier `{word}`"))
                .with_hint(format!("the modifiers are {MODIFIERS}"))),
        }
    }

    fn set(&mut self, kind: DemandKind, values: &YamlNode) -> Result<(), RuleFault> {
        match self.kind.replace(kind) {
            None => Ok(()),
            Some(_) => Err(values.fault("re, cidr, lt, lte, gt and gte exclude one another")),
        }
    }

    /// Adds what one value demands.
    fn demand(&self, value: &YamlNode, demands: &mut Vec<Demand>) -> Result<(), RuleFault> {
        let text = || value.text().ok_or_else(|| value.fault("a single value was expected here"));
        if self.exists {
            let YamlValue::Bool(wanted) = value.value else {
                return Err(value.fault("exists is true or false"));
            };
            demands.push(Demand::Exists(wanted));
            return Ok(());
        }
        demands.push(match self.kind {
            Some(DemandKind::Regex { insensitive, multi_line, single_line }) => {
                let builder = |pattern: &str| {
                    let mut builder = RegexBuilder::new(pattern);
                    builder.case_insensitive(insensitive).multi_line(multi_line).dot_matches_new_line(single_line);
                    builder
                };
                Demand::Matches(compile(builder(text()?), value)?)
            }
            Some(DemandKind::Cidr) => Demand::Network(Network::parse(text()?).ok_or_else(|| {
                value.fault(format!("`{}` is no network, like 10.0.0.0/8", value.text().unwrap_or_default()))
            })?),
            Some(DemandKind::Compare(order)) => {
                let limit = number(text()?.as_bytes());
                let refused = || value.fault(format!("`{}` is no number", value.text().unwrap_or_default()));
                Demand::Compares(order, limit.ok_or_else(refused)?)
            }
            None if self.fieldref => Demand::SameAs(SigmaField::named(text()?), self.style),
            None if value.value == YamlValue::Null => Demand::Null,
            None => return self.demand_text(value, text()?, demands),
        });
        Ok(())
    }

    fn demand_text(&self, value: &YamlNode, text: &str, demands: &mut Vec<Demand>) -> Result<(), RuleFault> {
        let style = self.style;
        match self.encoding {
            Some(encoding) => {
                // What is encoded is the text, wildcards and all.
                let encoded = encoding.encode(text.as_bytes());
                if encoded.is_empty() {
                    return Err(value.fault("nothing is left of so short a text in base64"));
                }
                let style = MatchStyle { cased: true, ..style };
                for text in encoded {
                    demands.push(Demand::Matches(style.compile(&[Piece::Text(text)], value)?));
                }
            }
            None => {
                let pattern = style.compile(&pieces(text), value)?;
                demands.push(match value.value {
                    YamlValue::Number(number, _) if !style.before && !style.behind => Demand::Number(number, pattern),
                    _ => Demand::Matches(pattern),
                });
            }
        }
        Ok(())
    }
}

impl Demand {
    fn holds(&self, values: &[SigmaValue<'_>], event: &Event<'_>) -> bool {
        let any = |passes: &dyn Fn(&[u8]) -> bool| {
            values.iter().any(|value| matches!(value, SigmaValue::Text(text) if passes(text)))
        };
        match self {
            Self::Null => values.iter().all(|value| *value == SigmaValue::Null),
            Self::Exists(wanted) => values.is_empty() != *wanted,
            Self::Matches(regex) => any(&|text| regex.is_match(text)),
            Self::Number(wanted, regex) => any(&|text| number(text) == Some(*wanted) || regex.is_match(text)),
            Self::Compares(order, limit) => any(&|text| number(text).is_some_and(|number| order.holds(number, *limit))),
            Self::Network(network) => any(&|text| network.contains(text)),
            Self::SameAs(field, style) => field.values(event).iter().any(|other| match other {
                SigmaValue::Text(other) => any(&|text| style.compares(text, other)),
                SigmaValue::Null => false,
            }),
        }
    }
}

impl NumberOrder {
    fn holds(self, number: f64, limit: f64) -> bool {
        match self {
            Self::Less => number < limit,
            Self::AtMost => number <= limit,
            Self::More => number > limit,
            Self::AtLeast => number >= limit,
        }
    }
}

/// What a value of a rule is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Text(String),
    Anything,
    AnyCharacter,
}

/// Splits a value at its wildcards. A backslash takes the meaning from a wildcard or from a backslash behind it; alone it is
/// itself (Sigma rules specification, section "Escaping").
fn pieces(text: &str) -> Vec<Piece> {
    let (mut pieces, mut plain) = (Vec::new(), String::new());
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        let wildcard = match letter {
            '\\' => {
                plain.push(letters.next_if(|next| matches!(next, '\\' | '*' | '?')).unwrap_or('\\'));
                continue;
            }
            '*' => Piece::Anything,
            '?' => Piece::AnyCharacter,
            _ => {
                plain.push(letter);
                continue;
            }
        };
        pieces.push(Piece::Text(std::mem::take(&mut plain)));
        pieces.push(wildcard);
    }
    pieces.push(Piece::Text(plain));
    pieces
}

impl MatchStyle {
    fn compile(self, pieces: &[Piece], value: &YamlNode) -> Result<Regex, RuleFault> {
        let mut pattern = String::new();
        pattern.push_str(if self.before { "" } else { r"\A" });
        for piece in pieces {
            match piece {
                Piece::Text(text) => pattern.push_str(&regex::escape(text)),
                Piece::Anything => pattern.push_str(ANYTHING),
                Piece::AnyCharacter => pattern.push_str(ANY_CHARACTER),
            }
        }
        pattern.push_str(if self.behind { "" } else { r"\z" });
        let mut builder = RegexBuilder::new(&pattern);
        builder.case_insensitive(!self.cased);
        compile(builder, value)
    }

    /// Whether a text is another one, or contains it where the style says so.
    fn compares(self, text: &[u8], other: &[u8]) -> bool {
        let folded = |text: &[u8]| match self.cased {
            true => text.to_vec(),
            false => String::from_utf8_lossy(text).to_lowercase().into_bytes(),
        };
        let (text, other) = (folded(text), folded(other));
        match (self.before, self.behind) {
            (true, true) => memchr::memmem::find(&text, &other).is_some(),
            (true, false) => text.ends_with(&other),
            (false, true) => text.starts_with(&other),
            (false, false) => text == other,
        }
    }
}

fn compile(mut builder: RegexBuilder, value: &YamlNode) -> Result<Regex, RuleFault> {
    builder.size_limit(COMPILED_BYTES_MAX).build().map_err(|error| {
        // The last line says what is wrong, those before it draw where.
        let said = error.to_string();
        let why = said.lines().last().unwrap_or_default().trim_start_matches("error: ");
        value.fault(format!("`{}` is no regular expression: {why}", value.text().unwrap_or_default()))
    })
}

impl TextEncoding {
    /// The texts that stand for a value. Of a value within a longer text, one for each of the three places it may begin at,
    /// without the letters that its neighbours have a part in.
    fn encode(self, text: &[u8]) -> Vec<String> {
        if self == Self::Base64 {
            return vec![STANDARD.encode(text)];
        }
        let shifted = (0..3_usize).filter_map(|shift| {
            let encoded = STANDARD.encode([&b"\0\0"[..shift], text].concat());
            let begin = [0, 2, 3][shift];
            let end = encoded.len().checked_sub([0, 3, 2][(text.len() + shift) % 3])?;
            encoded.get(begin..end).filter(|it| !it.is_empty()).map(str::to_owned)
        });
        shifted.collect()
    }
}

/// A network of addresses, `10.0.0.0/8`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Network {
    address: IpAddr,
    prefix: u32,
}

impl Network {
    fn parse(text: &str) -> Option<Self> {
        let (address, prefix) = text.split_once('/').map_or((text, None), |(address, prefix)| (address, Some(prefix)));
        let address: IpAddr = address.parse().ok()?;
        let bits = if address.is_ipv4() { 32 } else { 128 };
        let prefix = prefix.map_or(Some(bits), |prefix| prefix.parse().ok())?;
        (prefix <= bits).then_some(Self { address, prefix })
    }

    fn contains(self, text: &[u8]) -> bool {
        let address: Option<IpAddr> = std::str::from_utf8(text).ok().and_then(|text| text.parse().ok());
        match (self.address, address) {
            (IpAddr::V4(own), Some(IpAddr::V4(other))) => {
                let differing = own.to_bits() ^ other.to_bits();
                differing.checked_shr(32 - self.prefix).unwrap_or(0) == 0
            }
            (IpAddr::V6(own), Some(IpAddr::V6(other))) => {
                let differing = own.to_bits() ^ other.to_bits();
                differing.checked_shr(128 - self.prefix).unwrap_or(0) == 0
            }
            _ => false,
        }
    }
}

/// Texts of which one, or all, must stand somewhere in an entry.
#[derive(Clone, Debug)]
pub(super) struct Keywords {
    patterns: Vec<Regex>,
    all: bool,
}

impl Keywords {
    /// Reads keywords: a text or a list of them, with the modifiers in front of them, when there are any.
    pub(super) fn parse(words: &str, values: &YamlNode) -> Result<Self, RuleFault> {
        let modifiers = FieldModifiers::parse(words.split('|').skip(1), values)?;
        if modifiers.exists || modifiers.fieldref || modifiers.negated || modifiers.encoding.is_some() {
            return Err(values.fault("a keyword takes no other modifiers than all, cased and re"));
        }
        let everywhere = MatchStyle { before: true, behind: true, ..modifiers.style };
        let mut patterns = Vec::new();
        for value in values.each() {
            let text = value.text().ok_or_else(|| value.fault("a keyword is a single text"))?;
            patterns.push(match modifiers.kind {
                None => everywhere.compile(&pieces(text), value)?,
                Some(DemandKind::Regex { .. }) => {
                    let mut demands = Vec::new();
                    modifiers.demand(value, &mut demands)?;
                    let Some(Demand::Matches(regex)) = demands.pop() else { continue };
                    regex
                }
                Some(_) => return Err(value.fault("a keyword is no network, and nothing to compare with")),
            });
        }
        if patterns.is_empty() {
            return Err(values.fault("there are no keywords"));
        }
        Ok(Self { patterns, all: modifiers.all })
    }

    pub(super) fn hold(&self, event: &Event<'_>) -> bool {
        let stands = |pattern: &Regex| all_texts(event).any(|text| pattern.is_match(text));
        if self.all { self.patterns.iter().all(stands) } else { self.patterns.iter().any(stands) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_backslash_takes_the_meaning_from_a_wildcard_and_from_a_backslash() {
        let shown = |text: &str| -> String {
            let piece = |piece: Piece| match piece {
                Piece::Text(text) => text,
                Piece::Anything => "<*>".to_owned(),
                Piece::AnyCharacter => "<?>".to_owned(),
            };
            pieces(text).into_iter().map(piece).collect()
        };
        let cases = [
            (r"a*b?", "a<*>b<?>"),
            (r"a\*b\?", "a*b?"),
            (r"\\*", r"\<*>"),
            (r"\\\*", r"\*"),
            (r"C:\Windows", r"C:\Windows"),
            (r"C:\\Windows", r"C:\Windows"),
            (r"\\\\", r"\\"),
            ("a\\", "a\\"),
        ];
        for (text, wanted) in cases {
            assert_eq!(shown(text), wanted, "{text}");
        }
    }

    #[test]
    fn a_text_is_found_in_base64_wherever_it_begins() {
        for before in ["", "x", "xy", "xyz"] {
            for behind in ["", "x", "xy"] {
                let whole = STANDARD.encode(format!("{before}drop table{behind}"));
                let found = TextEncoding::Base64Offset.encode(b"drop table");
                assert!(found.iter().any(|it| whole.contains(it.as_str())), "{before}-{behind}: {whole} {found:?}");
            }
        }
    }

    #[test]
    fn a_network_holds_the_addresses_that_begin_as_it_does() {
        let cases = [
            ("10.0.0.0/8", "10.255.0.1", true),
            ("10.0.0.0/8", "11.0.0.1", false),
            ("10.1.2.3", "10.1.2.3", true),
            ("10.1.2.3", "10.1.2.4", false),
            ("0.0.0.0/0", "255.1.1.1", true),
            ("::/0", "10.0.0.1", false),
            ("2001:db8::/33", "2001:db8:7fff::1", true),
            ("2001:db8::/33", "2001:db8:8000::1", false),
            ("::/0", "2001::", true),
        ];
        for (network, address, wanted) in cases {
            assert_eq!(Network::parse(network).unwrap().contains(address.as_bytes()), wanted, "{network} {address}");
        }
        for text in ["10.0.0.0/33", "::/129", "10.0.0/8", "", "10.0.0.0/", "10.0.0.0/-1"] {
            assert_eq!(Network::parse(text), None, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_field_with_any_modifiers_is_read_and_tested_or_refused(
            key in "(message|a|)(\\|(contains|startswith|endswith|all|cased|exists|neq|re|i|s|cidr|lt|gte|fieldref|base64|base64offset|x)){0,3}",
            value in "[ -~\u{e9}]{0,12}",
            message in "[ -~\u{e9}\n]{0,12}",
        ) {
            let node = |value| YamlNode { line: 1, value };
            let event = Event::of_foreign_line(message.as_bytes());
            for value in [YamlValue::Text(value), YamlValue::Null, YamlValue::Bool(true), YamlValue::List(vec![])] {
                if let Ok(test) = FieldTest::parse(&key, &node(value.clone())) {
                    test.holds(&event);
                }
                if let Ok(keywords) = Keywords::parse(&key, &node(value)) {
                    keywords.hold(&event);
                }
            }
        }

        /// A text without wildcards is found where it is, whatever is in it.
        #[test]
        fn a_text_is_equal_to_itself_and_contained_around_itself(text in "[ -~\u{e9}\n]{1,12}") {
            let escaped = text.replace('\\', "\\\\").replace('*', "\\*").replace('?', "\\?");
            let node = YamlNode { line: 1, value: YamlValue::Text(escaped) };
            let around = format!("before {text} behind");
            for (key, line, wanted) in [
                ("message", &text, true),
                ("message|cased", &text, true),
                ("message|contains", &around, true),
                ("message", &around, false),
            ] {
                let test = FieldTest::parse(key, &node).expect("a text");
                let holds = test.holds(&Event::of_foreign_line(line.as_bytes()));
                proptest::prop_assert_eq!(holds, wanted, "{} {:?}", key, text);
            }
        }
    }
}
