//! Work that nothing cuts short but a limit of ours: neither a caller who goes away nor a panic in it.
//!
//! A task of its own and a timer would do as much, and cost every request for what nearly none needs: most are answered
//! at once, by whoever polls them.

use std::{
    future::poll_fn,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use types::Later;

/// Work that is done where it is waited for, and goes on as a task if nobody waits any more.
pub(super) struct ToTheEnd<T: Send + 'static>(Option<Work<T>>);

type Work<T> = Later<'static, T>;

/// Does `work`, to its end.
pub(super) fn to_the_end<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> ToTheEnd<T> {
    ToTheEnd(Some(Box::pin(work)))
}

impl<T: Send + 'static> Future for ToTheEnd<T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        let Some(work) = &mut self.0 else {
            return Poll::Pending;
        };
        let done = ready!(work.as_mut().poll(cx));
        self.0 = None;
        Poll::Ready(done)
    }
}

impl<T: Send + 'static> Drop for ToTheEnd<T> {
    fn drop(&mut self) {
        // Without a runtime the process is ending.
        if let Some(work) = self.0.take()
            && let Ok(runtime) = tokio::runtime::Handle::try_current()
        {
            runtime.spawn(work);
        }
    }
}

/// What `work` comes to; nothing if it panicked, of which the panic itself has told on stderr.
pub(super) async fn unless_it_panics<T>(mut work: Pin<&mut impl Future<Output = T>>) -> Option<T> {
    // Nobody sees what a panic left behind: it is never polled again.
    poll_fn(|cx| {
        catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(cx)))
            .map_or(Poll::Ready(None), |polled| polled.map(Some))
    })
    .await
}

/// What `work` comes to; nothing if it takes longer than `limit`. Nearly all is done at once and needs no timer.
pub(super) async fn in_time<T>(
    limit: Duration,
    mut work: Pin<&mut (impl Future<Output = T> + ?Sized)>,
) -> Option<T> {
    let at_once = poll_fn(|cx| Poll::Ready(work.as_mut().poll(cx))).await;
    match at_once {
        Poll::Ready(done) => Some(done),
        Poll::Pending => tokio::time::timeout(limit, work).await.ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::pin::pin;
    use tokio::sync::oneshot;

    #[tokio::test]
    async fn work_goes_on_when_nobody_waits() {
        let (go, told) = oneshot::channel::<()>();
        let (done, seen) = oneshot::channel();
        let mut work = to_the_end(async move {
            told.await.unwrap();
            done.send("done").unwrap();
        });
        poll_fn(|cx| {
            assert!(Pin::new(&mut work).poll(cx).is_pending());
            Poll::Ready(())
        })
        .await;
        drop(work);
        go.send(()).unwrap();
        assert_eq!(seen.await, Ok("done"));
    }

    #[tokio::test]
    async fn what_takes_too_long_comes_to_nothing() {
        let limit = Duration::from_secs(60);
        assert_eq!(in_time(limit, pin!(async { 1 })).await, Some(1));
        let later = async {
            tokio::task::yield_now().await;
            2
        };
        assert_eq!(in_time(limit, pin!(later)).await, Some(2));
        assert_eq!(
            in_time(Duration::ZERO, pin!(std::future::pending::<()>())).await,
            None
        );
    }

    #[tokio::test]
    async fn a_panic_is_an_answer() {
        assert_eq!(unless_it_panics(pin!(async { 1 })).await, Some(1));
        assert_eq!(
            unless_it_panics(pin!(async { panic!("as it must") })).await,
            None::<()>
        );
    }
}
