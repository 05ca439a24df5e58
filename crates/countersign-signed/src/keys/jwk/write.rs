//! JWKs, written: the members of the key, then `kid`, `alg` and `use`.

use super::public::members;
use crate::algorithm::Public;
#[cfg(feature = "sign")]
use crate::algorithm::{Private, RsaCrt, RsaPrivate};
use crate::json::push_string;

/// A public JWK.
pub(in crate::keys) fn public(public: &Public, kid: Option<&str>, alg: &str) -> String {
    let mut text = String::new();
    for (name, value) in members(public) {
        if name != "alg" {
            push(&mut text, name, &value);
        }
    }
    finish(&mut text, kid, alg);
    text
}

/// A private JWK. `public` is the public half, which a secret does not have.
#[cfg(feature = "sign")]
pub(in crate::keys) fn private(
    private: &Private,
    public: Option<&Public>,
    kid: Option<&str>,
    alg: &str,
) -> zeroize::Zeroizing<String> {
    let secrets: Vec<(&str, &[u8])> = match private {
        Private::Secret(secret) => vec![("k", secret)],
        Private::Ec { scalar, .. } => vec![("d", scalar)],
        Private::Ed25519 { seed } => vec![("d", seed)],
        Private::MlDsa { seed, .. } => vec![("priv", seed)],
        Private::Rsa(RsaPrivate { d, crt, .. }) => {
            let crt = crt.iter().flat_map(|RsaCrt { p, q, dp, dq, qi }| {
                [("p", p), ("q", q), ("dp", dp), ("dq", dq), ("qi", qi)]
            });
            std::iter::once(("d", d)).chain(crt).map(|(name, value)| (name, value.as_slice())).collect()
        }
    };
    let open = public.map(members).unwrap_or_else(|| vec![("kty", "oct".to_owned())]);
    // Room for everything at once: growing would leave a copy of a private key behind. Six characters
    // for each of the `kid`'s are what the worst escape takes.
    let room =
        open.iter().map(|(_, value)| value.len()).chain(secrets.iter().map(|(_, value)| value.len() * 2));
    let room =
        room.fold(512, usize::saturating_add).saturating_add(kid.map_or(0, str::len).saturating_mul(6));
    let mut text = zeroize::Zeroizing::new(String::with_capacity(room));
    for (name, value) in &open {
        if *name != "alg" {
            push(&mut text, name, value);
        }
    }
    for (name, value) in secrets {
        push(&mut text, name, &zeroize::Zeroizing::new(crate::base64url::encode(value)));
    }
    finish(&mut text, kid, alg);
    text
}

fn push(text: &mut String, name: &str, value: &str) {
    text.push(if text.is_empty() { '{' } else { ',' });
    push_string(text, name);
    text.push(':');
    push_string(text, value);
}

fn finish(text: &mut String, kid: Option<&str>, alg: &str) {
    if let Some(kid) = kid {
        push(text, "kid", kid);
    }
    push(text, "alg", alg);
    push(text, "use", "sig");
    text.push('}');
}
