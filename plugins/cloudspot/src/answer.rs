//! What Cloudspot's answers mean: 200 alone is success, anything else an error with a `message`.

use windlass_sdk::http::Response;
use windlass_sdk::{Error, Result};

/// The answer if it is a success, else its error in the vendor's words.
pub fn judge(answer: Response) -> Result<Response> {
    if answer.status() == 200 {
        return Ok(answer);
    }
    let said = (message(&answer), word(&answer));
    let unusual = format!("http-{}", answer.status());
    let mut error = match answer.ok() {
        Err(error) => error,
        Ok(_) => Error::other(unusual, "Cloudspot's answer is neither its 200 nor an error"),
    };
    if let (Some(message), word) = said {
        error.message = message;
        error.code = word.unwrap_or(error.code);
    }
    Err(error)
}

/// The sentence that the vendor says instead of a result.
pub fn message(answer: &Response) -> Option<String> {
    answer.scalar("/message").ok().flatten().filter(|message| !message.trim().is_empty())
}

/// The vendor's own name for what is wrong, such as `NOT_AUTHORIZED`. In which field it stands was never
/// published; `status` is where it is looked for.
fn word(answer: &Response) -> Option<String> {
    let word = answer.scalar("/status").ok().flatten()?;
    let is_word = word.contains(|letter: char| letter.is_ascii_uppercase())
        && word.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_');
    is_word.then_some(word)
}
