//! The difference between what is declared and what is there: a pure function.

use std::fmt;

use serde::{Serialize, Serializer};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{
    differences::differences,
    file::Declared,
    thing::{Kind, There, Thing},
};

/// Bytes of a plan's hash: two plans do not have the same one by chance.
const HASH_BYTES: usize = 16;

/// What is going to be done, in its order.
#[derive(Debug, Serialize)]
pub struct Plan {
    /// Of everything that is to be done and the revisions it was planned from. It knows a secret by where
    /// it is found, and by whether it is the one that is set.
    pub hash: String,
    pub items: Vec<Item>,
}

/// What becomes of one connection or flow.
#[derive(Debug, Serialize)]
pub struct Item {
    pub kind: Kind,
    pub name: String,
    pub action: Action,
    /// Its connector, or the flow's component.
    pub of: Option<String>,
    /// What it was planned from; none of what is not there yet.
    pub revision: Option<i64>,
    pub differences: Vec<Difference>,
    /// What follows from it, in sentences.
    pub notes: Vec<String>,
    /// What is set and the file does not name.
    pub left_alone: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    Create,
    Change,
    Delete,
    None,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Difference {
    pub property: Property,
    /// None: it is not set. A secret that is set is `true`.
    pub old: Option<Value>,
    /// None: it is to be unset. A secret is where it is found.
    pub new: Option<Value>,
}

/// Written as in the file: `config.url`, `streams.orders.paused`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Property {
    Paused,
    Config(String),
    Secret(String),
    Label(String),
    Role(String),
    Schedule(String),
    StreamPaused(String),
    /// The limit, and the member that the API has for it.
    Limit(String, &'static str),
}

impl Plan {
    pub fn of(declared: &[Declared], there: &There) -> Plan {
        let mut items: Vec<Item> = declared.iter().map(|declared| item(declared, there)).collect();
        items.sort_by_key(Item::turn);
        let hash = hash(items.iter().filter(|item| item.action != Action::None));
        Plan { hash, items }
    }

    /// What is to be done.
    pub fn changes(&self) -> impl Iterator<Item = &Item> {
        self.items.iter().filter(|item| item.action != Action::None)
    }

    pub fn count(&self, action: Action) -> usize {
        self.items.iter().filter(|item| item.action == action).count()
    }
}

impl Item {
    /// A flow needs its connections, and keeps them from being deleted.
    fn turn(&self) -> u8 {
        match (self.action, self.kind) {
            (Action::Delete, Kind::Flow) => 0,
            (Action::Create | Action::Change | Action::None, Kind::Connection) => 1,
            (Action::Create | Action::Change | Action::None, Kind::Flow) => 2,
            (Action::Delete, Kind::Connection) => 3,
        }
    }
}

impl fmt::Display for Property {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Property::Paused => f.write_str("paused"),
            Property::Config(name) => write!(f, "config.{name}"),
            Property::Secret(name) => write!(f, "secrets.{name}"),
            Property::Label(name) => write!(f, "labels.{name}"),
            Property::Role(name) => write!(f, "connect.{name}"),
            Property::Schedule(stream) => write!(f, "streams.{stream}.schedule"),
            Property::StreamPaused(stream) => write!(f, "streams.{stream}.paused"),
            Property::Limit(limit, "leave_to_others") => write!(f, "limits.{limit}.leave"),
            Property::Limit(limit, member) => write!(f, "limits.{limit}.{}", member.replace('_', "-")),
        }
    }
}

impl Serialize for Property {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

fn item(declared: &Declared, there: &There) -> Item {
    let thing = there.find(declared.kind, &declared.name);
    let differences = if declared.absent { Vec::new() } else { differences(declared, thing) };
    let action = match (declared.absent, thing) {
        (true, None) => Action::None,
        (true, Some(_)) => Action::Delete,
        (false, None) => Action::Create,
        (false, Some(_)) if differences.is_empty() => Action::None,
        (false, Some(_)) => Action::Change,
    };
    Item {
        kind: declared.kind,
        name: declared.name.clone(),
        action,
        of: declared.of.clone().or_else(|| thing.map(|thing| thing.of.clone())),
        revision: thing.map(|thing| thing.revision),
        notes: notes(action, declared, &differences, there),
        left_alone: thing
            .filter(|_| !declared.absent)
            .map(|thing| left_alone(declared, thing))
            .unwrap_or_default(),
        differences,
    }
}

fn left_alone(declared: &Declared, thing: &Thing) -> Vec<String> {
    let is_named = |name: &String| {
        declared.config.contains_key(name)
            || declared.secrets.contains_key(name)
            || declared.unset.contains(name)
    };
    let config = thing.config.keys().filter(|name| !is_named(name)).map(|name| format!("config.{name}"));
    let secrets = thing.secrets.iter().filter(|name| !is_named(name)).map(|name| format!("secrets.{name}"));
    config.chain(secrets).collect()
}

fn notes(action: Action, declared: &Declared, differences: &[Difference], there: &There) -> Vec<String> {
    match (action, declared.kind) {
        (Action::Delete, Kind::Connection) => vec!["its records and changes are deleted with it".to_owned()],
        (Action::Delete, Kind::Flow) => vec!["what it holds is deleted with it".to_owned()],
        (Action::Change, Kind::Flow) => {
            let rebound = differences.iter().filter_map(|difference| match &difference.property {
                Property::Role(role) => Some(rebound(declared, role, there)),
                _ => None,
            });
            rebound.collect()
        }
        _ => Vec::new(),
    }
}

/// What another connection in a role of a flow means.
fn rebound(declared: &Declared, role: &str, there: &There) -> String {
    let connection = declared.connect.get(role).map(String::as_str).unwrap_or_default();
    let spec = declared.of.as_ref().and_then(|of| there.specs.get(of));
    let follows = spec.and_then(|spec| spec.roles.get(role)).map(|role| role.follows.join(", "));
    match follows.filter(|follows| !follows.is_empty()) {
        Some(follows) => format!(
            "{role}: {follows} of {connection} is followed from its first record on, and what was held of the \
             former is let go; what the flow remembers stays"
        ),
        None => format!("{role}: what the flow asks for goes to {connection} from now on"),
    }
}

fn hash<'a>(changes: impl Iterator<Item = &'a Item>) -> String {
    let told =
        |item: &Item| json!([item.kind, item.name, item.action, item.of, item.revision, item.differences]);
    let text = Value::Array(changes.map(told).collect()).to_string();
    let digest = Sha256::digest(text);
    digest[..HASH_BYTES].iter().map(|byte| format!("{byte:02x}")).collect()
}
