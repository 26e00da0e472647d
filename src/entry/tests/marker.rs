//! Which lines begin and end a chain (attacks, rows 15 and 30).

use super::*;

#[test]
fn marker_texts_inside_of_values_are_only_text() {
    check(&[
        (r#"time="t" level=info msg="say integrity=00""#, "plaintext unsigned middle exact"),
        (r#"time="t" level=info msg="a" sql="b integrity=$ chain=new""#, "plaintext unsigned middle exact"),
        (r#"time="t" level=info msg="a \" integrity=$ \\" b=1"#, "plaintext unsigned middle exact"),
        (
            r#"time="t" level=info msg="x integrity=$" integrity=$"#,
            r#"plaintext sealed middle exact | time="t" level=info msg="x integrity=$""#,
        ),
        (r#"time="t" level=info msg="a" duration=1 key with space=v s=1"#, "plaintext unsigned middle exact"),
        (r"CEF:0|v|p|1|100|say integrity\=00|1|sql=a integrity\=$ chain\=new", "cef unsigned middle exact"),
        (
            r"CEF:0|v|p|1|100|a|1|sql= integrity\=$ integrity=$",
            r"cef sealed middle exact | CEF:0|v|p|1|100|a|1|sql= integrity\=$",
        ),
        (r#"CEF:0|v|p|1|100|a|1|"odd integrity=$ key"=1"#, "cef unsigned middle exact"),
        (r#"{"msg":"a","sql":"\"integrity\":\"$\""}"#, "json unsigned middle exact"),
        (r#"{"msg":"a","nested":{"chain":"new","integrity":"$"}}"#, "json unsigned middle exact"),
    ]);
}

#[test]
fn an_end_is_the_exact_message_and_the_exact_field() {
    const END: &str = "End of current audit log chain";
    let text = |message: &str, fields: &str| format!(r#"time="t" level=info msg="{message}"{fields} integrity={HEX}"#);
    let cef =
        |message: &str, fields: &str| format!("CEF:0|v|p|1|100|{message}|1|{fields} unixTime=1.000 integrity={HEX}");
    let json = |chain: &str, message: &str| format!(r#"{{"chain":"{chain}","integrity":"{HEX}","msg":"{message}"}}"#);
    let cases = [
        (text(END, " chain=end"), "end"),
        (text(END, " chain=end client_id=x"), "end"),
        (text(END, ""), "middle"),
        (text(END, " chain=ended"), "middle"),
        (text(END, " chain=\"end\""), "middle"),
        (text(END, " x chain=end"), "middle"),
        (text(END, " sql=\" chain=end\""), "middle"),
        (text("client said: End of current audit log chain chain=end", " sql=\"chain=end\""), "middle"),
        (text("client said: End of current audit log chain", " chain=end"), "middle"),
        (text("End of current audit log chain.", " chain=end"), "middle"),
        (text(END, " chain=end") + " chain=new", "start"),
        (cef(END, "chain=end"), "end"),
        (cef(END, "chain=ended"), "middle"),
        (cef(END, r"sql=chain\=end"), "middle"),
        (cef(END, r#""odd chain=end key"=1"#), "middle"),
        (cef(r"client said: End of current audit log chain chain\=end", "chain=end"), "middle"),
        (json("end", END), "end"),
        (json("end", "client said: End of current audit log chain"), "middle"),
        (json("ended", END), "middle"),
        (json("middle", END), "middle"),
        (json("new", END), "start"),
        // Spelled with escapes: the meaning is the same, the bytes are not the signed ones.
        (json("end", r"\u0045nd of current audit log chain"), "end"),
        (json(r"\u0065nd", END), "end"),
        (json(r"n\u0065w", END), "start"),
    ];
    for (line, marker) in cases {
        let found = describe(&line);
        assert_eq!(found.split(' ').nth(2), Some(marker), "{line}\n{found}");
    }
}

#[test]
fn markers_of_unsigned_lines_are_reported() {
    check(&[
        (r#"time="t" level=info msg="a" chain=new"#, "plaintext unsigned start exact"),
        (r#"time="t" level=info msg="a" chain=new b=1"#, "plaintext unsigned middle exact"),
        (r#"time="t" level=info msg="a chain=new""#, "plaintext unsigned middle exact"),
        (r#"time="t" level=info msg="End of current audit log chain" chain=end"#, "plaintext unsigned end exact"),
        ("CEF:0|v|p|1|100|a|1|unixTime=1.000 chain=new ", "cef unsigned start exact"),
        (r"CEF:0|v|p|1|100|a|1|sql= chain\=new", "cef unsigned middle exact"),
        ("CEF:0|v|p|1|100|End of current audit log chain|1|chain=end unixTime=1.0 ", "cef unsigned end exact"),
        (r#"{"chain":"new","msg":"a"}"#, "json unsigned start exact"),
        (r#"{"chain":"end","msg":"End of current audit log chain"}"#, "json unsigned end exact"),
    ]);
}
