//! One issuer for each tenant, with one set of keys for all of them, as Microsoft Entra has it.
//!
//! The issuer is a template, `https://login.microsoftonline.com/{tenantid}/v2.0`, and a token's `iss` has its tenant
//! there. All tenants share the keys, so a good signature does not say which tenant a token is of: any customer of
//! the identity provider can have tokens signed. So the tenant must be on a list, `iss` must be the issuer of
//! that tenant, and `tid` must name the same one.

use std::sync::Arc;

use crate::error::{ClaimFailure, ErrorKind};
use crate::json::{Object, Raw};

/// Where the tenant stands in an issuer.
const PLACEHOLDER: &str = "{tenantid}";

/// The claim that names a token's tenant.
const TID: &str = "tid";

/// The tenants whose tokens are taken.
#[derive(Clone)]
pub(super) struct Tenants {
    template: Arc<str>,
    /// In the order of their issuers.
    allowed: Arc<[Tenant]>,
}

struct Tenant {
    issuer: Box<str>,
    id: Box<str>,
}

impl Tenants {
    /// The tenants of these ids, under the issuer that `template` makes for each; or what is wrong with them.
    pub(super) fn new(template: &str, ids: &[String]) -> Result<Self, &'static str> {
        let Some((front, behind)) = template.split_once(PLACEHOLDER).filter(|_| is_template(template)) else {
            return Err("tenants are named, and the issuer does not have `{tenantid}` once");
        };
        if ids.is_empty() || ids.iter().any(String::is_empty) {
            return Err("no tenant is named, or one is empty");
        }
        let tenant =
            |id: &String| Tenant { issuer: [front, id, behind].concat().into(), id: id.as_str().into() };
        let mut allowed: Vec<Tenant> = ids.iter().map(tenant).collect();
        allowed.sort_unstable_by(|one, other| one.issuer.cmp(&other.issuer));
        allowed.dedup_by(|one, other| one.issuer == other.issuer);
        Ok(Self { template: template.into(), allowed: allowed.into() })
    }

    pub(super) fn issuers(&self) -> impl Iterator<Item = &str> {
        self.allowed.iter().map(|tenant| &*tenant.issuer)
    }

    /// `iss` is the issuer of an allowed tenant, and `tid` is that tenant, both to the letter.
    pub(super) fn check(&self, iss: Option<&str>, object: &Object<'_>) -> Option<ClaimFailure> {
        let failed = |kind, claim: &'static str| ClaimFailure::new(kind, claim);
        let Some(iss) = iss else {
            return Some(failed(ErrorKind::MissingClaim, "iss").with_expected(&*self.template));
        };
        let found = self.allowed.binary_search_by(|tenant| (*tenant.issuer).cmp(iss));
        let Some(tenant) = found.ok().and_then(|place| self.allowed.get(place)) else {
            return Some(
                failed(ErrorKind::UnexpectedClaim, "iss").with_expected(&*self.template).with_got(iss),
            );
        };
        let Some(tid) = object.find(TID) else {
            return Some(failed(ErrorKind::MissingClaim, TID).with_expected(&*tenant.id));
        };
        let kind = match tid.string() {
            Some(tid) if *tid == *tenant.id => return None,
            Some(_) => ErrorKind::UnexpectedClaim,
            None => ErrorKind::InvalidClaim,
        };
        Some(failed(kind, TID).with_expected(&*tenant.id).with_got(Raw::shown(tid)))
    }
}

/// Whether an issuer has a place for a tenant, once.
pub(super) fn is_template(issuer: &str) -> bool {
    issuer.matches(PLACEHOLDER).count() == 1
}

/// Whether an issuer has a place for a tenant, however often.
pub(super) fn has_placeholder(issuer: &str) -> bool {
    issuer.contains(PLACEHOLDER)
}
