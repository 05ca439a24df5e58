//! A few threads that work through a bounded queue.
//!
//! Plain threads, a lock, and a oneshot for the answer: no async runtime is needed, and any can wait for it. The
//! bound keeps a flood of logins from taking the machine: what does not fit is refused at once instead of
//! waiting for minutes. The queue serves clients in turn (`queue.rs`), so the flood of one client does not
//! refuse the others.
//!
//! Dropping the pool ends its threads once they are done with what is under way; it does not wait for them.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use futures_channel::oneshot;

use crate::queue::{Client, FairQueue};
use crate::{Error, ErrorKind};

type Job = Box<dyn FnOnce(Turn) + Send>;

/// What becomes of a job that leaves the queue.
enum Turn {
    /// It is its turn.
    Run,
    /// It lost its place to the job of another client.
    GiveWay,
}

pub(crate) struct Pool(Arc<Shared>);

struct Shared {
    state: Mutex<State>,
    /// Signalled for each new job, and when the pool closes.
    changed: Condvar,
}

struct State {
    queue: FairQueue<Job>,
    is_closed: bool,
}

impl Pool {
    /// `workers` threads, and room for `queue` jobs that wait for one. Both are at least 1.
    pub(crate) fn start(workers: usize, queue: usize) -> Result<Self, Error> {
        let state = Mutex::new(State { queue: FairQueue::new(queue), is_closed: false });
        // If a later thread cannot be started, the pool is dropped and ends those that were.
        let pool = Self(Arc::new(Shared { state, changed: Condvar::new() }));
        for _ in 0..workers {
            let shared = Arc::clone(&pool.0);
            thread::Builder::new()
                .name("countersign-password".into())
                .spawn(move || shared.serve())
                .map_err(|error| Error::caused(ErrorKind::ThreadUnavailable, error))?;
        }
        Ok(pool)
    }

    /// Has `work` done for `client` by one of the threads. The work gets a function that says whether the caller
    /// still waits for the answer; if the caller is gone when its turn comes, it is not begun.
    ///
    /// # Errors
    /// [`ErrorKind::Busy`] at once if the queue is full, or later if the queue becomes full and this client has
    /// the most jobs in it; [`ErrorKind::Abandoned`] if the work panicked.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        client: Client,
        work: impl FnOnce(&dyn Fn() -> bool) -> T + Send + 'static,
    ) -> Result<T, Error> {
        self.submit(client, work)?.await.map_err(|oneshot::Canceled| Error::new(ErrorKind::Abandoned))?
    }

    /// The part of [`run`](Self::run) that does not wait: when it returns, the job is in the queue.
    fn submit<T: Send + 'static>(
        &self,
        client: Client,
        work: impl FnOnce(&dyn Fn() -> bool) -> T + Send + 'static,
    ) -> Result<oneshot::Receiver<Result<T, Error>>, Error> {
        let (answer, answered) = oneshot::channel();
        let job = move |turn| {
            let done = match turn {
                Turn::GiveWay => Err(Error::new(ErrorKind::Busy)),
                Turn::Run if answer.is_canceled() => return,
                Turn::Run => Ok(work(&|| !answer.is_canceled())),
            };
            // It fails if the caller is gone, who then needs no answer.
            let _ = answer.send(done);
        };
        let pushed = self.0.lock().queue.push(client, Box::new(job) as Job);
        let displaced = pushed.map_err(|_| Error::new(ErrorKind::Busy))?;
        self.0.changed.notify_one();
        if let Some(displaced) = displaced {
            displaced(Turn::GiveWay);
        }
        Ok(answered)
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.0.lock().is_closed = true;
        self.0.changed.notify_all();
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing panics while the lock is held.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A thread's life: one job after the other until the pool is gone.
    fn serve(&self) {
        while let Some(job) = self.next() {
            // A job that panics drops its answer, which its caller sees; the thread must outlive it, or else
            // the pool would die bit by bit. A job shares nothing with others that it could leave half done.
            let _ = catch_unwind(AssertUnwindSafe(|| job(Turn::Run)));
        }
    }

    /// Waits for the next job; `None` when the pool is gone. The callers of jobs that are still queued then are
    /// gone too, since they borrow the pool.
    fn next(&self) -> Option<Job> {
        let mut state = self.lock();
        loop {
            if state.is_closed {
                return None;
            }
            if let Some(job) = state.queue.pop() {
                return Some(job);
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;
    use std::time::Duration;

    use countersign_session::ClientNetwork;

    use super::*;

    const LONG: Duration = Duration::from_secs(20);

    /// Occupies a worker until the sender is dropped; returns when the worker has begun.
    fn occupy(pool: &Pool) -> (std::sync::mpsc::Sender<()>, oneshot::Receiver<Result<(), Error>>) {
        let (release, released) = channel::<()>();
        let (begun, beginning) = channel();
        let answered = pool
            .submit(None, move |_| {
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
        let waiting = [pool.submit(None, |_| 1).unwrap(), pool.submit(None, |_| 2).unwrap()];
        assert_eq!(pool.submit(None, |_| 3).unwrap_err().kind(), ErrorKind::Busy);
        drop(release);
        pollster::block_on(under_way).unwrap().unwrap();
        assert_eq!(waiting.map(|answer| pollster::block_on(answer).unwrap().unwrap()), [1, 2]);
        assert_eq!(pollster::block_on(pool.run(None, |_| 4)).unwrap(), 4);
    }

    #[test]
    fn flood_of_one_client_gives_way_to_another_client() {
        let client = |text: &str| Some(ClientNetwork::of(text.parse().unwrap()));
        let pool = Pool::start(1, 4).unwrap();
        let (release, _under_way) = occupy(&pool);
        let flood: Vec<_> = ["2001:db8::1", "2001:db8::2", "2001:db8::3", "2001:db8::4"]
            .map(|address| pool.submit(client(address), |_| ()).unwrap())
            .into();
        assert_eq!(pool.submit(client("2001:db8::5"), |_| ()).unwrap_err().kind(), ErrorKind::Busy);
        let other = pool.submit(client("192.0.2.1"), |_| ()).unwrap();
        drop(release);
        pollster::block_on(other).unwrap().unwrap();
        let answers = flood.into_iter().map(|answer| pollster::block_on(answer).unwrap());
        let kinds: Vec<_> = answers.map(|answer| answer.err().map(|error| error.kind())).collect();
        assert_eq!(kinds, [None, None, None, Some(ErrorKind::Busy)]);
    }

    #[test]
    fn as_many_jobs_run_at_once_as_there_are_workers() {
        let pool = Pool::start(3, 1).unwrap();
        let busy = [occupy(&pool), occupy(&pool), occupy(&pool)];
        let waiting = pool.submit(None, |_| ()).unwrap();
        assert_eq!(pool.submit(None, |_| ()).unwrap_err().kind(), ErrorKind::Busy);
        drop(busy);
        pollster::block_on(waiting).unwrap().unwrap();
    }

    #[test]
    fn a_job_that_nobody_waits_for_is_not_begun() {
        let pool = Pool::start(1, 2).unwrap();
        let (release, _under_way) = occupy(&pool);
        let (begun, beginning) = channel();
        drop(pool.submit(None, move |_| begun.send(())).unwrap());
        let after = pool.submit(None, |_| ()).unwrap();
        drop(release);
        pollster::block_on(after).unwrap().unwrap();
        // The sender went with the job, and nothing was sent.
        assert!(beginning.recv_timeout(LONG).is_err());
    }

    #[test]
    fn a_job_under_way_learns_that_nobody_waits_any_longer() {
        let pool = Pool::start(1, 1).unwrap();
        let (go, going) = channel::<()>();
        let (tell, told) = channel();
        let answered = pool
            .submit(None, move |wanted| {
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
        let error = pollster::block_on(pool.run::<()>(None, |_| panic!("on purpose"))).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Abandoned);
        assert_eq!(pollster::block_on(pool.run(None, |_| 7)).unwrap(), 7);
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
        pollster::block_on(pool.run(None, move |_| END.with_borrow_mut(|slot| *slot = Some(AtTheEnd(end)))))
            .unwrap();
        let (release, under_way) = occupy(&pool);
        drop(pool);
        assert!(ended.try_recv().is_err(), "the thread is still at work");
        drop(release);
        assert!(pollster::block_on(under_way).is_ok());
        ended.recv_timeout(LONG).unwrap();
    }
}
