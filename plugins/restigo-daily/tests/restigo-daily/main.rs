//! The flow against changes that a host would show it, and against the connector that it names. The
//! numbers in the tests' comments are those of the requirements.

use restigo::Restigo;
use restigo_daily::Daily;
use serde_json::{Value, json};
use windlass_sdk::testing::{Answer, TestFlow, TestHost, flow_spec, spec};

const KEY: &str = "23101/2020-12-07";

fn file(xml: &str) -> Value {
    json!({
        "account_code": "23101", "date": "2020-12-07", "name": "23101-2020-12-07.xml", "documents": 1, "lines": 2,
        "xml": xml,
    })
}

/// Role, action and input of the one action that follows from a change.
fn asked(flow: &mut TestFlow<Daily>, file: &Value) -> (String, String, Value) {
    let reaction = flow.change("restigo", "daily-documents", KEY, file).unwrap();
    let [command] = reaction.commands() else { panic!("one action was expected: {reaction:?}") };
    (command.role.clone(), command.action.clone(), serde_json::from_str(&command.input).unwrap())
}

/// R6
#[test]
fn a_file_is_delivered_and_delivered_again_under_its_name_when_it_changes() {
    let mut flow = TestFlow::<Daily>::new(&json!({}));
    for xml in ["<Documents/>\n", "<Documents>\nא</Documents>\n"] {
        let input = json!({ "name": "23101-2020-12-07.xml", "xml": xml });
        assert_eq!(asked(&mut flow, &file(xml)), ("restigo".into(), "deliver-documents".into(), input));
    }
}

#[test]
fn a_file_that_is_forgotten_is_left_alone() {
    let mut flow = TestFlow::<Daily>::new(&json!({}));
    flow.record("restigo", "daily-documents", KEY, &file("<Documents/>\n"));
    let reaction = flow.deletion("restigo", "daily-documents", KEY).unwrap();
    assert_eq!((reaction.commands().len(), reaction.held()), (0, None));
}

#[test]
fn the_flow_has_one_role_and_nothing_to_set() {
    let flow = flow_spec::<Daily>();
    let role =
        json!({ "connector": "restigo", "follows": ["daily-documents"], "asks": ["deliver-documents"] });
    assert_eq!(flow["roles"], json!({ "restigo": role }));
    assert_eq!(flow["config"]["additionalProperties"], false);
    assert_eq!(flow["config"].get("required"), None);
    let connector = spec::<Restigo>();
    let declares =
        |part: &str, name: &Value| connector[part].as_array().unwrap().iter().any(|one| one["name"] == *name);
    assert_eq!(connector["name"], role["connector"]);
    assert!(declares("streams", &role["follows"][0]) && declares("actions", &role["asks"][0]));
}

/// What the connector builds is what the flow reads, and what the flow asks for is what the connector takes.
#[test]
fn a_built_file_goes_through_the_flow_and_out() {
    let config =
        json!({ "customers": ["23101"], "documents_url": "https://files.example", "empty_files": true });
    let mut host = TestHost::<Restigo>::new(config.clone());
    let built = host.sync("daily-documents").unwrap().records.remove(0).1;
    drop(host);
    let mut flow = TestFlow::<Daily>::new(&json!({}));
    let (_, action, input) = asked(&mut flow, &built);
    drop(flow);
    let mut host = TestHost::<Restigo>::new(config);
    host.expect("PUT", "https://files.example/23101-2023-12-31.xml").answer(Answer::text(201, ""));
    host.act(&action, "k", &input).unwrap();
    assert_eq!(host.sent()[0].body, built["xml"].as_str().unwrap().as_bytes());
}
