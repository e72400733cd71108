//! A connection's configuration: what is secret, what is missing, what is filled in.

use serde_json::{Map, Value};

use super::{
    document::Spec,
    host_rule::HostRule,
    placeholders::text_of,
    problem::{ConfigProblem, Problem, member},
    schema::Schema,
};

impl Spec {
    /// The schemas of the configuration's properties, in the spec's order.
    pub fn properties(&self) -> impl Iterator<Item = (&str, &Value)> {
        let properties = self.config.get("properties").and_then(Value::as_object);
        properties.into_iter().flatten().map(|(name, schema)| (name.as_str(), schema))
    }

    pub fn property(&self, name: &str) -> Option<&Value> {
        self.config.get("properties")?.get(name)
    }

    /// Properties that are stored encrypted and never handed to the guest, identifiers included.
    pub fn secret_fields(&self) -> Vec<&str> {
        self.flagged("secret")
    }

    /// Secret properties that are names, such as a user name.
    pub fn identifier_fields(&self) -> Vec<&str> {
        self.flagged("identifier")
    }

    pub fn is_secret(&self, property: &str) -> bool {
        self.property(property).is_some_and(|schema| is_flagged(schema, "secret"))
    }

    /// The configuration with the schema's defaults where it says nothing.
    pub fn with_defaults(&self, config: &Value) -> Value {
        let mut filled = config.as_object().cloned().unwrap_or_default();
        for (name, schema) in self.properties().filter(|(_, schema)| !is_flagged(schema, "secret")) {
            if let Some(default) = schema.get("default").filter(|_| !filled.contains_key(name)) {
                filled.insert(name.to_owned(), default.clone());
            }
        }
        Value::Object(filled)
    }

    /// What is wrong with a configuration whose secrets are kept apart; `secrets` names those that
    /// the connection has. Defaults count as given.
    pub fn validate_config(&self, config: &Value, secrets: &[impl AsRef<str>]) -> Vec<ConfigProblem> {
        let Some(given) = config.as_object() else {
            return vec![Problem::new("", "the configuration is a JSON object")];
        };
        let mut problems = self.misplaced(given, secrets);
        let mut whole = self.with_defaults(config);
        if let Value::Object(members) = &mut whole {
            members.extend(secrets.iter().map(|name| (name.as_ref().to_owned(), Value::Bool(true))));
        }
        match Schema::compile(&self.config_with_opaque_secrets()) {
            Ok(schema) => {
                problems.extend(schema.problems(&whole).into_iter().map(|problem| self.with_advice(problem)))
            }
            Err(error) => problems.push(error.0),
        }
        problems.extend(self.limits_out_of_range(&whole));
        problems.extend(self.repeated_values(&whole));
        problems.extend(self.equal_values(&whole));
        problems.extend(self.unusable_hosts(&whole));
        problems
    }

    fn flagged(&self, keyword: &str) -> Vec<&str> {
        self.properties().filter(|(_, schema)| is_flagged(schema, keyword)).map(|(name, _)| name).collect()
    }

    /// Names that are unknown, or given on the wrong side.
    fn misplaced(&self, given: &Map<String, Value>, secrets: &[impl AsRef<str>]) -> Vec<Problem> {
        let plain = given.keys().filter_map(|name| match self.property(name) {
            None => {
                Some(Problem::new(member("", name), format!("`{name}` is not a property of this connector")))
            }
            Some(schema) if is_flagged(schema, "secret") => {
                Some(Problem::new(member("", name), format!("`{name}` is a secret: {}", how_to_give(name))))
            }
            Some(_) => None,
        });
        let secret = secrets.iter().map(AsRef::as_ref).filter(|name| !self.is_secret(name)).map(|name| {
            // A secret whose name is misspelt must not be sent to the command line's history.
            let message = match self.property(name) {
                Some(_) => format!("`{name}` is not a secret of this connector: give it with --set"),
                None => format!(
                    "this connector has no secret `{name}`; it has: {}",
                    self.secret_fields().join(", ")
                ),
            };
            Problem::new(member("", name), message)
        });
        plain.chain(secret).collect()
    }

    /// The schema as it is, but a secret that is present fits whatever it is: we do not hold it here.
    fn config_with_opaque_secrets(&self) -> Value {
        let mut schema = self.config.clone();
        if let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) {
            for property in properties.values_mut().filter(|property| is_flagged(property, "secret")) {
                *property = Value::Bool(true);
            }
        }
        if let Value::Object(members) = &mut schema {
            // Unknown names have their own sentence.
            members.remove("additionalProperties");
        }
        schema
    }

    fn with_advice(&self, problem: Problem) -> Problem {
        let name = problem.pointer.trim_start_matches('/');
        if self.is_secret(name) {
            let message = format!("{}: {}", problem.message, how_to_give(name));
            return Problem::new(problem.pointer, message);
        }
        problem
    }

    fn unusable_hosts(&self, config: &Value) -> Vec<Problem> {
        let value_of = |name: &str| config.get(name).and_then(text_of);
        let read = self.hosts.iter().map(|template| (template, HostRule::parse(template, value_of)));
        let refused = read.filter_map(|(template, rule)| Some((template, rule.err()?)));
        refused
            .map(|(template, message)| {
                let property = super::placeholders::names(template).next().unwrap_or_default();
                Problem::new(member("", property), message)
            })
            .collect()
    }
}

pub(super) fn is_flagged(schema: &Value, keyword: &str) -> bool {
    schema.get(keyword).and_then(Value::as_bool).unwrap_or(false)
}

fn how_to_give(name: &str) -> String {
    format!("give it with --secret {name}=env:VAR or --secret {name}=@FILE")
}
