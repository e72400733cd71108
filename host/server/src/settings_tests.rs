//! Which layer wins, and what is refused.

use std::path::PathBuf;

use super::*;

fn nothing(_: &str) -> Option<String> {
    None
}

fn variables(name: &str) -> Option<String> {
    let value = match name {
        "WINDLASS_LISTEN" => "127.0.0.1:2",
        "WINDLASS_DATA" => "from-variable",
        "WINDLASS_ALLOW_PRIVATE" => "127.0.0.0/8, 10.1.0.0/16",
        "WINDLASS_URL" => "http://elsewhere:1/",
        "WINDLASS_TOKEN" => "t",
        _ => return None,
    };
    Some(value.to_owned())
}

fn file(text: &str) -> Result<Layer, toml::de::Error> {
    toml::from_str(text)
}

#[test]
fn defaults_are_the_documented_ones() {
    let settings = resolve(Layer::default(), None, nothing).unwrap();
    assert_eq!(settings.data, PathBuf::from("./windlass-data"));
    assert_eq!(settings.listen.to_string(), "127.0.0.1:7420");
    assert_eq!(settings.role, Role::All);
    assert!(settings.database_url.is_none() && settings.allow_private.is_empty());
}

#[test]
fn the_guard_and_the_kept_versions_can_be_set() {
    let settings = resolve(Layer::default(), None, nothing).unwrap();
    assert_eq!(settings.guard, Guard { calls: 20, time_ms: 600_000 });
    assert_eq!((settings.keep_versions, settings.keep_versions_ms), (10, 90 * DAY_MS));
    let set = "guard-calls = 3\nguard-time = '30s'\nkeep-versions = 2\nkeep-versions-for = '7d'";
    let settings = resolve(file(set).unwrap(), None, nothing).unwrap();
    assert_eq!(settings.guard, Guard { calls: 3, time_ms: 30_000 });
    assert_eq!((settings.keep_versions, settings.keep_versions_ms), (2, 7 * DAY_MS));
    assert!(file("guard-time = 'soon'").unwrap_err().to_string().contains("not an interval"));
}

#[test]
fn a_flag_wins_over_a_variable() {
    let flags = Layer { listen: Some("127.0.0.1:1".parse().unwrap()), ..Layer::default() };
    let settings = resolve(flags, None, variables).unwrap();
    assert_eq!(settings.listen.port(), 1);
    assert_eq!(settings.data, PathBuf::from("from-variable"));
    assert_eq!(settings.allow_private.len(), 2);
}

#[test]
fn the_file_is_spelled_like_the_flags_and_knows_no_other_member() {
    let layer = file("listen = '127.0.0.1:3'\nallow-private = ['127.0.0.0/8']\nrole = 'worker'").unwrap();
    assert_eq!((layer.role, layer.allow_private.len()), (Some(Role::Worker), 1));
    let error = file("lisen = '127.0.0.1:3'").unwrap_err().to_string();
    assert!(error.contains("unknown field `lisen`"), "{error}");
}

#[test]
fn the_file_lowers_the_limits_of_a_call_and_never_raises_them() {
    let path = std::env::temp_dir().join(format!("windlass-settings-{}.toml", std::process::id()));
    let settings = |text: &str| {
        std::fs::write(&path, text).unwrap();
        resolve(Layer::default(), Some(&path), nothing)
    };
    let lowered = settings("[call-limits]\nwall-ms = 1500").unwrap();
    assert_eq!(lowered.call_limits.wall.as_millis(), 1_500);
    let error = settings("[call-limits]\nmemory-mib = 500").unwrap_err().to_string();
    assert!(error.starts_with("call-limits.memory-mib: `500` must be 1 to 128"), "{error}");
    std::fs::remove_file(&path).unwrap();
}

#[test]
fn a_senseless_variable_is_named() {
    let check = |lookup: Lookup, expected: &str| {
        let error = resolve(Layer::default(), None, lookup).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    };
    check(|name| (name == "WINDLASS_LISTEN").then(|| "here".into()), "WINDLASS_LISTEN: `here`");
    check(|name| (name == "WINDLASS_ROLE").then(|| "boss".into()), "is none of all, api, worker");
    check(|name| (name == "WINDLASS_ALLOW_PRIVATE").then(|| "10/99".into()), "WINDLASS_ALLOW_PRIVATE");
}

#[test]
fn a_client_takes_address_and_token_from_the_environment_first() {
    let client = client_from(&Everywhere::default(), variables);
    assert_eq!((client.url.as_str(), client.token.as_deref()), ("http://elsewhere:1", Some("t")));
    let flags = Everywhere { data: Some("/nowhere".into()), ..Everywhere::default() };
    let client = client_from(&flags, nothing);
    assert_eq!((client.url.as_str(), client.token), (DEFAULT_URL, None));
}

#[test]
fn the_token_of_this_machine_is_sent_to_no_other() {
    for (url, expected) in [
        ("http://127.0.0.1:7420", true),
        ("http://[::1]:1", true),
        ("http://localhost", true),
        ("https://a.example", false),
    ] {
        assert_eq!(is_this_machine(url), expected, "{url}");
    }
}
