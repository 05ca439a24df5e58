//! Many tokens, one a line, for pipelines: one result a line, in the same order.
//!
//! A result is `{"claims":{...}}`, the claims as they were signed, or `{"error":"expired","claim":"exp"}`, where the
//! error is a [code](crate::Code) and the claim is there if one failed. Nothing is allocated for a token that is good:
//! lines are judged where they were read, and claims written as they stand. Each line is answered before the next
//! reading waits, so that the other end may wait for the answer.

use std::io::{self, BufRead, BufReader, BufWriter, Write};

use countersign_signed::{Error, ErrorKind};
use time::OffsetDateTime;

use crate::code::Code;
use crate::failure::Failure;
use crate::judge::Judge;
use crate::source::without_line_end;

/// Bytes that are read, and written, at a time.
const BLOCK: usize = 128 * 1024;

/// Judges all lines of standard input, of tokens of at most `max_token_length` characters.
pub(crate) fn run(
    judge: &mut Judge,
    clock: impl Fn() -> OffsetDateTime,
    max_token_length: usize,
) -> Result<(), Failure> {
    // One character more than the verifier takes, and the end of a line.
    let longest = max_token_length.saturating_add(3);
    let input = BufReader::with_capacity(BLOCK, io::stdin().lock());
    let mut output = BufWriter::with_capacity(BLOCK, io::stdout().lock());
    let mut all_good = true;
    let unreadable =
        |error: io::Error| Failure::Unanswered(Code::UNREADABLE, format!("standard input: {error}"));
    let read = each_line(input, longest, |event| {
        match event {
            Event::Line(line) => all_good &= answer(judge, line, clock(), &mut output)?,
            Event::Waiting => output.flush()?,
        }
        Ok(())
    });
    match read {
        Ok(()) => {}
        Err(Stopped::Input(error)) => {
            // What has been judged is said before the error is.
            output.flush()?;
            return Err(unreadable(error));
        }
        Err(Stopped::Output(failure)) => return Err(failure),
    }
    output.flush()?;
    if all_good { Ok(()) } else { Err(Failure::SomeRefused) }
}

/// Writes the result of one line. Says whether the token was good.
fn answer(
    judge: &mut Judge,
    line: &[u8],
    now: OffsetDateTime,
    output: &mut impl Write,
) -> Result<bool, io::Error> {
    let judged = match str::from_utf8(line) {
        Ok(line) => judge.verify(without_line_end(line), now, |claims| good(claims, output)),
        Err(_) => Err(Error::from(ErrorKind::MalformedToken)),
    };
    match judged {
        Ok(written) => written.map(|()| true),
        Err(error) => refused(&error, output).map(|()| false),
    }
}

fn good(claims: &str, output: &mut impl Write) -> io::Result<()> {
    output.write_all(br#"{"claims":"#)?;
    let mut rest = claims.as_bytes();
    // Ends of lines can stand between the members of an object, and would end the result in its midst.
    while let Some((before, after)) =
        memchr::memchr2(b'\n', b'\r', rest).and_then(|at| rest.split_at_checked(at))
    {
        output.write_all(before)?;
        output.write_all(b" ")?;
        rest = after.get(1..).unwrap_or_default();
    }
    output.write_all(rest)?;
    output.write_all(b"}\n")
}

fn refused(error: &Error, output: &mut impl Write) -> io::Result<()> {
    write!(output, r#"{{"error":"{}""#, Code::of(error.kind()))?;
    if let Some(claim) = error.claim() {
        output.write_all(br#","claim":"#)?;
        serde_json::to_writer(&mut *output, claim)?;
    }
    output.write_all(b"}\n")
}

enum Event<'l> {
    /// A line, without its `\n`.
    Line(&'l [u8]),
    /// All that has been read is dealt with.
    Waiting,
}

enum Stopped {
    Input(io::Error),
    Output(Failure),
}

impl From<Failure> for Stopped {
    fn from(failure: Failure) -> Self {
        Self::Output(failure)
    }
}

/// Hands on each line where it was read. One that is cut by the end of a block is put together first, and no more
/// than `longest` bytes of it are kept.
fn each_line(
    mut input: impl BufRead,
    longest: usize,
    mut take: impl FnMut(Event<'_>) -> Result<(), Failure>,
) -> Result<(), Stopped> {
    let mut begun = Vec::new();
    loop {
        take(Event::Waiting)?;
        let block = match input.fill_buf() {
            Ok(block) => block,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(Stopped::Input(error)),
        };
        if block.is_empty() {
            if !begun.is_empty() {
                take(Event::Line(&begun))?;
            }
            return Ok(());
        }
        let mut rest = block;
        while let Some((line, after)) = memchr::memchr(b'\n', rest).and_then(|at| rest.split_at_checked(at)) {
            if begun.is_empty() {
                take(Event::Line(line))?;
            } else {
                keep(&mut begun, line, longest);
                take(Event::Line(&begun))?;
                begun.clear();
            }
            rest = after.get(1..).unwrap_or_default();
        }
        keep(&mut begun, rest, longest);
        let read = block.len();
        input.consume(read);
    }
}

fn keep(begun: &mut Vec<u8>, more: &[u8], longest: usize) {
    let room = longest.saturating_sub(begun.len());
    begun.extend_from_slice(more.get(..room).unwrap_or(more));
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONGEST: usize = 100;

    fn lines(text: &[u8], block: usize) -> Vec<Vec<u8>> {
        let mut found = Vec::new();
        let read = each_line(BufReader::with_capacity(block, text), LONGEST, |event| {
            if let Event::Line(line) = event {
                found.push(line.to_vec());
            }
            Ok(())
        });
        assert!(read.is_ok());
        found
    }

    #[test]
    fn lines_are_whole_whatever_the_blocks_cut() {
        let text = b"one\n\ntwo\r\nthree";
        for block in 1..20 {
            assert_eq!(lines(text, block), [&b"one"[..], b"", b"two\r", b"three"], "{block}");
        }
        assert!(lines(b"", 8).is_empty());
        assert_eq!(lines(b"\n", 8), [b""]);
    }

    #[test]
    fn of_an_endless_line_no_more_is_kept_than_is_judged() {
        let text = [vec![b'a'; 10 * LONGEST], b"\nnext\n".to_vec()].concat();
        let found = lines(&text, 64);
        assert_eq!((found.len(), found[0].len(), found[1].as_slice()), (2, LONGEST, &b"next"[..]));
    }

    #[test]
    fn claims_over_several_lines_are_one_line() {
        let mut output = Vec::new();
        good("{\n\"a\":\r\n1}", &mut output).unwrap();
        assert_eq!(output, b"{\"claims\":{ \"a\":  1}}\n");
    }
}
