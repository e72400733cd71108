//! What the flow asks for is what the connectors take, and what it names is what they declare.

use baselinker::BaseLinker;
use optimakers::Optimakers;
use optimakers_baselinker::Integration;
use serde_json::{Value, json};
use windlass_sdk::testing::{Answer, TestHost, flow_spec, spec};

use crate::{SEND, exact, flow, imported, only, optimakers_order, order, realised};

fn declares(spec: &Value, part: &str, name: &Value) -> bool {
    spec[part].as_array().unwrap().iter().any(|one| one["name"] == *name)
}

#[test]
fn streams_and_actions_of_the_roles_exist() {
    let flow = flow_spec::<Integration>();
    for (role, connector) in [("baselinker", spec::<BaseLinker>()), ("optimakers", spec::<Optimakers>())] {
        let role = &flow["roles"][role];
        assert_eq!(role["connector"], connector["name"]);
        let all = |part: &str| role[part].as_array().unwrap().clone();
        assert!(all("follows").iter().all(|stream| declares(&connector, "streams", stream)), "{role}");
        assert!(all("asks").iter().all(|action| declares(&connector, "actions", action)), "{role}");
    }
}

/// O6: by default an order is seen within the guide's five to thirty minutes, each way.
#[test]
fn followed_streams_are_read_within_thirty_minutes_by_default() {
    for connector in [spec::<BaseLinker>(), spec::<Optimakers>()] {
        let streams = connector["streams"].as_array().unwrap();
        let orders = streams.iter().find(|stream| stream["name"] == "orders").unwrap();
        let every = orders["every"].as_str().unwrap_or_else(|| panic!("no schedule: {orders}"));
        let minutes: u32 = every.strip_suffix('m').and_then(|minutes| minutes.parse().ok()).expect(every);
        assert!((5..=30).contains(&minutes), "{}: {every}", connector["name"]);
    }
}

#[test]
fn options_come_from_streams_that_exist() {
    let flow = flow_spec::<Integration>();
    let tables =
        ["vatRates", "currencies"].map(|table| &flow["config"]["properties"][table]["items"]["properties"]);
    let groups = tables.into_iter().chain([&flow["config"]["properties"]]);
    let fields: Vec<_> = groups.flat_map(|group| group.as_object().unwrap().values()).collect();
    let options: Vec<_> = fields.iter().filter_map(|field| field.get("options-from")).collect();
    assert_eq!(options.len(), 12);
    for options in options {
        let connector =
            if options["role"] == "baselinker" { spec::<BaseLinker>() } else { spec::<Optimakers>() };
        assert!(declares(&connector, "streams", &options["stream"]), "{options}");
    }
}

/// O4: through the connector, to the wire of the stand-in.
#[test]
fn optimakers_takes_the_order() {
    let asked = only(&imported(&mut flow(), &order(17))).2;
    let mut host = TestHost::<Optimakers>::new(json!({ "base_url": "https://test.syneo.pl" }));
    let orders = "https://test.syneo.pl/api/v1/orders";
    host.expect("GET", &format!("{orders}?externalId=17")).answer(Answer::json(json!({ "data": [] })));
    host.expect("POST", orders).answer(Answer::json(json!({ "data": { "id": 9_004 } })));
    host.act("create-order", "k", &asked).unwrap();
    let sent = host.sent()[1].json();
    assert_eq!(sent["externalId"], "17");
    assert_eq!(sent["customer"]["attributes"], json!([{ "attributeId": 20, "value": "jan77" }]));
    assert_eq!(sent["items"][0]["grossPrice"], exact("21.60"));
    assert_eq!(sent["attributes"][1], json!({ "attributeId": 12, "value": "15.50" }));
}

/// O5: through the connector, to BaseLinker's wire.
#[test]
fn baselinker_takes_the_status() {
    let mut flow = flow();
    only(&imported(&mut flow, &order(17)));
    let asked = only(&realised(&mut flow, &optimakers_order(17, json!(true)))).2;
    drop(flow);
    let mut host = TestHost::<BaseLinker>::new(json!({}));
    host.expect("POST", "https://api.baselinker.com/connector.php")
        .form("method", "setOrderStatus")
        .form("parameters", json!({ "order_id": 17, "status_id": SEND }))
        .answer(Answer::json(json!({ "status": "SUCCESS" })));
    host.act("set-order-status", "k", &asked).unwrap();
}
