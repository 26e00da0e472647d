//! Whom to trust and who one is, read from PEM files; what a server can prove to be, and which host is this machine. What
//! is connected is left to the services.

use std::fs::File;
use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;

use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::sign::CertifiedKey;
use zeroize::Zeroizing;

use super::TlsSettings;
use crate::failure::Failure;
use crate::key::secret::{exposed_file, read_up_to};

/// The most a PEM file may hold, in bytes; all authorities of a system are a quarter of it.
const BYTES_MAX: usize = 1024 * 1024;

/// Certificates and a key, read.
pub(crate) struct Trust {
    /// Those who may vouch for the server.
    pub(crate) authorities: Vec<CertificateDer<'static>>,
    /// Who the client is.
    pub(crate) client: Option<ClientIdentity>,
    /// What people should know about the files.
    pub(crate) warnings: Vec<String>,
}

/// A certificate with those it was issued by, and its key.
pub(crate) struct ClientIdentity {
    pub(crate) chain: Vec<CertificateDer<'static>>,
    /// PEM in which a key was found.
    pub(crate) key: Zeroizing<Vec<u8>>,
}

impl Trust {
    /// Reads what the settings name.
    pub(crate) fn load(settings: &TlsSettings) -> Result<Self, Failure> {
        let mut authorities = settings.ca.as_deref().map_or(Ok(Vec::new()), certificates)?;
        if settings.ca.is_none() || settings.trusts_system {
            authorities.extend(rustls_native_certs::load_native_certs().certs);
        }
        if authorities.is_empty() {
            return Err(Failure::new("the system names no authority that could vouch for a server")
                .with_hint("name a file with the certificate of the authority; Debian has them in ca-certificates"));
        }
        let client = match (&settings.certificate, &settings.key) {
            (Some(certificate), Some(key)) => Some(ClientIdentity::load(certificate, key)?),
            (Some(certificate), None) => return Err(half(certificate, "certificate of the client", "private key")),
            (None, Some(key)) => return Err(half(key, "private key of the client", "certificate")),
            (None, None) => None,
        };
        let exposed = settings.key.as_deref().and_then(|key| exposed_file(key, "private key for TLS"));
        Ok(Self { authorities, client, warnings: exposed.into_iter().collect() })
    }

    /// For a connection of our own.
    #[cfg(any(feature = "redis", feature = "webhook"))]
    pub(crate) fn client_config(self) -> Result<Arc<rustls::ClientConfig>, Failure> {
        let unfit = |error: rustls::Error| Failure::new(format!("these certificates cannot be used for TLS: {error}"));
        let mut roots = rustls::RootCertStore::empty();
        roots.add_parsable_certificates(self.authorities);
        let builder = rustls::ClientConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()
            .map_err(unfit)?
            .with_root_certificates(roots);
        let config = match self.client {
            Some(ClientIdentity { chain, key }) => {
                let key = PrivateKeyDer::from_pem_slice(&key).map_err(|_| unfit_key())?;
                builder.with_client_auth_cert(chain, key).map_err(unfit)?
            }
            None => builder.with_no_client_auth(),
        };
        Ok(Arc::new(config))
    }
}

impl ClientIdentity {
    /// Reads a certificate and its key, and sees that they belong together: what connects may take that for granted.
    fn load(certificate: &Path, key: &Path) -> Result<Self, Failure> {
        let identity = Self { chain: certificates(certificate)?, key: private_key(key)? };
        let der = PrivateKeyDer::from_pem_slice(&identity.key).map_err(|_| unfit_key())?;
        CertifiedKey::from_der(identity.chain.clone(), der, &provider()).map_err(|error| {
            let (certificate, key) = (certificate.display(), key.display());
            Failure::new(format!("{certificate}: cannot be used for TLS with the key in {key}: {error}"))
                .with_hint("is it the private key of this certificate?")
        })?;
        Ok(identity)
    }
}

fn half(path: &Path, given: &str, missing: &str) -> Failure {
    Failure::new(format!("{}: the {given} for TLS was given without its {missing}", path.display()))
        .with_hint("give both of them, or neither")
}

/// The cryptography under TLS.
pub(crate) fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, Failure> {
    let content = read(path)?;
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&content).collect();
    match found {
        Ok(found) if !found.is_empty() => Ok(found),
        _ => Err(Failure::new(format!("{}: holds no certificate that can be read", path.display()))
            .with_hint("it is PEM: the lines from BEGIN CERTIFICATE to END CERTIFICATE")),
    }
}

fn private_key(path: &Path) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let content = read(path)?;
    // The error might name what it stumbled over.
    match PrivateKeyDer::from_pem_slice(&content) {
        Ok(_) => Ok(content),
        Err(_) => Err(Failure::new(format!("{}: holds no private key that can be read", path.display()))
            .with_hint("it is PEM (PKCS#8, PKCS#1 or SEC1), not encrypted")),
    }
}

/// Said of a key that one reader accepts and another one does not.
pub(crate) fn unfit_key() -> Failure {
    Failure::new("the private key cannot be used for TLS")
}

fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let mut content = Zeroizing::new(vec![0; BYTES_MAX + 1]);
    let length = File::open(path)
        .and_then(|file| read_up_to(file, &mut content))
        .map_err(|error| Failure::new(format!("{}: cannot read this file for TLS: {error}", path.display())))?;
    if length > BYTES_MAX {
        return Err(Failure::new(format!("{}: longer than {BYTES_MAX} bytes", path.display()))
            .with_hint("a file for TLS holds certificates or a key in PEM"));
    }
    content.truncate(length);
    Ok(content)
}

/// Whether what is sent to a host stays on this machine. An address of IPv6 may stand in brackets.
pub(crate) fn is_loopback(host: &str) -> bool {
    let address = host.trim_matches(['[', ']']).parse::<IpAddr>();
    host.eq_ignore_ascii_case("localhost") || address.is_ok_and(|address| address.is_loopback())
}

/// What a service must prove to be. What was given is not repeated: with a colon or an at sign it is no name.
pub(crate) fn server_name(name: &str, service: &str) -> Result<ServerName<'static>, Failure> {
    ServerName::try_from(name.to_owned()).map_err(|_| {
        let message = format!("what {service} is to prove for TLS is neither the name of a host nor an IP address");
        Failure::usage(message).with_hint("give the name in its certificate, without a port: server.example")
    })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn files_that_are_no_pem_are_named_and_not_repeated() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, content: &str| {
            let path = folder.path().join(name);
            fs::write(&path, content).unwrap();
            path
        };
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let certificate = write("c.pem", &made.cert.pem());
        let key = write("k.pem", &made.signing_key.serialize_pem());
        let foreign = rcgen::KeyPair::generate().unwrap();
        let foreign = write("f.pem", &foreign.serialize_pem());
        let other = write("o.pem", "-----BEGIN PRIVATE KEY-----\nsecret!\n-----END PRIVATE KEY-----\n");
        let settings = |ca: &Path, certificate: &Path, key: &Path| TlsSettings {
            ca: Some(ca.to_owned()),
            certificate: Some(certificate.to_owned()),
            key: Some(key.to_owned()),
            ..TlsSettings::default()
        };

        let trust = Trust::load(&settings(&certificate, &certificate, &key)).unwrap();
        assert_eq!((trust.authorities.len(), trust.client.is_some()), (1, true));
        let beside_system = TlsSettings { trusts_system: true, ..settings(&certificate, &certificate, &key) };
        let system = rustls_native_certs::load_native_certs().certs.len();
        assert_eq!(Trust::load(&beside_system).unwrap().authorities.len(), 1 + system);
        for (settings, message) in [
            (settings(&key, &certificate, &key), "k.pem: holds no certificate that can be read"),
            (settings(&certificate, &other, &key), "o.pem: holds no certificate that can be read"),
            (settings(&certificate, &certificate, &other), "o.pem: holds no private key that can be read"),
            (settings(&certificate, &certificate, &certificate), "c.pem: holds no private key that can be read"),
            (settings(&certificate, &certificate, &foreign), "c.pem: cannot be used for TLS with the key in "),
            (settings(&folder.path().join("none"), &certificate, &key), "cannot read this file for TLS"),
        ] {
            let failure = Trust::load(&settings).err().unwrap();
            assert!(failure.message.contains(message), "{failure:?}");
            assert!(!format!("{failure:?}").contains("secret!"), "{failure:?}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_certificate_without_its_key_is_refused_and_a_key_that_others_may_read_is_told() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let [certificate, key] = [("c.pem", made.cert.pem()), ("k.pem", made.signing_key.serialize_pem())];
        let [certificate, key] = [certificate, key].map(|(name, content)| {
            fs::write(folder.path().join(name), content).unwrap();
            folder.path().join(name)
        });
        let load = |shown: Option<&Path>, key: Option<&Path>| {
            let [shown, key] = [shown, key].map(|path| path.map(Path::to_owned));
            let settings =
                TlsSettings { ca: Some(certificate.clone()), certificate: shown, key, ..TlsSettings::default() };
            Trust::load(&settings)
        };
        for (shown, key, message) in [
            (
                Some(&*certificate),
                None,
                "c.pem: the certificate of the client for TLS was given without its private key",
            ),
            (None, Some(&*key), "k.pem: the private key of the client for TLS was given without its certificate"),
        ] {
            let failure = load(shown, key).err().unwrap();
            assert!(failure.message.ends_with(message) && failure.hint.is_some(), "{failure:?}");
        }
        for (mode, warned) in [(0o600, false), (0o640, true), (0o644, true)] {
            fs::set_permissions(&key, fs::Permissions::from_mode(mode)).unwrap();
            let warnings = load(Some(&certificate), Some(&key)).unwrap().warnings;
            assert_eq!(warnings.len(), usize::from(warned), "{mode:o}: {warnings:?}");
            assert!(
                warnings.iter().all(|told| told.contains("k.pem: the private key for TLS is open")),
                "{warnings:?}"
            );
        }
        assert!(load(None, None).unwrap().client.is_none());
    }

    #[test]
    fn this_machine_has_a_name_and_addresses() {
        for host in ["localhost", "LocalHost", "127.0.0.1", "127.9.9.9", "::1", "[::1]"] {
            assert!(is_loopback(host), "{host}");
        }
        for host in ["vault.example", "localhost.example", "127.0.0.1.example", "10.0.0.1", "[::2]", ""] {
            assert!(!is_loopback(host), "{host}");
        }
    }

    #[test]
    fn a_server_proves_a_name_or_an_address_and_nothing_else() {
        for name in ["vault.example", "vault", "a_b.example", "127.0.0.1", "::1"] {
            assert_eq!(server_name(name, "Vault").unwrap().to_str(), name);
        }
        for name in
            ["x@127.0.0.1", "localhost?x", "a/b", "a:1", "[::1]", "a#b", "a b", "a\r\nb", "", "-a", "\u{e9}.example"]
        {
            let failure = server_name(name, "Vault").unwrap_err();
            assert!(failure.message.starts_with("what Vault is to prove for TLS is neither"), "{name}: {failure:?}");
            assert!(name.len() < 3 || !format!("{failure:?}").contains(name), "{failure:?}");
        }
    }
}
