//! A connector that does, on demand, what a connector must not. Its property `misdeed` says what;
//! `amount` how much of it; `url` whom it calls.
//!
//! - `resources`: too much of everything
//! - `network`: calls that must not go out
//! - `hoards`: what costs the host more than the guest
//! - `nonsense`: pages that make no sense
//! - `sight`: what a component sees of the world

mod hoards;
mod network;
mod nonsense;
mod resources;
mod sight;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use windlass_sdk::spec::{Action, Auth, Repeat, Spec, Stream};
use windlass_sdk::{ActRequest, CheckOutcome, Connector, Error, Outcome, Page, ReadRequest, Result, Secret};

/// The one stream.
const STREAM: &str = "records";
/// Records of a well-behaved page.
const PAGE: u32 = 10;

/// What the connector does wrong.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Misdeed {
    /// Nothing: `amount` records, ten a page, with a counter as checkpoint.
    #[default]
    #[serde(rename = "ok")]
    Nothing,
    /// Computes without end.
    Loop,
    /// Allocates without end.
    Allocate,
    /// Recurses without end.
    Recurse,
    /// Panics with a message.
    Panic,
    /// Writes `amount` lines of a kilobyte to the log.
    FloodLog,
    /// Writes `amount` lines of a kilobyte to standard error.
    FloodStderr,
    /// Returns `amount` records of a mebibyte each.
    ManyRecords,
    /// Returns one record of `amount` mebibytes.
    GiantRecord,
    /// Returns `amount` records that all lie in one mebibyte of its memory.
    SharedRecords,
    /// Returns a checkpoint of `amount` mebibytes.
    GiantCheckpoint,
    /// Returns `amount` small records in one page.
    WidePage,
    /// Says that there is more without end, from the same checkpoint.
    EndlessWalk,
    /// Writes `amount` values of 64 KiB to storage.
    FillStorage,
    /// Keeps `amount` answers of `url` open.
    HoardAnswers,
    /// Picks rows of `amount` answers of `url`, and lets the answers go.
    HoardRows,
    /// Makes `amount` requests of a mebibyte each ready, and sends them at once.
    HoardRequests,
    /// Picks the only row of an answer of `url`, and keeps it `amount` times.
    KeepAgain,
    /// Picks the only row of an answer of `url`, and asks for all of it `amount` times.
    CopyAgain,
    /// Sends `amount` requests to `url`, one after the other.
    ManyRequests,
    /// Sends `amount` requests to `url` at once.
    ManyRequestsAtOnce,
    /// Sleeps for `amount` seconds.
    Sleep,
    /// Calls `url` and returns the answer; `url` decides whether that is wrong. An `url` that never
    /// answers makes it hang in a host call.
    Call,
    /// Calls a host that the spec did not ask for.
    CallUnasked,
    /// Calls `http://169.254.169.254/`.
    CallMetadata,
    /// Calls `url` and then where its redirect points.
    FollowRedirect,
    /// Calls `url` with a Host header of its own.
    SetHost,
    /// Calls `url` with headers that belong to the host: connection, transfer and proxy ones.
    SetHopHeaders,
    /// Tries to read other connections' storage: guesses keys, lists everything.
    ReadStorage,
    /// Returns a record whose JSON is none.
    NotJson,
    /// Returns a record whose key holds a NUL.
    NulInKey,
    /// Returns a record whose JSON holds an escaped NUL.
    NulInRecord,
    /// Returns two records with one key.
    DuplicateKeys,
    /// Returns a record with an empty key.
    EmptyKey,
    /// Returns a record with a key of `amount` mebibytes.
    GiantKey,
    /// Returns a record and deletes it in the same page.
    RecordAndDeleted,
    /// Fails with an error whose texts are a mebibyte long and hold control characters.
    UglyError,
    /// Returns a record of all that its memory holds after it has called `url`, which echoes what it is sent.
    Recall,
    /// Returns a record of what it sees: clocks, arguments, variables, folders, sockets, chance.
    Report,
}

/// The configuration.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct Misbehave {
    /// What it does wrong.
    #[serde(default)]
    pub misdeed: Misdeed,
    /// How much of it.
    #[serde(default = "twenty_five")]
    pub amount: u32,
    /// The only host it asks for.
    #[serde(default = "nowhere")]
    pub base_url: String,
    /// Whom it calls; left out: `base_url`.
    pub url: Option<String>,
    /// What the host sends along below `/echo` of the host it asks for.
    pub token: Option<Secret>,
    /// How long it waits for whom it `call`s; left out: as long as the host lets it.
    pub timeout_ms: Option<u32>,
}

fn twenty_five() -> u32 {
    25
}

fn nowhere() -> String {
    "https://vendor.invalid".into()
}

/// The output of `post`.
#[derive(Serialize, JsonSchema)]
struct Posted {
    status: u16,
}

/// The input of `post`: nothing.
#[derive(Deserialize, JsonSchema)]
struct Post {}

impl Connector for Misbehave {
    fn spec() -> Spec {
        let stream = Stream::incremental(STREAM).max_requests(5).key("/n");
        let action = Action::new::<Post, Posted>("post", Repeat::None)
            .description("Posts to `url`, then does the misdeed if it is to panic or to loop.");
        Spec::new("misbehave", "Misbehave", env!("CARGO_PKG_VERSION"))
            .host("{base_url}")
            .auth(Auth::everywhere().path_prefix("/echo").header("x-token", "{token}"))
            .stream(stream)
            .action(action)
    }

    fn check(&self) -> Result<CheckOutcome> {
        self.misbehave_simply()?;
        Ok(CheckOutcome::saying("behaves"))
    }

    fn read(&self, request: &ReadRequest) -> Result<Page> {
        use Misdeed::*;
        match self.misdeed {
            Nothing => self.count(request),
            EndlessWalk => Page::new().next(&0),
            Call | CallUnasked | CallMetadata | FollowRedirect | SetHost | SetHopHeaders | HoardAnswers
            | ManyRequests | ManyRequestsAtOnce => network::read(self),
            HoardRows | HoardRequests | KeepAgain | CopyAgain => hoards::read(self),
            ManyRecords | GiantRecord | SharedRecords | GiantCheckpoint | WidePage => resources::page(self),
            NotJson | NulInKey | NulInRecord | DuplicateKeys | EmptyKey | GiantKey | RecordAndDeleted => {
                nonsense::page(self)
            }
            ReadStorage => sight::storage(),
            Recall => sight::recall(self.target()),
            Report => sight::report(),
            _ => self.misbehave_simply().map(|()| Page::new()),
        }
    }

    fn act(&self, request: &ActRequest) -> Result<Outcome> {
        if request.action != "post" {
            return Err(Error::unknown_action(&request.action));
        }
        let answer = windlass_sdk::http::post(self.target()).json(&json!({})).send()?;
        self.misbehave_simply()?;
        Outcome::done(&Posted { status: answer.status() })
    }
}

impl Misbehave {
    /// Whom a misdeed calls.
    pub(crate) fn target(&self) -> &str {
        self.url.as_deref().unwrap_or(&self.base_url)
    }

    /// The misdeeds that make no page.
    fn misbehave_simply(&self) -> Result<()> {
        match self.misdeed {
            Misdeed::UglyError => Err(nonsense::ugly_error()),
            _ => resources::use_up(self),
        }
    }

    /// Records 0 to `amount`, ten a page; the checkpoint is the next number.
    fn count(&self, request: &ReadRequest) -> Result<Page> {
        let first: u32 = request.checkpoint_or_default()?;
        let end = self.amount.min(first + PAGE);
        let page = (first..end)
            .fold(Page::new(), |page, n| page.record(n.to_string(), json!({ "n": n }).to_string()));
        if end < self.amount { page.next(&end) } else { page.last(&end) }
    }
}

windlass_sdk::connector!(Misbehave);
