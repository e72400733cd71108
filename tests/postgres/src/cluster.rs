//! A private server that cannot outlive the process that started it.

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use crate::binaries::Binaries;

/// The server's own user; connections over the socket need no password.
const USER: &str = "windlass";

/// Starts the server, says so, waits until the pipe that the test process holds is closed (it ended,
/// also by `kill -9`), then stops the server and removes its folder.
const KEEPER: &str = r#"
trap '' INT TERM HUP
"$1" start --silent --wait --pgdata "$2/data" --log "$2/log" --options "-k $2 $3" || { cat "$2/log"; exit 1; }
echo ready
cat > /dev/null
"$1" stop --silent --mode immediate --pgdata "$2/data"
rm -rf "$2"
"#;

/// No port; no syncing, since nothing here must survive a power failure; room for many pools at once.
const OPTIONS: &str = "-c listen_addresses= -c fsync=off -c full_page_writes=off -c max_connections=300";

#[derive(Debug)]
pub struct Cluster {
    folder: PathBuf,
    /// Its open standard input is what keeps the server running.
    _keeper: Child,
}

impl Cluster {
    /// The server itself runs under more environment `variables`.
    pub fn start(binaries: &Binaries, variables: &[(String, String)]) -> Result<Cluster, String> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("windlass-postgres-{}-{number}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        let user = user_for(&folder)?;
        init(binaries, &folder, user)?;
        let keeper = keep(binaries, &folder, user, variables)?;
        Ok(Cluster { folder, _keeper: keeper })
    }

    pub fn url(&self) -> String {
        format!("postgres://{USER}@localhost/postgres?host={}", self.folder.display())
    }
}

/// PostgreSQL refuses to run as root: then the folder is given to another user, who is returned.
fn user_for(folder: &Path) -> Result<Option<(u32, u32)>, String> {
    let told = |error: std::io::Error| format!("{}: {error}", folder.display());
    fs::set_permissions(folder, fs::Permissions::from_mode(0o700)).map_err(told)?;
    if fs::metadata(folder).map_err(told)?.uid() != 0 {
        return Ok(None);
    }
    let users = fs::read_to_string("/etc/passwd").map_err(|error| format!("/etc/passwd: {error}"))?;
    let (uid, gid) = ["postgres", "nobody"]
        .iter()
        .find_map(|name| ids(&users, name))
        .ok_or("PostgreSQL does not run as root, and there is no user postgres or nobody to run it as")?;
    chown(folder, Some(uid), Some(gid)).map_err(told)?;
    Ok(Some((uid, gid)))
}

fn ids(users: &str, name: &str) -> Option<(u32, u32)> {
    let line = users.lines().find(|line| line.split(':').next() == Some(name))?;
    let mut fields = line.split(':').skip(2);
    Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
}

/// Makes the data folder. Its language sorts otherwise than by bytes where the server can, so that a
/// forgotten collation shows.
fn init(binaries: &Binaries, folder: &Path, user: Option<(u32, u32)>) -> Result<(), String> {
    let languages: [&[&str]; 2] = [&["--locale-provider=icu", "--icu-locale=en-US"], &[]];
    let mut error = String::new();
    for language in languages {
        let mut command = Command::new(binaries.path("initdb"));
        command.args(["--username", USER, "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"]);
        command.args(language).arg("--pgdata").arg(folder.join("data")).current_dir(folder);
        let output = as_user(&mut command, user).output().map_err(|error| format!("initdb: {error}"))?;
        if output.status.success() {
            return Ok(());
        }
        error = format!("initdb: {}", String::from_utf8_lossy(&output.stderr));
    }
    Err(error)
}

fn keep(
    binaries: &Binaries,
    folder: &Path,
    user: Option<(u32, u32)>,
    variables: &[(String, String)],
) -> Result<Child, String> {
    let mut command = Command::new("sh");
    command.envs(variables.iter().map(|(name, value)| (name, value)));
    command.args(["-c", KEEPER, "windlass-postgres"]).arg(binaries.path("pg_ctl")).arg(folder).arg(OPTIONS);
    // A group of its own: an interrupt at the terminal ends the tests first, and by that the server.
    command.process_group(0).current_dir(folder).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut keeper = as_user(&mut command, user).spawn().map_err(|error| format!("sh: {error}"))?;
    let stdout = keeper.stdout.take().ok_or("the server's output is not there")?;
    let mut told = String::new();
    for line in BufReader::new(stdout).lines() {
        let line = line.map_err(|error| format!("pg_ctl: {error}"))?;
        if line == "ready" {
            return Ok(keeper);
        }
        told.push_str(&line);
        told.push('\n');
    }
    Err(format!("PostgreSQL did not start:\n{told}"))
}

fn as_user(command: &mut Command, user: Option<(u32, u32)>) -> &mut Command {
    match user {
        Some((uid, gid)) => command.uid(uid).gid(gid),
        None => command,
    }
}
