//! Configuration on the command line, read by the schema of its connector or flow.

use serde_json::{Map, Value};

use super::{
    Context,
    client::{Answer, Ask},
    failure::Failure,
    output, value,
};

#[derive(clap::Args)]
pub struct Settings {
    /// Set a property; objects and lists as JSON or @FILE
    #[arg(long = "set", value_name = "K=V")]
    set: Vec<String>,
    /// Set a label
    #[arg(long = "label", value_name = "K=V")]
    pub label: Vec<String>,
}

#[derive(clap::Args)]
pub struct Values {
    #[command(flatten)]
    pub settings: Settings,
    /// Set a secret from a variable or a file
    #[arg(long = "secret", value_name = "K=env:VAR|K=@FILE")]
    secret: Vec<String>,
}

impl Settings {
    pub fn config(&self, schema: &Value) -> Result<Map<String, Value>, Failure> {
        value::object("--set", &self.set, |name, given| {
            let property = schema.get(name);
            if property.is_some_and(|property| property.get("secret") == Some(&Value::Bool(true))) {
                return Err(Failure::wrong_use(format!("--set {name}=…: {name} is a secret"))
                    .hint(format!("use --secret {name}=env:VAR or --secret {name}=@FILE")));
            }
            value::property(name, given, property)
        })
    }

    pub fn labels(&self) -> Result<Map<String, Value>, Failure> {
        value::object("--label", &self.label, |_, given| Ok(given.into()))
    }
}

impl Values {
    pub fn secrets(&self) -> Result<Map<String, Value>, Failure> {
        value::object("--secret", &self.secret, |name, given| Ok(value::secret(name, given)?.into()))
    }
}

/// The properties of a connector's or flow's configuration.
pub fn schema(context: &Context, connector: &str) -> Result<Value, Failure> {
    let connector = context.client.ask(Ask::get(&["connectors", connector]))?.json()?;
    Ok(connector.pointer("/spec/config/properties").cloned().unwrap_or_default())
}

/// Prints the warnings of an answer.
pub fn warn(answer: &Answer) -> Result<(), Failure> {
    let answer = answer.json()?;
    let warnings = answer.get("warnings").and_then(Value::as_array).into_iter().flatten();
    for warning in warnings.filter_map(Value::as_str) {
        output::note(&format!("{} {}", output::dim("warning:"), output::plain(warning)));
    }
    Ok(())
}
