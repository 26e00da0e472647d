//! Certificates for the servers of the tests, made anew for each of them.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use tempfile::TempDir;

/// A folder with an authority and what it vouches for.
pub struct Certificates {
    folder: TempDir,
}

impl Certificates {
    /// `ca.pem`; `server` for 127.0.0.1, `named` for server.test and `client`, each with a key; and `other-ca.pem`, which
    /// vouches for none of them.
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let write = |name: &str, pem: String| fs::write(folder.path().join(name), pem).expect("a file of our own");
        let authority = |name: &str| {
            let key = KeyPair::generate().expect("a key");
            let mut params = CertificateParams::new(Vec::<String>::new()).expect("no names");
            params.distinguished_name.push(DnType::CommonName, name);
            params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
            write(name, params.self_signed(&key).expect("a certificate").pem());
            Issuer::new(params, key)
        };
        let issuer = authority("ca.pem");
        authority("other-ca.pem");
        for (name, subject) in [("server", "127.0.0.1"), ("named", "server.test"), ("client", "client.test")] {
            let key = KeyPair::generate().expect("a key");
            let mut params = CertificateParams::new([subject.to_owned()]).expect("a name");
            params.distinguished_name.push(DnType::CommonName, name);
            write(&format!("{name}.pem"), params.signed_by(&key, &issuer).expect("a certificate").pem());
            write(&format!("{name}.key"), key.serialize_pem());
            let path = folder.path().join(format!("{name}.key"));
            fs::set_permissions(path, fs::Permissions::from_mode(0o600)).expect("a file of our own");
        }
        Self { folder }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).expect("one of the files above")
    }
}
