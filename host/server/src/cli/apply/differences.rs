//! What of one connection or flow is not as it is declared.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{
    file::{Declared, Limit, Number},
    plan::{Difference, Property},
    thing::Thing,
};

/// None: there is no such thing yet.
pub fn differences(declared: &Declared, thing: Option<&Thing>) -> Vec<Difference> {
    let mut found = Vec::new();
    let is_paused = thing.is_some_and(Thing::is_paused);
    flag(&mut found, Property::Paused, is_paused, declared.paused);
    properties(&mut found, declared, thing);
    labels(&mut found, declared, thing);
    for (role, connection) in &declared.connect {
        let old = thing.and_then(|thing| thing.connect.get(role));
        differ(&mut found, Property::Role(role.clone()), old.map(text), Some(text(connection)));
    }
    for (name, stream) in &declared.streams {
        let there = thing.and_then(|thing| thing.streams.get(name));
        if let Some(new) = &stream.schedule {
            let old = there.map(|there| text(there.schedule.text()));
            differ(&mut found, Property::Schedule(name.clone()), old, Some(text(new.text())));
        }
        let is_paused = there.is_some_and(|there| there.paused);
        flag(&mut found, Property::StreamPaused(name.clone()), is_paused, stream.paused);
    }
    for (name, limit) in &declared.limits {
        limits(&mut found, name, limit, thing);
    }
    found
}

fn properties(found: &mut Vec<Difference>, declared: &Declared, thing: Option<&Thing>) {
    for (name, new) in &declared.config {
        let old = thing.and_then(|thing| thing.config.get(name));
        differ(found, Property::Config(name.clone()), old.cloned(), Some(new.clone()));
    }
    let has = |name: &String| thing.is_some_and(|thing| thing.secrets.contains(name));
    let set = |name: &String| has(name).then_some(Value::Bool(true));
    for (name, reference) in &declared.secrets {
        if !thing.is_some_and(|thing| thing.same.contains(name)) {
            let new = Some(Value::from(reference.to_string()));
            differ(found, Property::Secret(name.clone()), set(name), new);
        }
    }
    for name in &declared.unset {
        let old = thing.and_then(|thing| thing.config.get(name));
        differ(found, Property::Config(name.clone()), old.cloned(), None);
        differ(found, Property::Secret(name.clone()), set(name), None);
    }
}

fn labels(found: &mut Vec<Difference>, declared: &Declared, thing: Option<&Thing>) {
    let Some(new) = &declared.labels else { return };
    let old = thing.map(|thing| thing.labels.clone()).unwrap_or_default();
    let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    for name in names {
        differ(found, Property::Label(name.clone()), old.get(name).map(text), new.get(name).map(text));
    }
}

fn limits(found: &mut Vec<Difference>, name: &str, limit: &Limit, thing: Option<&Thing>) {
    let set = thing.and_then(|thing| thing.limits.get(name)).cloned().unwrap_or_default();
    let numbers = [
        ("max", set.max, limit.max),
        ("leave_to_others", set.leave_to_others, limit.leave),
        ("keep_for_actions", set.keep_for_actions, limit.keep_for_actions),
    ];
    for (member, old, new) in numbers {
        if let Some(Number(new)) = new {
            let property = Property::Limit(name.to_owned(), member);
            differ(found, property, old.map(Value::from), new.map(Value::from));
        }
    }
}

/// What is not there yet is not paused.
fn flag(found: &mut Vec<Difference>, property: Property, old: bool, new: Option<bool>) {
    if let Some(new) = new {
        differ(found, property, Some(old.into()), Some(new.into()));
    }
}

fn differ(found: &mut Vec<Difference>, property: Property, old: Option<Value>, new: Option<Value>) {
    if old != new {
        found.push(Difference { property, old, new });
    }
}

fn text(text: impl AsRef<str>) -> Value {
    Value::from(text.as_ref())
}
