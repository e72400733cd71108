//! A login that the vendor refuses is made once, and then waits for a person.

use serde_json::json;
use windlass_tests::eventually::eventually;
use windlass_tests::member::{PASSWORD, Settings};

use super::{NAME, Reader, SOON};

fn wrong() -> Reader {
    Reader::open(Settings { password: "changed at the vendor".into(), ..Settings::default() })
}

#[test]
fn a_wrong_password_is_tried_once_and_stops_the_schedule() {
    let reader = wrong();
    // Both streams at once: still one try.
    let output = reader.host.cli(&["sync", NAME]);
    assert_eq!(output.code, 1, "{output:?}");
    assert!(output.stderr.contains("wrong e-mail or password"), "{output:?}");
    for stream in ["books", "loans"] {
        let stopped = eventually("the schedule says why it stopped", SOON, || {
            let (_, stream) = reader.host.get(&format!("connections/{NAME}/streams/{stream}"));
            stream["stopped"]["code"].as_str().map(str::to_owned)
        });
        assert_eq!(stopped, "auth");
    }
    let run = reader.last_run();
    assert_eq!(
        (&run["error"]["code"], &run["error"]["blame"]),
        (&json!("auth"), &json!("operator")),
        "{run}"
    );
    assert_eq!((&run["attempt"], reader.vendor.requests().len()), (&json!(1), 1), "{run}");
    // A program that goes on asking for actions does not hammer either.
    let output = reader.host.cli(&["act", NAME, "borrow", "--input", r#"{"book":7}"#]);
    assert_eq!((output.code, reader.vendor.requests().len()), (1, 1), "{output:?}");
}

#[test]
fn a_person_who_asks_gets_one_more_try() {
    let reader = wrong();
    assert_eq!(reader.sync().code, 1);
    let second = || {
        let output = reader.host.cli(&["connection", "check", NAME]);
        assert_eq!(output.code, 1, "{output:?}");
        (reader.vendor.logins() == 2).then_some(())
    };
    // A refusal of this very moment is not asked for again.
    eventually("the vendor is asked once more", SOON, second);
    reader.vendor.with(|library, _| library.settings.password = PASSWORD.into());
    eventually("the vendor takes the password again", SOON, || {
        (reader.host.cli(&["connection", "check", NAME]).code == 0).then_some(())
    });
    assert_eq!(reader.vendor.logins(), 3);
    assert_eq!(reader.sync().code, 0);
    reader.assert_whole();
}

#[test]
fn new_secrets_are_tried_at_once_and_drop_the_token() {
    let reader = wrong();
    assert_eq!(reader.sync().code, 1);
    let right = reader.host.secret_file("right", "changed at the vendor");
    let password = format!("password=@{}", right.display());
    reader.host.ok(&["connection", "set", NAME, "--secret", &password]);
    assert_eq!((reader.sync().code, reader.vendor.logins()), (0, 2));
    reader.host.ok(&["connection", "set", NAME, "--secret", &password]);
    assert_eq!((reader.sync().code, reader.vendor.logins()), (0, 3), "the token went with the secrets");
    reader.assert_whole();
}
