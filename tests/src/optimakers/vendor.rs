//! What the instance does with one request, without any socket.

use serde_json::{Map, Value, json};
use url::form_urlencoded;

use super::instance::{Instance, Records};
use super::order::{refusal, text, unknown};
use super::{API_KEY, KeyPlace, Lookup, Settings};
use crate::simulator::{self, Call, Now, Request};
use crate::wire::{Answer, Incoming};

/// The parameter of the query that holds the key, where it stands there.
const KEY_PARAMETER: &str = "api_key";
/// The rows of an answer when nothing is asked for.
const PAGE: usize = 20;

pub struct Vendor {
    pub settings: Settings,
    pub instance: Instance,
}

/// What a path names.
enum Target {
    List(String),
    One(String, u64),
}

impl Vendor {
    pub fn new(settings: Settings) -> Self {
        let instance = Instance::new(&settings);
        Self { settings, instance }
    }

    fn target(&self, incoming: &str) -> Option<Target> {
        let path =
            incoming.split('?').next()?.strip_prefix(self.settings.dialect.prefix)?.strip_prefix('/')?;
        let known = |list: &str| self.instance.list(list, &self.settings.dialect).is_some();
        match path.split_once('/') {
            None => known(path).then(|| Target::List(path.into())),
            Some((list, id)) => Some(Target::One(list.into(), id.parse().ok()?)).filter(|_| known(list)),
        }
    }

    /// A list and its methods have one name each; so do all records of a list.
    fn method(&self, incoming: &Incoming) -> String {
        let path = match self.target(&incoming.target) {
            Some(Target::List(list)) => list,
            Some(Target::One(list, _)) => format!("{list}/:id"),
            None => incoming.target.clone(),
        };
        format!("{} {path}", incoming.method)
    }

    fn is_call(&self, incoming: &Incoming) -> bool {
        let dialect = &self.settings.dialect;
        match self.target(&incoming.target) {
            Some(Target::List(list)) => {
                incoming.method == "GET" || incoming.method == "POST" && list == dialect.orders
            }
            Some(Target::One(list, _)) => {
                incoming.method == "GET" || incoming.method == dialect.update && list == dialect.orders
            }
            None => false,
        }
    }

    fn page(&self, list: &str, parameters: &Value) -> Answer {
        let dialect = &self.settings.dialect;
        let number = |name: &str| parameters[name].as_str().and_then(|text| text.parse::<usize>().ok());
        let page = number(dialect.page).unwrap_or(dialect.first_page).saturating_sub(dialect.first_page);
        let size = number("limit").unwrap_or(PAGE).min(self.settings.page_max);
        let records = self.instance.list(list, dialect).unwrap_or_default();
        let selected = self.selected(list, records, &parameters[dialect.reference]);
        let rows: Vec<_> = selected.into_values().skip(page * size).take(size).collect();
        answer(200, &dialect.wrap(json!(rows)))
    }

    fn selected(&self, list: &str, mut records: Records, wanted: &Value) -> Records {
        let dialect = &self.settings.dialect;
        if list == dialect.orders && wanted.is_string() {
            match self.settings.lookup {
                Lookup::Honoured => {
                    records.retain(|_, order| text(&order[dialect.reference]) == text(wanted))
                }
                Lookup::Nothing => records.clear(),
                Lookup::Ignored => {}
            }
        }
        records
    }

    fn one(&self, list: &str, id: u64) -> Answer {
        let record =
            self.instance.list(list, &self.settings.dialect).and_then(|mut records| records.remove(&id));
        match record {
            Some(record) => answer(200, &self.settings.dialect.wrap(record)),
            None => self.refusal(404, &format!("there is no {list} {id}")),
        }
    }

    fn create(&mut self, content: &Map<String, Value>) -> Answer {
        if let Some(words) = refusal(content, &self.settings.dialect) {
            return self.refusal(422, &words);
        }
        let id = self.instance.add_order(Value::Object(content.clone()));
        answer(201, &self.settings.dialect.wrap(json!({ "id": id })))
    }

    fn update(&mut self, id: u64, changes: &Map<String, Value>) -> Answer {
        let refused = refusal(changes, &self.settings.dialect);
        let order = self.instance.orders.get_mut(&id).and_then(Value::as_object_mut);
        match (order, refused) {
            (None, _) => self.refusal(404, &format!("there is no order {id}")),
            (_, Some(words)) => self.refusal(422, &words),
            (Some(order), None) => {
                order.extend(changes.clone());
                answer(200, &self.settings.dialect.wrap(json!({ "id": id })))
            }
        }
    }

    fn refusal(&self, status: u16, words: &str) -> Answer {
        answer(status, &json!({ self.settings.dialect.error: words }))
    }
}

impl simulator::Vendor for Vendor {
    const ECHO_FIELD: &'static str = "name";

    fn read(&mut self, incoming: &Incoming) -> Call {
        let query = incoming.target.split_once('?').map_or("", |(_, query)| query);
        let pairs = form_urlencoded::parse(query.as_bytes());
        let mut parameters: Map<_, _> =
            pairs.map(|(name, value)| (name.into_owned(), Value::from(value))).collect();
        let in_query = parameters.remove(KEY_PARAMETER);
        let token = match self.settings.key_place {
            KeyPlace::Bearer => {
                incoming.header("Authorization").and_then(|value| value.strip_prefix("Bearer "))
            }
            KeyPlace::Header => incoming.header("X-Api-Key"),
            KeyPlace::Query => in_query.as_ref().and_then(Value::as_str),
        };
        let wrong =
            (!self.is_call(incoming)).then(|| format!("there is no {} {}", incoming.method, incoming.target));
        Call {
            method: self.method(incoming),
            token: token.map(str::to_owned),
            parameters: Value::Object(parameters),
            wrong,
        }
    }

    fn admit(
        &mut self,
        incoming: &Incoming,
        call: &Call,
        _: Now,
        breaches: &mut Vec<String>,
    ) -> Result<(), Answer> {
        if let Some(wrong) = &call.wrong {
            breaches.push(wrong.clone());
            return Err(Answer::html(404, "<html><body><h1>Not Found</h1></body></html>"));
        }
        breaches.extend(self.strangers(incoming, call));
        let is_known = call.token.as_deref() == Some(API_KEY);
        if is_known { Ok(()) } else { Err(self.refusal(401, "the API key is not valid")) }
    }

    fn act(&mut self, request: &Request, _: Now) -> Answer {
        let (method, target) = request.http.split_once(' ').unwrap_or_default();
        let body = serde_json::from_slice::<Map<String, Value>>(&request.body);
        match (self.target(target), method, body) {
            (Some(Target::List(list)), "GET", _) => self.page(&list, &request.parameters),
            (Some(Target::One(list, id)), "GET", _) => self.one(&list, id),
            (Some(Target::List(_)), _, Ok(content)) => self.create(&content),
            (Some(Target::One(_, id)), _, Ok(changes)) => self.update(id, &changes),
            _ => self.refusal(400, "the body is no JSON object"),
        }
    }

    /// A code that is no status is a fault inside the vendor.
    fn refuse(&self, code: &str, message: &str) -> Answer {
        self.refusal(code.parse().unwrap_or(500), message)
    }
}

impl Vendor {
    /// Parameters and members that no client may send.
    fn strangers(&self, incoming: &Incoming, call: &Call) -> Vec<String> {
        let dialect = &self.settings.dialect;
        let known = [dialect.page, "limit", dialect.reference];
        let parameters = call.parameters.as_object().into_iter().flatten().map(|(name, _)| name);
        let unknown_parameters = parameters.filter(|name| !known.contains(&name.as_str()));
        let body = serde_json::from_slice::<Map<String, Value>>(&incoming.body).unwrap_or_default();
        let members = unknown(&body, dialect);
        unknown_parameters.chain(members).map(|name| format!("{} has no `{name}`", call.method)).collect()
    }
}

fn answer(status: u16, body: &Value) -> Answer {
    Answer { status, ..Answer::json(body.to_string().into_bytes()) }
}
