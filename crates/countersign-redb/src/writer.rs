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

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use futures_channel::oneshot;
use redb::{Database, WriteTransaction};

use crate::error::Failure;

/// The most operations that share one transaction, so that none waits for an endless stream of others.
const MAX_BATCH: usize = 256;

/// The way to the thread. Dropping it lets the thread finish what it was sent, and waits for that.
pub(crate) struct Writer {
    sender: Mutex<Option<Sender<Box<dyn Operation>>>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    pub(crate) fn spawn(database: Arc<Database>) -> std::io::Result<Self> {
        let (sender, receiver) = channel();
        let thread = std::thread::Builder::new()
            .name("countersign-redb".to_owned())
            .spawn(move || run(&database, &receiver))?;
        Ok(Self { sender: Mutex::new(Some(sender)), thread: Some(thread) })
    }

    /// Runs `step` in a write transaction and returns its result once that is on the disk. The step
    /// happens even if the returned future is dropped.
    pub(crate) fn write<T: Send + 'static>(
        &self,
        step: impl FnOnce(&WriteTransaction) -> Result<T, Failure> + Send + 'static,
    ) -> impl Future<Output = Result<T, Failure>> + Send {
        let (reply, answer) = oneshot::channel();
        let operation = Box::new(Pending { step: Some(step), result: None, reply });
        let sender = self.sender.lock().unwrap_or_else(PoisonError::into_inner);
        // Where the thread has gone, the operation is dropped with its reply, and the answer is `Closed`.
        let _ = sender.as_ref().map(|sender| sender.send(operation));
        drop(sender);
        async move { answer.await.unwrap_or(Err(Failure::Closed)) }
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

/// An operation of any type, in its two moments: inside the transaction, and after the commit.
trait Operation: Send {
    /// Runs the step. An error means that the transaction must be dropped.
    fn run(&mut self, transaction: &WriteTransaction) -> Result<(), Failure>;
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
    F: FnOnce(&WriteTransaction) -> Result<T, Failure> + Send,
    T: Send,
{
    fn run(&mut self, transaction: &WriteTransaction) -> Result<(), Failure> {
        let Some(step) = self.step.take() else { return Ok(()) };
        match step(transaction) {
            // Told before anything was written.
            Err(Failure::Duplicate) => self.result = Some(Err(Failure::Duplicate)),
            Err(failure) => return Err(failure),
            Ok(value) => self.result = Some(Ok(value)),
        }
        Ok(())
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

fn run(database: &Database, receiver: &Receiver<Box<dyn Operation>>) {
    while let Ok(first) = receiver.recv() {
        let mut batch = vec![first];
        let commit = run_batch(database, receiver, &mut batch);
        for operation in batch {
            operation.finish(commit.clone());
        }
    }
}

/// Runs the operations in `batch`, and those that come meanwhile, in one transaction.
fn run_batch(
    database: &Database,
    receiver: &Receiver<Box<dyn Operation>>,
    batch: &mut Vec<Box<dyn Operation>>,
) -> Result<(), Failure> {
    let transaction = database.begin_write()?;
    for operation in batch.iter_mut() {
        operation.run(&transaction)?;
    }
    while batch.len() < MAX_BATCH
        && let Ok(mut operation) = receiver.try_recv()
    {
        let result = operation.run(&transaction);
        batch.push(operation);
        result?;
    }
    Ok(transaction.commit()?)
}

#[cfg(test)]
mod tests {
    use redb::{ReadableDatabase, TableDefinition, backends::InMemoryBackend};

    use super::*;

    const TABLE: TableDefinition<'_, u64, u64> = TableDefinition::new("test");

    fn database() -> Arc<Database> {
        Arc::new(redb::Builder::new().create_with_backend(InMemoryBackend::new()).unwrap())
    }

    #[test]
    fn a_refused_operation_leaves_the_others_of_its_batch_alone() {
        let database = database();
        let writer = Writer::spawn(Arc::clone(&database)).unwrap();
        // The first operation holds the thread until both others have been sent, so that all share a batch.
        let (release, wait) = channel::<()>();
        let first = writer.write(move |_| {
            let _ = wait.recv();
            Ok(())
        });
        let refused = writer.write(|_| Err::<(), _>(Failure::Duplicate));
        let accepted = writer.write(|transaction| {
            transaction.open_table(TABLE)?.insert(1, 2)?;
            Ok(3)
        });
        release.send(()).unwrap();
        pollster::block_on(first).unwrap();
        assert!(matches!(pollster::block_on(refused), Err(Failure::Duplicate)));
        assert!(matches!(pollster::block_on(accepted), Ok(3)));
        let table = database.begin_read().unwrap().open_table(TABLE).unwrap();
        assert_eq!(table.get(1).unwrap().unwrap().value(), 2);
    }

    #[test]
    fn what_was_sent_before_the_writer_is_dropped_happens() {
        let database = database();
        let writer = Writer::spawn(Arc::clone(&database)).unwrap();
        for number in 0..1000 {
            drop(writer.write(move |transaction| {
                transaction.open_table(TABLE)?.insert(number, number)?;
                Ok(())
            }));
        }
        drop(writer);
        let table = database.begin_read().unwrap().open_table(TABLE).unwrap();
        assert_eq!(redb::ReadableTableMetadata::len(&table).unwrap(), 1000);
    }
}
