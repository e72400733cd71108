//! What a test does at the simulated vendor as its people do, and what it asks about the e-shop.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use serde_json::Value;

use super::account::Account;
use super::{Brani, Settings, Shared, api, app, auth};
use crate::simulator::{Simulator, Violation};

impl Brani {
    pub fn start(settings: Settings) -> Self {
        let timeline = settings.timeline.clone();
        let account = Shared(Arc::new(Mutex::new(Account::new(settings))));
        let listen = SocketAddr::from(([127, 0, 0, 1], 0));
        let (api, auth, app) = (
            api::Api { account: account.clone() },
            auth::Auth { account: account.clone() },
            app::App { account: account.clone() },
        );
        Self {
            api: Simulator::serve_at(listen, api, timeline.clone()).expect("a loopback port"),
            auth: Simulator::serve_at(listen, auth, timeline.clone()).expect("a loopback port"),
            app: Simulator::serve_at(listen, app, timeline).expect("a loopback port"),
            account,
        }
    }

    pub fn change(&self, change: impl FnOnce(&mut Settings)) {
        change(&mut self.account.lock().settings);
    }

    /// Registers a webhook as somebody else does.
    pub fn register(&self, kind: &str, url: &str) {
        self.account.lock().register(kind, url);
    }

    /// What is registered: event type and address.
    pub fn registered(&self) -> Vec<(String, String)> {
        self.account.lock().webhooks.iter().map(|w| (w.kind.clone(), w.url.clone())).collect()
    }

    /// So many events of a kind; the value is the status, the parcel's number or the line of history.
    pub fn happen(&self, kind: &str, order: &str, value: &Value, times: usize) {
        let now = self.api.with(|_, now| now);
        let mut account = self.account.lock();
        (0..times).for_each(|_| account.happen(kind, order, value, now));
    }

    /// Ids of the events that were tried in vain and not delivered since.
    pub fn undelivered_ids(&self) -> Vec<u64> {
        let account = self.account.lock();
        account.events.iter().filter(|event| event.has_failed()).map(|event| event.id).collect()
    }

    /// Ids of all events.
    pub fn event_ids(&self) -> Vec<u64> {
        self.account.lock().events.iter().map(|event| event.id).collect()
    }

    pub fn order(&self, code: &str) -> Option<Value> {
        self.account.lock().orders.get(code).cloned()
    }

    pub fn order_count(&self) -> usize {
        self.account.lock().orders.len()
    }

    pub fn eshop(&self) -> Option<Value> {
        self.account.lock().eshop.clone()
    }

    /// Remarks that the application was given: order code and text.
    pub fn remarks(&self) -> Vec<(String, String)> {
        self.account.lock().remarks.clone()
    }

    /// No token of the application is good any more.
    pub fn forget_tokens(&self) {
        self.account.lock().tokens.iter_mut().for_each(|(_, until)| *until = 0);
    }

    /// Every token that the application's users ever got.
    pub fn tokens(&self) -> Vec<String> {
        self.account.lock().tokens.iter().map(|(token, _)| token.clone()).collect()
    }

    pub fn logins(&self) -> usize {
        self.auth.calls(auth::LOGIN).len()
    }

    /// Breaches of the rules of all three hosts.
    pub fn violations(&self) -> Vec<Violation> {
        [self.api.violations(), self.auth.violations(), self.app.violations()].concat()
    }
}
