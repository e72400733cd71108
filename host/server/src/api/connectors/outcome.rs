//! How an install, approval, activation or rollback ended, for people and programs.

use serde::Serialize;

use super::{
    origin::{SignatureView, signature_view},
    says,
};
use crate::{
    api::Api,
    asks::{Compared, Difference, Group},
    install::{InstallOutcome, Passed, Standing},
    problem::Problem,
    replay,
};

/// How an install, approval, activation or rollback ended:
/// `{"connector": "baselinker", "version": "1.1.0", "digest": "…", "state": "active", "former": "1.0.0",
/// "needs_approval": false, "signature": {"key": "…", "comment": "…"}, "warning": null,
/// "steps": [{"step": "signature", "says": "…"}], "asks": [{"group": "hosts", "name": "…", "text": "…",
/// "difference": "same", "was": null, "needs_approval": false}], "replay": REPORT,
/// "says": "…", "unfit": [{"connection": "shop", "reason": "…"}], "late": [{"host": "…", "why": "…"}]}`;
/// `replay` is what an installed version made of recent calls ([`replay::Report`]), null where nothing was
/// compared; state is `active`, `first` or `waits-for-approval`. `says` is the
/// state as a sentence; connections that are `unfit` stay on the version they run, and hosts that are `late`
/// have not loaded this one.
#[derive(Serialize)]
pub struct OutcomeView {
    connector: String,
    version: String,
    digest: String,
    state: &'static str,
    former: Option<String>,
    needs_approval: bool,
    signature: Option<SignatureView>,
    /// What is doubtful of its signature.
    warning: Option<String>,
    /// What an install has passed, in order; empty for the others.
    steps: Vec<Passed>,
    asks: Vec<AskView>,
    replay: Option<replay::Report>,
    /// The connection that runs it first.
    first: Option<String>,
    says: String,
    unfit: Vec<UnfitView>,
    late: Vec<LateView>,
}

#[derive(Serialize)]
struct UnfitView {
    connection: String,
    reason: String,
}

#[derive(Serialize)]
struct LateView {
    host: String,
    why: String,
}

#[derive(Serialize)]
pub struct AskView {
    group: &'static str,
    name: String,
    text: String,
    difference: &'static str,
    was: Option<String>,
    needs_approval: bool,
}

pub async fn view(api: &Api, outcome: InstallOutcome) -> Result<OutcomeView, Problem> {
    let origins = api.host.db.origins().await?;
    let origin = origins.iter().find(|origin| origin.digest == outcome.digest);
    let guard = api.host.settings.guard;
    let version = &outcome.version;
    let (state, first, says) = match &outcome.standing {
        Standing::WaitsForApproval => ("waits-for-approval", None, format!("{version} waits for approval")),
        Standing::First(first) => ("first", first.clone(), says::first(version, first.as_deref(), guard)),
        Standing::Active { watched: true } => ("active", None, says::watched(version, guard)),
        Standing::Active { watched: false } => ("active", None, format!("{version} is active")),
    };
    Ok(OutcomeView {
        signature: origin.and_then(signature_view),
        state,
        first,
        says,
        needs_approval: outcome.standing == Standing::WaitsForApproval,
        unfit: outcome
            .unfit
            .into_iter()
            .map(|unfit| UnfitView { connection: unfit.connection, reason: unfit.reason })
            .collect(),
        late: outcome.late.into_iter().map(|late| LateView { host: late.name, why: late.why }).collect(),
        connector: outcome.connector,
        version: outcome.version,
        digest: outcome.digest,
        former: outcome.former,
        asks: outcome.asks.into_iter().map(ask_view).collect(),
        warning: outcome.warning,
        steps: outcome.steps,
        replay: outcome.replay,
    })
}

/// An ask as the command line shows it, too.
pub fn ask_view(compared: Compared) -> AskView {
    AskView {
        group: match compared.ask.group {
            Group::Hosts => "hosts",
            Group::Auth => "auth",
            Group::Secrets => "secrets",
            Group::SafeRequests => "safe-requests",
            Group::Limits => "limits",
            Group::Webhooks => "webhooks",
            Group::Actions => "actions",
            Group::Streams => "streams",
            Group::Budgets => "budgets",
            Group::Roles => "roles",
        },
        text: compared.ask.text(),
        name: compared.ask.name,
        difference: match compared.difference {
            Difference::Same => "same",
            Difference::Added => "added",
            Difference::Changed => "changed",
            Difference::Lowered => "lowered",
            Difference::Removed => "removed",
        },
        was: compared.was,
        needs_approval: compared.needs_approval,
    }
}
