//! C6: an answer that is empty, or much shorter than the last, deletes nothing without a person's word.

use windlass_tests::cloudspot::{Settings, TOKEN};

use super::{Erp, NAME};

/// Syncs until deletions are withheld. One walk that misses records is no witness: it takes two.
#[track_caller]
fn sync_until_withheld(erp: &Erp) {
    let outcomes = [erp.sync("artikels"), erp.sync("artikels")];
    let withheld = outcomes.iter().find(|output| output.code == 1);
    let withheld = withheld.unwrap_or_else(|| panic!("deletions are withheld: {outcomes:?}"));
    assert!(withheld.stderr.contains("deletion-withheld"), "{withheld:?}");
    assert!(withheld.stderr.contains("accept-deletions"), "it says how to give the word: {withheld:?}");
}

#[test]
fn an_empty_answer_deletes_nothing_until_a_person_says_so() {
    let erp = Erp::open(Settings::default());
    erp.sync_ok("artikels");
    erp.vendor.change(|company| company.artikels.clear());
    for _ in 0..3 {
        let output = erp.sync("artikels");
        assert_eq!(output.code, 1, "{output:?}");
        assert_eq!(erp.records("artikels").len(), 40);
    }
    sync_until_withheld(&erp);
    assert_eq!(erp.changes("artikels").len(), 40, "no deletion is in the history");
    assert_eq!(erp.stream("artikels")["withheld_deletions"], 40);
    erp.host.ok(&["stream", "accept-deletions", NAME, "artikels"]);
    assert_eq!(erp.records("artikels").len(), 0);
    assert_eq!(erp.changes("artikels").len(), 80);
}

#[test]
fn a_much_shorter_answer_deletes_nothing_until_a_person_says_so() {
    let erp = Erp::open(Settings::default());
    erp.sync_ok("artikels");
    erp.vendor.change(|company| company.artikels.truncate(15));
    sync_until_withheld(&erp);
    assert_eq!(erp.records("artikels").len(), 40);
    erp.host.ok(&["stream", "accept-deletions", NAME, "artikels"]);
    assert_eq!(erp.records("artikels").len(), 15);
}

#[test]
fn an_empty_answer_that_passes_costs_nothing() {
    let erp = Erp::open(Settings::default());
    erp.sync_ok("artikels");
    let all = erp.vendor.artikels();
    erp.vendor.change(|company| company.artikels.clear());
    assert_eq!(erp.sync("artikels").code, 1);
    erp.vendor.change(|company| company.artikels = all);
    erp.sync_ok("artikels");
    erp.sync_ok("artikels");
    assert_eq!((erp.records("artikels").len(), erp.changes("artikels").len()), (40, 40));
}

/// A token that lost its right is not an empty company.
#[test]
fn a_refused_sync_deletes_nothing() {
    let erp = Erp::open(Settings::default());
    erp.sync_ok("klanten");
    erp.vendor.set_rights(TOKEN, &[]);
    for _ in 0..2 {
        assert_eq!(erp.sync("klanten").code, 1);
    }
    assert_eq!((erp.records("klanten").len(), erp.changes("klanten").len()), (25, 25));
}
