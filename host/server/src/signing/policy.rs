//! What a signature is worth: two pure functions.

use serde::Deserialize;
use windlass_db::Publisher;

/// What an install needs where nobody gives a word for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Policy {
    /// A trusted signature.
    Require,
    /// A warning is enough.
    Warn,
}

/// Who answers for a component beside its signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Word {
    /// Whoever sent the bytes with an admin token.
    Admin,
    /// It was found in a folder, or fetched from a registry.
    Nobody,
}

/// What is known of a component's signature. One that is wrong is not here: it is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Signed {
    No,
    /// By a key that is not trusted, so that nothing could be verified.
    ByUnknown {
        key_id: String,
    },
    By {
        key_id: String,
        public: String,
    },
}

/// Why a component is not installed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    Unsigned,
    UnknownKey,
    /// The name is another publisher's.
    OtherPublisher,
}

/// Whether the component may be looked at. The text is a warning.
pub fn admits(policy: Policy, word: Word, signed: &Signed) -> Result<Option<String>, Refusal> {
    let why_not = match signed {
        Signed::By { .. } => return Ok(None),
        // A word is as good.
        Signed::No if word == Word::Admin => return Ok(None),
        Signed::No => Refusal::Unsigned,
        Signed::ByUnknown { .. } => Refusal::UnknownKey,
    };
    match (policy, word) {
        (Policy::Require, Word::Nobody) => Err(why_not),
        (_, _) => Ok(Some(match signed {
            Signed::ByUnknown { key_id } => {
                format!(
                    "it is signed by {key_id}, which is not trusted, so that the signature is not verified"
                )
            }
            _ => "it is not signed".to_owned(),
        })),
    }
}

/// Whether it may have its name. Without a verified signature only an administrator may change what
/// belongs to a publisher.
pub fn may_be_named(word: Word, signed: &Signed, publisher: Option<&Publisher>) -> Result<(), Refusal> {
    let Some(publisher) = publisher else { return Ok(()) };
    match signed {
        Signed::By { public, .. } if *public == publisher.public => Ok(()),
        Signed::By { .. } => Err(Refusal::OtherPublisher),
        // It was trusted when the name was given, and is no longer.
        Signed::ByUnknown { key_id } if *key_id == publisher.key_id => Err(Refusal::UnknownKey),
        Signed::ByUnknown { .. } => Err(Refusal::OtherPublisher),
        Signed::No if word == Word::Admin => Ok(()),
        Signed::No => Err(Refusal::Unsigned),
    }
}

#[cfg(test)]
mod tests {
    use windlass_db::Publisher;

    use super::{Policy, Refusal, Signed, Word, admits, may_be_named};

    fn by(key: &str) -> Signed {
        Signed::By { key_id: key.to_uppercase(), public: key.to_owned() }
    }

    fn unknown(key: &str) -> Signed {
        Signed::ByUnknown { key_id: key.to_uppercase() }
    }

    #[test]
    fn without_a_word_only_a_trusted_signature_is_enough() {
        let check = |policy, word, signed, expected: Result<bool, Refusal>| {
            let found = admits(policy, word, &signed).map(|warning| warning.is_some());
            assert_eq!(found, expected, "{policy:?} {word:?} {signed:?}");
        };
        for policy in [Policy::Require, Policy::Warn] {
            check(policy, Word::Admin, by("a"), Ok(false));
            check(policy, Word::Nobody, by("a"), Ok(false));
            check(policy, Word::Admin, unknown("a"), Ok(true));
            check(policy, Word::Admin, Signed::No, Ok(false));
        }
        check(Policy::Require, Word::Nobody, Signed::No, Err(Refusal::Unsigned));
        check(Policy::Require, Word::Nobody, unknown("a"), Err(Refusal::UnknownKey));
        check(Policy::Warn, Word::Nobody, Signed::No, Ok(true));
        check(Policy::Warn, Word::Nobody, unknown("a"), Ok(true));
    }

    #[test]
    fn a_name_is_its_first_publishers() {
        let pinned =
            Publisher { connector: "shop".to_owned(), key_id: "A".to_owned(), public: "a".to_owned() };
        let check = |word, signed, expected| {
            assert_eq!(may_be_named(word, &signed, Some(&pinned)), expected, "{word:?} {signed:?}");
            assert_eq!(may_be_named(word, &signed, None), Ok(()));
        };
        for word in [Word::Admin, Word::Nobody] {
            check(word, by("a"), Ok(()));
            check(word, by("b"), Err(Refusal::OtherPublisher));
            check(word, unknown("b"), Err(Refusal::OtherPublisher));
            check(word, unknown("a"), Err(Refusal::UnknownKey));
        }
        check(Word::Admin, Signed::No, Ok(()));
        check(Word::Nobody, Signed::No, Err(Refusal::Unsigned));
        // An id is no proof: its maker chooses it.
        let imitated = Signed::By { key_id: "A".to_owned(), public: "b".to_owned() };
        check(Word::Admin, imitated, Err(Refusal::OtherPublisher));
    }
}
