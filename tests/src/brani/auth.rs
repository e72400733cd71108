//! The host at which one signs in.

use serde_json::{Map, Value, json};
use url::form_urlencoded;

use super::api::answer;
use super::target::Target;
use super::{EMAIL, Shared};
use crate::simulator::{Call, Now, Request, Vendor};
use crate::wire::{Answer, Incoming};

pub const LOGIN: &str = "POST /api/login/";
const FORM: &str = "application/x-www-form-urlencoded";

pub struct Auth {
    pub(super) account: Shared,
}

impl Vendor for Auth {
    const ECHO_FIELD: &'static str = "detail";

    fn read(&mut self, incoming: &Incoming) -> Call {
        let is_form = incoming.header("content-type").is_some_and(|kind| kind.starts_with(FORM));
        let pairs = form_urlencoded::parse(&incoming.body).into_owned();
        let form: Map<String, Value> = pairs.map(|(name, value)| (name, Value::from(value))).collect();
        Call {
            method: format!("{} {}", incoming.method, Target::of(incoming).path),
            token: incoming.header("authorization").map(str::to_owned),
            parameters: form.into(),
            wrong: (!is_form).then(|| "a login that is no form".to_owned()),
        }
    }

    fn admit(&mut self, _: &Incoming, call: &Call, _: Now, breaches: &mut Vec<String>) -> Result<(), Answer> {
        breaches.extend(call.token.as_ref().map(|_| "a login with a token".to_owned()));
        breaches.extend(call.wrong.clone());
        match call.method == LOGIN {
            true => Ok(()),
            // Without its slash the framework leads elsewhere.
            false => Err(answer(307, &json!({ "detail": "Temporary Redirect" }))),
        }
    }

    fn act(&mut self, request: &Request, now: Now) -> Answer {
        let mut account = self.account.lock();
        let form = &request.parameters;
        if form["username"] != EMAIL || form["password"] != account.settings.password.as_str() {
            return answer(401, &json!({ "detail": "Nespravne prihlasovaci udaje" }));
        }
        let life = account.settings.token_life;
        let token =
            format!("eyJhbGciOiJIUzI1NiJ9.brani-user-token-{:04}.simulated", account.tokens.len() + 1);
        account.tokens.push((token.clone(), life.map_or(i64::MAX, |life| now.unix_ms + life * 1000)));
        let mut body = json!({ "access_token": token, "token_type": "bearer" });
        if let Some(life) = life.filter(|_| account.settings.tells_life) {
            body["expires_in"] = json!(life);
        }
        answer(200, &body)
    }

    fn refuse(&self, code: &str, message: &str) -> Answer {
        answer(code.parse().unwrap_or(500), &json!({ "detail": message }))
    }
}
