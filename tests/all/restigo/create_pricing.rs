//! A price list is created once, whatever is lost and whoever dies.

use std::time::Duration;

use windlass_tests::cases::check_all;
use windlass_tests::restigo::{NameFilter, Settings};
use windlass_tests::simulator::{Fault, Stage, When};

use super::{NAME, Supplier, json};
use crate::kill::{Kills, Point};

const CREATE: &str = "create-pricing";
const LIST: &str = "מחירון 2026";
const INPUT: &str = r#"{"name":"מחירון 2026"}"#;
const POST: &str = "POST pricings";
const LOOKUP: &str = "GET pricings";
/// How long a lookup waits after an open intent: the settle time of 60 s, less what may lie between the
/// intent, which is written first, and the request's arrival at the vendor.
const SETTLE: Duration = Duration::from_secs(57);

/// R3
#[test]
fn a_list_is_looked_up_and_created() {
    let supplier = Supplier::open(Settings::default());
    let output = json(&supplier.done(CREATE, INPUT, "k"));
    let id = supplier.vendor.lists_named(LIST)[0];
    assert_eq!(output, serde_json::json!({ "pricing_id": id, "pricing_name": LIST }));
    let methods: Vec<_> = supplier.vendor.requests().into_iter().map(|request| request.method).collect();
    assert_eq!(methods, [LOOKUP, POST]);
    assert_eq!(supplier.bodies(POST), [INPUT]);
    supplier.assert_lawful();
}

/// R3: whether the vendor would make a second one or not, and however it filters.
#[test]
fn a_list_of_the_name_that_was_there_before_is_refused_by_name_and_id() {
    let filters = [NameFilter::Exact, NameFilter::Contains, NameFilter::Ignored];
    check_all(&filters, 3, |&name_filter| {
        for twin_names in [true, false] {
            let supplier = Supplier::open(Settings { twin_names, name_filter, ..Settings::default() });
            let there = supplier.vendor.add_list(LIST);
            supplier.vendor.add_list(&format!("{LIST} ב"));
            let output = supplier.act(CREATE, INPUT, "k");
            assert_eq!(output.code, 1, "{output:?}");
            assert!(output.stderr.contains(LIST) && output.stderr.contains(&there.to_string()), "{output:?}");
            let error = supplier.runs()[0]["error"].clone();
            assert_eq!(error["vendor_code"], "name-exists", "{error}");
            assert_eq!(supplier.vendor.calls(POST).len(), 0);
            assert_eq!(supplier.vendor.lists_named(LIST), [there]);
        }
    });
}

/// Two callers want the same name at the same time: one gets it.
#[test]
fn two_actions_of_one_name_make_one_list() {
    let supplier = Supplier::open(Settings::default());
    let ask = |key| supplier.host.begin(&["act", NAME, CREATE, "--input", INPUT, "--key", key]);
    let ended = [ask("a"), ask("b"), ask("c")].map(windlass_tests::host::Begun::end);
    assert_eq!(ended.into_iter().filter(|&done| done).count(), 1);
    assert_eq!(supplier.vendor.lists_named(LIST).len(), 1);
}

/// R3: the vendor acted or it did not, and the answer did not come.
#[test]
fn a_list_whose_answer_was_lost_is_looked_up_and_there_is_one() {
    let strange = |acts, body: &str| Fault::Instead { acts, status: 201, body: body.into() };
    let cases = [
        Fault::AnswerLost,
        Fault::ResetMidBody,
        Fault::TruncatedJson,
        Fault::Reset,
        Fault::Html500,
        strange(true, r#"{"message":"success"}"#),
        strange(false, "<html>OK</html>"),
    ];
    // All at a time: they mostly wait for the settle time.
    check_all(&cases, cases.len(), |fault| {
        let supplier = Supplier::open(Settings::default());
        supplier.vendor.fault(When::Nth(POST.into(), 1), fault.clone());
        let output = json(&supplier.done(CREATE, INPUT, "k"));
        assert_eq!(supplier.vendor.lists_named(LIST), [output["pricing_id"].as_i64().unwrap()], "{fault:?}");
        let found = output["found_by_name"] == true;
        assert_eq!(found, fault.acts(), "what was found says so: {output}");
        assert_eq!(supplier.vendor.calls(POST).len(), if found { 1 } else { 2 });
        supplier.assert_lawful();
    });
}

/// Where the host dies, and how the vendor takes the request.
#[derive(Clone, Debug)]
struct Case {
    points: Vec<Point>,
    /// The host cannot have had the whole answer.
    open: bool,
    /// The connection breaks and the vendor never carries the first request out.
    lost: bool,
}

/// R3: before, during and after sending, and around the lookup.
#[test]
fn there_is_one_list_wherever_the_host_is_killed() {
    let cases = cases();
    check_all(&cases, cases.len(), |case| {
        let supplier = Supplier::open(Settings::default());
        if case.lost {
            supplier.vendor.fault(When::Nth(POST.into(), 1), Fault::Reset);
        }
        let ask = ["act", NAME, CREATE, "--input", INPUT, "--key", "k", "--wait", "240"];
        let kills = Kills::arm(&supplier.host, &supplier.vendor, &case.points);
        let asked = supplier.host.begin(&ask);
        for _ in &case.points {
            kills.wait();
            supplier.host.restart();
        }
        drop(asked);
        let output = json(&supplier.host.ok(&ask));
        assert_eq!(supplier.vendor.lists_named(LIST), [output["pricing_id"].as_i64().unwrap()]);
        assert_settled(&supplier, case);
        supplier.assert_lawful();
        let before = supplier.vendor.requests().len();
        supplier.host.ok(&ask);
        assert_eq!(supplier.vendor.requests().len(), before, "the same key was sent again");
    });
}

fn cases() -> Vec<Case> {
    let case = |points: &[Point], open| Case { points: points.to_vec(), open, lost: false };
    let stages = [Stage::Arrived, Stage::Acted, Stage::HalfAnswered, Stage::Answered];
    let at_the_lookup = stages.map(|stage| case(&[Point::at(1, stage).of(LOOKUP)], false));
    let at_the_request = stages.map(|stage| case(&[Point::at(1, stage).of(POST)], stage != Stage::Answered));
    let later = [1, 5, 15, 40, 120].map(|ms| case(&[Point::after_answer(1, ms).of(POST)], false));
    // The host dies once more around the lookup before the repeat.
    let acted = Point::at(1, Stage::Acted).of(POST);
    let lookups = [Point::at(3, Stage::Arrived), Point::after_answer(3, 0), Point::after_answer(3, 5)];
    let twice = lookups.map(|lookup| case(&[acted, lookup.of(LOOKUP)], true));
    let lost = Case { lost: true, ..case(&[Point::at(1, Stage::Arrived).of(POST)], true) };
    at_the_lookup.into_iter().chain(at_the_request).chain(later).chain(twice).chain([lost]).collect()
}

/// An answer that the host cannot have had whole leaves the request open: the vendor is given its time
/// before the lookup counts.
#[track_caller]
fn assert_settled(supplier: &Supplier, case: &Case) {
    let requests = supplier.vendor.requests();
    let sent: Vec<_> = requests.iter().filter(|request| request.method == POST).collect();
    assert!((1..=2).contains(&sent.len()), "sent {} times", sent.len());
    if case.open {
        let lookup = requests[sent[0].index..].iter().find(|request| request.method == LOOKUP);
        let after = lookup.expect("an open request is looked up").at - sent[0].at;
        assert!(after >= SETTLE, "looked up {after:?} after the first");
    }
}
