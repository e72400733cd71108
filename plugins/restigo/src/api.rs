//! One call of the API. Success is 200 or 201; what is refused says why in `message`.

use serde::Serialize;
use serde_json::{Map, Value};
use windlass_sdk::http::{Request, Response};
use windlass_sdk::{Result, lenient};

use crate::{DEVELOPMENT, Environment, Location, PRODUCTION, Restigo};

/// What stands before every call's own path.
pub const PATH: &str = "/api/departments/thirdParty";

/// A call's parameters, by name: texts and whole numbers.
pub type Parameters = Map<String, Value>;

const NOT_FOUND: u16 = 404;

impl Restigo {
    /// Asks for a list, of which a name chooses.
    pub(crate) fn get(&self, path: &str, filter: Option<(&str, &str)>) -> Result<Response> {
        let parameters = filter.map(|(name, value)| (name.to_owned(), Value::from(value)));
        judge(self.call("GET", path, Map::from_iter(parameters))?)
    }

    /// Sends a call whose parameters the guide prints under "Headers". Any answer is a success here.
    pub(crate) fn call(&self, method: &str, path: &str, parameters: Parameters) -> Result<Response> {
        let request = self.request(method, path);
        if parameters.is_empty() {
            return request.send();
        }
        let usual = if method == "GET" { Location::Query } else { Location::Body };
        let put: fn(Request, &str, String) -> Request = match self.parameter_location.unwrap_or(usual) {
            Location::Body => return request.json(&parameters).send(),
            Location::Query => |request, name, text| request.query(name, text),
            Location::Header => |request, name, text| request.header(name, text),
        };
        let texts = parameters.into_iter().filter_map(|(name, value)| {
            let text = lenient::text(&value.to_string())?;
            Some((name, text))
        });
        texts.fold(request, |request, (name, text)| put(request, &name, text)).send()
    }

    /// Sends a call whose JSON body the guide shows.
    pub(crate) fn call_with_body(&self, method: &str, path: &str, body: &impl Serialize) -> Result<Response> {
        judge(self.request(method, path).json(body).send()?)
    }

    fn request(&self, method: &str, path: &str) -> Request {
        let usual = match self.environment {
            Environment::Production => PRODUCTION,
            Environment::Development => DEVELOPMENT,
        };
        let base = self.base_url.as_deref().unwrap_or(usual).trim_end_matches('/');
        Request::new(method, format!("{base}{PATH}/{path}"))
    }
}

/// The answer if it says success, else the error with the vendor's words.
pub fn judge(answer: Response) -> Result<Response> {
    answer.ok_or_saying("/message")
}

/// Whether the API itself says that there is no such thing. A web server that does not find the page has
/// no `message`.
pub fn is_unknown(answer: &Response) -> bool {
    answer.status() == NOT_FOUND && answer.scalar("/message").is_ok_and(|words| words.is_some())
}
