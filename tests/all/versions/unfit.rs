//! A connection that a version does not fit.

use windlass_tests::connection::create;
use windlass_tests::host::{Host, Setup};

const LOCATIONS: &str = r#"locations=[{"location":"A","warehouse":1}]"#;
const OTHER_LOCATIONS: &str = r#"locations=[{"location":"B","warehouse":1}]"#;

/// The later version has a rule that the second connection breaks.
#[test]
fn a_connection_that_does_not_fit_stays_behind_and_is_named_until_it_is_changed() {
    let host = Host::start(Setup::default());
    host.install_guest("switches-loose");
    for name in ["one", "two"] {
        let settings = ["base_url=http://127.0.0.1:1", LOCATIONS];
        create(&host, name, "switches", &settings, &[("token", "a token of some length")]);
    }
    let path = windlass_tests::host::guest("switches");
    let said = host.ok(&["connector", "install", path.to_str().expect("UTF-8"), "--yes"]);
    assert!(said.contains("two stays on the version it runs") && said.contains("connection one"), "{said}");
    let versions = |name: &str| host.json(&["connection", "show", name])["version"].clone();
    assert_eq!((versions("one"), versions("two")), ("1.1.0".into(), "1.0.0".into()));
    let shown = host.ok(&["connector", "show", "switches"]);
    assert!(shown.contains("unfit"), "{shown}");
    let shown = host.ok(&["connection", "show", "two"]);
    assert!(shown.contains("it does not fit the active version: /locations/0/location"), "{shown}");
    // A change that the version it runs allows is taken; one that the active version allows moves it on.
    host.ok(&["connection", "set", "two", "--set", "requests=30"]);
    assert_eq!(versions("two"), "1.0.0");
    host.ok(&["connection", "set", "two", "--set", OTHER_LOCATIONS]);
    assert_eq!(versions("two"), "1.1.0");
    assert!(!host.ok(&["connector", "show", "switches"]).contains("unfit"));
}
