//! A bounded queue that serves clients in turn.
//!
//! The problem: in a plain queue a single client that sends enough requests takes all places, and all other
//! clients are refused. Here each client has a line of its own, and workers take one job of each line in
//! turn. Where the queue is full, the client with the longest line gives up the job that it queued last. So
//! one client can use the whole queue while no other needs it, and a flood from one client costs another at
//! most the wait for one job of the flood at each worker.

use std::collections::VecDeque;

use countersign_session::ClientNetwork;

/// The client that a job is done for. `None` stands for all clients whose address is not known.
pub(crate) type Client = Option<ClientNetwork>;

/// Jobs by client. It has a place for `capacity` jobs in all.
pub(crate) struct FairQueue<T> {
    /// The line to be served next is the first. No line is empty.
    lines: VecDeque<(Client, VecDeque<T>)>,
    length: usize,
    capacity: usize,
}

/// The queue is full, and the longest line is hardly longer than that of the client.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Full;

impl<T> FairQueue<T> {
    pub(crate) fn new(capacity: usize) -> Self {
        Self { lines: VecDeque::new(), length: 0, capacity }
    }

    /// Queues a job. Returns the job of another client that lost its place to it, if one did.
    pub(crate) fn push(&mut self, client: Client, job: T) -> Result<Option<T>, Full> {
        let displaced = if self.length < self.capacity { None } else { Some(self.displace_for(client)?) };
        match self.lines.iter_mut().find(|(of, _)| *of == client) {
            Some((_, line)) => line.push_back(job),
            None => self.lines.push_back((client, VecDeque::from([job]))),
        }
        self.length = self.length.saturating_add(1);
        Ok(displaced)
    }

    /// Takes the next job: the oldest one of the client whose turn it is.
    pub(crate) fn pop(&mut self) -> Option<T> {
        let (client, mut line) = self.lines.pop_front()?;
        let job = line.pop_front();
        if !line.is_empty() {
            self.lines.push_back((client, line));
        }
        self.length = self.length.saturating_sub(1);
        job
    }

    /// Takes the newest job of the longest line, if that leaves the line as long as the one of `client` will be.
    fn displace_for(&mut self, client: Client) -> Result<T, Full> {
        let own = self.lines.iter().find(|(of, _)| *of == client).map_or(0, |(_, line)| line.len());
        let longest = self.lines.iter_mut().max_by_key(|(_, line)| line.len());
        let (_, line) = longest.filter(|(_, line)| line.len() > own.saturating_add(1)).ok_or(Full)?;
        let job = line.pop_back().ok_or(Full)?;
        self.length = self.length.saturating_sub(1);
        Ok(job)
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    fn client(number: u32) -> Client {
        Some(ClientNetwork::of(Ipv4Addr::from_bits(number).into()))
    }

    #[test]
    fn clients_are_served_in_turn_and_each_one_in_order() {
        let mut queue = FairQueue::new(8);
        for job in ["a1", "a2", "a3"] {
            assert_eq!(queue.push(client(1), job), Ok(None));
        }
        assert_eq!(queue.push(client(2), "b1"), Ok(None));
        assert_eq!(queue.push(None, "n1"), Ok(None));
        assert_eq!(queue.pop(), Some("a1"));
        assert_eq!(queue.push(client(3), "c1"), Ok(None));
        let rest: Vec<_> = std::iter::from_fn(|| queue.pop()).collect();
        assert_eq!(rest, ["b1", "n1", "a2", "c1", "a3"]);
    }

    #[test]
    fn longest_line_gives_way_when_the_queue_is_full() {
        let mut queue = FairQueue::new(4);
        for job in 0..4 {
            assert_eq!(queue.push(client(1), job), Ok(None));
        }
        assert_eq!(queue.push(client(1), 4), Err(Full), "a client does not displace itself");
        assert_eq!(queue.push(client(2), 5), Ok(Some(3)));
        assert_eq!(queue.push(client(2), 6), Ok(Some(2)));
        assert_eq!(queue.push(client(2), 7), Err(Full), "both have two");
        assert_eq!(queue.push(client(3), 8).map(|job| job.is_some()), Ok(true));
        let mut rest: Vec<_> = std::iter::from_fn(|| queue.pop()).collect();
        assert_eq!(rest.len(), 4);
        rest.sort_unstable();
        assert!(rest.starts_with(&[0]) && rest.contains(&5) && rest.contains(&8), "{rest:?}");
    }

    #[test]
    fn one_job_each_is_not_displaced() {
        let mut queue = FairQueue::new(3);
        for number in 0..3 {
            assert_eq!(queue.push(client(number), number), Ok(None));
        }
        assert_eq!(queue.push(client(3), 3), Err(Full));
        assert_eq!(queue.pop(), Some(0));
        assert_eq!(queue.push(client(3), 3), Ok(None));
    }
}
