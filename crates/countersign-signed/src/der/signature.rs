//! ECDSA signatures in DER, into the form that JWS has.
//!
//! KMS and hardware modules answer with DER (RFC 3279 section 2.2.3); tokens have the two integers side by
//! side (RFC 7518 section 3.4). It is a step that the caller takes by name and never a fallback: a verifier
//! that took both forms would take two texts for one token.

use super::Malformed;
use super::reader::Reader;
use crate::algorithm::{Algorithm, Kind};
use crate::error::{Error, ErrorKind};

/// The ECDSA signature in `der`, `SEQUENCE { r INTEGER, s INTEGER }` (RFC 3279 section 2.2.3), as the two
/// integers side by side, each as long as a coordinate of the algorithm's curve (RFC 7518 section 3.4).
///
/// It reads DER strictly, and does not verify: [`UnsignedToken::finish`](crate::UnsignedToken::finish) does.
///
/// ```
/// use countersign_signed::{Algorithm, ecdsa_signature_from_der};
///
/// let der = [0x30, 6, 2, 1, 5, 2, 1, 7];
/// let signature = ecdsa_signature_from_der(Algorithm::ES256, &der)?;
/// assert_eq!((signature.len(), signature[31], signature[63]), (64, 5, 7));
/// # Ok::<(), countersign_signed::Error>(())
/// ```
///
/// # Errors
///
/// [`ErrorKind::InvalidConfiguration`] for an algorithm that is not ES256, ES384, ES512 or ES256K;
/// [`ErrorKind::SigningFailed`] for anything but the DER of two integers above zero, none longer than a
/// coordinate of its curve, with nothing behind them.
pub fn ecdsa_signature_from_der(algorithm: Algorithm, der: &[u8]) -> Result<Vec<u8>, Error> {
    let Kind::Ec(curve) = algorithm.kind() else {
        let note = "only signatures of ES256, ES384, ES512 and ES256K come as DER";
        return Err(Error::noted(ErrorKind::InvalidConfiguration, note));
    };
    side_by_side(der, curve.field_len()).map_err(|Malformed| {
        let note = format!("{} bytes that are no DER of a signature of {}", der.len(), algorithm.name());
        Error::noted(ErrorKind::SigningFailed, note)
    })
}

fn side_by_side(der: &[u8], length: usize) -> Result<Vec<u8>, Malformed> {
    let mut reader = Reader::new(der);
    let mut integers = reader.sequence()?;
    reader.finish()?;
    let mut signature = Vec::with_capacity(length.saturating_mul(2));
    for _ in 0..2 {
        let integer = integers.unsigned()?;
        let zeros = length.checked_sub(integer.len()).filter(|_| !integer.is_empty()).ok_or(Malformed)?;
        signature.resize(signature.len().saturating_add(zeros), 0);
        signature.extend_from_slice(integer);
    }
    integers.finish()?;
    Ok(signature)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 7515 appendix A.3.1.
    const R: [u8; 32] = [
        14, 209, 33, 83, 121, 99, 108, 72, 60, 47, 127, 21, 88, 7, 212, 2, 163, 178, 40, 3, 58, 249, 124,
        126, 23, 129, 154, 195, 22, 158, 166, 101,
    ];
    const S: [u8; 32] = [
        197, 10, 7, 211, 140, 60, 112, 229, 216, 241, 45, 175, 8, 74, 84, 128, 166, 101, 144, 197, 242, 147,
        80, 154, 143, 63, 127, 138, 131, 163, 84, 213,
    ];

    fn kind(algorithm: Algorithm, der: &[u8]) -> ErrorKind {
        ecdsa_signature_from_der(algorithm, der).unwrap_err().kind()
    }

    #[test]
    fn the_integers_of_rfc_7515_a_3_come_out_side_by_side() {
        // `s` has its high bit set, so DER has a zero before it.
        let der = [&[0x30, 69, 2, 32][..], &R, &[2, 33, 0], &S].concat();
        assert_eq!(ecdsa_signature_from_der(Algorithm::ES256, &der).unwrap(), [R, S].concat());
        for end in 0..der.len() {
            assert_eq!(kind(Algorithm::ES256, &der[..end]), ErrorKind::SigningFailed, "{end}");
        }
        assert_eq!(kind(Algorithm::ES256, &[&der[..], &[0]].concat()), ErrorKind::SigningFailed);
    }

    #[test]
    fn short_integers_are_filled_up_and_long_ones_refused() {
        let der = [0x30, 7, 2, 1, 5, 2, 2, 0, 0x80];
        for (algorithm, length) in
            [(Algorithm::ES256, 32), (Algorithm::ES256K, 32), (Algorithm::ES384, 48), (Algorithm::ES512, 66)]
        {
            let mut expected = vec![0; 2 * length];
            expected[length - 1] = 5;
            expected[2 * length - 1] = 0x80;
            assert_eq!(ecdsa_signature_from_der(algorithm, &der).unwrap(), expected);

            let integer = |bytes: usize| [&[2, u8::try_from(bytes).unwrap()][..], &vec![1; bytes]].concat();
            let sequence = |content: Vec<u8>| {
                let length = u8::try_from(content.len()).unwrap();
                let head = if length < 0x80 { vec![0x30, length] } else { vec![0x30, 0x81, length] };
                [head, content].concat()
            };
            let of = |r: usize, s: usize| sequence([integer(r), integer(s)].concat());
            assert_eq!(
                ecdsa_signature_from_der(algorithm, &of(length, length)).unwrap(),
                vec![1; 2 * length]
            );
            assert_eq!(kind(algorithm, &of(length + 1, length)), ErrorKind::SigningFailed);
            assert_eq!(kind(algorithm, &of(length, length + 1)), ErrorKind::SigningFailed);
        }
    }

    #[test]
    fn anything_but_two_positive_integers_is_refused() {
        for wrong in [
            &[][..],
            &[0x30, 0],
            &[0x30, 3, 2, 1, 5],
            &[0x31, 6, 2, 1, 5, 2, 1, 7],
            &[0x30, 6, 3, 1, 5, 2, 1, 7],
            // A zero, a negative one, one with a zero too many, an empty one.
            &[0x30, 6, 2, 1, 0, 2, 1, 7],
            &[0x30, 6, 2, 1, 5, 2, 1, 0],
            &[0x30, 6, 2, 1, 0x80, 2, 1, 7],
            &[0x30, 7, 2, 2, 0, 5, 2, 1, 7],
            &[0x30, 5, 2, 0, 2, 1, 7],
            // A third, and lengths that are not as short as can be or do not end.
            &[0x30, 9, 2, 1, 5, 2, 1, 7, 2, 1, 9],
            &[0x30, 0x81, 6, 2, 1, 5, 2, 1, 7],
            &[0x30, 7, 2, 0x81, 1, 5, 2, 1, 7],
            &[0x30, 0x80, 2, 1, 5, 2, 1, 7, 0, 0],
            // Side by side already.
            &[1; 64],
        ] {
            assert_eq!(kind(Algorithm::ES256, wrong), ErrorKind::SigningFailed, "{wrong:?}");
        }
    }

    #[test]
    fn only_ecdsa_has_it() {
        let der = [0x30, 6, 2, 1, 5, 2, 1, 7];
        for &algorithm in Algorithm::ALL {
            let expected = match algorithm {
                Algorithm::ES256 | Algorithm::ES384 | Algorithm::ES512 | Algorithm::ES256K => None,
                _ => Some(ErrorKind::InvalidConfiguration),
            };
            let kind = ecdsa_signature_from_der(algorithm, &der).err().map(|error| error.kind());
            assert_eq!(kind, expected, "{algorithm:?}");
        }
    }
}
