//! What an install has passed, for whoever installs.

use std::time::Duration;

use serde::Serialize;
use windlass_sandbox::{CONTRACT_VERSION, Connector};

use crate::{asks::Compared, replay::Report, signing::Verified};

/// `{"step": "component", "says": "1288 KiB, for contract 0.1.0, imports only what it may"}`; steps come in
/// their order.
#[derive(Debug, Clone, Serialize)]
pub struct Passed {
    step: &'static str,
    says: String,
}

fn passed(step: &'static str, says: impl Into<String>) -> Passed {
    Passed { step, says: says.into() }
}

pub(super) fn signature(verified: &Verified) -> Passed {
    passed("signature", verified.says())
}

/// Loading is several steps at once, each of which refuses by itself.
pub(super) fn component(bytes: usize, connector: &Connector, took: Duration) -> [Passed; 3] {
    let kib = bytes.div_ceil(1 << 10);
    let says = format!("{kib} KiB, for contract {CONTRACT_VERSION}, imports only what it may");
    let spec = &connector.spec;
    let (name, version, seconds) = (&spec.name, &spec.version, took.as_secs_f64());
    let of = [
        (spec.streams.len(), "stream"),
        (spec.actions.len(), "action"),
        (spec.webhooks.len(), "webhook"),
        (spec.roles.len(), "role"),
    ];
    let of: Vec<String> =
        of.iter().filter(|(count, _)| *count > 0).map(|(count, noun)| counted(*count, noun)).collect();
    [
        passed("component", says),
        passed("compile", format!("compiled and described within its bounds, {seconds:.1} s")),
        passed("spec", format!("{name} {version}: {}", of.join(", "))),
    ]
}

pub(super) fn asks(asks: &[Compared]) -> Passed {
    let new = asks.iter().filter(|ask| ask.needs_approval).count();
    passed("asks", format!("{}, {new} of them not approved before", counted(asks.len(), "ask")))
}

pub(super) fn replay(report: Option<&Report>) -> Passed {
    let says = match report {
        None => "nothing to compare with".to_owned(),
        Some(report) if report.is_empty() => "no call to make again".to_owned(),
        Some(Report { same, unable, differs, .. }) => {
            let (same, differ) = (counted(*same, "call"), differs.len());
            format!("{same} made again alike, {differ} otherwise, {unable} not to be replayed")
        }
    };
    passed("replay", says)
}

fn counted(count: usize, noun: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{plural}")
}
