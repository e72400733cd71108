//! Sets the version that the spec states, of every connector whose manifest names this script. Built with
//! `WINDLASS_NEXT=1` it is one minor version higher, so that tests and the demo have a newer connector to
//! swap to.

use std::env;

#[expect(clippy::disallowed_methods, reason = "a build script is told by its environment alone")]
fn main() {
    println!("cargo::rerun-if-env-changed=WINDLASS_NEXT");
    let part = |name: &str| -> u64 {
        let text = env::var(format!("CARGO_PKG_VERSION_{name}")).expect("cargo sets the version");
        text.parse().expect("a version's part is a number")
    };
    let next = u64::from(env::var("WINDLASS_NEXT").is_ok_and(|value| value == "1"));
    let version = format!("{}.{}.{}", part("MAJOR"), part("MINOR") + next, part("PATCH"));
    println!("cargo::rustc-env=CONNECTOR_VERSION={version}");
}
