//! `windlass connector key` and `windlass connector publisher`: whose components are believed.

use std::path::Path;

use serde_json::json;

use super::{
    Context, Ended,
    client::Ask,
    failure::{Exit, Failure},
    output,
    table::{cell, items},
    value,
};

#[derive(clap::Subcommand)]
pub enum Verb {
    /// List the keys whose signatures are believed
    List,
    /// Believe a publisher's key
    Trust {
        /// The publisher's minisign.pub, or its line that begins with RW
        #[arg(value_name = "FILE|KEY")]
        key: String,
    },
    /// Believe a key no longer; what it signed before stays
    Distrust {
        /// Its id
        id: String,
    },
}

/// Whose connector a name is.
#[derive(clap::Args)]
pub struct Publisher {
    name: String,
    /// Give the name to this trusted key
    #[arg(long, value_name = "ID")]
    key: Option<String>,
    /// Leave the name to whoever signs the next version
    #[arg(long, conflicts_with = "key")]
    forget: bool,
}

impl Verb {
    pub fn run(self, context: &Context) -> Ended {
        match self {
            Verb::List => list(context),
            Verb::Trust { key } => trust(context, &key),
            Verb::Distrust { id } => {
                context.client.ask(Ask::new("DELETE", &["trusted-keys", &id]))?;
                output::line(&format!("{id} is not trusted any more; what it signed before stays"))?;
                Ok(Exit::Done)
            }
        }
    }
}

impl Publisher {
    pub fn run(self, context: &Context) -> Ended {
        let (name, path) = (&self.name, ["connectors", &self.name, "publisher"]);
        if self.forget {
            context.client.ask(Ask::new("DELETE", &path))?;
            output::line(&format!("{name} belongs to whoever signs its next version"))?;
            return Ok(Exit::Done);
        }
        let Some(key) = self.key else {
            let answer = context.client.ask(Ask::get(&["connectors", name]))?;
            return context.show(&answer, |connector| match cell(connector, "/publisher").as_str() {
                "" => format!("{name} belongs to nobody yet"),
                key => format!("{name} belongs to the key {key}"),
            });
        };
        let answer = context.client.ask(Ask::new("PUT", &path).json(&json!({ "key": key })))?;
        context.show(&answer, |publisher| format!("{name} belongs to the key {}", cell(publisher, "/key")))
    }
}

fn list(context: &Context) -> Ended {
    let answer = context.client.ask(Ask::get(&["trusted-keys"]))?;
    let columns =
        [("id", "/id"), ("publisher of", "/connectors"), ("comment", "/comment"), ("trusted", "/trusted_at")];
    context.show(&answer, |list| {
        items(list, &columns, "no key is trusted: `windlass connector key trust MINISIGN.PUB`")
    })
}

/// A file of that name, else the key itself.
fn trust(context: &Context, key: &str) -> Ended {
    let text = match (Path::new(key).exists(), key.starts_with("RW")) {
        (true, _) => value::file(key)?,
        (false, true) => key.to_owned(),
        (false, false) => {
            let detail = format!("there is no file {key}, and it is no key: one begins with RW");
            return Err(Failure::new(Exit::Environment, detail));
        }
    };
    let answer = context.client.ask(Ask::post(&["trusted-keys"]).body(text))?;
    context.show(&answer, |key| format!("{} is trusted", cell(key, "/id")))
}
