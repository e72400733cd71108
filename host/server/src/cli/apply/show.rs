//! A plan as people read it.

use std::collections::BTreeSet;

use serde_json::Value;

use super::plan::{Action, Difference, Item, Plan, Property};
use crate::cli::output::plain;

/// A longer value is cut: the file and `--json` have all of it.
const MOST_VALUE_CHARS: usize = 80;

pub fn plan(plan: &Plan) -> String {
    let mut text = String::new();
    for item in &plan.items {
        text.push_str(&self::item(item));
    }
    if !text.is_empty() {
        text.push('\n');
    }
    let counts = [
        (Action::Create, "to create"),
        (Action::Change, "to change"),
        (Action::Delete, "to delete"),
        (Action::None, "as declared"),
    ];
    let counts = counts.iter().filter_map(|(action, what)| match plan.count(*action) {
        0 => None,
        count => Some(format!("{count} {what}")),
    });
    let counts: Vec<String> = counts.collect();
    let counts = if counts.is_empty() { "the file declares nothing".to_owned() } else { counts.join(", ") };
    text.push_str(&format!("plan {}: {counts}", plan.hash));
    text
}

fn item(item: &Item) -> String {
    let mark = match item.action {
        Action::Create => '+',
        Action::Change => '~',
        Action::Delete => '-',
        Action::None => '=',
    };
    let of = item.of.as_ref().map(|of| format!(" ({of})")).unwrap_or_default();
    let mut text = format!("{mark} {} {}{}\n", item.kind, plain(&item.name), plain(&of));
    let rows: Vec<(String, String)> =
        item.differences.iter().flat_map(|difference| rows(item.action, difference)).collect();
    let width = rows.iter().map(|(name, _)| name.chars().count()).max().unwrap_or_default();
    for (name, change) in rows {
        text.push_str(&format!("    {:width$}  {}\n", plain(&name), plain(&change)));
    }
    for note in &item.notes {
        text.push_str(&format!("    note: {}\n", plain(note)));
    }
    if !item.left_alone.is_empty() {
        text.push_str(&format!("    left alone: {}\n", plain(&item.left_alone.join(", "))));
    }
    text
}

/// A name and what becomes of it; of an object or a list only what differs in it.
fn rows(action: Action, difference: &Difference) -> Vec<(String, String)> {
    let Difference { property, old, new } = difference;
    let name = property.to_string();
    if let Property::Secret(_) = property {
        let change = match (old, new) {
            (_, None) => "set → not set".to_owned(),
            (None, Some(new)) => text(new),
            (Some(_), Some(new)) => format!("set anew from {}", text(new)),
        };
        return vec![(name, change)];
    }
    let unset = if let Property::Limit(..) = property { "as approved" } else { "not set" };
    let side = |value: Option<&Value>| value.map_or_else(|| unset.to_owned(), text);
    if action == Action::Create {
        return vec![(name, side(new.as_ref()))];
    }
    let mut leaves = Vec::new();
    parts(name, old.as_ref(), new.as_ref(), &mut leaves);
    leaves.into_iter().map(|(name, old, new)| (name, format!("{} → {}", side(old), side(new)))).collect()
}

type Leaf<'a> = (String, Option<&'a Value>, Option<&'a Value>);

/// Goes down while both sides are objects, or both lists.
fn parts<'a>(name: String, old: Option<&'a Value>, new: Option<&'a Value>, leaves: &mut Vec<Leaf<'a>>) {
    match (old, new) {
        (Some(Value::Object(old)), Some(Value::Object(new))) => {
            let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
            for member in names {
                parts(format!("{name}.{member}"), old.get(member), new.get(member), leaves);
            }
        }
        (Some(Value::Array(old)), Some(Value::Array(new))) => {
            for at in 0..old.len().max(new.len()) {
                parts(format!("{name}.{at}"), old.get(at), new.get(at), leaves);
            }
        }
        _ if old != new => leaves.push((name, old, new)),
        _ => {}
    }
}

fn text(value: &Value) -> String {
    let text = match value {
        Value::Bool(flag) => if *flag { "yes" } else { "no" }.to_owned(),
        Value::String(text) => text.clone(),
        value => value.to_string(),
    };
    match text.char_indices().nth(MOST_VALUE_CHARS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}
