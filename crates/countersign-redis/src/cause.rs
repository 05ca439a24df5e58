//! The cause of a driver's error in a fixed sentence, which shows no address, key or password.

use redis::{ErrorKind, RedisError, ServerErrorKind};

/// Codes of the server's errors, with their meaning.
const CODES: [(&str, &str); 7] = [
    ("NOAUTH", "it demands a password, and none was given"),
    ("WRONGPASS", REJECTED),
    ("NOPERM", "the user lacks the permission for a command, key or channel (ACL)"),
    ("OOM", "its memory is full (maxmemory)"),
    ("MISCONF", "it refuses writes because it cannot save to disk (MISCONF)"),
    ("NOREPLICAS", "it refuses writes because too few replicas follow (min-replicas-to-write)"),
    ("BUSY", "it is busy with a slow script"),
];

const REJECTED: &str = "it rejects the user name or the password";

/// The server's code and its meaning. Where no node of a cluster takes a connection, the driver has the cause of one of
/// them in the text alone.
fn code_of(error: &RedisError) -> Option<(&'static str, &'static str)> {
    let is_it = |code: &str| error.code() == Some(code) || has_text(error, &format!("\"{code}\""));
    CODES.into_iter().find(|(code, _)| is_it(code))
}

/// Whether an error of the network has this in its text.
fn has_text(error: &RedisError, text: &str) -> bool {
    error.is_io_error() && error.detail().is_some_and(|detail| detail.contains(text))
}

/// Whether the server demands a password or rejects it, or the user lacks a permission.
pub(crate) fn is_denial(error: &RedisError) -> bool {
    error.kind() == ErrorKind::AuthenticationFailed
        || matches!(code_of(error), Some(("NOAUTH" | "WRONGPASS" | "NOPERM", _)))
}

/// What went wrong with the server, as far as the driver knows.
pub(crate) fn cause_of(error: &RedisError) -> &'static str {
    if let Some((_, cause)) = code_of(error) {
        return cause;
    }
    if error.is_connection_refusal() || has_text(error, "Connection refused") {
        return "nothing accepts connections at the address";
    }
    if error.is_timeout() {
        return "it did not answer in time";
    }
    if error.detail().is_some_and(|detail| detail.contains("cluster support disabled")) {
        return "it is no cluster's node (cluster support is disabled)";
    }
    match error.kind() {
        ErrorKind::AuthenticationFailed => REJECTED,
        ErrorKind::Server(ServerErrorKind::BusyLoading) => "it is loading its data",
        ErrorKind::Server(ServerErrorKind::ReadOnly) => "it is a replica, which takes no writes",
        ErrorKind::Server(ServerErrorKind::ClusterDown) => "the cluster is down (CLUSTERDOWN)",
        ErrorKind::Server(ServerErrorKind::MasterDown) => "it is a replica that has lost its primary",
        ErrorKind::Server(
            ServerErrorKind::Moved
            | ServerErrorKind::Ask
            | ServerErrorKind::TryAgain
            | ServerErrorKind::CrossSlot,
        ) => "slots of the cluster are on the move, or the server is a cluster's and was not opened as one",
        ErrorKind::ClusterConnectionNotFound => "no node of the cluster can be reached",
        ErrorKind::RESP3NotSupported => "it does not speak RESP3 (Redis 6.0 or newer does)",
        ErrorKind::Io => "the connection failed (network, name look-up or TLS)",
        ErrorKind::Parse | ErrorKind::UnexpectedReturnType => "it does not answer as Redis does",
        _ => "it refused a command",
    }
}
