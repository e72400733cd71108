//! What is set, what is switched, and what goes out with every request.

use std::fs;

use serde_json::{Value, json};
use windlass_tests::clock::Clock;
use windlass_tests::itsperfect::{PASSWORD, Settings, TOKEN, USERNAME};
use windlass_tests::simulator::{Fault, When};

use super::erp::{Erp, NAME, SECRETS, input};

/// I1
#[test]
fn three_secrets_are_required_and_the_rest_is_not() {
    let erp = Erp::open(Settings::default(), &[]);
    let files: Vec<_> = SECRETS
        .iter()
        .map(|(field, secret)| format!("{field}=@{}", erp.host.secret_file(field, secret).display()))
        .collect();
    let command = ["connection", "create", "second", "--connector", "itsperfect", "--set", "tenant=acme"];
    for (missing, _) in SECRETS {
        let given =
            files.iter().filter(|file| !file.starts_with(missing)).flat_map(|file| ["--secret", file]);
        let output = erp.host.cli(&command.into_iter().chain(given).collect::<Vec<_>>());
        assert_ne!(output.code, 0, "{output:?}");
        assert!(output.stderr.contains(missing), "{output:?}");
    }
    let no_address = ["connection", "create", "second", "--connector", "itsperfect"];
    let secrets: Vec<_> = files.iter().flat_map(|file| ["--secret", file]).collect();
    let output = erp.host.cli(&[&no_address[..], &secrets].concat());
    assert!(output.code != 0 && output.stderr.contains("tenant"), "{output:?}");
    erp.host.ok(&[&no_address[..], &secrets, &["--set", "tenant=acme"]].concat());
}

/// I3
#[test]
fn token_and_basic_authentication_go_with_every_request() {
    let erp = Erp::open(Settings::default(), &["create_orders=true", super::erp::ACCOUNT]);
    for stream in ["warehouses", "countries", "items"] {
        erp.sync_ok(stream);
    }
    assert_eq!(erp.create("A-1").code, 0);
    let requests = erp.vendor.requests();
    assert!(requests.len() >= 4);
    for request in &requests {
        assert_eq!(request.token.as_deref(), Some(TOKEN), "{}", request.http);
        let basic = request.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("authorization"));
        assert_eq!(basic.count(), 1, "{:?}", request.headers);
    }
    // The simulator judges what is in it.
    erp.assert_lawful();
}

/// I3
#[test]
fn a_token_that_the_vendor_echoes_is_nowhere_but_on_the_wire() {
    let erp = Erp::open(Settings::default(), &["create_orders=true", super::erp::ACCOUNT]);
    erp.vendor.fault(When::Nth("GET items".into(), 1), Fault::EchoTokenInError);
    erp.vendor.fault(When::Method("GET items".into()), Fault::EchoTokenInData);
    let echo = format!("The authentication token ({TOKEN}) of {USERNAME} with {PASSWORD} is not correct");
    let refusal = Fault::Refuse { code: "401".into(), message: echo };
    erp.vendor.fault(When::Method("GET countries".into()), refusal.clone());
    erp.vendor.fault(When::Method("POST orders".into()), refusal);
    let mut said = String::new();
    for command in [
        vec!["sync", NAME, "items"],
        vec!["sync", NAME, "countries"],
        vec!["act", NAME, "create-order", "--input", &input("A-1").to_string(), "--wait", "60"],
        vec!["records", NAME, "items"],
        vec!["connection", "show", NAME, "--json"],
        vec!["run", "list", "--json"],
    ] {
        let output = erp.host.cli(&command);
        said += &format!("{}{}", output.stdout, output.stderr);
    }
    assert!(said.contains("is not correct"), "the vendor's words are told: {said}");
    assert!(said.contains("called with [secret]"), "{said}");
    for run in erp.runs() {
        said += &erp.run(&run["id"]).to_string();
    }
    assert_clean("an answer", said.as_bytes());
    for file in erp.host.files() {
        assert_clean(&file.display().to_string(), &fs::read(&file).unwrap_or_default());
    }
}

#[track_caller]
fn assert_clean(place: &str, bytes: &[u8]) {
    let percent = PASSWORD.replace(' ', "%20").replace('!', "%21").replace('+', "%2B");
    for secret in [TOKEN, PASSWORD, &percent] {
        let found = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
        assert!(!found, "{place} holds {secret:?}");
    }
}

/// I2
#[test]
fn a_check_asks_one_thing_and_only_when_active() {
    let erp = Erp::open(Settings::default(), &[]);
    let good = erp.host.ok(&["connection", "check", NAME]);
    assert!(good.contains("4 warehouses"), "{good}");
    let asked: Vec<_> = erp.vendor.requests().into_iter().map(|request| request.method).collect();
    assert_eq!(asked, ["GET warehouses"]);
    erp.host.ok(&["connection", "set", NAME, "--set", "active=false"]);
    let off = erp.host.cli(&["connection", "check", NAME]);
    assert_eq!(off.code, 1, "{off:?}");
    assert!(off.stderr.contains("`active`"), "{off:?}");
    assert_eq!(erp.vendor.requests().len(), 1);
}

/// I2
#[test]
fn what_is_off_is_refused_before_any_request() {
    let [stock, other_stock] =
        ["A", "B"].map(|location| format!(r#"locations=[{{"location":"{location}","warehouse":3}}]"#));
    // What is set, what is asked for, and which setting the refusal names.
    let cases: [(&[&str], &str, &str); 6] = [
        (&[], "warehouses", "active"),
        (&[], "items", "active"),
        (&["get_stock=true", &stock], "stock", "active"),
        (&["active=true", &other_stock], "stock", "get_stock"),
        (&["create_orders=true", super::erp::ACCOUNT], "create-order", "active"),
        (&["active=true", super::erp::ACCOUNT], "create-order", "create_orders"),
    ];
    let erp = Erp::open_under(Settings::default(), Clock::default(), &[]);
    for (settings, asked, named) in cases {
        let name = format!("off-{asked}-{named}").replace('_', "-");
        super::erp::connect(&erp.host, &name, &erp.vendor, settings);
        let output = match asked {
            "create-order" => {
                erp.host.cli(&["act", &name, asked, "--input", &input("A-1").to_string(), "--wait", "30"])
            }
            stream => erp.host.cli(&["sync", &name, stream]),
        };
        assert_eq!(output.code, 1, "{name}: {output:?}");
        assert!(output.stderr.contains("switched-off"), "{name}: {output:?}");
        assert!(output.stderr.contains(&format!("--set {named}=true")), "{name}: {output:?}");
    }
    assert_eq!(erp.vendor.requests().len(), 0);
}

/// I2
#[test]
fn warehouses_and_countries_need_active_alone() {
    let erp = Erp::open(Settings::default(), &[]);
    for stream in ["warehouses", "countries"] {
        erp.sync_ok(stream);
        assert_eq!(erp.records(stream).len(), 4);
    }
}

/// G3
#[test]
fn the_address_is_everything_before_the_api() {
    let erp = Erp::open(Settings::default(), &[]);
    let with_slash = format!("base_url={}/", erp.vendor.url());
    erp.host.ok(&["connection", "set", NAME, "--set", &with_slash]);
    erp.sync_ok("countries");
    assert!(
        erp.vendor.requests()[0].http.starts_with("GET /api/v2/countries/?"),
        "{:?}",
        erp.vendor.requests()
    );
}

/// I4, I5, I6
#[test]
fn a_row_needs_both_halves_and_knows_no_other() {
    let erp = Erp::open(Settings::default(), &[]);
    for (row, named) in [
        (r#"locations=[{"location":"A"}]"#, "warehouse"),
        (r#"locations=[{"warehouse":3}]"#, "location"),
        (r#"accounts=[{"account":"A"}]"#, "warehouse"),
        (r#"accounts=[{"account":"A","warehouse":3,"warehose":3}]"#, "warehose"),
        (r#"extension_attributes=[{"name":"A"}]"#, "value"),
    ] {
        let output = erp.host.cli(&["connection", "set", NAME, "--set", row]);
        assert_ne!(output.code, 0, "{row}: {output:?}");
        assert!(output.stderr.contains(named), "{row}: {output:?}");
    }
    let shown: Value = erp.host.json(&["connection", "show", NAME]);
    assert_eq!(shown["config"]["locations"], json!(null), "nothing of it was kept: {shown}");
}
