//! One run's use of its limits: permits are booked durably ahead, used within two seconds, and settled
//! with the next commit.
//!
//! How a permit is timed without asking the database twice: a booking is made at database time `N`,
//! read after the monotonic instant `I`. At any later instant `t` the database's clock shows at most
//! `N + (t - I)`, so what is counted from there is never too short.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard},
    time::{Duration, Instant},
};

use async_trait::async_trait;
use windlass_db::{Ask, Booked, DbError, LimitRow, Settle, Side};
use windlass_sandbox::egress::{Ended, LimitError, LimitErrorKind, Permit, RateLimited, RateLimiter};

mod reservations;
mod vendor;

use crate::host::Host;
use reservations::Reservations;

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

/// Limits that a run of this host has found blocked, so that what other runs have booked is not used.
/// Another host may still use for two seconds what it has booked.
#[derive(Default)]
pub struct Blocks(Mutex<HashMap<i64, i64>>);

impl Blocks {
    fn add(&self, limit: i64, until: i64) {
        let mut blocks = self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let known = blocks.entry(limit).or_insert(until);
        *known = until.max(*known);
    }

    fn contains(&self, limit: i64, now: i64) -> bool {
        let mut blocks = self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        blocks.retain(|_, until| *until > now);
        blocks.contains_key(&limit)
    }
}

/// A limit with what one request costs at most.
#[derive(Debug, Clone)]
pub struct RunLimit {
    pub row: LimitRow,
    pub most_cost: u32,
    /// Headers in which the vendor tells what is left and when that resets.
    pub remaining_header: Option<String>,
    pub reset_header: Option<String>,
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
    pub blocked: bool,
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
        self.obey_blocks();
        self.book(&want, AHEAD).await
    }

    /// Settled bookings, to be written with the next commit.
    pub fn take_settled(&self) -> Vec<Settle> {
        self.lock().settle(false)
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
            Booked::No { limit, until, blocked } => Ok(Err(self.no_room(limit, until, blocked))),
        }
    }

    /// What was booked before a block is given back: the database then says until when to wait.
    fn obey_blocks(&self) {
        let now = crate::time::unix_ms();
        if self.limits.iter().any(|limit| self.host.blocks.contains(limit.row.id, now)) {
            self.lock().drop_unused();
        }
    }

    async fn block(&self, limit: i64, until: i64, reason: &str) -> Result<(), DbError> {
        self.host.blocks.add(limit, until);
        self.host.db.limit_block(limit, until, reason).await
    }

    fn no_room(&self, limit: i64, until: i64, blocked: Option<String>) -> NoRoom {
        let limit = self.limits.iter().find(|known| known.row.id == limit);
        let name = limit.map(|limit| limit.row.name.clone()).unwrap_or_default();
        let message = match (&blocked, limit) {
            (Some(reason), _) => format!("limit {name} is blocked: {reason}"),
            (None, Some(limit)) => format!(
                "limit {name} is used up: {} requests in {} s",
                limit.row.max,
                limit.row.window_ms / 1_000
            ),
            (None, None) => format!("limit {name} is used up"),
        };
        NoRoom { limit: name, until, message, blocked: blocked.is_some() }
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
    async fn heed(&self, status: u16, headers: &[(String, String)]) -> Result<(), DbError> {
        let reports: Vec<_> = self
            .limits
            .iter()
            .filter_map(|limit| Some((limit, vendor::report(limit, status, headers)?)))
            .collect();
        if reports.is_empty() {
            return Ok(());
        }
        let now = self.host.db.now().await?;
        for (limit, report) in reports {
            let until = report.until(now, limit.row.window_ms);
            match report.left {
                0 => self.block(limit.row.id, until, report.reason).await?,
                left => self.host.db.limit_report(now, limit.row.id, left, until).await?,
            }
        }
        Ok(())
    }

    /// Takes the costs from what is booked, booking more if needed and possible without waiting.
    async fn try_admit(&self, costs: &[(usize, i64)]) -> Result<Result<Permit, NoRoom>, DbError> {
        self.obey_blocks();
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
        Ok(Err(self.no_room(self.limits[costs[0].0].row.id, now, None)))
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
            if no_room.blocked || began.elapsed() + wait > LONGEST_WAIT {
                return Err(refusal);
            }
            tokio::time::sleep(wait).await;
        }
    }

    async fn ended(&self, permit: Permit, outcome: Ended<'_>) {
        for id in permit.ids {
            self.lock().end(id, outcome, &self.limits);
        }
        if let Ended::Answered { status, headers } = outcome
            && let Err(error) = self.heed(status, headers).await
        {
            tracing::error!(%error, "cannot record what the vendor reported of its limits");
        }
    }

    async fn remaining(&self, limit: &str) -> Result<u32, LimitError> {
        let index = self.known(limit)?;
        let row = &self.limits[index].row;
        let uses = async { self.host.db.limits(self.host.db.now().await?, &[row.id]).await };
        let uses = uses.await.map_err(|error: DbError| other(error.to_string()))?;
        let Some(limit_use) = uses.first() else { return Ok(0) };
        let kept = if self.side == Side::Sync { row.keep_for_actions } else { 0 };
        let left = row.max - row.leave_to_others - kept - limit_use.used + self.lock().available(index);
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
