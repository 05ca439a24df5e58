//! A store on PostgreSQL, by an address as libpq takes it.

use std::path::PathBuf;

use countersign_postgres::tokio_postgres::Config;
use countersign_postgres::tokio_postgres::config::SslMode;
use countersign_postgres::{OpenError, OpenErrorKind, Options, PostgresStore};
use percent_encoding::percent_decode_str;
use zeroize::Zeroizing;

use super::open::{Opening, not_found, unavailable, unusable};
use super::{Store, StoreOptions, tls};
use crate::failure::Failure;

impl StoreOptions {
    pub(super) async fn open_postgres(&self, address: &str, opening: Opening) -> Result<Store, Failure> {
        let Address { config, root_certificate } = Address::parse(address)?;
        let options = Options::new().pool_size(1);
        let options = self.namespace.iter().fold(options, Options::schema);
        let options = if opening == Opening::Existing { options.require_existing() } else { options };
        let authorities = self.tls_ca.as_deref().or(root_certificate.as_deref());
        let store = match config.get_ssl_mode() {
            // With `prefer` the driver would drop TLS as soon as an attacker says that the server has none. It would
            // also fail at servers with the self-signed certificate of a fresh installation, where a plain
            // connection works.
            SslMode::Disable | SslMode::Prefer if authorities.is_some() => {
                let message =
                    "certificates are given, but the address asks for no TLS: add sslmode=require to it";
                return Err(Failure::usage(message));
            }
            SslMode::Disable | SslMode::Prefer => {
                PostgresStore::connect_without_tls(config, &options).await.map_err(|error| failure(&error))?
            }
            _ => {
                #[cfg(feature = "postgres-tls")]
                {
                    let tls = tls::postgres(authorities)?;
                    let store = PostgresStore::connect(config, tls, &options).await;
                    store.map_err(|error| tls::refusal(&error).unwrap_or_else(|| failure(&error)))?
                }
                #[cfg(not(feature = "postgres-tls"))]
                return Err(tls::missing("postgres-tls"));
            }
        };
        Ok(Store::new(store.revocations(), store.tokens()))
    }
}

fn failure(error: &OpenError) -> Failure {
    match error.kind() {
        OpenErrorKind::NotFound => not_found(
            "the database has no store in the schema that --namespace names (`countersign` without it): check both",
        ),
        OpenErrorKind::Options => Failure::usage(error.to_string()),
        OpenErrorKind::Unavailable => unavailable(error),
        _ => unusable(error),
    }
}

/// An address: the driver's configuration, and the parameter that the driver does not know.
struct Address {
    config: Config,
    root_certificate: Option<PathBuf>,
}

impl Address {
    /// Two parameters of libpq are unknown to the driver. `sslmode=verify-ca` and `verify-full` are the same as
    /// `require` here, which always checks the certificate and its host name. `sslrootcert` is what `--tls-ca` is;
    /// its value `system` stands for the system's authorities.
    fn parse(address: &str) -> Result<Self, Failure> {
        let mut root_certificate = None;
        let mut known = Zeroizing::new(String::with_capacity(address.len()));
        let (server, parameters) = address.split_once('?').unwrap_or((address, ""));
        known.push_str(server);
        let mut separator = '?';
        for parameter in parameters.split('&') {
            let parameter = match parameter.split_once('=') {
                Some(("sslrootcert", "system")) => continue,
                Some(("sslrootcert", path)) => {
                    let path = percent_decode_str(path).decode_utf8().map_err(|_| unreadable())?;
                    root_certificate = Some(PathBuf::from(path.as_ref()));
                    continue;
                }
                Some(("sslmode", "verify-ca" | "verify-full")) => "sslmode=require",
                _ => parameter,
            };
            known.push(separator);
            known.push_str(parameter);
            separator = '&';
        }
        // The driver's own error may quote the address.
        let config = known.trim_end_matches('?').parse().map_err(|_| unreadable())?;
        Ok(Self { config, root_certificate })
    }
}

fn unreadable() -> Failure {
    Failure::usage(
        "the store's address cannot be read: write postgres://USER@HOST:PORT/DATABASE?sslmode=require",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn libpq_parameters_of_tls_are_read() {
        for (query, require, root) in [
            ("", false, None),
            ("?", false, None),
            ("?connect_timeout=1", false, None),
            ("?sslmode=prefer", false, None),
            ("?sslmode=require&connect_timeout=1", true, None),
            ("?sslmode=verify-full&sslrootcert=system", true, None),
            ("?sslrootcert=/etc/a%20b.pem&sslmode=verify-ca", true, Some("/etc/a b.pem")),
        ] {
            let address = Address::parse(&format!("postgres://user@host/name{query}")).unwrap();
            assert_eq!(address.config.get_ssl_mode() == SslMode::Require, require, "{query}");
            assert_eq!(address.root_certificate, root.map(PathBuf::from), "{query}");
            assert_eq!(address.config.get_dbname(), Some("name"), "{query}");
        }
        // As the driver reads it, whatever stands in a password.
        let address = Address::parse("postgres://user:a?b&c@host/name?sslmode=require").unwrap();
        assert_eq!(address.config.get_password(), Some(&b"a?b&c"[..]));
        assert_eq!(address.config.get_ssl_mode(), SslMode::Require);
    }

    #[test]
    fn an_address_that_cannot_be_read_is_not_repeated() {
        for address in
            ["postgres://user:secret@host:port/", "postgres://host/?sslmode=secret", "postgres://h/?secret=1"]
        {
            let line = Address::parse(address).map(|_| ()).unwrap_err().line().unwrap();
            assert!(line.starts_with("usage: ") && !line.contains("secret"), "{line}");
        }
    }
}
