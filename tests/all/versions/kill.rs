//! The host is killed at any moment of an install.

use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use windlass_tests::asked::long;
use windlass_tests::cases::check_all;
use windlass_tests::connection::records;
use windlass_tests::host::Host;
use windlass_tests::versioned::Made;

use super::{ITEMS, Shops};

/// An install takes about this, from the command's start to the switch.
const INSTALL_MS: u64 = 1_500;

#[test]
fn a_host_killed_in_an_install_has_one_version_or_the_other_and_it_is_whole() {
    let seeds: Vec<u64> = (0..if long() { 40 } else { 4 }).collect();
    check_all(&seeds, 4, |&seed| {
        // Of two connections one tries the version first; a single one is switched at once.
        let shops = Shops::open(if seed % 2 == 0 { 2 } else { 1 });
        let file = Made::good("2.0.0").file(&shops.host);
        let installing = shops.host.begin(&["connector", "install", &file, "--yes"]);
        let after = StdRng::seed_from_u64(seed).random_range(0..INSTALL_MS);
        #[expect(clippy::disallowed_methods, reason = "the time is the case: the host works meanwhile")]
        thread::sleep(Duration::from_millis(after));
        shops.host.kill_9();
        drop(installing);
        shops.host.restart();
        let (active, stage) = shops.standing();
        let is_switched = active == "2.0.0" && stage == "all" && shops.names.len() == 1;
        assert!(active == "1.0.0" || is_switched, "{active}, {stage} after {after} ms");
        assert_eq!(halves(&shops.host), [""; 0].map(PathBuf::from), "no half file is left");
        for name in &shops.names {
            let run = shops.sync(name);
            assert_eq!(run["state"], "succeeded", "{run}");
            assert_eq!(records(&shops.host, name, "items").len(), ITEMS);
        }
        // Whatever was done of it, installing again ends it.
        assert_eq!(shops.install(Made::good("2.0.0")).code, 0);
        let rounds = shops.names.iter().cycle().take(4);
        rounds.for_each(|name| drop(shops.sync(name)));
        shops.stands("2.0.0", "all");
    });
}

/// Compiled code that was not written to its end.
fn halves(host: &Host) -> Vec<PathBuf> {
    let is_half = |file: &PathBuf| {
        file.components().any(|part| part.as_os_str() == "compiled")
            && file.extension().is_some_and(|extension| extension == "part")
    };
    host.files().into_iter().filter(is_half).collect()
}
