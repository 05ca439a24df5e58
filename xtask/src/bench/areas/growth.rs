//! The table of revoked tokens as it grows, beside a plain map. A process holds one table of one size.

use super::{Area, Effort, Row, Section};

macro_rules! sizes {
    ($measure:literal) => {
        &[
            row("10,000 revoked", concat!("10000: ", $measure)),
            row("100,000 revoked", concat!("100000: ", $measure)),
            row("1,000,000 revoked", concat!("1000000: ", $measure)),
            row("10,000,000 revoked", concat!("10000000: ", $measure)),
        ]
    };
}

const MAP: &str = "RwLock\\<HashMap>";

pub(super) const AREA: Area = Area {
    name: "growth",
    title: "Revoked tokens in memory, as they grow",
    sections: &[
        Section { heading: "A check of a good token, ns", other: MAP, rows: sizes!("miss") },
        Section { heading: "A check of a revoked token, ns", other: MAP, rows: sizes!("hit") },
        Section { heading: "A purge, ns an entry", other: MAP, rows: sizes!("purge") },
        Section { heading: "Memory, bytes an entry", other: MAP, rows: sizes!("bytes") },
    ],
    notes: "One table in a process, of tokens alone, which expire one after the other. A check looks up a text of 22 \
            characters, each of another name. A purge forgets all of them: ours ten thousand at a time, between which \
            others may ask; the map in one pass under its lock. Memory is the growth of the process's resident memory \
            while the table was filled, so it includes what the allocator holds back.",
    crates: &[],
    runs: &[
        &["10000", "countersign"],
        &["10000", "map"],
        &["100000", "countersign"],
        &["100000", "map"],
        &["1000000", "countersign"],
        &["1000000", "map"],
        &["10000000", "countersign"],
        &["10000000", "map"],
    ],
    scripts: &[],
    full: Effort { processes: 3, rounds: 10 },
    quick: Effort { processes: 1, rounds: 2 },
};

const fn row(title: &'static str, group: &'static str) -> Row {
    Row::told(title, group, "countersign", "RwLock<HashMap>")
}
