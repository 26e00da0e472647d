//! The TLS flags, which come three times: for Redis, for Vault, and for both. What concerns revocation and servers is
//! accepted, and nothing more.

use super::flags::{Effect, Flag, Group, Kind};

/// What to do with an address that a certificate names.
const FROM_CERT: Kind = Kind::Choice(&["use", "trust", "prefer", "ignore"]);

/// What to do when the service does not know a certificate.
const REQUIRED: Kind = Kind::Choice(&["denyUnknown", "allowUnknown", "requireGood"]);

/// One flag.
macro_rules! flag {
    ($group:ident, $name:expr, $kind:expr, $default:literal, $value:literal, $effect:ident, $help:expr) => {
        Flag {
            name: $name,
            kind: $kind,
            default: $default,
            value: $value,
            help: $help,
            group: Group::$group,
            effect: Effect::$effect,
        }
    };
}

/// The flags with a prefix, with `$client` in their names, and those that only this set has.
macro_rules! tls_flags {
    ($group:ident, $prefix:literal, $client:literal, [$($own:expr),*]) => {
        &[
            flag!($group, concat!($prefix, $client, "ca"), Kind::Text, "", "file", ActedOn,
                "Certificate that vouches for the server, beside those of the system"),
            flag!($group, concat!($prefix, $client, "cert"), Kind::Text, "", "file", ActedOn,
                "Certificate to show to the server"),
            flag!($group, concat!($prefix, $client, "key"), Kind::Text, "", "file", ActedOn,
                "Private key of that certificate"),
            flag!($group, concat!($prefix, "crl_", $client, "cache_size"), Kind::Number, "16", "count", Accepted,
                "Revocation lists to keep"),
            flag!($group, concat!($prefix, "crl_", $client, "cache_time"), Kind::Number, "0", "seconds", Accepted,
                "How long to keep a revocation list"),
            flag!($group, concat!($prefix, "crl_", $client, "check_only_leaf_certificate"), Kind::Switch, "false", "",
                Accepted, "Look up only the last certificate in revocation lists"),
            flag!($group, concat!($prefix, "crl_", $client, "from_cert"), FROM_CERT, "prefer", "policy", Accepted,
                "What to do with the revocation list that a certificate names: use, trust, prefer, ignore"),
            flag!($group, concat!($prefix, "crl_", $client, "url"), Kind::Text, "", "url", Accepted,
                "Address of a revocation list"),
            flag!($group, concat!($prefix, "ocsp_", $client, "check_only_leaf_certificate"), Kind::Switch, "false", "",
                Accepted, "Ask OCSP about the last certificate only"),
            flag!($group, concat!($prefix, "ocsp_", $client, "from_cert"), FROM_CERT, "prefer", "policy", Accepted,
                "What to do with the OCSP service that a certificate names: use, trust, prefer, ignore"),
            flag!($group, concat!($prefix, "ocsp_", $client, "required"), REQUIRED, "denyUnknown", "policy", Accepted,
                "What to do when OCSP does not know a certificate: denyUnknown, allowUnknown, requireGood"),
            flag!($group, concat!($prefix, "ocsp_", $client, "url"), Kind::Text, "", "url", Accepted,
                "Address of an OCSP service"),
            $($own),*
        ]
    };
}

const AUTH: &str = "How servers ask for certificates of clients, 0 to 4";
const SNI: &str = "Name that the certificate of the server must have; that of its address when it is empty";

pub(super) const REDIS: &[Flag] = tls_flags!(
    Redis,
    "redis_tls_",
    "client_",
    [
        flag!(Redis, "redis_tls_client_auth", Kind::Number, "-1", "mode", Accepted, AUTH),
        flag!(Redis, "redis_tls_client_sni", Kind::Text, "", "name", ActedOn, SNI)
    ]
);

pub(super) const VAULT: &[Flag] = tls_flags!(
    Vault,
    "vault_tls_",
    "client_",
    [
        flag!(Vault, "vault_tls_client_auth", Kind::Number, "4", "mode", Accepted, AUTH),
        flag!(Vault, "vault_tls_client_sni", Kind::Text, "", "name", ActedOn, SNI)
    ]
);

pub(super) const COMMON: &[Flag] = tls_flags!(
    Tls,
    "tls_",
    "",
    [
        flag!(Tls, "tls_auth", Kind::Number, "4", "mode", Accepted, AUTH),
        flag!(
            Tls,
            "tls_client_id_from_cert",
            Kind::Switch,
            "false",
            "",
            Accepted,
            "Take the id of a client from its certificate"
        ),
        flag!(
            Tls,
            "tls_identifier_extractor_type",
            Kind::Text,
            "distinguished_name",
            "type",
            Accepted,
            "What of a certificate is the id of its client"
        )
    ]
);
