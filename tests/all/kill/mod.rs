//! `kill -9` at every kind of point.
//!
//! A point is a request at the vendor and a stage of it; the host dies there, before the request goes
//! on, or a few milliseconds later. It starts again, and what is asserted is what the vendor and the
//! operator see: nothing missing, nothing double, no limit broken.

mod action;
mod sync;

use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use windlass_tests::baselinker::{Moment, Stage};
use windlass_tests::host::Host;
use windlass_tests::shop::Shop;

/// A point is reached within this, on a machine that is busy with other tests.
const REACHED_MAX: Duration = Duration::from_secs(120);

/// Where the host dies.
#[derive(Clone, Copy, Debug)]
struct Point {
    /// The number of the request, from 1.
    request: usize,
    /// What the method's name begins with; any if empty.
    method: &'static str,
    stage: Stage,
    /// After the stage; the request goes on meanwhile.
    later: Duration,
}

impl Point {
    fn at(request: usize, stage: Stage) -> Self {
        Self { request, method: "", stage, later: Duration::ZERO }
    }

    /// So many milliseconds after the last byte of the answer: parsing, committing, the next request.
    fn after_answer(request: usize, ms: u64) -> Self {
        Self { later: Duration::from_millis(ms), ..Self::at(request, Stage::Answered) }
    }

    /// At a request of that method.
    fn of(self, method: &'static str) -> Self {
        Self { method, ..self }
    }
}

/// The points at which a host is going to die, one after the other.
struct Kills {
    killed: Receiver<Point>,
}

impl Kills {
    /// Arms the simulator. A point is armed when the one before has been reached.
    fn arm(shop: &Shop, points: &[Point]) -> Self {
        let (sender, killed) = channel();
        let rest = Mutex::new(points.to_vec());
        let host = shop.host.clone();
        shop.vendor.watch(move |moment| {
            let mut rest = rest.lock().expect("no watcher panics");
            let Some(&point) = rest.first().filter(|point| is_reached(point, &moment)) else {
                return;
            };
            rest.remove(0);
            // A later kill must not hold the request up, or nothing would happen meanwhile.
            let (host, sender) = (host.clone(), sender.clone());
            let kill = move || kill(&host, point, &sender);
            if point.later.is_zero() { kill() } else { drop(std::thread::spawn(kill)) }
        });
        Self { killed }
    }

    /// Waits until the host is dead.
    #[track_caller]
    fn wait(&self) -> Point {
        self.killed.recv_timeout(REACHED_MAX).expect("the host comes to the point where it is killed")
    }
}

/// Points count requests over the whole life of the simulator, and a host that was restarted may be
/// beyond the number already: the first request at or after it will do.
fn is_reached(point: &Point, moment: &Moment) -> bool {
    moment.request >= point.request && moment.stage == point.stage && moment.method.starts_with(point.method)
}

fn kill(host: &Arc<Host>, point: Point, killed: &std::sync::mpsc::Sender<Point>) {
    #[expect(clippy::disallowed_methods, reason = "the time is the case: the host works meanwhile")]
    std::thread::sleep(point.later);
    host.kill_9();
    // Nobody listens any more when the test has failed already.
    let _ = killed.send(point);
}
