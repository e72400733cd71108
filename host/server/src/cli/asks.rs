//! What a version of a connector asks for, as a list for people.

use serde_json::{Value, json};
use windlass_sandbox::spec::Spec;

use super::{
    Context,
    client::Ask,
    failure::{Exit, Failure},
    table::{cell, table},
};
use crate::{api::ask_view, asks::compare};

/// What a spec asks for, beside what the host has approved: as an install's outcome says it.
pub fn of(context: &Context, spec: &Spec) -> Result<Value, Failure> {
    let approved = match context.client.ask(Ask::get(&["connectors", &spec.name])) {
        Ok(answer) => {
            let connector = answer.json()?;
            let is_active = connector.get("active").is_some_and(Value::is_string);
            let text = connector.get("spec").filter(|_| is_active).map(Value::to_string);
            text.and_then(|text| Spec::parse(&text).ok())
        }
        Err(failure) if failure.refused => None,
        Err(failure) => return Err(failure),
    };
    let asks: Vec<_> = compare(approved.as_ref(), spec).into_iter().map(ask_view).collect();
    let asks = serde_json::to_value(asks).map_err(|error| Failure::new(Exit::Failed, error))?;
    Ok(json!({ "connector": spec.name, "version": spec.version.to_string(), "asks": asks }))
}

/// Everything it asks for, what differs from what is approved marked: `+` new, `~` changed, `-` no more.
pub fn all(outcome: &Value) -> String {
    format!("{} asks for:\n\n{}\n", named(outcome), listed(asked(outcome)))
}

/// What it asks for beyond what was approved: all of it, for a first version.
pub fn news(outcome: &Value) -> String {
    let mut news = asked(outcome).filter(|ask| cell(ask, "/difference") != "same").peekable();
    if news.peek().is_none() {
        return format!("{} asks for nothing but what is approved", named(outcome));
    }
    let is_first = asked(outcome).all(|ask| cell(ask, "/difference") == "added");
    match is_first {
        true => format!("{} asks for:\n\n{}\n", named(outcome), listed(news)),
        false => format!("{} asks for other things than before:\n\n{}\n", named(outcome), listed(news)),
    }
}

fn asked(outcome: &Value) -> impl Iterator<Item = &Value> {
    outcome.get("asks").and_then(Value::as_array).into_iter().flatten()
}

fn named(outcome: &Value) -> String {
    format!("{} {}", cell(outcome, "/connector"), cell(outcome, "/version"))
}

fn listed<'a>(asks: impl Iterator<Item = &'a Value>) -> String {
    table(&["", "what", "name", "terms"], asks.map(row))
}

fn row(ask: &Value) -> Vec<String> {
    let mark = match cell(ask, "/difference").as_str() {
        "added" => "+",
        "removed" => "-",
        "same" => "",
        _ => "~",
    };
    let was = match cell(ask, "/was") {
        was if was.is_empty() || mark != "~" => String::new(),
        was => format!(" (was: {was})"),
    };
    vec![mark.to_owned(), cell(ask, "/group"), cell(ask, "/name"), format!("{}{was}", cell(ask, "/text"))]
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{all, news};

    fn outcome(differences: [&str; 2]) -> Value {
        let ask = |group: &str, text: &str, difference: &str| json!({ "group": group, "name": "a", "text": text, "difference": difference, "was": "less" });
        let [host, limit] = differences;
        json!({
            "connector": "shop", "version": "1.1.0",
            "asks": [ask("hosts", "https://shop.example", host), ask("limits", "at most 9", limit)],
        })
    }

    #[test]
    fn a_first_version_is_shown_whole() {
        let expected = "\
shop 1.1.0 asks for:

   WHAT    NAME  TERMS
+  hosts   a     https://shop.example
+  limits  a     at most 9
";
        assert_eq!(news(&outcome(["added", "added"])), expected);
        assert_eq!(all(&outcome(["added", "added"])), expected);
    }

    #[test]
    fn a_later_version_is_shown_by_its_differences() {
        let expected = "\
shop 1.1.0 asks for other things than before:

   WHAT    NAME  TERMS
~  limits  a     at most 9 (was: less)
";
        assert_eq!(news(&outcome(["same", "changed"])), expected);
        let none = "shop 1.1.0 asks for nothing but what is approved";
        assert_eq!(news(&outcome(["same", "same"])), none);
    }
}
