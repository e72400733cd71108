//! A vendor that exists only here: it wants a login, and forgets its tokens when a test says so.

use std::net::SocketAddr;

use serde_json::{Value, json};
use url::Url;

use crate::simulator::{self, Call, Now, Request};
use crate::wire::{Answer, Incoming};

pub const EMAIL: &str = "reader@library.example";
pub const PASSWORD: &str = "correct horse battery staple";
/// Records on a page.
const PAGE: usize = 3;

/// The vendor on its port.
pub type Simulator = simulator::Simulator<Library>;

pub struct Library {
    pub settings: Settings,
    /// Every token ever given, and until when it is good, in Unix milliseconds.
    tokens: Vec<(String, i64)>,
    loans: u64,
}

#[derive(Clone)]
pub struct Settings {
    pub password: String,
    /// Seconds for which a token is good; without end when none.
    pub lifetime: Option<i64>,
    pub pages: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self { password: PASSWORD.into(), lifetime: None, pages: 6 }
    }
}

impl Simulator {
    pub fn start(settings: Settings) -> Self {
        let library = Library { settings, tokens: Vec::new(), loans: 0 };
        Self::serve(SocketAddr::from(([127, 0, 0, 1], 0)), library).expect("a loopback port")
    }

    /// No token that was given so far is good any more.
    pub fn forget_tokens(&self) {
        self.with(|library, _| library.tokens.iter_mut().for_each(|(_, until)| *until = 0));
    }

    /// Every token ever given.
    pub fn tokens(&self) -> Vec<String> {
        self.with(|library, _| library.tokens.iter().map(|(token, _)| token.clone()).collect())
    }

    /// How often something was borrowed.
    pub fn loans(&self) -> u64 {
        self.with(|library, _| library.loans)
    }

    pub fn logins(&self) -> usize {
        self.calls("POST /login").len()
    }
}

impl simulator::Vendor for Library {
    const ECHO_FIELD: &'static str = "title";

    fn read(&mut self, incoming: &Incoming) -> Call {
        let url = Url::parse("http://library.example").and_then(|base| base.join(&incoming.target));
        let (path, query) =
            url.map(|url| (url.path().to_owned(), pairs(url.query_pairs()))).unwrap_or_default();
        let form = match path.as_str() {
            "/login" => pairs(url::form_urlencoded::parse(&incoming.body)),
            _ => query,
        };
        Call {
            method: format!("{} {path}", incoming.method),
            token: incoming
                .header("authorization")
                .and_then(|v| v.strip_prefix("Bearer "))
                .map(str::to_owned),
            parameters: form,
            wrong: None,
        }
    }

    fn admit(&mut self, _: &Incoming, call: &Call, now: Now, _: &mut Vec<String>) -> Result<(), Answer> {
        let is_good =
            |token: &String| self.tokens.iter().any(|(t, until)| t == token && now.unix_ms < *until);
        match call.method == "POST /login" || call.token.as_ref().is_some_and(is_good) {
            true => Ok(()),
            false => Err(answer(401, json!({ "detail": "the token is not good" }))),
        }
    }

    fn act(&mut self, request: &Request, now: Now) -> Answer {
        match request.method.as_str() {
            "POST /login" => self.log_in(&request.parameters, now),
            "GET /me" => answer(200, json!({ "name": "Reader" })),
            "GET /books" | "GET /loans" => self.page(&request.parameters),
            "POST /borrow" => {
                self.loans += 1;
                answer(200, json!({ "loan": self.loans }))
            }
            _ => answer(404, json!({ "detail": "not found" })),
        }
    }

    fn refuse(&self, code: &str, message: &str) -> Answer {
        answer(400, json!({ "code": code, "detail": message }))
    }
}

impl Library {
    fn log_in(&mut self, form: &Value, now: Now) -> Answer {
        if form["username"] != EMAIL || form["password"] != self.settings.password.as_str() {
            return answer(401, json!({ "detail": "wrong e-mail or password" }));
        }
        let token = format!("session-token-{:04}-of-the-library", self.tokens.len() + 1);
        let until = self.settings.lifetime.map_or(i64::MAX, |seconds| now.unix_ms + seconds * 1_000);
        self.tokens.push((token.clone(), until));
        answer(200, json!({ "access_token": token, "expires_in": self.settings.lifetime }))
    }

    fn page(&self, query: &Value) -> Answer {
        let page: usize = query["page"].as_str().and_then(|page| page.parse().ok()).unwrap_or(0);
        let rows: Vec<_> = (page * PAGE..(page + 1) * PAGE)
            .map(|id| json!({ "id": id, "title": format!("Volume {id}") }))
            .collect();
        answer(200, json!({ "rows": rows, "more": page + 1 < self.settings.pages }))
    }
}

fn pairs<'p>(pairs: impl Iterator<Item = (std::borrow::Cow<'p, str>, std::borrow::Cow<'p, str>)>) -> Value {
    pairs
        .map(|(name, value)| (name.into_owned(), Value::from(value)))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

fn answer(status: u16, body: Value) -> Answer {
    Answer { status, ..Answer::json(body.to_string().into_bytes()) }
}
