//! What stands where the seal belongs (attacks, rows 1 and 6).

use super::*;

#[test]
fn a_seal_acra_cannot_have_written_is_malformed() {
    check(&[
        (r#"time="t" msg="a" integrity=$ integrity=00"#, "plaintext malformed middle exact"),
        (r#"time="t" msg="a" integrity=00"#, "plaintext malformed middle exact"),
        (r#"time="t" msg="a" integrity="#, "plaintext malformed middle exact"),
        (r#"time="t" msg="a" integrity=$0"#, "plaintext malformed middle exact"),
        (r#"time="t" msg="a" integrity=A$"#, "plaintext malformed middle exact"),
        (r#"time="t" msg="a" integrity=$ more text"#, "plaintext malformed middle exact"),
        (r#"time="t" msg="a" loose integrity=$ x"#, "plaintext malformed middle exact"),
        (r#"time="t" msg="a" integrity=$ chain=end"#, "plaintext malformed middle exact"),
        (r#"time="t" msg="a" integrity=$  chain=new"#, "plaintext malformed middle exact"),
        (r#"time="t" msg="a" integrity=$ integrity=$"#, "plaintext malformed middle exact"),
        (r#"time="t" msg="a" integrity=$ chain=new integrity=$"#, "plaintext malformed middle exact"),
        (r#"time="t" msg="a" integrity=$ chain=new integrity=$ chain=new"#, "plaintext malformed start exact"),
        (r#"time="t" msg="a" inteGrity=$"#, "plaintext malformed middle exact"),
        ("CEF:0|v|p|1|100|a|1|u=1 integrity=$ integrity=00", "cef malformed middle exact"),
        ("CEF:0|v|p|1|100|a|1|u=1 integrity=$ more", "cef malformed middle exact"),
        ("CEF:0|v|p|1|100|a|1|u=1 integrity=$ integrity=$", "cef malformed middle exact"),
        ("CEF:0 torn header integrity=$ x", "cef malformed middle exact"),
        (r#"{"integrity":"00","msg":"a"}"#, "json malformed middle exact"),
        (r#"{"integrity":"$0","msg":"a"}"#, "json malformed middle exact"),
        (r#"{"integrity":12,"msg":"a"}"#, "json malformed middle exact"),
        (r#"{"integrity":null,"msg":"a"}"#, "json malformed middle exact"),
        (r#"{"inteGrity":"$","msg":"a"}"#, "json malformed middle exact"),
        (r#"{"Integrity":"$","chain":"x","msg":"a"}"#, "json malformed middle exact"),
    ]);
    let upper = format!(r#"time="t" msg="a" integrity={}"#, HEX.to_uppercase());
    assert_eq!(describe(&upper), "plaintext malformed middle exact");
    let upper = format!(r#"{{"integrity":"{}"}}"#, HEX.to_uppercase());
    assert_eq!(describe(&upper), "json malformed middle exact");
}

#[test]
fn a_line_that_is_no_entry_but_holds_a_seal_is_not_foreign_text() {
    check(&[
        (r#"tile="t" msg="a" integrity=$"#, r#"plaintext sealed middle ambiguous | tile="t" msg="a""#),
        (
            "BEF:0|cossacklabs|p|1|100|a|1|u=1 integrity=$ chain=new",
            "cef sealed start ambiguous | BEF:0|cossacklabs|p|1|100|a|1|u=1",
        ),
        (r#"z"integrity":"$","msg":"a"}"#, "json malformed middle exact"),
        (r#"{"integrity":"$","msg":"a"} trailing"#, "json malformed middle exact"),
        (r#"{"integrity":"$","msg":"a""#, "json malformed middle exact"),
        (r#"{"integrity":"torn"#, "json malformed middle exact"),
        (r#"{"integrity";"$","msg":"a"}"#, "json malformed middle exact"),
        (r#"{"msg":"a"} trailing"#, "none"),
        (r#"{"msg":"torn"#, "none"),
        ("goroutine 1 [running]:", "none"),
        ("", "none"),
        (" ", "none"),
    ]);
}

#[test]
fn no_flipped_bit_makes_a_signed_line_look_unsigned() {
    for genuine in GENUINE {
        for bit in 0..8 * genuine.len() {
            let mut line = genuine.as_bytes().to_vec();
            line[bit / 8] ^= 1 << (bit % 8);
            let seal = parse(&line, &mut Vec::new()).map(|entry| entry.seal);
            let signed = matches!(seal, Some(SealField::Present(_) | SealField::Malformed));
            assert!(signed, "{}", line.escape_ascii());
        }
    }
}
