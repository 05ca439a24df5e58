//! Header members of the caller's own.
//!
//! They are kept as the text that goes into the header, judged once, when they are given. Names that this
//! crate writes, or that say something to a verifier which must not come from a caller, are refused; all
//! others mean what issuer and verifier have agreed on (RFC 7515 section 4.3). They are not read back here:
//! the verifier's side has them as text.

use serde::Serialize;

use crate::error::{Error, ErrorKind};
use crate::json::{self, Fault};

/// Members in the order in which they were given.
#[derive(Debug, Clone, Default)]
pub(crate) struct OwnMembers {
    /// Name and value, each pair with a comma in front.
    text: String,
}

impl OwnMembers {
    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    /// Adds a member of the caller's choice, or leaves all as it was.
    pub(crate) fn add<V: Serialize + ?Sized>(&mut self, name: &str, value: &V) -> Result<(), Error> {
        match refusal(name) {
            Some(why) => Err(invalid(why)),
            None => self.put(name, value),
        }
    }

    /// Adds a member of any name, or leaves all as it was.
    pub(crate) fn put<V: Serialize + ?Sized>(&mut self, name: &str, value: &V) -> Result<(), Error> {
        let value = serde_json::to_string(value)
            .map_err(|error| Error::detailed(ErrorKind::InvalidConfiguration, &error))?;
        let mut text = self.text.clone();
        text.push(',');
        json::push_string(&mut text, name);
        text.push(':');
        text.push_str(&value);
        // As a verifier will read it: the members are one level down, as they are in the header.
        let object = format!("{{{}}}", text.trim_start_matches(','));
        json::parse_object(&object).map_err(|fault| match fault {
            Fault::Duplicate => invalid("a header member is there twice"),
            Fault::Reserved => invalid("a name in a header must not start with `$serde_json::private::`"),
            Fault::Syntax => invalid("a header may be nested 32 deep"),
        })?;
        self.text = text;
        Ok(())
    }
}

/// Why a member of this name may not be given.
fn refusal(name: &str) -> Option<&'static str> {
    match name {
        "" => Some("a header member has no name"),
        // Another `alg` or `kid` than the key's would be a token that nothing verifies, or the wrong key.
        "alg" | "kid" => Some("`alg` and `kid` are the key's"),
        // RFC 8725 section 3.11: the type keeps tokens of different purposes apart, so there is one way to
        // set it. `cty` says that a payload is no claims.
        "typ" | "cty" => Some("`typ` and `cty` are not members of one's own"),
        // RFC 7515 section 4.1.11, RFC 7797 section 3: they change how the rest is to be read, and the
        // verifiers of this crate refuse both.
        "crit" | "b64" => Some("`crit` and `b64` change what a header means"),
        // RFC 7515 sections 4.1.2, 4.1.3 and 4.1.5 to 4.1.8: a verifier that takes its key from the token
        // takes anybody's. So a caller cannot put just any key there; the signer's own has named methods.
        "jwk" | "jku" | "x5u" | "x5c" | "x5t" | "x5t#S256" => Some(
            "a key or certificate of one's own has a method of its own: `x5t`, `x5t_s256`, `x5c`, `public_jwk`",
        ),
        // RFC 7516 section 9: a header with `enc` is one of an encrypted token.
        "enc" | "zip" => Some("`enc` and `zip` are for encrypted tokens"),
        _ => None,
    }
}

fn invalid(why: &'static str) -> Error {
    Error::noted(ErrorKind::InvalidConfiguration, why)
}
