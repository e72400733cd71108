//! An action with secrets, which it treats as carelessly as it can.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use windlass_sdk::{ActRequest, Error, Outcome, Result, http, log};

use crate::{Actor, json};

/// A user to create.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct NewUser {
    /// The name.
    pub name: String,
    /// The password.
    #[schemars(extend("secret" = true))]
    pub password: String,
    /// A short secret.
    #[schemars(extend("secret" = true))]
    pub pin: Option<u32>,
    /// What else it does.
    #[serde(default)]
    pub then: Then,
}

/// What it does after it has sent the user.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Then {
    /// Returns the vendor's answer.
    #[default]
    Return,
    /// Keeps the answer as its state, and returns it in the next step.
    ReturnLater,
    /// Fails with all it knows in the error.
    Fail,
    /// Panics with all it knows in the message.
    Panic,
}

/// The user that was created.
#[derive(Debug, Serialize, JsonSchema)]
pub struct User {
    /// The vendor's number.
    pub id: u64,
    /// With which the user signs in.
    #[schemars(extend("secret" = true))]
    pub token: String,
}

impl Actor {
    pub fn create_user(&self, request: &ActRequest) -> Result<Outcome> {
        let user: NewUser = request.input()?;
        if let Some(answer) = request.state::<Value>()? {
            log::info(format!("second step with {answer}"));
            return self.confirm(&answer);
        }
        log::info(format!("creating {user:?} from {}", request.input));
        let url = http::post(self.url(&format!("users/{}", user.password))).query("password", &user.password);
        let body = json!({ "name": user.name, "password": user.password, "pin": user.pin });
        let answer = json(&url.header("x-password", &user.password).json(&body).send()?)?;
        match user.then {
            Then::Return => self.confirm(&answer),
            Then::ReturnLater => Outcome::again(&answer),
            Then::Fail => {
                let message = format!("{} with {} and {:?} is refused", user.name, user.password, user.pin);
                let detail = json!({ "password": user.password, "pin": user.pin, "name": user.name });
                Err(Error::rejected(user.password, message).with_detail(detail))
            }
            Then::Panic => panic!("cannot go on with {} of {}", user.password, user.name),
        }
    }

    /// A second request, with what the first one returned.
    fn confirm(&self, answer: &Value) -> Result<Outcome> {
        let token = answer["token"].as_str().unwrap_or_default();
        json(&http::post(self.url(&format!("confirm/{token}"))).send()?)?;
        log::info(format!("the token is {token}"));
        Outcome::done(answer)
    }
}
