//! Where a secret is found: never the secret itself.

use std::{fmt, fs::File, io::Read, path::Path};

use serde::{Deserialize, Serialize, Serializer};
use zeroize::Zeroizing;

use crate::{connections::MOST_SECRET_BYTES, settings::variable};

/// `env:VAR` or `@FILE`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "toml::Value")]
pub enum Reference {
    Variable(String),
    File(String),
}

impl Reference {
    /// None of a text that could be the secret itself.
    pub fn parse(text: &str) -> Option<Reference> {
        match (text.strip_prefix("env:"), text.strip_prefix('@')) {
            (Some(variable), _) => Some(Reference::Variable(variable.to_owned())),
            (_, Some(path)) => Some(Reference::File(path.to_owned())),
            _ => None,
        }
    }

    /// The secret; files are found from `folder`. The error is a sentence without it.
    pub fn read(&self, folder: &Path) -> Result<Zeroizing<String>, String> {
        match self {
            Reference::Variable(name) => {
                let secret = variable(name).ok_or_else(|| format!("{name} is not set, or empty"))?;
                Ok(Zeroizing::new(secret))
            }
            Reference::File(path) => {
                let path = folder.join(path);
                let mut text = Zeroizing::new(String::new());
                let opened = File::open(&path).map(|file| file.take(MOST_SECRET_BYTES as u64 + 1));
                let read = opened.and_then(|mut file| file.read_to_string(&mut text));
                let bytes = read.map_err(|error| format!("cannot read {}: {error}", path.display()))?;
                if bytes > MOST_SECRET_BYTES {
                    return Err(format!("{} has more than {MOST_SECRET_BYTES} bytes", path.display()));
                }
                // The line end that editors add is not part of the secret.
                let secret = text.strip_suffix('\n').unwrap_or(&text).trim_end_matches('\r');
                Ok(Zeroizing::new(secret.to_owned()))
            }
        }
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reference::Variable(name) => write!(f, "env:{name}"),
            Reference::File(path) => write!(f, "@{path}"),
        }
    }
}

impl Serialize for Reference {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// By hand, because a message that repeats what was given could repeat a secret.
impl TryFrom<toml::Value> for Reference {
    type Error = &'static str;

    fn try_from(given: toml::Value) -> Result<Self, &'static str> {
        let reference = given.as_str().and_then(Reference::parse);
        reference
            .ok_or("a secret does not stand in the file: write \"env:VAR\" or \"@FILE\", where it is found")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_is_read_and_written() {
        for text in ["env:TOKEN", "@folder/token.txt"] {
            assert_eq!(Reference::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(Reference::parse("hush"), None);
    }

    #[test]
    fn a_secret_itself_is_refused_and_not_repeated() {
        for given in [toml::Value::from("hush"), toml::Value::from(7)] {
            let message = Reference::try_from(given).unwrap_err();
            assert!(!message.contains("hush") && !message.contains('7'), "{message}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        let check = |text: &str, expected: &str| {
            let why = Reference::parse(text).unwrap().read(Path::new("/nowhere")).unwrap_err();
            assert!(why.starts_with(expected), "{why}");
        };
        check("env:WINDLASS_NO_SUCH_VARIABLE", "WINDLASS_NO_SUCH_VARIABLE is not set, or empty");
        check("@at/all", "cannot read /nowhere/at/all: ");
    }
}
