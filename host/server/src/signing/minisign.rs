//! Keys and signatures in the form of `minisign`.
//!
//! Both of its forms are believed: prehashed (what it makes today) and legacy, which signs the bytes
//! themselves. Legacy is no weaker; it only cannot be checked in a stream, and a component is in memory
//! anyway.

use base64::{Engine, prelude::BASE64_STANDARD};

/// Its longest comments, and what stands around them.
pub const MOST_SIGNATURE_BYTES: usize = 10 << 10;
/// A key's file has two short lines.
pub const MOST_KEY_BYTES: usize = 2 << 10;

/// Where the id stands in what the second line decodes to: after the algorithm's two bytes.
const ID: std::ops::Range<usize> = 2..10;

/// A publisher's key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey {
    /// As `minisign` writes it: 16 hexadecimal digits.
    pub id: String,
    /// The one line of base64.
    pub text: String,
    key: minisign_verify::PublicKey,
}

/// A detached signature, not verified.
#[derive(Clone)]
pub struct Signature {
    /// The key it claims to be of.
    pub key_id: String,
    /// As it came.
    pub text: String,
    signature: minisign_verify::Signature,
}

impl PublicKey {
    /// Reads a `minisign.pub`, or only its line of base64.
    pub fn parse(text: &str) -> Option<PublicKey> {
        if text.len() > MOST_KEY_BYTES {
            return None;
        }
        let line = text.lines().map(str::trim).rfind(|line| !line.is_empty())?;
        let key = minisign_verify::PublicKey::from_base64(line).ok()?;
        Some(PublicKey { id: id(line)?, text: line.to_owned(), key })
    }
}

impl Signature {
    /// Reads a `.minisig`.
    pub fn parse(text: &str) -> Option<Signature> {
        if text.len() > MOST_SIGNATURE_BYTES || text.contains('\0') {
            return None;
        }
        let signature = minisign_verify::Signature::decode(text).ok()?;
        Some(Signature { key_id: id(text.lines().nth(1)?)?, text: text.to_owned(), signature })
    }

    /// Whether the key made it over these bytes, its trusted comment included.
    pub fn is_of(&self, key: &PublicKey, bytes: &[u8]) -> bool {
        key.key.verify(bytes, &self.signature, true).is_ok()
    }
}

/// What a signer wrote of a signature. To be shown only of one that was verified: it is part of what is signed.
pub fn trusted_comment(signature: &str) -> &str {
    let line = signature.lines().nth(2).unwrap_or_default();
    line.strip_prefix("trusted comment: ").unwrap_or_default()
}

/// The id in a line of base64, written as `minisign` does.
fn id(line: &str) -> Option<String> {
    let bytes = BASE64_STANDARD.decode(line.trim()).ok()?;
    let id = bytes.get(ID)?.try_into().ok()?;
    Some(format!("{:016X}", u64::from_le_bytes(id)))
}

#[cfg(test)]
mod tests {
    use super::{PublicKey, Signature, trusted_comment};

    // Made with `minisign` 0.11 over `windlass\n`.
    const KEY: &str = include_str!("test/minisign.pub");
    const PREHASHED: &str = include_str!("test/prehashed.minisig");
    const LEGACY: &str = include_str!("test/legacy.minisig");
    const BYTES: &[u8] = b"windlass\n";

    #[test]
    fn both_forms_are_verified_and_nothing_else_passes() {
        let key = PublicKey::parse(KEY).unwrap();
        for text in [PREHASHED, LEGACY] {
            let signature = Signature::parse(text).unwrap();
            assert_eq!(signature.key_id, key.id);
            assert!(signature.is_of(&key, BYTES));
            assert!(!signature.is_of(&key, b"windlass"));
            let other = text.replace("trusted comment: the", "trusted comment: another");
            assert!(!Signature::parse(&other).unwrap().is_of(&key, BYTES), "the comment is signed, too");
            assert_eq!(trusted_comment(text), "the test's own");
        }
    }

    #[test]
    fn the_id_is_written_as_its_tool_writes_it() {
        let key = PublicKey::parse(KEY).unwrap();
        assert!(
            KEY.starts_with(&format!("untrusted comment: minisign public key {}\n", key.id)),
            "{}",
            key.id
        );
        assert_eq!(PublicKey::parse(&key.text), Some(key), "its line alone will do");
    }

    #[test]
    fn what_is_neither_is_refused() {
        for text in ["", "untrusted comment: x", "RWQ", "a\nb\nc\nd", KEY, "\n\n\n\n"] {
            assert!(Signature::parse(text).is_none(), "{text:?}");
        }
        for text in ["", "untrusted comment: x", "RWQ", PREHASHED] {
            assert!(PublicKey::parse(text).is_none(), "{text:?}");
        }
        // Its comment is not one: refused, not a panic.
        let key = PublicKey::parse(KEY).unwrap();
        let short = PREHASHED.replace("trusted comment: the test's own", "x");
        assert!(Signature::parse(&short).is_none_or(|signature| !signature.is_of(&key, BYTES)));
    }
}
