//! What an operator sets. The comments are what the operator reads.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};
use windlass_sdk::lenient::Id;
use windlass_sdk::{Error, Result, Secret};

use crate::lists::WAREHOUSES;

/// A connection to one customer's ItsPerfect.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(extend("anyOf" = [{"required": ["tenant"]}, {"required": ["base_url"]}]))]
pub struct ItsPerfect {
    /// Switches the connection on. While it is off no request is made, whatever else is set. Ours to
    /// choose; no screen of ItsPerfect shows it.
    #[expect(dead_code, reason = "declared for the host, which refuses what is switched off")]
    #[serde(default)]
    active: bool,

    /// The user name that ItsPerfect gave together with the password. It is sent with every call; no
    /// screen of ItsPerfect is known to show it.
    #[expect(dead_code, reason = "declared for the host, which attaches it")]
    #[schemars(extend("identifier" = true))]
    username: Secret,

    /// The password that ItsPerfect gave together with the user name. No screen of ItsPerfect shows it.
    #[expect(dead_code, reason = "declared for the host, which attaches it")]
    password: Secret,

    /// The authentication token. In ItsPerfect: Settings > API, where the permissions are ticked per
    /// token. It must be a general token: one that belongs to a webshop can neither create orders nor
    /// read warehouses.
    #[expect(dead_code, reason = "declared for the host, which attaches it")]
    token: Secret,

    /// Orders may be created in ItsPerfect. Ours to choose; no screen of ItsPerfect shows it.
    #[expect(dead_code, reason = "declared for the host, which refuses what is switched off")]
    #[serde(default)]
    create_orders: bool,

    /// Stock is read for the `locations`. Ours to choose; no screen of ItsPerfect shows it.
    #[expect(dead_code, reason = "declared for the host, which refuses what is switched off")]
    #[serde(default)]
    get_stock: bool,

    /// The customer's name in the address of its ItsPerfect: in the browser, what stands before
    /// `.itsperfect.it`. Not needed when `base_url` is set.
    #[schemars(regex(pattern = "^[A-Za-z0-9-]+$"))]
    tenant: Option<String>,

    /// Where the customer's ItsPerfect is: in the browser, the address up to `/api/v2`. Left out:
    /// `https://{tenant}.itsperfect.it`. Set only for an address of another form, a proxy or a test.
    #[schemars(regex(pattern = "^https?://"))]
    base_url: Option<String>,

    /// Our locations, each with the ItsPerfect warehouse whose stock counts for it. A location has one
    /// warehouse, and appears once over all connections. In ItsPerfect: the list of warehouses; here:
    /// the stream `warehouses`.
    #[serde(default)]
    pub locations: Vec<Location>,

    /// Our accounts whose orders go to ItsPerfect, each with the warehouse that they are for. In
    /// ItsPerfect: the list of warehouses; here: the stream `warehouses`.
    #[serde(default)]
    pub accounts: Vec<Account>,

    /// More members of every order that is created, at its top level. One with the name of a standard
    /// field takes its place. Which names there are, ItsPerfect's page on creating orders shows.
    #[serde(default)]
    pub extension_attributes: Vec<Attribute>,

    /// The top-level field of an order in which our reference stands, and by which an order is looked
    /// up before it is sent again. It is not known which fields ItsPerfect can filter by; a filter that
    /// it does not know is found out and done without. No screen of ItsPerfect shows it.
    #[serde(default = "default_lookup_field")]
    #[schemars(regex(pattern = "^[A-Za-z][A-Za-z0-9_]*$"))]
    pub lookup_field: String,

    /// Requests an hour that this ItsPerfect allows, by all programs together, its own webshops
    /// included. 750 unless ItsPerfect has agreed to more, which no screen of it is known to show.
    #[expect(dead_code, reason = "declared for the host, which keeps the limit")]
    #[serde(default = "default_requests_per_hour")]
    #[schemars(range(min = 1, max = 1_000_000))]
    requests_per_hour: u32,

    /// How many of them are left to other programs, which we cannot see. Ours to choose; no screen of
    /// ItsPerfect shows how much others use.
    #[expect(dead_code, reason = "declared for the host, which keeps the limit")]
    #[serde(default)]
    #[schemars(range(max = 1_000_000))]
    leave_to_others: u32,

    /// The time zone in which ItsPerfect tells when the hour is over, where its answers do not name one.
    /// It is not documented; the vendor's people live in Europe/Amsterdam. No screen of ItsPerfect shows
    /// it.
    #[expect(dead_code, reason = "declared for the host, which reads the headers")]
    #[serde(default = "default_reset_zone")]
    reset_zone: String,

    /// The HTTP status with which ItsPerfect refuses a request over its limit. It is not documented;
    /// without a value an error counts as such when it is 429 or says that no request is left.
    #[schemars(range(min = 200, max = 599))]
    pub limit_status: Option<u16>,

    /// Rows that are asked for at once. The most that ItsPerfect allows is not documented; it may send
    /// fewer. No screen of ItsPerfect shows it.
    #[serde(default = "default_page_size")]
    #[schemars(range(min = 1, max = 1000))]
    pub page_size: u32,
}

/// One of our locations and its warehouse.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Location {
    /// The location, as our own systems name it.
    #[schemars(length(min = 1), extend("unique" = {
        "within": "connector", "hint": "a location has one warehouse: remove it where it does not belong"
    }))]
    pub location: Id,
    /// The id of the warehouse in ItsPerfect.
    #[schemars(length(min = 1), extend("options-from" = warehouse_options(), "unique" = {
        "within": "connection", "on-repeat": "warn",
        "hint": "its whole stock counts for each of the locations"
    }))]
    pub warehouse: Id,
}

/// One of our accounts and the warehouse of its orders.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Account {
    /// The account, as our own systems name it.
    #[schemars(length(min = 1), extend("unique" = {
        "within": "connection", "hint": "an account has one warehouse: remove the other row"
    }))]
    pub account: Id,
    /// The id of the warehouse in ItsPerfect.
    #[schemars(length(min = 1), extend("options-from" = warehouse_options()))]
    pub warehouse: Id,
}

/// A member of every order.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Attribute {
    /// Its name in the order.
    #[schemars(length(min = 1), extend("unique" = {
        "within": "connection", "hint": "an order has one member of a name: remove the other row"
    }, "differs-from" = {
        "property": "lookup_field",
        "hint": "a repeated order is looked up by that field: remove the row, or set `lookup_field` to another"
    }))]
    pub name: String,
    /// Its value: text, unless `json` is on.
    pub value: String,
    /// Whether `value` is JSON, for numbers, lists and the like.
    #[serde(default)]
    pub json: bool,
}

/// Warehouses to choose from; those out of use are marked.
fn warehouse_options() -> Value {
    json!({ "stream": WAREHOUSES, "value": "/id", "label": "/warehouse", "active": "/active" })
}

fn default_lookup_field() -> String {
    "reference".into()
}

fn default_requests_per_hour() -> u32 {
    750
}

fn default_reset_zone() -> String {
    "Europe/Amsterdam".into()
}

fn default_page_size() -> u32 {
    100
}

impl ItsPerfect {
    /// The address of a path below the API.
    pub fn url(&self, path: &str) -> Result<String> {
        let base = match (&self.base_url, &self.tenant) {
            (Some(base), _) => base.trim_end_matches('/').to_owned(),
            (None, Some(tenant)) => format!("https://{tenant}.itsperfect.it"),
            (None, None) => {
                let message = "neither `tenant` nor `base_url` is set; set `tenant`";
                return Err(Error::config("no-address", message));
            }
        };
        Ok(format!("{base}/api/v2/{path}"))
    }

    /// The extension attributes as members of an order.
    pub fn attributes(&self) -> Result<Vec<(&str, Value)>> {
        self.extension_attributes.iter().map(|row| self.attribute(row)).collect()
    }

    fn attribute<'a>(&self, row: &'a Attribute) -> Result<(&'a str, Value)> {
        let Attribute { name, value, json } = row;
        if *name == self.lookup_field {
            let message = format!(
                "`extension_attributes` has a row `{name}`, but that is the field by which a repeated \
                 order is looked up; remove the row, or set `lookup_field` to another field"
            );
            return Err(Error::config("reserved-attribute", message));
        }
        if !json {
            return Ok((name, value.as_str().into()));
        }
        let parsed = serde_json::from_str(value).map_err(|error| {
            let message = format!(
                "the row `{name}` of `extension_attributes` says JSON, but its value is none: {error}; \
                 correct the value or switch `json` off"
            );
            Error::config("attribute-json", message)
        });
        Ok((name, parsed?))
    }
}
