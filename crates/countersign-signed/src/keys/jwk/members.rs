//! The members of one JWK, each in the form that its RFC demands.
//!
//! An error names the member and never repeats its value.

use std::borrow::Cow;

use zeroize::Zeroizing;

use crate::algorithm::{Algorithm, Curve, Kind, Scheme};
use crate::base64url;
use crate::error::{Error, ErrorKind};
use crate::json::{Object, Raw};
use crate::keys::{MAX_KID_LEN, usable_thumbprint};

pub(super) struct Jwk<'a> {
    members: Object<'a>,
}

pub(super) fn invalid(note: &'static str) -> Error {
    Error::noted(ErrorKind::InvalidKey, note)
}

fn about(name: &str, note: &str) -> Error {
    Error::noted(ErrorKind::InvalidKey, format!("`{name}` {note}"))
}

impl<'a> Jwk<'a> {
    pub(super) fn new(members: Object<'a>) -> Self {
        Self { members }
    }

    /// The value of a member that is there and not `null`.
    fn get(&self, name: &str) -> Option<Raw<'a>> {
        self.members.find(name).filter(|value| !value.is_null())
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    pub(super) fn string(&self, name: &str) -> Result<Option<Cow<'a, str>>, Error> {
        let value = self.get(name);
        value.map(|value| value.string().ok_or_else(|| about(name, "is not a string"))).transpose()
    }

    fn required(&self, name: &str) -> Result<Cow<'a, str>, Error> {
        self.string(name)?.ok_or_else(|| about(name, "is missing"))
    }

    /// The bytes of a member in base64url. All are overwritten with zeros when dropped: it is not known here
    /// which are secret.
    pub(super) fn bytes(&self, name: &str) -> Result<Zeroizing<Vec<u8>>, Error> {
        base64url::decode(self.required(name)?.as_bytes())
            .map(Zeroizing::new)
            .map_err(|_| about(name, "is not canonical base64url without padding"))
    }

    /// RFC 7518 section 2, `Base64urlUInt`, without leading zeros. The RFC forbids them, and Java's `BigInteger`
    /// writes one in front of a set high bit; they change nothing about the integer.
    pub(super) fn integer(&self, name: &str) -> Result<Zeroizing<Vec<u8>>, Error> {
        let bytes = self.bytes(name)?;
        let zeros = bytes.iter().take_while(|&&byte| byte == 0).count();
        match bytes.get(zeros..) {
            None | Some([]) => Err(about(name, "is zero or empty")),
            Some(magnitude) => Ok(Zeroizing::new(magnitude.to_vec())),
        }
    }

    /// The bytes of a coordinate, which are as many as the field has (RFC 7518 section 6.2.1.2).
    pub(super) fn sized(&self, name: &str, length: usize) -> Result<Zeroizing<Vec<u8>>, Error> {
        let bytes = self.bytes(name)?;
        if bytes.len() != length {
            return Err(about(name, &format!("must have {length} bytes, found {}", bytes.len())));
        }
        Ok(bytes)
    }

    /// From `kty`, and `crv` or `alg` where the kind depends on it.
    pub(super) fn kind(&self) -> Result<Kind, Error> {
        match &*self.required("kty")? {
            "RSA" => Ok(Kind::Rsa(Scheme::Any)),
            "oct" => Ok(Kind::Secret),
            "EC" => {
                let crv = self.required("crv")?;
                let known = Curve::ALL.into_iter().find(|curve| curve.name() == crv);
                known
                    .map(Kind::Ec)
                    .ok_or_else(|| invalid("the `crv` of an EC key must be P-256, P-384, P-521 or secp256k1"))
            }
            "OKP" => match &*self.required("crv")? {
                "Ed25519" => Ok(Kind::Ed25519),
                "Ed448" => Err(invalid("the `crv` of an OKP key must be Ed25519, found Ed448")),
                "X25519" => Err(invalid("the `crv` of an OKP key must be Ed25519, found X25519")),
                _ => Err(invalid("the `crv` of an OKP key must be Ed25519")),
            },
            // RFC 9964 section 3: `alg` is required, and says the parameter set.
            "AKP" => match Algorithm::from_name(&self.required("alg")?)?.kind() {
                kind @ Kind::MlDsa(_) => Ok(kind),
                _ => Err(invalid("the `alg` of an AKP key must be ML-DSA-44, ML-DSA-65 or ML-DSA-87")),
            },
            _ => Err(invalid("`kty` must be RSA, EC, OKP, AKP or oct")),
        }
    }

    /// Holds the key to `use` and `key_ops` (RFC 7517 sections 4.2 and 4.3), where there are any. Beside a `use` of
    /// sig, an empty `key_ops` says nothing more: .NET serializers write it for a list that is not set.
    pub(super) fn permit(&self, operation: &str) -> Result<(), Error> {
        let usage = self.string("use")?;
        match usage.as_deref() {
            None | Some("sig") => {}
            Some("enc") => return Err(invalid("`use` must be sig, found enc")),
            Some(_) => return Err(invalid("`use` must be sig")),
        }
        let Some(operations) = self.get("key_ops") else { return Ok(()) };
        let operations =
            operations.strings().ok_or_else(|| about("key_ops", "is not an array of strings"))?;
        if operations.is_empty() && usage.is_some() {
            return Ok(());
        }
        let twice = |at: usize| {
            operations.iter().skip(at.saturating_add(1)).any(|other| operations.get(at) == Some(other))
        };
        if (0..operations.len()).any(twice) {
            return Err(about("key_ops", "has a value twice"));
        }
        if operations.iter().any(|own| own == operation) {
            Ok(())
        } else {
            Err(about("key_ops", &format!("does not hold {operation}")))
        }
    }

    /// 1 to 256 bytes.
    pub(super) fn kid(&self) -> Result<Option<Cow<'a, str>>, Error> {
        let kid = self.string("kid")?;
        match kid.as_deref().map(str::len) {
            None | Some(1..=MAX_KID_LEN) => Ok(kid),
            Some(_) => Err(ErrorKind::InvalidKid.into()),
        }
    }

    /// A name for the key that tokens may use (RFC 7517 sections 4.8 and 4.9). A value that cannot be one is ignored:
    /// the key is found by its `kid` all the same.
    pub(super) fn certificate_thumbprint(&self, name: &str) -> Option<Cow<'a, str>> {
        self.string(name).ok().flatten().filter(|text| usable_thumbprint(text))
    }
}
