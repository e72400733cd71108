//! What the vendor holds of one e-shop.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Settings;
use super::events::Event;
use crate::simulator::Now;

pub struct Account {
    pub settings: Settings,
    /// What POST `/eshop/info` sent last.
    pub eshop: Option<Value>,
    /// By code.
    pub orders: BTreeMap<String, Value>,
    pub webhooks: Vec<Webhook>,
    pub events: Vec<Event>,
    /// The application's tokens, and until when each is good, in Unix milliseconds.
    pub tokens: Vec<(String, i64)>,
    /// Remarks that the application was given: order code and text.
    pub remarks: Vec<(String, String)>,
    pub last_webhook: u64,
}

#[derive(Clone, Debug)]
pub struct Webhook {
    pub id: u64,
    pub kind: String,
    pub url: String,
}

impl Account {
    pub fn new(settings: Settings) -> Self {
        Self {
            settings,
            eshop: None,
            orders: BTreeMap::new(),
            webhooks: Vec::new(),
            events: Vec::new(),
            tokens: Vec::new(),
            remarks: Vec::new(),
            last_webhook: 250,
        }
    }

    pub fn register(&mut self, kind: &str, url: &str) {
        self.last_webhook += 1;
        self.webhooks.push(Webhook { id: self.last_webhook, kind: kind.into(), url: url.into() });
    }

    pub fn knows(&self, token: &str, now: Now) -> bool {
        self.tokens.iter().any(|(known, until)| known == token && now.unix_ms < *until)
    }
}
