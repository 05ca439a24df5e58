//! Laws of random tokens.

use countersign_random::KeyedDigest;

use super::{Outcome, at, expect, expect_duplicate, failed, keyed};
use crate::{Kind, StoredToken, TokenLookup, TokenRecord, TokenStore, TokenStoreExt};

pub(super) fn token(id: &str, owner: &str, digest: KeyedDigest, expires_at: Option<i64>) -> StoredToken {
    StoredToken {
        record: TokenRecord {
            id: id.to_owned(),
            kind: Kind::ApiKey,
            owner: owner.to_owned(),
            name: "deploy".to_owned(),
            hint: "acme_8fKq".to_owned(),
            scopes: vec!["read".to_owned(), "write".to_owned()],
            roles: vec!["admin".to_owned()],
            created_at: at(1000),
            expires_at: expires_at.map(at),
            last_used_at: None,
        },
        digest,
    }
}

pub(super) async fn insert<S: TokenStore>(store: &S, token: StoredToken) -> Outcome {
    store.insert_token(token).await.map_err(failed)
}

/// The id of the token found under `digests`, or the other outcome's name.
pub(super) async fn find<S: TokenStore>(
    store: &S,
    kind: Kind,
    digests: &[KeyedDigest],
    now: i64,
) -> Result<String, String> {
    Ok(match store.find_token(kind, digests, at(now)).await.map_err(failed)? {
        TokenLookup::Found(found) => found.record.id,
        TokenLookup::Expired => "(expired)".to_owned(),
        TokenLookup::Unknown => "(unknown)".to_owned(),
    })
}

async fn list<S: TokenStore>(store: &S, owner: &str) -> Result<Vec<TokenRecord>, String> {
    store.list_tokens(Kind::ApiKey, owner).await.map_err(failed)
}

fn text(text: &str) -> String {
    text.to_owned()
}

pub(super) async fn an_inserted_token_is_found_by_its_digest<S: TokenStore>(store: &S) -> Outcome {
    insert(store, token("a", "alice", keyed(1, 1), Some(2000))).await?;
    insert(store, token("b", "alice", keyed(2, 2), None)).await?;
    let found =
        store.find_token(Kind::ApiKey, &[keyed(2, 9), keyed(1, 1)], at(1500)).await.map_err(failed)?;
    let TokenLookup::Found(found) = found else { return Err(text("the token was not found")) };
    expect("the record", &found.record, &token("a", "alice", keyed(1, 1), Some(2000)).record)?;
    expect("its key", &found.digest.key_id, &1)?;
    if !found.digest.digest.matches(&keyed(1, 1).digest) {
        return Err(text("another digest came back"));
    }
    expect("none", &find(store, Kind::ApiKey, &[], 1500).await?, &text("(unknown)"))?;
    // The same bytes under another key are another digest.
    expect("other key", &find(store, Kind::ApiKey, &[keyed(2, 1)], 1500).await?, &text("(unknown)"))
}

pub(super) async fn a_token_of_another_kind_is_unknown<S: TokenStore>(store: &S) -> Outcome {
    insert(store, token("a", "alice", keyed(1, 1), None)).await?;
    let got = find(store, Kind::AccessToken, &[keyed(1, 1)], 1500).await?;
    expect("an API key as access token", &got, &text("(unknown)"))?;
    let listed = store.list_tokens(Kind::AccessToken, "alice").await.map_err(failed)?;
    expect("listed", &listed.len(), &0)?;
    let removed = store.remove(Kind::AccessToken.into(), "alice", "a").await.map_err(failed)?;
    expect("removed", &removed, &false)?;
    let removed = store.remove_by_owner(Kind::AccessToken.into(), "alice").await.map_err(failed)?;
    expect("removed by owner", &removed, &0)?;
    expect("still there", &find(store, Kind::ApiKey, &[keyed(1, 1)], 1500).await?, &text("a"))
}

pub(super) async fn a_list_holds_one_kind_only<S: TokenStore>(store: &S) -> Outcome {
    let of_kind = |id: &str, byte, kind| {
        let mut token = token(id, "alice", keyed(1, byte), None);
        token.record.kind = kind;
        token
    };
    for (id, byte, kind) in [("k", 1, Kind::ApiKey), ("t", 2, Kind::AccessToken)] {
        insert(store, of_kind(id, byte, kind)).await?;
    }
    for (kind, id) in [(Kind::ApiKey, "k"), (Kind::AccessToken, "t")] {
        let listed = store.list_tokens(kind, "alice").await.map_err(failed)?;
        let ids: Vec<_> = listed.into_iter().map(|record| record.id).collect();
        expect(kind.as_str(), &ids, &vec![text(id)])?;
    }
    expect("removed", &store.remove_by_owner(Kind::ApiKey.into(), "alice").await.map_err(failed)?, &1)?;
    expect("the other kind", &find(store, Kind::AccessToken, &[keyed(1, 2)], 1500).await?, &text("t"))
}

pub(super) async fn a_token_counts_before_its_end_and_not_at_it<S: TokenStore>(store: &S) -> Outcome {
    insert(store, token("a", "alice", keyed(1, 1), Some(2000))).await?;
    expect("before", &find(store, Kind::ApiKey, &[keyed(1, 1)], 1999).await?, &text("a"))?;
    expect("at", &find(store, Kind::ApiKey, &[keyed(1, 1)], 2000).await?, &text("(expired)"))
}

pub(super) async fn an_id_or_digest_cannot_be_taken_twice<S: TokenStore>(store: &S) -> Outcome {
    insert(store, token("a", "alice", keyed(1, 1), None)).await?;
    expect_duplicate("same id", store.insert_token(token("a", "bob", keyed(1, 2), None)).await)?;
    expect_duplicate("same digest", store.insert_token(token("b", "bob", keyed(1, 1), None)).await)?;
    expect("bob's list", &list(store, "bob").await?.len(), &0)?;
    expect("2", &find(store, Kind::ApiKey, &[keyed(1, 2)], 1500).await?, &text("(unknown)"))?;
    expect("1", &find(store, Kind::ApiKey, &[keyed(1, 1)], 1500).await?, &text("a"))
}

pub(super) async fn a_list_holds_the_owners_tokens_the_oldest_first<S: TokenStore>(store: &S) -> Outcome {
    for (id, owner, byte, created_at) in
        [("z", "alice", 1, 1001), ("a", "alice", 2, 1003), ("m", "alice", 3, 1002), ("o", "alic", 4, 1000)]
    {
        let mut token = token(id, owner, keyed(1, byte), None);
        token.record.created_at = at(created_at);
        insert(store, token).await?;
    }
    let ids: Vec<_> = list(store, "alice").await?.into_iter().map(|record| record.id).collect();
    expect("ids", &ids, &vec![text("z"), text("m"), text("a")])
}

pub(super) async fn an_owner_removes_only_their_own<S: TokenStore>(store: &S) -> Outcome {
    insert(store, token("a", "alice", keyed(1, 1), None)).await?;
    let remove =
        async |owner: &str, id: &str| store.remove(Kind::ApiKey.into(), owner, id).await.map_err(failed);
    expect("by bob", &remove("bob", "a").await?, &false)?;
    expect("unknown", &remove("alice", "b").await?, &false)?;
    expect("still there", &find(store, Kind::ApiKey, &[keyed(1, 1)], 1500).await?, &text("a"))?;
    expect("by alice", &remove("alice", "a").await?, &true)?;
    expect("again", &remove("alice", "a").await?, &false)?;
    expect("gone", &find(store, Kind::ApiKey, &[keyed(1, 1)], 1500).await?, &text("(unknown)"))?;
    expect("list", &list(store, "alice").await?.len(), &0)?;
    insert(store, token("a", "alice", keyed(1, 1), None)).await
}

pub(super) async fn an_end_is_brought_forward_and_never_put_off<S: TokenStore>(store: &S) -> Outcome {
    insert(store, token("a", "alice", keyed(1, 1), None)).await?;
    insert(store, token("b", "alice", keyed(1, 2), Some(3000))).await?;
    let expire = async |kind, owner: &str, id: &str, end| {
        store.expire_token(kind, owner, id, at(end)).await.map_err(failed)
    };
    expect("bob's", &expire(Kind::ApiKey, "bob", "a", 2000).await?, &false)?;
    expect("another kind", &expire(Kind::AccessToken, "alice", "a", 2000).await?, &false)?;
    expect("unknown", &expire(Kind::ApiKey, "alice", "x", 2000).await?, &false)?;
    expect("no end as yet", &find(store, Kind::ApiKey, &[keyed(1, 1)], 2000).await?, &text("a"))?;
    for (id, end, expected) in [("a", 2000, 2000), ("a", 2500, 2000), ("a", 1900, 1900), ("b", 3500, 3000)] {
        expect("theirs", &expire(Kind::ApiKey, "alice", id, end).await?, &true)?;
        let listed = list(store, "alice").await?.into_iter().find(|record| record.id == id);
        expect("its end", &listed.and_then(|record| record.expires_at), &Some(at(expected)))?;
    }
    expect("before", &find(store, Kind::ApiKey, &[keyed(1, 1)], 1899).await?, &text("a"))?;
    expect("at", &find(store, Kind::ApiKey, &[keyed(1, 1)], 1900).await?, &text("(expired)"))?;
    if store.purges_itself() {
        return Ok(());
    }
    let purge = async |now| Ok::<_, String>(store.purge_expired(at(now), 10).await.map_err(failed)?.removed);
    expect("purged at its new end", &purge(1900).await?, &1)?;
    expect("and at no other", &purge(2500).await?, &0)?;
    expect("the other", &purge(3000).await?, &1)
}

pub(super) async fn all_of_an_owner_go_together<S: TokenStore>(store: &S) -> Outcome {
    for (id, owner, byte) in [("a", "alice", 1), ("b", "alice", 2), ("c", "alice2", 3)] {
        insert(store, token(id, owner, keyed(1, byte), None)).await?;
    }
    let removed = store.remove_by_owner(Kind::ApiKey.into(), "alice").await.map_err(failed)?;
    expect("removed", &removed, &2)?;
    expect("gone", &find(store, Kind::ApiKey, &[keyed(1, 2)], 1500).await?, &text("(unknown)"))?;
    expect("another owner's", &find(store, Kind::ApiKey, &[keyed(1, 3)], 1500).await?, &text("c"))
}

pub(super) async fn the_last_use_never_moves_back<S: TokenStore>(store: &S) -> Outcome {
    insert(store, token("a", "alice", keyed(1, 1), None)).await?;
    for (used_at, expected) in [(1500, 1500), (1400, 1500), (1600, 1600)] {
        store.record_use(Kind::ApiKey, "a", at(used_at)).await.map_err(failed)?;
        let last = list(store, "alice").await?.first().and_then(|record| record.last_used_at);
        expect(&format!("after a use at {used_at}"), &last, &Some(at(expected)))?;
    }
    store.record_use(Kind::ApiKey, "unknown", at(1500)).await.map_err(failed)
}

pub(super) async fn a_redigest_replaces_what_it_expected_and_nothing_else<S: TokenStore>(
    store: &S,
) -> Outcome {
    insert(store, token("a", "alice", keyed(1, 1), None)).await?;
    insert(store, token("b", "alice", keyed(2, 3), None)).await?;
    let redigest = async |id: &str, from, to| store.redigest(Kind::ApiKey, id, from, to).await;
    expect("replaced", &redigest("a", keyed(1, 1), keyed(2, 2)).await.map_err(failed)?, &true)?;
    expect("once only", &redigest("a", keyed(1, 1), keyed(2, 4)).await.map_err(failed)?, &false)?;
    expect("unknown", &redigest("x", keyed(1, 1), keyed(2, 4)).await.map_err(failed)?, &false)?;
    let other_bytes = redigest("a", keyed(2, 9), keyed(2, 4)).await.map_err(failed)?;
    expect("under the same key, but another digest", &other_bytes, &false)?;
    expect("old", &find(store, Kind::ApiKey, &[keyed(1, 1)], 1500).await?, &text("(unknown)"))?;
    expect("new", &find(store, Kind::ApiKey, &[keyed(2, 2)], 1500).await?, &text("a"))?;
    let taken = redigest("a", keyed(2, 2), keyed(2, 3)).await;
    expect_duplicate("a digest that is another's", taken.map(|_| ()))?;
    expect("kept", &find(store, Kind::ApiKey, &[keyed(2, 2)], 1500).await?, &text("a"))?;
    expect("the other's", &find(store, Kind::ApiKey, &[keyed(2, 3)], 1500).await?, &text("b"))
}

pub(super) async fn a_purge_removes_what_has_expired_and_keeps_the_rest<S: TokenStore>(store: &S) -> Outcome {
    insert(store, token("old", "alice", keyed(1, 1), Some(2000))).await?;
    insert(store, token("new", "alice", keyed(1, 2), Some(2001))).await?;
    insert(store, token("for ever", "alice", keyed(1, 3), None)).await?;
    let purge = async |now| Ok::<_, String>(store.purge_expired(at(now), 10).await.map_err(failed)?.removed);
    expect("too early", &purge(1999).await?, &0)?;
    expect("in time", &purge(2000).await?, &1)?;
    expect("again", &purge(2000).await?, &0)?;
    expect("gone", &find(store, Kind::ApiKey, &[keyed(1, 1)], 1500).await?, &text("(unknown)"))?;
    let ids: Vec<_> = list(store, "alice").await?.into_iter().map(|record| record.id).collect();
    expect("kept", &ids, &vec![text("for ever"), text("new")])
}

pub(super) async fn a_purge_is_bounded<S: TokenStore>(store: &S) -> Outcome {
    for byte in 0..25 {
        insert(store, token(&byte.to_string(), "alice", keyed(1, byte), Some(2000))).await?;
    }
    let mut sizes = Vec::new();
    loop {
        let purged = store.purge_expired(at(2000), 10).await.map_err(failed)?;
        sizes.push(purged.removed);
        if !purged.more || sizes.len() > 25 {
            break;
        }
    }
    if sizes.iter().any(|&size| size > 10) || sizes.iter().sum::<usize>() != 25 {
        return Err(format!("batches of at most 10 that add up to 25 were expected, got {sizes:?}"));
    }
    Ok(())
}

pub(super) async fn a_part_of_a_millisecond_leaves_nothing_behind<S: TokenStore>(store: &S) -> Outcome {
    let mut token = token("a", "alice", keyed(1, 1), Some(2000));
    token.record.expires_at = Some(at(2000).saturating_add(time::Duration::nanoseconds(1)));
    insert(store, token).await?;
    let purge = async |now| Ok::<_, String>(store.purge_expired(at(now), 10).await.map_err(failed)?.removed);
    expect("purged", &purge(2001).await?, &1)?;
    expect("purged again", &purge(2002).await?, &0)
}

pub(super) async fn odd_texts_are_kept_apart<S: TokenStore>(store: &S) -> Outcome {
    let long = "x".repeat(16 * 1024);
    let texts = ["", "\0", "a\0", "a", "'; DROP TABLE tokens; --", "ключ", "%00", ":", "*", &long];
    for (byte, odd) in (0_u8..).zip(texts) {
        let mut token = token(odd, odd, keyed(1, byte), None);
        token.record.name = odd.to_owned();
        token.record.scopes = vec![odd.to_owned()];
        insert(store, token).await?;
    }
    for (byte, odd) in (0_u8..).zip(texts) {
        let what = format!("a text of {} bytes", odd.len());
        expect(&what, &find(store, Kind::ApiKey, &[keyed(1, byte)], 1500).await?, &text(odd))?;
        let listed = list(store, odd).await?;
        let names: Vec<_> = listed.into_iter().map(|record| (record.name, record.scopes)).collect();
        expect(&what, &names, &vec![(text(odd), vec![text(odd)])])?;
        expect(&what, &store.remove(Kind::ApiKey.into(), odd, odd).await.map_err(failed)?, &true)?;
    }
    Ok(())
}
