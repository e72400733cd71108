//! A login: the request that asks for a session, and what its answer means.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use bytes::Bytes;
use serde_json::{Map, Value};
use url::{Url, form_urlencoded::Serializer};
use zeroize::Zeroizing;

use super::{
    Egress, HttpError, HttpErrorKind, Reach, WireAnswer, WireRequest,
    attach::{attach, fill, missing, sendable},
    credentials::Secret,
    grant::Allowed,
    scrub::Scrubber,
    session::{Credential, Opened, Turn},
};
use crate::spec::{Login, REFRESH_TOKEN, RequestFacts, Spec, address, text_of};

/// A login is a small request. With the wait for a limit it ends well within the 15 s that a turn lasts.
pub const LOGIN_TIMEOUT: Duration = Duration::from_secs(10);
/// Tokens with all that stands around them have a few KiB.
const MAX_LOGIN_ANSWER_BYTES: usize = 1 << 20;
/// Of what the vendor says to a refused login, as much as a person reads.
const MAX_WORDS: usize = 200;

const FORM: &str = "application/x-www-form-urlencoded";
const JSON: &str = "application/json";

/// A login that may be sent: allowed, and with all its properties set.
pub(super) struct PreparedLogin {
    pub login: Arc<Login>,
    pub credential: Credential,
    /// As traces show it, before credentials.
    pub address: Url,
    url: Url,
    headers: Vec<(String, String)>,
    reach: Reach,
    form: Vec<(String, Zeroizing<String>)>,
    json: Option<Map<String, Value>>,
}

/// A login as it is sent.
pub(super) struct LoginRequest {
    pub wire: WireRequest,
    /// By limit.
    pub costs: Vec<(String, u32)>,
}

/// What became of a login.
pub(super) enum Judged {
    Opened(Opened),
    /// The credentials are wrong: it must not be tried again.
    Refused(String),
    /// It may be tried again, or something else must be mended.
    Failed(HttpError),
}

impl Egress {
    /// The login that a request needs. The error names the properties that are not set.
    pub(super) fn prepare_login(&self, login: &Arc<Login>) -> Result<PreparedLogin, HttpError> {
        let request = &login.request;
        let form = request.form.iter().flatten().map(|(_, value)| value.as_str());
        let json = request.json.iter().flatten().flat_map(|(_, value)| texts(value));
        let templates = [request.url.as_str()].into_iter().chain(form).chain(json);
        let missing: BTreeSet<&str> =
            templates.flat_map(|template| missing(template, &self.config, &self.credentials)).collect();
        if !missing.is_empty() {
            return Err(HttpError::denied(not_set(&self.spec, missing)));
        }
        let value_of = |name: &str| self.config.get(name).and_then(text_of);
        let address = address(&request.url, value_of).map_err(HttpError::denied)?.unwrap_or_default();
        let Allowed { url: address, reach } = self.grant.check(&address)?;
        let (mut url, mut headers) = (address.clone(), Vec::new());
        attach(&self.grant, &self.config, &self.credentials, &mut url, &mut headers)
            .map_err(HttpError::denied)?;
        let filled = |template: &str| fill(template, &self.config, &self.credentials).unwrap_or_default();
        let form = request.form.iter().flatten();
        let form: Vec<_> = form.map(|(name, value)| (name.clone(), filled(value))).collect();
        let json: Option<Map<String, Value>> = request.json.as_ref().map(|members| {
            members.iter().map(|(name, value)| (name.clone(), fill_json(value, &filled))).collect()
        });
        let credential = credential(login, &url, &headers, &form, json.as_ref());
        Ok(PreparedLogin { login: login.clone(), credential, address, url, headers, reach, form, json })
    }
}

impl PreparedLogin {
    /// The request of one turn. Its cost is judged as that of any other.
    pub fn request(&self, spec: &Spec, turn: &Turn) -> LoginRequest {
        let method = self.login.request.method.to_ascii_uppercase();
        let (content_type, body) = self.body(turn);
        let costs = spec.costs(&RequestFacts::new(&method, &self.address, content_type, &body));
        let mut headers = self.headers.clone();
        headers.extend(content_type.map(|kind| ("content-type".to_owned(), kind.to_owned())));
        let wire = WireRequest {
            method,
            url: self.url.clone(),
            headers,
            body,
            timeout: LOGIN_TIMEOUT,
            max_body_bytes: MAX_LOGIN_ANSWER_BYTES,
            reach: self.reach.clone(),
        };
        LoginRequest { wire, costs }
    }

    /// The header that carries a session's token.
    pub fn session_header(&self, token: &Secret) -> Result<(String, String), HttpError> {
        let apply = &self.login.apply;
        let value = Zeroizing::new(apply.value.replace("{token}", token.expose()));
        let value = sendable(&apply.header, "the session's token", &value).map_err(HttpError::denied)?;
        Ok((apply.header.to_ascii_lowercase(), value))
    }

    fn body(&self, turn: &Turn) -> (Option<&'static str>, Bytes) {
        match (&self.login.request.form, &self.json) {
            (Some(_), _) => (Some(FORM), self.form_body(turn.refresh.as_ref()).into()),
            (None, Some(members)) => (Some(JSON), Value::Object(members.clone()).to_string().into()),
            (None, None) => (None, Bytes::new()),
        }
    }

    fn form_body(&self, refresh: Option<&Secret>) -> String {
        let mut body = Serializer::new(String::new());
        for (name, value) in &self.form {
            let kept = refresh.filter(|_| name == REFRESH_TOKEN && self.login.refresh.is_some());
            body.append_pair(name, kept.map_or(value.as_str(), Secret::expose));
        }
        body.finish()
    }
}

/// What an answer means. No word of a good answer is repeated: a token could stand in it.
pub(super) fn judge(login: &Login, answer: &WireAnswer, scrubber: &Scrubber) -> Judged {
    let status = answer.status;
    if login.refused_on.contains(&status) {
        return Judged::Refused(refusal(answer, scrubber));
    }
    match status {
        200..=299 => opened(login, answer),
        300..=399 => Judged::Failed(HttpError::denied(format!(
            "the login was answered {status}, a redirect; set the final address"
        ))),
        429 => Judged::Failed(HttpError::new(
            HttpErrorKind::RateLimited,
            "the login was answered 429: the vendor asks to wait",
        )),
        408 | 425 | 500.. => Judged::Failed(HttpError::new(
            HttpErrorKind::Transport,
            format!("the login was answered {status}"),
        )),
        _ => Judged::Refused(refusal(answer, scrubber)),
    }
}

fn opened(login: &Login, answer: &WireAnswer) -> Judged {
    let begins_as_json = matches!(answer.body.trim_ascii_start().first(), Some(b'{' | b'['));
    let body: Value = match serde_json::from_slice(&answer.body) {
        Ok(body) => body,
        // What began as JSON was cut on its way. Another page is how some vendors refuse.
        Err(_) if begins_as_json => {
            let message = "the answer to the login is cut off: it ends inside its JSON";
            return Judged::Failed(HttpError::new(HttpErrorKind::Transport, message));
        }
        Err(_) => Value::Null,
    };
    let text = |pointer: &String| body.pointer(pointer).and_then(text_of).filter(|text| !text.is_empty());
    let Some(token) = text(&login.token) else {
        return Judged::Refused(format!(
            "the vendor answered the login with {} and no token at {}",
            answer.status, login.token
        ));
    };
    // Kept, it would fail every request until somebody sets the password again.
    if sendable(&login.apply.header, "the session's token", &token).is_err() {
        let message = "the token in the answer to the login holds what no header can";
        return Judged::Failed(HttpError::new(HttpErrorKind::Transport, message));
    }
    let told = login.expires_in.as_ref().and_then(text).and_then(|text| seconds(&text));
    Judged::Opened(Opened {
        token: Secret::new(token),
        lifetime: told.or(login.lifetime_seconds).map(Duration::from_secs),
        refresh: login.refresh.as_ref().and_then(text).map(Secret::new),
    })
}

/// A whole number of seconds, or the whole part of one; none that has passed already.
fn seconds(text: &str) -> Option<u64> {
    let whole = text.split('.').next().unwrap_or_default();
    whole.parse().ok().filter(|seconds| *seconds > 0)
}

fn refusal(answer: &WireAnswer, scrubber: &Scrubber) -> String {
    let status = answer.status;
    let words = String::from_utf8_lossy(&answer.body);
    let words: Vec<&str> = words.split_whitespace().collect();
    let words = scrubber.scrub_text(&words.join(" "));
    match words.as_str() {
        "" => format!("the vendor refused the login with {status}"),
        page if page.starts_with('<') => format!("the vendor refused the login with {status} and a web page"),
        words => {
            let words = &words[..words.floor_char_boundary(MAX_WORDS)];
            format!("the vendor refused the login with {status}: {words}")
        }
    }
}

fn not_set(spec: &Spec, names: BTreeSet<&str>) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    let flag = |name: &&str| match spec.is_secret(name) {
        true => format!(" --secret {name}=env:VAR"),
        false => format!(" --set {name}=…"),
    };
    let flags: String = names.iter().map(flag).collect();
    let verb = if names.len() == 1 { "is" } else { "are" };
    format!(
        "this request needs a login, and {} {verb} not set: `windlass connection set NAME{flags}`",
        quoted.join(" and ")
    )
}

/// All that decides whose session a login gives.
fn credential(
    login: &Login,
    url: &Url,
    headers: &[(String, String)],
    form: &[(String, Zeroizing<String>)],
    json: Option<&Map<String, Value>>,
) -> Credential {
    let part = |text: &str| Zeroizing::new(text.to_owned());
    let mut parts = vec![part(&login.request.method), part(url.as_str()), part(&login.token)];
    parts.extend(headers.iter().flat_map(|(name, value)| [part(name), part(value)]));
    parts.extend(form.iter().flat_map(|(name, value)| [part(name), value.clone()]));
    parts.extend(json.map(|members| Zeroizing::new(Value::Object(members.clone()).to_string())));
    Credential::new(parts)
}

/// Every text inside a value.
fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::String(text) => vec![text],
        Value::Array(items) => items.iter().flat_map(texts).collect(),
        Value::Object(members) => members.values().flat_map(texts).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) => Vec::new(),
    }
}

fn fill_json(value: &Value, filled: &impl Fn(&str) -> Zeroizing<String>) -> Value {
    match value {
        Value::String(text) => Value::from(filled(text).as_str()),
        Value::Array(items) => items.iter().map(|item| fill_json(item, filled)).collect(),
        Value::Object(members) => {
            members.iter().map(|(name, value)| (name.clone(), fill_json(value, filled))).collect()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
    }
}
