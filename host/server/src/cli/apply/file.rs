//! The file: what a person wants to be there.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::{Map, Value};
use serde_path_to_error::Segment;

use super::{schedule::Schedule, thing::Kind};
use crate::{cli::reference::Reference, toml_error::told};

/// A limit's number as it was approved.
const DEFAULT: &str = "default";

/// A connection or a flow as the file has it. What is empty or none is left as it is.
#[derive(Debug)]
pub struct Declared {
    pub kind: Kind,
    pub name: String,
    /// Its connector, or the flow's component; none only of what is to be gone.
    pub of: Option<String>,
    pub config: Map<String, Value>,
    pub secrets: BTreeMap<String, Reference>,
    /// All of them.
    pub labels: Option<BTreeMap<String, String>>,
    /// Properties and secrets that are to be gone.
    pub unset: BTreeSet<String>,
    pub paused: Option<bool>,
    /// Role to connection.
    pub connect: BTreeMap<String, String>,
    pub streams: BTreeMap<String, Stream>,
    pub limits: BTreeMap<String, Limit>,
    /// It is to be deleted.
    pub absent: bool,
}

#[derive(Debug, Default, Deserialize)]
#[serde(try_from = "WrittenStream")]
pub struct Stream {
    pub schedule: Option<Schedule>,
    pub paused: Option<bool>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct WrittenStream {
    every: Option<String>,
    cron: Option<String>,
    zone: Option<String>,
    paused: Option<bool>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct Limit {
    pub max: Option<Number>,
    pub leave: Option<Number>,
    pub keep_for_actions: Option<Number>,
}

/// None as approved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "toml::Value")]
pub struct Number(pub Option<u32>);

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Document {
    connections: BTreeMap<String, Connection>,
    flows: BTreeMap<String, Flow>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Connection {
    connector: Option<String>,
    config: Config,
    secrets: BTreeMap<String, Reference>,
    labels: Option<BTreeMap<String, String>>,
    unset: BTreeSet<String>,
    paused: Option<bool>,
    streams: BTreeMap<String, Stream>,
    limits: BTreeMap<String, Limit>,
    absent: bool,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Flow {
    flow: Option<String>,
    connect: BTreeMap<String, String>,
    config: Config,
    labels: Option<BTreeMap<String, String>>,
    unset: BTreeSet<String>,
    paused: Option<bool>,
    absent: bool,
}

/// Properties as JSON has them.
#[derive(Default, Deserialize)]
#[serde(try_from = "toml::Table")]
struct Config(Map<String, Value>);

/// What the file declares, by name. The error is a sentence that begins with its line and place.
pub fn parse(text: &str) -> Result<Vec<Declared>, String> {
    let reader = toml::Deserializer::parse(text).map_err(|error| told(text, "", &error))?;
    let document: Document = serde_path_to_error::deserialize(reader).map_err(|error| {
        let place: Vec<String> = error.path().iter().filter_map(part).collect();
        told(text, &place.join("."), error.inner())
    })?;
    let connections = document.connections.into_iter().map(|(name, connection)| connection.declared(name));
    let flows = document.flows.into_iter().map(|(name, flow)| flow.declared(name));
    let declared: Vec<Declared> = connections.chain(flows).collect();
    let mut names = BTreeSet::new();
    for declared in &declared {
        if let Some(wrong) = declared.contradiction() {
            return Err(format!("{}: {wrong}", declared.place()));
        }
        if !names.insert(&declared.name) {
            return Err(format!("{}: a connection has that name, too", declared.place()));
        }
    }
    Ok(declared)
}

impl Declared {
    /// Where it stands in the file.
    pub fn place(&self) -> String {
        format!("{}s.{}", self.kind, self.name)
    }

    /// Nothing is said of it but what it is.
    fn is_bare(&self) -> bool {
        self.config.is_empty()
            && self.secrets.is_empty()
            && self.labels.is_none()
            && self.unset.is_empty()
            && self.paused.is_none()
            && self.connect.is_empty()
            && self.streams.is_empty()
            && self.limits.is_empty()
    }

    fn contradiction(&self) -> Option<String> {
        if self.absent {
            return (!self.is_bare()).then(|| "what is to be `absent` has nothing else set".to_owned());
        }
        if self.of.is_none() {
            let member = match self.kind {
                Kind::Connection => "connector",
                Kind::Flow => "flow",
            };
            return Some(format!("`{member}` is missing"));
        }
        let both = self
            .unset
            .iter()
            .find(|name| self.config.contains_key(*name) || self.secrets.contains_key(*name));
        let both = both.map(|name| format!("`{name}` is set, and stands in `unset`, too"));
        let secret = || self.secrets.keys().find(|name| self.config.contains_key(*name));
        both.or_else(|| secret().map(|name| format!("`{name}` stands in `config` and in `secrets`")))
    }
}

impl Connection {
    fn declared(self, name: String) -> Declared {
        Declared {
            kind: Kind::Connection,
            name,
            of: self.connector,
            config: self.config.0,
            secrets: self.secrets,
            labels: self.labels,
            unset: self.unset,
            paused: self.paused,
            connect: BTreeMap::new(),
            streams: self.streams,
            limits: self.limits,
            absent: self.absent,
        }
    }
}

impl Flow {
    fn declared(self, name: String) -> Declared {
        Declared {
            kind: Kind::Flow,
            name,
            of: self.flow,
            config: self.config.0,
            secrets: BTreeMap::new(),
            labels: self.labels,
            unset: self.unset,
            paused: self.paused,
            connect: self.connect,
            streams: BTreeMap::new(),
            limits: BTreeMap::new(),
            absent: self.absent,
        }
    }
}

impl TryFrom<WrittenStream> for Stream {
    type Error = String;

    fn try_from(written: WrittenStream) -> Result<Self, String> {
        let WrittenStream { every, cron, zone, paused } = written;
        let schedule = Schedule::declared(every.as_deref(), cron.as_deref(), zone.as_deref())?;
        Ok(Stream { schedule, paused })
    }
}

impl TryFrom<toml::Value> for Number {
    type Error = String;

    fn try_from(given: toml::Value) -> Result<Self, String> {
        let number = given.as_integer().and_then(|number| u32::try_from(number).ok());
        match number {
            Some(number) => Ok(Number(Some(number))),
            None if given.as_str() == Some(DEFAULT) => Ok(Number(None)),
            None => Err(format!("give a whole number, or \"{DEFAULT}\" for what was approved")),
        }
    }
}

impl TryFrom<toml::Table> for Config {
    type Error = String;

    fn try_from(table: toml::Table) -> Result<Self, String> {
        let members = table.into_iter().map(|(name, value)| Ok((name, json(value)?)));
        members.collect::<Result<_, String>>().map(Config)
    }
}

/// Moments, which JSON does not have, become texts.
fn json(value: toml::Value) -> Result<Value, String> {
    Ok(match value {
        toml::Value::String(text) => text.into(),
        toml::Value::Integer(number) => number.into(),
        toml::Value::Float(number) if number.is_finite() => number.into(),
        toml::Value::Float(number) => return Err(format!("{number} is no number that can be given")),
        toml::Value::Boolean(flag) => flag.into(),
        toml::Value::Datetime(moment) => moment.to_string().into(),
        toml::Value::Array(values) => values.into_iter().map(json).collect::<Result<_, _>>()?,
        toml::Value::Table(table) => Value::Object(Config::try_from(table)?.0),
    })
}

fn part(segment: &Segment) -> Option<String> {
    match segment {
        Segment::Map { key } => Some(key.clone()),
        Segment::Seq { index } => Some(index.to_string()),
        Segment::Enum { .. } | Segment::Unknown => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_file_is_read() {
        let text = r#"
            [connections.shop]
            connector = "baselinker"
            config = { start = 2026-01-31, rate = 0.5, map = [{ id = 7, on = true }] }
            secrets = { token = "env:TOKEN" }
            unset = ["nick"]
            [connections.shop.streams.orders]
            every = "120s"
            paused = true
            [connections.shop.limits.minute]
            max = 50
            keep-for-actions = "default"
            [connections.old]
            absent = true
            [flows.bridge]
            flow = "shop-to-erp"
            connect = { shop = "shop" }
        "#;
        let declared = parse(text).unwrap();
        let places: Vec<_> = declared.iter().map(Declared::place).collect();
        assert_eq!(places, ["connections.old", "connections.shop", "flows.bridge"]);
        let [old, shop, bridge] = &declared[..] else { panic!("{declared:?}") };
        assert!(old.absent && !shop.absent);
        let config = json!({ "start": "2026-01-31", "rate": 0.5, "map": [{ "id": 7, "on": true }] });
        assert_eq!(Value::Object(shop.config.clone()), config);
        assert_eq!(shop.secrets["token"], Reference::Variable("TOKEN".to_owned()));
        assert_eq!(shop.streams["orders"].schedule, Some(Schedule::Every("2m".to_owned())));
        let limit = &shop.limits["minute"];
        let numbers = (limit.max, limit.leave, limit.keep_for_actions);
        assert_eq!(numbers, (Some(Number(Some(50))), None, Some(Number(None))));
        assert_eq!((bridge.of.as_deref(), &*bridge.connect["shop"]), (Some("shop-to-erp"), "shop"));
    }

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let told = parse(text).unwrap_err();
        assert!(told.starts_with(expected), "{told}");
        assert!(!told.contains("hush"), "{told}");
    }

    #[test]
    fn what_makes_no_sense_is_told_with_its_place() {
        check(
            "[connection.shop]",
            "line 1: connection: unknown field `connection`, expected `connections` or",
        );
        let shop = "[connections.shop]\nconnector = \"a\"\n";
        let with = |more: &str| format!("{shop}{more}");
        check(&with("tokens = \"hush\""), "line 3: connections.shop.tokens: unknown field `tokens`");
        check(&with("secrets.token = \"hush\""), "line 3: connections.shop.secrets.token: a secret does not");
        check(&with("paused = \"hush"), "line 3: ");
        check(
            &with("streams.orders.every = \"often\""),
            "line 3: connections.shop.streams.orders: every: `often`",
        );
        check(&with("limits.minute.max = -1"), "line 3: connections.shop.limits.minute.max: give a whole");
        check(&with("config.rate = nan"), "line 3: connections.shop.config: NaN is no number");
        check("[flows.f]\nsecrets.a = \"env:A\"", "line 2: flows.f.secrets: unknown field `secrets`");
    }

    #[test]
    fn what_contradicts_itself_is_refused() {
        check("[connections.shop]\nlabels = {}", "connections.shop: `connector` is missing");
        check("[flows.f]", "flows.f: `flow` is missing");
        check("[flows.f]\nabsent = true\npaused = true", "flows.f: what is to be `absent`");
        let shop = "[connections.shop]\nconnector = \"a\"\n";
        check(&format!("{shop}config.a = 1\nunset = [\"a\"]"), "connections.shop: `a` is set, and");
        check(&format!("{shop}config.a = 1\nsecrets.a = \"env:A\""), "connections.shop: `a` stands in");
        check(&format!("{shop}[flows.shop]\nflow = \"f\""), "flows.shop: a connection has that name");
    }
}
