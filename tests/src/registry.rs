//! The real `docker-registry`, on a loopback port of its own.

use std::fs::{self, File};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::json;

use crate::eventually::eventually;
use crate::folder::Folder;

/// Seconds even on a busy machine.
const START_MAX: Duration = Duration::from_secs(60);
const USER: &str = "publisher";
const PASSWORD: &str = "the registry's own word";
/// bcrypt of the password, at its lowest cost.
const HTPASSWD: &str = "publisher:$2b$05$6xh8rHuf.mS2B4OzpFoJa.ZRII6zJCYTKTQlsQzYibY3.4azRtndq\n";

/// A registry that wants a password; it is killed when dropped.
pub struct Registry {
    folder: Folder,
    process: Child,
    port: u16,
}

impl Registry {
    pub fn start() -> Self {
        let folder = Folder::new().expect("a temporary folder");
        let write = |name: &str, text: String| {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().expect("inside the folder")).expect("a temporary folder");
            fs::write(path, text).expect("a temporary file can be written");
        };
        let base = folder.path().display();
        write("htpasswd", HTPASSWD.to_owned());
        write(
            "config.yml",
            format!(
                "version: 0.1\nlog:\n  level: info\nstorage:\n  filesystem:\n    rootdirectory: {base}/data\n\
            http:\n  addr: 127.0.0.1:0\n  secret: not much of one\n\
            auth:\n  htpasswd:\n    realm: test\n    path: {base}/htpasswd\n"
            ),
        );
        let log = File::create(folder.path().join("log")).expect("a temporary file can be written");
        let process = Command::new("docker-registry")
            .arg("serve")
            .arg(folder.path().join("config.yml"))
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("an open file"))
            .stderr(log)
            .spawn()
            .expect("docker-registry is installed: run make setup");
        let mut registry = Self { folder, process, port: 0 };
        registry.port = eventually("the registry listens", START_MAX, || port_in(&registry.log()));
        let auth = BASE64_STANDARD.encode(format!("{USER}:{PASSWORD}"));
        let config = json!({ "auths": { registry.name(): { "auth": auth } } });
        fs::create_dir_all(registry.docker_config()).expect("a temporary folder");
        fs::write(registry.docker_config().join("config.json"), config.to_string())
            .expect("a temporary file");
        registry
    }

    /// What stands before the first slash of a reference.
    pub fn name(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// The folder for `DOCKER_CONFIG` of those who may.
    pub fn docker_config(&self) -> PathBuf {
        self.folder.path().join("docker")
    }

    /// The folder for `DOCKER_CONFIG` of everybody else; there is nothing in it.
    pub fn no_config(&self) -> PathBuf {
        self.folder.path().join("nothing")
    }

    /// The file that holds a blob.
    pub fn blob(&self, digest: &str) -> PathBuf {
        let digest = digest.trim_start_matches("sha256:");
        let blobs = self.folder.path().join("data/docker/registry/v2/blobs/sha256");
        blobs.join(&digest[..2]).join(digest).join("data")
    }

    fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        // Both fail when it has ended, which is as good.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The port that the system gave.
fn port_in(log: &str) -> Option<u16> {
    let (_, after) = log.split_once("listening on 127.0.0.1:")?;
    let digits: String = after.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}
