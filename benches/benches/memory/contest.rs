//! Look-ups, in turns.

use std::collections::HashMap;
use std::hint::black_box;
use std::sync::RwLock;
use std::time::{Duration, Instant};

use countersign_revocation::{
    Check, MaybeReady, MemoryRevocationStore, RetainUntil, RevocationStore, SubjectVersion, Target, TokenId,
    Verdict,
};
use pollster::block_on;
use time::OffsetDateTime;
use time::macros::datetime;

use crate::names::{id, text};

const NOW: OffsetDateTime = datetime!(2026-11-01 12:00 UTC);
const LATER: OffsetDateTime = datetime!(2026-11-01 12:15 UTC);
const ISSUER: &str = "https://login.example.com";

const TOKENS: u64 = 1_000_000;
const SESSIONS: u64 = 10_000;
const SUBJECTS: u64 = 1_000;
const KEYS: u64 = 3;

/// Look-ups in a stretch, and how often each contender has its turn.
const STRETCH: usize = 1 << 17;
const TURNS: usize = 15;

/// Everything that a check asks about.
struct Token {
    jti: String,
    sid: String,
    sub: String,
    kid: String,
}

fn token(number: u64) -> Token {
    let [jti, sid, sub] = [1, 2, 3].map(|times| text(number + times * TOKENS));
    Token { jti, sid, sub, kid: text(TOKENS + number % 4) }
}

fn filled_store(scale: u64) -> MemoryRevocationStore {
    let store = MemoryRevocationStore::new();
    let until = RetainUntil::at(LATER);
    for number in 0..TOKENS / scale {
        block_on(store.revoke(ISSUER, Target::Token(TokenId::Jti(&text(number))), until)).unwrap();
    }
    for number in 0..SESSIONS / scale {
        block_on(store.revoke(ISSUER, Target::Session(&text(number)), until)).unwrap();
    }
    for number in 0..SUBJECTS / scale {
        block_on(store.revoke_subject(ISSUER, &text(number), until, NOW, Duration::ZERO)).unwrap();
    }
    for number in 0..KEYS {
        block_on(store.revoke(ISSUER, Target::Key(&text(number)), until)).unwrap();
    }
    store
}

fn verdict(store: &MemoryRevocationStore, check: &Check<'_>) -> Verdict {
    match store.check(check, NOW) {
        MaybeReady::Ready(verdict) => verdict.unwrap(),
        MaybeReady::Wait(_) => panic!("a store in memory answers at once"),
    }
}

fn is_revoked(store: &MemoryRevocationStore, jti: &str) -> bool {
    let check = Check::new(black_box(ISSUER)).token(TokenId::Jti(jti));
    verdict(store, &check) != Verdict::NotRevoked
}

/// All four scopes, none of which is revoked.
fn is_anything_revoked(store: &MemoryRevocationStore, token: &Token) -> bool {
    let check = Check::new(black_box(ISSUER))
        .token(TokenId::Jti(&token.jti))
        .session(&token.sid)
        .subject(&token.sub, SubjectVersion::Version(0))
        .key(&token.kid);
    verdict(store, &check) != Verdict::NotRevoked
}

/// What is asked about.
trait Question {
    /// Reads it, as whoever asks has just read it from a request.
    fn read(&self) -> u8;
}

impl Question for [u8; 16] {
    fn read(&self) -> u8 {
        self[0]
    }
}

impl Question for String {
    fn read(&self) -> u8 {
        self.as_bytes().first().copied().unwrap_or_default()
    }
}

impl Question for Token {
    fn read(&self) -> u8 {
        [&self.jti, &self.sid, &self.sub, &self.kid].into_iter().fold(0, |sum, text| sum ^ text.read())
    }
}

/// Keeps one look-up from beginning before its question is there and the one before it has ended, as those of different
/// requests do not overlap: to read the clock, the processor waits for what is under way. What this takes is taken off.
fn apart(question: &impl Question) {
    black_box(question.read());
    black_box(Instant::now());
}

/// One contender: the nanoseconds of a look-up, of each stretch.
struct Contender {
    name: &'static str,
    times: Vec<f64>,
}

impl Contender {
    fn new(name: &'static str) -> Self {
        Self { name, times: Vec::new() }
    }

    /// A stretch that is not timed and one that is. `make` turns a number into what is asked, and every answer must
    /// be `expected`.
    fn turn<Q: Question>(
        &mut self,
        numbers: &mut impl Iterator<Item = u64>,
        make: impl Fn(u64) -> Q,
        expected: bool,
        ask: impl Fn(&Q) -> bool,
        scale: u64,
    ) {
        let stretch = STRETCH / scale as usize;
        let questions: Vec<Q> = numbers.take(2 * stretch).map(make).collect();
        let (warming, timed) = questions.split_at(stretch);
        assert!(warming.iter().all(|question| ask(question) == expected));
        let alone = Instant::now();
        timed.iter().for_each(apart);
        let alone = alone.elapsed();
        let start = Instant::now();
        let right = timed
            .iter()
            .inspect(|question| apart(*question))
            .filter(|question| black_box(ask(question)) == expected)
            .count();
        let both = start.elapsed();
        self.times.push(both.saturating_sub(alone).as_nanos() as f64 / stretch as f64);
        assert_eq!(right, stretch);
    }

    fn median(&self) -> f64 {
        let mut times = self.times.clone();
        times.sort_by(f64::total_cmp);
        times.get(times.len() / 2).copied().unwrap_or_default()
    }
}

pub(crate) fn run(scale: u64) {
    let tokens = TOKENS / scale;
    let map: RwLock<HashMap<[u8; 16], u64>> = RwLock::default();
    map.write().unwrap().extend((0..tokens).map(|number| (id(number), 0)));
    let store = filled_store(scale);
    let mut contenders = [
        "map of ids: miss",
        "map of ids: hit",
        "store, one token: miss",
        "store, one token: hit",
        "store, token, session, subject and key: miss",
    ]
    .map(Contender::new);
    let mut drawn = 0_u64;
    let mut numbers = std::iter::from_fn(|| {
        drawn += 1;
        Some(u64::from_be_bytes(*id(drawn).first_chunk().unwrap()) % tokens)
    });
    for _ in 0..TURNS {
        let [map_miss, map_hit, miss, hit, whole] = &mut contenders;
        let in_map = |id: &[u8; 16]| map.read().unwrap().contains_key(id);
        let in_store = |jti: &String| is_revoked(&store, jti);
        map_miss.turn(&mut numbers, |number| id(number + TOKENS), false, in_map, scale);
        map_hit.turn(&mut numbers, id, true, in_map, scale);
        miss.turn(&mut numbers, |number| text(number + TOKENS), false, in_store, scale);
        hit.turn(&mut numbers, text, true, in_store, scale);
        whole.turn(&mut numbers, token, false, |token| is_anything_revoked(&store, token), scale);
    }
    let (miss, hit) = (contenders[0].median(), contenders[1].median());
    println!("{:46} {:>8} {:>8} {:>8}", "", "ns", "/ miss", "/ hit");
    for contender in &contenders {
        let time = contender.median();
        println!("{:46} {time:8.1} {:8.2} {:8.2}", contender.name, time / miss, time / hit);
    }
}
