//! Specs that are read, and specs that are refused with which sentence.

use serde_json::{Value, json};
use url::Url;

use super::{RequestFacts, Schema, Spec, SpecError};

fn minimal() -> Value {
    json!({
        "spec": 1, "name": "shop", "version": "1.2.3", "title": "Shop",
        "config": {
            "type": "object",
            "required": ["token", "status"],
            "properties": {
                "token": { "type": "string", "secret": true },
                "user": { "type": "string", "secret": true, "identifier": true },
                "status": { "type": "integer", "minimum": 1 },
                "orders": { "type": "boolean", "default": true },
                "per_minute": { "type": "integer", "default": 60 },
                "base_url": { "type": "string", "default": "https://api.shop.example" }
            }
        },
        "hosts": ["{base_url}"],
        "auth": [{ "attach": [{ "header": "X-Token", "value": "{token}" }] }],
        "safe-requests": [{ "form": { "method": ["get*"] } }],
        "limits": [{
            "name": "minute", "max": 100, "window-seconds": 60,
            "counts": [
                { "match": { "form": { "method": ["addOrder"] } }, "cost": 5 },
                { "match": { "method": ["GET"], "path-prefix": "/free" }, "cost": 0 },
                { "match": { "json": { "/batch/size": ["10"] } }, "cost": 10 }
            ]
        }],
        "streams": [{ "name": "orders", "kind": "incremental", "schema": { "type": "object" }, "enabled-by": "orders" }],
        "actions": [{ "name": "add", "input": {}, "output": {}, "repeat": "none" }]
    })
}

/// The minimal spec with one place changed.
fn with(pointer: &str, value: Value) -> String {
    let mut spec = minimal();
    let (parent, name) = pointer.rsplit_once('/').expect("a pointer");
    match spec.pointer_mut(parent).expect("the place to change") {
        Value::Object(members) => drop(members.insert(name.to_owned(), value)),
        Value::Array(elements) => elements.push(value),
        _ => panic!("{parent} holds nothing"),
    }
    spec.to_string()
}

fn spec() -> Spec {
    Spec::parse(&minimal().to_string()).expect("the minimal spec is valid")
}

#[track_caller]
fn refuses(json: &str, pointer: &str, part: &str) {
    match Spec::parse(json) {
        Err(SpecError::Invalid(problems)) => assert!(
            problems.iter().any(|problem| problem.pointer == pointer && problem.message.contains(part)),
            "{problems:#?}"
        ),
        other => panic!("{other:?}"),
    }
}

#[test]
fn defaults_are_those_of_the_schema() {
    let spec = spec();
    let action = spec.action("add").expect("declared");
    assert_eq!((action.settle_seconds, action.max_requests, spec.state), (60, 1, 0));
    assert_eq!(spec.secret_fields(), ["token", "user"]);
    assert_eq!(spec.identifier_fields(), ["user"]);
    assert!(spec.stream("orders").is_some() && spec.stream("products").is_none());
    let bare = Spec::parse(r#"{"spec":1,"name":"a","version":"1.0.0","title":"A"}"#).expect("valid");
    assert_eq!(bare.validate_config(&json!({}), &[""; 0]), []);
}

#[test]
fn what_the_schema_refuses_is_said_with_its_place() {
    refuses(&with("/colour", json!("red")), "/colour", "`colour` is not known here");
    refuses(&with("/name", json!("Shop")), "/name", "does not match");
    refuses(&with("/spec", json!(2)), "/spec", "1 was expected");
    refuses(&with("/limits/0/windw", json!(1)), "/limits/0/windw", "not known");
    refuses(
        &with("/auth/0/attach/-", json!({ "header": "X" })),
        "/auth/0/attach/1/value",
        "`value` is required",
    );
    refuses(r#"{"spec":1}"#, "/name", "`name` is required and missing");
}

#[test]
fn what_contradicts_itself_is_refused_with_its_place() {
    refuses(&with("/version", json!("1.2")), "/version", "not a semantic version");
    refuses(&with("/streams/-", minimal()["streams"][0].clone()), "/streams/1/name", "used twice");
    refuses(&with("/streams/0/enabled-by", json!("status")), "/streams/0/enabled-by", "not a boolean");
    refuses(
        &with("/streams/0/schema", json!({ "type": "strng" })),
        "/streams/0/schema/type",
        "not a JSON Schema",
    );
    refuses(&with("/hosts/-", json!("https://{tenant}.example")), "/hosts/1", "names no property");
    refuses(&with("/hosts/-", json!("https://{token}.example")), "/hosts/1", "is a secret");
    refuses(&with("/hosts/-", json!("ftp://files.example")), "/hosts/1", "not a scheme");
    refuses(&with("/hosts/-", json!("https://*.example")), "/hosts/1", "without `*`");
    refuses(&with("/auth/0/attach/0/value", json!("{key}")), "/auth/0/attach/0/value", "names no property");
    refuses(&with("/auth/0/attach/0/header", json!("Host")), "/auth/0/attach/0/header", "by the host alone");
    refuses(&with("/limits/0/max", json!("{base_url}")), "/limits/0/max", "type integer");
    refuses(
        &with("/config/properties/token/type", json!("integer")),
        "/config/properties/token/type",
        "string",
    );
    refuses(
        &with("/config/properties/status/identifier", json!(true)),
        "/config/properties/status/identifier",
        "goes",
    );
    let place = "/config/properties/status/secert";
    refuses(&with(place, json!(true)), place, "`secret`");
    let row = json!({ "type": "array", "items": { "type": "object", "properties": { "a": { "option-from": {} } } } });
    let place = "/config/properties/rows/items/properties/a/option-from";
    refuses(&with("/config/properties/rows", row), place, "none of ours");
    assert!(Spec::parse(&with("/config/properties/status/x-note", json!("mine"))).is_ok());
    let options = json!({ "stream": "statuses", "value": "/id" });
    let place = "/config/properties/status/options-from";
    refuses(&with(place, options), place, "`statuses` is no stream");
    let nested = json!({ "type": "object", "properties": { "inner": { "type": "string", "secret": true } } });
    refuses(&with("/config/properties/deep", nested), "/config/properties/deep", "top level only");
}

#[test]
fn a_webhook_says_all_that_its_verification_needs_and_no_more() {
    let webhook = |verify: Value| with("/webhooks", json!([{ "name": "orders", "verify": verify }]));
    let header = json!({ "kind": "secret", "in": "header", "name": "x-token", "secret": "{token}" });
    let hmac = json!({ "kind": "hmac-sha-256", "name": "x-sign", "secret": "{token}", "encoding": "hex" });
    for good in [&header, &hmac, &json!({ "kind": "address" })] {
        assert!(Spec::parse(&webhook(good.clone())).is_ok(), "{good}");
    }
    let changed = |verify: &Value, member: &str, value: Value| {
        let mut verify = verify.clone();
        verify[member] = value;
        webhook(verify)
    };
    let without = |verify: &Value, member: &str| {
        let mut verify = verify.clone();
        verify.as_object_mut().expect("an object").remove(member);
        webhook(verify)
    };
    let at = |member: &str| format!("/webhooks/0/verify/{member}");
    for member in ["in", "name", "secret"] {
        refuses(&without(&header, member), &at(member), "needs it");
    }
    refuses(&without(&hmac, "encoding"), &at("encoding"), "needs it");
    refuses(&changed(&header, "encoding", json!("hex")), &at("encoding"), "does not use it");
    refuses(&webhook(json!({ "kind": "address", "secret": "{token}" })), &at("secret"), "does not use it");
    refuses(&changed(&hmac, "in", json!("body")), &at("in"), "in a header");
    refuses(&changed(&header, "in", json!("body")), &at("name"), "JSON Pointer");
    for wrong in ["{status}", "{user}", "{nothing}"] {
        refuses(&changed(&header, "secret", json!(wrong)), &at("secret"), "not a secret property");
    }
    refuses(&changed(&header, "secret", json!("x{token}")), &at("secret"), "in braces");
    let query = changed(&header, "in", json!("query"))
        .replace("\"secret\":\"{token}\"", "\"secret\":\"{token}\",\"prefix\":\"x\"");
    refuses(&query, &at("prefix"), "does not use it");
    let both = json!([{ "name": "orders", "verify": { "kind": "address" }, "event-id": "/id",
        "repeat-window-seconds": 60 }]);
    refuses(&with("/webhooks", both), "/webhooks/0/repeat-window-seconds", "without `event-id`");
}

#[test]
fn a_call_that_never_fits_its_window_is_refused() {
    // 10 is the dearest cost.
    assert!(Spec::parse(&with("/actions/0/max-requests", json!(10))).is_ok());
    refuses(&with("/actions/0/max-requests", json!(11)), "/limits/0/max", "one call may need 110");
}

#[test]
fn only_the_first_problems_are_listed() {
    let mut spec = minimal();
    for n in 0..9 {
        spec["hosts"].as_array_mut().expect("a list").push(json!(format!("https://{{missing{n}}}")));
    }
    let text = Spec::parse(&spec.to_string()).expect_err("invalid").to_string();
    assert_eq!(text.lines().count(), 6, "{text}");
    assert!(text.ends_with("and 4 more"), "{text}");
}

#[test]
fn too_much_is_not_read() {
    let long = format!("{{\"title\":\"{}\"}}", "x".repeat(super::MAX_SPEC_BYTES));
    assert!(matches!(Spec::parse(&long), Err(SpecError::TooLarge { .. })));
    assert!(matches!(Spec::parse("{"), Err(SpecError::NotJson(_))));
}

#[test]
fn a_login_names_what_is_there_and_goes_where_it_may() {
    let login = json!({ "login": {
        "request": { "url": "{base_url}/login", "json": { "who": [{ "name": "{user}" }], "key": "{token}" } },
        "token": "/session", "apply": { "header": "X-Session", "value": "{token}" }
    } });
    Spec::parse(&with("/auth/0/attach/-", login.clone())).expect("a valid login");
    let refuses_with = |pointer: &str, value: Value, place: &str, part: &str| {
        let mut wrong = login.clone();
        let (parent, name) = pointer.rsplit_once('/').expect("a pointer");
        wrong.pointer_mut(parent).expect("the place to change")[name] = value;
        refuses(&with("/auth/0/attach/-", wrong), &format!("/auth/0/attach/1{place}"), part);
    };
    refuses_with(
        "/login/request/url",
        json!("https://else.example/"),
        "/login/request/url",
        "none of the spec's",
    );
    refuses_with("/login/request/url", json!("{base_url}/{token}"), "/login/request/url", "a secret");
    refuses_with("/login/request/url", json!("{shop}/login"), "/login/request/url", "names no property");
    refuses_with("/login/request/form", json!({}), "/login/request", "both `form` and `json`");
    refuses_with("/login/request/method", json!("P T"), "/login/request/method", "not a method");
    refuses_with("/login/request/json/key", json!("{key}"), "/login/request/json/key", "names no property");
    let place = "/login/request/json/who/0/name";
    refuses_with(place, json!("{name}"), place, "names no property");
    refuses_with("/login/apply/header", json!("Host"), "/login/apply/header", "by the host alone");
    refuses_with("/login/apply/value", json!("Bearer"), "/login/apply/value", "`{token}` once");
    refuses_with("/login/apply/value", json!("{token} {user}"), "/login/apply/value", "`{token}` once");
    refuses(
        &with("/auth/0", json!({ "attach": [login.clone(), login] })),
        "/auth/1/attach",
        "has two logins",
    );
}

#[test]
fn oauth2_has_what_its_grant_needs() {
    let refuses_with = |oauth2: Value, place: &str, part: &str| {
        let place = format!("/auth/0/attach/1/oauth2{place}");
        refuses(&with("/auth/0/attach/-", json!({ "oauth2": oauth2 })), &place, part);
    };
    let grant = |grant: &str, url: &str| json!({ "grant": grant, "token-url": url });
    refuses_with(grant("client-credentials", "{base_url}/token"), "/client-secret", "needs it");
    refuses_with(grant("refresh-token", "{base_url}/token"), "/refresh-token", "needs it");
    refuses_with(grant("refresh-token", "https://else.example"), "/token-url", "none of the spec's");
}

#[track_caller]
fn config_problem(config: Value, secrets: &[&str], pointer: &str, part: &str) {
    let problems = spec().validate_config(&config, secrets);
    assert!(
        problems.iter().any(|problem| problem.pointer == pointer && problem.message.contains(part)),
        "{problems:#?}"
    );
}

#[test]
fn a_configuration_is_judged_without_its_secrets() {
    assert_eq!(spec().validate_config(&json!({ "status": 7 }), &["token"]), []);
    config_problem(json!({ "status": 7 }), &[], "/token", "--secret token=env:VAR");
    config_problem(json!({ "status": 7, "token": "x" }), &["token"], "/token", "is a secret");
    config_problem(json!({ "status": 7 }), &["token", "status"], "/status", "not a secret");
    config_problem(json!({}), &["token"], "/status", "`status` is required");
    config_problem(json!({ "status": "7" }), &["token"], "/status", "type \"integer\"");
    config_problem(json!({ "status": 7, "colour": 1 }), &["token"], "/colour", "not a property");
    config_problem(
        json!({ "status": 7, "base_url": "shop" }),
        &["token"],
        "/base_url",
        "not an absolute address",
    );
    config_problem(json!([]), &["token"], "", "JSON object");
}

#[test]
fn a_limit_from_the_configuration_must_hold_a_call() {
    let spec = Spec::parse(&with("/limits/0/max", json!("{per_minute}"))).expect("valid");
    assert_eq!(spec.validate_config(&json!({ "status": 1 }), &["token"]), []);
    let problems = spec.validate_config(&json!({ "status": 1, "per_minute": 9 }), &["token"]);
    assert_eq!(problems[0].pointer, "/per_minute");
    assert_eq!(spec.limits[0].max_in(&json!({ "per_minute": 9 })), Some(9));
}

#[test]
fn defaults_fill_what_is_not_given() {
    let filled = spec().with_defaults(&json!({ "orders": false }));
    assert_eq!(filled, json!({ "orders": false, "per_minute": 60, "base_url": "https://api.shop.example" }));
}

/// Safety and cost of a request to the vendor.
#[track_caller]
fn judged(method: &str, path: &str, content_type: Option<&str>, body: &str, safe: bool, cost: u32) {
    let (spec, url) =
        (spec(), Url::parse("https://api.shop.example").and_then(|url| url.join(path)).expect("a URL"));
    let facts = RequestFacts::new(method, &url, content_type, body.as_bytes());
    assert_eq!((spec.is_safe(&facts), spec.limits[0].cost(&facts)), (safe, cost));
}

const FORM: Option<&str> = Some("application/x-www-form-urlencoded; charset=utf-8");
const JSON: Option<&str> = Some("application/json");

#[test]
fn matchers_read_method_path_form_and_json() {
    judged("GET", "/orders", None, "", true, 1);
    judged("GET", "/free/of/charge", None, "", true, 0);
    judged("GET", "/freedom", None, "", true, 1);
    judged("POST", "/", FORM, "method=getOrders&page=1", true, 1);
    judged("POST", "/", FORM, "method=addOrder", false, 5);
    judged("POST", "/", FORM, "method=other", false, 1);
    judged("POST", "/", JSON, r#"{"batch":{"size":10}}"#, false, 10);
    judged("POST", "/", JSON, r#"{"batch":{"size":1}}"#, false, 1);
    judged("DELETE", "/", None, "", false, 1);
}

#[test]
fn a_request_in_disguise_is_neither_safe_nor_cheap() {
    judged("POST", "/", FORM, "method=getOrders&method=addOrder", false, 5);
    judged("POST", "/", FORM, "method=getOrders&method[]=addOrder", false, 5);
    judged("POST", "/", FORM, "method=getOrders&+Method=addOrder", false, 5);
    judged("POST", "/?method=addOrder", FORM, "method=getOrders", false, 5);
    judged("POST", "/", Some("multipart/form-data; boundary=x"), "--x", false, 10);
    judged("POST", "/", None, "method=getOrders", false, 10);
    judged("POST", "/", JSON, "method=getOrders", false, 10);
    judged("POST", "/", FORM, r#"{"batch":{"size":10}}"#, false, 10);
}

#[test]
fn a_schema_names_the_place_and_not_the_value() {
    let schema = Schema::compile(&json!({
        "type": "object",
        "properties": { "lines": { "type": "array", "items": { "required": ["sku"] } }, "email": { "pattern": "@" } }
    }))
    .expect("valid");
    assert_eq!(schema.first_mismatch(&json!({ "lines": [{ "sku": 1 }] })), None);
    let (pointer, message) = schema.first_mismatch(&json!({ "lines": [{ "sku": 1 }, {}] })).expect("wrong");
    assert_eq!((pointer.as_str(), message.as_str()), ("/lines/1/sku", "`sku` is required and missing"));
    let (_, message) = schema.first_mismatch(&json!({ "email": "private" })).expect("wrong");
    assert!(!message.contains("private"), "{message}");
}

#[test]
fn a_schema_cannot_hang_the_host_nor_make_it_fetch() {
    let evil = Schema::compile(&json!({ "pattern": "^(a+)+$" })).expect("linear here");
    assert!(evil.first_mismatch(&json!("a".repeat(50_000) + "b")).is_some());
    assert!(Schema::compile(&json!({ "pattern": "(?=a)b" })).is_err(), "needs backtracking");
    assert!(Schema::compile(&json!({ "$ref": "https://schemas.example/order.json" })).is_err());
    assert!(Schema::compile(&json!({ "$ref": "file:///etc/hostname" })).is_err());
}

/// `n` definitions, each of which names the next one twice.
fn doubling(n: usize) -> Value {
    let mut definitions = serde_json::Map::from_iter([(format!("a{n}"), json!({ "type": "object" }))]);
    for at in 0..n {
        let next = json!({ "$ref": format!("#/$defs/a{}", at + 1) });
        definitions.insert(format!("a{at}"), json!({ "allOf": [next, next] }));
    }
    json!({ "$ref": "#/$defs/a0", "$defs": definitions })
}

#[test]
fn references_are_counted_before_they_are_followed() {
    assert!(Schema::compile(&doubling(5)).is_ok());
    let message = Schema::compile(&doubling(30)).expect_err("too large").to_string();
    assert!(message.contains("parts when its references are followed"), "{message}");
    let chain =
        (0..500).map(|n| (format!("a{n}"), json!({ "not": { "$ref": format!("#/$defs/a{}", n + 1) } })));
    let chain = json!({ "$ref": "#/$defs/a0", "$defs": serde_json::Map::from_iter(chain) });
    assert!(Schema::compile(&chain).expect_err("too deep").to_string().contains("deep"));
    let tree = Schema::compile(
        &json!({ "properties": { "children": { "items": { "$ref": "#" } } }, "required": ["id"] }),
    );
    let tree = tree.expect("a tree of children is allowed");
    assert_eq!(tree.first_mismatch(&json!({ "id": 1, "children": [{ "id": 2 }] })), None);
    assert!(tree.first_mismatch(&json!({ "id": 1, "children": [{}] })).is_some());
    let twice = json!({ "properties": { "a": { "allOf": [{ "$ref": "#" }, { "$ref": "#" }] } } });
    assert!(Schema::compile(&twice).is_err());
    assert!(Schema::compile(&json!({ "$dynamicRef": "#node" })).is_err());
    assert!(
        Schema::compile(&json!({ "properties": { "$ref": { "type": "string" } } })).is_ok(),
        "a property's name"
    );
}
