//! The place that takes the files of daily documents: a folder of files by name. The guide names no
//! transport, so all of it is invented.

use std::collections::BTreeMap;

use percent_encoding::percent_decode_str;
use serde_json::json;

use crate::simulator::{Call, Request};
use crate::wire::Incoming;

/// What stands before a file's name.
pub const FOLDER: &str = "/documents/";
const METHODS: [&str; 2] = ["PUT", "POST"];
const KIND: &str = "application/xml; charset=utf-8";

/// Files by name.
#[derive(Default)]
pub struct Documents {
    files: BTreeMap<String, Vec<u8>>,
}

impl Documents {
    /// Takes a file, which replaces the one of its name; returns the answer's status.
    pub fn take(&mut self, request: &Request) -> u16 {
        let name = request.parameters["name"].as_str().unwrap_or_default().to_owned();
        let former = self.files.insert(name, request.body.clone());
        if former.is_some() { 200 } else { 201 }
    }

    pub fn names(&self) -> Vec<String> {
        self.files.keys().cloned().collect()
    }

    pub fn file(&self, name: &str) -> Option<String> {
        let bytes = self.files.get(name)?;
        Some(String::from_utf8(bytes.clone()).expect("files are UTF-8"))
    }
}

/// A request for this place; none if it is meant for the API.
pub fn read(incoming: &Incoming) -> Option<Call> {
    let name = incoming.target.strip_prefix(FOLDER)?;
    let method = METHODS.into_iter().find(|method| *method == incoming.method)?;
    let name = percent_decode_str(name).decode_utf8_lossy();
    Some(Call {
        method: format!("{method} documents"),
        parameters: json!({ "name": name }),
        ..Call::default()
    })
}

pub fn is_delivery(method: &str) -> bool {
    METHODS.iter().any(|known| method == format!("{known} documents"))
}

/// What no honest client does here.
pub fn breaches(incoming: &Incoming) -> Vec<String> {
    let name = &incoming.target[FOLDER.len()..];
    let kind = incoming.header("content-type").unwrap_or_default();
    let checks = [
        (incoming.header("token").is_some(), "the key of the API goes where files are taken".to_owned()),
        (kind != KIND, format!("a file of the kind {kind:?} instead of {KIND}")),
        (name.is_empty() || name.contains(['/', '?']), format!("{name:?} is no name of a file")),
        (std::str::from_utf8(&incoming.body).is_err(), "a file that is not UTF-8".to_owned()),
    ];
    checks.into_iter().filter(|(is_breach, _)| *is_breach).map(|(_, what)| what).collect()
}
