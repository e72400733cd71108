//! More connections than places.

use windlass_tests::host::{Host, Setup};

use super::vendor::Vendor;

/// Calls that run at once in one host: `CALLS_AT_ONCE` of the sandbox.
const PLACES: usize = 64;
const CONNECTIONS: usize = 70;

/// The vendor answers nobody until every place is taken, so a pool that were smaller than it says would
/// end this in time-outs; those who found no place come after the others.
#[test]
fn every_place_of_the_pool_can_be_used_at_once_and_nobody_is_left_out() {
    let vendor = Vendor::start([127, 0, 0, 1]);
    vendor.open_gate_at(PLACES);
    let host = Host::start(Setup::default());
    host.install_guest("misbehave");
    let names: Vec<_> = (0..CONNECTIONS).map(|n| format!("one-of-many-{n}")).collect();
    for name in &names {
        let base = format!("base_url={}/gate", vendor.url(name));
        let set = ["--set", "misdeed=call", "--set", &base];
        host.ok(&[&["connection", "create", name, "--connector", "misbehave"], &set[..]].concat());
    }
    let syncs: Vec<_> = names.iter().map(|name| host.begin(&["sync", name, "records"])).collect();
    let failed = syncs.into_iter().filter_map(|sync| (!sync.end()).then_some(())).count();
    assert_eq!(failed, 0, "{}", host.log());
    for name in &names {
        let stored = host.ok(&["records", name, "records", "--format", "ndjson"]);
        assert_eq!((stored.lines().count(), vendor.requests(name)), (1, 1), "{name}");
    }
}
