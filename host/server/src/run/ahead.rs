//! Reads the next page of a walk while the one before it is committed.
//!
//! What is read ahead starts from a checkpoint that is not committed yet. Commits stay in order: it is
//! committed after the page it follows, or forgotten if that one is not committed or ends the walk. So it
//! changes nothing at the vendor before: an unsafe request waits for the commit, and where there is none it
//! is not sent.

use std::sync::Arc;

use async_trait::async_trait;
use tokio::sync::watch;
use windlass_db::{CommitOutcome, DbError};
use windlass_sandbox::egress::{IntentOutcome, Intents};

use super::{
    intents::RunIntents,
    lease::Held,
    present::Present,
    sync::{Read, Walk, before_the_call, call, has_ended},
};
use crate::host::Host;

/// Commits a page and reads the one after it: none if that must wait for a look at what has changed.
/// `walk` stands where it will be when the page is committed.
pub(super) async fn commit_and_read(
    host: &Arc<Host>,
    present: &Present,
    held: &Held<'_>,
    walk: &Walk,
    commit: impl Future<Output = Result<CommitOutcome, DbError>> + Send + 'static,
) -> Result<(CommitOutcome, Option<Box<Read>>), DbError> {
    let (tell, told) = watch::channel(false);
    let committed = async move {
        // A task of its own: a guest that computes does not hold it up.
        let outcome = tokio::spawn(commit).await.unwrap_or_else(|panicked| {
            std::panic::resume_unwind(panicked.into_panic());
        })?;
        if has_ended(&outcome) {
            return Err(Ended::By(outcome));
        }
        // After a cancel the call ends as it is, so that nothing it holds is lost; it sends nothing unsafe.
        if !outcome.cancel_asked {
            tell.send_replace(true);
        }
        Ok(outcome)
    };
    let read = async { read(host, present, held, walk, told).await.map_err(Ended::Error) };
    match tokio::try_join!(committed, read) {
        Ok(both) => Ok(both),
        Err(Ended::By(outcome)) => Ok((outcome, None)),
        Err(Ended::Error(error)) => Err(error),
    }
}

/// Why nothing is read ahead any longer.
enum Ended {
    By(CommitOutcome),
    Error(DbError),
}

impl From<DbError> for Ended {
    fn from(error: DbError) -> Self {
        Ended::Error(error)
    }
}

async fn read(
    host: &Arc<Host>,
    present: &Present,
    held: &Held<'_>,
    walk: &Walk,
    committed: watch::Receiver<bool>,
) -> Result<Option<Box<Read>>, DbError> {
    if !present.holds(host).await? || before_the_call(host, present, walk).await?.is_some() {
        return Ok(None);
    }
    let intents = IntentsAhead { intents: RunIntents::of(host, held, &walk.run), committed };
    call(host, present, held, walk, Arc::new(intents)).await
}

/// Intents of a call that follows a page which is being committed.
struct IntentsAhead<I> {
    intents: I,
    /// Closed without having been true where the page was not committed.
    committed: watch::Receiver<bool>,
}

#[async_trait]
impl<I: Intents> Intents for IntentsAhead<I> {
    async fn open(&self, method: &str, url: &str) -> Result<i64, String> {
        let is_committed = self.committed.clone().wait_for(|committed| *committed).await.is_ok();
        match is_committed {
            true => self.intents.open(method, url).await,
            false => Err("the page before this one was not committed".to_owned()),
        }
    }

    async fn end(&self, ordinal: i64, outcome: IntentOutcome) {
        self.intents.end(ordinal, outcome).await;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicI64, Ordering};

    use futures_util::FutureExt;

    use super::*;

    /// Counts what is opened.
    #[derive(Default)]
    struct Counting(AtomicI64);

    #[async_trait]
    impl Intents for Counting {
        async fn open(&self, _: &str, _: &str) -> Result<i64, String> {
            Ok(self.0.fetch_add(1, Ordering::SeqCst) + 1)
        }

        async fn end(&self, _: i64, _: IntentOutcome) {}
    }

    fn ahead() -> (watch::Sender<bool>, IntentsAhead<Counting>) {
        let (tell, committed) = watch::channel(false);
        (tell, IntentsAhead { intents: Counting::default(), committed })
    }

    #[tokio::test]
    async fn an_unsafe_request_waits_until_the_page_before_it_is_committed() {
        let (tell, intents) = ahead();
        let mut opening = Box::pin(intents.open("POST", "https://vendor.example/orders"));
        assert_eq!((&mut opening).now_or_never(), None);
        assert_eq!(intents.intents.0.load(Ordering::SeqCst), 0);
        tell.send_replace(true);
        assert_eq!(opening.await, Ok(1));
        assert_eq!(intents.open("POST", "https://vendor.example/orders").await, Ok(2));
    }

    #[tokio::test]
    async fn an_unsafe_request_after_a_page_that_was_not_committed_is_never_sent() {
        let (tell, intents) = ahead();
        drop(tell);
        assert!(intents.open("POST", "https://vendor.example/orders").await.is_err());
        assert_eq!(intents.intents.0.load(Ordering::SeqCst), 0);
    }
}
