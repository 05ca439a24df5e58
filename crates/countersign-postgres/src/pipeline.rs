//! Two requests on one connection, the second sent before the first is answered.
//!
//! The driver sends a request when its future is polled for the first time, and the server answers in the order in
//! which it was asked. So the order of the first polls, which is fixed here, is the order of the statements.

use std::future::poll_fn;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

/// Sends both, `first` first, and waits for both answers.
pub(crate) async fn both<A: Future, B: Future>(first: A, second: B) -> (A::Output, B::Output) {
    let (mut first, mut second) = (pin!(first), pin!(second));
    let (mut one, mut two) = (None, None);
    poll_fn(|context| {
        poll_into(&mut one, first.as_mut(), context);
        poll_into(&mut two, second.as_mut(), context);
        match (one.take(), two.take()) {
            (Some(a), Some(b)) => Poll::Ready((a, b)),
            (a, b) => {
                (one, two) = (a, b);
                Poll::Pending
            }
        }
    })
    .await
}

fn poll_into<F: Future>(
    slot: &mut Option<F::Output>,
    future: std::pin::Pin<&mut F>,
    context: &mut Context<'_>,
) {
    if slot.is_none()
        && let Poll::Ready(output) = future.poll(context)
    {
        *slot = Some(output);
    }
}

/// Sends both, `first` first, and waits for its answer alone.
pub(crate) async fn leaving_behind<A: Future, B: Future>(first: A, second: B) -> A::Output {
    let mut first = pin!(first);
    let mut second = Some(Box::pin(second));
    poll_fn(|context| {
        let output = first.as_mut().poll(context);
        if let Some(second) = second.take() {
            send(second);
        }
        output
    })
    .await
}

/// Sends a request and waits for nothing.
pub(crate) fn send(request: impl Future) {
    let mut request = pin!(request);
    let _ = request.as_mut().poll(&mut Context::from_waker(Waker::noop()));
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::future::pending;

    use super::*;

    /// Runs a future that needs no waker to its end.
    fn run<F: Future>(future: F) -> F::Output {
        let mut future = pin!(future);
        for _ in 0..10 {
            if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
                return output;
            }
        }
        panic!("it does not end")
    }

    /// A request that notes when it is sent, and is answered at its third poll.
    fn request(log: &RefCell<Vec<u8>>, name: u8) -> impl Future<Output = u8> {
        let mut polls = 0;
        poll_fn(move |_| {
            polls += 1;
            if polls == 1 {
                log.borrow_mut().push(name);
            }
            if polls == 3 { Poll::Ready(name) } else { Poll::Pending }
        })
    }

    #[test]
    fn both_are_sent_in_order_and_both_are_answered() {
        let log = RefCell::default();
        assert_eq!(run(both(request(&log, 1), request(&log, 2))), (1, 2));
        assert_eq!(*log.borrow(), [1, 2]);
        assert_eq!(run(both(async { 1 }, request(&log, 2))), (1, 2));
    }

    #[test]
    fn what_is_left_behind_is_sent_and_not_waited_for() {
        let log: RefCell<Vec<u8>> = RefCell::default();
        let never = async {
            log.borrow_mut().push(2);
            pending::<()>().await;
        };
        assert_eq!(run(leaving_behind(request(&log, 1), never)), 1);
        assert_eq!(*log.borrow(), [1, 2]);
    }
}
