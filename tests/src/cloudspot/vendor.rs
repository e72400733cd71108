//! What the vendor does with one request, without any socket.

use serde_json::{Map, Value, json};
use url::form_urlencoded;

use super::Settings;
use super::company::{Company, Right};
use super::users::{Users, permissions};
use crate::simulator::{self, Call, Now, Request};
use crate::wire::{Answer, Incoming};

/// Before every path.
pub const BASE: &str = "/api/v1";

/// Paths below [`BASE`], with the method that each takes.
const PATHS: [(&str, &str); 6] = [
    ("GET", "/artikels/"),
    ("GET", "/klanten/"),
    ("GET", "/categories/"),
    ("POST", "/auth/signin-external-app/"),
    ("GET", "/auth/get-permissions/"),
    ("GET", "/auth/get-user/"),
];
/// Whose rows can be asked for one by one.
const BY_ID: [&str; 2] = ["/artikels/", "/categories/"];

pub struct Vendor {
    pub settings: Settings,
    pub company: Company,
    pub users: Users,
}

impl Vendor {
    pub fn new(settings: Settings) -> Self {
        let company = Company::new(&settings);
        let users = Users::new(settings.users.clone());
        Self { settings, company, users }
    }

    /// Whether the credentials of a request allow it.
    fn authorise(&self, incoming: &Incoming, path: &str) -> Result<(), Answer> {
        let token = incoming.header("X-ERP-TOKEN");
        let need = match path {
            "/auth/signin-external-app/" => return Ok(()),
            "/auth/get-permissions/" | "/auth/get-user/" => {
                let known = token.is_some_and(|token| self.users.of(token).is_some());
                return if known { Ok(()) } else { Err(self.refused("Geen geldige token gevonden.")) };
            }
            "/klanten/" => Right::Clients,
            _ => Right::Products,
        };
        let rights = token.and_then(|token| self.settings.tokens.iter().find(|(known, _)| known == token));
        let (_, rights) = rights.ok_or_else(|| self.refused("Geen geldige API token."))?;
        let sees = rights.contains(&need);
        if sees { Ok(()) } else { Err(self.refused(&format!("Deze API token mag {path} niet inkijken."))) }
    }

    fn refused(&self, message: &str) -> Answer {
        refusal(self.settings.refused_status, "NOT_AUTHORIZED", message)
    }

    /// The rows of a resource; one of them when its id was asked for, none when there is no such row.
    fn rows(&self, path: &str, parameters: &Value) -> Answer {
        let rows = match path {
            "/artikels/" => &self.company.artikels,
            "/klanten/" => &self.company.klanten,
            _ => &self.company.categories,
        };
        let id = parameters["id"].as_str().filter(|_| BY_ID.contains(&path));
        let asked = |row: &&Value| id.is_none_or(|id| id.parse::<u64>().is_ok_and(|id| row["id"] == id));
        let found: Vec<&Value> = rows.iter().filter(asked).collect();
        let data = match found.as_slice() {
            [only] if self.settings.single_as_object => json!(only),
            found => json!(found),
        };
        answer(200, &json!({ "status": "OK", "data": data }))
    }

    fn sign_in(&mut self, body: &Value, application: &str) -> Answer {
        let (Some(username), Some(password)) = (body["username"].as_str(), body["password"].as_str()) else {
            return refusal(400, "EXPECTED_VALUE", "username en password zijn verplicht.");
        };
        let signed_in = self.users.sign_in(username, password, application);
        let status = self.settings.bad_credentials_status;
        let wrong = || refusal(status, "NOT_AUTHORIZED", "Gebruikersnaam of wachtwoord is niet correct.");
        signed_in.map_or_else(wrong, |signed_in| answer(200, &signed_in))
    }

    fn about_user(&self, token: &str) -> Answer {
        // It was let in, and may have been signed out since.
        self.users
            .of(token)
            .map_or_else(|| self.refused("Geen geldige token gevonden."), |user| answer(200, &user.about))
    }
}

impl simulator::Vendor for Vendor {
    const ECHO_FIELD: &'static str = "interne_notitie";

    fn read(&mut self, incoming: &Incoming) -> Call {
        let (path, query) = incoming.target.split_once('?').unwrap_or((&incoming.target, ""));
        let pairs = form_urlencoded::parse(query.as_bytes());
        let mut parameters: Map<_, _> =
            pairs.map(|(name, value)| (name.into_owned(), Value::from(value))).collect();
        if let Ok(Value::Object(body)) = serde_json::from_slice(&incoming.body) {
            parameters.extend(body);
        }
        let below = path.strip_prefix(BASE);
        let method = format!("{} {}", incoming.method, below.unwrap_or(path));
        Call {
            wrong: wrong_address(incoming, below),
            token: incoming.header("X-ERP-TOKEN").map(str::to_owned),
            parameters: Value::Object(parameters),
            method,
        }
    }

    fn admit(
        &mut self,
        incoming: &Incoming,
        call: &Call,
        _: Now,
        breaches: &mut Vec<String>,
    ) -> Result<(), Answer> {
        breaches.extend(call.wrong.clone());
        breaches.extend(breaches_of(incoming, call));
        let (method, path) = call.method.split_once(' ').unwrap_or_default();
        if call.wrong.is_none() {
            return self.authorise(incoming, path);
        }
        match PATHS.iter().find(|(_, known)| *known == path) {
            Some((right, _)) if *right != method => {
                Err(self.refuse("NOT_ALLOWED", &format!("{method} is niet toegelaten.")))
            }
            _ => Err(not_here(incoming, path)),
        }
    }

    fn act(&mut self, request: &Request, _: Now) -> Answer {
        let header = |name: &str| {
            let mut headers = request.headers.iter();
            let found = headers.find(|(known, _)| known.eq_ignore_ascii_case(name));
            found.map(|(_, value)| value.clone()).unwrap_or_default()
        };
        let (_, path) = request.method.split_once(' ').unwrap_or_default();
        match path {
            "/auth/signin-external-app/" => self.sign_in(&request.parameters, &header("X-ERP-REQUESTOR")),
            "/auth/get-permissions/" => {
                answer(200, &json!({ "permissions": permissions(&header("X-ERP-REQUESTOR")) }))
            }
            "/auth/get-user/" => self.about_user(&header("X-ERP-TOKEN")),
            path => self.rows(path, &request.parameters),
        }
    }

    fn refuse(&self, code: &str, message: &str) -> Answer {
        let status = match code {
            "NOT_AUTHORIZED" => self.settings.refused_status,
            "NOT_FOUND" => 404,
            "NOT_ALLOWED" => 405,
            "INVALID_FORMAT" | "EXPECTED_VALUE" | "UNEXPECTED_VALUE" => 400,
            _ => 500,
        };
        refusal(status, code, message)
    }
}

/// What no honest client does.
fn breaches_of(incoming: &Incoming, call: &Call) -> Vec<String> {
    let mut breaches = Vec::new();
    if incoming.header("Content-Type") != Some("application/json") {
        breaches.push(format!("{} without Content-Type: application/json", call.method));
    }
    let (_, path) = call.method.split_once(' ').unwrap_or_default();
    let requestor = incoming.header("X-ERP-REQUESTOR");
    match (path.starts_with("/auth/"), requestor) {
        (true, None) => breaches.push(format!("{} without X-ERP-REQUESTOR", call.method)),
        (true, Some(slug)) if slug != slug.to_lowercase() => {
            breaches.push(format!("X-ERP-REQUESTOR `{slug}` is not in lower case"));
        }
        (false, Some(_)) => breaches.push(format!("{} with X-ERP-REQUESTOR", call.method)),
        _ => {}
    }
    let known: &[&str] = match path {
        "/auth/signin-external-app/" => &["username", "password"],
        path if BY_ID.contains(&path) => &["id"],
        _ => &[],
    };
    let given = call.parameters.as_object().into_iter().flatten();
    let unknown = given.filter(|(name, _)| !known.contains(&name.as_str()));
    breaches.extend(unknown.map(|(name, _)| format!("{} has no parameter {name}", call.method)));
    breaches
}

/// What is wrong with method and path; `below` is the path below [`BASE`], if it is one.
fn wrong_address(incoming: &Incoming, below: Option<&str>) -> Option<String> {
    let known = PATHS.iter().any(|&(method, path)| method == incoming.method && Some(path) == below);
    (!known).then(|| format!("there is no {} {}", incoming.method, incoming.target))
}

/// A path without its slash is redirected to the one with it, as the vendor's framework does; any other
/// is its page for what is not there.
fn not_here(incoming: &Incoming, path: &str) -> Answer {
    let complete = format!("{path}/");
    if PATHS.iter().any(|(_, known)| *known == complete) {
        let query = incoming.target.split_once('?').map(|(_, query)| format!("?{query}")).unwrap_or_default();
        let headers = vec![("Location", format!("{BASE}{complete}{query}"))];
        return Answer { headers, ..Answer::html(301, "") };
    }
    Answer::html(404, "<html><body><h1>Not Found</h1></body></html>")
}

fn refusal(status: u16, word: &str, message: &str) -> Answer {
    answer(status, &json!({ "status": word, "message": message }))
}

fn answer(status: u16, body: &Value) -> Answer {
    Answer { status, ..Answer::json(body.to_string().into_bytes()) }
}
