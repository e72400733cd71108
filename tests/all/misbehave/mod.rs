//! Connectors that do what they must not, and connectors in other languages.
//!
//! A folder below `cases/` is a misdeed: `config.json` configures the guest `misbehave`, and
//! `expected.txt` is what its operator finds (`UPDATE_EXPECTED=1` writes it; read it before you commit
//! it). In `config.json`, `{vendor}` is an address of [`vendor::Vendor`] that is the case's own, and
//! `{port}` is the port it listens on.

mod case;
mod finding;
mod install;
mod languages;
mod lowered;
mod memory;
mod places;
mod vendor;

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use case::Case;
use serde_json::Value;
use vendor::Vendor;
use windlass_tests::baselinker::{Settings, Simulator};
use windlass_tests::cases::check_all;
use windlass_tests::host::{Host, Setup};
use windlass_tests::shop::{self, NAME, Shop, connect};
use windlass_tests::simulator::{Fault, When};

/// Cases that run at a time: most of them wait between two attempts.
const AT_ONCE: usize = 12;
/// Every vendor of these tests is here, and connectors may reach nothing else of the machine.
const VENDORS: [u8; 4] = [127, 0, 0, 2];
/// A part of an answer of the shop's vendor takes this long, so that a read of 250 orders takes seconds.
const SLOW: Duration = Duration::from_millis(100);

#[test]
fn a_misdeed_ends_its_own_call_as_expected_and_moves_nobody_else() {
    let shop = open_shop();
    let vendor = Vendor::start(VENDORS);
    shop.host.install_guest("misbehave");
    store_something(&shop.host);
    let cases = Case::all();
    assert!(cases.len() > 20, "the cases are found");
    beside_a_busy_shop(&shop, || check_all(&cases, AT_ONCE, |case| case.check(&shop.host, &vendor)));
    assert_undisturbed(&shop);
}

/// A host whose connectors reach the vendors alone, and a connection that has nothing to do with the
/// misdeeds.
fn open_shop() -> Shop {
    let listen = (VENDORS, 0).into();
    let vendor = Simulator::start(Settings { listen, ..Settings::default() }).expect("a loopback port");
    vendor.fault(When::Always, Fault::SlowBody(SLOW.as_millis() as u64));
    let allow_private = Some(format!("{}/32", std::net::Ipv4Addr::from(VENDORS)));
    let host = Host::with_in("baselinker", Setup { allow_private, ..Setup::default() });
    let shop = Shop { vendor, host: Arc::new(host) };
    connect(&shop.host, NAME, &shop.vendor, &[]);
    shop
}

/// The storage of another connection of the same connector, for the case that guesses its keys.
fn store_something(host: &Host) {
    for misdeed in ["read-storage", "fill-storage"] {
        let name = format!("owner-{misdeed}");
        let misdeed = format!("misdeed={misdeed}");
        let set = ["--set", &misdeed, "--set", "amount=1"];
        host.ok(&[&["connection", "create", &name, "--connector", "misbehave"], &set[..]].concat());
        host.ok(&["sync", &name, "records"]);
    }
}

/// Reads all of the shop's orders, again and again, until `work` has ended.
fn beside_a_busy_shop(shop: &Shop, work: impl FnOnce()) {
    let over = AtomicBool::new(false);
    let worked = thread::scope(|scope| {
        scope.spawn(|| {
            while !over.load(Ordering::Relaxed) {
                shop.host.ok(&["sync", NAME, "orders", "--full"]);
            }
        });
        let worked = catch_unwind(AssertUnwindSafe(work));
        over.store(true, Ordering::Relaxed);
        worked
    });
    worked.unwrap_or_else(|panic| resume_unwind(panic));
}

/// Every order arrived, once; no run of the shop failed or needed a second attempt.
#[track_caller]
fn assert_undisturbed(shop: &Shop) {
    shop.assert_whole();
    assert_eq!(shop.changes().len(), shop.vendor.order_ids().len(), "each order makes one change");
    let (_, runs) = shop.host.get(&format!("runs?connection={NAME}&limit=200"));
    let runs = runs["items"].as_array().expect("a list of runs");
    assert!(!runs.is_empty());
    for run in runs {
        let ended = (&run["state"], &run["attempt"], &run["error"]);
        assert_eq!(ended, (&Value::from("succeeded"), &Value::from(1), &Value::Null), "{run}");
    }
    assert_eq!(shop::ids(&shop.orders()).len(), 250);
}
