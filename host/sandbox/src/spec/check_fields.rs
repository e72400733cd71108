//! Options, uniqueness and difference: where they may stand, and what they name.

use serde_json::{Map, Value};

use super::{
    config::is_flagged,
    document::Spec,
    fields::{Field, OptionsFrom},
    problem::{Problem, member},
    unique::{OnRepeat, Within},
};

/// Keywords that mean something at the top level only, and those that rows may have too.
const OF_PROPERTIES: [&str; 2] = ["secret", "identifier"];
const OF_FIELDS: [&str; 3] = ["options-from", "unique", "differs-from"];
/// Members of a schema that hold data.
const DATA: [&str; 4] = ["const", "default", "enum", "examples"];

pub(super) fn check(spec: &Spec) -> Vec<Problem> {
    let mut problems: Vec<Problem> = spec.fields().flat_map(|field| field_problems(spec, field)).collect();
    for (name, property) in spec.properties() {
        problems.extend(misplaced(&member("/config/properties", name), property));
    }
    let config = spec.config.as_object().into_iter().flatten();
    let elsewhere = config.filter(|(name, _)| *name != "properties" && !DATA.contains(&name.as_str()));
    problems.extend(
        elsewhere.filter_map(|(name, inner)| Some(too_deep(&member("/config", name), first_keyword(inner)?))),
    );
    problems
}

fn field_problems(spec: &Spec, field: Field<'_>) -> Vec<Problem> {
    let place = place(&field);
    let (options, unique) = (field.options(), field.unique());
    let mut problems = Vec::new();
    let mut wrong = |keyword: &str, message: String| {
        problems.push(Problem::new(format!("{place}/{keyword}"), message));
    };
    if is_flagged(field.schema, "secret") {
        let present = OF_FIELDS.into_iter().filter(|keyword| field.schema.get(*keyword).is_some());
        present
            .for_each(|keyword| wrong(keyword, "a secret cannot have this: its value would be shown".into()));
    }
    match options {
        Some(OptionsFrom { role: Some(role), .. }) if !spec.roles.contains_key(&role) => {
            wrong("options-from", format!("`{role}` is no role of this spec"));
        }
        Some(OptionsFrom { role: None, stream, .. }) if spec.stream(&stream).is_none() => {
            wrong("options-from", format!("`{stream}` is no stream of this spec"));
        }
        _ => {}
    }
    if let Some(rule) = field.differs_from() {
        let other = spec.properties().find(|(name, _)| *name == rule.property);
        let holds_one = other.is_some_and(|(name, schema)| {
            let other = Field { property: name, of_rows: None, schema };
            name != field.property && !other.is_list() && !is_flagged(schema, "secret")
        });
        if !holds_one {
            let message = format!("`{}` is no other property of one value that is not secret", rule.property);
            wrong("differs-from", message);
        }
    }
    let Some(rule) = unique else { return problems };
    if rule.within == Within::Connection && !field.is_list() {
        wrong(
            "unique",
            "a connection has one value here anyway: say `connector`, or let a list hold rows".into(),
        );
    }
    let is_shared = field.schema.get("default").is_some() && field.of_rows.is_none();
    if is_shared && rule.on_repeat == OnRepeat::Refuse {
        wrong("unique", "the default would be refused to every connection but the first".into());
    }
    problems
}

fn place(field: &Field<'_>) -> String {
    let property = member("/config/properties", field.property);
    field.of_rows.map_or(property.clone(), |name| member(&format!("{property}/items/properties"), name))
}

/// Keywords below a property, but for those that the fields of its rows may have.
fn misplaced(place: &str, property: &Value) -> Option<Problem> {
    let inner = property.as_object().into_iter().flatten().filter(|(name, _)| !is_own(name));
    let found = inner.filter_map(|(name, inner)| match name.as_str() {
        "items" => rows_keyword(inner),
        _ => first_keyword(inner),
    });
    found.map(|keyword| too_deep(place, keyword)).next()
}

fn rows_keyword(rows: &Value) -> Option<&'static str> {
    let Some(rows) = rows.as_object() else { return first_keyword(rows) };
    let here = used_in(rows);
    here.or_else(|| {
        rows.iter().filter(|(name, _)| !DATA.contains(&name.as_str())).find_map(|(name, inner)| {
            match (name.as_str(), inner) {
                ("properties", Value::Object(fields)) => fields.values().find_map(field_keyword),
                _ => first_keyword(inner),
            }
        })
    })
}

/// A keyword that rows may not have, or one below the field.
fn field_keyword(field: &Value) -> Option<&'static str> {
    let field = field.as_object()?;
    let here = used_in(field).filter(|keyword| OF_PROPERTIES.contains(keyword));
    here.or_else(|| {
        field.iter().filter(|(name, _)| !is_own(name)).find_map(|(_, inner)| first_keyword(inner))
    })
}

/// What belongs to the schema it stands in, and holds no schema.
fn is_own(name: &str) -> bool {
    DATA.contains(&name) || OF_PROPERTIES.contains(&name) || OF_FIELDS.contains(&name)
}

fn first_keyword(value: &Value) -> Option<&'static str> {
    match value {
        Value::Object(members) => {
            let inner = || members.iter().filter(|(name, _)| !DATA.contains(&name.as_str()));
            used_in(members).or_else(|| inner().find_map(|(_, value)| first_keyword(value)))
        }
        Value::Array(elements) => elements.iter().find_map(first_keyword),
        _ => None,
    }
}

/// As a keyword, and not as the name of a member.
fn used_in(schema: &Map<String, Value>) -> Option<&'static str> {
    let is_used = |keyword: &&str| {
        schema.get(*keyword).is_some_and(|value| match value {
            Value::Bool(flag) => *flag && OF_PROPERTIES.contains(keyword),
            Value::Object(members) => {
                ["stream", "within"].iter().any(|name| members.get(*name).is_some_and(Value::is_string))
            }
            _ => false,
        })
    };
    OF_PROPERTIES.into_iter().chain(OF_FIELDS).find(is_used)
}

fn too_deep(place: &str, keyword: &str) -> Problem {
    let message = match OF_FIELDS.contains(&keyword) {
        true => format!("`{keyword}` works on the top level and in the rows of a top-level list only"),
        false => format!("`{keyword}` works on the top level only: the configuration is flat"),
    };
    Problem::new(place, message)
}
