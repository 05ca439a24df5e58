//! The one thread that writes.
//!
//! redb has one write transaction at a time, and a durable commit waits for the disk. So operations are
//! sent to a thread of their own, which keeps that wait off the threads that serve requests and lets all
//! operations that have come in the meantime share one transaction and one commit. An operation is
//! answered after the commit, and not before.
//!
//! An operation that is refused because its id is taken says so before it writes, and the others of its
//! transaction are not affected. When the database fails or a record cannot be read, the transaction is
//! dropped and all that share it fail: nothing is ever done by half.
//!
//! A transaction in which nothing has changed is not committed: whoever presents garbage costs no write to
//! the disk. The queue is bounded, and a full one answers at once that the store is not available.

use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use futures_channel::oneshot;
use redb::{Database, WriteTransaction};

use crate::error::Failure;
use crate::latest::{Latest, PERIOD};

/// The most operations that share one transaction, so that none waits for an endless stream of others.
const MAX_BATCH: usize = 256;
/// The most operations that wait. At a millisecond for a batch, that is a few seconds' worth.
const MAX_QUEUE: usize = 4096;

/// What a step did: whether there is something to commit, and the result.
pub(crate) enum Done<T> {
    Changed(T),
    Unchanged(T),
}

impl<T> Done<T> {
    /// `value`, with something to commit if `changed`.
    pub(crate) fn if_changed(changed: bool, value: T) -> Self {
        if changed { Self::Changed(value) } else { Self::Unchanged(value) }
    }
}

/// The way to the thread. Dropping it lets the thread finish what it was sent, and waits for that.
pub(crate) struct Writer {
    sender: Mutex<Option<SyncSender<Box<dyn Operation>>>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    pub(crate) fn spawn(latest: Arc<Latest>) -> std::io::Result<Self> {
        let (sender, receiver) = sync_channel(MAX_QUEUE);
        let thread = std::thread::Builder::new()
            .name("countersign-redb".to_owned())
            .spawn(move || run(&latest, &receiver))?;
        Ok(Self { sender: Mutex::new(Some(sender)), thread: Some(thread) })
    }

    /// Runs `step` in a write transaction and returns its result once that is on the disk. The step
    /// happens even if the returned future is dropped.
    pub(crate) fn write<T: Send + 'static>(
        &self,
        step: impl FnOnce(&WriteTransaction) -> Result<Done<T>, Failure> + Send + 'static,
    ) -> impl Future<Output = Result<T, Failure>> + Send {
        let (reply, answer) = oneshot::channel();
        let operation = Box::new(Pending { step: Some(step), result: None, reply });
        let sender = self.sender.lock().unwrap_or_else(PoisonError::into_inner);
        let sent = match sender.as_ref().map(|sender| sender.try_send(operation)) {
            Some(Ok(())) => Ok(()),
            Some(Err(TrySendError::Full(_))) => Err(Failure::Busy),
            Some(Err(TrySendError::Disconnected(_))) | None => Err(Failure::Closed),
        };
        drop(sender);
        async move {
            sent?;
            answer.await.unwrap_or(Err(Failure::Closed))
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.sender.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = self.thread.take() {
            // A panic of the thread has closed it already, which every caller was told.
            let _ = thread.join();
        }
    }
}

/// Says that nothing can be written any more when it is dropped, and so also when the thread panics.
struct Running<'a>(&'a Latest);

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.end();
    }
}

/// An operation of any type, in its two moments: inside the transaction, and after the commit.
trait Operation: Send {
    /// Runs the step. Returns whether it has changed something; an error means that the transaction must
    /// be dropped.
    fn run(&mut self, transaction: &WriteTransaction) -> Result<bool, Failure>;
    /// Answers the caller: with the step's result if the commit succeeded.
    fn finish(self: Box<Self>, commit: Result<(), Failure>);
}

struct Pending<F, T> {
    step: Option<F>,
    result: Option<Result<T, Failure>>,
    reply: oneshot::Sender<Result<T, Failure>>,
}

impl<F, T> Operation for Pending<F, T>
where
    F: FnOnce(&WriteTransaction) -> Result<Done<T>, Failure> + Send,
    T: Send,
{
    fn run(&mut self, transaction: &WriteTransaction) -> Result<bool, Failure> {
        let Some(step) = self.step.take() else { return Ok(false) };
        let (result, changed) = match step(transaction) {
            Ok(Done::Changed(value)) => (Ok(value), true),
            Ok(Done::Unchanged(value)) => (Ok(value), false),
            // Told before anything was written.
            Err(Failure::Duplicate) => (Err(Failure::Duplicate), false),
            Err(failure) => return Err(failure),
        };
        self.result = Some(result);
        Ok(changed)
    }

    fn finish(self: Box<Self>, commit: Result<(), Failure>) {
        let result = match commit {
            Ok(()) => self.result.unwrap_or(Err(Failure::Closed)),
            Err(failure) => Err(failure),
        };
        // The caller may have gone; what it asked for has happened all the same.
        let _ = self.reply.send(result);
    }
}

fn run(latest: &Latest, receiver: &Receiver<Box<dyn Operation>>) {
    let running = Running(latest);
    loop {
        let first = match receiver.recv_timeout(PERIOD) {
            Ok(first) => first,
            Err(RecvTimeoutError::Timeout) => {
                latest.renew();
                continue;
            }
            Err(RecvTimeoutError::Disconnected) => break,
        };
        let mut batch = vec![first];
        let commit = run_batch(latest.database(), receiver, &mut batch);
        match &commit {
            Ok(true) => latest.advance(),
            Ok(false) => {}
            Err(failure) => latest.note(failure),
        }
        for operation in batch {
            operation.finish(commit.clone().map(drop));
        }
    }
    drop(running);
}

/// Runs the operations in `batch`, and those that come meanwhile, in one transaction. Returns whether there
/// was anything to commit.
fn run_batch(
    database: &Database,
    receiver: &Receiver<Box<dyn Operation>>,
    batch: &mut Vec<Box<dyn Operation>>,
) -> Result<bool, Failure> {
    let transaction = database.begin_write()?;
    let mut changed = false;
    for operation in batch.iter_mut() {
        changed |= operation.run(&transaction)?;
    }
    while batch.len() < MAX_BATCH
        && let Ok(mut operation) = receiver.try_recv()
    {
        let result = operation.run(&transaction);
        batch.push(operation);
        changed |= result?;
    }
    if changed {
        transaction.commit()?;
    } else {
        transaction.abort()?;
    }
    Ok(changed)
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use redb::{ReadableDatabase, TableDefinition, backends::InMemoryBackend};

    use super::*;

    const TABLE: TableDefinition<'_, u64, u64> = TableDefinition::new("test");

    fn database() -> Arc<Database> {
        let database = redb::Builder::new().create_with_backend(InMemoryBackend::new()).unwrap();
        crate::schema::prepare(&database).unwrap();
        Arc::new(database)
    }

    fn spawn(database: &Arc<Database>) -> (Writer, Arc<Latest>) {
        let latest = Arc::new(Latest::new(Arc::clone(database)));
        (Writer::spawn(Arc::clone(&latest)).unwrap(), latest)
    }

    #[test]
    fn a_refused_operation_leaves_the_others_of_its_batch_alone() {
        let database = database();
        let (writer, _) = spawn(&database);
        // The first operation holds the thread until both others have been sent, so that all share a batch.
        let (release, wait) = channel::<()>();
        let first = writer.write(move |_| {
            let _ = wait.recv();
            Ok(Done::Unchanged(()))
        });
        let refused = writer.write(|_| Err::<Done<()>, _>(Failure::Duplicate));
        let accepted = writer.write(|transaction| {
            transaction.open_table(TABLE)?.insert(1, 2)?;
            Ok(Done::Changed(3))
        });
        release.send(()).unwrap();
        pollster::block_on(first).unwrap();
        assert!(matches!(pollster::block_on(refused), Err(Failure::Duplicate)));
        assert!(matches!(pollster::block_on(accepted), Ok(3)));
        let table = database.begin_read().unwrap().open_table(TABLE).unwrap();
        assert_eq!(table.get(1).unwrap().unwrap().value(), 2);
    }

    #[test]
    fn a_failed_operation_leaves_nothing_of_its_batch() {
        // First of its batch, and among those that come meanwhile.
        for failing in [0_u64, 1, 2] {
            let database = database();
            let (writer, _) = spawn(&database);
            let (release, wait) = channel::<()>();
            let mut wait = Some(wait);
            let answers: Vec<_> = (0..3)
                .map(|number| {
                    let wait = wait.take();
                    writer.write(move |transaction| {
                        if let Some(wait) = wait {
                            let _ = wait.recv();
                        }
                        transaction.open_table(TABLE)?.insert(number, number)?;
                        if number == failing { Err(Failure::Corrupt) } else { Ok(Done::Changed(())) }
                    })
                })
                .collect();
            release.send(()).unwrap();
            let results: Vec<_> = answers.into_iter().map(pollster::block_on).collect();
            drop(writer);
            let read = database.begin_read().unwrap();
            let written =
                |number: u64| read.open_table(TABLE).is_ok_and(|table| table.get(number).unwrap().is_some());
            for (number, result) in (0_u64..).zip(&results) {
                assert_eq!(result.is_ok(), written(number), "{number} where {failing} fails: {result:?}");
            }
            assert!(results[failing as usize].is_err());
        }
    }

    #[test]
    fn what_was_sent_before_the_writer_is_dropped_happens() {
        let database = database();
        let (writer, _) = spawn(&database);
        for number in 0..1000 {
            drop(writer.write(move |transaction| {
                transaction.open_table(TABLE)?.insert(number, number)?;
                Ok(Done::Changed(()))
            }));
        }
        drop(writer);
        let table = database.begin_read().unwrap().open_table(TABLE).unwrap();
        assert_eq!(redb::ReadableTableMetadata::len(&table).unwrap(), 1000);
    }

    #[test]
    fn a_writer_that_panicked_is_not_writable_and_answers_closed() {
        let (writer, latest) = spawn(&database());
        assert!(latest.is_writable());
        let panicked = pollster::block_on(writer.write::<()>(|_| panic!("as a test")));
        assert!(matches!(panicked, Err(Failure::Closed)));
        while latest.is_writable() {
            std::thread::yield_now();
        }
        let later = pollster::block_on(writer.write(|_| Ok(Done::Unchanged(()))));
        assert!(matches!(later, Err(Failure::Closed)));
    }

    #[test]
    fn a_full_queue_answers_at_once() {
        let (writer, _) = spawn(&database());
        let (release, wait) = channel::<()>();
        let (started, begun) = channel::<()>();
        let first = writer.write(move |_| {
            started.send(()).unwrap();
            let _ = wait.recv();
            Ok(Done::Unchanged(()))
        });
        begun.recv().unwrap();
        let queued: Vec<_> = (0..MAX_QUEUE).map(|_| writer.write(|_| Ok(Done::Unchanged(())))).collect();
        let refused = pollster::block_on(writer.write(|_| Ok(Done::Unchanged(()))));
        assert!(matches!(refused, Err(Failure::Busy)));
        release.send(()).unwrap();
        pollster::block_on(first).unwrap();
        for queued in queued {
            pollster::block_on(queued).unwrap();
        }
    }
}
