//! A shared connection that is replaced when it has failed.
//!
//! The first caller that finds the connection dead begins a new one, and all callers share that one attempt and its
//! failure. So the time that a call can take is bounded by one connection and one answer, whatever the number of
//! callers. The driver's own manager makes its callers wait through its retries, and keeps a connection whose other end
//! has gone without a word.
//!
//! A cluster's connection is dead if one shard did not answer. Then the old one still serves the other shards while the
//! new one is made.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Shared};
use redis::RedisError;

/// Whether a connection is of no more use; whoever notices says so here.
pub(super) type IsDead = Arc<AtomicBool>;

type Connect<C> = dyn Fn(IsDead) -> BoxFuture<'static, Result<C, RedisError>> + Send + Sync;

/// Keeps a connection.
pub(super) struct Keeper<C> {
    connect: Box<Connect<C>>,
    /// Whether a dead connection serves until the new one stands.
    serves_while_dead: bool,
    attempts: Mutex<Attempts<C>>,
}

struct Attempts<C> {
    current: Option<Attempt<C>>,
    /// The one that will replace it.
    next: Option<Attempt<C>>,
}

/// A connection under way, made or lost.
struct Attempt<C> {
    connection: Shared<BoxFuture<'static, Result<C, RedisError>>>,
    is_dead: IsDead,
}

impl<C: Clone + Send + Sync + 'static> Keeper<C> {
    pub(super) fn new(
        connect: impl Fn(IsDead) -> BoxFuture<'static, Result<C, RedisError>> + Send + Sync + 'static,
    ) -> Self {
        let attempts = Mutex::new(Attempts { current: None, next: None });
        Self { connect: Box::new(connect), serves_while_dead: false, attempts }
    }

    /// Lets a dead connection serve until the new one stands.
    pub(super) fn serving_while_dead(self) -> Self {
        Self { serves_while_dead: true, ..self }
    }

    /// The connection, once it is made.
    pub(super) async fn get(&self) -> Result<(C, IsDead), RedisError> {
        let (connection, is_dead) = self.attempt();
        let result = connection.await;
        if result.is_err() {
            is_dead.store(true, Ordering::Release);
        }
        Ok((result?, is_dead))
    }

    /// The attempt that is current, or a new one if that has failed.
    fn attempt(&self) -> (Shared<BoxFuture<'static, Result<C, RedisError>>>, IsDead) {
        let mut attempts = self.attempts.lock().unwrap_or_else(PoisonError::into_inner);
        let Attempts { current, next } = &mut *attempts;
        if let Some(dead) = current.as_ref().filter(|attempt| attempt.is_dead.load(Ordering::Acquire)) {
            let is_made = matches!(dead.connection.peek(), Some(Ok(_)));
            let coming = next.take().filter(|attempt| !matches!(attempt.connection.peek(), Some(Err(_))));
            if self.serves_while_dead && is_made {
                let coming = coming.unwrap_or_else(|| {
                    let attempt = self.begin();
                    // The callers do not wait for it, so a task drives it.
                    drop(tokio::spawn(attempt.connection.clone()));
                    attempt
                });
                let is_standing = coming.connection.peek().is_some();
                *(if is_standing { &mut *current } else { next }) = Some(coming);
            } else {
                *current = coming;
            }
        }
        let attempt = current.get_or_insert_with(|| self.begin());
        (attempt.connection.clone(), Arc::clone(&attempt.is_dead))
    }

    fn begin(&self) -> Attempt<C> {
        let is_dead = IsDead::default();
        Attempt { connection: (self.connect)(Arc::clone(&is_dead)).shared(), is_dead }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicU32;

    use super::*;

    #[tokio::test(flavor = "current_thread")]
    async fn an_attempt_is_shared_and_a_dead_one_is_replaced() {
        let made = Arc::new(AtomicU32::new(0));
        let counted = Arc::clone(&made);
        let keeper = Keeper::new(move |_| {
            let number = counted.fetch_add(1, Ordering::SeqCst);
            let outcome = if number == 1 { Err(std::io::Error::other("refused").into()) } else { Ok(number) };
            async move { outcome }.boxed()
        });
        let (first, is_dead) = keeper.get().await.unwrap();
        assert_eq!((first, keeper.get().await.unwrap().0), (0, 0));
        is_dead.store(true, Ordering::Release);
        assert!(keeper.get().await.is_err());
        // The failure is not kept either.
        assert_eq!(keeper.get().await.unwrap().0, 2);
        assert_eq!(made.load(Ordering::SeqCst), 3);
    }
    #[tokio::test(flavor = "current_thread")]
    async fn dead_connection_serves_until_the_new_one_stands() {
        let made = Arc::new(AtomicU32::new(0));
        let (counted, gate) = (Arc::clone(&made), Arc::new(tokio::sync::Notify::new()));
        let opened = Arc::clone(&gate);
        let keeper = Keeper::new(move |_| {
            let (number, opened) = (counted.fetch_add(1, Ordering::SeqCst), Arc::clone(&opened));
            async move {
                if number > 0 {
                    opened.notified().await;
                }
                Ok(number)
            }
            .boxed()
        });
        let keeper = keeper.serving_while_dead();
        keeper.get().await.unwrap().1.store(true, Ordering::Release);
        for _ in 0..3 {
            assert_eq!(keeper.get().await.unwrap().0, 0);
            tokio::task::yield_now().await;
        }
        assert_eq!(made.load(Ordering::SeqCst), 2);
        gate.notify_one();
        while keeper.get().await.unwrap().0 == 0 {
            tokio::task::yield_now().await;
        }
        assert_eq!(made.load(Ordering::SeqCst), 2);
    }
}
