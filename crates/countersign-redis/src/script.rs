//! The scripts: each is one step of the server, on keys of one slot.

use std::sync::LazyLock;

use redis::{Cmd, ServerErrorKind, Value};

use crate::error::Failure;
use crate::layout::Bucket;
use crate::link::{Ask, answer};
use crate::shared::Shared;

/// A script's text, and the digest that the server knows it by.
pub(crate) struct Script {
    text: &'static str,
    digest: LazyLock<String>,
}

macro_rules! scripts {
    ($($name:ident: $($file:literal)+;)+) => {$(
        pub(crate) static $name: Script = Script {
            text: concat!($(include_str!(concat!("lua/", $file, ".lua"))),+),
            digest: LazyLock::new(|| redis::Script::new($name.text).get_hash().to_owned()),
        };
    )+};
}

scripts! {
    COUNT: "count";
    POINTER: "pointer";
    REVOKE: "revoke";
    TAKE: "collect" "take";
    WRITE: "collect" "write";
}

/// A script with its keys and arguments.
pub(crate) struct Call {
    script: &'static Script,
    keys: Vec<Vec<u8>>,
    arguments: Vec<Vec<u8>>,
    /// The bucket whose epoch is read after the script, where the script itself does not.
    bucket: Option<Bucket>,
}

impl Call {
    pub(crate) fn new(script: &'static Script, keys: Vec<Vec<u8>>) -> Self {
        Self { script, keys, arguments: Vec::new(), bucket: None }
    }

    /// A script on keys of a bucket of tokens.
    pub(crate) fn in_bucket(script: &'static Script, keys: Vec<Vec<u8>>, bucket: Bucket) -> Self {
        Self { bucket: Some(bucket), ..Self::new(script, keys) }
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

/// How long the server keeps the key that is written before a `WAIT`, in milliseconds.
const WAIT_KEY_LIFETIME: u64 = 1000;

impl Shared {
    /// Runs a script, and waits for the replicas if the options ask for it.
    pub(crate) async fn run(&self, call: &Call) -> Result<Value, Failure> {
        self.run_with(call, self.options.replicas.is_some()).await
    }

    /// Runs a script whose effect may be lost with the primary.
    pub(crate) async fn run_only(&self, call: &Call) -> Result<Value, Failure> {
        self.run_with(call, false).await
    }

    /// A script that the server does not have (yet, or any more) has done nothing, and is sent in full.
    async fn run_with(&self, call: &Call, waits: bool) -> Result<Value, Failure> {
        let key = call.keys.first().map_or(&[][..], Vec::as_slice);
        match self.send(key, Some(call.command("EVALSHA", &call.script.digest)), call.bucket, waits).await {
            Err(Failure::Driver(error)) if error.kind() == ServerErrorKind::NoScript.into() => {
                self.send(key, Some(call.command("EVAL", call.script.text)), call.bucket, waits).await
            }
            result => result,
        }
    }

    /// Waits, if the options ask for it, until the replicas have everything that the primary of this key's slot has
    /// written so far.
    pub(crate) async fn wait_for_replicas(&self, key: &[u8]) -> Result<(), Failure> {
        if self.options.replicas.is_some() {
            self.send(key, None, None, true).await?;
        }
        Ok(())
    }

    /// Sends a command about a key, and has the replicas take part if `waits`.
    ///
    /// `WAIT` covers what its own connection has written, and on Valkey 8 nothing else: where the command found its
    /// work done by another connection, `WAIT` would answer for an older write. So a key in the same slot is written
    /// before each `WAIT`. Replication is one stream for each node, so replicas that have this key have everything
    /// before it.
    async fn send(
        &self,
        key: &[u8],
        command: Option<Cmd>,
        bucket: Option<Bucket>,
        waits: bool,
    ) -> Result<Value, Failure> {
        let has_command = command.is_some();
        let mut commands: Vec<Cmd> = command.into_iter().collect();
        let expected = bucket.map(|bucket| self.epochs.of(bucket)).transpose()?;
        if let Some(bucket) = bucket {
            let mut epoch = Cmd::new();
            epoch.arg("GET").arg(self.layout.epoch(bucket));
            commands.push(epoch);
        }
        let replicas = self.options.replicas.filter(|_| waits);
        if let Some((replicas, timeout)) = replicas {
            let (mut write, mut wait) = (Cmd::new(), Cmd::new());
            write.arg("SET").arg(self.layout.beside(key)).arg("").arg("PX").arg(WAIT_KEY_LIFETIME);
            // A timeout of 0 would be none; the options allow 1 ms at least.
            wait.arg("WAIT").arg(replicas).arg(u64::try_from(timeout.as_millis()).unwrap_or(1));
            commands.extend([write, wait]);
        }
        let mut answers =
            self.writes.send(&[Ask { key: key.to_vec(), commands }]).await?.into_iter().flatten();
        let result = if has_command { answer(&mut answers)? } else { Value::Nil };
        if let Some(expected) = expected {
            self.epochs.prove(&expected, &answer(&mut answers)?)?;
        }
        if let Some((demanded, _)) = replicas {
            answer(&mut answers)?;
            let reached: u64 =
                redis::from_redis_value(answer(&mut answers)?).map_err(|_| Failure::Corrupt)?;
            if reached < u64::from(demanded) {
                return Err(Failure::NotReplicated);
            }
        }
        Ok(result)
    }
}
