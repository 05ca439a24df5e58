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
fn what_is_no_token_is_refused_as_by_verify() {
    for (text, code) in [
        ("a.b.c", "malformed-token"),
        ("eyJhbGciOiJub25lIn0.e30.", "unsupported-algorithm"),
        ("a.b.c.d.e", "encrypted-token"),
        ("", "malformed-token"),
    ] {
        let ended = run_with(&["inspect"], text.as_bytes());
        assert_eq!((ended.status, ended.code(), ended.out.as_str()), (1, code, ""), "{text}");
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
