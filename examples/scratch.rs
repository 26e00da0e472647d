#![allow(clippy::all, warnings)]
use acralog::chain::*;
use acralog::key::AuditKey;
use acralog::line::*;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use std::time::Instant;
fn seal(lines: &[(String, bool)], key: &[u8; 32]) -> Vec<u8> {
    // (body,start)
    let mut out = Vec::new();
    let mut k = Vec::new();
    let mut h = Vec::new();
    for (b, start) in lines {
        if *start {
            k = Sha256::digest(key).to_vec();
            h = vec![];
        }
        let mut m = Hmac::<Sha256>::new_from_slice(&k).unwrap();
        m.update(b.as_bytes());
        m.update(&h);
        h = m.finalize().into_bytes().to_vec();
        let ic = hex::encode(Sha256::digest(&h));
        k = Sha256::digest(&k).to_vec();
        out.extend(b.as_bytes());
        out.extend(b" integrity=");
        out.extend(ic.as_bytes());
        if *start {
            out.extend(b" chain=new");
        }
        out.push(b'\n');
    }
    out
}
fn seal_json(lines: &[(Vec<(&str, String)>, bool)], key: &[u8; 32]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut k = Vec::new();
    let mut h = Vec::new();
    for (f, start) in lines {
        if *start {
            k = Sha256::digest(key).to_vec();
            h = vec![];
        }
        let mut b = String::new();
        for (kk, v) in f {
            b += "delimiter";
            b += kk;
            b += "delimiter";
            b += v;
            b += "delimiter";
        }
        let mut m = Hmac::<Sha256>::new_from_slice(&k).unwrap();
        m.update(b.as_bytes());
        m.update(&h);
        h = m.finalize().into_bytes().to_vec();
        let ic = hex::encode(Sha256::digest(&h));
        k = Sha256::digest(&k).to_vec();
        let mut all: Vec<(String, String)> = f.iter().map(|(a, b)| (a.to_string(), b.clone())).collect();
        all.push(("integrity".into(), format!("\"{ic}\"")));
        if *start {
            all.push(("chain".into(), "\"new\"".into()));
        }
        all.sort();
        out.push(b'{');
        for (i, (a, b)) in all.iter().enumerate() {
            if i > 0 {
                out.push(b',');
            }
            out.extend(format!("\"{a}\":{b}").bytes());
        }
        out.extend(b"}\n");
    }
    out
}
fn run(log: &[u8], key: &[u8; 32], pace: Pace) -> (u64, u64) {
    let keys = [AuditKey::new(key, "x")];
    let mut s = Schedule::new(&keys, pace);
    let mut pos = 0;
    let mut n = 0u64;
    let (mut ok, mut bad) = (0, 0);
    let mut next = |b: &mut Batch| -> Result<Option<()>, ()> {
        if pos >= log.len() {
            return Ok(None);
        }
        let end = (pos + (1 << 20)).min(log.len());
        let end = if end == log.len() { end } else { pos + memchr::memrchr(b'\n', &log[pos..end]).unwrap() + 1 };
        b.text.extend_from_slice(&log[pos..end]);
        let mut a = 0;
        for e in memchr::memchr_iter(b'\n', &log[pos..end]) {
            n += 1;
            b.lines.push(LineSpan { number: n, text: a..e, bytes: (e + 1 - a) as u64, state: LineState::Whole });
            a = e + 1;
        }
        pos = end;
        Ok(Some(()))
    };
    let mut take = |_: (), f: Followed<'_>| -> Result<(), ()> {
        for s in f.steps {
            if matches!(s, Step::Foreign { .. }) { bad += 1 } else { ok += 1 }
        }
        Ok(())
    };
    s.run(&mut next, &mut take).unwrap();
    (ok, bad)
}
fn main() {
    let key = [7u8; 32];
    let n = 200_000usize;
    for chainlen in [n, 200] {
        let text:Vec<(String,bool)>=(0..n).map(|i|(format!("time=\"2025-03-14T00:00:02Z\" level=info msg=\"Got new connection to AcraServer: 10.20.3.142:{}\" client_id=client-{:03} session_id={} error=\"can't decrypt symmetric key\"",i%65536,i%40,i),i%chainlen==0)).collect();
        let js: Vec<(Vec<(&str, String)>, bool)> = (0..n)
            .map(|i| {
                (
                    vec![
                        ("client_id", format!("\"client-{:03}\"", i % 40)),
                        ("error", "\"can't decrypt symmetric key: x\"".into()),
                        ("level", "\"info\"".into()),
                        ("msg", format!("\"Got new connection to AcraServer: 10.20.3.142:{}\"", i % 65536)),
                        ("product", "\"acra-server\"".into()),
                        ("session_id", format!("{i}")),
                        ("timestamp", "\"2025-03-14T00:00:02Z\"".into()),
                        ("unixTime", "\"1741910400.271\"".into()),
                        ("version", "\"0.96.0\"".into()),
                    ],
                    i % chainlen == 0,
                )
            })
            .collect();
        for (name, log) in [("text", seal(&text, &key)), ("json", seal_json(&js, &key))] {
            for _ in 0..2 {
                let t = Instant::now();
                let a = acralog::chain::obvious::verify(&log, &key);
                let to = t.elapsed();
                let okc = a.iter().filter(|x| **x == acralog::chain::obvious::LineAnswer::Verified).count();
                let t = Instant::now();
                let r = run(&log, &key, Pace::Staged);
                let ts = t.elapsed();
                let t = Instant::now();
                let r1 = run(&log, &key, Pace::OneByOne);
                let t1 = t.elapsed();
                println!(
                    "{name} chainlen {chainlen} bytes {} obvious {:?} ok {} staged {:?} {:?} x{:.2} one {:?} {:?} x{:.2}  {:.0} ns/entry {:.0} MB/s",
                    log.len(),
                    to,
                    okc,
                    ts,
                    r,
                    to.as_secs_f64() / ts.as_secs_f64(),
                    t1,
                    r1,
                    to.as_secs_f64() / t1.as_secs_f64(),
                    ts.as_nanos() as f64 / n as f64,
                    log.len() as f64 / ts.as_secs_f64() / 1e6
                );
            }
        }
    }
}
