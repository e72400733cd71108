//! What the vendor and the network do wrong is survived.

use serde_json::json;
use windlass_tests::asked::long;
use windlass_tests::cases::check_all;
use windlass_tests::cloudspot::Settings;
use windlass_tests::simulator::{Fault, When};

use super::Erp;

const ARTIKELS: &str = "GET /artikels/";

#[test]
fn an_answer_that_broke_is_asked_for_again_and_nothing_is_lost() {
    use Fault::*;
    let mut faults = vec![Reset, AnswerLost, ResetMidBody, Html500, TruncatedJson, SlowBody(20)];
    if long() {
        // Costs the whole time-out of a request.
        faults.push(Silent);
    }
    check_all(&faults, 3, |fault| {
        let erp = Erp::open(Settings::default());
        erp.vendor.fault(When::Nth(ARTIKELS.into(), 1), fault.clone());
        erp.sync_ok("artikels");
        assert_eq!((erp.records("artikels").len(), erp.changes("artikels").len()), (40, 40));
        assert!(erp.vendor.calls(ARTIKELS).len() <= 2);
        erp.assert_lawful();
    });
}

/// G2: 200 with what is no result, and 2xx that is not 200, are no success.
#[test]
fn an_answer_without_a_result_is_an_error() {
    let cases = [
        (200, json!({ "status": "OK" }).to_string(), "has no `data`"),
        (200, json!({ "status": "UNEXPECTED_VALUE", "message": "Onderhoud." }).to_string(), "Onderhoud."),
        (200, json!({ "data": "veel" }).to_string(), "neither a list nor a row"),
        (400, json!({ "status": "INVALID_FORMAT", "message": "Ongeldig." }).to_string(), "Ongeldig."),
        (405, json!({ "status": "NOT_ALLOWED", "message": "Niet zo." }).to_string(), "Niet zo."),
    ];
    check_all(&cases, 3, |(status, body, words)| {
        let erp = Erp::open(Settings::default());
        erp.sync_ok("artikels");
        let body = body.clone();
        erp.vendor
            .fault(When::Method(ARTIKELS.into()), Fault::Instead { acts: false, status: *status, body });
        let output = erp.sync("artikels");
        assert_eq!(output.code, 1, "{output:?}");
        assert!(output.stderr.contains(words), "{output:?}");
        assert_eq!(erp.records("artikels").len(), 40);
        assert_eq!(erp.vendor.calls(ARTIKELS).len(), 2, "a refusal is not tried again");
        assert_eq!(erp.runs()[0]["error"]["blame"], "vendor");
    });
}
