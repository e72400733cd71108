//! Rules about the sources that a tool can hold.

use std::fs;
use std::path::{Path, PathBuf};

/// A file that is longer holds two things.
const LINES_MAX: usize = 600;
/// What most files should stay under; [`few_files_are_long`] lists the others.
const LINES_USUAL: usize = 400;
/// Files between the two bounds.
const LONG_FILES_MAX: usize = 8;

/// What never stands in a source, and why.
const FORBIDDEN: [(&str, &str); 6] = [
    (concat!("dbg", "!("), "left over from debugging"),
    (concat!("todo", "!("), "unfinished"),
    (concat!("unimplemented", "!("), "unfinished"),
    (concat!("#[", "allow("), "use #[expect(.., reason = \"..\")], which says why and goes away by itself"),
    (concat!("#[", "ignore"), "every test runs"),
    (concat!("FIX", "ME"), "fix it, or say what is missing in the documentation"),
];

/// Crates that may be named in one place only: the name, the places, where the rule holds.
const OWNERS: [(&str, &[&str], &str); 6] = [
    // The benchmark compares with wasmtime's own defaults.
    ("wasmtime", &["host/sandbox", "tests/bench"], ""),
    ("wasmtime-wasi", &["host/sandbox", "tests/bench"], ""),
    ("reqwest", &["host/sandbox"], ""),
    ("sqlx", &["host/db"], ""),
    ("axum", &["host/server"], "host/"),
    ("clap", &["host/server"], "host/"),
];

/// Crates of ours that must not depend on each other, so that the walls between them hold.
const WALLS: [(&str, &str); 7] = [
    ("host/sandbox", "windlass-db"),
    ("host/db", "windlass-sandbox"),
    ("host/sandbox", "windlass-server"),
    ("host/db", "windlass-server"),
    ("plugins/", "windlass-server"),
    ("plugins/", "windlass-db"),
    ("plugins/", "windlass-sandbox"),
];

/// Words that say too little to name a type or a module; the design has a better one for each. (An engine
/// may be named where it is wasmtime's own.)
const EMPTY_WORDS: [&str; 6] = ["plugin", "job", "task", "store", "manager", "util"];

#[test]
fn every_module_begins_with_what_it_is_for() {
    let bare = |(_, text): &(PathBuf, String)| !text.starts_with("//!");
    assert_none("without a //! line at its top", sources().filter(bare).map(|(path, _)| path));
}

#[test]
fn few_files_are_long() {
    let long: Vec<_> = sources().filter(|(_, text)| text.lines().count() > LINES_USUAL).collect();
    let too_long = long.iter().filter(|(_, text)| text.lines().count() > LINES_MAX);
    assert_none("longer than 600 lines", too_long.map(|(path, _)| path.clone()));
    let names: Vec<_> = long.iter().map(|(path, _)| path).collect();
    assert!(names.len() <= LONG_FILES_MAX, "longer than {LINES_USUAL} lines: {names:#?}");
}

#[test]
fn nothing_is_left_over_or_silenced() {
    for (text, why) in FORBIDDEN {
        let found = sources().filter(|(_, source)| source.contains(text)).map(|(path, _)| path);
        assert_none(&format!("with `{text}` ({why})"), found);
    }
}

#[test]
fn types_and_modules_have_telling_names() {
    let empty = sources().flat_map(|(path, text)| {
        let names: Vec<_> = text.lines().filter_map(declared).flat_map(words).collect();
        let found = names.into_iter().find(|word| EMPTY_WORDS.contains(&word.trim_end_matches('s')));
        found.map(|word| path.join(word))
    });
    assert_none("declares a name with an empty word", empty);
}

#[test]
fn heavy_crates_are_named_by_their_owners_alone() {
    for (name, owners, within) in OWNERS {
        let strangers = manifests().filter(|(path, manifest)| {
            let folder = path.to_string_lossy();
            folder.starts_with(within)
                && !owners.iter().any(|owner| folder.starts_with(owner))
                && dependencies(manifest).any(|dependency| dependency == name)
        });
        assert_none(&format!("which names {name}"), strangers.map(|(path, _)| path));
    }
}

#[test]
fn the_walls_between_our_crates_hold() {
    for (from, to) in WALLS {
        let breaches = manifests().filter(|(path, manifest)| {
            path.starts_with(from) && dependencies(manifest).any(|dependency| dependency == to)
        });
        assert_none(&format!("which depends on {to}"), breaches.map(|(path, _)| path));
    }
}

#[test]
fn folders_at_the_top_are_the_four_of_the_design() {
    let known = ["host", "plugins", "wit", "tests", "target"];
    let strangers = fs::read_dir(root()).expect("the sources can be read").filter_map(|entry| {
        let path = entry.expect("the sources can be read").path();
        let name = path.file_name()?.to_str()?.to_owned();
        let strange = path.is_dir() && !name.starts_with('.') && !known.contains(&name.as_str());
        strange.then_some(path)
    });
    assert_none("that is not one of the design's folders", strangers);
}

/// Every `windlass ..` command of the README is known to the command line's own help.
#[test]
fn commands_in_the_readme_exist() {
    let readme = fs::read_to_string(root().join("README.md")).expect("there is a README.md");
    let commands: Vec<_> = readme.lines().filter_map(|line| line.strip_prefix("    windlass ")).collect();
    assert!(commands.len() > 10, "the README shows its commands indented: {commands:?}");
    for command in commands {
        let is_word = |word: &&str| word.chars().all(|letter| letter.is_ascii_lowercase() || letter == '-');
        let words: Vec<_> = command
            .split_whitespace()
            .take_while(is_word)
            .take_while(|word| !word.starts_with('-'))
            .collect();
        assert!(
            windlass_tests::host::has_command(&words),
            "README.md has the unknown command: windlass {command}"
        );
    }
}

/// The name of the type, trait or module that a line declares.
fn declared(line: &str) -> Option<&str> {
    let line = line.trim_start();
    let line = line.strip_prefix("pub").map_or(line, |rest| rest.trim_start_matches("(crate)").trim_start());
    let name = ["struct ", "enum ", "trait ", "mod "].iter().find_map(|kind| line.strip_prefix(kind))?;
    name.split(|letter: char| !letter.is_alphanumeric() && letter != '_').next()
}

/// The words of a name in either case style, in lower case.
fn words(name: &str) -> Vec<String> {
    let spaced = name.chars().flat_map(|letter| {
        let gap = letter.is_uppercase() || letter == '_';
        gap.then_some(' ').into_iter().chain([letter])
    });
    let spaced: String = spaced.filter(|letter| *letter != '_').collect();
    spaced.split_whitespace().map(str::to_lowercase).collect()
}

#[track_caller]
fn assert_none(what: &str, found: impl Iterator<Item = PathBuf>) {
    let found: Vec<_> = found.collect();
    assert!(found.is_empty(), "{what}: {found:#?}");
}

/// Names of a manifest's dependencies, also of those for development and building.
fn dependencies(manifest: &str) -> impl Iterator<Item = &str> {
    let mut inside = false;
    manifest.lines().filter_map(move |line| {
        if line.starts_with('[') {
            inside = line.contains("dependencies");
            // A table of its own: [dependencies.name]
            return line.split_once("dependencies.").map(|(_, name)| name.trim_end_matches(']'));
        }
        let name = line.split(['.', '=', ' ']).next().filter(|name| inside && !name.is_empty());
        name.filter(|name| !name.starts_with('#'))
    })
}

/// Every Rust file of the project, with its path from the root.
fn sources() -> impl Iterator<Item = (PathBuf, String)> {
    files("rs")
}

/// Every package's manifest; the workspace's own names all crates.
fn manifests() -> impl Iterator<Item = (PathBuf, String)> {
    files("toml").filter(|(path, _)| path.ends_with("Cargo.toml") && path != Path::new("Cargo.toml"))
}

fn files(extension: &str) -> impl Iterator<Item = (PathBuf, String)> {
    let mut files = Vec::new();
    let mut folders: Vec<_> = ["host", "plugins", "tests"].map(|name| root().join(name)).into();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("the sources can be read") {
            let path = entry.expect("the sources can be read").path();
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            if path.is_dir() && name != "target" && name != "node_modules" && !name.starts_with('.') {
                folders.push(path);
            } else if path.extension().is_some_and(|found| found == extension) {
                files.push(path);
            }
        }
    }
    files.sort();
    files.into_iter().map(|path| {
        let text = fs::read_to_string(&path).expect("sources are UTF-8");
        let inside = path.strip_prefix(root()).expect("found below the root").to_owned();
        (inside, text)
    })
}

fn root() -> PathBuf {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    tests.parent().expect("this package lies in the project's folder").to_owned()
}
