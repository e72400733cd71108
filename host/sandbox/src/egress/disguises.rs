//! The forms in which a secret comes back: as it is, percent-encoded, inside JSON, inside Base64.

use std::collections::BTreeSet;

use base64::{
    Engine,
    engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD},
};
use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, utf8_percent_encode};

/// RFC 3986: letters, digits and four marks stay.
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
/// Forms (WHATWG): `~` is encoded and `*` is not; spaces become `+` below.
const FORM: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'*');
/// JavaScript's `encodeURIComponent`.
const COMPONENT: &AsciiSet = &UNRESERVED.remove(b'!').remove(b'*').remove(b'\'').remove(b'(').remove(b')');
/// What a browser encodes in a query.
const QUERY: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b'#').add(b'<').add(b'>').add(b'\'');

/// Every form of `secret`, itself included, each once.
pub(super) fn of(secret: &str) -> BTreeSet<Vec<u8>> {
    let mut forms = plain(secret);
    for alphabet in [&STANDARD_NO_PAD, &URL_SAFE_NO_PAD] {
        forms.extend((0..3).map(|offset| inside_base64(alphabet, secret.as_bytes(), offset)));
    }
    forms
}

/// Without Base64, whose pieces are too short to be told from words when the secret is.
pub(super) fn plain(secret: &str) -> BTreeSet<Vec<u8>> {
    let mut forms = BTreeSet::from([secret.to_owned()]);
    for set in [UNRESERVED, FORM, COMPONENT, QUERY, NON_ALPHANUMERIC] {
        let upper = utf8_percent_encode(secret, set).to_string();
        forms.insert(upper.replace("%20", "+"));
        forms.insert(lower_codes(&upper).replace("%20", "+"));
        forms.insert(lower_codes(&upper));
        forms.insert(upper);
    }
    for escaped in [json(secret, false), json(secret, true)] {
        forms.insert(escaped.replace('/', "\\/"));
        forms.insert(escaped);
    }
    forms.into_iter().map(String::into_bytes).collect()
}

fn lower_codes(encoded: &str) -> String {
    let mut pieces = encoded.split('%');
    let first = pieces.next().unwrap_or_default().to_owned();
    pieces.fold(first, |text, piece| {
        let (code, rest) = piece.split_at(2.min(piece.len()));
        text + "%" + &code.to_ascii_lowercase() + rest
    })
}

/// As a JSON string without its quotes; with `ascii`, other characters as `\uXXXX`.
fn json(secret: &str, ascii: bool) -> String {
    let quoted = serde_json::Value::from(secret).to_string();
    let inner = &quoted[1..quoted.len() - 1];
    if !ascii {
        return inner.to_owned();
    }
    let mut text = String::new();
    for unit in inner.encode_utf16() {
        match u8::try_from(unit) {
            Ok(byte) if byte.is_ascii() => text.push(char::from(byte)),
            _ => text.push_str(&format!("\\u{unit:04x}")),
        }
    }
    text
}

/// The characters that stand for the secret alone when `offset` bytes (modulo 3) come before it, as
/// a user name does in Basic authentication.
fn inside_base64(alphabet: &impl Engine, secret: &[u8], offset: usize) -> Vec<u8> {
    let mut bytes = vec![0; offset];
    bytes.extend_from_slice(secret);
    let encoded = alphabet.encode(&bytes);
    let from = (offset * 8).div_ceil(6);
    let to = bytes.len() * 8 / 6;
    encoded.as_bytes()[from.min(to)..to].to_vec()
}
