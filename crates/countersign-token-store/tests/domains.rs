//! What binds a digest to its kind is pinned: with another domain, no stored token would be found any more.
#![allow(clippy::unwrap_used, reason = "a test says what it expects by panicking")]

use countersign_random::DigestKey;
use countersign_token_store::Kind;

#[test]
fn domain_and_name_of_each_kind_are_as_pinned() {
    for (kind, name, domain) in [
        (Kind::ApiKey, "api-key", "countersign/1/api-key"),
        (Kind::AccessToken, "access-token", "countersign/1/access-token"),
    ] {
        assert_eq!((kind.as_str(), kind.domain()), (name, domain));
    }
}

/// As an API key or an access token of `https://issuer.example` is stored. By Python:
///
/// ```python
/// import hashlib, hmac
/// def m(*parts): return b"".join(len(part).to_bytes(8, "big") + part for part in parts)
/// text = m(b"countersign/1/api-key", b"https://issuer.example", b"acme_golden_token")
/// hmac.new(bytes(range(32)), text, "sha256").hexdigest()
/// hashlib.sha256(text).hexdigest()
/// ```
#[test]
fn digests_of_a_known_token_are_as_pinned() {
    let keyed = DigestKey::keyed(7, &(0..32).collect::<Vec<u8>>()).unwrap();
    for (kind, key, expected) in [
        (Kind::ApiKey, &keyed, "b8aa4940f19522f5e72ce750197711ba7e086efe391ca39061fb663bd849a414"),
        (Kind::AccessToken, &keyed, "e41890ec85da696482dfc29cbddd6b0bd6df69f6ae0dad0a2673cb7716754bd3"),
        (
            Kind::ApiKey,
            &DigestKey::plain(0),
            "1b3eaa7d614463328584220c77eae87bfdc2e05ad4afe78bcf90c2e0d3254bf1",
        ),
    ] {
        let digest = key.digest(kind.domain(), &[b"https://issuer.example", b"acme_golden_token"]);
        let hex: String = digest.as_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, expected, "{kind:?}");
    }
}
