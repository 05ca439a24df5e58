//! `countersign inspect`, help and completions.

use countersign_test_servers::or_skip;

use crate::program::{command, ended, feed, run, run_with};
use crate::vectors::HS256_TOKEN;

#[test]
fn a_token_is_shown_and_said_to_be_unverified_before_and_after() {
    let shown = run(&["inspect", "--at", "2011-03-22T18:38:00Z", HS256_TOKEN]).line();
    let warning =
        "UNVERIFIED: anybody can have written this. No signature, time or audience has been checked.";
    let expected = format!(
        "{warning}\n\nheader {{\n  \"typ\": \"JWT\",\n  \"alg\": \"HS256\"\n}}\nclaims {{\n  \"iss\": \"joe\",\n  \
         \"exp\": 1300819380,\n  \"http://example.com/is_root\": true\n}}\nexp 2011-03-22T18:43:00Z (in 5 minutes)\n\n\
         {warning}"
    );
    assert_eq!(shown, expected);
    let later = run_with(&["inspect", "--at", "2011-03-24T18:43:00Z"], HS256_TOKEN.as_bytes()).line();
    assert!(later.contains("(2 days ago)"), "{later}");
}

#[cfg(unix)]
#[test]
fn times_are_local() {
    let mut command = command(&["inspect", "--at", "@0", HS256_TOKEN]);
    let shown = ended(feed(command.env("TZ", "UTC-3"), b"")).line();
    assert!(shown.contains("exp 2011-03-22T21:43:00+03:00 (in 41 years)"), "{shown}");
}

#[test]
fn there_are_no_colours_where_there_is_no_terminal() {
    assert!(!run(&["inspect", HS256_TOKEN]).out.contains('\x1b'));
}

/// `script` gives the program a terminal.
#[cfg(unix)]
#[test]
fn colours_are_for_a_terminal_and_for_who_wants_them() {
    let shown = |no_color: &str| {
        let line = format!("'{}' inspect {HS256_TOKEN}", env!("CARGO_BIN_EXE_countersign"));
        let mut command = std::process::Command::new("script");
        command
            .args(["-qec", &line, "/dev/null"])
            .env("NO_COLOR", no_color)
            .stdin(std::process::Stdio::null());
        command.output().ok().map(|output| String::from_utf8(output.stdout).unwrap())
    };
    let Some(coloured) = or_skip("script is not there", shown("")) else { return };
    assert!(coloured.starts_with("\x1b[1;31mUNVERIFIED"), "{coloured:?}");
    let plain = shown("1").unwrap();
    assert!(plain.starts_with("UNVERIFIED") && !plain.contains('\x1b'), "{plain:?}");
}

#[test]
fn text_without_three_parts_is_refused() {
    for (text, code) in [
        ("a", "malformed-token"),
        ("a.b", "malformed-token"),
        ("a.b.c.d", "malformed-token"),
        ("a.b.c.d.e", "encrypted-token"),
        ("{}", "json-serialization"),
        ("", "malformed-token"),
    ] {
        let ended = run_with(&["inspect"], text.as_bytes());
        assert_eq!((ended.status, ended.code(), ended.out.as_str()), (1, code, ""), "{text}");
        assert_eq!(ended.err.lines().count(), 1, "{}", ended.err);
    }
}

fn base64url(text: &str) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(text)
}

/// A token of this header and these claims, with a signature of nobody.
fn token(header: &str, claims: &str) -> String {
    format!("{}.{}.c2ln", base64url(header), base64url(claims))
}

const USUAL: &str = r#"{"alg":"RS256"}"#;
const LASTING: &str = r#"{"exp":1800000000}"#;

#[test]
fn any_token_of_three_parts_is_shown_with_what_is_odd_about_it() {
    let long = format!(r#"{{"alg":"RS256","x5c":["{}"]}}"#, "A".repeat(5000));
    let cases = [
        (token(USUAL, LASTING), "1800000000", ""),
        (format!("{}.{}.", base64url(r#"{"alg":"none"}"#), base64url(LASTING)), "none", "`alg` is `none`"),
        (format!("{}.{}.", base64url(USUAL), base64url(LASTING)), "RS256", "signature is empty"),
        (token(r#"{"alg":"nOnE"}"#, LASTING), "nOnE", "`alg` is `none`"),
        (token(r#"{"alg":"RS1"}"#, LASTING), "RS1", "not supported"),
        (token("{}", LASTING), "1800000000", "`alg`"),
        (token(r#"{"alg":"RS256","kid":null}"#, LASTING), "null", "`kid` is `null`"),
        (token(r#"{"alg":"RS256","kid":7}"#, LASTING), "7", "`kid` is not a string"),
        (token(r#"{"alg":"RS256","crit":["b64"],"b64":false}"#, LASTING), "crit", "`crit`"),
        (token(r#"{"alg":"RS256","typ":"at+jwt"}"#, LASTING), "at+jwt", "--typ"),
        (token(&long, LASTING), "x5c", "more than 4096 characters"),
        (token(&long, LASTING), "x5c", "never trusts"),
        (token(USUAL, &format!(r#"{{"exp":1,"a":"{}"}}"#, "A".repeat(20_000))), "AAAA", "more than 16384"),
        (token(USUAL, r#"{"sub":7,"exp":1}"#), "\"sub\": 7", "`sub` has the wrong form"),
        (token(USUAL, r#"{"exp":null}"#), "null", "`exp` has the wrong form"),
        (token(USUAL, r#"{"exp":"1800000000"}"#), "1800000000", "text instead of a number"),
        (token(USUAL, r#"{"exp":1800000000000}"#), "1800000000000", "milliseconds"),
        (token(USUAL, r#"{"sub":"a"}"#), "sub", "--no-exp"),
        (token(USUAL, r#"{"a":1,"a":2,"exp":1}"#), "\"a\": 2", "occurs twice"),
        (token(USUAL, r#"{"cnf":{"jkt":"x"},"exp":1}"#), "jkt", "`cnf`"),
        (token(USUAL, "[1]"), "1", "not one JSON object"),
        (token(USUAL, "only text"), "only text", "not one JSON object"),
        (token(USUAL, LASTING).replace(".c2ln", "=.c2ln"), "1800000000", "base64url"),
        (token(USUAL, r#"{"exp":1,"a":"\u{fe}\u{ff}?>"}"#).replace('_', "/"), "exp", ""),
        ("a.b.c".to_owned(), "header a", "not base64"),
        ("..".to_owned(), "header", "signature is empty"),
    ];
    for (token, shown, odd) in &cases {
        let ended = run_with(&["inspect"], token.as_bytes());
        assert_eq!((ended.status, ended.err.as_str()), (0, ""), "{token}");
        assert!(ended.out.contains(shown), "{token}: {}", ended.out);
        let lines: Vec<_> = ended.out.lines().filter(|line| line.starts_with("odd: ")).collect();
        assert!(lines.iter().any(|line| line.contains(odd)) || odd.is_empty(), "{odd}: {lines:?}");
    }
    let usual = run_with(&["inspect"], cases[0].0.as_bytes()).out;
    assert!(!usual.contains("odd: "), "{usual}");
    let harmful = run_with(&["inspect"], token(USUAL, "\u{1b}[31m").as_bytes()).out;
    assert!(!harmful.contains('\u{1b}'), "{harmful:?}");
}

#[test]
fn a_pasted_token_is_shown() {
    let token = token(USUAL, LASTING);
    let (one, two) = token.split_at(20);
    for text in [
        format!("  {token}\n\n"),
        format!("Bearer {token}"),
        format!("authorization: bearer {token}\r\n"),
        format!("\"{token}\""),
        format!("{one}\n    {two}"),
        format!("{one} {two}"),
    ] {
        let ended = run_with(&["inspect"], text.as_bytes());
        assert_eq!((ended.status, ended.err.as_str()), (0, ""), "{text}");
        assert!(ended.out.contains("1800000000") && ended.out.contains("odd: "), "{}", ended.out);
        let argument = run(&["inspect", &text]);
        assert_eq!(argument.out, ended.out);
    }
}

#[test]
fn help_and_version_are_no_errors() {
    for arguments in [&["--help"][..], &["--version"], &["verify", "--help"], &["api-key", "new", "--help"]] {
        let ended = run(arguments);
        assert_eq!((ended.status, ended.err.as_str()), (0, ""), "{arguments:?}");
        assert!(!ended.out.is_empty());
    }
    assert_eq!(run(&[]).status, 2);
}

#[test]
fn completions_are_scripts_that_their_shell_reads() {
    let script = run(&["completions", "bash"]).out;
    assert!(script.contains("thumbprint"), "{script}");
    let folder = crate::program::Folder::new();
    let file = folder.file("completions.bash", script);
    let status = std::process::Command::new("bash").arg("-n").arg(&file).status().ok();
    let Some(status) = or_skip("bash is not there", status) else { return };
    assert!(status.success());
    for shell in ["zsh", "fish", "elvish", "powershell"] {
        assert!(run(&["completions", shell]).out.contains("thumbprint"), "{shell}");
    }
}
