//! A component's file.

use std::{fs::File, io::Read, path::Path};

use windlass_sandbox::MOST_COMPONENT_BYTES;

use super::failure::{Exit, Failure};

/// The file's bytes; never more than the host takes.
pub fn read(file: &Path) -> Result<Vec<u8>, Failure> {
    let mut wasm = Vec::new();
    let most = MOST_COMPONENT_BYTES as u64;
    let read = File::open(file).and_then(|opened| opened.take(most + 1).read_to_end(&mut wasm));
    read.map_err(|error| {
        Failure::new(Exit::Environment, format!("cannot read {}: {error}", file.display()))
    })?;
    if wasm.len() <= MOST_COMPONENT_BYTES {
        return Ok(wasm);
    }
    let (file, mib) = (file.display(), most >> 20);
    let message =
        format!("{file}: the body is too large: a component has at most {mib} MiB (request.too-large)");
    Err(Failure::new(Exit::Failed, message).hint("build it for release, and strip its debug sections"))
}

#[cfg(test)]
mod tests {
    use super::{Exit, Path, read};

    #[test]
    fn a_file_over_the_limit_is_not_sent() {
        let failure = read(Path::new("/dev/zero")).unwrap_err();
        assert_eq!(failure.exit, Exit::Failed);
        assert!(failure.message.contains("64 MiB (request.too-large)"), "{}", failure.message);
        assert_eq!(read(Path::new("/nowhere/at/all")).unwrap_err().exit, Exit::Environment);
    }
}
