//! All vendors, and what is known of them.

use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::baselinker::{STATUSES, Seed};
use crate::brani::Brani;
use crate::simulator::{Simulator, Vendor, Violation};
use crate::{baselinker, brani, cloudspot, itsperfect, optimakers, restigo};

/// BaseLinker's limit counts so long.
const MINUTE: Duration = Duration::from_secs(60);
/// New orders beside those that were sent long ago.
const NEW_ORDERS: usize = 12;
/// A day after the last of the old ones.
const NEW_SINCE: i64 = 1_714_608_000;

/// Each on its own loopback port.
pub struct Vendors {
    pub baselinker: baselinker::Simulator,
    pub itsperfect: itsperfect::Simulator,
    pub cloudspot: cloudspot::Simulator,
    pub brani: Brani,
    pub restigo: restigo::Simulator,
    pub optimakers: optimakers::Simulator,
}

impl Vendors {
    /// With what each has by default, and `orders` at BaseLinker, `per_second` of them in one second: all
    /// but the last few were sent already.
    pub fn start(orders: usize, per_second: usize) -> std::io::Result<Self> {
        let old = orders.saturating_sub(NEW_ORDERS);
        let sent = Seed { orders: old, per_second, status: STATUSES[2].0, ..Seed::default() };
        let new = Seed { orders: orders - old, first_second: NEW_SINCE, status: STATUSES[0].0, ..sent };
        let shop = baselinker::Settings { seed: sent, products: 12, journal: true, ..Default::default() };
        let vendors = Self {
            baselinker: baselinker::Simulator::start(shop)?,
            itsperfect: itsperfect::Simulator::start(itsperfect::Settings::default())?,
            cloudspot: cloudspot::Simulator::start(cloudspot::Settings::default())?,
            brani: Brani::start(brani::Settings::default()),
            restigo: restigo::Simulator::start(restigo::Settings::default())?,
            optimakers: optimakers::Simulator::start(optimakers::Settings::default())?,
        };
        vendors.baselinker.seed(new);
        Ok(vendors)
    }

    /// Addresses, and the secrets that the vendors accept: names and values, as variables.
    pub fn variables(&self) -> Vec<(&'static str, String)> {
        vec![
            ("BASELINKER_URL", self.baselinker.url()),
            ("BASELINKER_TOKEN", baselinker::TOKEN.into()),
            ("ITSPERFECT_URL", self.itsperfect.url()),
            ("ITSPERFECT_USERNAME", itsperfect::USERNAME.into()),
            ("ITSPERFECT_PASSWORD", itsperfect::PASSWORD.into()),
            ("ITSPERFECT_TOKEN", itsperfect::TOKEN.into()),
            ("CLOUDSPOT_URL", self.cloudspot.base_url()),
            ("CLOUDSPOT_TOKEN", cloudspot::TOKEN.into()),
            ("CLOUDSPOT_APPLICATION", cloudspot::APPLICATION.into()),
            ("CLOUDSPOT_USERNAME", cloudspot::USERNAME.into()),
            ("CLOUDSPOT_PASSWORD", cloudspot::PASSWORD.into()),
            ("BRANI_URL", self.brani.api.url()),
            ("BRANI_AUTH_URL", self.brani.auth.url()),
            ("BRANI_APP_URL", self.brani.app.url()),
            ("BRANI_TOKEN", brani::TOKEN.into()),
            ("BRANI_EMAIL", brani::EMAIL.into()),
            ("BRANI_PASSWORD", brani::PASSWORD.into()),
            ("RESTIGO_URL", self.restigo.url()),
            ("RESTIGO_TOKEN", restigo::TOKEN.into()),
            ("OPTIMAKERS_URL", self.optimakers.url()),
            ("OPTIMAKERS_API_KEY", optimakers::API_KEY.into()),
        ]
    }

    /// By vendor: what it holds, and what came over the wire.
    pub fn stats(&self) -> Vec<(&'static str, Value)> {
        let most = self.baselinker.max_in_any_window(MINUTE);
        let shop = json!({ "orders": self.baselinker.order_ids().len(), "most-in-a-minute": most });
        let lists = self.restigo.with(|vendor, _| vendor.book.all_lists().len());
        let requests = [self.brani.api.requests(), self.brani.auth.requests(), self.brani.app.requests()];
        let requests = requests.map(|requests| requests.len()).iter().sum();
        vec![
            ("baselinker", of(&self.baselinker, shop)),
            ("itsperfect", of(&self.itsperfect, json!({ "orders": self.itsperfect.orders().len() }))),
            ("cloudspot", of(&self.cloudspot, json!({ "signed-in": self.cloudspot.user_tokens().len() }))),
            (
                "brani",
                counted(json!({ "orders": self.brani.order_count() }), requests, &self.brani.violations()),
            ),
            (
                "restigo",
                of(&self.restigo, json!({ "price-lists": lists, "files": self.restigo.file_names().len() })),
            ),
            ("optimakers", of(&self.optimakers, json!({ "orders": self.optimakers.order_ids().len() }))),
        ]
    }

    /// Vendor, requests, breaches, and what it holds.
    pub fn table(&self) -> String {
        let row = |(name, stats): (&str, Value)| {
            let Value::Object(mut holds) = stats else { return String::new() };
            let requests = holds.shift_remove("requests").and_then(|count| count.as_u64());
            let breaches = holds.shift_remove("violations").and_then(|all| Some(all.as_array()?.len()));
            let holds = holds.iter().map(|(what, count)| format!("{count} {}", what.replace('-', " ")));
            let holds: Vec<_> = holds.collect();
            let (requests, breaches) = (requests.unwrap_or(0), breaches.unwrap_or(0));
            format!("{name:<10}  {requests:<8}  {breaches:<8}  {}\n", holds.join(", "))
        };
        let head = format!("{:<10}  {:<8}  {:<8}  {}\n", "VENDOR", "REQUESTS", "BREACHES", "HOLDS");
        self.stats().into_iter().map(row).fold(head, |table, row| table + &row)
    }
}

fn of<V: Vendor>(simulator: &Simulator<V>, holds: Value) -> Value {
    counted(holds, simulator.requests().len(), &simulator.violations())
}

fn counted(holds: Value, requests: usize, violations: &[Violation]) -> Value {
    let counts = [("requests", json!(requests)), ("violations", json!(violations))];
    let counts = counts.map(|(name, count)| (name.to_owned(), count));
    holds.as_object().cloned().unwrap_or_default().into_iter().chain(counts).collect::<Map<_, _>>().into()
}
