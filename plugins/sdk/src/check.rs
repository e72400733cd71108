//! What a successful check says.

/// Configuration and credentials work.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CheckOutcome {
    /// A sentence for the operator: who we are at the vendor.
    pub message: Option<String>,
}

impl CheckOutcome {
    /// A check that says who we are at the vendor.
    pub fn saying(message: impl Into<String>) -> Self {
        Self { message: Some(message.into()) }
    }
}
