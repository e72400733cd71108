//! Where an action's schemas say that a value is secret.
//!
//! `secret: true` may stand at the schema of a member, of an element, or of the whole value, also behind
//! `$ref` and in the forms of `allOf`, `anyOf`, `oneOf`: a value that is secret in one form is treated as
//! secret in all of them. Where the host could not tell which value is meant, the mark is refused.

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::{
    document::Action,
    problem::{Problem, member},
};

/// The keyword.
const SECRET: &str = "secret";
/// Keywords whose schemas are about the same value.
const FORMS: &[&str] = &["allOf", "anyOf", "oneOf"];
const CONDITIONS: &[&str] = &["if", "then", "else"];
/// Keywords that hold data, or definitions that count where they are named.
const NOT_SCHEMAS: &[&str] = &["const", "default", "definitions", "$defs", "enum", "examples"];

/// From a schema to one that stands inside it: which values the inner one is about.
#[derive(Clone, Copy)]
enum Step<'a> {
    Same,
    Member(&'a str),
    /// Every member that `properties` does not name.
    OtherMembers,
    Element(usize),
    /// Every element from there on.
    ElementsFrom(usize),
}

impl Action {
    /// Whether any value of its input or output is secret.
    pub fn has_secrets(&self) -> bool {
        !declared(&self.input).is_empty() || self.has_secret_output()
    }

    pub fn has_secret_output(&self) -> bool {
        !declared(&self.output).is_empty()
    }

    /// JSON Pointers of the secrets of its input and of its output, with `*` for every element, for people.
    pub fn declared_secrets(&self) -> (Vec<String>, Vec<String>) {
        (declared(&self.input), declared(&self.output))
    }
}

/// JSON Pointers of the secret values in `value`; none lies inside another. Nulls are left out: there is
/// nothing in them.
pub fn secret_places(schema: &Value, value: &Value) -> Vec<String> {
    let mut found = BTreeSet::new();
    find(&mut found, &mut Vec::new(), schema, schema, value, "");
    let inside = |place: &String| {
        let mut above = place.as_str();
        std::iter::from_fn(|| {
            above = &above[..above.rfind('/')?];
            Some(above)
        })
        .any(|above| found.contains(above))
    };
    found.iter().filter(|place| !inside(place)).cloned().collect()
}

/// What is wrong with the secrets of an action that stands at `place` of the spec.
pub(super) fn check(place: &str, action: &Action) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (name, schema) in [("input", &action.input), ("output", &action.output)] {
        let mut survey = Survey::new(schema);
        survey.schema(schema, &format!("{place}/{name}"), "");
        problems.append(&mut survey.problems);
    }
    let hides = |secret: &String| action.ordering.as_deref().is_some_and(|at| is_at_or_below(at, secret));
    if declared(&action.input).iter().any(hides) {
        let message = "a secret cannot order actions: the value is kept in the open";
        problems.push(Problem::new(format!("{place}/ordering"), message));
    }
    problems
}

fn declared(schema: &Value) -> Vec<String> {
    let mut survey = Survey::new(schema);
    survey.schema(schema, "", "");
    survey.found.into_iter().collect()
}

fn is_at_or_below(pointer: &str, pattern: &str) -> bool {
    let mut steps = pointer.split('/');
    pattern.split('/').all(|wanted| steps.next().is_some_and(|step| wanted == "*" || wanted == step))
}

fn is_secret(members: &Map<String, Value>) -> bool {
    members.get(SECRET) == Some(&Value::Bool(true))
}

/// The schemas inside a schema whose values are known, each with its own place.
fn inner<'a>(root: &'a Value, members: &'a Map<String, Value>) -> Vec<(Step<'a>, &'a Value, String)> {
    let mut inner = Vec::new();
    for (keyword, value) in members {
        let at = member("", keyword);
        let mut push = |step: Step<'a>, schema: &'a Value, at: String| inner.push((step, schema, at));
        match (keyword.as_str(), value) {
            ("$ref", Value::String(reference)) => {
                let target = reference.strip_prefix('#').and_then(|pointer| root.pointer(pointer));
                target.into_iter().for_each(|schema| push(Step::Same, schema, at.clone()));
            }
            ("properties", Value::Object(properties)) => {
                properties.iter().for_each(|(name, schema)| {
                    push(Step::Member(name), schema, member(&at, name));
                });
            }
            ("dependentSchemas", Value::Object(schemas)) => {
                schemas.iter().for_each(|(name, schema)| push(Step::Same, schema, member(&at, name)));
            }
            ("additionalProperties", schema) => push(Step::OtherMembers, schema, at),
            ("prefixItems" | "items", Value::Array(schemas)) => {
                let numbered = schemas.iter().enumerate();
                numbered.for_each(|(n, schema)| push(Step::Element(n), schema, format!("{at}/{n}")));
            }
            ("items" | "additionalItems", schema) => {
                push(Step::ElementsFrom(first_elements(members)), schema, at);
            }
            (keyword, Value::Array(schemas)) if FORMS.contains(&keyword) => {
                let numbered = schemas.iter().enumerate();
                numbered.for_each(|(n, schema)| push(Step::Same, schema, format!("{at}/{n}")));
            }
            (keyword, schema) if CONDITIONS.contains(&keyword) => push(Step::Same, schema, at),
            _ => {}
        }
    }
    inner
}

/// How many elements have a schema of their own.
fn first_elements(members: &Map<String, Value>) -> usize {
    let own = ["prefixItems", "items"].into_iter().filter_map(|keyword| members.get(keyword)?.as_array());
    own.map(Vec::len).max().unwrap_or_default()
}

/// `here` are the schemas that are being applied to this same value: one of them again says nothing new.
fn find<'a>(
    found: &mut BTreeSet<String>,
    here: &mut Vec<*const Value>,
    root: &'a Value,
    schema: &'a Value,
    value: &Value,
    place: &str,
) {
    let Some(members) = schema.as_object().filter(|_| !value.is_null()) else { return };
    if is_secret(members) {
        found.insert(place.to_owned());
        return;
    }
    let this: *const Value = schema;
    if here.contains(&this) {
        return;
    }
    here.push(this);
    for (step, schema, _) in inner(root, members) {
        let mut below = |name: &str, value: &Value| {
            find(found, &mut Vec::new(), root, schema, value, &member(place, name));
        };
        match step {
            Step::Same => find(found, here, root, schema, value, place),
            Step::Member(name) => value.get(name).into_iter().for_each(|value| below(name, value)),
            Step::OtherMembers => {
                let named = members.get("properties").and_then(Value::as_object);
                let is_other = |name: &str| !named.is_some_and(|named| named.contains_key(name));
                let others = value.as_object().into_iter().flatten().filter(|(name, _)| is_other(name));
                others.for_each(|(name, value)| below(name, value));
            }
            Step::Element(at) => value.get(at).into_iter().for_each(|value| below(&at.to_string(), value)),
            Step::ElementsFrom(first) => {
                let elements = value.as_array().into_iter().flatten().enumerate().skip(first);
                elements.for_each(|(at, value)| below(&at.to_string(), value));
            }
        }
    }
    here.pop();
}

/// A walk through a schema without a value.
struct Survey<'a> {
    root: &'a Value,
    /// Schemas that are being walked: a schema that names itself is walked once.
    open: Vec<*const Value>,
    found: BTreeSet<String>,
    problems: Vec<Problem>,
}

impl<'a> Survey<'a> {
    fn new(root: &'a Value) -> Self {
        Survey { root, open: Vec::new(), found: BTreeSet::new(), problems: Vec::new() }
    }

    /// `at` is where the schema stands in the spec, `place` where its values stand in a document.
    fn schema(&mut self, schema: &'a Value, at: &str, place: &str) {
        let Some(members) = schema.as_object() else { return };
        if members.get(SECRET).is_some_and(|mark| !mark.is_boolean()) {
            self.problems.push(Problem::new(format!("{at}/{SECRET}"), "must be true or false"));
        }
        if is_secret(members) {
            self.found.insert(place.to_owned());
        }
        let this: *const Value = schema;
        if self.open.contains(&this) {
            return;
        }
        self.open.push(this);
        let inner = inner(self.root, members);
        for (keyword, value) in members {
            let is_read = inner.iter().any(|(_, _, at)| at.split('/').nth(1) == Some(keyword));
            if !is_read && !NOT_SCHEMAS.contains(&keyword.as_str()) && marks_a_secret(value) {
                let message = format!(
                    "`{SECRET}` is not read inside `{keyword}`: mark a member in `properties`, or an element in `items`"
                );
                self.problems.push(Problem::new(member(at, keyword), message));
            }
        }
        for (step, schema, inside) in inner {
            let place = match step {
                Step::Same => place.to_owned(),
                Step::Member(name) => member(place, name),
                Step::OtherMembers | Step::ElementsFrom(_) => format!("{place}/*"),
                Step::Element(n) => format!("{place}/{n}"),
            };
            self.schema(schema, &format!("{at}{inside}"), &place);
        }
        self.open.pop();
    }
}

fn marks_a_secret(value: &Value) -> bool {
    match value {
        Value::Object(members) => is_secret(members) || members.values().any(marks_a_secret),
        Value::Array(elements) => elements.iter().any(marks_a_secret),
        _ => false,
    }
}
