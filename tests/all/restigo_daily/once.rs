//! One file for a customer and day, whatever happens on the way. R6

use windlass_tests::eventually::eventually;
use windlass_tests::simulator::{Fault, Stage, When};

use super::{FILE, PUT, SETTLED_MAX, Supplier, guide, late};

#[test]
fn a_delivery_whose_answer_is_lost_is_sent_again_under_the_same_name() {
    let supplier = Supplier::open();
    supplier.vendor.fault(When::Nth(PUT.into(), 1), Fault::AnswerLost);
    supplier.pushed(&[guide()], "a");
    supplier.settle();
    let sent = supplier.vendor.calls(PUT);
    assert_eq!(sent.len(), 2);
    assert_eq!((&sent[0].http, &sent[0].body), (&sent[1].http, &sent[1].body));
    assert_eq!(supplier.deliveries(), 1);
    assert_eq!(supplier.vendor.file_names(), [FILE]);
    supplier.assert_lawful();
}

/// The host dies after documents were pushed, and again while their file is delivered.
#[test]
fn documents_outlive_a_host_that_dies_before_and_while_they_are_delivered() {
    let supplier = Supplier::open();
    supplier.pushed(&[guide()], "a");
    supplier.host.kill_9();
    supplier.host.restart();
    let host = supplier.host.clone();
    supplier.vendor.watch(move |moment| {
        if (moment.request, moment.stage) == (1, Stage::Acted) {
            host.kill_9();
        }
    });
    let syncing = supplier.host.begin(&["sync", super::NAME, super::FILES]);
    eventually("the host dies", SETTLED_MAX, || supplier.host.is_dead().then_some(()));
    supplier.host.restart();
    drop(syncing);
    supplier.settle();
    assert!(supplier.file().contains("<Item_Sku>הבלקן8386</Item_Sku>"));
    assert_eq!((supplier.vendor.count(PUT), supplier.deliveries()), (2, 1), "one run, and its repeat");

    // A push that was accepted is done, and the same key is the same push.
    supplier.pushed(&[late()], "b");
    supplier.host.kill_9();
    supplier.host.restart();
    assert_eq!(supplier.pushed(&[late()], "b")["added"], 1);
    supplier.settle();
    assert!(supplier.file().contains("<doc_num>193321</doc_num>"));
    assert_eq!((supplier.vendor.count(PUT), supplier.deliveries()), (3, 2));
    assert_eq!(supplier.vendor.file_names(), [FILE]);
    supplier.assert_lawful();
}
