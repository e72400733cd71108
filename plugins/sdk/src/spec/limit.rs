//! The vendor's limits, which the host keeps.

use serde::Serialize;

use super::Match;

/// So many requests in a window.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Limit {
    name: String,
    max: Amount,
    window_seconds: u32,
    window: Window,
    shared_by: SharedBy,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    shared_properties: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    counts: Vec<Count>,
    #[serde(skip_serializing_if = "Option::is_none")]
    remaining_header: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reset_header: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reset_zone: Option<String>,
    leave_to_others: Amount,
    #[serde(skip_serializing_if = "Option::is_none")]
    keep_for_actions: Option<u32>,
}

/// How many requests: a number, or the value of an integer property.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub enum Amount {
    /// A number.
    Fixed(u32),
    /// The name of an integer property in braces: `{requests_per_hour}`.
    Property(String),
}

/// How the vendor counts. All count as sliding, which is never looser.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Window {
    /// Any stretch of that length.
    Sliding,
    /// From one reset to the next.
    Fixed,
    /// The vendor does not say.
    Unknown,
}

/// Who shares a limit at the vendor.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum SharedBy {
    /// All connections with the same credential.
    Credential,
    /// All connections of the same account.
    Account,
    /// All connections to the same host.
    Host,
}

#[derive(Clone, Debug, Serialize)]
struct Count {
    #[serde(rename = "match")]
    requests: Match,
    cost: u32,
}

impl From<u32> for Amount {
    fn from(amount: u32) -> Self {
        Self::Fixed(amount)
    }
}

impl From<&str> for Amount {
    fn from(property: &str) -> Self {
        Self::Property(property.into())
    }
}

impl Limit {
    /// At most `max` requests in any window; every request counts 1, shared by the credential.
    pub fn new(name: &str, max: impl Into<Amount>, window_seconds: u32) -> Self {
        Self {
            name: name.into(),
            max: max.into(),
            window_seconds,
            window: Window::Unknown,
            shared_by: SharedBy::Credential,
            shared_properties: Vec::new(),
            counts: Vec::new(),
            remaining_header: None,
            reset_header: None,
            reset_zone: None,
            leave_to_others: Amount::Fixed(0),
            keep_for_actions: None,
        }
    }

    /// How the vendor counts.
    #[must_use]
    pub fn window(mut self, window: Window) -> Self {
        self.window = window;
        self
    }

    /// Who shares it; `properties` are those whose values name the credential or account, none for
    /// every secret one.
    #[must_use]
    pub fn shared_by(mut self, who: SharedBy, properties: &[&str]) -> Self {
        self.shared_by = who;
        self.shared_properties = properties.iter().map(|&name| name.into()).collect();
        self
    }

    /// What requests cost; the first match decides, and without one a request costs 1.
    #[must_use]
    pub fn cost(mut self, requests: Match, cost: u32) -> Self {
        self.counts.push(Count { requests, cost });
        self
    }

    /// Headers that tell what is left and when it resets: in seconds, or as a date of HTTP or ISO 8601.
    #[must_use]
    pub fn headers(mut self, remaining: &str, reset: Option<&str>) -> Self {
        self.remaining_header = Some(remaining.into());
        self.reset_header = reset.map(Into::into);
        self
    }

    /// The zone of resets that name none: an IANA name such as `Europe/Amsterdam`, or `{property}`. UTC
    /// unless said.
    #[must_use]
    pub fn reset_zone(mut self, zone: &str) -> Self {
        self.reset_zone = Some(zone.into());
        self
    }

    /// Requests in a window that are left to other programs; a property that is not set leaves none.
    #[must_use]
    pub fn leave_to_others(mut self, requests: impl Into<Amount>) -> Self {
        self.leave_to_others = requests.into();
        self
    }

    /// Requests in a window kept for actions; a tenth unless said.
    #[must_use]
    pub fn keep_for_actions(mut self, requests: u32) -> Self {
        self.keep_for_actions = Some(requests);
        self
    }
}
