//! The JOSE header (RFC 7515 section 4), read and written.
//!
//! Only `alg`, `kid`, `x5t` and `x5t#S256` choose anything, and only among the keys that the verifier already has.
//! Members that bring or point to a key (`jwk`, `jku`, `x5u`, `x5c`) are data without effect. `crit` and `b64`
//! change what a header means, so a header that has either is refused, whatever the value.

#[cfg(feature = "sign")]
mod own;

use std::borrow::Cow;

use crate::algorithm::Algorithm;
#[cfg(feature = "sign")]
use crate::base64url;
use crate::error::{Error, ErrorKind};
use crate::json::{self, Fault, Raw, Tag};
#[cfg(feature = "sign")]
use crate::keys::VerifyingKey;
use crate::keys::{KeyHint, MAX_KID_LEN, usable_thumbprint};

#[cfg(feature = "sign")]
pub(crate) use own::OwnMembers;

/// Characters of a `typ` or `cty`: RFC 6838 section 4.2 allows 127 on either side of the slash.
const MAX_TYPE_LEN: usize = 255;

const ALG: Tag = Tag::of(b"alg");
const B64: Tag = Tag::of(b"b64");
const CRIT: Tag = Tag::of(b"crit");
const CTY: Tag = Tag::of(b"cty");
const KID: Tag = Tag::of(b"kid");
const TYP: Tag = Tag::of(b"typ");
const X5T: Tag = Tag::of(b"x5t");
/// Too long for its tag to tell it apart.
const X5T_S256: Tag = Tag::of(b"x5t#S256");

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Syntax => ErrorKind::InvalidJson.into(),
            Fault::Duplicate => ErrorKind::DuplicateMember.into(),
            Fault::Reserved => ErrorKind::ReservedMember.into(),
        }
    }
}

/// What of a header is looked at.
#[derive(Debug)]
pub(crate) struct Header<'h> {
    pub(crate) algorithm: Algorithm,
    kid: Option<Cow<'h, str>>,
    x5t: Option<Cow<'h, str>>,
    x5t_s256: Option<Cow<'h, str>>,
    pub(crate) typ: Option<Cow<'h, str>>,
    pub(crate) cty: Option<Cow<'h, str>>,
}

impl<'h> Header<'h> {
    pub(crate) fn parse(text: &'h str) -> Result<Self, Error> {
        let object = json::parse_object(text)?;
        let (mut alg, mut kid, mut typ, mut cty) = (None, None, None, None);
        let (mut x5t, mut x5t_s256) = (None, None);
        for member in object.members() {
            let (wanted, name) = match member.tag {
                ALG => (&mut alg, "alg"),
                KID => (&mut kid, "kid"),
                TYP => (&mut typ, "typ"),
                CTY => (&mut cty, "cty"),
                // RFC 7515 section 4.1.11: extensions that must be understood; none is. RFC 7797
                // section 7: a token with `b64` must not be used as a JWT.
                CRIT => return Err(Error::of_member(ErrorKind::UnsupportedHeader, "crit")),
                B64 => return Err(Error::of_member(ErrorKind::UnsupportedHeader, "b64")),
                X5T => {
                    x5t = thumbprint(object.value(member));
                    continue;
                }
                tag if tag == X5T_S256 && object.name(member) == "x5t#S256" => {
                    x5t_s256 = thumbprint(object.value(member));
                    continue;
                }
                _ => continue,
            };
            // Some issuers write `"kid":null` where they have none. It can mean nothing else.
            if member.tag == KID && object.value(member).is_null() {
                continue;
            }
            let text = object.value(member).string();
            *wanted = Some(text.ok_or_else(|| Error::of_member(ErrorKind::InvalidHeader, name))?);
        }
        let alg = alg.ok_or_else(|| Error::of_member(ErrorKind::InvalidHeader, "alg"))?;
        let algorithm = Algorithm::from_name(&alg)?;
        if kid.as_ref().is_some_and(|kid| kid.is_empty() || kid.len() > MAX_KID_LEN) {
            return Err(Error::of_member(ErrorKind::InvalidHeader, "kid"));
        }
        Ok(Self { algorithm, kid, x5t, x5t_s256, typ, cty })
    }

    /// How the token names its key.
    pub(crate) fn key_hint(&self) -> KeyHint<'_> {
        KeyHint { kid: self.kid(), x5t: self.x5t.as_deref(), x5t_s256: self.x5t_s256.as_deref() }
    }

    pub(crate) fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }
}

/// The thumbprint of a certificate. Any other value counts as none: it names no key.
fn thumbprint(value: Raw<'_>) -> Option<Cow<'_, str>> {
    value.string().filter(|text| usable_thumbprint(text))
}

/// What a signer chooses of a header: `alg` and `kid` are the key's.
#[cfg(feature = "sign")]
#[derive(Debug, Clone, Default)]
pub(crate) struct Chosen {
    pub(crate) typ: Option<String>,
    pub(crate) cty: Option<String>,
    pub(crate) own: OwnMembers,
}

#[cfg(feature = "sign")]
impl Chosen {
    /// The header of a token under this key, in base64url.
    ///
    /// # Errors
    ///
    /// It has more than `longest` characters.
    pub(crate) fn encode(&self, key: &VerifyingKey, longest: usize) -> Result<String, Error> {
        let header = self.encode_unbounded(key);
        if header.len() <= longest {
            return Ok(header);
        }
        let note = format!("the header has {} characters in base64url; the limit is {longest}", header.len());
        Err(Error::noted(ErrorKind::InvalidConfiguration, note))
    }

    /// The same, for a header without members of the caller's own, which cannot be too long.
    pub(crate) fn encode_unbounded(&self, key: &VerifyingKey) -> String {
        base64url::encode(self.write(key).as_bytes())
    }

    /// `typ`, `cty`, `alg`, `kid`, those that there are, in this order, and then the caller's own.
    fn write(&self, key: &VerifyingKey) -> String {
        let (typ, cty) = (self.typ.as_deref(), self.cty.as_deref());
        let alg = Some(key.header_alg());
        let mut text = write_members(&[("typ", typ), ("cty", cty), ("alg", alg), ("kid", key.kid())]);
        text.pop();
        text.push_str(self.own.as_str());
        text.push('}');
        text
    }
}

/// Writes those members that have a value.
pub(crate) fn write_members(members: &[(&str, Option<&str>)]) -> String {
    let mut text = String::from("{");
    for &(name, value) in members {
        let Some(value) = value else { continue };
        if text.len() > 1 {
            text.push(',');
        }
        json::push_string(&mut text, name);
        text.push(':');
        json::push_string(&mut text, value);
    }
    text.push('}');
    text
}

/// A media type, with or without `application/`: 1 to 255 visible ASCII characters.
pub(crate) fn checked_type(value: &str) -> Result<String, Error> {
    let visible = |byte: u8| byte.is_ascii_graphic() && byte != b'"' && byte != b'\\';
    if value.is_empty() || value.len() > MAX_TYPE_LEN || !value.bytes().all(visible) {
        return Err(Error::noted(ErrorKind::InvalidConfiguration, "a type has 1 to 255 visible characters"));
    }
    Ok(value.to_owned())
}

/// RFC 7515 section 4.1.9: case does not matter, and `application/` may be left out where no other slash
/// follows.
pub(crate) fn same_type(one: &str, other: &str) -> bool {
    one == other || short(one).eq_ignore_ascii_case(short(other))
}

fn short(media_type: &str) -> &str {
    match media_type.split_once('/') {
        Some((family, rest)) if family.eq_ignore_ascii_case("application") && !rest.contains('/') => rest,
        _ => media_type,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(text: &str) -> ErrorKind {
        Header::parse(text).unwrap_err().kind()
    }

    #[test]
    fn the_members_are_read_whatever_their_order_and_spelling() {
        let header =
            Header::parse(r#"{"kid":"k\u002D1","x":[1],"\u0061lg":"EdDSA","typ":"JWT","cty":"a/b"}"#)
                .unwrap();
        assert_eq!(header.algorithm, Algorithm::EdDSA);
        assert_eq!(header.kid(), Some("k-1"));
        assert_eq!(header.typ.as_deref(), Some("JWT"));
        assert_eq!(header.cty.as_deref(), Some("a/b"));
    }

    #[test]
    fn members_of_the_wrong_type_or_length_are_refused() {
        for (text, name) in [
            ("{}", "alg"),
            (r#"{"alg":1}"#, "alg"),
            (r#"{"alg":null}"#, "alg"),
            (r#"{"alg":["HS256"]}"#, "alg"),
            (r#"{"alg":"HS256","kid":7}"#, "kid"),
            (r#"{"alg":"HS256","kid":""}"#, "kid"),
            (r#"{"alg":"HS256","typ":{}}"#, "typ"),
            (r#"{"alg":"HS256","cty":true}"#, "cty"),
        ] {
            let error = Header::parse(text).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidHeader, "{text}");
            assert_eq!(error.to_string(), format!("the token's header is not valid (`{name}`)"));
        }
        let with_kid = |length: usize| format!(r#"{{"alg":"HS256","kid":"{}"}}"#, "k".repeat(length));
        assert_eq!(kind(&with_kid(257)), ErrorKind::InvalidHeader);
        assert_eq!(Header::parse(&with_kid(256)).unwrap().kid().unwrap().len(), 256);
    }

    #[test]
    fn a_kid_that_is_null_is_absent() {
        for text in [r#"{"alg":"HS256","kid":null}"#, r#"{"\u006bid": null ,"alg":"HS256"}"#] {
            assert_eq!(Header::parse(text).unwrap().kid(), None, "{text}");
        }
        for name in ["alg", "typ", "cty"] {
            let rest = if name == "alg" { "" } else { r#""alg":"HS256","# };
            assert_eq!(kind(&format!(r#"{{{rest}"{name}":null}}"#)), ErrorKind::InvalidHeader, "{name}");
        }
    }

    #[test]
    fn extensions_are_refused_whatever_their_value_and_spelling() {
        for extension in [
            r#""crit":["exp"]"#,
            r#""crit":[]"#,
            r#""crit":null"#,
            r#""b64":false"#,
            r#""b64":true"#,
            r#""\u0063rit":["b64"]"#,
        ] {
            assert_eq!(kind(&format!(r#"{{"alg":"HS256",{extension}}}"#)), ErrorKind::UnsupportedHeader);
            assert_eq!(kind(&format!(r#"{{{extension},"alg":"HS256"}}"#)), ErrorKind::UnsupportedHeader);
        }
    }

    #[test]
    fn types_compare_as_rfc_7515_section_4_1_9_says() {
        for (one, other) in
            [("JWT", "jwt"), ("application/at+JWT", "at+jwt"), ("Application/x", "application/X")]
        {
            assert!(same_type(one, other) && same_type(other, one), "{one} {other}");
        }
        for (one, other) in
            [("JWT", "at+jwt"), ("text/jwt", "jwt"), ("application/a/b", "a/b"), ("jwt ", "jwt")]
        {
            assert!(!same_type(one, other) && !same_type(other, one), "{one} {other}");
        }
    }

    #[cfg(all(feature = "sign", feature = "hmac"))]
    #[test]
    fn a_written_header_escapes_the_kid_and_keeps_the_order() {
        let key = VerifyingKey::hs256(&[1; 32]).unwrap();
        let mut chosen = Chosen::default();
        assert_eq!(chosen.write(&key), r#"{"alg":"HS256"}"#);
        let key = key.with_kid("a\"b\\c\n").unwrap();
        chosen.typ = Some("JWT".to_owned());
        chosen.cty = Some("x/y".to_owned());
        let text = chosen.write(&key);
        assert_eq!(text, r#"{"typ":"JWT","cty":"x/y","alg":"HS256","kid":"a\"b\\c\u000a"}"#);
        assert_eq!(Header::parse(&text).unwrap().kid(), Some("a\"b\\c\n"));
    }
}
