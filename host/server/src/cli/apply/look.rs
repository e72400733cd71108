//! Looking at what is there.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value, json};
use windlass_sandbox::spec::Spec;

use super::{
    file::Declared,
    secrets::Given,
    thing::{Kind, SetNumbers, Stream, There, Thing},
};
use crate::cli::{
    client::{Ask, Client},
    failure::{Exit, Failure},
};

#[derive(Deserialize)]
struct List<T> {
    items: Vec<T>,
}

#[derive(Deserialize)]
struct Limit {
    name: String,
    set: SetNumbers,
}

#[derive(Deserialize)]
struct Compared {
    secrets: BTreeMap<String, String>,
}

/// All that the file says something of.
pub fn look(client: &Client, declared: &[Declared], given: &Given) -> Result<There, Failure> {
    let mut there = There {
        connections: things(client, "connections")?,
        flows: things(client, "flows")?,
        specs: BTreeMap::new(),
    };
    for declared in declared {
        if let Some(of) = &declared.of
            && !there.specs.contains_key(of)
        {
            there.specs.insert(of.clone(), spec(client, of).map_err(|failure| at(declared, failure))?);
        }
        if declared.kind == Kind::Connection
            && let Some(connection) = there.connections.get_mut(&declared.name)
        {
            details(client, declared, given, connection)?;
        }
    }
    Ok(there)
}

fn at(declared: &Declared, failure: Failure) -> Failure {
    Failure { message: format!("{}: {}", declared.place(), failure.message), ..failure }
}

fn things(client: &Client, noun: &str) -> Result<BTreeMap<String, Thing>, Failure> {
    let list: List<Thing> = client.ask(Ask::get(&[noun]))?.parse()?;
    Ok(list.items.into_iter().map(|thing| (thing.name.clone(), thing)).collect())
}

/// The active version's.
fn spec(client: &Client, of: &str) -> Result<Spec, Failure> {
    let connector = client.ask(Ask::get(&["connectors", of]))?.json()?;
    if connector.get("active").is_none_or(Value::is_null) {
        let message = format!("no version of {of} is active (connector.not-active)");
        return Err(Failure::new(Exit::Failed, message)
            .hint(format!("approve a version with `windlass connector approve {of}`")));
    }
    let spec = connector.get("spec").cloned().unwrap_or_default().to_string();
    Spec::parse(&spec).map_err(|error| {
        Failure::new(Exit::Environment, format!("the spec of {of} makes no sense: {error}"))
            .hint("is that address a Windlass host of the same version?")
    })
}

fn details(
    client: &Client,
    declared: &Declared,
    given: &Given,
    connection: &mut Thing,
) -> Result<(), Failure> {
    let name = &connection.name;
    if !declared.streams.is_empty() {
        let list: List<Stream> = client.ask(Ask::get(&["connections", name, "streams"]))?.parse()?;
        connection.streams = list.items.into_iter().map(|stream| (stream.name.clone(), stream)).collect();
    }
    if !declared.limits.is_empty() {
        let list: List<Limit> = client.ask(Ask::get(&["connections", name, "limits"]))?.parse()?;
        connection.limits = list.items.into_iter().map(|limit| (limit.name, limit.set)).collect();
    }
    let secrets: Map<String, Value> = given
        .of(declared)
        .filter(|(name, _)| connection.secrets.contains(*name))
        .map(|(name, secret)| (name.to_owned(), secret.into()))
        .collect();
    if !secrets.is_empty() {
        let path = ["connections", name, "compare-secrets"];
        let answer = client.ask(Ask::post(&path).json(&json!({ "secrets": secrets })))?;
        let compared: Compared = answer.parse()?;
        let same = compared.secrets.into_iter().filter(|(_, sameness)| sameness == "same");
        connection.same = same.map(|(name, _)| name).collect();
    }
    Ok(())
}
