//! Options, uniqueness, switches and configured limits: which specs are read, which configurations fit.

use serde_json::{Value, json};

use super::{Spec, SpecError, first_off};

fn shop() -> Value {
    json!({
        "spec": 1, "name": "shop", "version": "1.0.0", "title": "Shop",
        "config": {
            "type": "object",
            "properties": {
                "token": { "type": "string", "secret": true },
                "active": { "type": "boolean", "default": false },
                "create": { "type": "boolean", "default": false },
                "per_hour": { "type": "integer", "default": 750 },
                "others": { "type": "integer" },
                "zone": { "type": "string" },
                "status": {
                    "type": "integer",
                    "options-from": { "stream": "warehouses", "value": "/id", "label": "/name", "active": "/active" }
                },
                "locations": { "type": "array", "items": { "type": "object", "properties": {
                    "location": { "type": ["string", "null"], "unique": { "within": "connector", "hint": "name it otherwise" } },
                    "warehouse": {
                        "type": ["integer", "string"],
                        "options-from": { "stream": "warehouses", "value": "/id" },
                        "unique": { "within": "connection", "on-repeat": "warn" }
                    }
                } } }
            }
        },
        "limits": [{
            "name": "hourly", "max": "{per_hour}", "window-seconds": 3600, "leave-to-others": "{others}",
            "remaining-header": "X-Left", "reset-header": "X-Reset", "reset-zone": "{zone}"
        }],
        "streams": [{
            "name": "warehouses", "kind": "snapshot", "schema": {}, "enabled-by": "active", "max-requests": 2
        }],
        "actions": [{
            "name": "create", "input": {}, "output": {}, "repeat": "none", "enabled-by": ["active", "create"]
        }]
    })
}

fn with(pointer: &str, value: Value) -> String {
    let mut spec = shop();
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    let members = spec.pointer_mut(parent).and_then(Value::as_object_mut);
    members.unwrap_or_else(|| panic!("{parent} is no object")).insert(name.to_owned(), value);
    spec.to_string()
}

fn spec() -> Spec {
    Spec::parse(&shop().to_string()).unwrap()
}

#[track_caller]
fn refuses(pointer: &str, value: Value, place: &str, part: &str) {
    match Spec::parse(&with(pointer, value)) {
        Err(SpecError::Invalid(problems)) => assert!(
            problems.iter().any(|problem| problem.pointer == place && problem.message.contains(part)),
            "{problems:#?}"
        ),
        other => panic!("not refused: {other:?}"),
    }
}

#[track_caller]
fn config_problem(config: Value, expected: Option<(&str, &str)>) {
    let problems = spec().validate_config(&config, &["token"]);
    match expected {
        None => assert_eq!(problems, []),
        Some((pointer, part)) => assert!(
            problems.iter().any(|problem| problem.pointer == pointer && problem.message.contains(part)),
            "{problems:#?}"
        ),
    }
}

const WAREHOUSE: &str = "/config/properties/locations/items/properties/warehouse";

#[test]
fn fields_are_properties_and_those_of_rows() {
    let spec = spec();
    let with_options = spec.fields().filter(|field| field.options().is_some());
    assert_eq!(with_options.map(|field| field.name()).collect::<Vec<_>>(), ["status", "locations.warehouse"]);
    let config = json!({ "status": 7, "locations": [{ "warehouse": 1 }, {}, { "warehouse": null }, { "warehouse": "2" }] });
    let field = spec.fields().find(|field| field.name() == "locations.warehouse").unwrap();
    let found: Vec<_> =
        field.values(&config).into_iter().map(|(pointer, value)| (pointer, value.clone())).collect();
    assert_eq!(
        found,
        [("/locations/0/warehouse".into(), json!(1)), ("/locations/3/warehouse".into(), json!("2"))]
    );
}

#[test]
fn options_name_a_stream_and_pointers() {
    let place = format!("{WAREHOUSE}/options-from");
    refuses(&place, json!({ "stream": "shelves", "value": "/id" }), &place, "`shelves` is no stream");
    refuses(&place, json!({ "stream": "warehouses" }), &format!("{place}/value"), "required");
    refuses(&place, json!({ "stream": "warehouses", "value": "id" }), &format!("{place}/value"), "match");
    let odd = json!({ "stream": "warehouses", "value": "/id", "colour": "/c" });
    refuses(&place, odd, &format!("{place}/colour"), "not known");
    let secret = "/config/properties/token/options-from";
    refuses(secret, json!({ "stream": "warehouses", "value": "/id" }), secret, "a secret cannot");
}

#[test]
fn uniqueness_says_where_and_means_something() {
    let place = format!("{WAREHOUSE}/unique");
    refuses(&place, json!({}), &format!("{place}/within"), "required");
    refuses(&place, json!({ "within": "galaxy" }), &format!("{place}/within"), "");
    refuses(&place, json!({ "within": "connector", "on-repeat": "sing" }), &format!("{place}/on-repeat"), "");
    let top = "/config/properties/status/unique";
    refuses(top, json!({ "within": "connection" }), top, "one value here anyway");
    assert!(Spec::parse(&with(top, json!({ "within": "connector" }))).is_ok());
    let list =
        json!({ "type": "array", "items": { "type": "string" }, "unique": { "within": "connection" } });
    let spec = Spec::parse(&with("/config/properties/list", list)).unwrap();
    let problems = spec.validate_config(&json!({ "list": ["a", "b", "a"] }), &["token"]);
    assert_eq!(problems[0].pointer, "/list/2");
    let defaulted = "/config/properties/per_hour/unique";
    refuses(defaulted, json!({ "within": "connector" }), defaulted, "every connection but the first");
    assert!(Spec::parse(&with(defaulted, json!({ "within": "connector", "on-repeat": "warn" }))).is_ok());
}

#[test]
fn keywords_stand_where_they_are_read() {
    let options = json!({ "options-from": { "stream": "warehouses", "value": "/id" } });
    let flat = "works on the top level only";
    let rows = "in the rows of a top-level list only";
    let check = |pointer: &str, value: Value, place: &str, part: &str| refuses(pointer, value, place, part);
    check(&format!("{WAREHOUSE}/secret"), json!(true), "/config/properties/locations", flat);
    check(&format!("{WAREHOUSE}/items"), options.clone(), "/config/properties/locations", rows);
    let object = json!({ "type": "object", "properties": { "inner": options } });
    check("/config/properties/deep", object, "/config/properties/deep", rows);
    let unique = json!({ "type": "array", "items": { "unique": { "within": "connection" } } });
    check("/config/properties/list", unique, "/config/properties/list", rows);
    let hidden = json!({ "token": { "type": "string", "secret": true } });
    check("/config/$defs", hidden, "/config/$defs", flat);
    // Data that only looks like a keyword.
    let example =
        json!({ "type": "object", "examples": [{ "secret": true }], "default": { "secret": true } });
    assert!(Spec::parse(&with("/config/properties/deep", example)).is_ok());
}

#[test]
fn a_value_appears_once_where_the_spec_says_so() {
    let rows = |one: Value, other: Value| json!({ "locations": [one, other] });
    config_problem(rows(json!({ "location": "A" }), json!({ "location": "B" })), None);
    config_problem(rows(json!({ "location": null }), json!({})), None);
    let twice = rows(json!({ "location": "A" }), json!({ "location": "A" }));
    config_problem(twice.clone(), Some(("/locations/1/location", "`A` stands at /locations/0/location too")));
    config_problem(twice, Some(("/locations/1/location", "name it otherwise")));
    let long = "x".repeat(501);
    config_problem(
        rows(json!({ "location": long }), json!({})),
        Some(("/locations/0/location", "at most 500 bytes")),
    );
    // A number and a text that read alike are one value; it is told and not refused.
    let alike = rows(json!({ "warehouse": 7 }), json!({ "warehouse": "7" }));
    config_problem(alike.clone(), None);
    let repeats = spec().repeats(&alike);
    assert_eq!((repeats.len(), repeats[0].0.pointer.as_str()), (1, "/locations/1/warehouse"));
    let shared =
        spec().values_unique_in_connector(&rows(json!({ "location": "A", "warehouse": 1 }), json!({})));
    assert_eq!(shared.iter().map(|value| value.value.as_str()).collect::<Vec<_>>(), ["A"]);
}

#[test]
fn several_switches_must_all_be_on() {
    let spec = spec();
    let switches = &spec.action("create").unwrap().enabled_by;
    let check = |config: Value, expected: Option<&str>| assert_eq!(first_off(&config, switches), expected);
    check(json!({ "active": true, "create": true }), None);
    check(json!({ "active": true, "create": false }), Some("create"));
    check(json!({ "create": true }), Some("active"));
    assert_eq!(first_off(&json!({}), &[]), None);
    assert_eq!(spec.common_switches(), ["active"]);
    refuses(
        "/streams/0/enabled-by",
        json!(["active", "status"]),
        "/streams/0/enabled-by",
        "`status` is not a boolean",
    );
    refuses("/streams/0/enabled-by", json!([]), "/streams/0/enabled-by", "");
}

/// What the limit allows, and leaves to others.
fn numbers(config: &Value) -> (Option<u32>, Option<u32>) {
    let spec = spec();
    let config = spec.with_defaults(config);
    (spec.limits[0].max_in(&config), spec.limits[0].leave_in(&config))
}

#[test]
fn a_limit_takes_its_numbers_from_the_configuration() {
    assert_eq!(numbers(&json!({})), (Some(750), Some(0)));
    assert_eq!(numbers(&json!({ "per_hour": 500, "others": 100 })), (Some(500), Some(100)));
    assert_eq!(numbers(&json!({ "per_hour": 0, "others": -1 })), (None, None));
    config_problem(json!({ "per_hour": 500, "others": 400 }), None);
    config_problem(json!({ "others": -1 }), Some(("/others", "0 or more")));
    config_problem(json!({ "others": 749 }), Some(("/per_hour", "749 being left to others")));
    // Two for a page, and a tenth kept for actions.
    config_problem(json!({ "per_hour": 100, "others": 88 }), None);
    config_problem(json!({ "per_hour": 100, "others": 89 }), Some(("/per_hour", "10 kept for actions")));
    config_problem(json!({ "zone": "Europe/Nowhere" }), Some(("/zone", "is not a time zone")));
    config_problem(json!({ "zone": "Europe/Amsterdam" }), None);
    assert_eq!(spec().limits[0].reset_zone_in(&json!({})), None);
}

#[test]
fn what_a_limit_names_is_there() {
    let limit = |member: &str, value: Value| {
        let mut limits = shop()["limits"].clone();
        limits[0][member] = value;
        limits
    };
    refuses(
        "/limits",
        limit("leave-to-others", json!("{status2}")),
        "/limits/0/leave-to-others",
        "names no property",
    );
    refuses(
        "/limits",
        limit("leave-to-others", json!("{zone}")),
        "/limits/0/leave-to-others",
        "type integer",
    );
    refuses("/limits", limit("reset-zone", json!("Mars/Base")), "/limits/0/reset-zone", "not a time zone");
    refuses("/limits", limit("reset-zone", json!("{token}")), "/limits/0/reset-zone", "is a secret");
    let zone = with("/limits", limit("reset-zone", json!("Europe/Amsterdam")));
    assert_eq!(
        Spec::parse(&zone).unwrap().limits[0].reset_zone_in(&json!({})).as_deref(),
        Some("Europe/Amsterdam")
    );
}

#[test]
fn a_value_that_another_property_has_is_refused_with_the_hint() {
    let place = "/config/properties/locations/items/properties/location/differs-from";
    let rule = json!({ "property": "zone", "hint": "name it otherwise" });
    let spec = Spec::parse(&with(place, rule)).unwrap();
    let problems = |config: Value| {
        let problems = spec.validate_config(&config, &["token"]).into_iter();
        problems.map(|problem| (problem.pointer, problem.message)).collect::<Vec<_>>()
    };
    let equal = json!({ "zone": "UTC", "locations": [{ "location": "EST" }, { "location": "UTC" }] });
    let message = "`UTC` is the value of `zone` too: name it otherwise".to_owned();
    assert_eq!(problems(equal), [("/locations/1/location".to_owned(), message)]);
    assert_eq!(problems(json!({ "locations": [{ "location": "UTC" }] })), []);
    for property in ["token", "locations", "nothing"] {
        refuses(place, json!({ "property": property }), place, "no other property of one value");
    }
    refuses(place, json!({ "hint": "x" }), &format!("{place}/property"), "required");
}
