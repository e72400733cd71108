//! Optimakers to BaseLinker. O5

use serde_json::{Value, json};

use crate::{
    Flow, SEND, assert_held, assert_nothing, config_with, flow, imported, only, optimakers_order, order,
    realised,
};

/// A flow that has created the order 17.
fn after_import(config: &Value) -> Flow {
    let mut flow = Flow::new(config);
    only(&imported(&mut flow, &order(17)));
    flow
}

#[test]
fn a_realised_order_gets_its_status() {
    let mut flow = after_import(&crate::config());
    assert_nothing(&realised(&mut flow, &optimakers_order(17, json!(false))));
    let (role, action, input) = only(&realised(&mut flow, &optimakers_order(17, json!(true))));
    assert_eq!((role.as_str(), action.as_str()), ("baselinker", "set-order-status"));
    assert_eq!(input, json!({ "order_id": 17, "status_id": SEND }));
}

/// Yes and no come in many forms.
#[test]
fn realised_is_read_in_every_form() {
    for (form, sent) in [
        (json!(true), 1),
        (json!(1), 1),
        (json!("1"), 1),
        (json!("true"), 1),
        (json!(false), 0),
        (json!(0), 0),
        (json!("0"), 0),
        (json!("false"), 0),
    ] {
        let mut flow = after_import(&crate::config());
        let reaction = realised(&mut flow, &optimakers_order(17, form.clone()));
        assert_eq!((reaction.commands().len(), reaction.held()), (sent, None), "{form}");
    }
}

#[test]
fn realised_twice_sets_the_status_once() {
    let mut flow = after_import(&crate::config());
    only(&realised(&mut flow, &optimakers_order(17, json!(true))));
    assert_nothing(&realised(&mut flow, &optimakers_order(17, json!(true))));
    let changed = json!({ "id": 9_004, "externalId": 17, "realised": true, "statusId": 4 });
    assert_nothing(&realised(&mut flow, &changed));
}

#[test]
fn realised_back_to_no_changes_nothing_and_yes_again_neither() {
    let mut flow = after_import(&crate::config());
    only(&realised(&mut flow, &optimakers_order(17, json!(true))));
    assert_nothing(&realised(&mut flow, &optimakers_order(17, json!(false))));
    assert!(flow.logged().iter().any(|line| line.contains("no longer realised") && line.contains("17")));
    assert_nothing(&realised(&mut flow, &optimakers_order(17, json!(true))));
}

#[test]
fn orders_that_the_flow_did_not_create_are_left_alone() {
    let mut flow = after_import(&crate::config());
    for others in [
        json!({ "id": 1, "realised": true }),
        json!({ "id": 1, "externalId": null, "realised": true }),
        json!({ "id": 1, "externalId": "", "realised": true }),
        json!({ "id": 1, "externalId": "18", "realised": true }),
    ] {
        assert_nothing(&realised(&mut flow, &others));
    }
    assert_nothing(&flow.deletion("optimakers", "orders", "1").unwrap());
}

/// A wrong place must not pass for no: the status would never be sent, and nobody would know.
#[test]
fn an_order_that_does_not_say_whether_it_is_realised_is_held() {
    for form in [json!("maybe"), json!(""), Value::Null, json!([])] {
        let mut flow = after_import(&crate::config());
        let reaction = realised(&mut flow, &optimakers_order(17, form.clone()));
        assert_held(&reaction, &["`/realised`", "`optimakersOrder`", "9004"]);
        only(&realised(&mut flow, &optimakers_order(17, json!(true))));
    }
}

/// The places are those of the connection's profile.
#[test]
fn records_of_another_profile_are_read_by_the_setting() {
    let places = json!({ "reference": "/numerObcy", "realised": "/stan/zrealizowane" });
    let mut flow = after_import(&config_with(json!({ "optimakersOrder": places })));
    only(&realised(&mut flow, &json!({ "id": 1, "numerObcy": 17, "stan": { "zrealizowane": 1 } })));
}

#[test]
fn a_reference_in_an_attribute_is_found() {
    let mut flow = after_import(&config_with(json!({ "optimakersOrder": { "reference_attribute": 31 } })));
    let attributes =
        |id: u64| json!([{ "attributeId": 30, "value": "1" }, { "attributeId": id, "value": "17" }]);
    assert_nothing(&realised(&mut flow, &json!({ "id": 1, "realised": true, "attributes": attributes(32) })));
    only(&realised(&mut flow, &json!({ "id": 1, "realised": true, "attributes": attributes(31) })));
    assert_nothing(&realised(&mut flow, &json!({ "id": 1, "realised": true })));
}

#[test]
fn orders_do_not_touch_each_other() {
    let mut flow = flow();
    for id in 1..=40 {
        only(&imported(&mut flow, &order(id)));
    }
    for id in 1..=40 {
        let order = json!({ "id": 9_000 + id, "externalId": id, "realised": id % 2 });
        assert_eq!(realised(&mut flow, &order).commands().len() as u64, id % 2, "{id}");
    }
}
