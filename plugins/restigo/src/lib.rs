//! Restigo's suppliers API: a supplier's items and price lists, and changes to the lists; and beside it
//! the daily documents, an XML feed.
//!
//! The vendor documents little: no limits, no pages, no ids of ours. What it leaves open is a setting
//! ([`Restigo`]) or is judged by what the answers say. The crate has more lines than most connectors
//! because each of the vendor's seven calls is an action, a stream or both, with its schemas, and because
//! the documents have nothing in common with them.
//!
//! - `api`: one call, its parameters and its answer
//! - `lists`: items and price lists; `clients`: customers, one call each
//! - `actions`: what is asked once and what changes the lists
//! - `documents`: a supplier's documents, as a file for each customer and day

mod actions;
mod api;
mod clients;
mod decimal;
mod documents;
mod lists;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use windlass_sdk::spec::{Auth, Limit, SharedBy, Spec};
use windlass_sdk::{ActRequest, CheckOutcome, Connector, Error, Outcome, Page, ReadRequest, Result, Secret};

const PRODUCTION: &str = "https://suppliers.restigo.co.il";
const DEVELOPMENT: &str = "https://suppliers-dev.restigo.co.il";

/// A connection to one Restigo supplier.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct Restigo {
    /// The key of the suppliers API. No screen shows it: Restigo issues it to each supplier
    /// individually ("Provided separately"). It is sent in the header `token`.
    #[expect(dead_code, reason = "declared for the host, which attaches it")]
    token: Secret,

    /// Which of Restigo's two systems the key belongs to; Restigo says so with the key. Without
    /// effect when `base_url` is set.
    #[serde(default)]
    environment: Environment,

    /// Where the API is, before `/api/departments/thirdParty`. In the guide: the address after "Url
    /// for". Left out: the address of `environment`. Set only for a proxy or a test.
    #[schemars(regex(pattern = "^https?://"))]
    base_url: Option<String>,

    /// The customers that the stream `clients` reads, such as `["556781", "0123"]`. In the guide:
    /// customer code (קוד לקוח), the number that the customer has in the supplier's own books; with
    /// its leading zeros.
    #[serde(default)]
    #[schemars(inner(length(min = 1)), extend("uniqueItems" = true))]
    customer_numbers: Vec<String>,

    /// Where the parameters of those calls stand whose body the guide does not show: it prints them
    /// under "Headers" and means something else. Left out: in the query for GET, in a JSON body for
    /// the rest. Change it when Restigo's support says so, or when every call is refused for a
    /// missing parameter. Prices and items to remove always stand in a JSON body, as in the guide.
    parameter_location: Option<Location>,

    /// The customers that get a file of their documents for each day, such as `["23101"]`; documents of
    /// others are not taken. In the guide of the daily documents: `account_code`, the customer's number at
    /// the supplier (מספר לקוח אצל הספק), with its leading zeros. One that is taken out gets no more files.
    #[serde(default)]
    #[schemars(
        inner(length(max = 100), regex(pattern = documents::ACCOUNT_CODE)),
        extend("uniqueItems" = true)
    )]
    customers: Vec<String>,

    /// Where the daily files are taken: each is sent to this address followed by `/` and its name. The
    /// guide names no transport: ask Restigo's support for the address. Left out: files are built, and
    /// none is sent.
    #[schemars(regex(pattern = "^https?://"))]
    documents_url: Option<String>,

    /// How a file is sent. The guide names no transport: invented. `post` only where a file of the same
    /// name takes the place of the former one, since a file may be sent twice.
    #[serde(default)]
    documents_method: DocumentsMethod,

    /// The header `Authorization` that goes with the files, as a whole, such as `Bearer abc`. The guide
    /// names no transport, so none either. Left out: none is sent. Where `documents_url` lies inside the
    /// suppliers API, `token` is sent instead.
    #[expect(dead_code, reason = "declared for the host, which attaches it")]
    documents_authorization: Option<Secret>,

    /// What a file is called; `{account_code}` and `{date}` stand for its customer and its day. The guide
    /// names no files: invented.
    #[serde(default = "default_file_name")]
    #[schemars(regex(pattern = FILE_NAME))]
    file_name: String,

    /// The root element of a file. The guide does not show it: invented.
    #[serde(default = "default_root_element")]
    #[schemars(length(max = 100), regex(pattern = ELEMENT))]
    root_element: String,

    /// The element around each product line. The guide does not show it: invented.
    #[serde(default = "default_line_element")]
    #[schemars(length(max = 100), regex(pattern = ELEMENT))]
    line_element: String,

    /// Whether a day without documents has a file without lines. The guide names no such day. Off: it has
    /// no file. On: every listed customer has one for each day from now on, made as soon as the day is
    /// over; documents that come later take its place.
    #[serde(default)]
    empty_files: bool,

    /// For how many days documents and files are kept. As long, a document that comes late or changed
    /// changes its day's file; older documents are not taken. Ours to choose: the guide names no time.
    #[serde(default = "default_keep_days")]
    #[schemars(range(min = 1, max = 3660))]
    keep_days: u16,

    /// Where the supplier's days begin and end, as an IANA name. The guide names no time zone; Restigo's
    /// own is the default.
    #[serde(default = "default_time_zone")]
    time_zone: String,

    /// Requests a minute, by all programs with this key together. The guide names no limit: ours to
    /// choose, to be a polite guest.
    #[serde(default = "default_requests_per_minute")]
    #[schemars(range(min = 2, max = 100_000))]
    #[expect(dead_code, reason = "declared for the host, which keeps the limit")]
    requests_per_minute: u32,
}

/// One of the vendor's two systems.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Environment {
    #[default]
    Production,
    Development,
}

/// Where parameters stand.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Location {
    Query,
    Body,
    Header,
}

/// How a file of documents is sent.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum DocumentsMethod {
    #[default]
    Put,
    Post,
}

/// Letters, digits and `._-` around both placeholders, so that no two files share a name.
const FILE_NAME: &str = concat!(
    r"^([A-Za-z0-9][A-Za-z0-9._-]*)?",
    r"(\{account_code\}[A-Za-z0-9._-]*\{date\}|\{date\}[A-Za-z0-9._-]*\{account_code\})",
    r"[A-Za-z0-9._-]*$"
);

/// A name of an XML element, in its simplest form.
const ELEMENT: &str = "^[A-Za-z_][A-Za-z0-9._-]*$";

fn default_requests_per_minute() -> u32 {
    60
}

fn default_file_name() -> String {
    "{account_code}-{date}.xml".into()
}

fn default_root_element() -> String {
    "Documents".into()
}

fn default_line_element() -> String {
    "Line".into()
}

fn default_keep_days() -> u16 {
    35
}

fn default_time_zone() -> String {
    "Asia/Jerusalem".into()
}

impl Connector for Restigo {
    fn spec() -> Spec {
        Spec::new("restigo", "Restigo", env!("CARGO_PKG_VERSION"))
            .description(
                "Reads a Restigo supplier's items and price lists, and changes the lists. Builds the files of \
                 the supplier's daily documents and sends them.",
            )
            .host(&api(PRODUCTION))
            .host(&api(DEVELOPMENT))
            .host("{base_url}")
            .host("{documents_url}")
            .auth(Auth::at(&api(PRODUCTION)).header("token", "{token}"))
            .auth(Auth::at(&api(DEVELOPMENT)).header("token", "{token}"))
            .auth(Auth::at(&api("{base_url}")).header("token", "{token}"))
            .auth(Auth::at("{documents_url}").header("authorization", "{documents_authorization}"))
            .limit(
                Limit::new("requests", "{requests_per_minute}", 60)
                    .shared_by(SharedBy::Credential, &["token"]),
            )
            .stream(lists::items())
            .stream(lists::pricings())
            .stream(clients::declaration())
            .stream(documents::files::declaration())
            .action(actions::find::items())
            .action(actions::find::pricings())
            .action(actions::find::client())
            .action(actions::create_pricing::declaration())
            .action(actions::items::upsert())
            .action(actions::items::remove())
            .action(actions::remove_client::declaration())
            .action(documents::push::declaration())
            .action(documents::deliver::declaration())
    }

    fn check(&self) -> Result<CheckOutcome> {
        documents::calendar::Calendar::of(self)?;
        let items = self.get("items", None)?.pick("", "/item_id")?;
        Ok(CheckOutcome::saying(format!("the supplier has {} active items", items.len())))
    }

    fn read(&self, request: &ReadRequest) -> Result<Page> {
        match request.stream.as_str() {
            lists::ITEMS => lists::read(self, "items", "/item_id", request),
            lists::PRICINGS => lists::read(self, "pricings", "/pricing_id", request),
            clients::NAME => clients::read(self, request),
            documents::files::NAME => documents::files::read(self, request),
            other => Err(Error::unknown_stream(other)),
        }
    }

    fn act(&self, request: &ActRequest) -> Result<Outcome> {
        match request.action.as_str() {
            actions::find::ITEMS => actions::find::find_items(self, request),
            actions::find::PRICINGS => actions::find::find_pricings(self, request),
            actions::find::CLIENT => actions::find::get_client(self, request),
            actions::create_pricing::NAME => actions::create_pricing::act(self, request),
            actions::items::UPSERT => actions::items::upsert_items(self, request),
            actions::items::REMOVE => actions::items::remove_items(self, request),
            actions::remove_client::NAME => actions::remove_client::act(self, request),
            documents::push::NAME => documents::push::act(self, request),
            documents::deliver::NAME => documents::deliver::act(self, request),
            other => Err(Error::unknown_action(other)),
        }
    }
}

/// The suppliers API at an address. The key belongs to it and goes nowhere else.
fn api(base: &str) -> String {
    format!("{base}{}", api::PATH)
}

windlass_sdk::connector!(Restigo);
