//! Where a call's parameters stand, and what stands where it should not.

use serde_json::{Map, Value};

use super::endpoints::Endpoint;
use crate::wire::Incoming;

const JSON: &str = "application/json";
/// Every parameter that is not part of a documented body; a header of this name is one.
const SCALARS: [&str; 5] = ["name", "pricing_name", "item_name", "pricing_id", "customer_number"];

/// Where the vendor looks for the parameters of a call whose body the guide does not show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Location {
    /// Query for GET, JSON body for the rest.
    ByMethod,
    Query,
    Body,
    Header,
}

/// What the vendor reads of a request, and what it does not.
#[derive(Default)]
pub struct Reading {
    pub parameters: Map<String, Value>,
    pub breaches: Vec<String>,
}

pub fn read(incoming: &Incoming, endpoint: &Endpoint, setting: Location) -> Reading {
    let place = place(incoming, endpoint, setting);
    let mut reading = Reading::default();
    let mut take = |from: Location, found: Map<String, Value>| {
        for (name, value) in found {
            if from == place && endpoint.parameters.contains(&name.as_str()) {
                reading.parameters.insert(name, value);
            } else {
                reading.breaches.push(format!("{} does not read {name} from its {from:?}", endpoint.method));
            }
        }
    };
    take(Location::Query, query(incoming));
    take(Location::Header, headers(incoming));
    match body(incoming) {
        Ok(found) => take(Location::Body, found),
        Err(breach) => reading.breaches.push(breach),
    }
    reading
}

fn place(incoming: &Incoming, endpoint: &Endpoint, setting: Location) -> Location {
    match setting {
        _ if endpoint.has_documented_body => Location::Body,
        Location::ByMethod if incoming.method == "GET" => Location::Query,
        Location::ByMethod => Location::Body,
        set => set,
    }
}

fn query(incoming: &Incoming) -> Map<String, Value> {
    let query = incoming.target.split_once('?').map_or("", |(_, query)| query);
    let pairs = url::form_urlencoded::parse(query.as_bytes());
    pairs.map(|(name, value)| (name.into_owned(), Value::from(value.into_owned()))).collect()
}

fn headers(incoming: &Incoming) -> Map<String, Value> {
    let known = |name: &str| SCALARS.into_iter().find(|scalar| scalar.eq_ignore_ascii_case(name));
    let found = incoming
        .headers
        .iter()
        .filter_map(|(name, value)| known(name).map(|name| (name.to_owned(), Value::from(value.as_str()))));
    found.collect()
}

/// A body is a JSON object in UTF-8 and says so; else the vendor reads nothing of it.
fn body(incoming: &Incoming) -> Result<Map<String, Value>, String> {
    if incoming.body.is_empty() {
        return Ok(Map::new());
    }
    let kind = incoming.header("Content-Type").unwrap_or_default();
    if !kind.starts_with(JSON) {
        return Err(format!("the content type {kind:?} instead of {JSON}"));
    }
    serde_json::from_slice(&incoming.body).map_err(|error| format!("a body that is no JSON object: {error}"))
}

/// The path behind the prefix, without the query.
pub fn path(incoming: &Incoming) -> Option<&str> {
    incoming.target.split('?').next()?.strip_prefix(super::PREFIX)
}
