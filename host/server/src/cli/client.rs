//! Asking the host.

use std::time::{Duration, Instant};

use serde::de::DeserializeOwned;
use serde_json::Value;
use ureq::{Agent, http};
use url::Url;

use super::{
    failure::{Exit, Failure},
    progress::Progress,
};
use crate::settings::ClientSettings;

const CONNECT: Duration = Duration::from_secs(10);
/// Longer than the longest wait the API allows, and than compiling the largest connector takes.
const ANSWER: Duration = Duration::from_secs(180);
/// A page of 1,000 records with the largest bodies.
const MOST_ANSWER_BYTES: u64 = 1 << 30;
/// A host that is started again is back within this time: it drains for at most 20 s, and opens its
/// database and compiles its connectors in the rest.
const RESTART: Duration = Duration::from_secs(60);
/// How often it is looked for.
const LOOK_FOR_IT: Duration = Duration::from_millis(500);

pub struct Client {
    agent: Agent,
    base: Url,
    token: String,
}

/// An answer other than a problem.
pub struct Answer {
    pub status: u16,
    pub text: String,
}

/// One request, below `/v1`.
#[derive(Clone)]
pub struct Ask<'a> {
    method: &'static str,
    path: &'a [&'a str],
    query: Vec<(&'static str, String)>,
    body: Vec<u8>,
    headers: Vec<(&'static str, String)>,
}

impl<'a> Ask<'a> {
    pub fn new(method: &'static str, path: &'a [&'a str]) -> Self {
        Ask { method, path, query: Vec::new(), body: Vec::new(), headers: Vec::new() }
    }

    pub fn get(path: &'a [&'a str]) -> Self {
        Ask::new("GET", path)
    }

    pub fn post(path: &'a [&'a str]) -> Self {
        Ask::new("POST", path)
    }

    pub fn query(mut self, name: &'static str, value: impl ToString) -> Self {
        self.query.push((name, value.to_string()));
        self
    }

    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    pub fn json(self, body: &Value) -> Self {
        self.body(body.to_string())
    }

    /// The `Idempotency-Key`.
    pub fn key(self, key: &str) -> Self {
        self.header("idempotency-key", key)
    }

    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

impl Client {
    pub fn new(settings: &ClientSettings) -> Result<Client, Failure> {
        let base = Url::parse(&settings.url).ok().filter(|url| !url.cannot_be_a_base()).ok_or_else(|| {
            Failure::new(Exit::Environment, format!("`{}` is not the address of a host", settings.url))
                .hint("set WINDLASS_URL or --url to something like http://127.0.0.1:7420")
        })?;
        let token = settings.token.clone().ok_or_else(|| no_token(settings))?;
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .proxy(None)
            .max_redirects(0)
            .timeout_connect(Some(CONNECT))
            .timeout_recv_response(Some(ANSWER));
        Ok(Client { agent: config.build().new_agent(), base, token })
    }

    /// The answer, or the problem as a failure.
    pub fn ask(&self, ask: Ask<'_>) -> Result<Answer, Failure> {
        self.send(&ask).map_err(|error| self.unreachable(&error)).and_then(good)
    }

    /// The same for what a host does by itself: one that is being started again is waited for, but not
    /// beyond `until`. Only for what may be asked twice.
    pub fn ask_again(
        &self,
        ask: Ask<'_>,
        until: Option<Instant>,
        progress: &mut Progress,
    ) -> Result<Answer, Failure> {
        let began = Instant::now();
        let end = until.map_or(began + RESTART, |until| until.min(began + RESTART));
        loop {
            match self.send(&ask) {
                Ok(answer) => return good(answer),
                Err(error) if Instant::now() >= end || is_ours(&error) => {
                    return Err(self.unreachable(&error));
                }
                Err(_) => {
                    progress.show(&[&format!("no host answers at {}; waiting for it", self.base)]);
                    pause();
                }
            }
        }
    }

    /// `/readyz` stands outside `/v1`.
    pub fn ready(&self) -> Result<Answer, Failure> {
        self.fetch("readyz")
    }

    /// `/healthz` stands outside `/v1`.
    pub fn health(&self) -> Result<Answer, Failure> {
        self.fetch("healthz")
    }

    fn fetch(&self, path: &str) -> Result<Answer, Failure> {
        self.exchange(self.address(&[path], &[]), &Ask::get(&[])).map_err(|error| self.unreachable(&error))
    }

    fn send(&self, ask: &Ask<'_>) -> Result<Answer, ureq::Error> {
        let path: Vec<&str> = ["v1"].iter().chain(ask.path).copied().collect();
        self.exchange(self.address(&path, &ask.query), ask)
    }

    fn exchange(&self, url: Url, ask: &Ask<'_>) -> Result<Answer, ureq::Error> {
        let mut request = http::Request::builder().method(ask.method).uri(url.as_str());
        request = request.header("authorization", format!("Bearer {}", self.token));
        for (name, value) in &ask.headers {
            request = request.header(*name, value);
        }
        let mut response = self.agent.run(request.body(ask.body.as_slice())?)?;
        let bytes = response.body_mut().with_config().limit(MOST_ANSWER_BYTES).read_to_vec()?;
        Ok(Answer { status: response.status().as_u16(), text: String::from_utf8_lossy(&bytes).into_owned() })
    }

    fn address(&self, path: &[&str], query: &[(&'static str, String)]) -> Url {
        let mut url = self.base.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(path);
        }
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        url
    }

    fn unreachable(&self, error: &ureq::Error) -> Failure {
        if is_ours(error) {
            return Failure { refused: true, ..Failure::wrong_use(format!("cannot ask this: {error}")) };
        }
        Failure::new(Exit::Environment, format!("no host answers at {}: {error}", self.base))
            .hint("start one with `windlass serve`, or set WINDLASS_URL or --data to the one that runs")
    }
}

impl Answer {
    pub fn parse<T: DeserializeOwned>(&self) -> Result<T, Failure> {
        serde_json::from_str(&self.text).map_err(|error| {
            Failure::new(Exit::Environment, format!("the host's answer makes no sense: {error}"))
                .hint("is that address a Windlass host of the same version?")
        })
    }

    pub fn json(&self) -> Result<Value, Failure> {
        self.parse()
    }
}

fn no_token(settings: &ClientSettings) -> Failure {
    let folder = settings.data.display();
    Failure::new(Exit::Environment, format!("there is no token for {}", settings.url)).hint(format!(
        "set WINDLASS_TOKEN; for a host on this machine its folder does (now {folder}, change it with --data)"
    ))
}

fn good(answer: Answer) -> Result<Answer, Failure> {
    if answer.status < 400 { Ok(answer) } else { Err(failure(&answer)) }
}

/// The request itself is not possible, such as a key that no header can hold.
fn is_ours(error: &ureq::Error) -> bool {
    matches!(error, ureq::Error::Http(_))
}

#[expect(clippy::disallowed_methods, reason = "nothing tells when a host will listen again")]
fn pause() {
    std::thread::sleep(LOOK_FOR_IT);
}

fn failure(answer: &Answer) -> Failure {
    let problem: Value = serde_json::from_str(&answer.text).unwrap_or_default();
    let member = |name: &str| problem.get(name).and_then(Value::as_str);
    let exit = match answer.status {
        400 => Exit::WrongUse,
        401 | 403 | 503 => Exit::Environment,
        _ => Exit::Failed,
    };
    let status = answer.status;
    let detail = member("detail").map_or_else(|| format!("the host answered {status}"), str::to_owned);
    let place = member("pointer").filter(|pointer| !pointer.is_empty()).map(|pointer| format!("{pointer}: "));
    let code = member("code").map(|code| format!(" ({code})")).unwrap_or_default();
    let vendor = member("vendor_code").map(|code| format!(" [{code}]")).unwrap_or_default();
    let mut failure = Failure::new(exit, format!("{}{detail}{vendor}{code}", place.unwrap_or_default()));
    failure.hint = member("hint").map(str::to_owned);
    failure.refused = (400..500).contains(&status);
    if let Value::Object(members) = problem {
        failure.problem = Box::new(members);
    }
    failure
}

#[cfg(test)]
mod tests {
    use super::{Answer, failure};

    #[test]
    fn an_answer_of_4xx_is_a_refusal() {
        let check = |status: u16, expected: bool| {
            assert_eq!(failure(&Answer { status, text: String::new() }).refused, expected, "{status}");
        };
        check(400, true);
        check(413, true);
        check(500, false);
        check(503, false);
    }
}
