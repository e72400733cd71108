//! `windlass limit`.

use serde_json::{Map, Value, json};

use super::{
    Context, Ended,
    client::{Answer, Ask},
    failure::Failure,
    table::{cell, facts, items},
};

/// Undoes a number that was set.
const DEFAULT: &str = "default";

#[derive(clap::Subcommand)]
pub enum Verb {
    /// What is used and left of each limit
    List {
        connection: String,
        /// Show which run used it, and until when that counts
        #[arg(long)]
        ledger: bool,
    },
    /// Take less of a limit than was approved
    Set {
        connection: String,
        limit: String,
        #[command(flatten)]
        numbers: Numbers,
    },
}

/// Each a number, or `default` for what was approved.
#[derive(clap::Args)]
#[group(required = true, multiple = true)]
pub struct Numbers {
    /// Requests in a window
    #[arg(long, value_name = "N|default")]
    max: Option<String>,
    /// Of these, left to other programs
    #[arg(long, value_name = "N|default")]
    leave: Option<String>,
    /// Of these, kept for actions
    #[arg(long, value_name = "N|default")]
    keep_for_actions: Option<String>,
}

impl Verb {
    pub fn run(self, context: &Context) -> Ended {
        match self {
            Verb::List { connection, ledger } => list(context, &connection, ledger),
            Verb::Set { connection, limit, numbers } => {
                let path = ["connections", &connection, "limits", &limit];
                show(context, &context.client.ask(Ask::new("PATCH", &path).json(&numbers.body()?))?)
            }
        }
    }
}

impl Numbers {
    fn body(&self) -> Result<Value, Failure> {
        let given = [
            ("--max", "max", &self.max),
            ("--leave", "leave_to_others", &self.leave),
            ("--keep-for-actions", "keep_for_actions", &self.keep_for_actions),
        ];
        let mut body = Map::new();
        for (flag, member, text) in given {
            if let Some(text) = text {
                body.insert(member.to_owned(), number(flag, text)?);
            }
        }
        Ok(Value::Object(body))
    }
}

fn number(flag: &str, text: &str) -> Result<Value, Failure> {
    if text == DEFAULT {
        return Ok(Value::Null);
    }
    let number = text.parse::<u32>();
    number
        .map(Value::from)
        .map_err(|_| Failure::wrong_use(format!("{flag} {text}: give a whole number, or `{DEFAULT}`")))
}

fn list(context: &Context, connection: &str, ledger: bool) -> Ended {
    let answer = context.client.ask(Ask::get(&["connections", connection, "limits"]))?;
    let columns = [
        ("limit", "/name"),
        ("max", "/max"),
        ("from", "/max_from"),
        ("window s", "/window_seconds"),
        ("used", "/used"),
        ("left", "/left"),
        ("left to others", "/left_to_others"),
        ("kept for actions", "/kept_for_actions"),
        ("reported left", "/reported/left"),
        ("until", "/reported/until"),
        ("frees at", "/frees_at"),
        ("blocked until", "/blocked_until"),
        ("because", "/blocked_reason"),
    ];
    context.show(&answer, |list| {
        let limits = items(list, &columns, "this connector has no limits");
        if ledger { format!("{limits}\n\n{}", ledgers(list)) } else { limits }
    })
}

fn show(context: &Context, answer: &Answer) -> Ended {
    context.show(answer, |limit| {
        let number =
            |number: &str, origin: &str| format!("{} ({})", cell(limit, number), cell(limit, origin));
        facts(&[
            ("limit", cell(limit, "/name")),
            ("max", number("/max", "/max_from")),
            ("approved", cell(limit, "/approved_max")),
            ("left to others", number("/left_to_others", "/left_to_others_from")),
            ("kept for actions", number("/kept_for_actions", "/kept_for_actions_from")),
            ("window s", cell(limit, "/window_seconds")),
            ("used", cell(limit, "/used")),
            ("left", cell(limit, "/left")),
        ])
    })
}

fn ledgers(list: &Value) -> String {
    let columns = [
        ("limit", "/limit"),
        ("run", "/run"),
        ("permits", "/permits"),
        ("booked at", "/booked_at"),
        ("counts until", "/counts_until"),
        ("settled", "/settled"),
    ];
    let limits = list.get("items").and_then(Value::as_array).into_iter().flatten();
    let rows = limits.flat_map(|limit| {
        let rows = limit.get("ledger").and_then(Value::as_array).into_iter().flatten();
        rows.map(|row| {
            let mut row = row.clone();
            row["limit"] = cell(limit, "/name").into();
            row
        })
    });
    items(&json!({ "items": rows.collect::<Vec<_>>() }), &columns, "nothing was used yet")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_given_or_undone() {
        let numbers = |max: &str, leave: &str| Numbers {
            max: Some(max.into()),
            leave: Some(leave.into()),
            keep_for_actions: None,
        };
        let body = numbers("50", "default").body().unwrap();
        assert_eq!(body, json!({ "max": 50, "leave_to_others": null }));
        assert!(numbers("-1", "0").body().unwrap_err().message.contains("--max -1"));
    }
}
