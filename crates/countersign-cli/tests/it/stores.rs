//! `revoke`, `check`, `purge` and `stats`, on a file, and on servers that are started for it.

use countersign_test_servers::{Postgres, Redis, are_wanted, or_skip, redis_is_installed};

use crate::program::{Folder, command, ended, feed, run};

const ISS: [&str; 2] = ["--iss", "https://i.example"];

fn with(command: &str, store: &[&str], arguments: &[&str]) -> Vec<String> {
    [&[command], store, arguments].concat().into_iter().map(str::to_owned).collect()
}

fn ask(arguments: &[String]) -> crate::program::Ended {
    run(&arguments.iter().map(String::as_str).collect::<Vec<_>>())
}

fn create(store: &[&str]) {
    assert_eq!(ask(&with("store", &[&["create"], store].concat(), &[])).line(), "created");
}

/// Every command but `store create` says that there is no store, and makes none. Leaves a new store behind.
fn nothing_is_made_by_a_typing_error(store: &[&str]) {
    let commands: [(&str, &[&str]); 4] = [
        ("check", &["--iss", "i", "--jti", "a"]),
        ("revoke", &["--iss", "i", "--jti", "a", "--forever"]),
        ("purge", &[]),
        ("stats", &[]),
    ];
    // Twice, so that what the first round had made would be found by the second.
    for (command, arguments) in [commands, commands].concat() {
        let ended = ask(&with(command, store, arguments));
        let seen = (ended.status, ended.code(), ended.out.as_str(), ended.err.lines().count());
        assert_eq!(seen, (2, "no-such-store", "", 1), "{command}: {}", ended.err);
        assert!(ended.err.contains("countersign store create"), "{}", ended.err);
    }
    create(store);
    let again = ask(&with("store", &[&["create"], store].concat(), &[]));
    assert_eq!((again.status, again.code(), again.out.as_str()), (2, "exists", ""));
}

#[test]
fn no_command_makes_a_file() {
    let folder = Folder::new();
    let store = format!("redb:{}", folder.name("store.redb"));
    nothing_is_made_by_a_typing_error(&["--store", &store]);

    // The application's own database, or the wrong one: it gets no tables either.
    let path = folder.path("other.redb");
    drop(countersign_redb::redb::Database::create(&path).unwrap());
    nothing_is_made_by_a_typing_error(&["--store", &format!("redb:{}", path.display())]);
}

/// What every engine does.
fn a_life(store: &[&str]) {
    let check = |arguments: &[&str]| ask(&with("check", store, &[&ISS[..], arguments].concat()));
    let revoke = |arguments: &[&str]| ask(&with("revoke", store, &[&ISS[..], arguments].concat()));

    for names in [&["--jti", "a"][..], &["--sid", "a"], &["--sub", "a"], &["--kid", "a"]] {
        assert_eq!(check(names).line(), "not revoked", "{names:?}");
    }
    assert_eq!(revoke(&["--jti", "a", "--until", "+15m"]).line(), "revoked");
    let refused = check(&["--jti", "a", "--sid", "a"]);
    assert_eq!((refused.status, refused.err.as_str()), (1, "revoked: the token is revoked\n"));
    assert_eq!(refused.out, "");
    // Until the end, and five minutes for clocks that disagree.
    assert_eq!(check(&["--jti", "a", "--at", "+19m"]).code(), "revoked");
    assert_eq!(check(&["--jti", "a", "--at", "+21m"]).line(), "not revoked");
    let foreign = ask(&with("check", store, &["--iss", "https://other.example", "--jti", "a"]));
    assert_eq!(foreign.line(), "not revoked");

    revoke(&["--sid", "s", "--until", "+1h", "--leeway", "1h"]).line();
    assert_eq!(check(&["--sid", "s", "--at", "+124m"]).code(), "revoked");
    assert_eq!(check(&["--sid", "s", "--at", "+126m"]).line(), "not revoked");
    revoke(&["--kid", "k", "--forever"]).line();
    assert_eq!(check(&["--kid", "k", "--at", "2100-01-01T00:00:00Z"]).code(), "revoked");

    let said = revoke(&["--sub", "alice", "--until", "+1h"]).line();
    let subject_version: u64 = said.strip_prefix("revoked, subject version ").unwrap().parse().unwrap();
    let before = (subject_version - 1).to_string();
    assert_eq!(check(&["--sub", "alice", "--subject-version", &before]).code(), "revoked");
    assert_eq!(
        check(&["--sub", "alice", "--subject-version", &subject_version.to_string()]).line(),
        "not revoked"
    );
    assert_eq!(check(&["--sub", "alice", "--iat=-1h"]).code(), "revoked");
    assert_eq!(check(&["--sub", "alice", "--iat", "+1m"]).line(), "not revoked");
    assert_eq!(check(&["--sub", "alice"]).code(), "revoked");
    assert_eq!(check(&["--sub", "bob"]).line(), "not revoked");

    assert_eq!(
        ask(&with("stats", store, &[])).line(),
        r#"{"revoked":{"keys":1,"sessions":1,"subjects":1,"tokens":1},"tokens_by_digest_key":{}}"#
    );
    let purged = ask(&with("purge", store, &[])).line();
    assert_eq!(purged, "removed 0 revocations, 0 API keys and sessions");
}

#[test]
fn a_file_is_a_store() {
    let folder = Folder::new();
    let store = format!("redb:{}", folder.name("store.redb"));
    create(&["--store", &store]);
    a_life(&["--store", &store]);

    let mut from_environment = command(&["stats"]);
    ended(feed(from_environment.env("COUNTERSIGN_STORE", &store), b"")).line();
    let file = folder.file("address", format!("{store}\n"));
    run(&["stats", "--store-file", &file]).line();
}

#[test]
fn a_purge_removes_what_has_expired_in_batches_and_counts_it() {
    use countersign_revocation::{RetainUntil, RevocationStore as _, Target, TokenId};
    use time::OffsetDateTime;

    let folder = Folder::new();
    let store = countersign_redb::RedbStore::open(folder.path("store.redb")).unwrap();
    let past = RetainUntil::at(OffsetDateTime::now_utc() - time::Duration::hours(1));
    pollster::block_on(async {
        for number in 0..25 {
            let name = number.to_string();
            let target = Target::Token(TokenId::Jti(&name));
            store.revocations().revoke("i", target, past).await.unwrap();
        }
        store.revocations().revoke("i", Target::Session("s"), RetainUntil::FOREVER).await.unwrap();
    });
    let address = format!("redb:{}", folder.name("store.redb"));
    let locked = run(&["purge", "--store", &address]);
    assert_eq!((locked.status, locked.code()), (2, "store-unavailable"));
    drop(store);

    let purge = ["purge", "--store", &address, "--batch", "10"];
    let purged = run(&purge);
    assert_eq!(purged.line(), "removed 25 revocations, 0 API keys and sessions");
    assert_eq!(run(&purge).line(), "removed 0 revocations, 0 API keys and sessions");
    assert!(run(&["stats", "--store", &address]).line().contains(r#""sessions":1,"subjects":0,"tokens":0"#));
}

#[cfg(unix)]
#[test]
fn a_purge_has_a_bar_on_a_terminal_alone() {
    let folder = Folder::new();
    let address = format!("redb:{}", folder.name("store.redb"));
    create(&["--store", &address]);
    let line = format!("'{}' purge --store '{address}'", env!("CARGO_BIN_EXE_countersign"));
    let mut command = std::process::Command::new("script");
    let output = command.args(["-qec", &line, "/dev/null"]).stdin(std::process::Stdio::null()).output();
    let Some(output) = or_skip("script is not there", output.ok()) else { return };
    let shown = String::from_utf8(output.stdout).unwrap();
    assert!(shown.starts_with("\r[####") && shown.contains("removed 0 revocations"), "{shown:?}");
    let elsewhere = run(&["purge", "--store", &address]);
    assert_eq!((elsewhere.status, elsewhere.err.as_str()), (0, ""));
}

#[test]
fn postgresql_is_a_store() {
    let server = are_wanted().then(|| Postgres::start(&[])).flatten();
    let Some(server) = or_skip("PostgreSQL is not there, or not wanted", server) else { return };
    let string = server.connection_string();
    let user = string.split(' ').find_map(|setting| setting.strip_prefix("user=")).unwrap();
    let store = format!("postgres://{user}@127.0.0.1:{}/postgres", server.port());
    create(&["--store", &store]);
    a_life(&["--store", &store]);
    nothing_is_made_by_a_typing_error(&["--store", &store, "--namespace", "other"]);
    a_life(&["--store", &store, "--namespace", "other"]);
}

#[test]
fn redis_is_a_store() {
    let server = (are_wanted() && redis_is_installed()).then(|| Redis::start(&[]));
    let Some(server) = or_skip("Redis is not there, or not wanted", server) else { return };
    let store = format!("redis://127.0.0.1:{}/", server.port());
    nothing_is_made_by_a_typing_error(&["--store", &store, "--namespace", "other"]);
    a_life(&["--store", &store, "--namespace", "other"]);
    // Another database of the same server.
    nothing_is_made_by_a_typing_error(&["--store", &format!("{store}1"), "--namespace", "other"]);
}

#[test]
fn a_password_in_an_argument_is_refused_and_not_repeated() {
    for store in [
        "postgres://user:hunter2@127.0.0.1:1/name",
        "postgres://127.0.0.1:1/name?password=hunter2",
        "redis://:hunter2@127.0.0.1:1/",
    ] {
        for arguments in [
            &["stats", "--store", store][..],
            &["purge", "--store", store],
            &["check", "--store", store, "--iss", "i", "--jti", "a"],
            &["revoke", "--store", store, "--iss", "i", "--jti", "a", "--forever"],
        ] {
            let ended = run(arguments);
            assert_eq!((ended.status, ended.code(), ended.out.as_str()), (2, "usage", ""), "{arguments:?}");
            assert!(
                ended.err.contains("COUNTERSIGN_STORE") && !ended.err.contains("hunter2"),
                "{}",
                ended.err
            );
        }
        // From the environment it may come, and is not shown either: nothing listens at that port.
        let mut command = command(&["stats"]);
        let ended = ended(feed(command.env("COUNTERSIGN_STORE", store), b""));
        assert_eq!((ended.status, ended.code()), (2, "store-unavailable"), "{store}");
        assert!(!ended.err.contains("hunter2"), "{}", ended.err);
    }
}

#[test]
fn what_is_no_store_is_status_2() {
    let folder = Folder::new();
    let foreign = folder.file("foreign", "not a database");
    let foreign_store = format!("redb:{foreign}");
    let store = format!("redb:{}", folder.name("store.redb"));
    create(&["--store", &store]);
    let revoke = ["revoke", "--store", &store, "--iss", "i"];
    for (arguments, code) in [
        (vec!["stats"], "usage"),
        (vec!["stats", "--store", "mysql://host"], "usage"),
        (vec!["stats", "--store", "redb:"], "usage"),
        (vec!["stats", "--store", &foreign_store], "store-unusable"),
        (vec!["stats", "--store", &store, "--namespace", "a"], "usage"),
        (vec!["stats", "--store", &store, "--tls-ca", "ca.pem"], "usage"),
        (vec!["stats", "--store", "redis://127.0.0.1:1/", "--tls-ca", "ca.pem"], "usage"),
        (vec!["stats", "--store", "postgres://u@127.0.0.1:1/", "--tls-ca", "ca.pem"], "usage"),
        (vec!["stats", "--store", "postgres://u@127.0.0.1:1/?sslmode=prefer", "--tls-ca", "ca.pem"], "usage"),
        (vec!["stats", "--store", "postgres://u@127.0.0.1:1/?sslmode=sometimes"], "usage"),
        (vec!["stats", "--store", "rediss://127.0.0.1:1/#insecure"], "usage"),
        (vec!["stats", "--store", "rediss://127.0.0.1:1/", "--tls-ca", &foreign], "unreadable"),
        (vec!["stats", "--store", "rediss://127.0.0.1:1/", "--tls-ca", &store], "unreadable"),
        (
            vec!["stats", "--store", "postgres://u@127.0.0.1:1/?sslmode=require", "--tls-ca", &foreign],
            "unreadable",
        ),
        (vec!["stats", "--store-file", &foreign_store], "unreadable"),
        ([&revoke[..], &["--jti", "a", "--until=-1m"]].concat(), "usage"),
        ([&revoke[..], &["--jti", "a"]].concat(), "error"),
        ([&revoke[..], &["--jti", "a", "--sid", "b", "--forever"]].concat(), "error"),
        ([&revoke[..], &["--forever"]].concat(), "error"),
        (vec!["check", "--store", &store, "--iss", "i"], "error"),
        (vec!["check", "--store", &store, "--jti", "a"], "error"),
        (vec!["purge", "--store", &store, "--batch", "0"], "error"),
    ] {
        let ended = run(&arguments);
        assert_eq!(
            (ended.status, ended.code(), ended.out.as_str()),
            (2, code, ""),
            "{arguments:?}: {}",
            ended.err
        );
    }
}
