//! The inbox: one writer keeps what many requests brought, in one commit for all that came meanwhile.

use std::{panic::AssertUnwindSafe, sync::Arc};

use futures_util::FutureExt;
use tokio::sync::{Notify, mpsc, oneshot};
use windlass_db::{Accepted, Db, DbError, NewDelivery};

/// Deliveries of one commit: as many as one statement takes.
const MOST_AT_ONCE: usize = 256;
/// Deliveries that wait for the writer; more would be answered too late.
const MOST_WAITING: usize = 2_048;

/// How often others are let run first, as long as that brings more.
const MOST_TURNS: usize = 8;

pub struct Inbox {
    sender: mpsc::Sender<Brought>,
}

/// The delivery may or may not be on disk: it is not answered as kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotKept;

struct Brought {
    delivery: NewDelivery,
    answer: oneshot::Sender<Result<Accepted, NotKept>>,
}

impl Inbox {
    pub fn open(db: Db, kept: Arc<Notify>) -> Inbox {
        let (sender, brought) = mpsc::channel(MOST_WAITING);
        tokio::spawn(write(db, kept, brought));
        Inbox { sender }
    }

    /// Returns when the delivery is on disk.
    pub async fn keep(&self, delivery: NewDelivery) -> Result<Accepted, NotKept> {
        let (answer, answered) = oneshot::channel();
        self.sender.try_send(Brought { delivery, answer }).map_err(|_| NotKept)?;
        answered.await.unwrap_or(Err(NotKept))
    }
}

/// Ends with the host.
async fn write(db: Db, kept: Arc<Notify>, mut brought: mpsc::Receiver<Brought>) {
    let mut group = Vec::with_capacity(MOST_AT_ONCE);
    while brought.recv_many(&mut group, MOST_AT_ONCE).await > 0 {
        gather(&mut brought, &mut group).await;
        let (deliveries, answers): (Vec<_>, Vec<_>) =
            group.drain(..).map(|brought| (brought.delivery, brought.answer)).unzip();
        // A panic must not end the writer, or nothing would be kept any more.
        let accepted = AssertUnwindSafe(accept(&db, deliveries)).catch_unwind().await;
        let written = match accepted.map_err(|_| "the host panicked".to_owned()) {
            Ok(Ok(accepted)) => accepted.into_iter().map(Ok).collect(),
            Ok(Err(error)) => not_kept(&error.to_string(), answers.len()),
            Err(panic) => not_kept(&panic, answers.len()),
        };
        kept.notify_one();
        for (answer, accepted) in answers.into_iter().zip(written) {
            // Who asked may have gone; it is kept all the same.
            let _ = answer.send(accepted);
        }
    }
}

/// Vendors that were answered together deliver again together: who is about to come is let in first, so that
/// the disk is not waited for with the first of them alone.
async fn gather(brought: &mut mpsc::Receiver<Brought>, group: &mut Vec<Brought>) {
    for _ in 0..MOST_TURNS {
        let before = group.len();
        tokio::task::yield_now().await;
        while group.len() < MOST_AT_ONCE
            && let Ok(next) = brought.try_recv()
        {
            group.push(next);
        }
        if group.len() == before {
            return;
        }
    }
}

fn not_kept(error: &str, deliveries: usize) -> Vec<Result<Accepted, NotKept>> {
    tracing::error!(error, deliveries, "cannot keep deliveries");
    vec![Err(NotKept); deliveries]
}

async fn accept(db: &Db, deliveries: Vec<NewDelivery>) -> Result<Vec<Accepted>, DbError> {
    db.deliveries_accept(db.now().await?, deliveries).await
}
