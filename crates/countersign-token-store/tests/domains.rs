//! What binds a digest to its kind is pinned: with another domain, no stored token would be found any more.

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
