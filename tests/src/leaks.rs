//! Looking for secrets where none may be.

use std::fs;

use tokio::runtime::Builder;
use windlass_db::{Db, DbError, RunFilter};

use crate::host::Host;

/// A part says enough: no run of so many bytes of a long secret may be found, either.
const PART: usize = 20;

/// The secret in the forms in which it could have been written down.
fn forms(secret: &str) -> Vec<Vec<u8>> {
    let hex: String = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
    let percent: String = secret.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let utf_16: Vec<u8> = secret.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let mut forms = vec![secret.into(), hex.to_uppercase().into(), hex.into(), percent.into(), utf_16];
    // Base64 has three forms, by what stands before; the middle of each does not depend on it.
    forms.extend((0..3).map(|before| base64_middle(&[&vec![b' '; before], secret.as_bytes()].concat())));
    if secret.len() > 2 * PART {
        let middle = (secret.len() - PART) / 2;
        forms.push(secret.as_bytes()[middle..middle + PART].to_vec());
    }
    forms
}

/// Base64 of the text without what its neighbours would change.
fn base64_middle(text: &[u8]) -> Vec<u8> {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let whole = text.chunks_exact(3).skip(1);
    let letters = whole.flat_map(|three| {
        let bits = three.iter().fold(0_usize, |bits, &byte| bits << 8 | usize::from(byte));
        [18, 12, 6, 0].map(|shift| LETTERS[bits >> shift & 63])
    });
    letters.collect()
}

/// The form of the secret that stands in the bytes, if one does.
pub fn find(secret: &str, bytes: &[u8]) -> Option<String> {
    let stands = |form: &Vec<u8>| bytes.windows(form.len()).any(|window| window == *form);
    forms(secret).into_iter().find(stands).map(|form| String::from_utf8_lossy(&form).into_owned())
}

/// Asserts that no form of the secret stands in the bytes.
#[track_caller]
pub fn assert_none(secret: &str, place: &str, bytes: &[u8]) {
    if let Some(form) = find(secret, bytes) {
        panic!("{place} holds {secret:?} as {form:?}");
    }
}

/// Asserts that neither a file of a service nor a trace that it keeps holds the secret.
#[track_caller]
pub fn assert_none_kept(secret: &str, host: &Host) {
    let files = host.files();
    assert!(files.len() >= 3, "database, admin token and log: {files:?}");
    for file in files {
        let bytes = fs::read(&file).unwrap_or_default();
        assert_none(secret, &file.display().to_string(), &bytes);
    }
    assert_none_in_traces(secret, host);
}

/// Asserts that no trace that a service keeps holds the secret.
#[track_caller]
pub fn assert_none_in_traces(secret: &str, host: &Host) {
    let traces = traces(host);
    assert!(!traces.is_empty(), "a service that has made calls keeps traces");
    traces.iter().for_each(|trace| assert_none(secret, "a trace", trace));
}

/// Every trace that a service keeps, unpacked: compressed, nothing would be found in them.
fn traces(host: &Host) -> Vec<Vec<u8>> {
    let packed = async {
        let db = Db::open(&host.database_url()).await?;
        let mut packed = Vec::new();
        for run in db.runs(&RunFilter { limit: i64::MAX, ..RunFilter::default() }).await? {
            for call in db.calls(run.id).await? {
                packed.extend(db.trace(call.id).await?);
            }
        }
        db.close().await;
        Ok::<_, DbError>(packed)
    };
    let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
    let packed = runtime.block_on(packed).expect("the service's database can be read");
    packed.iter().map(|trace| zstd::decode_all(&*trace.bytes).expect("a whole trace")).collect()
}

#[cfg(test)]
mod tests {
    use super::find;

    #[test]
    fn the_search_finds_what_it_searches_for() {
        let token: String = ('a'..='z').chain('A'..='Z').collect();
        for text in [token.clone(), format!("a={token}&b"), format!("x{}", &token[10..40])] {
            assert!(find(&token, text.as_bytes()).is_some(), "{text}");
        }
        assert!(find(&token, b"nothing of it").is_none());
    }
}
