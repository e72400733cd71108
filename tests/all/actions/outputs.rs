//! Outputs that do not fit.

use serde_json::json;

use super::{Place, order, vendor::Turn};

/// What the vendor did is not lost with it: the run fails once, keeps what came, and sends nothing again.
#[test]
fn an_output_that_does_not_fit_is_kept_and_never_sent_again() {
    let place = Place::open();
    place.vendor.next("/pay", Turn::Answer(200, json!({ "id": "seven", "note": "paid" })));
    let output = place.act("pay", &order("A"), "one");
    assert_eq!((output.code, output.stdout.as_str()), (1, ""), "{output:?}");
    assert!(output.stderr.contains("the action is done"), "{output:?}");
    assert!(output.stderr.contains("at /id: the value is not of type \"integer\""), "{output:?}");
    let run = place.run("one");
    assert_eq!((&run["state"], &run["attempt"]), (&json!("failed"), &json!(1)), "{run}");
    assert_eq!(run["error"]["code"], "action.output", "{run}");
    assert_eq!(run["error"]["blame"], "connector", "{run}");
    assert_eq!(run["error"]["detail"], json!({ "pointer": "/id" }), "{run}");
    assert_eq!(run["output"], json!({ "id": "seven", "note": "paid" }), "{run}");
    assert_eq!(run["intents"][0]["state"], "settled", "{run}");
    let retried = place.host.cli(&["run", "retry", &place.number("one")]);
    assert_eq!(retried.code, 1, "{retried:?}");
    assert!(retried.stderr.contains("(run.acted)"), "{retried:?}");
    assert_eq!(place.act("pay", &order("A"), "one").code, 1);
    assert_eq!(place.vendor.seen("/pay").len(), 1);
}
