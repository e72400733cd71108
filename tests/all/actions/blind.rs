//! Actions that can neither be recognised by the vendor nor looked up: wherever such a one breaks off, it
//! is held for a person, and nothing sends it again.

use std::net::TcpListener;

use serde_json::Value;
use windlass_tests::connection::create;
use windlass_tests::host::{Host, Setup};

use super::{Place, order, vendor, vendor::Turn};

/// The vendor may have acted, whatever it answered.
#[test]
fn a_whole_answer_that_does_not_say_what_was_done_holds_the_action() {
    let place = Place::open();
    let silence = Turn::Text(200, "");
    let page = Turn::Text(200, "<html>We will be back soon</html>");
    let failure = Turn::Answer(500, vendor::done());
    for (key, turn) in [("silence", silence), ("page", page), ("failure", failure)] {
        place.vendor.next("/phone", turn);
        let output = place.act("phone", &order(key), key);
        assert!(output.code == 1 && output.stderr.contains("(action.held)"), "{key}: {output:?}");
        assert_held(&place.run(key), "answered");
    }
    assert_eq!(place.vendor.seen("/phone").len(), 3, "one request for each");
}

/// Three connections of one host, so that it dies once.
#[test]
fn an_action_that_breaks_off_before_the_first_byte_or_after_the_answer_is_held() {
    let place = Place::on(Host::start(Setup::default()), vendor::Vendor::start(vendor::done()));
    place.host.install_guest("misbehave");
    // A request over TLS has no first byte while nobody answers the handshake.
    let deaf = TcpListener::bind("127.0.0.1:0").expect("a loopback port");
    let deaf_url = format!("https://{}", deaf.local_addr().expect("a bound socket has an address"));
    let ask = |name: &str, misdeed: &str, url: &str| {
        let (misdeed, url) = (format!("misdeed={misdeed}"), format!("base_url={url}"));
        create(&place.host, name, "misbehave", &[&misdeed, &url], &[]);
        let asked = place.host.cli(&["act", name, "post", "--input", "{}", "--key", name, "--wait", "0"]);
        assert_eq!(asked.code, 4, "accepted and not finished: {asked:?}");
    };
    ask("panics", "panic", &(place.vendor.url() + "/panics"));
    assert_held(&place.reach("panics", "held"), "answered");
    ask("loops", "loop", &(place.vendor.url() + "/loops"));
    place.reach_with("loops", "answered", |run| run["intents"][0]["state"] == "answered");
    assert_eq!(place.run("loops")["state"], "running", "nothing is committed yet");
    ask("connects", "ok", &deaf_url);
    let _dialled = deaf.accept().expect("the host dials, so its intent stands");
    place.host.kill_9();
    place.host.restart();
    assert_held(&place.reach("loops", "held"), "answered");
    assert_held(&place.reach("connects", "held"), "open");
    assert_eq!(place.vendor.seen("/").len(), 2, "one request of each whose vendor answers");
}

#[track_caller]
fn assert_held(run: &Value, intent: &str) {
    assert_eq!(run["state"], "held", "{run}");
    assert_eq!(run["error"]["code"], "action.held", "{run}");
    let intents: Vec<_> = run["intents"].as_array().into_iter().flatten().map(|it| &it["state"]).collect();
    assert_eq!(intents, [intent], "{run}");
}
