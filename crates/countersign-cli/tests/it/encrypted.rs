//! Stores whose server speaks TLS, with a certificate of an authority that the test has made.

use countersign_test_servers::{
    Certificates, Postgres, Redis, are_wanted, free_port, or_skip, redis_is_installed,
};

use crate::program::{Ended, run};

fn stats(store: &str, more: &[&str]) -> Ended {
    run(&[&["stats", "--store", store], more].concat())
}

/// With the authority it works, and without it, or with another host name, it is refused with a reason.
fn tls_is_checked(store: impl Fn(&str) -> String, certificates: &Certificates) {
    let authority = ["--tls-ca", &certificates.authority()];
    let create = ["store", "create", "--store", &store("127.0.0.1")];
    assert_eq!(run(&[&create[..], &authority].concat()).line(), "created");
    assert!(stats(&store("127.0.0.1"), &authority).line().starts_with(r#"{"revoked""#));

    let strangers = Certificates::new().unwrap();
    for (host, authority, reason) in [
        ("127.0.0.1", None, "--tls-ca"),
        ("127.0.0.1", Some(strangers.authority()), "--tls-ca"),
        ("localhost", Some(certificates.authority()), "another host name"),
    ] {
        let more = authority.as_ref().map_or(vec![], |file| vec!["--tls-ca", file]);
        let ended = stats(&store(host), &more);
        let seen = (ended.status, ended.code(), ended.out.as_str(), ended.err.lines().count());
        assert_eq!(seen, (2, "store-unavailable", "", 1), "{host}: {}", ended.err);
        assert!(ended.err.contains(reason), "{host}: {}", ended.err);
    }
}

#[test]
fn postgresql_is_reached_by_tls() {
    let certificates = are_wanted().then(Certificates::new).flatten();
    let Some(certificates) = or_skip("openssl is not there, or not wanted", certificates) else { return };
    let (server, key) = (certificates.server(), certificates.server_key());
    let (server, key) = (format!("ssl_cert_file={server}"), format!("ssl_key_file={key}"));
    let server = Postgres::start(&["ssl=on", &server, &key]);
    let Some(server) = or_skip("PostgreSQL is not there, or not wanted", server) else { return };
    let string = server.connection_string();
    let user = string.split(' ').find_map(|setting| setting.strip_prefix("user=")).unwrap();
    let address = |host: &str| format!("postgres://{user}@{host}:{}/postgres", server.port());
    tls_is_checked(|host| format!("{}?sslmode=require", address(host)), &certificates);

    // As providers write it.
    let query = format!("?sslmode=verify-full&sslrootcert={}", certificates.authority());
    stats(&format!("{}{query}", address("127.0.0.1")), &[]).line();
    // Nothing is said about TLS, so there is none.
    stats(&address("127.0.0.1"), &[]).line();
}

#[test]
fn postgresql_without_tls_is_refused_where_tls_is_required() {
    let server = are_wanted().then(|| Postgres::start(&[])).flatten();
    let Some(server) = or_skip("PostgreSQL is not there, or not wanted", server) else { return };
    let certificates = or_skip("openssl is not there", Certificates::new());
    let Some(certificates) = certificates else { return };
    let store = format!("postgres://countersign@127.0.0.1:{}/postgres?sslmode=require", server.port());
    let ended = run(&["store", "create", "--store", &store, "--tls-ca", &certificates.authority()]);
    assert_eq!((ended.status, ended.code()), (2, "store-unavailable"), "{}", ended.err);
    assert!(ended.err.contains("TLS"), "{}", ended.err);
}

#[test]
fn redis_is_reached_by_tls() {
    let certificates = (are_wanted() && redis_is_installed()).then(Certificates::new).flatten();
    let Some(certificates) = or_skip("Redis or openssl is not there, or not wanted", certificates) else {
        return;
    };
    let port = free_port().to_string();
    let (server, key) = (certificates.server(), certificates.server_key());
    let tls = ["--tls-port", &port, "--tls-auth-clients", "no"];
    let _server = Redis::start(&[&tls[..], &["--tls-cert-file", &server, "--tls-key-file", &key]].concat());
    tls_is_checked(|host| format!("rediss://{host}:{port}/"), &certificates);
}
