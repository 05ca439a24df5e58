//! `Authorization`, against the `headers` crate.

use super::{Area, Effort, Row, Section};

const OURS: &str = "countersign";
const PEER: &str = "headers";

pub(super) const AREA: Area = Area {
    name: "header",
    title: "The Authorization header, compared",
    sections: &[Section {
        heading: "Over the headers crate",
        other: "headers",
        rows: &[
            Row::told("Bearer of 404 bytes read", "Bearer value", OURS, PEER),
            Row::told("Basic pair read", "Basic value", OURS, PEER),
            Row::told("Bearer of 404 bytes read, as text", "Bearer value", "countersign, as text", PEER),
            Row::told("Bearer of 404 bytes read in a request", "Bearer in a request", OURS, PEER),
            Row::told("Basic pair read in a request", "Basic in a request", OURS, PEER),
            Row::told("Bearer of 404 bytes written", "Bearer written", OURS, PEER),
            Row::told("Basic pair written", "Basic written", OURS, PEER),
        ],
    }],
    notes: "Both read the same `http::HeaderValue`, or the same `http::HeaderMap` of eight headers, and the result is \
            used. Ours reads all values of the name and refuses a second one, checks every byte of a token, returns it \
            as bytes (or as text in the row that says so), and wipes a pair when it is dropped; the peer takes the \
            first value without a check. Both write an `http::HeaderValue` that is marked as sensitive; ours wipes the \
            text that it was made from.",
    crates: &["headers", "http"],
    runs: &[&[]],
    scripts: &[],
    full: Effort { processes: 10, rounds: 30 },
    quick: Effort { processes: 4, rounds: 6 },
};
