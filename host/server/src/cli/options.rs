//! What may be chosen for the properties of a connection or a flow: `windlass connection options`,
//! `windlass flow options`, and the labels of what was chosen.

use serde_json::{Value, json};

use super::{
    Context, Ended,
    client::Ask,
    failure::Exit,
    output,
    table::{cell, items},
};

/// The properties that have options; `noun` is `connections` or `flows`.
pub fn properties(context: &Context, noun: &str, name: &str) -> Ended {
    let columns = [
        ("property", "/property"),
        ("title", "/title"),
        ("connection", "/connection"),
        ("stream", "/stream"),
        ("synced", "/synced"),
        ("hint", "/hint"),
    ];
    let answer = context.client.ask(Ask::get(&[noun, name, "options"]))?;
    context.show(&answer, |list| items(list, &columns, "no property of this connector has options"))
}

/// The options of one property: all of them, unless `limit` says how many.
pub fn list(
    context: &Context,
    (noun, name): (&str, &str),
    property: &str,
    search: Option<&str>,
    limit: Option<u32>,
) -> Ended {
    let path = [noun, name, "options", property];
    let mut listed: Vec<Value> = Vec::new();
    let mut cursor = String::new();
    let whole = loop {
        let mut ask = Ask::get(&path);
        if let Some(search) = search {
            ask = ask.query("q", search);
        }
        if let Some(limit) = limit {
            ask = ask.query("limit", limit as usize - listed.len());
        }
        if !cursor.is_empty() {
            ask = ask.query("cursor", &cursor);
        }
        let mut answer = context.client.ask(ask)?.json()?;
        listed.extend(answer["items"].as_array_mut().map(std::mem::take).unwrap_or_default());
        cursor = cell(&answer, "/next");
        if cursor.is_empty() || limit.is_some_and(|limit| listed.len() >= limit as usize) {
            break answer;
        }
    };
    let hint = cell(&whole, "/hint");
    let answer = Value::Object(whole.as_object().cloned().unwrap_or_default());
    let answer = with(answer, "items", listed.into());
    output::line(&if context.json { answer.to_string() } else { rendered(&answer) })?;
    if !hint.is_empty() && !context.json {
        output::note(&output::plain(&hint));
    }
    Ok(Exit::Done)
}

/// The configured values that have options, each with its label; empty if there is none.
pub fn chosen(connection: &Value) -> String {
    let choices = connection.get("choices").and_then(Value::as_array).cloned().unwrap_or_default();
    let marked = choices.into_iter().map(|choice| {
        let mark = match (cell(&choice, "/known").as_str(), cell(&choice, "/active").as_str()) {
            ("no", _) => "not an option",
            (_, "no") => "inactive",
            _ => "",
        };
        with(choice, "mark", mark.into())
    });
    let columns = [("property", "/pointer"), ("value", "/value"), ("label", "/label"), ("", "/mark")];
    items(&json!({ "items": marked.collect::<Vec<_>>() }), &columns, "")
}

fn rendered(answer: &Value) -> String {
    let marked = answer["items"].as_array().cloned().unwrap_or_default().into_iter().map(|option| {
        let mark = if cell(&option, "/active") == "no" { "inactive" } else { "" };
        with(option, "mark", mark.into())
    });
    let columns = [("value", "/value"), ("label", "/label"), ("", "/mark")];
    items(&json!({ "items": marked.collect::<Vec<_>>() }), &columns, "there is no such option")
}

fn with(mut object: Value, member: &str, value: Value) -> Value {
    object[member] = value;
    object
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{chosen, rendered};

    #[test]
    fn inactive_options_are_marked() {
        let answer = json!({ "items": [
            { "value": 7, "label": "Main", "active": true },
            { "value": "8", "label": null, "active": false },
        ] });
        let expected = "VALUE  LABEL\n7      Main\n8             inactive";
        assert_eq!(rendered(&answer), expected);
    }

    #[test]
    fn a_chosen_value_stands_beside_its_label() {
        let choice = |value: i64, label, known, active| json!({ "pointer": "/w", "value": value, "label": label, "known": known, "active": active });
        let connection = json!({ "choices": [
            choice(7, json!("Main"), json!(true), json!(true)),
            choice(8, json!("Old"), json!(true), json!(false)),
            choice(9, json!(null), json!(false), json!(null)),
            choice(1, json!(null), json!(null), json!(null)),
        ] });
        let expected = "\
PROPERTY  VALUE  LABEL
/w        7      Main
/w        8      Old    inactive
/w        9             not an option
/w        1";
        assert_eq!(chosen(&connection), expected);
        assert_eq!(chosen(&json!({ "choices": [] })), "");
    }
}
