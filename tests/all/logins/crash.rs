//! `kill -9` while the host logs in, and right after.

use windlass_tests::cases::check_all;
use windlass_tests::member::Settings;
use windlass_tests::simulator::Stage;

use super::{NAME, Reader};
use crate::kill::{Kills, Point};

#[test]
fn a_login_that_is_lost_in_a_crash_is_made_again() {
    let points = [
        Point::at(1, Stage::Arrived),
        Point::at(1, Stage::Acted),
        Point::at(1, Stage::HalfAnswered),
        Point::after_answer(1, 0),
        Point::after_answer(1, 5),
    ];
    check_all(&points, 3, |point| {
        let reader = Reader::open(Settings::default());
        let kills = Kills::arm(&reader.host, &reader.vendor, &[*point]);
        let sync = reader.host.begin(&["sync", NAME, "books"]);
        kills.wait();
        reader.host.restart();
        drop(sync);
        assert_eq!(reader.sync().code, 0);
        reader.assert_whole();
        assert!(reader.vendor.logins() <= 2, "{point:?}: {} logins", reader.vendor.logins());
    });
}

#[test]
fn an_action_whose_login_is_lost_in_a_crash_is_done_once() {
    let reader = Reader::open(Settings::default());
    let kills = Kills::arm(&reader.host, &reader.vendor, &[Point::at(1, Stage::Acted)]);
    let borrow = ["act", NAME, "borrow", "--input", r#"{"book":7}"#, "--key", "one"];
    let act = reader.host.begin(&borrow);
    kills.wait();
    reader.host.restart();
    drop(act);
    // The same key is the same run: a login leaves it in no doubt.
    reader.host.ok(&borrow);
    assert_eq!((reader.vendor.loans(), reader.vendor.logins()), (1, 2));
}
