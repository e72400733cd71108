//! A misdeed and what is expected of it.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};
use windlass_tests::asked::update_expected;
use windlass_tests::host::Host;

use super::finding;
use super::vendor::Vendor;

/// One folder below `cases/`.
pub struct Case {
    name: String,
    folder: PathBuf,
}

impl Case {
    /// All of them, by name.
    pub fn all() -> Vec<Self> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("all/misbehave/cases");
        let entries = fs::read_dir(folder).expect("there are cases");
        let folders = entries.map(|entry| entry.expect("the cases can be read").path());
        let mut cases: Vec<_> = folders.map(Self::of).collect();
        cases.sort_by(|one, other| one.name.cmp(&other.name));
        cases
    }

    fn of(folder: PathBuf) -> Self {
        let name = folder.file_name().and_then(|name| name.to_str());
        Self { name: name.expect("names of cases are UTF-8").to_owned(), folder }
    }

    /// Makes a connection that does the misdeed, syncs, and compares what is found with what is
    /// expected.
    pub fn check(&self, host: &Host, vendor: &Vendor) {
        self.connect(host, vendor);
        let run = finding::sync(host, &self.name);
        let found = finding::describe(host, &self.name, &run, vendor);
        let expected = self.folder.join("expected.txt");
        if update_expected() {
            fs::write(&expected, &found).expect("the case's folder can be written");
        }
        let expected = fs::read_to_string(&expected).unwrap_or_default();
        assert!(found == expected, "case {}:\n{}", self.name, difference(&expected, &found));
    }

    fn connect(&self, host: &Host, vendor: &Vendor) {
        let settings = self.settings(vendor);
        let mut arguments = vec!["connection", "create", &self.name, "--connector", "misbehave"];
        settings.iter().for_each(|setting| arguments.extend(["--set", setting]));
        host.ok(&arguments);
    }

    /// The configuration as `--set` takes it.
    fn settings(&self, vendor: &Vendor) -> Vec<String> {
        let text = fs::read_to_string(self.folder.join("config.json")).expect("a case has a config.json");
        let text = text.replace("{vendor}", &vendor.url(&self.name)).replace("{port}", &vendor.port());
        let config: Map<String, Value> = serde_json::from_str(&text).expect("config.json is an object");
        let setting = |(name, value): (&String, &Value)| match value {
            Value::String(text) => format!("{name}={text}"),
            other => format!("{name}={other}"),
        };
        config.iter().map(setting).collect()
    }
}

impl fmt::Debug for Case {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.name)
    }
}

/// Line by line: `-` is expected and missing, `+` is found and was not expected.
fn difference(expected: &str, found: &str) -> String {
    let missing = expected.lines().filter(|line| !found.lines().any(|other| other == *line));
    let missing = missing.map(|line| format!("- {line}\n"));
    let marked = found.lines().map(|line| {
        let mark = if expected.lines().any(|other| other == line) { ' ' } else { '+' };
        format!("{mark} {line}\n")
    });
    missing.chain(marked).collect()
}
