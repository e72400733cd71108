//! Users of an external application. Nothing of theirs is kept: every call brings the password or the
//! token that it needs.
//!
//! A wrong password and a token that is no longer good are errors of the caller: `rejected`, so that they
//! never stop the connection's schedules.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use windlass_sdk::http::{Request, Response};
use windlass_sdk::spec::{Action, Repeat};
use windlass_sdk::{ActRequest, Error, Outcome, Result, http};

use crate::Cloudspot;
use crate::answer::{judge, message};

pub const AUTHENTICATE: &str = "authenticate";
pub const GET_PERMISSIONS: &str = "get-permissions";
pub const GET_USER: &str = "get-user";

/// The codes of the source: wrong user name or password; a token that is not or no longer good.
const BAD_CREDENTIALS: &str = "BadCredentials";
const NO_VALID_TOKEN: &str = "NoValidToken";

#[derive(Deserialize, Serialize, JsonSchema)]
struct Credentials {
    /// As the user types it in Cloudspot ERP.
    username: String,
    /// The user's password.
    #[schemars(extend("secret" = true))]
    password: String,
}

#[derive(Deserialize, JsonSchema)]
struct SignedIn {
    /// The user's token, as `authenticate` returned it.
    #[schemars(extend("secret" = true), regex(pattern = "^[!-~]+$"))]
    token: String,
}

#[derive(Serialize, JsonSchema)]
struct Admission {
    /// The user's token. It is not kept: the caller has it from here alone.
    #[schemars(extend("secret" = true))]
    token: String,
    /// Slugs of what the user may do in the application.
    permissions: Vec<String>,
}

#[derive(Serialize, JsonSchema)]
struct Permissions {
    /// Slugs of what the user may do in the application.
    permissions: Vec<String>,
}

pub fn authenticate() -> Action {
    // Signing in twice is signing in once, with another token.
    Action::new::<Credentials, Admission>(AUTHENTICATE, Repeat::VendorKey)
        .title("Sign a user in")
        .description(
            "Returns the user's token and permissions. A wrong user name or password is `BadCredentials`.",
        )
}

pub fn get_permissions() -> Action {
    Action::new::<SignedIn, Permissions>(GET_PERMISSIONS, Repeat::VendorKey)
        .title("Permissions of a signed-in user")
        .description("A token that is not good is `NoValidToken`.")
}

pub fn get_user() -> Action {
    let output = serde_json::from_str(include_str!("user.schema.json"));
    Action::new::<SignedIn, Map<String, Value>>(GET_USER, Repeat::VendorKey)
        .title("Name and address of a signed-in user")
        .description("What Cloudspot tells of the user. A token that is not good is `NoValidToken`.")
        .output(output.expect("the schema file is JSON"))
}

pub fn sign_in(erp: &Cloudspot, request: &ActRequest) -> Result<Outcome> {
    let credentials: Credentials = request.input()?;
    let request = http::post(erp.url("auth/signin-external-app")).json(&credentials);
    let answer = ask(erp, request, BAD_CREDENTIALS)?;
    let token = answer.scalar("/token")?.filter(|token| !token.is_empty());
    let token = token.ok_or_else(|| missing("token"))?;
    Outcome::done(&Admission { token, permissions: permissions(&answer)? })
}

pub fn read_permissions(erp: &Cloudspot, request: &ActRequest) -> Result<Outcome> {
    let answer = ask_as_user(erp, "auth/get-permissions", request)?;
    Outcome::done(&Permissions { permissions: permissions(&answer)? })
}

pub fn read_user(erp: &Cloudspot, request: &ActRequest) -> Result<Outcome> {
    let mut user: Map<String, Value> = ask_as_user(erp, "auth/get-user", request)?.json()?;
    // A PIN may begin with a zero: it is a text, whatever the vendor makes of it.
    if let Some(pin @ Value::Number(_)) = user.get_mut("pin") {
        *pin = Value::from(pin.to_string());
    }
    Outcome::done(&user)
}

fn ask_as_user(erp: &Cloudspot, resource: &str, request: &ActRequest) -> Result<Response> {
    let SignedIn { token } = request.input()?;
    ask(erp, erp.get(resource).header("x-erp-token", token), NO_VALID_TOKEN)
}

/// Sends a request for the application's users. `refusal` is the code of what only the caller can mend.
fn ask(erp: &Cloudspot, request: Request, refusal: &str) -> Result<Response> {
    let application = erp.application.as_ref().ok_or_else(|| {
        let message = "`application` is not set: the name under which Cloudspot knows the application \
                       that users sign in to";
        Error::config("no-application", message)
    })?;
    let answer = request.header("x-erp-requestor", application.to_lowercase()).send()?;
    match (answer.status(), message(&answer)) {
        // With which status it refuses was never published; a page of another server has no `message`.
        (400 | 401 | 403 | 404, Some(message)) => Err(Error::rejected(refusal, message)),
        (status @ (401 | 403), None) => {
            Err(Error::rejected(refusal, format!("Cloudspot answered {status} without a reason")))
        }
        _ => judge(answer),
    }
}

/// The slugs in `permissions`: objects with one member, in a list that may be missing or be one of them.
fn permissions(answer: &Response) -> Result<Vec<String>> {
    #[derive(Deserialize)]
    struct Permission {
        permission: String,
    }
    let found = match answer.field("/permissions")?.as_deref() {
        None | Some("null") => Ok(Vec::new()),
        Some(one) if one.trim_start().starts_with('{') => serde_json::from_str(one).map(|one| vec![one]),
        Some(list) => serde_json::from_str::<Vec<Permission>>(list),
    };
    let found = found.map_err(|_| missing("permissions"))?;
    Ok(found.into_iter().map(|one| one.permission).collect())
}

/// Asking again would not help, and somebody waits for the answer.
fn missing(member: &str) -> Error {
    Error::rejected(format!("no-{member}"), format!("Cloudspot's answer has no readable `{member}`"))
}
