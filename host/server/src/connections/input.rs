//! What a person gives for a connection, before the spec is asked.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};
use windlass_db::Connection;
use zeroize::Zeroizing;

use crate::problem::Problem;

/// Names stand in addresses and commands.
const MOST_NAME_BYTES: usize = 63;
/// The longest secret: private keys in PEM have 4 KiB.
pub const MOST_SECRET_BYTES: usize = 16 << 10;
/// Labels are for finding a connection again, not for keeping data.
const MOST_LABELS: usize = 32;
const MOST_LABEL_BYTES: usize = 200;

/// The body of `POST /v1/connections`:
/// `{"name", "connector", "config": {…}, "secrets": {"token": "…"}, "labels": {"team": "…"},
/// "paused": false}`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewInput {
    pub name: String,
    pub connector: String,
    #[serde(default)]
    pub config: Map<String, Value>,
    #[serde(default)]
    pub secrets: Secrets,
    #[serde(default)]
    pub labels: BTreeMap<String, String>,
    /// From its first moment on.
    #[serde(default)]
    pub paused: bool,
}

/// The body of `PATCH` and `PUT /v1/connections/{name}`. `unset` names properties and secrets to be
/// removed; labels are replaced as a whole. `PUT` replaces the configuration, so it must have one. `connect`
/// binds roles of a flow to other connections. With `revision` the change is made only if the connection is
/// at that revision; without, of whatever it is by then.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChangedInput {
    pub config: Option<Map<String, Value>>,
    #[serde(default)]
    pub secrets: Secrets,
    #[serde(default)]
    pub unset: Vec<String>,
    pub labels: Option<BTreeMap<String, String>>,
    pub connect: Option<BTreeMap<String, String>>,
    pub revision: Option<i64>,
}

/// Secrets on their way in, by property.
#[derive(Default, Deserialize)]
#[serde(try_from = "Value")]
pub struct Secrets(BTreeMap<String, Zeroizing<String>>);

impl From<BTreeMap<String, String>> for Secrets {
    fn from(secrets: BTreeMap<String, String>) -> Self {
        Secrets(secrets.into_iter().map(|(name, value)| (name, Zeroizing::new(value))).collect())
    }
}

impl TryFrom<Value> for Secrets {
    type Error = &'static str;

    /// By hand, because a message that repeats what was given would repeat a secret.
    fn try_from(given: Value) -> Result<Self, &'static str> {
        const EXPECTED: &str = "secrets are an object of names to texts";
        let Value::Object(members) = given else { return Err(EXPECTED) };
        let text = |(name, value)| match value {
            Value::String(text) => Ok((name, Zeroizing::new(text))),
            _ => Err(EXPECTED),
        };
        members.into_iter().map(text).collect::<Result<_, _>>().map(Secrets)
    }
}

impl Secrets {
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    pub fn contains(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    fn check(&self) -> Result<(), Problem> {
        for (name, value) in self.iter() {
            let wrong = match value.len() {
                0 => format!("the secret `{name}` is empty; leave it out, or name it in `unset`"),
                MOST_SECRET_BYTES.. => format!("the secret `{name}` has more than {MOST_SECRET_BYTES} bytes"),
                _ => continue,
            };
            return Err(Problem::unprocessable("connection.secret", wrong).at(format!("/secrets/{name}")));
        }
        Ok(())
    }
}

impl NewInput {
    pub(super) fn check(&self) -> Result<(), Problem> {
        check_name(&self.name)?;
        self.secrets.check()?;
        check_labels(&self.labels)
    }
}

impl ChangedInput {
    /// A body without a configuration would erase it.
    pub(super) fn check_replaces(&self) -> Result<(), Problem> {
        if self.config.is_some() {
            return Ok(());
        }
        Err(Problem::bad_request("request.body", "PUT replaces the configuration, and `config` is missing")
            .hint("give the whole configuration as `config`, or use PATCH to change some of it")
            .at("/config"))
    }

    /// The change was made from what a connection was at another revision than now.
    pub(super) fn refuse_moved(&self, connection: &Connection) -> Result<(), Problem> {
        match self.revision {
            Some(revision) if revision != connection.revision => {
                Err(Problem::moved(&connection.name, revision, connection.revision))
            }
            _ => Ok(()),
        }
    }

    pub(super) fn check(&self) -> Result<(), Problem> {
        self.secrets.check()?;
        self.labels.as_ref().map_or(Ok(()), check_labels)
    }
}

fn check_name(name: &str) -> Result<(), Problem> {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let fits = name.len() <= MOST_NAME_BYTES
        && name.bytes().next().is_some_and(plain)
        && name.bytes().all(|byte| plain(byte) || matches!(byte, b'-' | b'_' | b'.'));
    match fits {
        true => Ok(()),
        false => Err(Problem::unprocessable("connection.name", format!("`{name}` cannot be a connection's name"))
            .hint("a name begins with a letter or digit and goes on with those, `-`, `_` and `.`; lower case, 63 at most")
            .at("/name")),
    }
}

fn check_labels(labels: &BTreeMap<String, String>) -> Result<(), Problem> {
    let wrong = |detail: String| Err(Problem::unprocessable("connection.labels", detail).at("/labels"));
    if labels.len() > MOST_LABELS {
        return wrong(format!("a connection has at most {MOST_LABELS} labels"));
    }
    let odd = labels.iter().find(|(name, value)| {
        let wrong = |text: &str| text.len() > MOST_LABEL_BYTES || text.contains('\0');
        name.is_empty() || wrong(name) || wrong(value)
    });
    odd.map_or(Ok(()), |(name, _)| {
        wrong(format!(
            "label {name:?}: a name has 1 to {MOST_LABEL_BYTES} bytes, a value at most as many, and none is NUL"
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stand_in_addresses() {
        for name in ["shop", "0", "a.b_c-d", &"a".repeat(63)] {
            assert!(check_name(name).is_ok(), "{name}");
        }
        for name in ["", "Shop", ".shop", "-shop", "a/b", "a b", "ä", &"a".repeat(64)] {
            assert!(check_name(name).is_err(), "{name}");
        }
    }

    #[test]
    fn an_error_does_not_repeat_a_secret() {
        for body in [r#"{"secrets":"hush"}"#, r#"{"secrets":{"token":["hush"]}}"#] {
            let error = serde_json::from_str::<ChangedInput>(body).err().unwrap().to_string();
            assert!(!error.contains("hush"), "{error}");
        }
    }

    #[test]
    fn a_replacement_has_a_configuration() {
        let check = |body: &str, expected: bool| {
            let input: ChangedInput = serde_json::from_str(body).unwrap();
            assert_eq!(input.check_replaces().is_ok(), expected, "{body}");
        };
        check("{}", false);
        check(r#"{"config":null,"labels":{}}"#, false);
        check(r#"{"config":{}}"#, true);
    }

    #[test]
    fn labels_hold_no_nul() {
        let check = |name: &str, value: &str, expected: bool| {
            let labels = BTreeMap::from([(name.to_owned(), value.to_owned())]);
            assert_eq!(check_labels(&labels).is_ok(), expected, "{name:?} {value:?}");
        };
        check("team", "", true);
        check("", "a", false);
        check("te\0am", "a", false);
        check("team", "a\0", false);
    }

    #[test]
    fn an_empty_secret_is_refused() {
        let secrets = Secrets::try_from(serde_json::json!({ "token": "" })).unwrap();
        assert_eq!(secrets.check().unwrap_err().pointer.as_deref(), Some("/secrets/token"));
    }
}
