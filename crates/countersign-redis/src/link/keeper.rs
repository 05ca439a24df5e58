//! A connection that is shared, and made anew when it has failed.
//!
//! Whoever finds the connection dead begins a new one, all who come meanwhile share that one attempt, and its failure
//! is everybody's. So the time that a call can take is bounded by one connection and one answer, whatever the number
//! of callers. The driver's own manager has its callers wait through its retries, and keeps a connection whose other
//! end has gone without a word.

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
    current: Mutex<Option<Attempt<C>>>,
}

/// A connection under way, made or lost.
struct Attempt<C> {
    connection: Shared<BoxFuture<'static, Result<C, RedisError>>>,
    is_dead: IsDead,
}

impl<C: Clone + Send + 'static> Keeper<C> {
    pub(super) fn new(
        connect: impl Fn(IsDead) -> BoxFuture<'static, Result<C, RedisError>> + Send + Sync + 'static,
    ) -> Self {
        Self { connect: Box::new(connect), current: Mutex::new(None) }
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
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        let live = current.take().filter(|attempt| !attempt.is_dead.load(Ordering::Acquire));
        let attempt = current.insert(live.unwrap_or_else(|| {
            let is_dead = IsDead::default();
            Attempt { connection: (self.connect)(Arc::clone(&is_dead)).shared(), is_dead }
        }));
        (attempt.connection.clone(), Arc::clone(&attempt.is_dead))
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
}
