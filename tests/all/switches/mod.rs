//! What a configuration decides, and the host enforces: switches, options, uniqueness, limits.
//!
//! The guest `switches` has all of it; [`vendor::Vendor`] answers it.

mod limits;
mod off;
mod options;
mod replayed;
mod reported;
mod schedules;
mod unique;
mod vendor;
mod versions;

use serde_json::Value;
use vendor::Vendor;
use windlass_test_postgres::Database;
use windlass_tests::host::{Host, Output, Setup};

use crate::pair::Pair;

/// The connection's name.
const NAME: &str = "shop";
/// Everything is on.
const ON: &[&str] = &["active=true", "get_stock=true", "create_orders=true"];

/// A host with the guest and a connection to the vendor.
struct Shop {
    host: Host,
    vendor: Vendor,
}

impl Shop {
    fn open(settings: &[&str]) -> Self {
        let shop = Self { host: Host::start(Setup::default()), vendor: Vendor::start() };
        shop.host.install_guest("switches");
        shop.connect_ok(NAME, settings);
        shop
    }

    /// Creates a connection with the account's token.
    fn connect(&self, name: &str, settings: &[&str]) -> Output {
        connect(&self.host, &self.vendor, name, settings)
    }

    #[track_caller]
    fn connect_ok(&self, name: &str, settings: &[&str]) {
        let made = self.connect(name, settings);
        assert_eq!(made.code, 0, "{made:?}");
    }

    fn set(&self, setting: &str) -> Output {
        self.host.cli(&["connection", "set", NAME, "--set", setting])
    }

    #[track_caller]
    fn set_ok(&self, setting: &str) -> Output {
        let set = self.set(setting);
        assert_eq!(set.code, 0, "{set:?}");
        set
    }

    fn limit(&self) -> Value {
        self.host.json(&["limit", "list", NAME])["items"][0].clone()
    }

    fn stream(&self, name: &str) -> Value {
        self.host.get(&format!("connections/{NAME}/streams/{name}")).1
    }

    /// The newest run.
    fn run(&self) -> Value {
        self.host.get("runs?limit=1").1["items"][0].clone()
    }
}

fn connect(host: &Host, vendor: &Vendor, name: &str, settings: &[&str]) -> Output {
    let base = format!("base_url={}", vendor.url());
    let token = format!("token=@{}", host.secret_file("token", "a-token-of-this-account").display());
    let mut arguments = vec!["connection", "create", name, "--connector", "switches", "--set", &base];
    settings.iter().for_each(|setting| arguments.extend(["--set", setting]));
    arguments.extend(["--secret", &token]);
    host.cli(&arguments)
}

/// Two hosts on one PostgreSQL, with the guest.
fn pair() -> Pair {
    let pair = Pair::of(Database::create(), |setup| setup, |setup| setup);
    pair.first.install_guest("switches");
    pair
}

/// What a command that failed said.
#[track_caller]
fn refusal(output: &Output) -> &str {
    assert_eq!(output.code, 1, "{output:?}");
    &output.stderr
}

/// Asserts that a text holds each of the parts.
#[track_caller]
fn assert_says(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "{part:?} is not said in: {text}");
    }
}
