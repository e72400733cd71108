//! What the company has arrives as it was sent, as far as the token may see it.

use std::time::Duration;

use serde_json::{Value, json};
use windlass_tests::cloudspot::{Right, Settings, TOKEN};
use windlass_tests::connection::assert_gapless;
use windlass_tests::eventually::eventually;

use super::{Erp, NAME};

/// C4, G1: one answer holds everything; numbers, `null` and unknown members stay; keys are the vendor's.
#[test]
fn everything_arrives_once_as_it_was_sent_and_a_second_sync_writes_nothing() {
    let erp = Erp::open(Settings::default());
    erp.vendor.change(|company| company.artikels[3]["nieuw_veld"] = json!({ "x": [1, null] }));
    erp.host.ok(&["sync", NAME]);
    let sent = |rows: Vec<Value>| rows.iter().map(Value::to_string).collect::<Vec<_>>();
    assert_eq!(erp.records("artikels"), sent(erp.vendor.artikels()));
    assert_eq!(erp.records("klanten"), sent(erp.vendor.klanten()));
    assert_eq!(erp.records("categories").len(), 2);
    assert!(erp.records("artikels")[0].contains(r#""verkoopprijs_excl":18.60,"#));
    let keys =
        |stream: &str| erp.changes(stream).into_iter().map(|change| change.key).take(2).collect::<Vec<_>>();
    assert_eq!(
        [keys("artikels"), keys("klanten"), keys("categories")].concat(),
        ["1001", "1002", "50001", "50002", "1", "3"]
    );
    let changes = erp.changes("artikels");
    erp.host.ok(&["sync", NAME]);
    assert_eq!(erp.changes("artikels"), changes);
    // Three streams, twice, each in one request.
    assert_eq!(erp.vendor.requests().len(), 6);
    erp.assert_lawful();
}

/// C5: the slash at the end of every path; C1: the token is attached by the host.
#[test]
fn requests_end_in_a_slash_and_carry_the_company_token_alone() {
    let erp = Erp::open(Settings::default());
    erp.host.ok(&["sync", NAME]);
    let requests = erp.vendor.requests();
    let mut asked: Vec<_> = requests.iter().map(|request| request.http.as_str()).collect();
    asked.sort_unstable();
    let base = "GET /api/v1";
    assert_eq!(asked, ["artikels", "categories", "klanten"].map(|name| format!("{base}/{name}/")));
    assert!(requests.iter().all(|request| request.token.as_deref() == Some(TOKEN)));
    erp.assert_lawful();
}

#[test]
fn a_changed_a_new_and_a_removed_article_make_a_change_each() {
    let erp = Erp::open(Settings::default());
    erp.sync_ok("artikels");
    erp.vendor.change(|company| {
        company.artikels[5]["op_voorraad"] = json!(7);
        let mut added = company.artikels[0].clone();
        added["id"] = json!(9_001);
        company.artikels.push(added);
        company.artikels.remove(9);
    });
    // One walk that does not meet a record is no proof; two are.
    erp.sync_ok("artikels");
    erp.sync_ok("artikels");
    let changes = erp.changes("artikels");
    let made: Vec<_> =
        changes[40..].iter().map(|change| (change.key.as_str(), change.kind.as_str())).collect();
    assert_eq!(made, [("1006", "updated"), ("9001", "created"), ("1010", "deleted")]);
    assert_gapless(&changes);
    assert_eq!(erp.records("artikels").len(), 40);
}

/// C4: a single row may come as an object; amounts may be text; an article may have only a SKU.
#[test]
fn other_forms_of_the_same_answer_are_read_too() {
    let settings =
        Settings { single_as_object: true, amounts_as_text: true, artikels: 1, ..Settings::default() };
    let erp = Erp::open(settings);
    erp.sync_ok("artikels");
    assert_eq!(erp.records("artikels"), [erp.vendor.artikels()[0].to_string()]);
    assert!(erp.records("artikels")[0].contains(r#""verkoopprijs_excl":"18.60","#));

    let erp = Erp::open(Settings::default());
    erp.vendor.change(|company| {
        company.artikels[1].as_object_mut().expect("an article").remove("id");
    });
    erp.sync_ok("artikels");
    let keys: Vec<_> = erp.changes("artikels").into_iter().map(|change| change.key).collect();
    assert_eq!(
        (keys.len(), keys.contains(&"1001".into()), keys.contains(&"SKU-0001".into())),
        (40, true, true)
    );
}

/// G1: what differs from the schema is stored and counted; only a missing key fails the page.
#[test]
fn a_record_that_differs_is_stored_and_one_without_a_key_is_named() {
    let erp = Erp::open(Settings::default());
    erp.vendor.change(|company| company.artikels[2]["status"] = json!("UITVERKOCHT"));
    erp.sync_ok("artikels");
    assert_eq!(erp.records("artikels").len(), 40);
    let run = &erp.runs()[0];
    assert_eq!((&run["schema_mismatches"], &run["schema_pointer"]), (&json!(1), &json!("/status")), "{run}");

    erp.vendor.change(|company| {
        let article = company.artikels[2].as_object_mut().expect("an article");
        article.remove("id");
        article.remove("SKU");
    });
    let output = erp.sync("artikels");
    assert_eq!(output.code, 1, "{output:?}");
    assert!(output.stderr.contains("row 2 of `data` has no id and no SKU"), "{output:?}");
    assert_eq!(erp.records("artikels").len(), 40, "nothing is lost");
}

/// A row that stands twice in an answer is one record.
#[test]
fn a_doubled_row_is_one_record() {
    let erp = Erp::open(Settings::default());
    erp.vendor.change(|company| company.artikels.push(company.artikels[4].clone()));
    erp.sync_ok("artikels");
    erp.sync_ok("artikels");
    assert_eq!((erp.records("artikels").len(), erp.changes("artikels").len()), (40, 40));
}

/// More rows than one page of ours may hold.
#[test]
fn a_long_list_arrives_whole() {
    let erp = Erp::open(Settings { klanten: 11_000, ..Settings::default() });
    erp.sync_ok("klanten");
    erp.sync_ok("klanten");
    assert_eq!(erp.records("klanten").len(), 11_000);
    assert_eq!(erp.changes("klanten").len(), 11_000);
    erp.assert_lawful();
}

/// C5: the stream fails in the vendor's words; the others go on, and so does the connection.
#[test]
fn a_token_without_one_right_fails_that_stream_alone() {
    let erp = Erp::open(Settings::default());
    erp.vendor.set_rights(TOKEN, &[Right::Products]);
    let output = erp.host.cli(&["sync", NAME]);
    assert_eq!(output.code, 1, "{output:?}");
    assert!(output.stderr.contains("Deze API token mag /klanten/ niet inkijken."), "{output:?}");
    assert_eq!((erp.records("artikels").len(), erp.records("klanten").len()), (40, 0));
    let stopped = eventually("the stream says why it stopped", Duration::from_secs(30), || {
        Some(erp.stream("klanten")["stopped"].clone()).filter(|stopped| !stopped.is_null())
    });
    assert_eq!(stopped["code"], "auth", "{stopped}");
    assert!(erp.stream("artikels")["stopped"].is_null() && erp.stream("categories")["stopped"].is_null());
    let (_, connection) = erp.host.get(&format!("connections/{NAME}"));
    assert!(connection["stopped"].is_null(), "{connection}");
    erp.host.ok(&["connection", "check", NAME]);

    // The administrator gives the right, and the operator lets the stream go on.
    erp.vendor.set_rights(TOKEN, &[Right::Products, Right::Clients]);
    erp.host.ok(&["stream", "resume", NAME, "klanten"]);
    erp.host.ok(&["sync", NAME]);
    assert_eq!(erp.records("klanten").len(), 25);
    assert!(erp.stream("klanten")["stopped"].is_null());
}

/// A token that opens nothing is told by the check, in the vendor's words.
#[test]
fn a_revoked_token_fails_the_check_and_a_new_one_mends_it() {
    let erp = Erp::open(Settings::default());
    erp.host.ok(&["connection", "check", NAME]);
    erp.vendor.revoke_all_tokens();
    let output = erp.host.cli(&["connection", "check", NAME]);
    assert_eq!(output.code, 1, "{output:?}");
    assert!((output.stdout + &output.stderr).contains("Geen geldige API token."));
    let other = "8b2d6f10simulatedcompanytokenoftheday";
    erp.vendor.set_rights(other, &[Right::Products, Right::Clients]);
    let file = erp.host.secret_file("other", other);
    erp.host.ok(&["connection", "set", NAME, "--secret", &format!("token=@{}", file.display())]);
    erp.host.ok(&["connection", "check", NAME]);
    erp.sync_ok("klanten");
}
