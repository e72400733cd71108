//! What a test does at the simulated vendor as the supplier's people do, and what it asks about the book.

use std::io;

use super::documents::FOLDER;
use super::vendor::Vendor;
use super::{Settings, Simulator};

impl Simulator {
    pub fn start(settings: Settings) -> io::Result<Self> {
        Self::serve(settings.listen, Vendor::new(settings))
    }

    /// Makes the vendor know these tokens alone.
    pub fn set_tokens(&self, tokens: &[&str]) {
        let tokens = tokens.iter().map(|&token| token.to_owned()).collect();
        self.with(|vendor, _| vendor.settings.tokens = tokens);
    }

    /// The ids of all price lists of exactly that name.
    pub fn lists_named(&self, name: &str) -> Vec<i64> {
        self.with(|vendor, _| {
            let lists = vendor.book.all_lists().iter();
            lists.filter(|list| list.name == name).map(|list| list.id).collect()
        })
    }

    pub fn add_list(&self, name: &str) -> i64 {
        self.with(|vendor, _| vendor.book.add_list(name))
    }

    /// The price of a SKU on a list, as it was sent.
    pub fn price(&self, list: i64, sku: &str) -> Option<String> {
        self.with(|vendor, _| vendor.book.price(list, sku))
    }

    pub fn set_price(&self, list: i64, sku: &str, price: &str) {
        let price = price.parse().expect("a price is a number");
        self.with(|vendor, _| {
            vendor.book.set_price(list, sku, price);
        });
    }

    /// Takes an item off the supplier's active ones.
    pub fn retire(&self, sku: &str) {
        self.with(|vendor, _| vendor.book.retire(sku));
    }

    /// Whether a customer, by its number, is on a list.
    pub fn is_on_list(&self, list: i64, customer: &str) -> bool {
        self.with(|vendor, _| {
            let customer = vendor.book.customer_id(customer);
            vendor.book.list(list).zip(customer).is_some_and(|(list, customer)| list.has_customer(customer))
        })
    }

    /// What a connection's `documents_url` is set to.
    pub fn documents_url(&self) -> String {
        format!("{}{}", self.url(), FOLDER.trim_end_matches('/'))
    }

    /// The names of the files that were delivered.
    pub fn file_names(&self) -> Vec<String> {
        self.with(|vendor, _| vendor.documents.names())
    }

    /// A file as it was last delivered.
    pub fn file(&self, name: &str) -> Option<String> {
        self.with(|vendor, _| vendor.documents.file(name))
    }
}
