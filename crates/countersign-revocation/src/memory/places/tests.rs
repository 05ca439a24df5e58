use super::*;
use crate::Until;

fn past() -> Until {
    Until::from_unix_seconds(1000)
}

fn at(seconds: i64) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(seconds).unwrap()
}

/// Names that fall into the same shard and the same part.
fn names(count: u32) -> Vec<Fingerprint> {
    (0..count)
        .map(|number| Fingerprint::from_words([7, number.wrapping_mul(0x9e37_79b9), number, 0]))
        .collect()
}

/// Across all sizes of a table, up and down.
#[test]
fn a_reader_finds_what_stays_while_tables_are_replaced_beside_it() {
    let (places, names) = (Places::new(), names(3000));
    let (stay, pass) = names.split_at(10);
    for name in stay {
        places.revoke(*name, End::NEVER).unwrap();
    }
    std::thread::scope(|scope| {
        let reader = scope.spawn(|| {
            // Until it has met two hundred tables.
            let (mut met, mut before) = (0, Arc::default());
            while met < 200 {
                let tables = places.tables();
                assert!(stay.iter().all(|name| tables.is_revoked(*name, End::now(at(0))).unwrap()));
                met += usize::from(!tables.has(stay[0].shard(), &before));
                before = Arc::clone(&tables.0[stay[0].shard()]);
            }
        });
        while !reader.is_finished() {
            for name in pass {
                places.revoke(*name, End::of(past())).unwrap();
            }
            assert_eq!(places.purge_expired(at(1000), usize::MAX).unwrap().removed, pass.len());
        }
        reader.join().unwrap();
    });
    assert_eq!(places.counts().unwrap().tokens, 10);
}

#[test]
fn a_purge_of_subjects_hides_none_that_stays() {
    let (places, names) = (Places::new(), names(200));
    for (name, until) in names.iter().zip([past(), Until::FOREVER].into_iter().cycle()) {
        places.change_subjects(*name, |subjects| subjects.raise(*name, until, 5, 0)).unwrap();
    }
    let dead = |now| {
        let is_dead = |name: &&Fingerprint| places.is_dead(**name, Vintage::Generation(4), now).unwrap();
        names.iter().filter(is_dead).count()
    };
    assert_eq!(dead(at(999)), 200);
    for (limit, removed) in [(30, 30), (1000, 70), (1000, 0)] {
        assert_eq!(places.purge_expired(at(1000), limit).unwrap().removed, removed);
        assert_eq!(dead(at(1000)), 100);
    }
    let may_hold = names.iter().filter(|name| places.filters[name.part(PARTS)].may_hold(**name)).count();
    assert!((100..200).contains(&may_hold), "{may_hold}: what is gone is forgotten, but for a few by chance");
}
