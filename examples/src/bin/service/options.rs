//! The command line.

use std::path::PathBuf;
use std::time::Duration;

const USAGE: &str = "usage:
  service serve    --data DIR [--port N] [--access-lifetime S] [--refresh-lifetime S] [--grace S]
                   [--revocation-margin S] [--purge-interval S]
  service add-user --data DIR NAME [--role ROLE]...     (the password on standard input)";

/// What to do.
pub(crate) enum Command {
    Serve(Serve),
    AddUser(AddUser),
}

pub(crate) struct Serve {
    pub(crate) data: PathBuf,
    pub(crate) port: u16,
    pub(crate) access_lifetime: Duration,
    pub(crate) refresh_lifetime: Duration,
    pub(crate) grace: Duration,
    pub(crate) revocation_margin: Duration,
    pub(crate) purge_interval: Duration,
}

pub(crate) struct AddUser {
    pub(crate) data: PathBuf,
    pub(crate) name: String,
    pub(crate) roles: Vec<String>,
}

/// Reads the arguments that follow the program's name.
pub(crate) fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Command, String> {
    match arguments.next().as_deref() {
        Some("serve") => serve(arguments).map(Command::Serve),
        Some("add-user") => add_user(arguments).map(Command::AddUser),
        _ => Err(USAGE.to_owned()),
    }
}

fn serve(mut arguments: impl Iterator<Item = String>) -> Result<Serve, String> {
    let mut options = Serve {
        data: PathBuf::new(),
        port: 8080,
        access_lifetime: Duration::from_secs(10 * 60),
        refresh_lifetime: Duration::from_secs(30 * 24 * 60 * 60),
        grace: Duration::from_secs(30),
        revocation_margin: Duration::from_secs(5 * 60),
        purge_interval: Duration::from_secs(60),
    };
    while let Some(option) = arguments.next() {
        let value = arguments.next().ok_or(USAGE)?;
        match option.as_str() {
            "--data" => options.data = value.into(),
            "--port" => options.port = value.parse().map_err(|_| USAGE)?,
            "--access-lifetime" => options.access_lifetime = seconds(&value)?,
            "--refresh-lifetime" => options.refresh_lifetime = seconds(&value)?,
            "--grace" => options.grace = seconds(&value)?,
            "--revocation-margin" => options.revocation_margin = seconds(&value)?,
            "--purge-interval" => options.purge_interval = seconds(&value)?,
            _ => return Err(USAGE.to_owned()),
        }
    }
    if options.data.as_os_str().is_empty() { Err(USAGE.to_owned()) } else { Ok(options) }
}

fn add_user(mut arguments: impl Iterator<Item = String>) -> Result<AddUser, String> {
    let (mut data, mut name, mut roles) = (None, None, Vec::new());
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--data" => data = Some(arguments.next().ok_or(USAGE)?.into()),
            "--role" => roles.push(arguments.next().ok_or(USAGE)?),
            _ if name.is_none() && !argument.starts_with('-') => name = Some(argument),
            _ => return Err(USAGE.to_owned()),
        }
    }
    Ok(AddUser { data: data.ok_or(USAGE)?, name: name.ok_or(USAGE)?, roles })
}

fn seconds(value: &str) -> Result<Duration, String> {
    value.parse().map(Duration::from_secs).map_err(|_| USAGE.to_owned())
}
