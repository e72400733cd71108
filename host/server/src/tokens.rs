//! Who may use the API: the holder of the admin token. Tokens with scopes come later.

use std::{io, path::Path};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};

use crate::{data_dir::line_of, settings::admin_token_file};

/// As much as a key of 256 bits.
const TOKEN_BYTES: usize = 32;

/// The admin token, known only by its hash.
#[derive(Clone)]
pub struct AdminToken {
    hash: [u8; 32],
}

impl AdminToken {
    /// Reads `admin.token`, or makes it at the first start.
    pub fn of(data: &Path) -> io::Result<AdminToken> {
        let token =
            line_of(&admin_token_file(data), || URL_SAFE_NO_PAD.encode(rand::random::<[u8; TOKEN_BYTES]>()))?;
        if token.is_empty() {
            return Err(io::Error::other("admin.token is empty; delete it to get a new one"));
        }
        Ok(AdminToken { hash: hash(&token) })
    }

    /// Compares hashes: how long that takes says nothing about the token.
    pub fn is(&self, given: &str) -> bool {
        self.hash == hash(given)
    }
}

fn hash(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}
