//! Does a flow have what it needs, and does it work? The answer to "how do I check that it works".

use windlass_db::{AskedRun, Connection, ConnectionState, HeldRun, Millis, RunState};

use crate::{
    connections::{advice, config_of},
    host::Host,
    options::{self, Known},
    problem::Problem,
};

/// Held runs that one check names; `windlass run list --state held` lists them all.
const MOST_RUNS_NAMED: i64 = 10;

/// Something that a person should act on.
pub struct Finding {
    /// JSON Pointer into the configuration, where it is about one.
    pub pointer: Option<String>,
    pub message: String,
    /// The flow cannot do its work with it.
    pub breaks: bool,
}

/// The last thing that went one way.
pub struct Direction {
    /// What was followed, or asked for: `shop orders`, `store create-order`.
    pub what: String,
    pub state: Option<RunState>,
    /// Key of the record that changed.
    pub key: Option<String>,
    /// When the change was made at the source, and when what follows from it was done.
    pub changed_at: Option<Millis>,
    pub done_at: Option<Millis>,
}

/// Configured values that do not exist, connections that do not run, changes that wait.
pub async fn findings(host: &Host, flow: &Connection) -> Result<Vec<Finding>, Problem> {
    let mut findings = values(host, flow).await?;
    for binding in host.db.flow_roles(flow.id).await? {
        let Some(connection) = host.db.connection_by_id(binding.connection).await? else { continue };
        if connection.state == ConnectionState::Paused {
            let name = &connection.name;
            findings.push(says(format!("connection {name} is paused: `windlass connection resume {name}`")));
        }
        for stream in host.db.streams(connection.id).await? {
            if let Some(message) = &stream.stopped_message {
                findings.push(says(format!("{} {} has stopped: {message}", connection.name, stream.name)));
            }
        }
    }
    findings.extend(waiting(host, flow).await?);
    let warnings = advice(host, flow).await?.warnings;
    let known: Vec<String> = findings.iter().map(|finding| finding.message.clone()).collect();
    let more = warnings.into_iter().filter(|warning| !known.contains(warning));
    findings.extend(more.map(|message| Finding { pointer: None, message, breaks: false }));
    Ok(findings)
}

/// What waits for a person, or for another configuration.
async fn waiting(host: &Host, flow: &Connection) -> Result<Vec<Finding>, Problem> {
    let mut findings = Vec::new();
    let name = &flow.name;
    let held = host.db.held_count(flow.id).await?;
    if held > 0 {
        let message = format!("{held} changes are held: `windlass flow held {name}` says why");
        findings.push(Finding { pointer: None, message, breaks: false });
    }
    let failed = host.db.held_failed_count(flow.id).await?;
    if failed > 0 {
        findings.push(says(format!(
            "{failed} of them since an action came to nothing: put right what is wrong, then `windlass flow \
             deliver {name}`"
        )));
    }
    for run in host.db.held_asked(flow.id, MOST_RUNS_NAMED).await? {
        let HeldRun { run, connection_name, action } = run;
        findings.push(says(format!(
            "{action} of {connection_name} may have happened and waits for a person: `windlass run show {run}`"
        )));
    }
    Ok(findings)
}

/// The last change that each action was asked for, one way each.
pub async fn directions(host: &Host, flow: &Connection) -> Result<Vec<Direction>, Problem> {
    let connector = host.registry.of(&host.db, &host.sandbox, flow).await?;
    let mut directions = Vec::new();
    for binding in host.db.flow_roles(flow.id).await? {
        let Some(role) = connector.spec.roles.get(&binding.role) else { continue };
        let Some(connection) = host.db.connection_by_id(binding.connection).await? else { continue };
        for action in &role.asks {
            let last = host.db.last_asked(flow.id, binding.connection, action).await?;
            directions.push(direction(format!("{} {action}", connection.name), last));
        }
    }
    Ok(directions)
}

fn direction(what: String, last: Option<AskedRun>) -> Direction {
    match last {
        None => Direction { what, state: None, key: None, changed_at: None, done_at: None },
        Some(last) => Direction {
            what,
            state: Some(last.state),
            key: last.key,
            changed_at: last.changed_at,
            done_at: last.finished_at,
        },
    }
}

async fn values(host: &Host, flow: &Connection) -> Result<Vec<Finding>, Problem> {
    let connector = host.registry.of(&host.db, &host.sandbox, flow).await?;
    let config = connector.spec.with_defaults(&config_of(flow)?);
    let chosen = options::chosen(host, flow, &connector.spec, &config).await?;
    let judged = chosen.into_iter().filter_map(|chosen| {
        let value = options::text(&chosen.value);
        let (message, breaks) = match chosen.known {
            Known::No => (
                format!(
                    "{} is `{value}`, which {} does not hold: add it at the vendor{}, or choose another with \
                     `windlass flow set {} --set {}=…`",
                    chosen.field,
                    chosen.stream,
                    chosen.screen.map(|screen| format!(" ({screen})")).unwrap_or_default(),
                    flow.name,
                    chosen.field
                ),
                true,
            ),
            Known::Yes { active: false, .. } => {
                (format!("{} is `{value}`, which is not active any more", chosen.field), true)
            }
            Known::NotSynced => (
                format!(
                    "{} is `{value}`; whether that exists is not known before {} was synced",
                    chosen.field, chosen.stream
                ),
                false,
            ),
            Known::Yes { .. } | Known::TooMany => return None,
        };
        Some(Finding { pointer: Some(chosen.pointer), message, breaks })
    });
    Ok(judged.collect())
}

fn says(message: String) -> Finding {
    Finding { pointer: None, message, breaks: true }
}
