//! Files of days.

use serde_json::{Value, json};

use super::{DAY_SECONDS, config, document, guide, host, host_with, kept, push, push_of, sync, xml};

const EMPTY: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Documents/>\n";

/// The guide's two lines, byte for byte; its tags are those that it lists.
#[test]
fn the_guides_two_lines_make_two_blocks() {
    let mut host = host_with(json!({ "keep_days": 3660 }));
    push(&mut host, &[guide()]);
    assert_eq!(sync(&mut host).keys(), ["23101/2020-12-07"]);
    let expected = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>
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
    assert_eq!(xml(&host, "23101/2020-12-07"), expected);
    let records = host.records("daily-documents");
    let record = &records["23101/2020-12-07"];
    assert_eq!(record["name"], "23101-2020-12-07.xml");
    assert_eq!((&record["documents"], &record["lines"]), (&json!(1), &json!(2)));
}

/// `Value_date` is the date of the document, `reference_date` the value date.
#[test]
fn the_names_of_two_dates_are_crossed_and_texts_are_escaped() {
    let mut host = host_with(json!({
        "root_element": "docs", "line_element": "l", "file_name": "x{date}_{account_code}.txt",
    }));
    let mut one = document(7, "2023-12-29");
    one["supply_time"] = json!("07:30");
    one["remarks"] = json!("ת\"ז <b> & 'c' ]]>\r\nב");
    one["lines"][0]["price"] = serde_json::from_str(r#""21.60""#).unwrap();
    push(&mut host, &[one]);
    sync(&mut host);
    let expected = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>
<docs>
  <l>
    <Package>1</Package>
    <Quantity>2</Quantity>
    <Item_Sku>0101</Item_Sku>
    <Value_date>2023-12-29</Value_date>
    <reference_date>2023-12-30</reference_date>
    <supply_date>2023-12-31</supply_date>
    <supply_time>07:30</supply_time>
    <account_code>23101</account_code>
    <doc_type>11</doc_type>
    <doc_num>7</doc_num>
    <Price>21.60</Price>
    <Remarks>ת\"ז &lt;b&gt; &amp; 'c' ]]&gt;&#13;\nב</Remarks>
  </l>
</docs>
";
    assert_eq!(xml(&host, "23101/2023-12-29"), expected);
    assert_eq!(host.records("daily-documents")["23101/2023-12-29"]["name"], "x2023-12-29_23101.txt");
}

#[test]
fn a_late_document_changes_its_day_alone() {
    let mut host = host();
    push(&mut host, &[document(2, "2023-12-29"), document(3, "2023-12-30")]);
    sync(&mut host);
    let before = host.records("daily-documents");
    push(&mut host, &[document(1, "2023-12-29")]);
    sync(&mut host);
    let after = host.records("daily-documents");
    assert_eq!(after["23101/2023-12-30"], before["23101/2023-12-30"]);
    let (late, early) = (&after["23101/2023-12-29"], &before["23101/2023-12-29"]);
    assert_eq!((&late["name"], &late["documents"]), (&early["name"], &json!(2)));
    let late = late["xml"].as_str().unwrap();
    assert!(late.find("<doc_num>1<") < late.find("<doc_num>2<"), "{late}");
}

#[test]
fn a_document_that_moves_to_another_day_leaves_its_former_one() {
    let mut host = host();
    push(&mut host, &[document(1, "2023-12-29")]);
    sync(&mut host);
    push(&mut host, &[document(1, "2023-12-28")]);
    assert_eq!(sync(&mut host).keys(), ["23101/2023-12-28", "23101/2023-12-29"]);
    assert!(xml(&host, "23101/2023-12-28").contains("<Value_date>2023-12-28<"));
    assert_eq!(xml(&host, "23101/2023-12-29"), EMPTY, "what was delivered must not stay");
}

/// The file of a day is made when the day is over in the supplier's time zone.
#[test]
fn a_day_ends_in_its_time_zone() {
    let late = |date: &str| [document(1, date)];
    // Half past midnight in Jerusalem: the day after.
    let mut host = host();
    push(&mut host, &late("2023-12-30T22:30:00Z"));
    assert_eq!(sync(&mut host).keys(), ["23101/2023-12-31"]);
    assert!(xml(&host, "23101/2023-12-31").contains("<Value_date>2023-12-31<"));
    drop(host);
    let mut host = host_with(json!({ "time_zone": "UTC" }));
    push(&mut host, &late("2023-12-30T22:30:00Z"));
    assert_eq!(sync(&mut host).keys(), ["23101/2023-12-30"]);
    drop(host);
    // Without an offset it is local.
    let mut host = host_with(json!({ "time_zone": "America/New_York" }));
    push(&mut host, &late("2023-12-30T22:30:00"));
    assert_eq!(sync(&mut host).keys(), ["23101/2023-12-30"]);
    // In New York it is still the 31st, until five o'clock in UTC.
    push(&mut host, &late("2023-12-31"));
    assert_eq!(sync(&mut host).keys(), ["23101/2023-12-30"]);
    host.advance_seconds(5 * 3600);
    assert_eq!(sync(&mut host).keys(), ["23101/2023-12-30", "23101/2023-12-31"]);
}

#[test]
fn todays_documents_wait_until_the_day_is_over() {
    let mut host = host();
    push(&mut host, &[document(1, "2024-01-01"), document(2, "2024-01-02")]);
    assert_eq!(sync(&mut host).keys(), [] as [&str; 0]);
    host.advance_seconds(DAY_SECONDS);
    assert_eq!(sync(&mut host).keys(), ["23101/2024-01-01"]);
    host.advance_seconds(DAY_SECONDS);
    assert_eq!(sync(&mut host).keys(), ["23101/2024-01-01", "23101/2024-01-02"]);
}

#[test]
fn a_day_without_documents_has_no_file_unless_it_is_wanted() {
    let mut host = host();
    push(&mut host, &[document(1, "2023-12-30")]);
    assert_eq!(sync(&mut host).keys(), ["23101/2023-12-30"]);
    host.configure(&config(json!({ "empty_files": true })));
    // From now on: days that were looked at before have none.
    assert_eq!(sync(&mut host).keys(), ["23101/2023-12-30"]);
    host.advance_seconds(2 * DAY_SECONDS);
    let empty =
        ["23101/2023-12-30", "23101/2024-01-01", "23101/2024-01-02", "556/2024-01-01", "556/2024-01-02"];
    assert_eq!(sync(&mut host).keys(), empty, "a walk that did not run is made up for");
    assert_eq!(xml(&host, "556/2024-01-01"), EMPTY);
    assert_eq!(host.records("daily-documents")["556/2024-01-01"]["lines"], 0);
    push_of(&mut host, "556", &[document(1, "2024-01-01")]);
    assert_eq!(sync(&mut host).keys(), empty);
    assert!(xml(&host, "556/2024-01-01").contains("<account_code>556<"));
    // Switched off, the files that are there stay.
    host.configure(&config(json!({})));
    assert_eq!(sync(&mut host).keys(), empty);
}

#[test]
fn the_first_walk_makes_empty_files_of_yesterday_alone() {
    let mut host = host_with(json!({ "empty_files": true }));
    assert_eq!(sync(&mut host).keys(), ["23101/2023-12-31", "556/2023-12-31"]);
    assert_eq!(sync(&mut host).keys(), ["23101/2023-12-31", "556/2023-12-31"]);
}

#[test]
fn documents_and_files_are_forgotten_after_their_days() {
    let mut host = host_with(json!({ "keep_days": 2 }));
    push(&mut host, &[document(1, "2023-12-30"), document(2, "2023-12-31")]);
    assert_eq!(sync(&mut host).keys(), ["23101/2023-12-30", "23101/2023-12-31"]);
    host.advance_seconds(DAY_SECONDS);
    let synced = sync(&mut host);
    assert_eq!((synced.keys(), synced.deleted.len()), (vec!["23101/2023-12-31"], 0));
    host.advance_seconds(DAY_SECONDS);
    let synced = sync(&mut host);
    assert_eq!((synced.keys().len(), synced.deleted), (0, vec!["23101/2023-12-30".to_owned()]));
    host.advance_seconds(DAY_SECONDS);
    assert_eq!(sync(&mut host).deleted, ["23101/2023-12-31"]);
    assert_eq!(host.records("daily-documents").len(), 0);
    assert_eq!(kept("daily/23101/document/"), [] as [&str; 0]);
}

#[test]
fn a_customer_that_is_taken_out_gets_no_more_files_and_leaves_nothing() {
    let mut host = host_with(json!({ "keep_days": 2 }));
    push(&mut host, &[document(1, "2023-12-30")]);
    sync(&mut host);
    host.configure(&config(json!({ "keep_days": 2, "customers": ["556"] })));
    let synced = sync(&mut host);
    assert_eq!((synced.keys().len(), synced.deleted.len()), (0, 0));
    host.advance_seconds(2 * DAY_SECONDS);
    assert_eq!(sync(&mut host).deleted, ["23101/2023-12-30"]);
    assert_eq!(kept("daily/23101/"), [] as [&str; 0]);
}

#[test]
fn many_files_take_several_pages_and_are_all_there() {
    let mut host = host_with(json!({ "keep_days": 3660 }));
    let documents: Vec<Value> = (0..100)
        .map(|number| {
            let mut one = document(number, &format!("2023-{:02}-{:02}", number % 12 + 1, number / 12 + 1));
            one["remarks"] = json!("ה".repeat(1900));
            let line = one["lines"][0].clone();
            one["lines"] = vec![line; 10].into();
            one
        })
        .collect();
    push(&mut host, &documents);
    push_of(&mut host, "556", &documents[..3]);
    let synced = sync(&mut host);
    assert!(synced.pages > 2, "{} pages", synced.pages);
    assert_eq!(synced.records.len(), 103, "each once");
    assert_eq!(host.records("daily-documents").len(), 103);
    assert_eq!(sync(&mut host).records.len(), 103, "the next walk begins at the beginning");
}

#[test]
fn single_files_are_read_by_key() {
    let mut host = host();
    push(&mut host, &[document(1, "2023-12-30")]);
    let synced = host.read_keys("daily-documents", &["23101/2023-12-30", "23101/2023-12-29", "x"]).unwrap();
    assert_eq!(synced.keys(), ["23101/2023-12-30"]);
    assert_eq!(synced.deleted, ["23101/2023-12-29", "x"]);
}

#[test]
fn an_unknown_time_zone_is_named() {
    let mut host = host_with(json!({ "time_zone": "Asia/Tel-Aviv" }));
    for error in [host.sync("daily-documents").unwrap_err(), host.check().unwrap_err()] {
        assert_eq!(error.code, "unknown-time-zone");
        assert!(error.message.contains("`time_zone`") && error.message.contains("Asia/Jerusalem"), "{error}");
    }
}
