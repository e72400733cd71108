//! What a test does at the simulated vendor as the company's administrator, and what it asks about it.

use std::io;

use serde_json::Value;

use super::company::{Company, Right};
use super::vendor::{BASE, Vendor};
use super::{Settings, Simulator};

impl Simulator {
    pub fn start(settings: Settings) -> io::Result<Self> {
        Self::serve(settings.listen, Vendor::new(settings))
    }

    /// What a connection's `base_url` is set to.
    pub fn base_url(&self) -> String {
        format!("{}{BASE}", self.url())
    }

    /// Gives a company token other rights; one that was not known is known then.
    pub fn set_rights(&self, token: &str, rights: &[Right]) {
        self.with(|vendor, _| {
            let tokens = &mut vendor.settings.tokens;
            tokens.retain(|(known, _)| known != token);
            tokens.push((token.to_owned(), rights.to_vec()));
        });
    }

    pub fn revoke_all_tokens(&self) {
        self.with(|vendor, _| vendor.settings.tokens.clear());
    }

    /// Changes what the company has.
    pub fn change<T>(&self, change: impl FnOnce(&mut Company) -> T) -> T {
        self.with(|vendor, _| change(&mut vendor.company))
    }

    /// What the company has.
    pub fn artikels(&self) -> Vec<Value> {
        self.change(|company| company.artikels.clone())
    }

    pub fn klanten(&self) -> Vec<Value> {
        self.change(|company| company.klanten.clone())
    }

    /// Tokens of users that are good now, the oldest first.
    pub fn user_tokens(&self) -> Vec<String> {
        self.with(|vendor, _| vendor.users.tokens())
    }

    pub fn sign_all_users_out(&self) {
        self.with(|vendor, _| vendor.users.sign_all_out());
    }
}
