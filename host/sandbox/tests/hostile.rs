//! A thousand files made from a real component, and some made by hand: each is refused in words or is a
//! component like another. None panics, hangs, or takes the host's memory.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};
use windlass_sandbox::{Compiler, LoadError, Sandbox};

const MUTANTS: u64 = 1_000;
/// As few as a passing change of the file, as many as make it another.
const MOST_PLACES: usize = 48;
/// The largest of them compiles in a second or two, on a machine that does other work too.
const ONE_MAX: Duration = Duration::from_secs(60);
/// What all of them together may add to the memory of this process: far less than one compile bomb would.
const GROWTH_MAX_KIB: u64 = 700 << 10;

const HEADER: &[u8] = b"\0asm\x0d\0\x01\0";
const MODULE_HEADER: &[u8] = b"\0asm\x01\0\0\0";
const COMPONENT: u8 = 4;
const MODULE: u8 = 1;

#[tokio::test]
async fn a_thousand_mutants_are_refused_or_taken_and_the_host_is_as_before() {
    let sandbox = Sandbox::new(None).unwrap();
    let whole = fixture();
    sandbox.load(Arc::new(whole.clone())).await.unwrap();
    let before = peak_kib();
    let (mut refused, mut taken) = (0, 0);
    for seed in 0..MUTANTS {
        match load(&sandbox, &format!("mutant {seed}"), mutant(&whole, seed)).await {
            Ok(()) => taken += 1,
            Err(_) => refused += 1,
        }
    }
    assert_eq!(refused + taken, MUTANTS);
    assert!(refused > MUTANTS / 2, "mutations mostly break it: {refused} refused, {taken} taken");
    let grown = peak_kib().saturating_sub(before);
    assert!(grown < GROWTH_MAX_KIB, "{grown} KiB more");
    sandbox.load(Arc::new(whole)).await.unwrap();
}

#[tokio::test]
async fn what_is_made_to_be_dear_is_refused_in_words() {
    let sandbox = Sandbox::new(None).unwrap();
    let before = peak_kib();
    let of_module = |module: Vec<u8>| [HEADER, &section(MODULE, &module)].concat();
    let deep = |levels: usize| {
        (0..levels).fold(HEADER.to_vec(), |inner, _| [HEADER, &section(COMPONENT, &inner)].concat())
    };
    let many = |count: usize, id: u8, one: &[u8]| [HEADER.to_vec(), section(id, one).repeat(count)].concat();
    let cases: [(&str, Vec<u8>, &str); 13] = [
        ("wrong magic", b"\0asn\x0d\0\x01\0".to_vec(), "not a WebAssembly component"),
        ("a core module", MODULE_HEADER.to_vec(), "build it for the target wasm32-wasip2"),
        ("nothing in it", HEADER.to_vec(), "does not export windlass:connector/spec"),
        (
            "a section that ends beyond the file",
            [HEADER, &[MODULE], &leb(u32::MAX as usize)].concat(),
            "not valid",
        ),
        ("a length without an end", [HEADER, &[MODULE], &[0xff; 16]].concat(), "not valid"),
        ("nested deeply", deep(1_000), "nests others more than 8 deep"),
        ("many components", many(5_000, COMPONENT, HEADER), "over 200 components"),
        ("many modules", many(5_000, MODULE, MODULE_HEADER), "over 40 modules"),
        ("many functions", of_module(functions(200_000, 1)), "over 100000 functions"),
        ("one huge function", of_module(functions(1, 3 << 20)), "a function of over 1 MiB"),
        ("much code", of_module(functions(40, 900 << 10)), "over 24 MiB of code"),
        ("a count without its functions", of_module(claimed(u32::MAX as usize)), "not valid"),
        ("a memory larger than any", of_module(memory(70_000)), "not valid"),
    ];
    for (name, wasm, expected) in cases {
        let refusal = load(&sandbox, name, wasm).await.unwrap_err();
        assert!(refusal.contains(expected), "{name}: {refusal}");
    }
    let grown = peak_kib().saturating_sub(before);
    assert!(grown < GROWTH_MAX_KIB, "{grown} KiB more");
}

/// A file that is a real component but for one thing; which, the seed says.
fn mutant(whole: &[u8], seed: u64) -> Vec<u8> {
    let mut chance = SmallRng::seed_from_u64(seed);
    let place = |chance: &mut SmallRng, of: &[u8]| chance.random_range(0..of.len());
    let mut wasm = whole.to_vec();
    match seed % 5 {
        0 => wasm.truncate(place(&mut chance, whole)),
        1 => {
            for _ in 0..chance.random_range(1..MOST_PLACES) {
                let at = place(&mut chance, whole);
                wasm[at] = chance.random();
            }
        }
        2 => {
            // Near the beginning, where the structure is.
            let at = chance.random_range(8..2_000);
            wasm[at] ^= 1 << chance.random_range(0..8);
        }
        3 => {
            let (from, to) = (place(&mut chance, whole), place(&mut chance, whole));
            wasm.drain(from.min(to)..from.max(to));
        }
        _ => {
            let (from, to) = (place(&mut chance, whole), place(&mut chance, whole));
            let length = chance.random_range(1..4_096).min(whole.len() - from);
            wasm.splice(to..to, whole[from..from + length].to_vec());
        }
    }
    wasm
}

/// Loads it in time; its refusal in words.
async fn load(sandbox: &Sandbox, name: &str, wasm: Vec<u8>) -> Result<(), String> {
    let began = Instant::now();
    let loaded = sandbox.load(Arc::new(wasm)).await;
    assert!(began.elapsed() < ONE_MAX, "{name} took {:?}", began.elapsed());
    match loaded {
        Ok(_) => Ok(()),
        Err(LoadError::Host(message)) => panic!("{name} is not the host's fault: {message}"),
        Err(refusal) => {
            let words = refusal.to_string();
            assert!(!words.trim().is_empty(), "{name} is refused without a word");
            Err(words)
        }
    }
}

fn fixture() -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/contract/0.1.0-flow.wasm");
    fs::read(path).unwrap()
}

fn section(id: u8, content: &[u8]) -> Vec<u8> {
    [&[id], &leb(content.len())[..], content].concat()
}

fn leb(mut number: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let low = (number & 0x7f) as u8;
        number >>= 7;
        bytes.push(if number == 0 { low } else { low | 0x80 });
        if number == 0 {
            return bytes;
        }
    }
}

/// A module of functions that do nothing, in so many instructions.
fn functions(count: usize, nops: usize) -> Vec<u8> {
    let body = [&[0][..], &vec![0x01; nops], &[0x0b]].concat();
    let bodies = [leb(body.len()), body].concat().repeat(count);
    let code = [leb(count), bodies].concat();
    let types = section(1, &[1, 0x60, 0, 0]);
    let declared = section(3, &[leb(count), vec![0; count]].concat());
    [MODULE_HEADER, &types, &declared, &section(10, &code)].concat()
}

/// A module whose code section claims so many functions and has none.
fn claimed(count: usize) -> Vec<u8> {
    [MODULE_HEADER, &section(3, &leb(count)), &section(10, &leb(count))].concat()
}

/// A module with a memory of so many pages.
fn memory(pages: usize) -> Vec<u8> {
    [MODULE_HEADER, &section(5, &[vec![1, 0], leb(pages)].concat())].concat()
}

/// The most memory this process ever had.
fn peak_kib() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches("kB").trim().parse().unwrap()
}

/// Whatever becomes of the process that compiles, the host goes on, and no half file is left.
#[tokio::test]
async fn a_compiler_that_is_ended_takes_nothing_with_it() {
    let folder = std::env::temp_dir().join(format!("windlass-hostile-{}", std::process::id()));
    for (script, expected) in [
        ("head -c 9 > $0; kill -ABRT $$", "more than 120 s of CPU time or 2048 MiB of memory"),
        ("exec 0<&-; kill -XCPU $$", "more than 120 s of CPU time"),
        ("cat > $0; echo it is damaged >&2; exit 1", "it is damaged"),
        ("cat > $0; exit 101", "the compiler failed on it"),
    ] {
        let arguments = ["-c", script].map(Into::into).to_vec();
        let compiler = Compiler::Process { program: "/bin/sh".into(), arguments };
        let sandbox = Sandbox::with_compiler(Some(&folder), compiler).unwrap();
        let refusal = load(&sandbox, script, fixture()).await.unwrap_err();
        assert!(refusal.contains(expected), "{script}: {refusal}");
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 0, "{script} leaves nothing");
    }
    let sandbox = Sandbox::new(Some(&folder)).unwrap();
    sandbox.load(Arc::new(fixture())).await.unwrap();
    fs::remove_dir_all(&folder).unwrap();
}
