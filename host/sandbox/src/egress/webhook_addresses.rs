//! `{webhook-url:NAME}`: what a guest writes for the address of a webhook, which it never sees.
//!
//! On the way out the placeholder is replaced after the request was judged and traced; in answers the
//! address becomes the placeholder again, so that a connector knows its own registration in a vendor's list.

use std::{borrow::Cow, collections::BTreeMap, sync::LazyLock};

use aho_corasick::{AhoCorasick, MatchKind};
use bytes::Bytes;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use url::Url;

use super::{HttpError, credentials::Secret, disguises};

/// How a placeholder begins, as it is and inside a form or a query.
const BEGINNINGS: [&str; 3] = ["{webhook-url:", "%7Bwebhook-url:", "%7Bwebhook-url%3A"];

static BEGINNING: LazyLock<AhoCorasick> = LazyLock::new(|| {
    let finder = AhoCorasick::builder().ascii_case_insensitive(true).build(BEGINNINGS);
    finder.expect("three short patterns make a finder")
});

/// The addresses of a connection's webhooks, by name.
#[derive(Debug, Default)]
pub struct WebhookAddresses {
    /// None: the host does not know where vendors reach it.
    urls: BTreeMap<String, Option<Secret>>,
    /// The addresses in all the forms in which they come back, and the name of each form.
    hidden: Option<(AhoCorasick, Vec<String>)>,
}

impl WebhookAddresses {
    pub fn new(urls: impl IntoIterator<Item = (String, Option<Secret>)>) -> Self {
        let urls: BTreeMap<String, Option<Secret>> = urls.into_iter().collect();
        let known = urls.iter().filter_map(|(name, url)| Some((name, url.as_ref()?)));
        let forms: Vec<(Vec<u8>, String)> = known
            .flat_map(|(name, url)| {
                let forms = disguises::plain(url.expose()).into_iter();
                forms.map(move |form| (form, format!("{{webhook-url:{name}}}")))
            })
            .collect();
        let (forms, names): (Vec<_>, Vec<_>) = forms.into_iter().unzip();
        let builder = || AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(&forms);
        // It fails only above two thousand million states: these are a few addresses.
        let hidden = (!forms.is_empty()).then(|| (builder().expect("a few addresses fit a search"), names));
        WebhookAddresses { urls, hidden }
    }

    pub(super) fn fill_url(&self, url: &mut Url) -> Result<(), HttpError> {
        if let Cow::Owned(filled) = self.fill(url.as_str().as_bytes())? {
            let filled = String::from_utf8_lossy(&filled);
            *url = Url::parse(&filled).map_err(|error| HttpError::overstepped(error.to_string()))?;
        }
        Ok(())
    }

    pub(super) fn fill_body(&self, body: Bytes) -> Result<Bytes, HttpError> {
        Ok(match self.fill(&body)? {
            Cow::Owned(filled) => filled.into(),
            Cow::Borrowed(_) => body,
        })
    }

    /// The placeholders in the place of the addresses. Borrows when there is none.
    pub(super) fn hide<'a>(&self, data: &'a [u8]) -> Cow<'a, [u8]> {
        let Some((finder, names)) = self.hidden.as_ref().filter(|(finder, _)| finder.is_match(data)) else {
            return Cow::Borrowed(data);
        };
        let mut clean = Vec::with_capacity(data.len());
        finder.replace_all_with_bytes(data, &mut clean, |found, _, clean| {
            clean.extend_from_slice(names[found.pattern().as_usize()].as_bytes());
            true
        });
        Cow::Owned(clean)
    }

    fn fill<'a>(&self, text: &'a [u8]) -> Result<Cow<'a, [u8]>, HttpError> {
        let (mut filled, mut from) = (Vec::new(), 0);
        for found in BEGINNING.find_iter(text) {
            let encoded = text[found.start()] == b'%';
            let Some((name, length)) = name(&text[found.end()..], encoded) else { continue };
            let url = self.url(name)?;
            filled.extend_from_slice(&text[from..found.start()]);
            match encoded {
                true => {
                    filled.extend(utf8_percent_encode(url.expose(), NON_ALPHANUMERIC).to_string().bytes())
                }
                false => filled.extend_from_slice(url.expose().as_bytes()),
            }
            from = found.end() + length;
        }
        if from == 0 {
            return Ok(Cow::Borrowed(text));
        }
        filled.extend_from_slice(&text[from..]);
        Ok(Cow::Owned(filled))
    }

    fn url(&self, name: &str) -> Result<&Secret, HttpError> {
        match self.urls.get(name) {
            Some(Some(url)) => Ok(url),
            Some(None) => Err(HttpError::denied(format!(
                "the request holds the address of webhook {name}, and this host does not know where vendors \
                 reach it: start it with `--public-url URL`"
            ))),
            None => Err(HttpError::overstepped(format!(
                "the request holds the address of webhook {name}, which the spec does not declare"
            ))),
        }
    }
}

/// The name at the start of what follows a beginning, and how long it is with its closing brace.
fn name(rest: &[u8], encoded: bool) -> Option<(&str, usize)> {
    let end =
        rest.iter().position(|b| !(b.is_ascii_lowercase() || b.is_ascii_digit() || b"-_".contains(b)))?;
    let name = std::str::from_utf8(&rest[..end]).ok().filter(|name| !name.is_empty())?;
    let closing: &[u8] = if encoded { b"%7D" } else { b"}" };
    let found = rest.get(end..end + closing.len())?;
    found.eq_ignore_ascii_case(closing).then_some((name, end + closing.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const URL: &str = "https://hooks.example/hooks/shop/orders/Secret";

    fn addresses() -> WebhookAddresses {
        WebhookAddresses::new([("orders".to_owned(), Some(Secret::new(URL))), ("stock".to_owned(), None)])
    }

    fn filled(body: &str) -> String {
        let body = addresses().fill_body(Bytes::from(body.to_owned())).unwrap();
        String::from_utf8(body.to_vec()).unwrap()
    }

    #[test]
    fn a_placeholder_becomes_the_address_in_the_form_in_which_it_stands() {
        assert_eq!(filled(r#"{"url":"{webhook-url:orders}"}"#), format!(r#"{{"url":"{URL}"}}"#));
        let encoded = "https%3A%2F%2Fhooks%2Eexample%2Fhooks%2Fshop%2Forders%2FSecret";
        assert_eq!(filled("a=1&url=%7Bwebhook-url%3Aorders%7D&b=2"), format!("a=1&url={encoded}&b=2"));
        assert_eq!(filled("url=%7bwebhook-url%3aorders%7d"), format!("url={encoded}"));
        assert_eq!(filled("{webhook-url:orders}{webhook-url:orders}"), format!("{URL}{URL}"));
        for other in ["{webhook-url:orders", "{webhook-url:}", "{webhook:orders}", "%7Bwebhook-url:orders}"] {
            assert_eq!(filled(other), other);
        }
    }

    #[test]
    fn it_is_replaced_in_addresses_too() {
        let mut url =
            Url::parse("https://vendor.example/{webhook-url:orders}?u={webhook-url:orders}").unwrap();
        addresses().fill_url(&mut url).unwrap();
        let path = "https%3A%2F%2Fhooks%2Eexample%2Fhooks%2Fshop%2Forders%2FSecret";
        assert_eq!(url.as_str(), format!("https://vendor.example/{path}?u={URL}"));
    }

    #[test]
    fn what_is_missing_is_named() {
        let refused =
            |body: &'static str| addresses().fill_body(Bytes::from_static(body.as_bytes())).unwrap_err();
        let without = refused("{webhook-url:stock}");
        assert!(without.message.contains("--public-url") && !without.overstepped, "{without:?}");
        let unknown = refused("{webhook-url:other}");
        assert!(unknown.message.contains("webhook other") && unknown.overstepped, "{unknown:?}");
    }

    #[test]
    fn an_address_that_comes_back_is_the_placeholder_again() {
        let hidden = |text: &str| String::from_utf8(addresses().hide(text.as_bytes()).into_owned()).unwrap();
        assert_eq!(hidden(&format!(r#"[{{"url":"{URL}"}}]"#)), r#"[{"url":"{webhook-url:orders}"}]"#);
        assert_eq!(hidden(&URL.replace('/', "\\/")), "{webhook-url:orders}");
        assert_eq!(hidden("nothing"), "nothing");
    }
}
