//! A well-behaved connector of a vendor that wants a login: two streams of pages, and an action that
//! nobody may repeat blindly.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use windlass_sdk::spec::{Action, Auth, Limit, Login, Repeat, SharedBy, Spec, Stream};
use windlass_sdk::{
    ActRequest, CheckOutcome, Connector, Error, Outcome, Page, ReadRequest, Result, Secret, http,
};

const STREAMS: [&str; 2] = ["books", "loans"];
const BORROW: &str = "borrow";

/// A member's account.
#[derive(Deserialize, JsonSchema)]
pub struct Member {
    /// Where the vendor is.
    base_url: String,
    /// The member's address.
    #[schemars(extend("identifier" = true))]
    #[expect(dead_code, reason = "declared for the host, which logs in with it")]
    email: Option<Secret>,
    /// The member's password.
    #[expect(dead_code, reason = "declared for the host, which logs in with it")]
    password: Option<Secret>,
}

/// Where a walk goes on.
#[derive(Default, Deserialize, Serialize)]
struct Place {
    page: u32,
}

#[derive(Deserialize, JsonSchema)]
#[expect(dead_code, reason = "declared for its schema")]
struct Borrow {
    book: u32,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Borrowed {
    loan: u32,
}

impl Connector for Member {
    fn spec() -> Spec {
        let login = Login::post("{base_url}/login", "/access_token", "Authorization", "Bearer {token}")
            .form("username", "{email}")
            .form("password", "{password}")
            .expires_in("/expires_in");
        let streams = STREAMS.map(|name| Stream::incremental(name).key("/id").every("6h"));
        let spec = Spec::new("member", "Member", env!("CARGO_PKG_VERSION"))
            .host("{base_url}")
            .auth(Auth::everywhere().login(login))
            .limit(Limit::new("requests", 100, 60).shared_by(SharedBy::Credential, &["email"]))
            .action(Action::new::<Borrow, Borrowed>(BORROW, Repeat::None));
        streams.into_iter().fold(spec, Spec::stream)
    }

    fn check(&self) -> Result<CheckOutcome> {
        http::get(format!("{}/me", self.base_url)).send()?.ok()?;
        Ok(CheckOutcome::default())
    }

    fn read(&self, request: &ReadRequest) -> Result<Page> {
        let Place { page } = request.checkpoint_or_default()?;
        let url = format!("{}/{}", self.base_url, request.stream);
        let answer = http::get(url).query("page", page).send()?.ok()?;
        let rows = answer.pick("/rows", "/id")?;
        let found = Page::of(rows.keep_all()?);
        match answer.scalar("/more")?.as_deref() {
            Some("true") => found.next(&Place { page: page + 1 }),
            _ => found.last(&Place::default()),
        }
    }

    fn act(&self, request: &ActRequest) -> Result<Outcome> {
        if request.action != BORROW {
            return Err(Error::unknown_action(&request.action));
        }
        let input: serde_json::Value = request.input()?;
        let answer = http::post(format!("{}/borrow", self.base_url)).json(&input).send()?.ok()?;
        Outcome::done(&answer.json::<Borrowed>()?)
    }
}

windlass_sdk::connector!(Member);
