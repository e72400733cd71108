//! Cuts secrets out of what comes back from a vendor, before guest, log or trace see it.

use std::{borrow::Cow, sync::Arc};

use aho_corasick::{AhoCorasick, MatchKind};
use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use serde_json::Value;

use super::{
    attach::basic_pairs,
    credentials::{CredentialKind, Credentials},
    disguises,
};
use crate::spec::Spec;

/// What stands where a secret was.
pub const MARK: &str = "[secret]";
/// Shorter secrets could be part of ordinary data: cutting them out would corrupt records.
pub const MIN_SECRET_BYTES_IN_DATA: usize = 12;
/// What no data depends on may lose more: a password of that length is hardly part of a word.
pub const MIN_SECRET_BYTES_IN_TEXTS: usize = 6;

/// Knows the secrets of one connection in all their forms. Lives as long as the secrets do.
pub struct Scrubber {
    /// Long secrets, cut out wherever they stand: one searcher for those known at once.
    anywhere: Vec<AhoCorasick>,
    /// Short secrets and identifiers, cut out of texts as whole words. Longest first.
    words: Vec<String>,
}

/// A value without secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scrubbed<T> {
    pub value: T,
    /// How many were cut out.
    pub hits: u32,
}

impl Scrubber {
    pub fn new(credentials: &Credentials) -> Self {
        Scrubber::build(credentials, Vec::new())
    }

    /// Knows the spec's Basic credentials too: a short password inside a long one is as good as a
    /// long secret. `config` fills what is not secret in them.
    pub fn with_basic(spec: &Spec, config: &Value, credentials: &Credentials) -> Arc<Self> {
        let pairs = basic_pairs(spec, config, credentials).map(|pair| STANDARD.encode(pair.as_bytes()));
        let long: Vec<Vec<u8>> =
            pairs.filter(|pair| pair.len() >= MIN_SECRET_BYTES_IN_DATA).map(String::into_bytes).collect();
        if long.is_empty() {
            return credentials.scrubber();
        }
        Arc::new(Scrubber::build(credentials, long))
    }

    /// For errors, logs and addresses alone, and the secrets of one run: those of 6 bytes or more are cut
    /// out wherever they stand.
    pub fn of_texts<'s>(secrets: impl IntoIterator<Item = &'s str>) -> Self {
        let long = |secret: &'s str| (secret, secret.len() >= MIN_SECRET_BYTES_IN_TEXTS);
        Scrubber::of(secrets.into_iter().map(long), Vec::new())
    }

    fn build(credentials: &Credentials, anywhere: Vec<Vec<u8>>) -> Self {
        let long =
            |secret: &str, kind| kind == CredentialKind::Secret && secret.len() >= MIN_SECRET_BYTES_IN_DATA;
        let secrets = credentials.iter().map(|(secret, kind)| (secret.expose(), kind));
        Scrubber::of(secrets.map(|(secret, kind)| (secret, long(secret, kind))), anywhere)
    }

    /// Secrets, and whether each is cut out wherever it stands.
    fn of<'s>(secrets: impl Iterator<Item = (&'s str, bool)>, mut anywhere: Vec<Vec<u8>>) -> Self {
        let mut words = Vec::new();
        for (text, is_long) in secrets {
            if is_long {
                anywhere.extend(disguises::of(text));
            } else if !text.is_empty() {
                words.extend(
                    disguises::plain(text).into_iter().filter_map(|form| String::from_utf8(form).ok()),
                );
            }
        }
        words.sort_by_key(|word| std::cmp::Reverse(word.len()));
        Scrubber { anywhere: searcher(&anywhere).into_iter().collect(), words }
    }

    /// Knows what the others know, too.
    pub(super) fn and<'s>(&self, others: impl Iterator<Item = &'s Scrubber>) -> Scrubber {
        let mut all = Scrubber { anywhere: self.anywhere.clone(), words: self.words.clone() };
        for other in others {
            all.anywhere.extend_from_slice(&other.anywhere);
            all.words.extend_from_slice(&other.words);
        }
        all.words.sort_by_key(|word| std::cmp::Reverse(word.len()));
        all
    }

    /// For bodies: secrets of 12 bytes or more, in every form. Borrows when there is none.
    pub fn scrub_data<'a>(&self, data: &'a [u8]) -> Scrubbed<Cow<'a, [u8]>> {
        let mut scrubbed = Scrubbed { value: Cow::Borrowed(data), hits: 0 };
        for searcher in &self.anywhere {
            if searcher.is_match(&*scrubbed.value) {
                let mut clean = Vec::with_capacity(data.len());
                searcher.replace_all_with_bytes(&scrubbed.value, &mut clean, |_, _, clean| {
                    scrubbed.hits += 1;
                    clean.extend_from_slice(MARK.as_bytes());
                    true
                });
                scrubbed.value = Cow::Owned(clean);
            }
        }
        scrubbed
    }

    /// For errors, headers, logs and panics: short secrets and identifiers too, as whole words.
    pub fn scrub_text(&self, text: &str) -> String {
        self.scrub_text_counted(text).value
    }

    pub(super) fn scrub_text_counted(&self, text: &str) -> Scrubbed<String> {
        let Scrubbed { value, mut hits } = self.scrub_data(text.as_bytes());
        let mut clean = String::from_utf8_lossy(&value).into_owned();
        for word in &self.words {
            if let Some(cut) = cut_word(&clean, word) {
                clean = cut.value;
                hits += cut.hits;
            }
        }
        Scrubbed { value: clean, hits }
    }

    /// What the guest was given, as a trace may hold it: none if it may as it is.
    pub(crate) fn for_trace(&self, data: &[u8]) -> Option<Bytes> {
        let scrubbed = match self.words.as_slice() {
            [] => return None,
            _ => self.scrub_text_counted(&String::from_utf8_lossy(data)),
        };
        (scrubbed.hits > 0).then(|| Bytes::from(scrubbed.value))
    }
}

impl std::fmt::Debug for Scrubber {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Scrubber")
    }
}

fn searcher(forms: &[Vec<u8>]) -> Option<AhoCorasick> {
    if forms.is_empty() {
        return None;
    }
    let searcher = AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(forms);
    // It fails only above two thousand million states: the secrets of one connection are far fewer.
    Some(searcher.expect("the secrets of one connection fit a search"))
}

/// Replaces `word` where no letter or digit stands beside it; none if it is nowhere.
fn cut_word(text: &str, word: &str) -> Option<Scrubbed<String>> {
    let mut clean = Scrubbed { value: String::new(), hits: 0 };
    let (mut copied, mut from) = (0, 0);
    while let Some(at) = text[from..].find(word).map(|at| at + from) {
        let end = at + word.len();
        let beside = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
        if beside(text[..at].chars().next_back()) || beside(text[end..].chars().next()) {
            from = at + text[at..].chars().next().map_or(1, char::len_utf8);
            continue;
        }
        clean.value.push_str(&text[copied..at]);
        clean.value.push_str(MARK);
        clean.hits += 1;
        (copied, from) = (end, end);
    }
    clean.value.push_str(&text[copied..]);
    (clean.hits > 0).then_some(clean)
}
