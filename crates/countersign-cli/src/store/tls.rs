//! TLS to a store's server. The certificate and its host name are always checked.

#[cfg(any(
    all(feature = "postgres", not(feature = "postgres-tls")),
    all(feature = "redis", not(feature = "redis-tls"))
))]
use crate::failure::Failure;

/// This build cannot do what the address asks for.
#[cfg(any(
    all(feature = "postgres", not(feature = "postgres-tls")),
    all(feature = "redis", not(feature = "redis-tls"))
))]
pub(super) fn missing(feature: &str) -> Failure {
    Failure::usage(format!(
        "the address asks for TLS, which this build does not have: install it with the feature `{feature}`"
    ))
}

#[cfg(any(feature = "postgres-tls", feature = "redis-tls"))]
pub(super) use with_rustls::*;

#[cfg(any(feature = "postgres-tls", feature = "redis-tls"))]
mod with_rustls {
    use std::error::Error as StdError;
    use std::fs::File;
    use std::io::{self, Read as _};
    use std::path::Path;
    use std::sync::Arc;

    #[cfg(feature = "redis-tls")]
    use redis::{Client, TlsCertificates};
    use rustls::CertificateError;

    use crate::code::Code;
    use crate::failure::Failure;

    /// Bytes of a file of certificates. What Mozilla trusts has 220 KiB, what a cloud has for all its regions 170 KiB.
    const LIMIT: u64 = 4 * 1024 * 1024;

    /// The connector for PostgreSQL. Certificates must come from an authority of the file, or else of the system.
    #[cfg(feature = "postgres-tls")]
    pub(in crate::store) fn postgres(
        authorities: Option<&Path>,
    ) -> Result<tokio_postgres_rustls::MakeRustlsConnect, Failure> {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let versions =
            rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let versions = versions.map_err(|error| Failure::usage(error.to_string()))?;
        let mut config = versions.with_root_certificates(roots(authorities)?).with_no_client_auth();
        // PostgreSQL 17 demands the name where no plain message comes first (`sslnegotiation=direct`).
        config.alpn_protocols = vec![b"postgresql".to_vec()];
        Ok(tokio_postgres_rustls::MakeRustlsConnect::new(config))
    }

    #[cfg(feature = "postgres-tls")]
    fn roots(authorities: Option<&Path>) -> Result<rustls::RootCertStore, Failure> {
        use rustls::pki_types::CertificateDer;
        use rustls::pki_types::pem::PemObject as _;

        let mut roots = rustls::RootCertStore::empty();
        let Some(path) = authorities else {
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
            if roots.is_empty() {
                let message =
                    "this machine has no certificates of authorities: give the server's with --tls-ca";
                return Err(Failure::Unanswered(Code::UNREADABLE, message.to_owned()));
            }
            return Ok(roots);
        };
        for certificate in CertificateDer::pem_slice_iter(&read(path)?) {
            let added = certificate.ok().and_then(|certificate| roots.add(certificate).ok());
            added.ok_or_else(|| no_certificate(path))?;
        }
        if roots.is_empty() { Err(no_certificate(path)) } else { Ok(roots) }
    }

    /// The client for Redis, with the same authorities.
    #[cfg(feature = "redis-tls")]
    pub(in crate::store) fn redis(address: &str, authorities: Option<&Path>) -> Result<Client, Failure> {
        if address.contains('#') {
            let message =
                "an address with `#insecure` is refused: give the server's authority with --tls-ca instead";
            return Err(Failure::usage(message));
        }
        // The driver takes the implementation of cryptography from the process. An error says that there is one.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        // The driver's own error may quote the address.
        let unreadable =
            |_| Failure::usage("the store's address cannot be read: write rediss://USER@HOST:PORT/");
        let client = Client::open(address).map_err(unreadable)?;
        let Some(path) = authorities else { return Ok(client) };
        let root_cert = read(path)?;
        if !root_cert.windows(BEGIN.len()).any(|window| window == BEGIN) {
            return Err(no_certificate(path));
        }
        let certificates = TlsCertificates { client_tls: None, root_cert: Some(root_cert) };
        Client::build_with_tls(address, certificates).map_err(|_| no_certificate(path))
    }

    #[cfg(feature = "redis-tls")]
    const BEGIN: &[u8] = b"-----BEGIN CERTIFICATE-----";

    fn read(path: &Path) -> Result<Vec<u8>, Failure> {
        let mut bytes = Vec::new();
        let read = File::open(path).and_then(|file| file.take(LIMIT).read_to_end(&mut bytes));
        read.map_err(|error| {
            Failure::Unanswered(Code::UNREADABLE, format!("--tls-ca: {}: {error}", path.display()))
        })?;
        Ok(bytes)
    }

    fn no_certificate(path: &Path) -> Failure {
        let message =
            format!("--tls-ca: {}: it holds no certificate in PEM, or a broken one", path.display());
        Failure::Unanswered(Code::UNREADABLE, message)
    }

    /// Why TLS failed, if it is TLS that did: an engine's own error says only that the server is out of reach. The
    /// words are fixed, since those of the library have the host's name in them.
    pub(in crate::store) fn refusal(error: &(dyn StdError + 'static)) -> Option<Failure> {
        let mut next = Some(error);
        while let Some(error) = next {
            let error = inner(error);
            if let Some(error) = error.downcast_ref::<rustls::Error>() {
                return Some(Failure::Unanswered(Code::UNAVAILABLE, words(error).to_owned()));
            }
            next = error.source();
        }
        None
    }

    /// What the wrappers hold that do not name their content as their source.
    fn inner<'e>(error: &'e (dyn StdError + 'static)) -> &'e (dyn StdError + 'static) {
        let error = match error.downcast_ref::<Arc<dyn StdError + Send + Sync>>() {
            Some(shared) => &**shared as &(dyn StdError + 'static),
            None => error,
        };
        match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(held) => held,
            None => error,
        }
    }

    fn words(error: &rustls::Error) -> &'static str {
        let rustls::Error::InvalidCertificate(error) = error else {
            return "the TLS handshake with the server failed: does it speak TLS at this port?";
        };
        match error {
            CertificateError::UnknownIssuer | CertificateError::BadSignature => {
                "the server's certificate is from no authority that is trusted here: give the authority's with --tls-ca"
            }
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                "the server's certificate is for another host name: use a name that it has in the address"
            }
            CertificateError::Expired
            | CertificateError::ExpiredContext { .. }
            | CertificateError::NotValidYet
            | CertificateError::NotValidYetContext { .. } => {
                "the server's certificate has expired, or is not valid yet: check it and this machine's clock"
            }
            CertificateError::Other(error) if error.to_string().contains("CaUsedAsEndEntity") => {
                "the server's certificate is an authority's own: give it one with `basicConstraints` CA:FALSE, and the \
                 authority's with --tls-ca"
            }
            _ => "the server's certificate was refused: check it with `openssl verify`",
        }
    }
}
