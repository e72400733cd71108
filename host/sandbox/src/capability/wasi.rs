//! WASI 0.2 for language run times: linked, but empty. No argument, variable, folder, socket or name;
//! output goes to the log; clocks and randomness are the call's own, so that a call can be replayed.

use std::{sync::Arc, time::Duration};

use rand::SeedableRng;
use wasmtime_wasi::{
    HostMonotonicClock, HostWallClock, WasiCtx,
    cli::{IsTerminal, StdoutStream},
    p2::{OutputStream, Pollable, StreamResult},
};

use crate::{
    capability::log::{LogBuffer, Standard},
    state::GuestTime,
};

/// What a guest may write in one go; more comes in pieces.
const WRITE_BYTES: usize = 64 << 10;

pub(crate) fn context(time: &GuestTime, seed: u64, log: &Arc<LogBuffer>) -> WasiCtx {
    let random = || rand::rngs::StdRng::seed_from_u64(seed);
    WasiCtx::builder()
        .stdout(Output { log: log.clone(), stream: Standard::Out })
        .stderr(Output { log: log.clone(), stream: Standard::Err })
        .wall_clock(GuestClock(time.clone()))
        .monotonic_clock(GuestClock(time.clone()))
        .secure_random(random())
        .insecure_random(random())
        .insecure_random_seed(u128::from(seed))
        .allow_tcp(false)
        .allow_udp(false)
        .allow_ip_name_lookup(false)
        .build()
}

struct GuestClock(GuestTime);

impl HostWallClock for GuestClock {
    fn resolution(&self) -> Duration {
        Duration::from_millis(1)
    }

    fn now(&self) -> Duration {
        Duration::from_millis(self.0.now_ms().max(0) as u64)
    }
}

impl HostMonotonicClock for GuestClock {
    fn resolution(&self) -> u64 {
        1_000_000
    }

    fn now(&self) -> u64 {
        self.0.now_ms().max(0) as u64 * 1_000_000
    }
}

#[derive(Clone)]
struct Output {
    log: Arc<LogBuffer>,
    stream: Standard,
}

impl IsTerminal for Output {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for Output {
    fn async_stream(&self) -> Box<dyn tokio::io::AsyncWrite + Send + Sync> {
        Box::new(tokio::io::sink())
    }

    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(self.clone())
    }
}

impl OutputStream for Output {
    fn write(&mut self, bytes: bytes::Bytes) -> StreamResult<()> {
        self.log.standard(self.stream, &bytes);
        Ok(())
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        Ok(WRITE_BYTES)
    }
}

#[wasmtime_wasi::async_trait]
impl Pollable for Output {
    async fn ready(&mut self) {}
}
