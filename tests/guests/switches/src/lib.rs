//! A connector whose configuration has everything that a host enforces of one: two switches, a property
//! and rows with options, rules of uniqueness, and a limit that takes its numbers from it.
//!
//! Built with the feature `loose` it is the former version, in which a location may appear twice. It also asks
//! for stock and tells of warehouses in another way.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use windlass_sdk::http::Rows;
use windlass_sdk::spec::{Action, Auth, Limit, Repeat, SharedBy, Spec, Stream};
use windlass_sdk::{
    ActRequest, CheckOutcome, Connector, Error, Outcome, Page, ReadRequest, Result, Secret, http, rate_limit,
};

const FORMER: bool = cfg!(feature = "loose");
const VERSION: &str = if FORMER { "1.0.0" } else { "1.1.0" };

/// The configuration.
#[derive(Deserialize, JsonSchema)]
pub struct Switches {
    /// Names the account, and so those who share its limit.
    pub token: Secret,
    /// The vendor.
    pub base_url: String,
    /// Turns everything on.
    #[serde(default)]
    pub active: bool,
    /// Turns `create-order` on.
    #[serde(default)]
    pub create_orders: bool,
    /// Turns `stock` on.
    #[serde(default)]
    pub get_stock: bool,
    /// Requests in a window.
    #[serde(default = "forty")]
    pub requests: u32,
    /// Of these, for other programs.
    pub for_others: Option<u32>,
    /// What `costs` counts.
    #[serde(default)]
    pub cost: u32,
    /// The zone in which the vendor tells resets.
    pub zone: Option<String>,
    /// The warehouse for what has no location.
    #[schemars(extend("options-from" = {
        "stream": "warehouses", "value": "/id", "label": "/name", "active": "/active"
    }))]
    pub fallback: Option<u32>,
    /// Which location is which warehouse.
    #[serde(default)]
    pub locations: Vec<Location>,
}

/// A row.
#[derive(Deserialize, JsonSchema)]
pub struct Location {
    /// Ours.
    #[cfg_attr(not(feature = "loose"), schemars(extend("unique" = {
        "within": "connector", "hint": "give every location one warehouse"
    })))]
    pub location: String,
    /// Theirs.
    #[schemars(extend("options-from" = {
        "stream": "warehouses", "value": "/id", "label": "/name", "active": "/active"
    }))]
    #[schemars(extend("unique" = { "within": "connector", "on-repeat": "warn" }))]
    pub warehouse: u32,
}

fn forty() -> u32 {
    40
}

/// The input of `create-order`: nothing.
#[derive(Deserialize, JsonSchema)]
struct Order {}

/// The output of `create-order`.
#[derive(Serialize, JsonSchema)]
struct Created {
    status: u16,
}

impl Connector for Switches {
    fn spec() -> Spec {
        let limit = Limit::new("window", "{requests}", 10)
            .shared_by(SharedBy::Credential, &["token"])
            .leave_to_others("{for_others}")
            .headers("X-Left", Some("X-Reset"))
            .reset_zone("{zone}");
        let stock = Stream::incremental("stock").enabled_by("active").enabled_by("get_stock").key("/id");
        let create = Action::new::<Order, Created>("create-order", Repeat::VendorKey)
            .enabled_by("active")
            .enabled_by("create_orders");
        Spec::new("switches", "Switches", VERSION)
            .host("{base_url}")
            .auth(Auth::everywhere().header("x-token", "{token}"))
            .limit(limit)
            .stream(Stream::snapshot("warehouses").enabled_by("active").key("/id"))
            .stream(stock)
            .stream(Stream::incremental("costs").enabled_by("active").key("/asked"))
            .action(create)
    }

    fn check(&self) -> Result<CheckOutcome> {
        http::get(self.at("check")).send()?.ok()?;
        Ok(CheckOutcome::saying("works"))
    }

    fn read(&self, request: &ReadRequest) -> Result<Page> {
        if request.stream == "costs" {
            return self.costs();
        }
        let page: u32 = request.checkpoint_or_default()?;
        let asked = http::get(self.at(&request.stream)).query("page", page);
        let asked = if FORMER && request.stream == "stock" { asked.query("all", true) } else { asked };
        let answer = asked.send()?.ok()?;
        let rows = answer.pick("/rows", "/id")?;
        let found = match FORMER && request.stream == "warehouses" {
            true => renamed(&rows),
            false => Page::of(rows.keep_all()?),
        };
        match answer.field("/more")?.as_deref() {
            Some("true") => found.next(&(page + 1)),
            _ => found.last(&0),
        }
    }

    fn act(&self, request: &ActRequest) -> Result<Outcome> {
        if request.action != "create-order" {
            return Err(Error::unknown_action(&request.action));
        }
        let answer = http::post(self.at("orders")).json(&json!({})).send()?.ok()?;
        Outcome::done(&Created { status: answer.status() })
    }
}

impl Switches {
    /// Makes no request, and counts `cost` against the limit by itself.
    fn costs(&self) -> Result<Page> {
        let before = rate_limit::remaining("window")?;
        rate_limit::acquire("window", self.cost)?;
        let after = rate_limit::remaining("window")?;
        let unknown = rate_limit::remaining("none").err().map(|error| error.code);
        let seen = json!({ "asked": self.cost, "before": before, "after": after, "unknown": unknown });
        Ok(Page::new().record(self.cost.to_string(), seen.to_string()))
    }

    fn at(&self, path: &str) -> String {
        format!("{}/{path}", self.base_url)
    }
}

/// Warehouses, each with an active one's name.
fn renamed(rows: &Rows) -> Page {
    let fields = rows.fields(&["/name"]);
    rows.keys().into_iter().zip(fields).fold(Page::new(), |page, (key, fields)| {
        let name = fields.into_iter().flatten().next().unwrap_or_else(|| "null".into());
        page.record(&key, format!(r#"{{"id":{key},"name":{name},"active":true}}"#))
    })
}

windlass_sdk::connector!(Switches);
