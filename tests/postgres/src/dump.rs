//! A database as text.

use std::process::Command;

use crate::{Database, server};

impl Database {
    /// Every row of every table as SQL, with binary values in hexadecimal.
    ///
    /// # Panics
    ///
    /// When `pg_dump`, which comes with `psql`, cannot read the database.
    pub fn dump(&self) -> Vec<u8> {
        let mut command = Command::new(server().binaries.path("pg_dump"));
        let output = command.args(["--inserts", self.url()]).output().expect("pg_dump starts");
        assert!(output.status.success(), "pg_dump: {}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    }
}
