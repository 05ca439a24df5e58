//! What is made: random tokens, API keys, keys, and their public sides.

use crate::program::{Folder, command, ended, feed, run, run_with};

/// RFC 8037 appendix A.1, and its thumbprint of appendix A.3.
const ED25519: &str = r#"{"kty":"OKP","crv":"Ed25519","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;
const ED25519_THUMBPRINT: &str = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k";

#[test]
fn random_tokens_have_the_asked_length_form_and_number() {
    for (format, length, alphabet) in [
        ("urlsafe", 22, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"),
        ("hex", 32, "0123456789abcdef"),
        ("base64", 24, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="),
    ] {
        let ended = run(&["random", "--bytes", "16", "--format", format, "--count", "3"]);
        let lines: Vec<_> = ended.out.lines().collect();
        assert_eq!((ended.status, lines.len()), (0, 3), "{format}");
        assert!(lines.iter().all(|line| line.len() == length), "{format}: {lines:?}");
        assert!(lines.iter().all(|line| line.chars().all(|c| alphabet.contains(c))), "{format}: {lines:?}");
        assert!(lines[0] != lines[1] && lines[1] != lines[2], "{format}: {lines:?}");
    }
    let raw = feed(&mut command(&["random", "--bytes", "5", "--format", "raw", "--count", "2"]), b"");
    assert_eq!(raw.stdout.len(), 10);
    assert_eq!(run(&["random"]).line().len(), 43);
    assert_eq!(run(&["random", "--bytes", "0"]).status, 2);
}

#[test]
fn an_api_key_passes_its_check_and_a_typo_does_not() {
    let key = run(&["api-key", "new", "--prefix", "acme_live"]).line();
    assert_eq!(key.len(), "acme_live_".len() + 33 + 6);
    assert_eq!(run_with(&["api-key", "check"], key.as_bytes()).line(), "acme_live");
    let line = format!("{key}\n");
    assert_eq!(run_with(&["api-key", "check", "--prefix", "acme_live"], line.as_bytes()).line(), "acme_live");

    let last = if key.ends_with('0') { "1" } else { "0" };
    let typo = format!("{}{last}", &key[..key.len() - 1]);
    for (arguments, text, code) in [
        (&["api-key", "check"][..], typo.as_str(), "checksum-mismatch"),
        (&["api-key", "check", "-", "--prefix", "acme"], &key, "unexpected-prefix"),
        (&["api-key", "check"], "acme", "malformed-api-key"),
        (&["api-key", "check"], "", "malformed-api-key"),
    ] {
        let ended = run_with(arguments, text.as_bytes());
        assert_eq!((ended.status, ended.code(), ended.out.as_str()), (1, code, ""));
        assert_eq!(ended.err.lines().count(), 1, "{}", ended.err);
        assert!(text.is_empty() || !ended.err.contains(text), "{}", ended.err);
    }
    assert_eq!(run(&["api-key", "new", "--prefix", "9"]).code(), "usage");
}

#[test]
fn an_api_key_comes_from_a_file_or_the_environment_too() {
    let folder = Folder::new();
    let key = run(&["api-key", "new", "--prefix", "acme"]).line();
    let file = folder.file("key", &key);
    assert_eq!(run(&["api-key", "check", &file]).line(), "acme");
    let mut command = command(&["api-key", "check", "env:THE_KEY"]);
    assert_eq!(ended(feed(command.env("THE_KEY", &key), b"")).line(), "acme");
    let missing = run(&["api-key", "check", "env:COUNTERSIGN_NO_SUCH_VARIABLE"]);
    assert_eq!((missing.status, missing.code()), (2, "unreadable"));
}

#[cfg(unix)]
#[test]
fn a_private_key_is_in_a_file_of_its_own_that_nobody_else_reads() {
    use std::os::unix::fs::PermissionsExt as _;

    let folder = Folder::new();
    let file = folder.name("key.jwk");
    let made = run(&["keygen", "--alg", "EdDSA", "--out", &file]);
    assert_eq!((made.status, made.out.as_str(), made.err.as_str()), (0, "", ""));
    let mode = std::fs::metadata(&file).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600, "{mode:o}");

    let before = std::fs::read(&file).unwrap();
    let again = run(&["keygen", "--alg", "EdDSA", "--out", &file]);
    assert_eq!((again.status, again.code(), again.out.as_str()), (2, "exists", ""));
    assert_eq!(std::fs::read(&file).unwrap(), before);

    let nowhere = run(&["keygen", "--alg", "EdDSA", "--out", &folder.name("no/such/folder")]);
    assert_eq!((nowhere.status, nowhere.code()), (2, "unwritable"));
}

#[test]
fn a_key_is_pem_or_a_jwk_and_is_named_as_asked() {
    let pem = run(&["keygen", "--alg", "ES256", "--pem"]).line();
    assert!(pem.starts_with("-----BEGIN PRIVATE KEY-----\n"), "{pem}");
    assert!(pem.ends_with("\n-----END PRIVATE KEY-----"), "{pem}");
    assert!(run(&["keygen", "--alg", "ES256", "--kid", "a1"]).line().contains(r#""kid":"a1""#));
    assert!(run(&["keygen", "--alg", "Ed25519"]).line().contains(r#""alg":"Ed25519""#));
    for (arguments, code) in [
        (&["keygen", "--alg", "HS256", "--pem"][..], "not-exportable"),
        (&["keygen", "--alg", "ES256", "--bits", "2048"], "invalid-key"),
        (&["keygen", "--alg", "RS256", "--bits", "1024"], "invalid-key"),
        (&["keygen", "--alg", "EdDSA", "--kid", ""], "invalid-kid"),
        (&["keygen", "--alg", "none"], "error"),
        (&["keygen", "--alg", "es256"], "error"),
    ] {
        let ended = run(arguments);
        assert_eq!((ended.status, ended.code(), ended.out.as_str()), (2, code, ""), "{arguments:?}");
    }
}

#[test]
fn the_thumbprint_is_that_of_rfc_8037_from_either_half_and_either_form() {
    let folder = Folder::new();
    let private = folder.file("private.jwk", ED25519);
    let set = run(&["jwks", &private]).line();
    let expected = format!(
        r#"{{"keys":[{{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","alg":"EdDSA","use":"sig","kid":"{ED25519_THUMBPRINT}"}}]}}"#
    );
    assert_eq!(members(&set), members(&expected));
    assert!(!set.contains("nWGxne"), "{set}");
    let set = folder.file("set.jwks", set);
    for key in [&private, &set] {
        assert_eq!(run(&["thumbprint", key]).line(), ED25519_THUMBPRINT);
    }
    assert_eq!(run_with(&["thumbprint", "-"], ED25519.as_bytes()).line(), ED25519_THUMBPRINT);
}

fn members(text: &str) -> serde_json::Value {
    serde_json::from_str(text).unwrap()
}

#[test]
fn a_set_has_all_keys_and_no_secret() {
    let folder = Folder::new();
    for (alg, name) in [("EdDSA", "a"), ("ES256", "b"), ("HS256", "secret")] {
        run(&["keygen", "--alg", alg, "--out", &folder.name(name)]);
    }
    for name in ["one", "two"] {
        run(&["keygen", "--alg", "EdDSA", "--kid", "same", "--out", &folder.name(name)]);
    }
    run(&["keygen", "--alg", "ES384", "--pem", "--out", &folder.name("pem")]);
    let (one, two) = (folder.name("one"), folder.name("two"));
    let (a, b) = (folder.name("a"), folder.name("b"));
    let (pem, secret) = (folder.name("pem"), folder.name("secret"));

    let set = run(&["jwks", &a, &b]).line();
    assert_eq!(members(&set)["keys"].as_array().unwrap().len(), 2);
    assert!(!set.contains(r#""d""#), "{set}");
    assert_eq!(run(&["jwks", &a, &b, &a]).line(), set, "the same key twice is one");
    assert_eq!(run(&["thumbprint", &a, &b]).out.lines().count(), 2);
    assert_eq!(run(&["thumbprint", "--alg", "ES384", &pem]).line().len(), 43);

    for (arguments, code) in [
        (&["jwks", &a, &secret][..], "not-exportable"),
        (&["thumbprint", &secret], "not-exportable"),
        (&["jwks", &pem], "usage"),
        (&["jwks", &one, &two], "invalid-key-set"),
        (&["jwks", "-", "-"], "usage"),
        (&["jwks", &folder.name("missing")], "unreadable"),
        (&["jwks", "-"], "invalid-key"),
    ] {
        let ended = run(arguments);
        assert_eq!((ended.status, ended.code(), ended.out.as_str()), (2, code, ""), "{arguments:?}");
    }
}
