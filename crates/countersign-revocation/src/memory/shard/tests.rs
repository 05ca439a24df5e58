use time::OffsetDateTime;

use super::super::fingerprint::Fingerprinter;
use super::*;
use crate::RetainUntil;

fn end(seconds: u64) -> End {
    End::of(RetainUntil::from_unix_seconds(seconds))
}

fn now(seconds: i64) -> End {
    End::now(OffsetDateTime::from_unix_timestamp(seconds).unwrap())
}

fn names(count: usize) -> Vec<Fingerprint> {
    let fingerprinter = Fingerprinter::default();
    (0..count).map(|number| fingerprinter.of("issuer", b'j', number.to_string().as_bytes())).collect()
}

fn revoke(shard: &mut Shard<()>, name: Fingerprint, end: End) {
    shard.upsert(name, end, |()| ());
}

#[test]
fn purge_removes_the_earliest_ends_first_and_no_more_than_its_limit() {
    let (mut shard, names) = (Shard::default(), names(3));
    for (name, seconds) in names.iter().zip([1002, 1000, 1001]) {
        revoke(&mut shard, *name, end(seconds));
    }
    assert_eq!(shard.purge_expired(now(5000), 2), 2);
    let left: Vec<_> = names.iter().map(|name| shard.live(*name, now(0)).is_some()).collect();
    assert_eq!(left, [true, false, false]);
    assert_eq!([2, 2].map(|limit| shard.purge_expired(now(5000), limit)), [1, 0]);
}

#[test]
fn lengthened_entry_is_purged_once_at_its_latest_end() {
    let (mut shard, names) = (Shard::default(), names(1));
    for seconds in [1000, 3000, 2000] {
        revoke(&mut shard, names[0], end(seconds));
    }
    assert_eq!(shard.order.len(), 1);
    assert_eq!(shard.purge_expired(now(2999), 10), 0);
    assert_eq!(shard.purge_expired(now(3000), 10), 1);
    assert_eq!((shard.order.len(), shard.table.len()), (0, 0));
}

#[test]
fn entry_without_an_end_is_never_purged() {
    let (mut shard, names) = (Shard::default(), names(2));
    for (name, ends) in [(names[0], [End::NEVER, end(1000)]), (names[1], [end(1000), End::NEVER])] {
        for end in ends {
            revoke(&mut shard, name, end);
        }
    }
    assert_eq!(shard.order.len(), 0);
    assert_eq!(shard.purge_expired(now(i64::from(u32::MAX)), 10), 0);
    assert!(names.iter().all(|name| shard.live(*name, now(i64::from(u32::MAX))).is_some()));
}

#[test]
fn table_shrinks_with_what_is_left_and_keeps_room_for_more() {
    let mut shard = Shard::default();
    for (number, name) in (1..).zip(names(10_000)) {
        revoke(&mut shard, name, end(number));
    }
    let full = shard.table.num_buckets();
    for moment in 1..=10_000 {
        shard.purge_expired(now(moment), 10);
        let (left, buckets) = (shard.table.len(), shard.table.num_buckets());
        assert!(buckets <= 16 || left * 8 + 8 >= buckets * 3, "{left} entries in {buckets} buckets");
        // A table is full at 7/8. One that was just shrunk is filled to 3/4 at most.
        assert!(buckets <= 16 || buckets == full || left * 4 <= buckets * 3, "{left} fill {buckets} buckets");
    }
    assert_eq!(shard.table.len(), 0);
}
