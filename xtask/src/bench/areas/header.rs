//! `Authorization`, against the `headers` crate.

use super::super::area::{Area, Effort, NO_BACK_END, Row, Section};

const OURS: &str = "countersign";
const PEER: &str = "headers";

pub(super) const AREA: Area = Area {
    name: "header",
    title: "The Authorization header, compared",
    chart: "countersign: time for an Authorization header, as a ratio",
    sections: &[Section {
        heading: "Over the headers crate",
        other: "headers",
        rows: &[
            Row::told("Bearer of 404 bytes read", "Bearer value", OURS, PEER).at_most(0.5),
            Row::told("Basic pair read", "Basic value", OURS, PEER).at_most(0.5),
            Row::told("Bearer of 404 bytes read, as text", "Bearer value", "countersign, as text", PEER),
            Row::told("Bearer of 404 bytes read in a request", "Bearer in a request", OURS, PEER),
            Row::told("Basic pair read in a request", "Basic in a request", OURS, PEER),
            Row::told("Bearer of 404 bytes written", "Bearer written", OURS, PEER),
            Row::told("Basic pair written", "Basic written", OURS, PEER),
        ],
    }],
    notes: "Both read the same `http::HeaderValue`, or the same `http::HeaderMap` of eight headers, and what they \
            found is looked at. Ours reads all values of the name and refuses a second one, looks at every byte of a \
            token, gives it as the bytes that verifiers take (as text where that is said), and wipes a pair when it is dropped; the peer takes the first value and whatever stands in it. \
            Both write an `http::HeaderValue` that is marked as sensitive; ours wipes the text that it was made \
            from.",
    crates: &["headers", "http"],
    back_ends: NO_BACK_END,
    context: &[],
    full: Effort { processes: 10, rounds: 30 },
    quick: Effort { processes: 4, rounds: 6 },
};
