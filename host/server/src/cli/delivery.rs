//! `windlass delivery`.

use serde_json::Value;
use windlass_db::DeliveryState;

use super::{
    Context, Ended,
    client::Ask,
    failure::Exit,
    output,
    table::{cell, facts, items},
    words,
};

/// Deliveries of a list when nobody asks for another number.
const LISTED: u32 = 20;

#[derive(clap::Subcommand)]
pub enum Verb {
    /// List deliveries, the newest first
    List {
        connection: String,
        #[arg(long, value_name = "NAME")]
        webhook: Option<String>,
        #[arg(long, value_parser = words(DeliveryState::WORDS))]
        state: Option<String>,
        #[arg(long, value_name = "N", default_value_t = LISTED)]
        limit: u32,
        /// Only deliveries with a smaller id: goes on where a list ended
        #[arg(long, value_name = "ID")]
        before: Option<u64>,
    },
    /// Show a delivery: what the vendor sent, and what became of it
    Show { connection: String, id: u64 },
    /// Receive deliveries again
    Replay {
        connection: String,
        #[arg(required = true)]
        ids: Vec<u64>,
    },
}

impl Verb {
    pub fn run(self, context: &Context) -> Ended {
        match self {
            Verb::List { connection, webhook, state, limit, before } => {
                let before = before.map(|id| id.to_string());
                let given = [("webhook", webhook), ("state", state), ("cursor", before)];
                let filters = given.into_iter().filter_map(|(name, value)| Some((name, value?)));
                let path = ["connections", &connection, "deliveries"];
                let ask = Ask::get(&path).query("limit", limit);
                list(context, filters.fold(ask, |ask, (name, value)| ask.query(name, value)))
            }
            Verb::Show { connection, id } => {
                let path = ["connections", &connection, "deliveries", &id.to_string()];
                let answer = context.client.ask(Ask::get(&path))?;
                context.show(&answer, shown)
            }
            Verb::Replay { connection, ids } => {
                for id in ids {
                    let path = ["connections", &connection, "deliveries", &id.to_string(), "replay"];
                    let answer = context.client.ask(Ask::post(&path))?;
                    context.show(&answer, |_| format!("delivery {id} waits again"))?;
                }
                Ok(Exit::Done)
            }
        }
    }
}

fn list(context: &Context, ask: Ask<'_>) -> Ended {
    let columns = [
        ("id", "/id"),
        ("webhook", "/webhook"),
        ("state", "/state"),
        ("event", "/event_id"),
        ("ordering", "/ordering"),
        ("bytes", "/bytes"),
        ("attempt", "/attempt"),
        ("error", "/error/code"),
        ("received", "/received_at"),
        ("next try", "/due_at"),
    ];
    let answer = context.client.ask(ask)?;
    context.show(&answer, |list| items(list, &columns, "there is no such delivery"))
}

fn shown(delivery: &Value) -> String {
    let names = [
        ("delivery", "/id"),
        ("webhook", "/webhook"),
        ("state", "/state"),
        ("event", "/event_id"),
        ("ordering", "/ordering"),
        ("received", "/received_at"),
        ("next try", "/due_at"),
        ("ended", "/ended_at"),
        ("attempts", "/attempt"),
        ("run", "/run"),
        ("error", "/error/message"),
        ("error code", "/error/code"),
        ("vendor code", "/error/vendor_code"),
        ("who must act", "/error/blame"),
        ("hint", "/error/hint"),
        ("method", "/method"),
        ("query", "/query"),
    ];
    let head = facts(&names.map(|(name, pointer)| (name, cell(delivery, pointer))));
    let headers = delivery["headers"].as_array().into_iter().flatten();
    let headers: Vec<String> = headers
        .map(|pair| format!("{}: {}", output::plain(&cell(pair, "/0")), output::plain(&cell(pair, "/1"))))
        .collect();
    let body = match delivery["body"]["text"].as_str() {
        Some(text) => text.to_owned(),
        None => format!("{} (base64)", cell(delivery, "/body/base64")),
    };
    format!("{head}\n\n{}\n\n{}", headers.join("\n"), output::plain_lines(&body))
}
