//! Revocation checks, against the maps that people use.

use super::{Area, Effort, Row, Section};

const OURS: &str = "countersign";
const IDS: &str = "RwLock<HashMap> of 16-byte ids";

const MISS: &str = "one token, miss";
const HIT: &str = "one token, hit";

const fn miss(title: &'static str, other: &'static str) -> Row {
    Row::told(title, MISS, OURS, other)
}

const fn hit(title: &'static str, other: &'static str) -> Row {
    Row::told(title, HIT, OURS, other)
}

pub(super) const AREA: Area = Area {
    name: "revocation",
    title: "The revocation check, compared",
    sections: &[
        Section {
            heading: "Token, session, subject and key at once, none of them revoked",
            other: "other",
            rows: &[
                Row::told("over one miss in a map of 16-byte ids", "a whole check", OURS, IDS),
                Row::told("over four maps of texts", "a whole check", OURS, "four RwLock<HashMap>s")
                    .at_most(1.10),
            ],
        },
        Section {
            heading: "One token that is not revoked, over a map",
            other: "map",
            rows: &[
                miss("RwLock<HashMap>, 16-byte ids", IDS),
                miss("RwLock<HashMap>", "RwLock<HashMap>"),
                miss("dashmap", "dashmap"),
                miss("papaya", "papaya"),
                miss("moka", "moka"),
            ],
        },
        Section {
            heading: "One token that is revoked, over a map",
            other: "map",
            rows: &[
                hit("RwLock<HashMap>, 16-byte ids", IDS),
                hit("RwLock<HashMap>", "RwLock<HashMap>"),
                hit("dashmap", "dashmap"),
                hit("papaya", "papaya"),
                hit("moka", "moka"),
            ],
        },
    ],
    notes: "A million tokens are revoked, and for the whole check 10,000 sessions, 1000 subjects and three \
            keys. Names are texts of 22 characters, and ours belong to an issuer; the first map has ids of 16 \
            bytes, which need no hashing of their own. Every map stores when an entry ends, and the check \
            compares it. Each lookup is of another name and starts after the one before it has ended. One \
            thread reads and no thread writes; `cargo bench --bench memory` measures how long a writer delays \
            a reader.",
    crates: &["dashmap", "papaya", "moka"],
    runs: &[&[]],
    scripts: &[],
    full: Effort { processes: 5, rounds: 20 },
    quick: Effort { processes: 1, rounds: 12 },
};
