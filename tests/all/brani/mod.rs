//! The Brani connector against the simulated vendor: requirements G1 to G6 and B1 to B6.

mod app;
mod eshop;
mod events;
mod orders;
mod pushes;

use std::sync::Arc;

use serde_json::{Value, json};
use windlass_tests::brani::{Brani, EMAIL, PASSWORD, Settings, TOKEN};
use windlass_tests::connection;
use windlass_tests::host::{Host, Output, Setup};

const NAME: &str = "shop";
/// Where the vendor believes that the host is.
const PUBLIC: &str = "https://windlass.cajovna.example";

/// A connection `shop` to a simulated Brani.
struct Shop {
    vendor: Brani,
    host: Arc<Host>,
}

impl Shop {
    /// With all three secrets.
    fn open(settings: Settings) -> Self {
        Self::open_with(settings, &[], &[("token", TOKEN), ("email", EMAIL), ("password", PASSWORD)])
    }

    /// `configuration` as `--set` takes it. Many requests a minute, so that no test waits for a limit which
    /// is ours alone.
    fn open_with(settings: Settings, configuration: &[&str], secrets: &[(&str, &str)]) -> Self {
        let public = ("WINDLASS_PUBLIC_URL".to_owned(), PUBLIC.to_owned());
        let host = Host::with_in("brani", Setup { variables: vec![public], ..Setup::default() });
        let shop = Self { vendor: Brani::start(settings), host: Arc::new(host) };
        shop.vendor.change(|settings| settings.route = Some((PUBLIC.to_owned(), shop.host.url())));
        let urls = [
            format!("base_url={}/", shop.vendor.api.url()),
            format!("auth_url={}/", shop.vendor.auth.url()),
            format!("app_url={}/", shop.vendor.app.url()),
            "requests_per_minute=10000".to_owned(),
        ];
        let settings: Vec<&str> =
            urls.iter().map(String::as_str).chain(configuration.iter().copied()).collect();
        connection::create(&shop.host, NAME, "brani", &settings, secrets);
        shop
    }

    fn sync(&self, stream: &str) -> Output {
        self.host.cli(&["sync", NAME, stream])
    }

    #[track_caller]
    fn sync_ok(&self, stream: &str) {
        self.host.ok(&["sync", NAME, stream]);
    }

    fn act(&self, action: &str, input: &Value, key: &str) -> Output {
        self.host.cli(&["act", NAME, action, "--input", &input.to_string(), "--key", key])
    }

    /// The output of an action that must succeed.
    #[track_caller]
    fn done(&self, action: &str, input: &Value, key: &str) -> Value {
        let output = self.act(action, input, key);
        assert_eq!(output.code, 0, "{output:?}");
        serde_json::from_str(&output.stdout).expect("an output is JSON")
    }

    fn records(&self, stream: &str) -> Vec<Value> {
        let stored = connection::records(&self.host, NAME, stream);
        stored.iter().map(|record| serde_json::from_str(record).expect("a record is JSON")).collect()
    }

    /// All runs, the newest first.
    fn runs(&self) -> Vec<Value> {
        let (_, runs) = self.host.get("runs");
        runs["items"].as_array().cloned().expect("a list of runs")
    }

    /// The code that stopped a stream's schedule.
    fn stopped(&self, stream: &str) -> Option<String> {
        let (_, stream) = self.host.get(&format!("connections/{NAME}/streams/{stream}"));
        stream["stopped"]["code"].as_str().map(str::to_owned)
    }

    #[track_caller]
    fn assert_lawful(&self) {
        let violations = self.vendor.violations();
        assert!(violations.is_empty(), "{violations:?}");
    }
}

fn order(code: &str) -> Value {
    json!({
        "code": code, "creationTime": "2025-06-02T08:14:35+02:00", "email": "jana@example.cz",
        "phone": "+420 600 000 000", "deliveryAddress": { "fullName": "Jana Nováková" },
        "billingAddress": {
            "fullName": "Jana Nováková", "street": "Dlouhá 1", "city": "Praha", "zip": "110 00", "countryCode": "CZ",
            "companyId": "12345678", "addressesEqual": false,
        },
        "price": { "toPay": "0", "withVat": "249.90", "currencyCode": "CZK" }, "notes": {},
        "status": { "id": -1 },
        "items": [{
            "code": "A1", "name": "Čaj", "amount": "2", "amountUnit": "ks", "weight": "0.250",
            "itemType": "product", "productGuid": null, "itemPriceWithVat": "249.90",
        }],
    })
}
