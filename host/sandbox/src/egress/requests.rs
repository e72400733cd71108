//! What a call's requests are made by.

use std::sync::Arc;

use async_trait::async_trait;

use crate::meter::{MemoryMeter, OverMemory};

use super::{Answer, Exchange, HttpError, HttpErrorKind, Request, Scrubber, trace::Trace};

/// The requests of one call: sent by [`super::Egress`], or answered by a
/// [`Playback`](crate::replay::Playback), which cannot send.
#[async_trait]
pub trait Requests: Send + Sync {
    /// One request and its whole answer, which counts against the call's `memory` while anybody holds it:
    /// the guest, rows of it, or the trace.
    async fn send(
        &self,
        request: Request,
        memory: &Arc<MemoryMeter>,
    ) -> Result<Result<Answer, HttpError>, OverMemory>;

    /// How many requests of the guest were allowed so far.
    fn requests(&self) -> u32;

    /// The same scrubbing for logs, errors and panics of the call.
    fn scrubber(&self) -> Arc<Scrubber>;

    fn trace(&self) -> &Trace;

    /// What was asked and how it ended, in the order of asking; empties the trace. A request still
    /// under way is shown as cut off.
    fn take_exchanges(&self) -> Vec<Exchange> {
        self.trace().take()
    }

    /// How many secrets were cut out of answers so far.
    fn scrubbed(&self) -> u32 {
        self.trace().scrubbed()
    }

    /// Whether `message` passes on a refusal of this call that only the connector can mend.
    fn is_overstep(&self, message: &str) -> bool {
        self.trace().any(|outcome| {
            outcome.as_ref().is_err_and(|error| error.overstepped && message.contains(&error.message))
        })
    }

    /// Whether `message` passes on that the vendor refused a login of this call.
    fn is_login_refused(&self, message: &str) -> bool {
        self.trace().any(|outcome| {
            outcome
                .as_ref()
                .is_err_and(|error| error.kind == HttpErrorKind::Auth && message.contains(&error.message))
        })
    }
}
