//! Random tokens, against the bare generator and Python's `secrets`.

use super::{Area, Effort, Row, Section};

const OURS: &str = "countersign";
const BARE: &str = "bare rand";
const PYTHON: &str = "Python's secrets";

pub(super) const AREA: Area = Area {
    name: "random",
    title: "Random tokens, compared",
    sections: &[
        Section {
            heading: "Over the operating system's generator, called through rand, and base64",
            other: "bare",
            rows: &[
                Row::told("URL-safe text", "token_urlsafe", OURS, BARE),
                Row::told(
                    "URL-safe text, over rand's thread generator",
                    "token_urlsafe",
                    OURS,
                    "rand's thread generator",
                ),
                Row::told("bytes", "token_bytes", OURS, BARE),
            ],
        },
        Section {
            heading: "Over Python's secrets",
            other: "Python",
            rows: &[
                Row::told("URL-safe text, over token_urlsafe", "token_urlsafe", OURS, PYTHON),
                Row::told("hexadecimal text, over token_hex", "token_hex", OURS, PYTHON),
                Row::told("bytes, over token_bytes", "token_bytes", OURS, PYTHON),
            ],
        },
    ],
    notes: "Every token has 32 bytes, which the operating system's generator makes for that token; ours is \
            wiped when it is dropped. rand's thread generator asks the system for a seed once and later for \
            others; an attacker with a copy of its memory can compute the next tokens, so countersign does not \
            use it. Python runs in a process of its own with its own loop, whose cost is included, and its \
            rounds follow ours.",
    crates: &["rand", "base64"],
    runs: &[&[]],
    scripts: &["random_tokens.py"],
    full: Effort { processes: 10, rounds: 30 },
    quick: Effort { processes: 3, rounds: 6 },
};
