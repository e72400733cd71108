//! One run's use of its limits: permits are booked durably ahead, used within two seconds, and settled
//! with the next commit.
//!
//! How a permit is timed without asking the database twice: a booking is made at database time `N`,
//! read after the monotonic instant `I`. At any later instant `t` the database's clock shows at most
//! `N + (t - I)`, so what is counted from there is never too short.

use std::{
    sync::{Arc, Mutex, MutexGuard},
    time::{Duration, Instant},
};

use async_trait::async_trait;
use windlass_db::{Ask, Booked, DbError, LimitRow, NoRoom as Why, Report, Settle, Side};
use windlass_sandbox::egress::{Ended, LimitError, LimitErrorKind, Permit, RateLimited, RateLimiter};

mod lowered;
mod reservations;
mod vendor;

use crate::{host::Host, limits::Numbers};
use reservations::{Handed, Reservations};

pub use lowered::Lowered;
pub use vendor::ReportHeaders;

/// A booking is used within this time or returned.
const USE_BY: Duration = Duration::from_secs(2);
/// The longest wait inside a call; a longer one ends the call and parks the run.
const LONGEST_WAIT: Duration = Duration::from_secs(2);
/// After its time-out a request may still be on its way to the vendor for this long.
const GRACE_MS: i64 = 30_000;
/// The longest a request may take; see the egress bounds.
pub const LONGEST_REQUEST: Duration = Duration::from_secs(60);
/// Permits booked ahead of need, so that not every call waits for the disk. The database grants less
/// when that would be more than its share of the limit.
const AHEAD: i64 = 64;

/// A limit with what one request costs at most.
#[derive(Debug, Clone)]
pub struct RunLimit {
    /// As it binds, by the lowest of those that share it.
    pub row: LimitRow,
    /// What this connection says of it.
    pub numbers: Numbers,
    pub most_cost: u32,
    pub headers: ReportHeaders,
}

pub struct Limiter {
    host: Arc<Host>,
    run: Option<i64>,
    side: Side,
    limits: Vec<RunLimit>,
    state: Mutex<Reservations>,
}

/// No room: which limit binds and until when.
#[derive(Debug, Clone)]
pub struct NoRoom {
    pub limit: String,
    pub until: i64,
    pub message: String,
}

impl Limiter {
    pub fn new(host: Arc<Host>, run: Option<i64>, side: Side, limits: Vec<RunLimit>) -> Self {
        Limiter { host, run, side, limits, state: Mutex::default() }
    }

    /// Books room for a call that may make `requests` requests, on every limit or none.
    pub async fn reserve(&self, requests: u32) -> Result<Result<(), NoRoom>, DbError> {
        let want: Vec<_> = (0..self.limits.len())
            .map(|index| (index, i64::from(requests) * i64::from(self.limits[index].most_cost)))
            .collect();
        self.obey_lowered().await?;
        self.book(&want, AHEAD).await
    }

    /// Settled bookings, to be written with the next commit.
    pub fn take_settled(&self) -> Vec<Settle> {
        self.lock().settle(false)
    }

    /// Whether what is settled must be written before another request is made: a vendor's report tells what
    /// is left beside what is not settled yet.
    pub fn must_settle_first(&self) -> bool {
        self.limits.iter().any(|limit| limit.headers.remaining.is_some()) && self.lock().has_settled()
    }

    /// Settles everything: no more requests will be made. What was handed out and never ended stays
    /// unsettled, and so counts as lost.
    pub fn close(&self) -> Vec<Settle> {
        self.lock().settle(true)
    }

    /// Books what is missing of `want` (limit, permits), all or none.
    async fn book(&self, want: &[(usize, i64)], ahead: i64) -> Result<Result<(), NoRoom>, DbError> {
        let asks: Vec<(usize, Ask)> = {
            let state = self.lock();
            want.iter()
                .filter_map(|&(index, n)| {
                    let missing = n - state.available(index);
                    let limit = self.limits[index].row.id;
                    (missing > 0).then_some((index, Ask { limit, want: missing, ahead: missing.max(ahead) }))
                })
                .collect()
        };
        if asks.is_empty() {
            return Ok(Ok(()));
        }
        let asked = Instant::now();
        let now = self.host.db.now().await?;
        let horizon_ms = (USE_BY + LONGEST_REQUEST).as_millis() as i64 + GRACE_MS;
        let only: Vec<Ask> = asks.iter().map(|(_, ask)| ask.clone()).collect();
        match self.host.db.book(now, self.run, self.side, &only, horizon_ms).await? {
            Booked::Yes(bookings) => {
                let mut state = self.lock();
                for ((index, _), booking) in asks.iter().zip(&bookings) {
                    state.add(*index, booking, asked, now);
                }
                Ok(Ok(()))
            }
            Booked::No { limit, until, why } => Ok(Err(self.no_room(limit, until, why))),
        }
    }

    /// Gives back what was booked before a limit was found lowered: the database knows what is left.
    async fn obey_lowered(&self) -> Result<(), DbError> {
        let settles = {
            let mut state = self.lock();
            if !state.give_back(|limit| self.host.lowered.at(self.limits[limit].row.id)) {
                return Ok(());
            }
            state.settle(false)
        };
        self.host.db.settle(self.host.db.now().await?, &settles).await
    }

    async fn block(&self, limit: i64, until: i64, reason: &str) -> Result<(), DbError> {
        self.host.db.limit_block(limit, until, reason).await?;
        self.host.lowered.note(limit);
        Ok(())
    }

    fn no_room(&self, limit: i64, until: i64, why: Why) -> NoRoom {
        let limit = self.limits.iter().find(|known| known.row.id == limit);
        let name = limit.map(|limit| limit.row.name.clone()).unwrap_or_default();
        let message = match (&why, limit) {
            (Why::Blocked(reason), _) => format!("limit {name} is blocked: {reason}"),
            (Why::Reported { left }, limit) => {
                let keep = limit.map_or(0, |limit| limit.row.keep_for_actions);
                let kept = self.side == Side::Sync && *left > 0 && keep > 0;
                let kept = if kept { format!(", and {keep} are kept for actions") } else { String::new() };
                format!("limit {name} is used up: the vendor reports that {left} are left{kept}")
            }
            (Why::UsedUp, Some(limit)) => format!(
                "limit {name} is used up: {} requests in {} s",
                limit.row.max,
                limit.row.window_ms / 1_000
            ),
            (Why::UsedUp, None) => format!("limit {name} is used up"),
        };
        NoRoom { limit: name, until, message }
    }

    fn index(&self, name: &str) -> Option<usize> {
        self.limits.iter().position(|limit| limit.row.name == name)
    }

    fn known(&self, name: &str) -> Result<usize, LimitError> {
        self.index(name).ok_or_else(|| LimitError {
            kind: LimitErrorKind::UnknownLimit,
            message: format!("the spec has no limit named {name}"),
            until: None,
        })
    }

    /// Lowers our room to what the vendor reports; never raises it.
    async fn heed(&self, status: u16, headers: &[(String, String)], handed: &Handed) -> Result<(), DbError> {
        let report = |limit: &RunLimit| vendor::report(&limit.headers, status, headers);
        let reports: Vec<_> = self
            .limits
            .iter()
            .enumerate()
            .filter_map(|(at, limit)| Some((at, limit, report(limit)?)))
            .collect();
        if reports.is_empty() {
            return Ok(());
        }
        let now = self.host.db.now().await?;
        // The database's time when the request was handed out, never too late.
        let since = now - handed.taken.elapsed().as_millis() as i64 - 1;
        for (at, limit, report) in reports {
            let until = report.until(now, limit.row.window_ms);
            if report.left == 0 {
                self.block(limit.row.id, until, report.reason).await?;
                continue;
            }
            let known = self.lock().answered_before(at, handed.taken) + handed.of(at);
            let report = Report { left: report.left, since, known, until };
            let reported = self.host.db.limit_report(now, limit.row.id, report).await?;
            if reported.room(&limit.row, self.side) < 0 {
                self.host.lowered.note(limit.row.id);
            }
        }
        Ok(())
    }

    /// Takes the costs from what is booked, booking more if needed and possible without waiting.
    async fn try_admit(&self, costs: &[(usize, i64)]) -> Result<Result<Permit, NoRoom>, DbError> {
        self.obey_lowered().await?;
        if let Some(id) = self.lock().take(costs) {
            return Ok(Ok(Permit { ids: vec![id] }));
        }
        if let Err(no_room) = self.book(costs, 0).await? {
            return Ok(Err(no_room));
        }
        // A booking that was slow to come may have outlived its use-by time: then it is returned.
        if let Some(id) = self.lock().take(costs) {
            return Ok(Ok(Permit { ids: vec![id] }));
        }
        let now = self.host.db.now().await?;
        Ok(Err(self.no_room(self.limits[costs[0].0].row.id, now, Why::UsedUp)))
    }

    /// Limits that cannot be asked are limits without room: look again soon.
    fn broken(&self, error: DbError) -> RateLimited {
        tracing::error!(%error, "cannot book a limit");
        let message = "the host cannot book its limits now".to_owned();
        RateLimited { limit: String::new(), until: crate::time::unix_ms() + 1_000, message }
    }

    fn lock(&self) -> MutexGuard<'_, Reservations> {
        self.state.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

#[async_trait]
impl RateLimiter for Limiter {
    async fn admit(&self, costs: &[(String, u32)]) -> Result<Permit, RateLimited> {
        let costs: Vec<(usize, i64)> =
            costs.iter().filter_map(|(name, cost)| Some((self.index(name)?, i64::from(*cost)))).collect();
        let began = Instant::now();
        loop {
            let no_room = match self.try_admit(&costs).await {
                Ok(Ok(permit)) => return Ok(permit),
                Ok(Err(no_room)) => no_room,
                Err(error) => return Err(self.broken(error)),
            };
            let refusal =
                RateLimited { limit: no_room.limit, until: no_room.until, message: no_room.message };
            let now = match self.host.db.now().await {
                Ok(now) => now,
                Err(error) => return Err(self.broken(error)),
            };
            let wait = Duration::from_millis((no_room.until - now).clamp(1, 3_600_000) as u64);
            if began.elapsed() + wait > LONGEST_WAIT {
                return Err(refusal);
            }
            tokio::time::sleep(wait).await;
        }
    }

    async fn ended(&self, permit: Permit, outcome: Ended<'_>) {
        for id in permit.ids {
            let Some(handed) = self.lock().end(id, outcome, &self.limits) else { continue };
            if let Ended::Answered { status, headers } = outcome
                && let Err(error) = self.heed(status, headers, &handed).await
            {
                tracing::error!(%error, "cannot record what the vendor reported of its limits");
            }
        }
    }

    async fn remaining(&self, limit: &str) -> Result<u32, LimitError> {
        let index = self.known(limit)?;
        let row = &self.limits[index].row;
        let uses = async { self.host.db.limits(self.host.db.now().await?, &[row.id]).await };
        let uses = uses.await.map_err(|error: DbError| other(error.to_string()))?;
        let Some(limit_use) = uses.first() else { return Ok(0) };
        let left = limit_use.room(self.side) + self.lock().available(index);
        Ok(u32::try_from(left.max(0)).unwrap_or(u32::MAX))
    }

    async fn acquire(&self, limit: &str, n: u32) -> Result<(), LimitError> {
        let name = self.limits[self.known(limit)?].row.name.clone();
        let permit = self.admit(&[(name, n)]).await.map_err(|refusal| LimitError {
            kind: LimitErrorKind::RateLimited,
            message: refusal.message,
            until: Some(refusal.until),
        })?;
        // What the guest counts by itself has happened already.
        self.ended(permit, Ended::Answered { status: 200, headers: &[] }).await;
        Ok(())
    }

    async fn block_until(&self, limit: &str, until: i64) -> Result<(), LimitError> {
        let index = self.known(limit)?;
        let blocked = self.block(self.limits[index].row.id, until, "the vendor asked to wait").await;
        blocked.map_err(|error| other(error.to_string()))
    }
}

fn other(message: String) -> LimitError {
    LimitError { kind: LimitErrorKind::Other, message, until: None }
}

#[cfg(test)]
mod tests {
    use windlass_db::LimitRow;

    use super::RunLimit;
    use crate::limits::Numbers;

    /// Ten a minute.
    pub(super) fn limit() -> RunLimit {
        let row = LimitRow {
            id: 9,
            scope: String::new(),
            name: "minute".into(),
            max: 10,
            window_ms: 60_000,
            leave_to_others: 0,
            keep_for_actions: 1,
            blocked_until: None,
            blocked_reason: None,
        };
        let numbers = Numbers::approved(10, 0, 1);
        RunLimit { row, numbers, most_cost: 1, headers: Default::default() }
    }
}
