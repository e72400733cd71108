//! One call of the API: a form with a method and its parameters, judged by the `status` in the
//! answer's body. The vendor answers 200 to refusals, too.

use serde_json::Value;
use windlass_sdk::http::{self, Response};
use windlass_sdk::{Error, Result, log, rate_limit};

use crate::{BaseLinker, LIMIT, block};

impl BaseLinker {
    /// Calls a method and returns its answer if the vendor says that it succeeded.
    pub(crate) fn call(&self, method: &str, parameters: &Value) -> Result<Response> {
        let url = format!("{}/connector.php", self.base_url.trim_end_matches('/'));
        let parameters = parameters.to_string();
        let form = [("method", method), ("parameters", parameters.as_str())];
        self.judge(http::post(url).form(&form).send()?)
    }

    fn judge(&self, answer: Response) -> Result<Response> {
        match answer.scalar("/status") {
            Ok(Some(status)) if status == "SUCCESS" => answer.ok(),
            Ok(Some(status)) if status == "ERROR" => Err(self.refusal(&answer)?),
            // A proxy's page: its status says more than its body.
            _ if !answer.is_success() => answer.ok(),
            Ok(_) => Err(Error::transient("no-status", "the vendor's answer has no `status`")),
            Err(unreadable) => Err(unreadable),
        }
    }

    fn refusal(&self, answer: &Response) -> Result<Error> {
        let code = answer.scalar("/error_code")?.unwrap_or_default();
        let words = answer.scalar("/error_message")?.unwrap_or_default();
        let message = format!("BaseLinker refused: {words}");
        Ok(match code.as_str() {
            _ if is_block(&code, &words) => self.blocked(&words),
            // The code for a bad or missing token was never seen on the wire. ERROR_AUTH_TOKEN is
            // what clients expect; any other code that names the token can mean nothing else.
            _ if code.contains("TOKEN") || code.contains("AUTH") => Error::auth(code, message),
            "ERROR_USER_ACCOUNT_BLOCKED" => Error::auth(code, message),
            _ if code.contains("INTERNAL") => Error::transient(code, message),
            _ => Error::rejected(code, message),
        })
    }

    /// Keeps every call of this token back until the moment that the vendor names.
    fn blocked(&self, words: &str) -> Error {
        let until_ms = block::until_ms(words, &self.time_zone);
        if let Err(error) = rate_limit::block_until(LIMIT, until_ms) {
            log::warn(format!("the block could not be noted: {error}"));
        }
        let message = format!("BaseLinker blocks the token: {words}");
        Error::rate_limited(block::CODE, message, Some(until_ms))
    }
}

/// A block is told by its code; clients have also seen it told by the message alone.
fn is_block(code: &str, words: &str) -> bool {
    code == block::CODE || words.starts_with(block::CODE) || words.starts_with(block::WORDS)
}
