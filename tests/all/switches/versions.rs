//! A version that adds a rule of uniqueness, or drops it.

use windlass_tests::host::guest;

use super::{NAME, Shop, assert_says, refusal, unique::locations};

#[test]
fn a_version_that_adds_a_rule_leaves_behind_who_breaks_it() {
    let shop = Shop::open(&[]);
    let (loose, strict) = (guest("switches-loose"), guest("switches"));
    let install = |path: &std::path::Path| {
        shop.host.ok(&["connector", "install", path.to_str().expect("paths of tests are UTF-8"), "--yes"])
    };
    install(&loose);
    shop.set_ok(&locations(&["A"]));
    shop.connect_ok("other", &[&locations(&["A", "B"])]);
    let said = install(&strict);
    assert_says(
        &said,
        &[&format!("{NAME} stays on"), "`A` stands in connection other too", "/locations/0/location"],
    );
    // Repaired, it moves on, and from then on nothing repeats.
    shop.set_ok(&locations(&["C"]));
    assert_says(&shop.host.ok(&["connection", "show", NAME]), &["1.1.0"]);
    assert_says(refusal(&shop.set(&locations(&["B"]))), &["connection.repeated", "connection other"]);
    // Back on the version without the rule, nothing is compared.
    shop.host.ok(&["connector", "rollback", "switches"]);
    shop.set_ok(&locations(&["B"]));
    let said = shop.host.ok(&["connector", "rollback", "switches", "--to", "1.1.0"]);
    assert_says(&said, &[&format!("{NAME} stays on")]);
}
