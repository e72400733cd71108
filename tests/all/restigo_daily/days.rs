//! Days and their files.

use serde_json::json;
use windlass_tests::connection::{changes, records};

use super::{FILE, FILES, FLOW, NAME, PUT, Supplier, guide, late};

/// The guide's two lines, byte for byte; its tags are those that it lists.
const GUIDE: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>
<Documents>
  <Line>
    <Package>3</Package>
    <Quantity>27</Quantity>
    <Item_Sku>לחמא00905</Item_Sku>
    <Value_date>2020-12-07</Value_date>
    <reference_date>2020-12-07</reference_date>
    <supply_date>2020-12-08</supply_date>
    <supply_time>00:00</supply_time>
    <account_code>23101</account_code>
    <doc_type>11</doc_type>
    <doc_num>193320</doc_num>
    <Price>10</Price>
    <Remarks>הערה להזמנה : זאת הזמנה לתת לאוריאל במפעל</Remarks>
  </Line>
  <Line>
    <Package>1</Package>
    <Quantity>40</Quantity>
    <Item_Sku>הבלקן8386</Item_Sku>
    <Value_date>2020-12-07</Value_date>
    <reference_date>2020-12-07</reference_date>
    <supply_date>2020-12-08</supply_date>
    <supply_time>00:00</supply_time>
    <account_code>23101</account_code>
    <doc_type>11</doc_type>
    <doc_num>193320</doc_num>
    <Remarks>הערה להזמנה : זאת הזמנה לתת לאוריאל במפעל</Remarks>
  </Line>
</Documents>
";

/// R5, R6
#[test]
fn a_days_file_goes_out_and_again_under_its_name_when_a_document_is_late() {
    let supplier = Supplier::open();
    let mut wrong = guide();
    wrong["lines"][1]["quantity"] = json!("many");
    for (document, place) in [(wrong, "/documents/0/lines/1/quantity"), (json!({}), "/documents/0")] {
        let refused = supplier.push(&[document], place);
        assert!(refused.code != 0 && refused.stderr.contains(place), "{refused:?}");
    }
    assert_eq!(supplier.pushed(&[guide()], "a"), json!({ "added": 1, "replaced": 0, "unchanged": 0 }));
    let today = json!({ "document_date": "2020-12-07T22:00:00Z", "doc_num": 7 });
    let mut later = guide();
    later.as_object_mut().expect("an object").extend(today.as_object().expect("an object").clone());
    supplier.pushed(&[later], "b");
    assert_eq!(supplier.vendor.requests().len(), 0, "a push asks nobody");
    supplier.settle();
    assert_eq!(supplier.file(), GUIDE);
    assert_eq!(
        records(&supplier.host, NAME, FILES).len(),
        1,
        "the other document's day is not over in Jerusalem"
    );

    assert_eq!(supplier.pushed(&[guide()], "c"), json!({ "added": 0, "replaced": 0, "unchanged": 1 }));
    supplier.settle();
    assert_eq!(supplier.vendor.count(PUT), 1, "nothing has changed");

    supplier.pushed(&[late()], "d");
    supplier.settle();
    assert_eq!(supplier.vendor.file_names(), [FILE]);
    assert_eq!(supplier.vendor.count(PUT), 2);
    let lines: Vec<_> =
        supplier.file().lines().filter(|line| line.contains("<doc_num>")).map(str::to_owned).collect();
    let number = |number: u32| format!("    <doc_num>{number}</doc_num>");
    assert_eq!(lines, [193_320, 193_320, 193_321, 193_321].map(number));
    let kinds: Vec<_> = changes(&supplier.host, NAME, FILES).into_iter().map(|change| change.kind).collect();
    assert_eq!(kinds, ["created", "updated"]);
    let check = supplier.host.ok(&["flow", "check", FLOW]);
    assert!(check.contains("supplier deliver-documents"), "{check}");
    supplier.assert_lawful();
}

/// R5
#[test]
fn a_day_without_documents_has_a_file_only_where_one_is_wanted() {
    let supplier = Supplier::open();
    supplier.settle();
    assert_eq!(supplier.vendor.requests().len(), 0);
    supplier.connect("other", "other-daily", &["empty_files=true", "root_element=Day"]);
    supplier.host.ok(&["sync", "other", FILES]);
    supplier.settled("other-daily");
    assert_eq!(supplier.vendor.file_names(), [FILE]);
    assert_eq!(supplier.file(), "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Day/>\n");
    supplier.assert_lawful();
}
