//! The TLS flags, which come three times: for Redis, for Vault, and for both. What concerns revocation and servers is
//! accepted, and nothing more.

use super::flags::Kind::{Choice, Number, Switch, Text};
use super::flags::{Flag, Group, accepted, acted};

/// What to do with an address that a certificate names.
const FROM_CERT: &[&str] = &["use", "trust", "prefer", "ignore"];

/// What to do when the service does not know a certificate.
const REQUIRED: &[&str] = &["denyUnknown", "allowUnknown", "requireGood"];

const CA: &str = "Certificate that vouches for the server, beside those of the system";
const CERT: &str = "Certificate to show to the server";
const KEY: &str = "Private key of that certificate";
const CRL_CACHE_SIZE: &str = "Revocation lists to keep";
const CRL_CACHE_TIME: &str = "How long to keep a revocation list";
const CRL_LEAF: &str = "Look up only the last certificate in revocation lists";
const CRL_FROM_CERT: &str = "What to do with the revocation list that a certificate names: use, trust, prefer, ignore";
const CRL_URL: &str = "Address of a revocation list";
const OCSP_LEAF: &str = "Ask OCSP about the last certificate only";
const OCSP_FROM_CERT: &str = "What to do with the OCSP service that a certificate names: use, trust, prefer, ignore";
const OCSP_REQUIRED: &str = "What to do when OCSP does not know a certificate: denyUnknown, allowUnknown, requireGood";
const OCSP_URL: &str = "Address of an OCSP service";
const AUTH: &str = "How servers ask for certificates of clients, 0 to 4";
const SNI: &str = "Name that the certificate of the server must have; that of its address when it is empty";
const ID_FROM_CERT: &str = "Take the id of a client from its certificate";
const EXTRACTOR: &str = "What of a certificate is the id of its client";

/// The flags with a prefix, with `$client` in their names, and those that only this set has.
macro_rules! tls_flags {
    ($group:ident, $prefix:literal, $client:literal, [$($own:expr),*]) => {
        &[
            acted(Group::$group, concat!($prefix, $client, "ca"), Text, "", "file", CA),
            acted(Group::$group, concat!($prefix, $client, "cert"), Text, "", "file", CERT),
            acted(Group::$group, concat!($prefix, $client, "key"), Text, "", "file", KEY),
            accepted(
                Group::$group, concat!($prefix, "crl_", $client, "cache_size"),
                Number, "16", "count", CRL_CACHE_SIZE,
            ),
            accepted(
                Group::$group, concat!($prefix, "crl_", $client, "cache_time"),
                Number, "0", "seconds", CRL_CACHE_TIME,
            ),
            accepted(
                Group::$group, concat!($prefix, "crl_", $client, "check_only_leaf_certificate"),
                Switch, "false", "", CRL_LEAF,
            ),
            accepted(
                Group::$group, concat!($prefix, "crl_", $client, "from_cert"),
                Choice(FROM_CERT), "prefer", "policy", CRL_FROM_CERT,
            ),
            accepted(Group::$group, concat!($prefix, "crl_", $client, "url"), Text, "", "url", CRL_URL),
            accepted(
                Group::$group, concat!($prefix, "ocsp_", $client, "check_only_leaf_certificate"),
                Switch, "false", "", OCSP_LEAF,
            ),
            accepted(
                Group::$group, concat!($prefix, "ocsp_", $client, "from_cert"),
                Choice(FROM_CERT), "prefer", "policy", OCSP_FROM_CERT,
            ),
            accepted(
                Group::$group, concat!($prefix, "ocsp_", $client, "required"),
                Choice(REQUIRED), "denyUnknown", "policy", OCSP_REQUIRED,
            ),
            accepted(Group::$group, concat!($prefix, "ocsp_", $client, "url"), Text, "", "url", OCSP_URL),
            $($own),*
        ]
    };
}

pub(super) const REDIS: &[Flag] = tls_flags!(
    Redis,
    "redis_tls_",
    "client_",
    [
        accepted(Group::Redis, "redis_tls_client_auth", Number, "-1", "mode", AUTH),
        acted(Group::Redis, "redis_tls_client_sni", Text, "", "name", SNI)
    ]
);

pub(super) const VAULT: &[Flag] = tls_flags!(
    Vault,
    "vault_tls_",
    "client_",
    [
        accepted(Group::Vault, "vault_tls_client_auth", Number, "4", "mode", AUTH),
        acted(Group::Vault, "vault_tls_client_sni", Text, "", "name", SNI)
    ]
);

pub(super) const COMMON: &[Flag] = tls_flags!(
    Tls,
    "tls_",
    "",
    [
        accepted(Group::Tls, "tls_auth", Number, "4", "mode", AUTH),
        accepted(Group::Tls, "tls_client_id_from_cert", Switch, "false", "", ID_FROM_CERT),
        accepted(Group::Tls, "tls_identifier_extractor_type", Text, "distinguished_name", "type", EXTRACTOR)
    ]
);
