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
use std::time::Duration;

use futures_channel::oneshot;
use redb::{Database, WriteTransaction};

use crate::error::Failure;
use crate::latest::{Latest, PERIOD};
use crate::operation::{Done, Operation, Single};
use crate::slices::{Budget, SLICE, Slice, Sliced};

/// The most operations that share one transaction, so that none waits for an endless stream of others.
const MAX_BATCH: usize = 256;
/// The most operations that wait. At a millisecond for a batch, that is a few seconds' worth.
const MAX_QUEUE: usize = 4096;

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
        self.send(Box::new(Single::new(step, reply)), answer)
    }

    /// Runs `step` again and again, each time in another write transaction, until it has a result, and returns that once
    /// all is on the disk. All of it happens even if the returned future is dropped.
    pub(crate) fn write_in_slices<T: Send + 'static>(
        &self,
        step: impl FnMut(&WriteTransaction, &Budget) -> Result<Slice<T>, Failure> + Send + 'static,
    ) -> impl Future<Output = Result<T, Failure>> + Send {
        let (reply, answer) = oneshot::channel();
        self.send(Box::new(Sliced::new(step, reply)), answer)
    }

    fn send<T: Send + 'static>(
        &self,
        operation: Box<dyn Operation>,
        answer: oneshot::Receiver<Result<T, Failure>>,
    ) -> impl Future<Output = Result<T, Failure>> + Send + use<T> {
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

fn run(latest: &Latest, receiver: &Receiver<Box<dyn Operation>>) {
    let running = Running(latest);
    // Those that have more slices to do, and whether one of them may have had its turn in the last transaction.
    let (mut sliced, mut was_sliced) = (Vec::new(), false);
    loop {
        let first = if sliced.is_empty() {
            match receiver.recv_timeout(PERIOD) {
                Ok(first) => Some(first),
                Err(RecvTimeoutError::Timeout) => {
                    latest.renew();
                    continue;
                }
                Err(RecvTimeoutError::Disconnected) => break,
            }
        } else if was_sliced {
            receiver.try_recv().ok()
        } else {
            None
        };
        // What arrived during a slice and its commit does not wait for the next slice and its long commit: it gets a
        // transaction of its own, without a slice.
        was_sliced = sliced.is_empty() || first.is_none();
        let budget = Budget::new(if was_sliced { SLICE } else { Duration::ZERO });
        let mut batch = Batch::default();
        match first {
            Some(first) => batch.operations.push(first),
            None => batch.operations.append(&mut sliced),
        }
        let commit = batch.run(latest.database(), receiver, &budget);
        match &commit {
            Ok(true) => latest.advance(),
            Ok(false) => {}
            Err(failure) => latest.note(failure),
        }
        let commit = commit.map(drop);
        for operation in batch.operations {
            operation.finish(commit.clone());
        }
        // Those that got no time in this transaction are the first in the next one.
        sliced.append(&mut batch.waiting);
        match commit {
            Ok(()) => sliced.append(&mut batch.unfinished),
            Err(failure) => {
                for operation in batch.unfinished {
                    operation.finish(Err(failure.clone()));
                }
            }
        }
    }
    drop(running);
}

/// The operations of one transaction.
#[derive(Default)]
struct Batch {
    /// Those that are to run, and those that are done.
    operations: Vec<Box<dyn Operation>>,
    /// Those that did a slice, and go on in the next one.
    unfinished: Vec<Box<dyn Operation>>,
    /// Those for which no time was left.
    waiting: Vec<Box<dyn Operation>>,
}

impl Batch {
    /// Runs the operations, and those that arrive while it does, in one transaction. Returns whether it committed
    /// anything.
    fn run(
        &mut self,
        database: &Database,
        receiver: &Receiver<Box<dyn Operation>>,
        budget: &Budget,
    ) -> Result<bool, Failure> {
        let transaction = database.begin_write()?;
        let mut changed = false;
        let mut first = std::mem::take(&mut self.operations).into_iter();
        let mut number = 0_usize;
        while let Some(mut operation) = first.next().or_else(|| room(number, receiver)) {
            number = number.saturating_add(1);
            if operation.can_wait() && budget.is_spent() {
                self.waiting.push(operation);
                continue;
            }
            match operation.run(&transaction, budget) {
                Ok(ran) if !ran.is_finished => {
                    changed |= ran.changed;
                    self.unfinished.push(operation);
                }
                Ok(ran) => {
                    changed |= ran.changed;
                    self.operations.push(operation);
                }
                Err(failure) => {
                    self.operations.push(operation);
                    self.operations.extend(first);
                    return Err(failure);
                }
            }
        }
        if changed {
            transaction.commit()?;
        } else {
            transaction.abort()?;
        }
        Ok(changed)
    }
}

/// An operation that has come, unless the transaction has enough of them.
fn room(number: usize, receiver: &Receiver<Box<dyn Operation>>) -> Option<Box<dyn Operation>> {
    if number < MAX_BATCH { receiver.try_recv().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use redb::{ReadableDatabase, ReadableTableMetadata, TableDefinition, backends::InMemoryBackend};

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
    fn write_is_answered_between_slices_of_another_operation() {
        let database = database();
        let (writer, _) = spawn(&database);
        let (release, wait) = channel::<()>();
        let mut slices = 0;
        let sliced = writer.write_in_slices(move |transaction, _| {
            wait.recv().unwrap();
            slices += 1;
            transaction.open_table(TABLE)?.insert(slices, slices)?;
            Ok(Slice { changed: true, result: (slices == 3).then_some(slices) })
        });
        let between = writer.write(|_| Ok(Done::Unchanged(7)));
        release.send(()).unwrap();
        assert!(matches!(pollster::block_on(between), Ok(7)));
        let table = || database.begin_read().unwrap().open_table(TABLE).unwrap();
        assert_eq!(table().len().unwrap(), 1, "the first slice is committed");
        release.send(()).unwrap();
        release.send(()).unwrap();
        assert!(matches!(pollster::block_on(sliced), Ok(3)));
        assert_eq!(table().len().unwrap(), 3);
    }

    #[test]
    fn sliced_operations_take_turns_and_share_the_time_of_a_transaction() {
        let database = database();
        let (writer, _) = spawn(&database);
        let (release, wait) = channel::<()>();
        let first = writer.write(move |_| {
            let _ = wait.recv();
            Ok(Done::Unchanged(()))
        });
        let (ran, order) = channel();
        let operations: Vec<_> = [0_u64, 1, 2]
            .map(|number| {
                let (ran, database, mut slices) = (ran.clone(), Arc::clone(&database), 0);
                writer.write_in_slices(move |transaction, budget| {
                    let mut table = transaction.open_table(TABLE)?;
                    let committed =
                        database.begin_read()?.open_table(TABLE).map_or(0, |table| table.len().unwrap());
                    ran.send((number, table.len()? - committed)).unwrap();
                    slices += 1;
                    table.insert(10 * number + slices, 0)?;
                    while !budget.is_spent() {
                        std::hint::spin_loop();
                    }
                    Ok(Slice { changed: true, result: (slices == 3).then_some(()) })
                })
            })
            .into();
        release.send(()).unwrap();
        pollster::block_on(first).unwrap();
        for operation in operations {
            pollster::block_on(operation).unwrap();
        }
        drop(ran);
        let order: Vec<_> = order.into_iter().collect();
        let turns = [0, 1, 2, 0, 1, 2, 0, 1, 2];
        assert_eq!(order, turns.map(|number| (number, 0)), "each alone in its transaction");
    }

    #[test]
    fn sliced_operation_is_done_whole_after_its_caller_and_the_store_are_gone() {
        let database = database();
        let (writer, _) = spawn(&database);
        let mut slices = 0;
        drop(writer.write_in_slices(move |transaction, _| {
            slices += 1;
            transaction.open_table(TABLE)?.insert(slices, slices)?;
            Ok(Slice { changed: true, result: (slices == 20).then_some(()) })
        }));
        drop(writer);
        let table = database.begin_read().unwrap().open_table(TABLE).unwrap();
        assert_eq!(table.len().unwrap(), 20);
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
        assert_eq!(table.len().unwrap(), 1000);
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
