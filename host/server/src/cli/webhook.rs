//! `windlass webhook`.

use serde_json::Value;

use super::{
    Context, Ended,
    client::{Answer, Ask},
    table::{cell, facts},
};

#[derive(clap::Subcommand)]
pub enum Verb {
    /// Show the addresses to give to the vendor
    List { connection: String },
    /// Make a new address; the former one stops at once
    Rotate { connection: String, webhook: String },
}

impl Verb {
    pub fn run(self, context: &Context) -> Ended {
        match self {
            Verb::List { connection } => {
                let answer = context.client.ask(Ask::get(&["connections", &connection, "webhooks"]))?;
                list(context, &answer)
            }
            Verb::Rotate { connection, webhook } => {
                let path = ["connections", &connection, "webhooks", &webhook, "rotate"];
                let answer = context.client.ask(Ask::post(&path))?;
                context.show(&answer, |webhook| {
                    format!("{}\n\nthe former address takes nothing any more", shown(webhook))
                })
            }
        }
    }
}

/// One below the other: an address is as long as a line.
fn list(context: &Context, answer: &Answer) -> Ended {
    context.show(answer, |list| {
        let items = list.get("items").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        if items.is_empty() {
            return "this connector has no webhooks".to_owned();
        }
        let webhooks = items.iter().map(shown).collect::<Vec<_>>().join("\n\n");
        match items.iter().all(|webhook| webhook["address"].is_null()) {
            true => format!("{webhooks}\n\nstart the host with --public-url to see whole addresses"),
            false => webhooks,
        }
    })
}

fn shown(webhook: &Value) -> String {
    let address = cell(webhook, "/address");
    facts(&[
        ("webhook", cell(webhook, "/name")),
        ("title", cell(webhook, "/title")),
        ("address", if address.is_empty() { cell(webhook, "/path") } else { address }),
        ("made at", cell(webhook, "/addressed_at")),
        ("verified by", cell(webhook, "/verified_by")),
        ("last delivery", cell(webhook, "/last_delivery_at")),
        ("waiting", cell(webhook, "/waiting")),
        ("failed", cell(webhook, "/failed")),
    ])
}
