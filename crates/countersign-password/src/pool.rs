//! A few threads that work through a bounded queue.
//!
//! Plain threads and a channel of the standard library, and a oneshot for the answer: no async runtime is
//! needed, and any can wait for it. The bound is what keeps a flood of logins from taking the machine: what
//! does not fit is refused at once instead of waiting for minutes.
//!
//! Dropping the pool ends its threads once they are done with what is under way; it does not wait for them.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use futures_channel::oneshot;

use crate::{Error, ErrorKind};

type Job = Box<dyn FnOnce() + Send>;

pub(crate) struct Pool {
    queue: SyncSender<Job>,
}

impl Pool {
    /// `workers` threads, and room for `queue` jobs that wait for one. Both are at least 1.
    pub(crate) fn start(workers: usize, queue: usize) -> Result<Self, Error> {
        let (sender, receiver) = sync_channel(queue);
        let receiver = Arc::new(Mutex::new(receiver));
        for _ in 0..workers {
            let receiver = Arc::clone(&receiver);
            // If a later one cannot be started, the queue is dropped and ends those that were.
            thread::Builder::new()
                .name("countersign-password".into())
                .spawn(move || serve(&receiver))
                .map_err(|error| Error::caused(ErrorKind::ThreadUnavailable, error))?;
        }
        Ok(Self { queue: sender })
    }

    /// Has `work` done by one of the threads. It is given a function that says whether anybody still waits
    /// for the answer; if nobody does when its turn comes, it is not begun.
    ///
    /// # Errors
    /// [`ErrorKind::Busy`] at once if the queue is full; [`ErrorKind::Abandoned`] if the work panicked.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&dyn Fn() -> bool) -> T + Send + 'static,
    ) -> Result<T, Error> {
        self.submit(work)?.await.map_err(|oneshot::Canceled| Error::new(ErrorKind::Abandoned))
    }

    /// The part of [`run`](Self::run) that does not wait: when it returns, the job is in the queue.
    fn submit<T: Send + 'static>(
        &self,
        work: impl FnOnce(&dyn Fn() -> bool) -> T + Send + 'static,
    ) -> Result<oneshot::Receiver<T>, Error> {
        let (answer, answered) = oneshot::channel();
        let job = move || {
            if answer.is_canceled() {
                return;
            }
            let done = work(&|| !answer.is_canceled());
            // It fails if nobody waits any longer, and then there is nobody to tell.
            let _ = answer.send(done);
        };
        // Full is the only way to fail: the receiver lives as long as a worker does, and all outlive this.
        self.queue.try_send(Box::new(job)).map_err(|_| Error::new(ErrorKind::Busy))?;
        Ok(answered)
    }
}

/// A thread's life: one job after the other until the pool is gone.
fn serve(receiver: &Mutex<Receiver<Job>>) {
    loop {
        // Whoever has the lock waits for the next job, the others wait for the lock. It is let go of before
        // the job is begun, and nothing panics while it is held.
        let next = receiver.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(job) = next else { return };
        // A job that panics drops its answer, which its caller sees; the thread must outlive it, or else
        // the pool would die bit by bit. A job shares nothing with others that it could leave half done.
        let _ = catch_unwind(AssertUnwindSafe(job));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;
    use std::time::Duration;

    use super::*;

    const LONG: Duration = Duration::from_secs(20);

    /// Occupies a worker until the sender is dropped; returns when the worker has begun.
    fn occupy(pool: &Pool) -> (std::sync::mpsc::Sender<()>, oneshot::Receiver<()>) {
        let (release, released) = channel::<()>();
        let (begun, beginning) = channel();
        let answered = pool
            .submit(move |_| {
                begun.send(()).unwrap();
                let _ = released.recv();
            })
            .unwrap();
        beginning.recv_timeout(LONG).unwrap();
        (release, answered)
    }

    #[test]
    fn a_full_queue_refuses_at_once_and_takes_again_when_there_is_room() {
        let pool = Pool::start(1, 2).unwrap();
        let (release, under_way) = occupy(&pool);
        let waiting = [pool.submit(|_| 1).unwrap(), pool.submit(|_| 2).unwrap()];
        assert_eq!(pool.submit(|_| 3).unwrap_err().kind(), ErrorKind::Busy);
        drop(release);
        pollster::block_on(under_way).unwrap();
        assert_eq!(waiting.map(|answer| pollster::block_on(answer).unwrap()), [1, 2]);
        assert_eq!(pollster::block_on(pool.run(|_| 4)).unwrap(), 4);
    }

    #[test]
    fn as_many_jobs_run_at_once_as_there_are_workers() {
        let pool = Pool::start(3, 1).unwrap();
        let busy = [occupy(&pool), occupy(&pool), occupy(&pool)];
        let waiting = pool.submit(|_| ()).unwrap();
        assert_eq!(pool.submit(|_| ()).unwrap_err().kind(), ErrorKind::Busy);
        drop(busy);
        pollster::block_on(waiting).unwrap();
    }

    #[test]
    fn a_job_that_nobody_waits_for_is_not_begun() {
        let pool = Pool::start(1, 2).unwrap();
        let (release, _under_way) = occupy(&pool);
        let (begun, beginning) = channel();
        drop(pool.submit(move |_| begun.send(())).unwrap());
        let after = pool.submit(|_| ()).unwrap();
        drop(release);
        pollster::block_on(after).unwrap();
        // The sender went with the job, and nothing was sent.
        assert!(beginning.recv_timeout(LONG).is_err());
    }

    #[test]
    fn a_job_under_way_learns_that_nobody_waits_any_longer() {
        let pool = Pool::start(1, 1).unwrap();
        let (go, going) = channel::<()>();
        let (tell, told) = channel();
        let answered = pool
            .submit(move |wanted| {
                tell.send(wanted()).unwrap();
                going.recv().unwrap();
                tell.send(wanted()).unwrap();
            })
            .unwrap();
        assert!(told.recv_timeout(LONG).unwrap());
        drop(answered);
        go.send(()).unwrap();
        assert!(!told.recv_timeout(LONG).unwrap());
    }

    #[test]
    fn a_job_that_panics_is_an_error_and_its_thread_goes_on() {
        let pool = Pool::start(1, 1).unwrap();
        let error = pollster::block_on(pool.run::<()>(|_| panic!("on purpose"))).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Abandoned);
        assert_eq!(pollster::block_on(pool.run(|_| 7)).unwrap(), 7);
    }

    #[test]
    fn dropping_the_pool_ends_its_threads_after_the_work_under_way() {
        struct AtTheEnd(std::sync::mpsc::Sender<()>);
        impl Drop for AtTheEnd {
            fn drop(&mut self) {
                let _ = self.0.send(());
            }
        }
        thread_local! {
            static END: std::cell::RefCell<Option<AtTheEnd>> = const { std::cell::RefCell::new(None) };
        }
        let pool = Pool::start(1, 1).unwrap();
        let (end, ended) = channel();
        pollster::block_on(pool.run(move |_| END.with_borrow_mut(|slot| *slot = Some(AtTheEnd(end)))))
            .unwrap();
        let (release, under_way) = occupy(&pool);
        drop(pool);
        assert!(ended.try_recv().is_err(), "the thread is still at work");
        drop(release);
        assert!(pollster::block_on(under_way).is_ok());
        ended.recv_timeout(LONG).unwrap();
    }
}
