//! Secrets: the only file that seals and opens them.
//!
//! An envelope is a version byte, the key's id, a nonce and the ciphertext of XChaCha20-Poly1305. The
//! associated data binds it to its connection and field: an envelope that was moved does not open.

use std::{
    io,
    path::{Path, PathBuf},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};
use windlass_db::{Db, DbError, SealedSecret};
use windlass_sandbox::egress::Secret;
use zeroize::Zeroizing;

use crate::data_dir::line_of;

const KEY_BYTES: usize = 32;
const KEY_ID_BYTES: usize = 8;
const NONCE_BYTES: usize = 24;
const HEAD_BYTES: usize = 1 + KEY_ID_BYTES + NONCE_BYTES;
/// The only form of envelope so far.
const VERSION: u8 = 1;
/// Bytes of an identity: no two of a host's credentials will ever share one by chance.
const IDENTITY_BYTES: usize = 16;

/// What the database's check value opens to, and the place it is bound to; no connection has the id 0.
const CHECK_TEXT: &str = "windlass";
const CHECK_CONNECTION: i64 = 0;
const CHECK_FIELD: &str = "key-check";

/// The host's key.
pub struct Keys {
    key: Zeroizing<[u8; KEY_BYTES]>,
    id: [u8; KEY_ID_BYTES],
}

#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    #[error("the secret `{0}` was encrypted with another key than this host's")]
    OtherKey(String),
    #[error("the encrypted secret `{0}` is damaged, or belongs to another connection or field")]
    Damaged(String),
    #[error("the secret `{0}` is too long to encrypt")]
    TooLong(String),
}

#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    #[error("cannot read the key file {path}: {source}")]
    File { path: PathBuf, source: io::Error },
    #[error("the key file {0} does not hold 32 bytes in base64")]
    Malformed(PathBuf),
    #[error("this host's key is not the one that the secrets in the database are encrypted with")]
    OtherKey,
    #[error(transparent)]
    Db(#[from] DbError),
}

impl Keys {
    /// Reads `secret.key` of the data folder, or makes it at the first start.
    pub fn of_data_folder(data: &Path) -> Result<Keys, KeyError> {
        let path = data.join("secret.key");
        let fresh = || STANDARD.encode(Zeroizing::new(rand::random::<[u8; KEY_BYTES]>()).as_slice());
        let line = line_of(&path, fresh).map_err(|source| KeyError::File { path: path.clone(), source })?;
        Keys::parse(&Zeroizing::new(line)).ok_or(KeyError::Malformed(path))
    }

    /// Reads a key that several hosts share; never makes it, since each would make its own.
    pub fn of_file(path: &Path) -> Result<Keys, KeyError> {
        let line = std::fs::read_to_string(path)
            .map_err(|source| KeyError::File { path: path.to_owned(), source })?;
        Keys::parse(&Zeroizing::new(line)).ok_or_else(|| KeyError::Malformed(path.to_owned()))
    }

    fn parse(line: &str) -> Option<Keys> {
        let bytes = Zeroizing::new(STANDARD.decode(line.trim()).ok()?);
        let key: [u8; KEY_BYTES] = bytes.as_slice().try_into().ok()?;
        Some(Keys::new(Zeroizing::new(key)))
    }

    fn new(key: Zeroizing<[u8; KEY_BYTES]>) -> Keys {
        let mut id = [0; KEY_ID_BYTES];
        id.copy_from_slice(&Sha256::digest(key.as_slice())[..KEY_ID_BYTES]);
        Keys { key, id }
    }

    #[cfg(test)]
    pub fn of_tests(byte: u8) -> Keys {
        Keys::new(Zeroizing::new([byte; KEY_BYTES]))
    }

    /// Whether the database's secrets are encrypted with this key. The first host of a database
    /// decides which key that is.
    pub async fn check(&self, db: &Db) -> Result<(), KeyError> {
        let ours = self.seal(CHECK_CONNECTION, CHECK_FIELD, CHECK_TEXT).map_err(|_| KeyError::OtherKey)?;
        let sealed = SealedSecret { field: CHECK_FIELD.into(), sealed: db.key_check(&ours.sealed).await? };
        match self.open(CHECK_CONNECTION, &sealed) {
            Ok(text) if text.expose() == CHECK_TEXT => Ok(()),
            _ => Err(KeyError::OtherKey),
        }
    }

    pub fn seal(&self, connection: i64, field: &str, value: &str) -> Result<SealedSecret, SecretError> {
        let nonce: [u8; NONCE_BYTES] = rand::random();
        let bound = binding(connection, field);
        let payload = Payload { msg: value.as_bytes(), aad: &bound };
        let ciphertext = self.cipher().encrypt(XNonce::from_slice(&nonce), payload);
        let ciphertext = ciphertext.map_err(|_| SecretError::TooLong(field.to_owned()))?;
        let sealed = [&[VERSION], &self.id[..], &nonce[..], &ciphertext[..]].concat();
        Ok(SealedSecret { field: field.to_owned(), sealed })
    }

    pub fn open(&self, connection: i64, sealed: &SealedSecret) -> Result<Secret, SecretError> {
        let damaged = || SecretError::Damaged(sealed.field.clone());
        let (head, ciphertext) = sealed.sealed.split_at_checked(HEAD_BYTES).ok_or_else(damaged)?;
        if head[0] != VERSION {
            return Err(damaged());
        }
        if head[1..=KEY_ID_BYTES] != self.id {
            return Err(SecretError::OtherKey(sealed.field.clone()));
        }
        let nonce = XNonce::from_slice(&head[1 + KEY_ID_BYTES..]);
        let bound = binding(connection, &sealed.field);
        let opened = self.cipher().decrypt(nonce, Payload { msg: ciphertext, aad: &bound });
        let text = opened.ok().and_then(|bytes| String::from_utf8(bytes).ok()).ok_or_else(damaged)?;
        Ok(Secret::new(text))
    }

    /// Whether a sealed secret is this text. What is compared is both texts' identity, so that the time it
    /// takes says nothing of how far they agree.
    pub fn holds(&self, connection: i64, sealed: &SealedSecret, value: &str) -> Result<bool, SecretError> {
        let secret = self.open(connection, sealed)?;
        Ok(self.identity(&[secret.expose()]) == self.identity(&[value]))
    }

    /// Names what the parts stand for without revealing them: equal parts have equal names, on every
    /// host with this key. Hex.
    pub fn identity(&self, parts: &[&str]) -> String {
        let Ok(mut mac) = <Hmac<Sha256> as Mac>::new_from_slice(self.key.as_slice()) else {
            unreachable!("HMAC takes keys of any length");
        };
        mac.update(b"windlass identity");
        for part in parts {
            // With its length, so that no two lists feed the same bytes.
            mac.update(&(part.len() as u64).to_le_bytes());
            mac.update(part.as_bytes());
        }
        mac.finalize().into_bytes()[..IDENTITY_BYTES].iter().map(|byte| format!("{byte:02x}")).collect()
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(self.key.as_slice().into())
    }
}

fn binding(connection: i64, field: &str) -> Vec<u8> {
    [&connection.to_le_bytes()[..], field.as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(byte: u8) -> Keys {
        Keys::of_tests(byte)
    }

    #[test]
    fn a_secret_opens_where_it_was_sealed_and_nowhere_else() {
        let sealed = keys(1).seal(7, "token", "hush").unwrap();
        assert_eq!(keys(1).open(7, &sealed).unwrap().expose(), "hush");
        let moved = SealedSecret { field: "other".into(), sealed: sealed.sealed.clone() };
        assert!(matches!(keys(1).open(8, &sealed), Err(SecretError::Damaged(_))));
        assert!(matches!(keys(1).open(7, &moved), Err(SecretError::Damaged(_))));
        assert!(matches!(keys(2).open(7, &sealed), Err(SecretError::OtherKey(_))));
    }

    #[test]
    fn a_secret_is_known_again() {
        let sealed = keys(1).seal(7, "token", "hush").unwrap();
        assert!(keys(1).holds(7, &sealed, "hush").unwrap());
        assert!(!keys(1).holds(7, &sealed, "hus").unwrap());
        assert!(keys(1).holds(8, &sealed, "hush").is_err());
    }

    #[test]
    fn a_damaged_envelope_is_told() {
        let sealed = keys(1).seal(7, "token", "hush").unwrap();
        for length in [0, 1, HEAD_BYTES, sealed.sealed.len() - 1] {
            let cut = SealedSecret { field: "token".into(), sealed: sealed.sealed[..length].to_vec() };
            assert!(keys(1).open(7, &cut).is_err(), "{length}");
        }
    }

    #[test]
    fn an_envelope_shows_nothing_and_never_repeats() {
        let (one, two) = (keys(1).seal(7, "t", "hush").unwrap(), keys(1).seal(7, "t", "hush").unwrap());
        assert_ne!(one.sealed, two.sealed);
        assert!(!one.sealed.windows(4).any(|bytes| bytes == b"hush"));
    }

    #[test]
    fn an_identity_depends_on_every_part_and_the_key() {
        assert_eq!(keys(1).identity(&["a", "b"]), keys(1).identity(&["a", "b"]));
        assert_ne!(keys(1).identity(&["a", "b"]), keys(1).identity(&["ab"]));
        assert_ne!(keys(1).identity(&["a", "b"]), keys(2).identity(&["a", "b"]));
        assert_eq!(keys(1).identity(&[]).len(), 2 * IDENTITY_BYTES);
    }

    #[test]
    fn a_key_file_holds_32_bytes() {
        assert!(Keys::parse(&format!("{}\n", STANDARD.encode([3; KEY_BYTES]))).is_some());
        assert!(Keys::parse(&STANDARD.encode([3; 31])).is_none() && Keys::parse("?").is_none());
    }
}
