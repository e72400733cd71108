//! `rate-limit`: for what the host cannot see of a limit.

use crate::{
    bindings::windlass::connector::rate_limit::{self, ErrorKind, LimitError},
    egress,
    replay::Import,
    state::CallState,
};

impl rate_limit::Host for CallState {
    async fn remaining(&mut self, limit: String) -> wasmtime::Result<Result<u32, LimitError>> {
        let limiter = self.capabilities("rate-limit.remaining")?.limiter.clone();
        let answer = limiter.remaining(&limit).await.map_err(limit_error);
        self.time.import_returned(Import::RateLimit)?;
        Ok(answer)
    }

    async fn acquire(&mut self, limit: String, n: u32) -> wasmtime::Result<Result<(), LimitError>> {
        let limiter = self.capabilities("rate-limit.acquire")?.limiter.clone();
        let answer = limiter.acquire(&limit, n).await.map_err(limit_error);
        self.time.import_returned(Import::RateLimit)?;
        Ok(answer)
    }

    async fn block_until(&mut self, limit: String, until: u64) -> wasmtime::Result<Result<(), LimitError>> {
        let limiter = self.capabilities("rate-limit.block-until")?.limiter.clone();
        let until = i64::try_from(until).unwrap_or(i64::MAX);
        let answer = limiter.block_until(&limit, until).await.map_err(limit_error);
        self.time.import_returned(Import::RateLimit)?;
        Ok(answer)
    }
}

fn limit_error(error: egress::LimitError) -> LimitError {
    let kind = match error.kind {
        egress::LimitErrorKind::UnknownLimit => ErrorKind::UnknownLimit,
        egress::LimitErrorKind::RateLimited => ErrorKind::RateLimited,
        egress::LimitErrorKind::Other => ErrorKind::Other,
    };
    let until = error.until.and_then(|until| u64::try_from(until).ok());
    LimitError { kind, message: error.message, until, extras: None }
}
