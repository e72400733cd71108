//! Cloudspot ERP: the articles, clients and categories of a company, and the sign-in of its users to
//! external applications.
//!
//! The two are separate: a company token reads the company's data (`company`); users bring their own
//! passwords and tokens (`users`). A connection may have either alone. `answer` says what Cloudspot's
//! answers mean, `rows` finds the records in them.
//!
//! The crate is longer than most connectors because it is these two in one, and because rows come as a
//! list or alone, keyed by one member or another, without pages.

mod answer;
mod company;
mod rows;
mod users;

use schemars::JsonSchema;
use serde::Deserialize;
use windlass_sdk::http::Request;
use windlass_sdk::spec::{Auth, Spec};
use windlass_sdk::{
    ActRequest, CheckOutcome, Connector, Error, Outcome, Page, ReadRequest, Result, Secret, http,
};

/// A connection to one Cloudspot ERP.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct Cloudspot {
    /// The company's API token, for its articles, clients and categories. In Cloudspot ERP an
    /// administrator generates it for one company and gives it the right to see all products, to see
    /// all clients, or both; on which screen, Cloudspot does not publish. Needed by the streams alone.
    token: Option<Secret>,

    /// The name (slug) of the external application that users sign in to, as it is registered in
    /// Cloudspot ERP; Cloudspot does not publish on which screen. It is sent in lower case. Take care:
    /// under a wrong name users can sign in all the same, but get wrong permissions, too many or too
    /// few. Needed by the actions alone.
    #[schemars(regex(pattern = "^[!-~]([ -~]*[!-~])?$"))]
    application: Option<String>,

    /// Where the API is, without what follows the version. No screen of Cloudspot ERP shows it. Changed
    /// only for a test installation or a proxy.
    #[serde(default = "default_base_url")]
    #[schemars(regex(pattern = "^https?://"))]
    base_url: String,
}

fn default_base_url() -> String {
    "https://erp.cloudspot.be/api/v1".into()
}

impl Connector for Cloudspot {
    fn spec() -> Spec {
        Spec::new("cloudspot", "Cloudspot ERP", env!("CARGO_PKG_VERSION"))
            .description(
                "Reads the articles, clients and categories of a company, and signs users in to external \
                 applications. Cloudspot states no limit of requests, so none is kept.",
            )
            .host("{base_url}")
            // Users bring their own token: the company's is none of their business.
            .auth(Auth::at("{base_url}/auth"))
            .auth(Auth::everywhere().header("X-ERP-TOKEN", "{token}"))
            .stream(company::artikels())
            .stream(company::klanten())
            .stream(company::categories())
            .action(users::authenticate())
            .action(users::get_permissions())
            .action(users::get_user())
    }

    fn check(&self) -> Result<CheckOutcome> {
        match (&self.token, &self.application) {
            (Some(_), _) => company::check(self),
            // A wrong name signs in, too: only a user's permissions would show it.
            (None, Some(name)) => Ok(CheckOutcome::saying(format!(
                "users can sign in to `{}`; nothing of a company is read, since `token` is not set",
                name.to_lowercase()
            ))),
            (None, None) => Err(Error::config(
                "nothing-to-do",
                "neither `token` is set, to read a company's data, nor `application`, to sign users in",
            )),
        }
    }

    fn read(&self, request: &ReadRequest) -> Result<Page> {
        company::read(self, request)
    }

    fn act(&self, request: &ActRequest) -> Result<Outcome> {
        match request.action.as_str() {
            users::AUTHENTICATE => users::sign_in(self, request),
            users::GET_PERMISSIONS => users::read_permissions(self, request),
            users::GET_USER => users::read_user(self, request),
            other => Err(Error::unknown_action(other)),
        }
    }
}

impl Cloudspot {
    /// A GET of a resource. Cloudspot's paths end in a slash; its own client sends the content type with
    /// every request.
    fn get(&self, resource: &str) -> Request {
        http::get(self.url(resource)).header("content-type", "application/json")
    }

    fn url(&self, resource: &str) -> String {
        format!("{}/{resource}/", self.base_url.trim_end_matches('/'))
    }
}

windlass_sdk::connector!(Cloudspot);
