//! Switches: boolean properties that turn parts of a connection on and off.

use std::collections::BTreeSet;

use serde_json::Value;

use super::document::Spec;

/// The first of the properties that is not on; none if all are, or there are none. `config` with
/// defaults.
pub fn first_off<'s>(config: &Value, switches: &'s [String]) -> Option<&'s str> {
    let is_on = |property: &str| config.get(property) == Some(&Value::Bool(true));
    switches.iter().map(String::as_str).find(|property| !is_on(property))
}

impl Spec {
    /// The switches that every stream and action has: they turn the connection as a whole on, its check
    /// included.
    pub fn common_switches(&self) -> Vec<String> {
        let streams = self.streams.iter().map(|stream| &stream.enabled_by);
        let mut parts = streams.chain(self.actions.iter().map(|action| &action.enabled_by));
        let Some(first) = parts.next() else { return Vec::new() };
        let mut common = first.clone();
        for part in parts {
            let part: BTreeSet<&String> = part.iter().collect();
            common.retain(|switch| part.contains(switch));
        }
        common
    }
}
