//! How a command ends when it does not succeed: a code, a sentence, and the exit status.
//!
//! No sentence has any part of a key, a secret or a token in it. It may have the name of a file.

use std::fmt::Display;
use std::io;

use countersign_signed::Error;

use crate::code::Code;

/// Why a command did not succeed.
#[derive(Debug)]
pub(crate) enum Failure {
    /// A token or an API key was looked at and refused.
    Refused(Code, String),
    /// The question could not be answered.
    Unanswered(Code, String),
    /// Some lines of `--jsonl` were refused, which the output says line by line.
    SomeRefused,
    /// Whoever read the output has gone: there is nobody to tell.
    BrokenPipe,
}

impl Failure {
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::Unanswered(Code::USAGE, message.into())
    }

    /// A token's error.
    pub(crate) fn refused(error: &Error) -> Self {
        Self::Refused(Code::of(error.kind()), error.to_string())
    }

    /// A token's error, and what helps.
    pub(crate) fn refused_with(error: &Error, hint: Option<impl Display>) -> Self {
        let message = match hint {
            Some(hint) => format!("{error}; {hint}"),
            None => error.to_string(),
        };
        Self::Refused(Code::of(error.kind()), message)
    }

    /// A key's or a setting's error.
    pub(crate) fn unanswered(error: &Error) -> Self {
        Self::Unanswered(Code::of(error.kind()), error.to_string())
    }

    /// The same of what has a name: a file most often.
    pub(crate) fn in_key(name: &impl Display, error: &Error) -> Self {
        Self::Unanswered(Code::of(error.kind()), format!("{name}: {error}"))
    }

    pub(crate) fn random(error: &countersign_random::Error) -> Self {
        match error.kind() {
            countersign_random::ErrorKind::RandomnessUnavailable => {
                Self::Unanswered(Code::RANDOM_SOURCE, error.to_string())
            }
            _ => Self::usage(error.to_string()),
        }
    }

    /// What goes to standard error.
    pub(crate) fn line(&self) -> Option<String> {
        match self {
            Self::Refused(code, message) | Self::Unanswered(code, message) => {
                Some(format!("{code}: {message}"))
            }
            Self::SomeRefused | Self::BrokenPipe => None,
        }
    }

    pub(crate) fn status(&self) -> u8 {
        match self {
            Self::Refused(..) | Self::SomeRefused => 1,
            Self::Unanswered(..) => 2,
            // What a shell says of a program that the missing reader has ended: 128 and SIGPIPE.
            Self::BrokenPipe => 141,
        }
    }
}

/// Of writing to standard output; what reads says by itself what it was reading.
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Self::BrokenPipe;
        }
        Self::Unanswered(Code::UNWRITABLE, error.to_string())
    }
}
