//! Doing what a plan says, one request after the other.

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::{
    file::Declared,
    plan::{Action, Difference, Item, Property},
    schedule::Schedule,
    secrets::Given,
    thing::{Kind, Thing},
};
use crate::cli::{
    client::{Ask, Client},
    failure::Failure,
    values::warn,
};

/// One request of a plan. Each is made only if what it changes is still as it was planned from.
pub struct Step {
    /// For people: `change config.url of connection shop`.
    pub what: String,
    method: &'static str,
    path: Vec<String>,
    revision: Option<i64>,
    body: Value,
}

/// How far a plan went.
#[derive(Debug, Default, Serialize)]
pub struct Outcome {
    pub done: Vec<String>,
    pub failed: Option<Failed>,
    pub not_done: Vec<String>,
}

#[derive(Debug, Serialize)]
pub struct Failed {
    pub what: String,
    /// The host said no; else it is not known whether it was done.
    pub refused: bool,
    pub error: String,
    #[serde(skip)]
    pub hint: Option<String>,
}

const MADE_MEANWHILE: &str = "somebody has made it meanwhile: apply the file again";

/// Does the steps in their order, up to the first that fails. `tell` learns of each that is done.
pub fn perform(
    client: &Client,
    steps: &[Step],
    tell: impl Fn(&str) -> Result<(), Failure>,
) -> Result<Outcome, Failure> {
    let mut outcome = Outcome::default();
    for (at, step) in steps.iter().enumerate() {
        match step.ask(client) {
            Ok(()) => {
                tell(&step.what)?;
                outcome.done.push(step.what.clone());
            }
            Err(Failure { message, hint, refused, problem, .. }) => {
                // It was not there when the plan was made.
                let is_new = problem.get("code").is_some_and(|code| code == "connection.exists");
                let hint = if is_new { Some(MADE_MEANWHILE.to_owned()) } else { hint };
                outcome.failed = Some(Failed { what: step.what.clone(), refused, error: message, hint });
                outcome.not_done = steps[at + 1..].iter().map(|step| step.what.clone()).collect();
                break;
            }
        }
    }
    Ok(outcome)
}

impl Step {
    fn ask(&self, client: &Client) -> Result<(), Failure> {
        let path: Vec<&str> = self.path.iter().map(String::as_str).collect();
        let mut ask = Ask::new(self.method, &path);
        if let Some(revision) = self.revision {
            ask = ask.query("revision", revision);
        }
        if !self.body.is_null() {
            ask = ask.json(&self.body);
        }
        let answer = client.ask(ask)?;
        // What was deleted has no answer.
        if answer.text.is_empty() { Ok(()) } else { warn(&answer) }
    }
}

/// The requests of one item. `thing`: what it was planned from.
pub fn steps(item: &Item, declared: &Declared, thing: Option<&Thing>, given: &Given) -> Vec<Step> {
    let change = Change { item, declared, thing, given };
    match item.action {
        Action::None => Vec::new(),
        Action::Create => {
            std::iter::once(change.create()).chain(change.streams()).chain(change.limits()).collect()
        }
        Action::Change => {
            // Paused before anything else, and resumed after it.
            let pause = change.pause(true).into_iter().chain(change.properties());
            let rest = change.streams().into_iter().chain(change.limits()).chain(change.pause(false));
            pause.chain(rest).collect()
        }
        Action::Delete => vec![change.delete()],
    }
}

struct Change<'a> {
    item: &'a Item,
    declared: &'a Declared,
    thing: Option<&'a Thing>,
    given: &'a Given,
}

impl Change<'_> {
    fn create(&self) -> Step {
        let Declared { kind, name, of, config, labels, connect, paused, .. } = self.declared;
        let mut body = json!({
            "name": name, "config": config, "labels": labels.clone().unwrap_or_default(),
            "paused": paused.unwrap_or_default(),
        });
        match kind {
            Kind::Connection => {
                body["connector"] = json!(of);
                body["secrets"] = self.secrets(|_| true);
            }
            Kind::Flow => {
                body["flow"] = json!(of);
                body["connect"] = json!(connect);
            }
        }
        Step { path: vec![noun(*kind)], ..self.step("create", "POST", body) }
    }

    /// Configuration, secrets, labels and roles are changed at once, or not at all.
    fn properties(&self) -> Option<Step> {
        let (mut config, mut connect, mut unset, mut names) =
            (Map::new(), Map::new(), Vec::new(), Vec::new());
        let (mut are_labels, mut secrets) = (false, Vec::new());
        for Difference { property, new, .. } in &self.item.differences {
            match (property, new) {
                (Property::Config(name), Some(new)) => drop(config.insert(name.clone(), new.clone())),
                (Property::Secret(name), Some(_)) => secrets.push(name.as_str()),
                (Property::Config(name) | Property::Secret(name), None) => unset.push(name.clone()),
                (Property::Role(role), Some(new)) => drop(connect.insert(role.clone(), new.clone())),
                (Property::Label(_), _) => are_labels = true,
                _ => continue,
            }
            names.push(property.to_string());
        }
        if names.is_empty() {
            return None;
        }
        let mut body = json!({ "revision": self.item.revision, "config": config, "unset": unset });
        if !secrets.is_empty() {
            body["secrets"] = self.secrets(|name| secrets.contains(&name));
        }
        if are_labels {
            body["labels"] = json!(self.declared.labels);
        }
        if !connect.is_empty() {
            body["connect"] = Value::Object(connect);
        }
        Some(self.step(&format!("change {} of", names.join(", ")), "PATCH", body))
    }

    /// There are two states, and none that another one could be mistaken for.
    fn pause(&self, pause: bool) -> Option<Step> {
        let wanted = |difference: &&Difference| {
            difference.property == Property::Paused && difference.new == Some(Value::Bool(pause))
        };
        self.item.differences.iter().find(wanted)?;
        let verb = if pause { "pause" } else { "resume" };
        Some(self.below(self.step(verb, "POST", Value::Null), &[verb]))
    }

    fn streams(&self) -> Vec<Step> {
        let step = |name: &String| {
            let mut body = Map::new();
            for Difference { property, new, .. } in &self.item.differences {
                match property {
                    Property::Schedule(stream) if stream == name => {
                        body.extend(self.declared.streams[name].schedule.iter().flat_map(Schedule::members));
                        let seen = self.thing.and_then(|thing| thing.streams.get(name));
                        let was = seen.map(|seen| Value::Object(seen.schedule.members()));
                        body.extend(was.map(|was| ("was".to_owned(), was)));
                    }
                    Property::StreamPaused(stream) if stream == name => {
                        body.insert("paused".to_owned(), json!(new));
                    }
                    _ => {}
                }
            }
            let step = || {
                let what = format!("schedule stream {name} of");
                self.below(self.step(&what, "PATCH", Value::Object(body.clone())), &["streams", name])
            };
            (!body.is_empty()).then(step)
        };
        self.declared.streams.keys().filter_map(step).collect()
    }

    fn limits(&self) -> Vec<Step> {
        let step = |name: &String| {
            let mut body = Map::new();
            for Difference { property, new, .. } in &self.item.differences {
                if let Property::Limit(limit, member) = property
                    && limit == name
                {
                    body.insert((*member).to_owned(), json!(new));
                }
            }
            if body.is_empty() {
                return None;
            }
            let was = self.thing.map(|thing| thing.limits.get(name).cloned().unwrap_or_default());
            if let Some(was) = was {
                body.insert("was".to_owned(), json!(was));
            }
            let step = self.step(&format!("set limit {name} of"), "PATCH", Value::Object(body));
            Some(self.below(step, &["limits", name]))
        };
        self.declared.limits.keys().filter_map(step).collect()
    }

    fn delete(&self) -> Step {
        Step { revision: self.item.revision, ..self.step("delete", "DELETE", Value::Null) }
    }

    fn secrets(&self, is_wanted: impl Fn(&str) -> bool) -> Value {
        let wanted = self.given.of(self.declared).filter(|(name, _)| is_wanted(name));
        Value::Object(wanted.map(|(name, secret)| (name.to_owned(), secret.into())).collect())
    }

    fn step(&self, verb: &str, method: &'static str, body: Value) -> Step {
        let Declared { kind, name, .. } = self.declared;
        let what = format!("{verb} {kind} {name}");
        Step { what, method, path: vec![noun(*kind), name.clone()], revision: None, body }
    }

    fn below(&self, mut step: Step, path: &[&str]) -> Step {
        step.path.extend(path.iter().map(|&part| part.to_owned()));
        step
    }
}

fn noun(kind: Kind) -> String {
    format!("{kind}s")
}
