use super::super::fingerprint::Fingerprinter;
use super::*;
use crate::Until;

fn end(seconds: u64) -> End {
    End::of(Until::from_unix_seconds(seconds))
}

fn names(count: usize) -> Vec<Fingerprint> {
    let fingerprinter = Fingerprinter::new();
    (0..count).map(|number| fingerprinter.of("issuer", b'j', number.to_string().as_bytes())).collect()
}

fn insert(table: &Table, fingerprint: Fingerprint, seconds: u64) -> bool {
    table.insert(Entry { fingerprint, end: end(seconds) })
}

fn spot(table: &Table, fingerprint: Fingerprint) -> Option<Spot> {
    table.at(fingerprint.place()).find(|spot| spot.entry.fingerprint == fingerprint)
}

fn remove(table: &Table, fingerprint: Fingerprint) -> bool {
    table.remove(&spot(table, fingerprint).unwrap())
}

fn holds(table: &Table, fingerprint: Fingerprint) -> bool {
    table.end_of(fingerprint).is_some()
}

#[test]
fn a_table_without_places_holds_nothing() {
    let (table, name) = (Table::default(), names(1)[0]);
    assert!(!holds(&table, name));
    assert!(!table.lengthen(name, end(1)));
    assert_eq!((table.at(name.place()).count(), table.entries().count(), table.places()), (0, 0, 0));
}

#[test]
fn an_end_is_lengthened_and_never_shortened() {
    let (table, names) = (Table::with_places(8), names(2));
    assert!(insert(&table, names[0], 10));
    for (seconds, expected) in [(9, 10), (11, 11), (10, 11)] {
        assert!(table.lengthen(names[0], end(seconds)));
        assert!(table.end_of(names[0]) == Some(end(expected)));
    }
    assert!(!table.lengthen(names[1], end(12)));
}

/// All want the second of four groups: they fill it, the third, and half of the fourth.
#[test]
fn entries_lie_in_the_first_group_with_room_and_leave_a_trace_where_others_have_passed() {
    let (table, names) = (Table::with_places(32), names(21));
    let names: Vec<_> = names.iter().map(|name| name.at_place(1)).collect();
    let (last, first) = names.split_last().unwrap();
    assert!(first.iter().all(|name| insert(&table, *name, 10)));
    let groups: Vec<_> = first.iter().map(|name| spot(&table, *name).unwrap().group).collect();
    assert_eq!(groups, [[1; 8], [2; 8], [3; 8]].concat()[..20]);

    assert!(!remove(&table, first[0]), "others have passed its group");
    assert!(remove(&table, first[19]), "nobody has passed this one");
    assert!(first[1..19].iter().all(|name| holds(&table, *name)));
    assert!(!holds(&table, first[0]) && !holds(&table, first[19]));

    assert!(!insert(&table, *last, 10), "it takes the place that was left, and none that was empty");
    assert_eq!(spot(&table, *last).unwrap().group, 1);
    assert_eq!(table.entries().count(), 19);
}

#[test]
fn look_ups_go_on_from_the_last_group_to_the_first() {
    let (table, names) = (Table::with_places(16), names(13));
    let names: Vec<_> = names.iter().map(|name| name.at_place(u32::MAX)).collect();
    let (other, names) = names.split_last().unwrap();
    assert!(names.iter().all(|name| insert(&table, *name, 10)));
    assert!(names.iter().all(|name| holds(&table, *name)));
    assert!(!holds(&table, *other));
}

#[test]
fn a_look_up_ends_though_no_place_is_empty() {
    let (table, names) = (Table::with_places(16), names(17));
    let (other, names) = names.split_last().unwrap();
    assert!(names.iter().all(|name| insert(&table, *name, 10)));
    assert!(!holds(&table, *other));
    assert_eq!(table.at(other.place()).count(), 0);
    assert!(!insert(&table, *other, 10));
}

#[test]
fn tags_are_told_apart_byte_by_byte() {
    let word = u64::from_le_bytes([2, 1, 0x80, 0x81, 0xff, 0x80, 0, 0xfe]);
    let first = |tag| bytes(equal(word, tag)).next();
    assert_eq!([0x80, 0x81, 0xff, 0xfe, 0x82].map(first), [Some(2), Some(3), Some(4), Some(7), None]);
    let full = word | 0x0002_0000_0000_0200;
    assert!(has_empty(word) && !has_empty(full) && !has_empty(full & !0x0200));
    assert_eq!([word, full & !0x0200, full].map(first_free), [Some(1), Some(1), None]);
    assert_eq!([0, 0xffff, 0x1_0000, 0x8000_0000, u32::MAX].map(tag), [2, 2, 2, 129, 255]);
}

/// Some of those that stay lie beyond groups that were full, and others come and go in all places around them.
#[test]
fn a_reader_beside_a_busy_writer_finds_what_stays_and_nothing_that_never_was() {
    let table = Table::with_places(64);
    let near: Vec<_> = (0..).zip(names(60)).map(|(number, name)| name.at_place(number % 4)).collect();
    let (stay, others) = near.split_at(20);
    let (pass, never) = others.split_at(20);
    for (stays, passes) in stay.iter().zip(pass) {
        insert(&table, *passes, 10);
        insert(&table, *stays, 10);
    }
    std::thread::scope(|scope| {
        let reader = scope.spawn(|| {
            // Until others have gone and come before its eyes a thousand times.
            let (mut changes, mut before) = (0, 0);
            while changes < 1000 {
                assert!(stay.iter().all(|name| table.end_of(*name) == Some(end(10))));
                assert!(!never.iter().any(|name| holds(&table, *name)));
                let present = pass.iter().filter(|name| holds(&table, **name)).count();
                changes += usize::from(present != before);
                before = present;
            }
        });
        for round in 0.. {
            // In another order each time, so that they do not come back to their places.
            let order = || (0..pass.len()).map(|number| pass[(number * 7 + round) % pass.len()]);
            for name in order() {
                remove(&table, name);
            }
            for name in order() {
                insert(&table, name, 10);
            }
            if reader.is_finished() {
                break;
            }
        }
        reader.join().unwrap();
    });
}
