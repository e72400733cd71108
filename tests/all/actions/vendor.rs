//! A vendor that takes orders and users, and answers as it is told.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::io::BufReader;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio::sync::Semaphore;
use windlass_tests::eventually::eventually;
use windlass_tests::wire::{self, Answer, Incoming, Manner};

/// A request comes within this, on a machine that is busy with other tests.
const COMES_MAX: Duration = Duration::from_secs(60);

/// How a request is answered.
#[derive(Clone, Debug)]
pub enum Turn {
    Answer(u16, Value),
    /// What is no JSON.
    Text(u16, &'static str),
    /// It is carried out, and the connection breaks before the answer.
    Lost,
    /// It is answered when the gate is opened.
    Wait,
}

/// A request as it came, and when.
#[derive(Clone, Debug)]
pub struct Seen {
    /// Without its query.
    pub path: String,
    pub body: Value,
    pub from: Instant,
    /// None while it waits.
    pub to: Option<Instant>,
}

/// Stops serving when dropped. Answers `{"id": N, "token": …}` where nothing else was said.
pub struct Vendor {
    address: SocketAddr,
    shared: Arc<Shared>,
    _runtime: Runtime,
}

struct Shared {
    seen: Mutex<Vec<Seen>>,
    /// For the next requests whose path begins so.
    turns: Mutex<VecDeque<(&'static str, Turn)>>,
    gate: Semaphore,
    default: Value,
}

impl Vendor {
    /// `default` is its answer to what nothing else was said for.
    pub fn start(default: Value) -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a loopback port");
        listener.set_nonblocking(true).expect("a socket has modes");
        let address = listener.local_addr().expect("a bound socket has an address");
        let gate = Semaphore::new(0);
        let shared = Arc::new(Shared { seen: Mutex::default(), turns: Mutex::default(), gate, default });
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = runtime.expect("the system gives a thread");
        runtime.spawn(listen(listener, shared.clone()));
        Self { address, shared, _runtime: runtime }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Says how the next request below a path is answered, after those that were said before.
    pub fn next(&self, path: &'static str, turn: Turn) {
        lock(&self.shared.turns).push_back((path, turn));
    }

    /// Answers whatever waits, now and later.
    pub fn open_gate(&self) {
        self.shared.gate.add_permits(Semaphore::MAX_PERMITS / 2);
    }

    /// The requests below a path, in the order they came.
    pub fn seen(&self, path: &str) -> Vec<Seen> {
        lock(&self.shared.seen).iter().filter(|seen| seen.path.starts_with(path)).cloned().collect()
    }

    /// Waits until so many requests have come.
    #[track_caller]
    pub fn wait_for(&self, path: &str, count: usize) {
        eventually(&format!("{count} requests at {path}"), COMES_MAX, || {
            (self.seen(path).len() >= count).then_some(())
        });
    }
}

async fn listen(listener: std::net::TcpListener, shared: Arc<Shared>) {
    let listener = TcpListener::from_std(listener).expect("inside the runtime");
    while let Ok((stream, _)) = listener.accept().await {
        let shared = shared.clone();
        // What breaks a connection is the host's death, or a turn: either is meant.
        tokio::spawn(async move { drop(serve(stream, &shared).await) });
    }
}

async fn serve(stream: TcpStream, shared: &Shared) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    while let Some(incoming) = wire::read(&mut stream).await? {
        let place = shared.note(incoming);
        let answer = shared.answer(place).await;
        lock(&shared.seen)[place].to = Some(Instant::now());
        if !wire::write(&mut stream, &answer, async || ()).await? {
            return Ok(());
        }
    }
    Ok(())
}

impl Shared {
    fn note(&self, incoming: Incoming) -> usize {
        let path = incoming.target.split('?').next().unwrap_or_default();
        let mut seen = lock(&self.seen);
        seen.push(Seen {
            path: path.to_owned(),
            body: serde_json::from_slice(&incoming.body).unwrap_or_default(),
            from: Instant::now(),
            to: None,
        });
        seen.len() - 1
    }

    async fn answer(&self, place: usize) -> Answer {
        let path = lock(&self.seen)[place].path.clone();
        let turn = {
            let mut turns = lock(&self.turns);
            let next = turns.iter().position(|(wanted, _)| path.starts_with(wanted));
            next.and_then(|next| turns.remove(next)).map(|(_, turn)| turn)
        };
        let default = Answer::json(self.default.to_string().into_bytes());
        match turn {
            None => default,
            Some(Turn::Answer(status, body)) => {
                Answer { status, ..Answer::json(body.to_string().into_bytes()) }
            }
            Some(Turn::Text(status, text)) => Answer::html(status, text),
            Some(Turn::Lost) => Answer { manner: Manner::ResetBefore, ..default },
            Some(Turn::Wait) => {
                if let Ok(permit) = self.gate.acquire().await {
                    permit.forget();
                }
                default
            }
        }
    }
}

/// What the vendor answers where nothing else was said.
pub fn done() -> Value {
    json!({ "id": 7 })
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
