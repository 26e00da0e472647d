//! What holds for every line: parsers never panic, and the fast way and the slow way agree.

use proptest::collection::vec;
use proptest::prelude::*;

use super::super::go_json::{Style, marshal};
use super::super::go_spelling::prints_itself;
use super::super::json;
use super::*;

/// A value as a tree, kept apart from the code under test.
#[derive(Clone, Debug)]
enum Tree {
    Word(&'static str),
    Number(String),
    Text(String),
    List(Vec<Tree>),
    Map(Vec<(String, Tree)>),
}

fn number() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<i64>().prop_map(|number| number.to_string()),
        any::<f64>()
            .prop_filter("json has no other", |number| number.is_finite())
            .prop_map(|number| format!("{number:e}")),
        (any::<u32>(), -30..30).prop_map(|(digits, exponent)| format!("{digits}.5E{exponent:+}")),
    ]
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => "[a-z<>&\"\\\\/\u{0}-\u{1f}\u{2027}-\u{202a}é😀{}:,]{0,12}",
        1 => Just(" integrity=00 chain=new".to_owned()),
        1 => any::<String>(),
    ]
}

fn key() -> impl Strategy<Value = String> {
    prop_oneof![
        8 => "[a-z_]{0,12}",
        2 => prop_oneof![Just("msg"), Just("chain"), Just("delimiter"), Just("key with space")].prop_map(str::to_owned),
        1 => text(),
    ]
}

fn tree() -> impl Strategy<Value = Tree> {
    let leaf = prop_oneof![
        prop_oneof![Just("true"), Just("false"), Just("null")].prop_map(Tree::Word),
        number().prop_map(Tree::Number),
        text().prop_map(Tree::Text),
        prop_oneof![Just("new"), Just("end"), Just("End of current audit log chain")]
            .prop_map(|word| Tree::Text(word.to_owned())),
    ];
    leaf.prop_recursive(3, 20, 5, |inner| {
        prop_oneof![vec(inner.clone(), 0..5).prop_map(Tree::List), vec((key(), inner), 0..5).prop_map(Tree::Map)]
    })
}

/// Members with distinct keys, a seal among them, in any order.
fn entry() -> impl Strategy<Value = Vec<(String, Tree)>> {
    let seal = Just(("integrity".to_owned(), Tree::Text(HEX.to_owned())));
    (vec((key(), tree()), 0..8), seal).prop_map(|(mut members, seal)| {
        members.push(seal);
        let mut seen = std::collections::BTreeSet::new();
        members.retain(|(key, _)| seen.insert(key.clone()));
        members
    })
}

/// The same with nothing in it that is hard to be certain of.
fn easy_entry() -> impl Strategy<Value = Vec<(String, Tree)>> {
    let text = || "[ -;=?-Za-z<>&\"\\\\\n\r\t]{0,6}";
    let number = prop_oneof![
        (-999_999_i64..1_000_000).prop_map(|it| it.to_string()),
        Just("0".to_owned()),
        (0..1_000_000_u32, 0..10_000_u32).prop_map(|(whole, part)| format!("{whole}.{part:04}1")),
    ];
    let leaf = prop_oneof![
        prop_oneof![Just("true"), Just("false"), Just("null")].prop_map(Tree::Word),
        number.prop_map(Tree::Number),
        text().prop_map(Tree::Text),
    ];
    let tree = leaf.prop_recursive(3, 20, 5, move |inner| {
        let members = proptest::collection::btree_map(text(), inner.clone(), 0..5);
        prop_oneof![vec(inner, 0..5).prop_map(Tree::List), members.prop_map(|it| Tree::Map(it.into_iter().collect()))]
    });
    let seal = ("integrity".to_owned(), Tree::Text(HEX.to_owned()));
    proptest::collection::btree_map("[a-z]{1,12}", tree, 0..8).prop_map(move |mut members| {
        members.insert(seal.0.clone(), seal.1.clone());
        members.into_iter().collect()
    })
}

/// How a tree is written down: with or without blanks, plainly or with every letter escaped.
#[derive(Clone, Copy, Debug)]
struct Spelling {
    blank: &'static str,
    escape_all: bool,
}

const PLAIN: Spelling = Spelling { blank: "", escape_all: false };

impl Spelling {
    fn write(self, tree: &Tree) -> String {
        let Self { blank, .. } = self;
        match tree {
            Tree::Word(word) => (*word).to_owned(),
            Tree::Number(number) => number.clone(),
            Tree::Text(text) => self.write_text(text),
            Tree::List(items) => {
                let items: Vec<_> = items.iter().map(|item| self.write(item)).collect();
                format!("[{blank}{}{blank}]", items.join(&format!("{blank},{blank}")))
            }
            Tree::Map(members) => {
                let member = |(key, tree): &(String, Tree)| {
                    format!("{}{blank}:{blank}{}", self.write_text(key), self.write(tree))
                };
                let members: Vec<_> = members.iter().map(member).collect();
                format!("{{{blank}{}{blank}}}", members.join(&format!("{blank},{blank}")))
            }
        }
    }

    fn write_text(self, text: &str) -> String {
        let mut out = String::from("\"");
        for letter in text.chars() {
            match letter {
                '"' | '\\' if !self.escape_all => out.extend(['\\', letter]),
                '\0'..='\x1f' => out += &format!("\\u{:04X}", letter as u32),
                _ if self.escape_all => {
                    letter.encode_utf16(&mut [0; 2]).iter().for_each(|unit| out += &format!("\\u{unit:04x}"))
                }
                _ => out.push(letter),
            }
        }
        out + "\""
    }
}

/// The line as Acra writes it.
fn canonical(members: &[(String, Tree)], style: Style) -> Vec<u8> {
    let line = PLAIN.write(&Tree::Map(members.to_vec()));
    marshal(line.as_bytes(), style).expect("a valid object").text
}

fn repeats_a_key(tree: &Tree) -> bool {
    match tree {
        Tree::List(items) => items.iter().any(repeats_a_key),
        Tree::Map(members) => {
            let keys: std::collections::BTreeSet<_> = members.iter().map(|(key, _)| key).collect();
            keys.len() < members.len() || members.iter().any(|(_, tree)| repeats_a_key(tree))
        }
        _ => false,
    }
}

proptest! {
    #[test]
    fn raw_tokens_of_a_line_as_acra_writes_it_are_what_go_would_print(members in entry(), older in any::<bool>()) {
        let style = if older { Style::Go121 } else { Style::Go122 };
        let line = canonical(&members, style);
        let (mut fast, mut slow) = (Vec::new(), Vec::new());
        let object = marshal(&line, style).expect("a valid object");
        let known_slow = json::flatten_object(&object, &mut slow);
        if let Ok(known_fast) = json::flatten_tokens(&line, &mut fast) {
            prop_assert_eq!(&fast, &slow);
            prop_assert_eq!(known_fast, known_slow);
        } else {
            let awkward = |letter: char| !(' '..'\x7f').contains(&letter) || "<>&\"\\".contains(letter);
            prop_assert!(members.iter().any(|(key, _)| key.contains(awkward)));
        }
        let mut scratch = Vec::new();
        let parsed = parse(&line, &mut scratch).expect("an entry");
        prop_assert_eq!(parsed.mac_bytes(&line, &scratch), &slow[..]);
        prop_assert!(parsed.fidelity != Fidelity::Reencoded);
        prop_assert!(remarshal(&line).contains(&slow));
    }

    #[test]
    fn a_parser_says_of_each_line_what_it_is_alone_whatever_keys_it_met_before(
        logs in vec((prop_oneof![entry(), easy_entry()], any::<bool>()), 1..12),
        cut in any::<prop::sample::Index>(),
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
    ) {
        let mut parser = Parser::default();
        for (members, is_sorted) in logs {
            let mut line = if is_sorted { canonical(&members, Style::Go122) } else { PLAIN.write(&Tree::Map(members)).into() };
            assert_agreement(&mut parser, &line);
            assert_agreement(&mut parser, &line[..cut.index(line.len())]);
            let at = at.index(line.len());
            line[at] = byte;
            assert_agreement(&mut parser, &line);
        }
    }

    #[test]
    fn what_certainly_prints_itself_does(
        members in prop_oneof![entry(), easy_entry()],
        at in any::<prop::sample::Index>(),
        byte in prop_oneof![any::<u8>(), prop::sample::select(b"{}[]:,\"\\0123456789.-enrtu<>&".to_vec())],
    ) {
        let mut line = canonical(&members, Style::Go122);
        let index = at.index(line.len());
        for changed in [None, Some(byte)] {
            if let Some(byte) = changed {
                line[index] = byte;
            }
            if prints_itself(&line) {
                for style in [Style::Go122, Style::Go121] {
                    let object = marshal(&line, style).expect("an object");
                    prop_assert_eq!(object.text.escape_ascii().to_string(), line.escape_ascii().to_string());
                    prop_assert!(!object.repeated);
                }
            }
        }
    }

    #[test]
    fn an_easy_object_certainly_prints_itself(members in easy_entry()) {
        let line = canonical(&members, Style::Go122);
        prop_assert!(prints_itself(&line), "{}", line.escape_ascii());
    }

    #[test]
    fn printing_twice_changes_nothing(members in entry()) {
        for style in [Style::Go122, Style::Go121] {
            let once = canonical(&members, style);
            let twice = marshal(&once, style).expect("what Go printed, Go can read");
            prop_assert_eq!(&twice.text, &once);
            prop_assert!(!twice.repeated);
        }
    }

    #[test]
    fn another_spelling_has_the_same_mac_input_and_is_reencoded(
        members in entry().prop_shuffle(),
        spelling in prop_oneof![
            Just(Spelling { blank: " ", escape_all: false }),
            Just(Spelling { blank: "\t\n\r ", escape_all: true }),
            Just(Spelling { blank: "", escape_all: true }),
        ],
    ) {
        let whole = Tree::Map(members.clone());
        let signed = canonical(&members, Style::Go122);
        let line = spelling.write(&whole).into_bytes();
        let (mut scratch, mut expected) = (Vec::new(), Vec::new());
        json::flatten_object(&marshal(&signed, Style::Go122).expect("a valid object"), &mut expected);
        let parsed = parse(&line, &mut scratch).expect("an entry");
        prop_assert_eq!(parsed.mac_bytes(&line, &scratch), &expected[..]);
        prop_assert_eq!(&remarshal(&line)[0], &expected);
        let delimiter_key = members.iter().any(|(key, _)| key.contains("delimiter") && key != "delimiter");
        let ambiguous = delimiter_key || repeats_a_key(&whole);
        prop_assert_eq!(parsed.fidelity, if ambiguous { Fidelity::Ambiguous } else { Fidelity::Reencoded });
        prop_assert!(matches!(parsed.seal, SealField::Present(_)));
    }

    #[test]
    fn no_bytes_make_the_parser_panic(
        start in prop_oneof![Just(""), Just("time="), Just("CEF:0|"), Just("{"), Just("{\"a\":")],
        middle in prop_oneof![vec(any::<u8>(), 0..200), "[ =|\"\\\\{}\\[\\]:,a0e.-]{0,80}".prop_map(String::into_bytes)],
        end in prop_oneof![Just(String::new()), Just(format!(" integrity={HEX}")), Just(format!("\"integrity\":\"{HEX}\"}}"))],
    ) {
        exercise(&[start.as_bytes(), &middle, end.as_bytes()].concat());
    }

    #[test]
    fn no_change_to_a_genuine_line_goes_unseen(
        index in 0..GENUINE.len(),
        at in any::<prop::sample::Index>(),
        length in 0..3_usize,
        insert in prop_oneof![vec(any::<u8>(), 0..3), Just(b" integrity=00".to_vec()), Just(b"\"".to_vec())],
    ) {
        let genuine = GENUINE[index].as_bytes();
        let at = at.index(genuine.len() + 1);
        let mut line = genuine.to_vec();
        line.splice(at..genuine.len().min(at + length), insert);
        exercise(&line);
        prop_assume!(without_trailing_blanks(&line) != genuine);
        let (mut before, mut after) = (Vec::new(), Vec::new());
        let old = parse(genuine, &mut before).expect("an entry");
        if let Some(new) = parse(&line, &mut after)
            && new.fidelity == Fidelity::Exact && new.seal == old.seal
        {
            let same_input = new.mac_bytes(&line, &after) == old.mac_bytes(genuine, &before);
            prop_assert!(!same_input || new.marker != old.marker, "{}", line.escape_ascii());
        }
    }
}

/// Holds what a parser says of a line against what is said of the line alone.
fn assert_agreement(parser: &mut Parser, line: &[u8]) {
    let mut scratch = Vec::new();
    let (alone, parsed) = (parse(line, &mut scratch), parser.parse(line));
    let bytes = alone.as_ref().map(|entry| entry.mac_bytes(line, &scratch));
    assert_eq!(parsed.as_ref().map(|entry| parser.mac_bytes(entry, line)), bytes, "{}", line.escape_ascii());
    let without_place = |entry: Option<Entry>| entry.map(|entry| Entry { mac: MacInput::Line(0..0), ..entry });
    assert_eq!(without_place(parsed), without_place(alone), "{}", line.escape_ascii());
}

#[test]
fn a_parser_agrees_on_every_cut_of_genuine_lines_and_on_more_keys_than_it_remembers() {
    let mut parser = Parser::default();
    for genuine in GENUINE {
        for cut in 0..=genuine.len() {
            assert_agreement(&mut parser, &genuine.as_bytes()[..cut]);
            assert_agreement(&mut parser, genuine.as_bytes());
        }
        parser.clear(100);
    }
    for number in 0..300 {
        let long = "y".repeat(number);
        let line = format!(r#"{{"a{}":1,"b{number}":"{long}","integrity":"{HEX}","{long}":{number}}}"#, number % 7);
        assert_agreement(&mut parser, line.as_bytes());
    }
}

/// Runs everything that takes a line, and checks what holds for any line.
fn exercise(line: &[u8]) {
    let mut parser = Parser::default();
    GENUINE.iter().for_each(|genuine| assert_agreement(&mut parser, genuine.as_bytes()));
    assert_agreement(&mut parser, line);
    let mut scratch = b"kept".to_vec();
    let _ = (time_of(line), remarshal(line));
    if let Some(entry) = parse(line, &mut scratch) {
        let mac = entry.mac_bytes(line, &scratch);
        assert!(matches!(entry.seal, SealField::Present(_)) || mac.is_empty());
    } else {
        assert_eq!(scratch, b"kept");
    }
    assert!(scratch.starts_with(b"kept"));
}
