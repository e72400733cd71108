//! `windlass doctor`: is there a host, may I ask it, and can it work?

use serde_json::json;

use super::{
    Ended,
    client::{Ask, Client},
    failure::{Exit, Failure},
    output, table,
};
use crate::settings::ClientSettings;

pub fn run(settings: &ClientSettings, as_json: bool) -> Ended {
    let checks = checks(settings);
    let well = checks.iter().all(|(_, outcome)| outcome.is_ok());
    if as_json {
        let checks = checks.iter().map(|(name, outcome)| match outcome {
            Ok(detail) => json!({ "check": name, "ok": true, "detail": detail, "hint": null }),
            Err(failure) => {
                json!({ "check": name, "ok": false, "detail": failure.message, "hint": failure.hint })
            }
        });
        output::line(&json!({ "ok": well, "checks": checks.collect::<Vec<_>>() }).to_string())?;
    } else {
        let rows = checks.iter().map(|(name, outcome)| match outcome {
            Ok(detail) => vec![(*name).to_owned(), "ok".to_owned(), detail.clone()],
            Err(failure) => vec![(*name).to_owned(), "FAILED".to_owned(), failure.message.clone()],
        });
        output::line(&table::table(&["check", "", "detail"], rows))?;
        for hint in checks.iter().filter_map(|(_, outcome)| outcome.as_ref().err()?.hint.as_ref()) {
            output::note(&format!("{} {hint}", output::dim("hint:")));
        }
    }
    Ok(if well { Exit::Done } else { Exit::Environment })
}

/// Each check needs the one before it.
fn checks(settings: &ClientSettings) -> Vec<(&'static str, Result<String, Failure>)> {
    let client = match Client::new(settings) {
        Ok(client) => client,
        Err(failure) => return vec![("token", Err(failure))],
    };
    let mut checks = vec![("token", Ok("found".to_owned()))];
    let ready = client.ready();
    let answers = ready.is_ok();
    checks.push((
        "host",
        ready.and_then(|answer| match answer.status {
            200 => Ok(format!("{} is ready", settings.url)),
            status => {
                Err(Failure::new(Exit::Environment, format!("{} is not ready ({status})", settings.url)))
            }
        }),
    ));
    if answers {
        let allowed = client.ask(Ask::get(&["connectors"]));
        checks.push(("access", allowed.map(|_| "the token is accepted".to_owned())));
    }
    checks
}
