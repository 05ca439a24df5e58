//! The command line.

use std::path::PathBuf;
use std::time::Duration;

const USAGE: &str = "usage:
  service serve    --data DIR [--keys DIR] [--port N] [--access-lifetime S] [--refresh-lifetime S]
                   [--grace S] [--revocation-margin S] [--purge-interval S]
  service add-user --data DIR [--keys DIR] NAME [--role ROLE]...     (the password on standard input)

The keys are kept in the folder of the data, unless --keys names another.";

/// What to do.
pub(crate) enum Command {
    Serve(Serve),
    AddUser(AddUser),
}

/// Where things are kept.
pub(crate) struct Folders {
    pub(crate) data: PathBuf,
    pub(crate) keys: PathBuf,
}

impl Folders {
    fn new(data: Option<PathBuf>, keys: Option<PathBuf>) -> Result<Self, String> {
        let data = data.ok_or(USAGE)?;
        Ok(Self { keys: keys.unwrap_or_else(|| data.clone()), data })
    }
}

pub(crate) struct Serve {
    pub(crate) folders: Folders,
    pub(crate) port: u16,
    pub(crate) access_lifetime: Duration,
    pub(crate) refresh_lifetime: Duration,
    pub(crate) grace: Duration,
    pub(crate) revocation_margin: Duration,
    pub(crate) purge_interval: Duration,
}

pub(crate) struct AddUser {
    pub(crate) folders: Folders,
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
    let (mut data, mut keys) = (None, None);
    let mut port = 8080;
    let mut access_lifetime = Duration::from_secs(10 * 60);
    let mut refresh_lifetime = Duration::from_secs(30 * 24 * 60 * 60);
    let mut grace = Duration::from_secs(30);
    let mut revocation_margin = Duration::from_secs(5 * 60);
    let mut purge_interval = Duration::from_secs(60);
    while let Some(option) = arguments.next() {
        let value = arguments.next().ok_or(USAGE)?;
        match option.as_str() {
            "--data" => data = Some(value.into()),
            "--keys" => keys = Some(value.into()),
            "--port" => port = value.parse().map_err(|_| USAGE)?,
            "--access-lifetime" => access_lifetime = seconds(&value)?,
            "--refresh-lifetime" => refresh_lifetime = seconds(&value)?,
            "--grace" => grace = seconds(&value)?,
            "--revocation-margin" => revocation_margin = seconds(&value)?,
            "--purge-interval" => purge_interval = seconds(&value)?,
            _ => return Err(USAGE.to_owned()),
        }
    }
    let folders = Folders::new(data, keys)?;
    Ok(Serve { folders, port, access_lifetime, refresh_lifetime, grace, revocation_margin, purge_interval })
}

fn add_user(mut arguments: impl Iterator<Item = String>) -> Result<AddUser, String> {
    let (mut data, mut keys, mut name, mut roles) = (None, None, None, Vec::new());
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--data" => data = Some(arguments.next().ok_or(USAGE)?.into()),
            "--keys" => keys = Some(arguments.next().ok_or(USAGE)?.into()),
            "--role" => roles.push(arguments.next().ok_or(USAGE)?),
            _ if name.is_none() && !argument.starts_with('-') => name = Some(argument),
            _ => return Err(USAGE.to_owned()),
        }
    }
    Ok(AddUser { folders: Folders::new(data, keys)?, name: name.ok_or(USAGE)?, roles })
}

fn seconds(value: &str) -> Result<Duration, String> {
    value.parse().map(Duration::from_secs).map_err(|_| USAGE.to_owned())
}
