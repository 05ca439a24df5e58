//! `cargo xtask demo`: runs the example service as a process and drives it through its whole story over HTTP.

mod client;
mod server;
mod story;

use std::path::PathBuf;
use std::time::Duration;

use server::Server;

/// The users of the demo: name, password, role.
const USERS: &[(&str, &str, Option<&str>)] =
    &[("alice", "wonderland", None), ("olivia", "telescope", Some("operator"))];

pub(crate) fn run<'a>(mut words: impl Iterator<Item = &'a str>) -> Result<(), String> {
    let (mut serve, mut release, mut port, mut data) = (false, false, 0_u16, None);
    while let Some(word) = words.next() {
        match word {
            "--serve" => serve = true,
            "--release" => release = true,
            "--port" => {
                port = words.next().and_then(|port| port.parse().ok()).ok_or(crate::USAGE)?;
            }
            "--data" => data = Some(PathBuf::from(words.next().ok_or(crate::USAGE)?)),
            _ => return Err(crate::USAGE.to_owned()),
        }
    }
    let program = {
        let mut arguments = vec!["--package", "countersign-examples"];
        arguments.extend(release.then_some("--release"));
        crate::cargo::build("service", &arguments)?
    };
    let temporary = tempfile::tempdir().map_err(|error| format!("no temporary folder: {error}"))?;
    let data = data.unwrap_or_else(|| temporary.path().join("data"));
    // Adding a user again would log them out everywhere.
    if !data.join("service.redb").exists() {
        for (name, password, role) in USERS {
            server::add_user(&program, &data, name, password, *role)?;
        }
    }
    if serve {
        return keep_running(&program, &data, port);
    }
    // Short enough to wait for the end of an entry, and long enough for a slow machine.
    let story = story::Story {
        access_lifetime: Duration::from_secs(10),
        refresh_lifetime: Duration::from_secs(12),
        revocation_margin: Duration::from_secs(1),
    };
    let server = Server::start(&program, &data, port, &story.options())?;
    println!("The service listens on {}, with its data in one redb file.", server.url());
    let mut checks = story.tell(server.url())?;
    let mark = story.leave_marks(server.url())?;
    println!("\nThe process is killed (SIGKILL), and started again on the same file.");
    server.kill()?;
    let server = Server::start(&program, &data, port, &story.options())?;
    println!("The service listens on {}.", server.url());
    checks += story.find_marks(server.url(), &mark)?;
    checks += story.tell(server.url())?;
    server.kill()?;
    println!("\nThe story came out as it should, twice: {checks} answers checked.");
    Ok(())
}

fn keep_running(program: &std::path::Path, data: &std::path::Path, port: u16) -> Result<(), String> {
    let server = Server::start(program, data, port, &[])?;
    let url = server.url();
    println!(
        "The service listens on {url}; Ctrl-C ends it. To try:

  curl -i {url}/me
  curl -u alice:wonderland -X POST {url}/tokens
  curl -H 'Authorization: Bearer ACCESS_TOKEN' {url}/me
  curl -d refresh_token=REFRESH_TOKEN {url}/tokens/refresh
  curl -u alice:wonderland {url}/report
  curl -H 'Authorization: Bearer ACCESS_TOKEN' -d '{{\"name\":\"deploy\",\"scopes\":[\"profile\"]}}' {url}/api-keys
  curl -H 'Authorization: Bearer ACCESS_TOKEN' {url}/api-keys
  curl -i -X DELETE -H 'Authorization: Bearer ACCESS_TOKEN' {url}/tokens
  curl -u olivia:telescope -X POST {url}/tokens      (an operator, for {url}/operator/revocations)
"
    );
    server.wait()
}
