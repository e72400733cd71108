//! `windlass doctor`: is there a host, may I ask it, can it work, and what waits for a person?

mod findings;

use serde_json::{Value, json};

use super::{
    Ended,
    client::{Answer, Ask, Client},
    failure::{Exit, Failure},
    moment, output,
    table::{cell, table},
};
use crate::{settings::ClientSettings, time::unix_ms};
use findings::{Finding, State};

/// Puts a time of the API into words.
type Moment = fn(&str) -> String;

/// Exit 3 if the host cannot be asked, 1 if something needs a person.
pub fn run(settings: &ClientSettings, as_json: bool) -> Ended {
    // What a program reads says when, not how long from now.
    let found = look(settings, if as_json { str::to_owned } else { moment::of });
    let needs_a_person = found.iter().any(|finding| finding.state == State::NeedsPerson);
    let failed = found.iter().any(|finding| finding.state == State::Failed);
    match as_json {
        true => {
            let checks: Vec<Value> = found.iter().map(Finding::to_json).collect();
            output::line(&json!({ "ok": !failed && !needs_a_person, "checks": checks }).to_string())?;
        }
        false => output::line(&rendered(&found))?,
    }
    Ok(match (failed, needs_a_person) {
        (true, _) => Exit::Environment,
        (false, true) => Exit::Failed,
        (false, false) => Exit::Done,
    })
}

/// Each look needs those before it; what fails is the last finding.
fn look(settings: &ClientSettings, moment: Moment) -> Vec<Finding> {
    let mut found = Vec::new();
    if let Err(failure) = look_at_all(settings, moment, &mut found) {
        let check = match found.last().map(|finding| finding.check) {
            None => "token",
            Some("token") => "host",
            Some(_) => "access",
        };
        found.push(Finding { hint: failure.hint, ..Finding::new(check, State::Failed, failure.message) });
    }
    found
}

fn look_at_all(settings: &ClientSettings, moment: Moment, found: &mut Vec<Finding>) -> Result<(), Failure> {
    let client = Client::new(settings)?;
    found.push(Finding::ok("token", "found"));
    found.extend(look_at_host(&client, settings)?);
    let ask = |path: &[&str]| client.ask(Ask::get(path)).and_then(|answer: Answer| answer.json());
    let connectors = ask(&["connectors"])?;
    found.push(Finding::ok("access", "the token is accepted"));
    found.extend(findings::connectors(&connectors));
    found.extend(findings::folder(&ask(&["folder"])?));
    let connections = ask(&["connections"])?;
    found.extend(findings::connections(&connections));
    let (mut streams, mut limits, mut webhooks) = (Vec::new(), Vec::new(), Vec::new());
    for name in findings::items(&connections).map(|connection| cell(connection, "/name")) {
        let shown = ask(&["connections", &name]);
        found.extend(or_its_error("connections", &name, shown, findings::warnings)?);
        streams.extend(or_its_error("streams", &name, ask(&["connections", &name, "streams"]), |list| {
            findings::streams(&name, list)
        })?);
        limits.extend(or_its_error("limits", &name, ask(&["connections", &name, "limits"]), |list| {
            findings::limits(&name, list, moment)
        })?);
        webhooks.extend(or_its_error("webhooks", &name, ask(&["connections", &name, "webhooks"]), |list| {
            findings::webhooks(&name, list)
        })?);
    }
    found.extend(findings::or_ok(streams, "streams", "none is stopped"));
    found.extend(findings::or_ok(limits, "limits", "none is blocked"));
    found.extend(findings::or_ok(webhooks, "webhooks", "no delivery was given up"));
    let flows = findings::flows(&ask(&["flows"])?);
    found.extend(findings::or_ok(flows, "flows", "none holds anything"));
    let held = client.ask(Ask::get(&["runs"]).query("state", "held"))?.json()?;
    found.extend(findings::or_ok(findings::held(&held), "runs", "none is held"));
    let failed = Ask::get(&["runs"]).query("state", "failed").query("kind", "action");
    found.extend(findings::failed_actions(&client.ask(failed)?.json()?, &a_day_ago()));
    Ok(())
}

const DAY_MS: i64 = 86_400_000;

/// As the API writes times.
fn a_day_ago() -> String {
    jiff::Timestamp::from_millisecond(unix_ms() - DAY_MS).map(|at| at.to_string()).unwrap_or_default()
}

fn look_at_host(client: &Client, settings: &ClientSettings) -> Result<Vec<Finding>, Failure> {
    let ready = client.ready()?;
    if ready.status != 200 {
        let problem: Value = ready.json().unwrap_or_default();
        let why = cell(&problem, "/detail");
        return Err(Failure::new(Exit::Environment, format!("{} is not ready: {why}", settings.url))
            .hint("look at the output of `windlass serve`, and whether its database runs"));
    }
    let (theirs, ours) = (cell(&client.health()?.json()?, "/version"), env!("CARGO_PKG_VERSION"));
    let version = match theirs == ours {
        true => format!("{ours}, host and command line"),
        false => format!("the host is {theirs}, this command line {ours}"),
    };
    Ok(vec![
        Finding::ok("host", format!("{} is ready", settings.url)),
        Finding::ok("database", format!("{} answers", cell(&ready.json()?, "/database"))),
        Finding::ok("version", version),
    ])
}

/// A connection that cannot be used answers with an error: that is a finding too.
fn or_its_error(
    check: &'static str,
    connection: &str,
    answer: Result<Value, Failure>,
    find: impl FnOnce(&Value) -> Vec<Finding>,
) -> Result<Vec<Finding>, Failure> {
    match answer {
        Ok(list) => Ok(find(&list)),
        Err(failure) if failure.exit == Exit::Failed => {
            let detail = format!("{connection}: {}", failure.message);
            Ok(vec![Finding { hint: failure.hint, ..Finding::new(check, State::NeedsPerson, detail) }])
        }
        Err(failure) => Err(failure),
    }
}

/// What is to be done stands below what was found.
fn rendered(found: &[Finding]) -> String {
    let rows = found.iter().flat_map(|finding| {
        let row = vec![finding.check.to_owned(), finding.state.word().to_owned(), finding.detail.clone()];
        let hint = finding.hint.as_ref().map(|hint| vec![String::new(), String::new(), format!("-> {hint}")]);
        std::iter::once(row).chain(hint)
    });
    table(&["check", "", "found"], rows)
}

#[cfg(test)]
mod tests {
    use super::{Finding, State, rendered};

    #[test]
    fn what_is_to_be_done_stands_below_what_was_found() {
        let stopped = Finding::new("streams", State::NeedsPerson, "shop/orders is stopped");
        let found = [
            Finding::ok("host", "it is ready"),
            Finding { hint: Some("`windlass stream resume shop orders`".into()), ..stopped },
        ];
        let expected = "\
CHECK               FOUND
host     ok         it is ready
streams  needs you  shop/orders is stopped
                    -> `windlass stream resume shop orders`";
        assert_eq!(rendered(&found), expected);
    }
}
