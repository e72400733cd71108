//! `kill -9` at every kind of point.
//!
//! A point is a request at the vendor and a stage of it; the host dies there, before the request goes
//! on, or a few milliseconds later. It starts again, and what is asserted is what the vendor and the
//! operator see: nothing missing, nothing double, no limit broken.

mod action;
mod sync;

use std::collections::VecDeque;
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use windlass_tests::host::Host;
use windlass_tests::simulator::{Moment, Simulator, Stage, Vendor};

/// A point is reached within this, on a machine that is busy with other tests.
const REACHED_MAX: Duration = Duration::from_secs(240);

/// Where the host dies.
#[derive(Clone, Copy, Debug)]
pub struct Point {
    /// The number of the request, from 1.
    request: usize,
    /// What the method's name begins with; any if empty.
    method: &'static str,
    stage: Stage,
    /// After the stage; the request goes on meanwhile.
    later: Duration,
}

impl Point {
    pub fn at(request: usize, stage: Stage) -> Self {
        Self { request, method: "", stage, later: Duration::ZERO }
    }

    /// So many milliseconds after the last byte of the answer: parsing, committing, the next request.
    pub fn after_answer(request: usize, ms: u64) -> Self {
        Self { later: Duration::from_millis(ms), ..Self::at(request, Stage::Answered) }
    }

    pub fn stage(&self) -> Stage {
        self.stage
    }

    /// At a request of that method.
    pub fn of(self, method: &'static str) -> Self {
        Self { method, ..self }
    }
}

/// The points at which a host is going to die, one after the other.
pub struct Kills {
    killed: Receiver<Point>,
}

/// What the watcher knows.
struct Plan {
    host: Arc<Host>,
    rest: VecDeque<Point>,
    /// A kill is going to happen; no other point counts until it has.
    under_way: bool,
}

impl Kills {
    /// Arms the simulator. A point is armed when the host has died at the one before.
    pub fn arm<V: Vendor>(host: &Arc<Host>, vendor: &Simulator<V>, points: &[Point]) -> Self {
        let (sender, killed) = channel();
        let rest = points.iter().copied().collect();
        let plan = Arc::new(Mutex::new(Plan { host: host.clone(), rest, under_way: false }));
        vendor.watch(move |moment| {
            let Some(point) = lock(&plan).reach(&moment) else { return };
            let (plan, sender) = (plan.clone(), sender.clone());
            let kill = move || {
                #[expect(
                    clippy::disallowed_methods,
                    reason = "the time is the case: the host works meanwhile"
                )]
                std::thread::sleep(point.later);
                if lock(&plan).kill() {
                    // Nobody listens any more when the test has failed already.
                    let _ = sender.send(point);
                }
            };
            // A later kill must not hold the request up, or nothing would happen meanwhile.
            if point.later.is_zero() { kill() } else { drop(std::thread::spawn(kill)) }
        });
        Self { killed }
    }

    /// Waits until the host is dead.
    #[track_caller]
    pub fn wait(&self) -> Point {
        self.killed.recv_timeout(REACHED_MAX).expect("the host comes to the point where it is killed")
    }

    /// The point at which the host has died since the last look, if it has.
    pub fn look(&self) -> Option<Point> {
        self.killed.try_recv().ok()
    }
}

impl Plan {
    /// The point that this moment is, if it is the next one.
    ///
    /// Points count requests over the whole life of the simulator, and a host that was restarted may be
    /// beyond the number already: the first request at or after it will do.
    fn reach(&mut self, moment: &Moment) -> Option<Point> {
        let is_reached = |point: &&Point| {
            moment.request >= point.request
                && moment.stage == point.stage
                && moment.method.starts_with(point.method)
        };
        let point = self.rest.front().filter(|_| !self.under_way).filter(is_reached).copied()?;
        self.under_way = true;
        Some(point)
    }

    /// False when nobody was there to be killed: the moment belonged to a host that is dead already, and
    /// the point stays.
    fn kill(&mut self) -> bool {
        let killed = self.host.kill_9();
        if killed {
            self.rest.pop_front();
        }
        self.under_way = false;
        killed
    }
}

fn lock(plan: &Mutex<Plan>) -> MutexGuard<'_, Plan> {
    plan.lock().expect("no watcher panics")
}
