//! The power goes: what was not synced is lost, in part or in whole and in any order. Or the disk is full in
//! the middle of something.

use countersign_redb::{RedbStore, redb};
use pollster::block_on;

use crate::disk::{Disk, Losses};
use crate::random::Random;
use crate::unit::{STEPS, Unit};
use crate::verify::{Ledger, use_sessions, verify};

const THREADS: usize = 4;
const ROUNDS: usize = 400;
/// So many rounds are on one disk, each beginning with what the last one left.
const ROUNDS_ON_ONE_DISK: usize = 8;

/// More than a thread does before the power goes, unless nothing is written at all.
const STEPS_AT_MOST: usize = 2_000;

#[test]
fn what_was_acknowledged_outlives_the_loss_of_what_was_not_synced() {
    lose(Losses::Writes);
}

#[test]
fn what_was_acknowledged_outlives_the_loss_of_the_files_length_too() {
    lose(Losses::WritesAndLengths);
}

#[test]
fn what_was_acknowledged_outlives_a_disk_that_is_full() {
    lose(Losses::Nothing);
}

#[test]
fn what_was_acknowledged_outlives_a_compaction_that_is_cut_short() {
    let mut random = Random::new();
    for losses in [Losses::Writes, Losses::WritesAndLengths] {
        let disk = Disk::new(Vec::new(), u64::MAX);
        let ledger = Ledger(vec![work_for(&open(&disk).unwrap(), 0, 10 * STEPS)]);
        let image = disk.remains(&mut random, Losses::Nothing);
        let mut cut_short = 0;
        for operations in 0..150 {
            let disk = Disk::new(image.clone(), operations);
            let compacted =
                checked(&disk).and_then(|mut database| database.compact().map_err(|e| e.to_string()));
            cut_short += u32::from(compacted.is_err());
            let repaired = Disk::new(disk.remains(&mut random, losses), u64::MAX);
            let store = open(&repaired).unwrap_or_else(|error| panic!("after {operations}: {error}"));
            verify(&store, &ledger);
        }
        assert!((30..150).contains(&cut_short), "{cut_short} of 150 were cut short");
    }
}

fn lose(losses: Losses) {
    let mut random = Random::new();
    let (mut outages, mut acknowledged) = (0, 0);
    while outages < ROUNDS {
        let mut ledger = Ledger::default();
        // A file of this crate's making is whole before it has its name.
        let disk = Disk::new(Vec::new(), u64::MAX);
        drop(open(&disk).unwrap());
        let mut image = disk.remains(&mut random, losses);
        for round in 0..ROUNDS_ON_ONE_DISK {
            let disk = Disk::new(image, random.below(600));
            ledger.0.push(work(&disk, round));
            outages += 1;
            let remains = disk.remains(&mut random, losses);
            let repaired = Disk::new(remains.clone(), u64::MAX);
            let store = open(&repaired).unwrap_or_else(|error| panic!("outage {outages}: {error}"));
            verify(&store, &ledger);
            drop(store);
            // Sometimes the power goes again before all is repaired.
            image = if random.one_in(2) { remains } else { repaired.remains(&mut random, losses) };
        }
        use_sessions(&open(&Disk::new(image, u64::MAX)).unwrap(), &ledger);
        acknowledged += ledger.acknowledged();
    }
    println!("{outages} outages, {acknowledged} acknowledged operations");
    assert!(acknowledged > 5 * ROUNDS, "the rounds did next to nothing");
}

fn open(disk: &Disk) -> Result<RedbStore, String> {
    RedbStore::from_database(checked(disk)?).map_err(|error| error.to_string())
}

fn checked(disk: &Disk) -> Result<redb::Database, String> {
    let mut builder = redb::Builder::new();
    builder.set_check_integrity_on_open(true);
    builder.create_with_backend(disk.clone()).map_err(|error| error.to_string())
}

/// Works until the power goes. Returns the number of acknowledged steps of each thread.
fn work(disk: &Disk, round: usize) -> Vec<usize> {
    // It may go while the file is being opened.
    let Ok(store) = open(disk) else { return vec![0; THREADS] };
    work_for(&store, round, STEPS_AT_MOST)
}

/// Each thread does so many steps, unless the store fails before.
fn work_for(store: &RedbStore, round: usize, steps: usize) -> Vec<usize> {
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS)
            .map(|thread| {
                scope.spawn(move || {
                    (0..steps)
                        .take_while(|step| {
                            let unit = Unit { round, thread, number: step / STEPS };
                            block_on(unit.run(store, step % STEPS)).is_ok()
                        })
                        .count()
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}
