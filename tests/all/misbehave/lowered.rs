//! Limits of a call that an operator has lowered.

use windlass_tests::connection::create;
use windlass_tests::host::{Host, Setup};

use super::vendor::Vendor;

/// Short, so that the test is; on a busy machine a call has little CPU time in its wall-clock time.
const CONFIG: &str = "[call-limits]\nwall-ms = 3000\ncpu-ms = 60\nmemory-mib = 16\n";

#[test]
fn a_call_meets_the_limits_that_an_operator_has_lowered() {
    let vendor = Vendor::start([127, 0, 0, 1]);
    let host = Host::start(Setup { config: Some(CONFIG.to_owned()), ..Setup::default() });
    host.install_guest("misbehave");
    let cases = [
        ("silent", "call", "call.time", "the call did not return within 3s"),
        ("loop", "loop", "call.cpu", "the connector used 60ms of CPU time without returning"),
        ("allocate", "allocate", "call.memory", "a call may have 16 MiB"),
    ];
    for (name, misdeed, ..) in cases {
        let (misdeed, url) = (format!("misdeed={misdeed}"), format!("base_url={}/silent", vendor.url(name)));
        create(&host, name, "misbehave", &[&misdeed, &url], &[]);
    }
    let syncs = cases.map(|(name, ..)| host.begin(&["sync", name, "records"]));
    assert_eq!(syncs.map(|sync| sync.end()), [false; 3]);
    for (name, _, code, message) in cases {
        let run = &host.get(&format!("runs?connection={name}")).1["items"][0];
        assert_eq!((&run["state"], &run["error"]["code"]), (&"failed".into(), &code.into()), "{run}");
        let said = run["error"]["message"].as_str().unwrap_or_default();
        assert!(said.contains(message), "{said}");
    }
}
