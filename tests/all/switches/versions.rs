//! A version that adds a rule of uniqueness, or drops it.

use windlass_tests::host::guest;

use super::{NAME, Shop, assert_says, refusal, unique::locations};

#[test]
fn a_version_that_adds_a_rule_waits_until_every_connection_keeps_it() {
    let shop = Shop::open(&[]);
    let (loose, strict) = (guest("switches-loose"), guest("switches"));
    let install = |path: &std::path::Path| {
        shop.host.cli(&["connector", "install", path.to_str().expect("paths of tests are UTF-8"), "--yes"])
    };
    assert_eq!(install(&loose).code, 0);
    shop.set_ok(&locations(&["A"]));
    shop.connect_ok("other", &[&locations(&["A", "B"])]);
    let refused = install(&strict);
    let said = refusal(&refused);
    assert_says(
        said,
        &["connector.config-unfit", "`A` stands in connection other too", "/locations/0/location"],
    );
    assert_says(&shop.host.ok(&["connector", "list"]), &["1.0.0"]);
    // Repaired, the version becomes active, and from then on nothing repeats.
    shop.set_ok(&locations(&["C"]));
    assert_eq!(install(&strict).code, 0);
    assert_says(refusal(&shop.set(&locations(&["B"]))), &["connection.repeated", "connection other"]);
    // Back on the version without the rule, nothing is compared.
    shop.host.ok(&["connector", "rollback", "switches"]);
    shop.set_ok(&locations(&["B"]));
    let refused = shop.host.cli(&["connector", "rollback", "switches", "--to", "1.1.0"]);
    assert_says(refusal(&refused), &["connector.config-unfit", NAME]);
}
