//! The list is whole, and the page made from it is up to date.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use super::{API, CLI, Line, RUN, WAITS, hint};
use crate::settings::variable;

/// Look like codes, and are files, or annotations of what is pushed to registries.
const FILES: [&str; 6] = [
    "admin.token",
    "config.json",
    "org.opencontainers.image.title",
    "org.opencontainers.image.version",
    "secret.key",
    "windlass.db",
];
/// What a code follows in a source, as the first text after it.
const MAKERS: [&str; 10] = [
    "Problem::new(",
    "Problem::bad_request(",
    "Problem::conflict(",
    "Problem::unprocessable(",
    "Problem::refused(",
    "operator_error(",
    "unhappy(",
    "snooze(",
    " code: ",
    "GuestErrorKind::",
];

/// `DbError::missing("run", …)` and `Problem::missing("run", …)` are told as `run.missing`.
const MISSING: &str = "::missing(";

#[test]
fn the_page_of_errors_is_made_from_the_list() {
    let path = host().join("ERRORS.md");
    if variable("UPDATE_EXPECTED").is_some() {
        fs::write(&path, page()).unwrap();
    }
    let found = fs::read_to_string(&path).unwrap();
    assert!(found == page(), "host/ERRORS.md is not up to date; UPDATE_EXPECTED=1 writes it anew");
}

#[test]
fn every_code_in_the_sources_is_listed_and_no_other() {
    let listed: BTreeSet<String> = lines().map(|(code, _, _)| code.to_string()).collect();
    let used: BTreeSet<String> = sources().iter().flat_map(|source| codes(source)).collect();
    assert_eq!(used.difference(&listed).collect::<Vec<_>>(), [""; 0], "used and not listed");
    assert_eq!(listed.difference(&used).collect::<Vec<_>>(), [""; 0], "listed and not used");
}

#[test]
fn the_list_is_in_order_and_says_what_to_do() {
    for list in [API, RUN, WAITS, CLI] {
        assert!(list.is_sorted_by(|one, other| one.0 < other.0));
        assert!(list.iter().all(|(_, means, hint)| !means.is_empty() && !hint.is_empty()));
    }
    assert_eq!(hint("connection.busy"), Some("try again"));
    assert_eq!(hint("unheard.of"), None);
}

fn lines() -> impl Iterator<Item = &'static Line> {
    API.iter().chain(RUN).chain(WAITS).chain(CLI)
}

fn page() -> String {
    let table = |list: &[Line]| {
        let rows = list.iter().map(|(code, means, hint)| format!("| `{code}` | {means} | {hint} |\n"));
        format!("| code | means | what to do |\n|---|---|---|\n{}", rows.collect::<String>())
    };
    format!(
        "# Errors\n\n\
        Every error has a stable code. Made from `server/src/codes/list.rs`; a test keeps both alike.\n\n\
        ## Answers of the API\n\n\
        As `code` of `application/problem+json`, beside `detail`, `hint` and, for a wrong body, `pointer`.\n\n\
        {}\n\
        ## Runs\n\n\
        As `error.code` of a run, and as what stopped a stream. `blame` says who must act.\n\n\
        {}\n\
        ## What a run waits for\n\n\
        As `waits_for.code` of a queued run. It goes on by itself.\n\n\
        {}\n\
        ## The command line's own\n\n\
        In parentheses after the error.\n\n\
        {}",
        table(API),
        table(RUN),
        table(WAITS),
        table(CLI)
    )
}

/// Codes that a source names: what looks like one, and what stands where only codes stand.
fn codes(source: &str) -> Vec<String> {
    let source = source.split("#[cfg(test)]").next().unwrap_or_default();
    let dotted = source.split('"').filter(|text| text.contains('.') && is_code(text));
    let dotted = dotted.filter(|text| !FILES.contains(text)).map(str::to_owned);
    let made = MAKERS.iter().flat_map(|maker| {
        source.match_indices(maker).filter_map(|(at, _)| first_text(&source[at + maker.len()..]))
    });
    let made = made.filter(|text| is_code(text)).map(str::to_owned);
    let missing =
        source.match_indices(MISSING).filter_map(|(at, _)| first_text(&source[at + MISSING.len()..]));
    let missing = missing.filter(|noun| is_code(noun)).map(|noun| format!("{noun}.missing"));
    dotted.chain(made).chain(missing).chain(told(source)).collect()
}

/// Codes at the end of messages of the command line: ` (apply.file)`.
fn told(source: &str) -> impl Iterator<Item = String> {
    let after = source.split(" (").skip(1);
    let codes = after.filter_map(|after| after.split_once(")\"").map(|(code, _)| code));
    codes.filter(|code| code.contains('.') && is_code(code)).map(str::to_owned)
}

/// The first text before the statement, the block or the call around it ends.
fn first_text(source: &str) -> Option<&str> {
    let mut depth = 0;
    for (at, letter) in source.char_indices() {
        match letter {
            '"' => return source[at + 1..].split('"').next(),
            '(' => depth += 1,
            ')' if depth == 0 => return None,
            ')' => depth -= 1,
            ';' | '}' => return None,
            _ => {}
        }
    }
    None
}

fn is_code(text: &str) -> bool {
    let is_word = |word: &str| {
        word.starts_with(|letter: char| letter.is_ascii_lowercase())
            && word.chars().all(|letter| letter.is_ascii_lowercase() || letter == '-')
    };
    text.split('.').all(is_word)
}

/// Everything in which a code can be made.
fn sources() -> Vec<String> {
    let mut sources = vec![fs::read_to_string(host().join("sandbox/src/error.rs")).unwrap()];
    let folders = ["server/src", "server/src/cli/apply", "db/src"];
    let mut folders = folders.map(|folder| host().join(folder)).to_vec();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().and_then(|name| name.to_str()).unwrap();
            match path.is_dir() {
                true if name != "codes" && name != "cli" => folders.push(path),
                false if !name.ends_with("tests.rs") => sources.push(fs::read_to_string(path).unwrap()),
                _ => {}
            }
        }
    }
    sources
}

fn host() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}
