//! The simulator, over the wire.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::{Value, json};
use url::form_urlencoded::Serializer;

use super::{Location, NameFilter, PREFIX, Seed, Settings, Simulator, TOKEN, UnknownSku};
use crate::simulator::{Fault, When};

/// One request, byte by byte, since few HTTP clients send a body with DELETE: status and body, or what
/// broke. A path without a slash at its start is one of the API.
fn ask(
    simulator: &Simulator,
    call: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Result<(u16, String), String> {
    let (method, path) = call.split_once(' ').expect("a method and a path");
    let prefix = if path.starts_with('/') { "" } else { PREFIX };
    let exchange = || {
        let mut stream = TcpStream::connect(simulator.url().trim_start_matches("http://"))?;
        stream.set_read_timeout(Some(Duration::from_secs(2)))?;
        let mut head =
            format!("{method} {prefix}{path} HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n", body.len());
        headers.iter().for_each(|(name, value)| head.push_str(&format!("{name}: {value}\r\n")));
        stream.write_all(format!("{head}\r\n{body}").as_bytes())?;
        let mut lines = BufReader::new(stream);
        let (mut status, mut length, mut line) = (0, 0, String::new());
        while lines.read_line(&mut line)? > 2 {
            if let Some(rest) = line.strip_prefix("HTTP/1.1 ") {
                status = rest[..3].parse().unwrap_or(0);
            }
            if let Some(bytes) = line.strip_prefix("Content-Length: ") {
                length = bytes.trim().parse().unwrap_or(0);
            }
            line.clear();
        }
        let mut body = vec![0; length];
        lines.read_exact(&mut body)?;
        Ok((status, String::from_utf8_lossy(&body).into_owned()))
    };
    exchange().map_err(|error: std::io::Error| error.to_string())
}

/// An honest call: status and JSON.
fn call(simulator: &Simulator, call: &str, body: Option<Value>) -> (u16, Value) {
    let headers = [("token", TOKEN), ("Content-Type", "application/json")];
    let sent = body.map(|body| body.to_string()).unwrap_or_default();
    let (status, text) = ask(simulator, call, &headers, &sent).expect("an answer");
    (status, serde_json::from_str(&text).expect("JSON"))
}

fn with(path: &str, name: &str, value: &str) -> String {
    format!("{path}?{}", Serializer::new(String::new()).append_pair(name, value).finish())
}

fn start(settings: Settings) -> Simulator {
    Simulator::start(settings).expect("a loopback port")
}

fn prices(list: i64, items: Value) -> Option<Value> {
    Some(json!({"pricing_id": list, "customer_number": "556781", "items": items}))
}

#[test]
fn the_guides_example_of_prices_adds_one_and_updates_two() {
    let simulator = start(Settings::default());
    let items = json!([
        {"catalog_number": "100106", "price_after_discount": 32},
        {"catalog_number": "0101", "price_after_discount": 55},
        {"catalog_number": "100105", "price_after_discount": "21.6".parse::<serde_json::Number>().unwrap()},
    ]);
    let (status, body) = call(&simulator, "POST pricings/items", prices(4515, items));
    assert_eq!(status, 201);
    assert_eq!(
        body,
        json!({"message": "success", "items_added": ["100106"], "items_updated": ["0101", "100105"]})
    );
    assert_eq!(simulator.price(4515, "100105").as_deref(), Some("21.6"));
    let (_, lists) = call(&simulator, &format!("GET {}", with("pricings", "pricing_name", "קיים")), None);
    assert_eq!(lists[0]["clients"][0]["client_name"], "לקוח 1");
    assert_eq!(lists[0]["catalog_items"].as_array().unwrap().len(), 3);
    assert_eq!(simulator.violations().len(), 0);
}

#[test]
fn a_delete_reads_its_body_and_leaves_out_what_was_not_on_the_list() {
    let simulator = start(Settings::default());
    let body = json!({"pricing_id": 5544, "customer_number": "123", "items": ["0101", "100105", "nothing"]});
    let (status, answer) = call(&simulator, "DELETE pricings/items", Some(body));
    assert_eq!((status, &answer["items_deleted"]), (200, &json!(["0101", "100105"])));
    assert_eq!(simulator.price(5544, "0101"), None);
    assert_eq!(call(&simulator, "DELETE pricings/items", None).0, 422);
}

#[test]
fn a_name_can_stand_on_two_lists_or_is_refused() {
    for (twin_names, expected) in [(true, 201), (false, 422)] {
        let simulator = start(Settings { twin_names, ..Settings::default() });
        let create = || call(&simulator, "POST pricings", Some(json!({"name": "חדש"})));
        assert_eq!(create().0, 201);
        assert_eq!(create().0, expected);
        assert_eq!(simulator.lists_named("חדש").len(), 1 + usize::from(twin_names));
    }
}

#[test]
fn names_are_found_as_the_setting_says() {
    for (name_filter, expected) in
        [(NameFilter::Exact, 0), (NameFilter::Contains, 2), (NameFilter::Ignored, 2)]
    {
        let simulator = start(Settings { name_filter, ..Settings::default() });
        let (_, found) =
            call(&simulator, &format!("GET {}", with("pricings", "pricing_name", "מחירון")), None);
        assert_eq!(found.as_array().unwrap().len(), expected, "{name_filter:?}");
    }
}

#[test]
fn an_unknown_sku_is_left_out_or_refused() {
    let items = json!([
        {"catalog_number": "0101", "price_after_discount": 1}, {"catalog_number": "?", "price_after_discount": 1},
    ]);
    for (unknown_sku, expected) in [(UnknownSku::LeftOut, 201), (UnknownSku::Refused, 422)] {
        let simulator = start(Settings { unknown_sku, ..Settings::default() });
        let (status, answer) = call(&simulator, "POST pricings/items", prices(4515, items.clone()));
        assert_eq!(status, expected, "{answer}");
        let written = simulator.price(4515, "0101").unwrap();
        assert_eq!(written, if expected == 201 { "1" } else { "50" });
    }
}

#[test]
fn a_parameter_in_another_place_is_not_seen_and_noted() {
    let number = || with("clients", "customer_number", "556781");
    let json = [("token", TOKEN), ("Content-Type", "application/json")];
    let header = [("token", TOKEN), ("customer_number", "556781")];
    let body = r#"{"customer_number":"556781"}"#;
    for (parameters, right) in
        [(Location::ByMethod, 0), (Location::Query, 0), (Location::Body, 1), (Location::Header, 2)]
    {
        let simulator = start(Settings { parameters, ..Settings::default() });
        let asked = [
            ask(&simulator, &format!("GET {}", number()), &json, ""),
            ask(&simulator, "GET clients", &json, body),
            ask(&simulator, "GET clients", &header, ""),
        ];
        for (at, answer) in asked.into_iter().enumerate() {
            assert_eq!(answer.unwrap().0, if at == right { 200 } else { 422 }, "{parameters:?} {at}");
        }
        let noted: Vec<_> =
            simulator.violations().into_iter().map(|violation| violation.request - 1).collect();
        assert_eq!(noted, [0, 1, 2].into_iter().filter(|&at| at != right).collect::<Vec<_>>());
    }
}

#[test]
fn what_no_client_may_send_is_refused_and_noted() {
    let simulator = start(Settings::default());
    let token = [("token", TOKEN)];
    assert_eq!(ask(&simulator, "PUT pricings", &token, "").unwrap().0, 404);
    assert_eq!(ask(&simulator, "POST pricings", &token, r#"{"name":"a"}"#).unwrap().0, 422);
    assert_eq!(call(&simulator, "GET items?page=2", None).0, 200);
    let text = json!([{"catalog_number": "0101", "price_after_discount": "21.6"}]);
    assert_eq!(call(&simulator, "POST pricings/items", prices(4515, text)).0, 422);
    let noted: Vec<_> = simulator.violations().into_iter().map(|violation| violation.request).collect();
    assert_eq!(noted, [1, 2, 3], "a wrong type is the vendor's own refusal");
}

#[test]
fn a_bad_token_is_refused_in_the_vendors_words() {
    let simulator = start(Settings::default());
    for headers in [&[("token", "another")][..], &[]] {
        let (status, body) = ask(&simulator, "GET items", headers, "").unwrap();
        assert_eq!((status, body.as_str()), (401, r#"{"message":"token not found"}"#));
    }
}

#[test]
fn a_customer_leaves_a_list_once() {
    for (absent_is_removed, expected) in [(false, 404), (true, 200)] {
        let simulator = start(Settings { absent_is_removed, only_200: true, ..Settings::default() });
        let body = json!({"pricing_id": 4515, "customer_number": "556781"});
        let remove = || call(&simulator, "DELETE pricings/removeClient", Some(body.clone())).0;
        assert!(simulator.is_on_list(4515, "556781"));
        assert_eq!([remove(), remove()], [200, expected]);
        assert!(!simulator.is_on_list(4515, "556781"));
    }
}

#[test]
fn only_active_items_are_listed_and_letters_can_come_escaped() {
    let seed = Seed { more_items: 10_000, ..Seed::default() };
    let simulator = start(Settings { seed, escapes: true, ..Settings::default() });
    simulator.retire("0101");
    let (_, text) = ask(&simulator, "GET items", &[("token", TOKEN)], "").unwrap();
    assert!(text.is_ascii() && text.contains(r"\u05de"), "{text:.80}");
    let items: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(items.as_array().unwrap().len(), 10_004);
    assert_eq!(items[0], json!({"item_id": 1, "item_name": "מוצר 1"}));
}

#[test]
fn a_lost_answer_leaves_a_list_behind_and_a_reset_does_not() {
    for (fault, made) in [(Fault::AnswerLost, 1), (Fault::Reset, 0)] {
        let simulator = start(Settings::default());
        simulator.fault(When::Nth("POST pricings".into(), 1), fault);
        let json = [("token", TOKEN), ("Content-Type", "application/json")];
        assert!(ask(&simulator, "POST pricings", &json, r#"{"name":"a"}"#).is_err());
        assert_eq!(simulator.lists_named("a").len(), made);
    }
}

/// A file for the daily documents: status, or what broke.
fn deliver(simulator: &Simulator, call: &str, headers: &[(&str, &str)], file: &str) -> Result<u16, String> {
    let kind = ("Content-Type", "application/xml; charset=utf-8");
    ask(simulator, call, &[headers, &[kind]].concat(), file).map(|(status, _)| status)
}

#[test]
fn a_file_takes_the_place_of_the_one_of_its_name() {
    let simulator = start(Settings::default());
    assert_eq!(deliver(&simulator, "PUT /documents/%D7%90.xml", &[], "<a/>"), Ok(201));
    assert_eq!(deliver(&simulator, "POST /documents/%D7%90.xml", &[], "<b/>"), Ok(200));
    assert_eq!(
        (simulator.file_names(), simulator.file("א.xml")),
        (vec!["א.xml".into()], Some("<b/>".into()))
    );
    simulator.fault(When::Nth("PUT documents".into(), 1), Fault::AnswerLost);
    assert!(deliver(&simulator, "PUT /documents/lost.xml", &[], "<c/>").is_err());
    assert_eq!(simulator.file("lost.xml"), Some("<c/>".into()));
    simulator.fault(When::Nth("PUT documents".into(), 1), Fault::Html500);
    assert_eq!(deliver(&simulator, "PUT /documents/none.xml", &[], "<d/>"), Ok(500));
    assert_eq!(simulator.file("none.xml"), None);
    assert_eq!(simulator.violations().len(), 0);
}

#[test]
fn a_file_needs_its_own_credential_and_not_the_keys() {
    let settings = Settings { documents_authorization: Some("Bearer files".into()), ..Settings::default() };
    let simulator = start(settings);
    assert_eq!(deliver(&simulator, "PUT /documents/a.xml", &[], "<a/>"), Ok(401));
    let good = ("Authorization", "Bearer files");
    assert_eq!(deliver(&simulator, "PUT /documents/a.xml", &[good], "<a/>"), Ok(201));
    assert_eq!(simulator.violations().len(), 0);
    assert_eq!(deliver(&simulator, "PUT /documents/a.xml", &[good, ("token", TOKEN)], "<a/>"), Ok(200));
    assert_eq!(deliver(&simulator, "PUT /documents/a/b.xml", &[good], "<a/>"), Ok(201));
    let whats: Vec<_> = simulator.violations().into_iter().map(|violation| violation.what).collect();
    assert_eq!(whats, ["the key of the API goes where files are taken", "\"a/b.xml\" is no name of a file"]);
}
