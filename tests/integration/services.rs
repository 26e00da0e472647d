//! Keys where Acra keeps them outside of directories: Redis and AWS KMS against real servers (redis-server, moto), HashiCorp
//! Vault against a stand-in; for acralog's own flags and for those of acra-log-verifier. Every run is searched for secrets.
//! Where a server is absent its tests say that they are skipped, unless `ACRALOG_SERVERS="redis moto"` names it; the
//! servers that are told of alarms are those of `watching`.

pub mod certificates;
mod kms;
mod log_verifier;
mod proxies;
#[cfg(feature = "webhook")]
#[path = "../../src/testing/receivers.rs"]
pub mod receivers;
mod redis;
pub mod servers;
pub mod standin;
mod vault;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::support::keystore::Fixture;
use crate::support::run::Done;
use crate::support::{Run, running};

/// What no output may hold.
struct Secrets(Vec<Vec<u8>>);

impl Secrets {
    /// The master key of a keystore and its keys, and these texts.
    fn of(store: &Fixture, texts: &[&str]) -> Self {
        let given = store.text("master_key.txt").unwrap_or_default();
        let given = given.trim().as_bytes();
        let decoded = STANDARD.decode(given).unwrap_or_default();
        let mut secrets: Vec<Vec<u8>> = texts.iter().map(|text| text.as_bytes().to_vec()).collect();
        secrets.extend(texts.iter().map(|text| STANDARD.encode(text).into_bytes()));
        secrets.extend(decoded.split(|byte| *byte == b'"').filter(|part| part.len() > 40).map(<[u8]>::to_vec));
        for secret in [given.to_vec(), decoded, store.current_key()] {
            secrets.push(hex::encode(&secret).into_bytes());
            secrets.push(STANDARD.encode(&secret).into_bytes());
            secrets.push(secret);
        }
        secrets.retain(|secret| !secret.is_empty());
        Self(secrets)
    }

    /// Runs it, holds it to an exit code, and finds no secret in what it says.
    #[track_caller]
    fn exit(&self, run: Run, code: u8) -> Done {
        let done = run.exit(code);
        for (what, bytes) in [("stdout", &done.stdout[..]), ("stderr", done.stderr.as_bytes())] {
            for secret in &self.0 {
                let holds = bytes.windows(secret.len()).any(|window| window == secret.as_slice());
                assert!(!holds, "{} in {what}: {}", String::from_utf8_lossy(secret), done.told());
            }
        }
        done
    }

    /// The same for a run that is refused with these words.
    #[track_caller]
    fn refused(&self, run: Run, words: &str) {
        let done = self.exit(run, 2);
        assert!(done.stderr.contains(words), "{words}: {}", done.told());
        assert!(done.stderr.contains("hint: "), "{}", done.told());
    }
}

/// The value of ACRA_MASTER_KEY.
fn master(store: &Fixture) -> String {
    store.text("master_key.txt").expect("a master key").trim().to_owned()
}

/// `acralog keys check`
fn check() -> Run {
    Run::bare().args(["keys", "check"])
}

/// The current key is this one, and the logs that it sealed verify.
#[track_caller]
fn assert_opens(store: &Fixture, secrets: &Secrets, given: impl Fn(Run) -> Run) {
    let key: [u8; 32] = store.current_key().try_into().expect("32 bytes");
    let fingerprint = acralog::AuditKey::new(&key, "the test").fingerprint().to_owned();
    let checked = secrets.exit(given(check()), 0);
    assert!(checked.text().contains(&format!("the current key can be used: {fingerprint}")), "{}", checked.told());
    secrets.exit(given(Run::bare().args(["keys", "list", "--output-format", "json"])), 0);
    for log in store.logs() {
        secrets.exit(given(Run::verify().arg("-v")).path(log), 0);
    }
}
