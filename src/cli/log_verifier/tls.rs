//! The TLS flags, which come three times: for Redis, for Vault, and for both. What concerns revocation and servers is
//! accepted, and nothing more.

use super::flag::Kind::{Choice, Number, Switch, Text};
use super::flag::{Flag, Group, Kind, accepted, acted};

/// What to do with an address that a certificate names.
const FROM_CERT: Kind = Choice(&["use", "trust", "prefer", "ignore"]);

/// What to do when the service does not know a certificate.
const REQUIRED: Kind = Choice(&["denyUnknown", "allowUnknown", "requireGood"]);

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

/// The flags with a prefix, with `$client` in their names, with the default of `auth`, and those that only this set
/// has.
macro_rules! tls_flags {
    ($group:ident, $prefix:literal, $client:literal, $auth:literal, [$($own:expr),*]) => {
        &[
            acted(Group::$group, concat!($prefix, $client, "ca"), Text, "", "file", CA),
            acted(Group::$group, concat!($prefix, $client, "cert"), Text, "", "file", CERT),
            acted(Group::$group, concat!($prefix, $client, "key"), Text, "", "file", KEY),
            tls_flags!(@ $group, [$prefix, "crl_", $client, "cache_size"], Number, "16", "count", CRL_CACHE_SIZE),
            tls_flags!(@ $group, [$prefix, "crl_", $client, "cache_time"], Number, "0", "seconds", CRL_CACHE_TIME),
            tls_flags!(@ $group, [$prefix, "crl_", $client, "check_only_leaf_certificate"],
                Switch, "false", "", CRL_LEAF),
            tls_flags!(@ $group, [$prefix, "crl_", $client, "from_cert"], FROM_CERT, "prefer", "policy", CRL_FROM_CERT),
            tls_flags!(@ $group, [$prefix, "crl_", $client, "url"], Text, "", "url", CRL_URL),
            tls_flags!(@ $group, [$prefix, "ocsp_", $client, "check_only_leaf_certificate"],
                Switch, "false", "", OCSP_LEAF),
            tls_flags!(@ $group, [$prefix, "ocsp_", $client, "from_cert"],
                FROM_CERT, "prefer", "policy", OCSP_FROM_CERT),
            tls_flags!(@ $group, [$prefix, "ocsp_", $client, "required"],
                REQUIRED, "denyUnknown", "policy", OCSP_REQUIRED),
            tls_flags!(@ $group, [$prefix, "ocsp_", $client, "url"], Text, "", "url", OCSP_URL),
            tls_flags!(@ $group, [$prefix, $client, "auth"], Number, $auth, "mode", AUTH),
            $($own),*
        ]
    };
    (@ $group:ident, [$($name:literal),*], $($rest:expr),*) => {
        accepted(acted(Group::$group, concat!($($name),*), $($rest),*))
    };
}

pub(super) const REDIS: &[Flag] = tls_flags!(
    Redis,
    "redis_tls_",
    "client_",
    "-1",
    [acted(Group::Redis, "redis_tls_client_sni", Text, "", "name", SNI)]
);

pub(super) const VAULT: &[Flag] = tls_flags!(
    Vault,
    "vault_tls_",
    "client_",
    "4",
    [acted(Group::Vault, "vault_tls_client_sni", Text, "", "name", SNI)]
);

pub(super) const COMMON: &[Flag] = tls_flags!(
    Tls,
    "tls_",
    "",
    "4",
    [
        accepted(acted(Group::Tls, "tls_client_id_from_cert", Switch, "false", "", ID_FROM_CERT)),
        accepted(acted(Group::Tls, "tls_identifier_extractor_type", Text, "distinguished_name", "type", EXTRACTOR))
    ]
);
