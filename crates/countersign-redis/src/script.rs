//! The scripts: each is one step of the server, on keys of one slot.

use std::sync::LazyLock;

use redis::{Cmd, ServerErrorKind, Value};

use crate::error::Failure;
use crate::link::{Ask, answer};
use crate::store::Shared;

/// A script's text, and the digest that the server knows it by.
pub(crate) struct Script {
    text: &'static str,
    digest: LazyLock<String>,
}

macro_rules! scripts {
    ($($name:ident: $file:literal),+ $(,)?) => {$(
        pub(crate) static $name: Script = Script {
            text: include_str!(concat!("lua/", $file, ".lua")),
            digest: LazyLock::new(|| redis::Script::new($name.text).get_hash().to_owned()),
        };
    )+};
}

scripts! {
    CLAIM: "claim",
    CREATE: "create",
    END: "end",
    EXPIRE: "expire",
    INDEX: "index",
    REDIGEST: "redigest",
    RELEASE: "release",
    REMOVE: "remove",
    REVOKE: "revoke",
    ROTATE: "rotate",
    USE: "use",
}

/// A script with its keys and arguments.
pub(crate) struct Call {
    script: &'static Script,
    keys: Vec<Vec<u8>>,
    arguments: Vec<Vec<u8>>,
}

impl Call {
    pub(crate) fn new(script: &'static Script, keys: Vec<Vec<u8>>) -> Self {
        Self { script, keys, arguments: Vec::new() }
    }

    pub(crate) fn arg(mut self, argument: impl Into<Vec<u8>>) -> Self {
        self.arguments.push(argument.into());
        self
    }

    pub(crate) fn number(self, number: impl Into<i128>) -> Self {
        self.arg(number.into().to_string())
    }

    /// `EVALSHA` with the script's digest, or `EVAL` with its text.
    fn command(&self, how: &str, script: &str) -> Cmd {
        let mut command = Cmd::new();
        command.arg(how).arg(script).arg(self.keys.len());
        for argument in self.keys.iter().chain(&self.arguments) {
            command.arg(argument);
        }
        command
    }
}

impl Shared {
    /// Runs a script, and waits for the replicas if that was asked for. One that the server does not have (yet, or any
    /// more) has done nothing, and is sent in full.
    pub(crate) async fn run(&self, call: &Call) -> Result<Value, Failure> {
        let known = self.run_command(call, call.command("EVALSHA", &call.script.digest)).await;
        match known {
            Err(Failure::Driver(error)) if error.kind() == ServerErrorKind::NoScript.into() => {
                self.run_command(call, call.command("EVAL", call.script.text)).await
            }
            result => result,
        }
    }

    async fn run_command(&self, call: &Call, command: Cmd) -> Result<Value, Failure> {
        let mut commands = vec![command];
        let replicas = self.options.replicas;
        if let Some((replicas, timeout)) = replicas {
            let mut wait = Cmd::new();
            // A timeout of 0 would be none; the options allow 1 ms at least.
            wait.arg("WAIT").arg(replicas).arg(u64::try_from(timeout.as_millis()).unwrap_or(1));
            commands.push(wait);
        }
        let key = call.keys.first().cloned().unwrap_or_default();
        let mut answers = self.writes.send(&[Ask { key, commands }]).await?.into_iter().flatten();
        let result = answer(&mut answers)?;
        if let Some((demanded, _)) = replicas {
            let reached: u64 =
                redis::from_redis_value(answer(&mut answers)?).map_err(|_| Failure::Corrupt)?;
            if reached < u64::from(demanded) {
                return Err(Failure::NotReplicated);
            }
        }
        Ok(result)
    }
}
