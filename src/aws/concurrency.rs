//! The concurrency limit: so many calls of an account at once, the rest in order behind it.

use std::{
    collections::VecDeque,
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll, Waker},
};

/// Lets a bounded number of holders in at once, first come, first served.
#[derive(Debug, Clone)]
pub(super) struct ConcurrencyLimit(Arc<Mutex<Inner>>);

#[derive(Debug)]
struct Inner {
    free: usize,
    next_id: u64,
    waiting: VecDeque<(u64, Waker)>,
    /// Waiters that were handed a place and have not come back for it yet.
    called: Vec<u64>,
}

impl ConcurrencyLimit {
    /// A concurrency limit with room for `places`.
    pub fn new(places: usize) -> Self {
        Self(Arc::new(Mutex::new(Inner {
            free: places,
            next_id: 0,
            waiting: VecDeque::new(),
            called: Vec::new(),
        })))
    }

    /// Waits for a place; dropping the [`Permit`] frees it.
    pub fn acquire(&self) -> Acquire {
        Acquire { concurrency: self.clone(), id: None }
    }

    fn with<T>(&self, f: impl FnOnce(&mut Inner) -> T) -> T {
        f(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn leave(&self) {
        let waker = self.with(|inner| {
            if let Some((id, waker)) = inner.waiting.pop_front() {
                inner.called.push(id);
                Some(waker)
            } else {
                inner.free += 1;
                None
            }
        });
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

/// A place; freed when dropped.
#[derive(Debug)]
pub(super) struct Permit(ConcurrencyLimit);

impl Drop for Permit {
    fn drop(&mut self) {
        self.0.leave();
    }
}

/// Waiting for a place.
#[derive(Debug)]
pub(super) struct Acquire {
    concurrency: ConcurrencyLimit,
    id: Option<u64>,
}

impl Future for Acquire {
    type Output = Permit;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Permit> {
        let concurrency = self.concurrency.clone();
        let (entered, id) = concurrency.with(|inner| match self.id {
            None if inner.free > 0 && inner.waiting.is_empty() => {
                inner.free -= 1;
                (true, None)
            }
            None => {
                let id = inner.next_id;
                inner.next_id += 1;
                inner.waiting.push_back((id, cx.waker().clone()));
                (false, Some(id))
            }
            Some(id) => {
                if let Some(at) = inner.called.iter().position(|c| *c == id) {
                    inner.called.swap_remove(at);
                    return (true, None);
                }
                if let Some(entry) = inner.waiting.iter_mut().find(|(i, _)| *i == id) {
                    entry.1.clone_from(cx.waker());
                }
                (false, Some(id))
            }
        });
        self.id = id;
        if entered { Poll::Ready(Permit(concurrency)) } else { Poll::Pending }
    }
}

impl Drop for Acquire {
    fn drop(&mut self) {
        let Some(id) = self.id else { return };
        let pass_on = self.concurrency.with(|inner| {
            inner.waiting.retain(|(i, _)| *i != id);
            match inner.called.iter().position(|c| *c == id) {
                Some(at) => {
                    inner.called.swap_remove(at);
                    true
                }
                None => false,
            }
        });
        if pass_on {
            self.concurrency.leave();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;

    #[test]
    fn places_are_given_in_order_and_given_back() {
        let concurrency = ConcurrencyLimit::new(2);
        let a = concurrency.acquire().now_or_never().expect("first place");
        let _b = concurrency.acquire().now_or_never().expect("second place");
        let mut waker = Context::from_waker(Waker::noop());
        let mut third = Box::pin(concurrency.acquire());
        let mut fourth = Box::pin(concurrency.acquire());
        assert!(third.as_mut().poll(&mut waker).is_pending());
        assert!(fourth.as_mut().poll(&mut waker).is_pending());
        drop(a);
        assert!(fourth.as_mut().poll(&mut waker).is_pending(), "the third was first");
        let Poll::Ready(c) = third.as_mut().poll(&mut waker) else { panic!("the third is in") };
        drop(c);
        assert!(fourth.as_mut().poll(&mut waker).is_ready());
    }

    #[test]
    fn a_waiter_that_gives_up_after_being_called_passes_its_place_on() {
        let concurrency = ConcurrencyLimit::new(1);
        let a = concurrency.acquire().now_or_never().expect("place");
        let mut waker = Context::from_waker(Waker::noop());
        let mut second = Box::pin(concurrency.acquire());
        let mut third = Box::pin(concurrency.acquire());
        assert!(second.as_mut().poll(&mut waker).is_pending());
        assert!(third.as_mut().poll(&mut waker).is_pending());
        drop(a);
        drop(second);
        assert!(third.as_mut().poll(&mut waker).is_ready());
    }
}
