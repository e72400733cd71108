//! Files that only look like components, at a host that has other work. (A thousand of them:
//! `host/sandbox/tests/hostile.rs`.)

use std::fs::{self, File};
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};
use windlass_tests::folder::Folder;
use windlass_tests::host::{Host, Setup, binary, guest};

/// Enough for the engine to start, and too little for the guest in JavaScript.
const MEMORY_BYTES: u64 = 850 << 20;
const SIGABRT: i32 = 6;
const SIGXCPU: i32 = 24;
const FILES: u64 = 24;
/// A host that compiles at the same time answers in milliseconds; the machine may be busy.
const ANSWER_MAX: Duration = Duration::from_secs(10);
/// What they all may leave behind in the host.
const GROWTH_MAX_KIB: u64 = 400 << 10;

#[test]
fn hostile_files_are_refused_while_the_host_answers_and_its_memory_stays() {
    let host = Host::start(Setup::default());
    let whole = fs::read(guest("trap-in-describe")).expect("a guest can be read");
    let before = host.memory_kib();
    std::thread::scope(|scope| {
        let sender = scope.spawn(|| {
            for seed in 0..FILES {
                let (status, problem) = host.post_component(&mutant(&whole, seed), None);
                let words = problem["detail"].as_str().unwrap_or_default();
                assert!(status == 422 && !words.is_empty(), "{seed}: {status} {problem}");
            }
        });
        while !sender.is_finished() {
            let began = Instant::now();
            let (status, _) = host.get("connectors");
            assert!(status == 200 && began.elapsed() < ANSWER_MAX, "{status} after {:?}", began.elapsed());
        }
    });
    assert!(host.json(&["connector", "list"])["items"].as_array().is_some_and(Vec::is_empty));
    let grown = host.memory_kib().saturating_sub(before);
    assert!(grown < GROWTH_MAX_KIB, "{grown} KiB more");
}

/// A compile that takes more than it may is ended, and says so by its signal, which a host tells as a refusal.
#[test]
fn a_compile_over_its_bounds_is_ended() {
    let folder = Folder::new().expect("a folder");
    for (bound, most, signal) in [("--memory-bytes", MEMORY_BYTES, SIGABRT), ("--cpu-seconds", 1, SIGXCPU)] {
        let mut compile = Command::new(binary());
        compile.arg("compile").arg(folder.path().join("code")).args([bound, &most.to_string()]);
        let wasm = File::open(guest("javascript")).expect("a guest can be read");
        let ended = compile.stdin(wasm).stderr(Stdio::null()).status().expect("it starts");
        assert_eq!(ended.signal(), Some(signal), "{bound} {most}: {ended}");
    }
}

/// The guest traps when it is asked what it is, so that no change of it makes a connector.
fn mutant(whole: &[u8], seed: u64) -> Vec<u8> {
    let mut chance = SmallRng::seed_from_u64(seed);
    let mut wasm = whole.to_vec();
    match seed % 3 {
        0 => wasm.truncate(chance.random_range(8..whole.len())),
        1 => {
            for _ in 0..32 {
                let at = chance.random_range(8..whole.len());
                wasm[at] = chance.random();
            }
        }
        // A section in the middle that claims to be longer than the file.
        _ => {
            let at = chance.random_range(8..whole.len());
            wasm.splice(at..at, [1, 0xff, 0xff, 0xff, 0xff, 0x0f]);
        }
    }
    wasm
}
