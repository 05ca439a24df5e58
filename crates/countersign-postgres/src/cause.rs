//! Names the cause of a driver's error, in one line and without any secret.
//!
//! The driver's own texts hold hosts, users, databases and parts of statements, so none of them is shown. They stay
//! reachable by [`source`](std::error::Error::source).

use std::error::Error as _;
use std::io;

use tokio_postgres::Error;
use tokio_postgres::error::SqlState;

/// The driver's text for a read-only server, where the configuration demands one that takes writes.
const READ_ONLY: &str = "database does not allow writes";

/// The driver's text for an answer that belongs to another question. PgBouncer before 1.22 hands a server connection on
/// although the server still answers what its former client had sent ahead, so a new client gets those answers first.
const UNEXPECTED: &str = "unexpected message from server";

/// The driver's text for a connection that breaks off.
const COMMUNICATING: &str = "error communicating with the server";

/// Whether the server takes no writes: it is a standby, or set to be read only.
pub(crate) fn is_read_only(error: &Error) -> bool {
    error.code() == Some(&SqlState::READ_ONLY_SQL_TRANSACTION)
        || error.source().is_some_and(|source| source.is::<io::Error>() && source.to_string() == READ_ONLY)
}

/// Whether the connection is gone, about to go or of no use: the server, or a proxy before it, is ending it or has mixed
/// up its answers.
pub(crate) fn is_cut(error: &Error) -> bool {
    let ends_connection = [
        SqlState::ADMIN_SHUTDOWN,
        SqlState::CRASH_SHUTDOWN,
        SqlState::CANNOT_CONNECT_NOW,
        SqlState::CONNECTION_EXCEPTION,
        SqlState::CONNECTION_DOES_NOT_EXIST,
        SqlState::CONNECTION_FAILURE,
        // PgBouncer's code for a server that it has lost.
        SqlState::PROTOCOL_VIOLATION,
    ];
    error.is_closed()
        || [COMMUNICATING, UNEXPECTED].contains(&error.to_string().as_str())
        || error.code().is_some_and(|code| ends_connection.contains(code))
}

/// Returns the cause, and where it helps what to do.
pub(crate) fn of(error: &Error) -> &'static str {
    if let Some(code) = error.code() {
        return of_code(code);
    }
    if error.is_closed() {
        return "the connection was cut";
    }
    let source = error.source();
    if let Some(io) = source.and_then(|source| source.downcast_ref::<io::Error>())
        && error.to_string() == "error connecting to server"
    {
        return of_connecting(io.kind());
    }
    let source = source.map(ToString::to_string);
    match (error.to_string().as_str(), source.as_deref()) {
        ("error performing TLS handshake", Some("server does not support TLS")) => {
            "`sslmode` demands TLS, and the server does not offer it"
        }
        ("error performing TLS handshake", Some("no TLS implementation configured")) => {
            "`sslmode` demands TLS, and the store was opened without a TLS connector"
        }
        ("error performing TLS handshake", _) => {
            "the TLS handshake failed: is the server's certificate valid for its host, and its authority trusted?"
        }
        ("invalid configuration", Some("password missing")) => {
            "the server asks for a password, and none was given"
        }
        ("invalid configuration", _) => {
            "the configuration lacks a host, or has more or fewer ports than hosts"
        }
        ("authentication error", _) => "server and driver have no way of authentication in common",
        (COMMUNICATING, _) => "the connection was cut",
        (UNEXPECTED, _) => "the server answers another question: is an old PgBouncer in between?",
        ("timeout waiting for server", _) => "the server did not answer in time",
        _ => "the server's answer cannot be understood: is it PostgreSQL?",
    }
}

fn of_connecting(kind: io::ErrorKind) -> &'static str {
    match kind {
        io::ErrorKind::ConnectionRefused => "no server listens at the host and port",
        io::ErrorKind::NotFound => "there is no socket of a server in the given folder",
        io::ErrorKind::PermissionDenied => "this process may not open the server's socket",
        io::ErrorKind::TimedOut => "the host did not answer in time",
        io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionAborted => "the connection was cut",
        _ => "the host's name is unknown, or there is no way to it",
    }
}

fn of_code(code: &SqlState) -> &'static str {
    let causes = [
        (SqlState::INVALID_PASSWORD, "the server refused the password"),
        (
            SqlState::INVALID_AUTHORIZATION_SPECIFICATION,
            "the server refused the user: the role is missing, or `pg_hba.conf` does not allow it from here",
        ),
        (SqlState::INVALID_CATALOG_NAME, "the database does not exist"),
        (
            SqlState::INSUFFICIENT_PRIVILEGE,
            "the user lacks a right that is needed on the schema or its tables",
        ),
        (SqlState::INVALID_SCHEMA_NAME, "the schema is missing: open the store again"),
        (SqlState::UNDEFINED_TABLE, "a table is missing: was the schema dropped?"),
        (SqlState::UNDEFINED_COLUMN, "a table lacks a column: it is not of this crate's making"),
        (SqlState::UNDEFINED_FUNCTION, "the server lacks a function that PostgreSQL 13 has"),
        (SqlState::TOO_MANY_CONNECTIONS, "the server has no connection left: make the pools smaller"),
        (SqlState::CANNOT_CONNECT_NOW, "the server is starting or shutting down"),
        (SqlState::ADMIN_SHUTDOWN, "the server ended the connection"),
        (SqlState::CRASH_SHUTDOWN, "the server ended the connection after a crash of one of its processes"),
        (SqlState::QUERY_CANCELED, "the server ended the statement, which took longer than the timeout"),
        (SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT, "the server ended a transaction that was left open"),
        (SqlState::DISK_FULL, "the server's disk is full"),
        (SqlState::OUT_OF_MEMORY, "the server is out of memory"),
        (SqlState::T_R_DEADLOCK_DETECTED, "other transactions were in the way, again and again"),
        (SqlState::T_R_SERIALIZATION_FAILURE, "other transactions were in the way, again and again"),
        (SqlState::PROTOCOL_VIOLATION, "the server or a proxy before it refused or cut the connection"),
        (SqlState::CONNECTION_FAILURE, "the server or a proxy before it refused or cut the connection"),
    ];
    let found = causes.into_iter().find(|(of, _)| of == code);
    found.map_or("the server refused a statement", |(_, cause)| cause)
}
