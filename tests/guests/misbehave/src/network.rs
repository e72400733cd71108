//! Calls that must not go out, or not so, or not so often. Without a refusal the page holds what
//! came back, so that a test can see it.

use serde_json::json;
use windlass_sdk::http::{self, Response};
use windlass_sdk::{Error, Page, Result};

use crate::{Misbehave, Misdeed};

pub fn read(guest: &Misbehave) -> Result<Page> {
    let target = guest.target();
    let answer = match guest.misdeed {
        Misdeed::CallUnasked => http::get("https://unasked.example/").send()?,
        Misdeed::CallMetadata => http::get("http://169.254.169.254/").send()?,
        Misdeed::FollowRedirect => follow(target)?,
        Misdeed::SetHost => http::get(target).header("host", "elsewhere.example").send()?,
        Misdeed::SetHopHeaders => with_hop_headers(target)?,
        Misdeed::HoardAnswers => hoard(target, guest.amount)?,
        Misdeed::ManyRequests => one_after_the_other(target, guest.amount)?,
        Misdeed::ManyRequestsAtOnce => at_once(target, guest.amount)?,
        _ => match guest.timeout_ms {
            Some(timeout_ms) => http::get(target).timeout_ms(timeout_ms).send()?,
            None => http::get(target).send()?,
        },
    };
    let seen = json!({
        "status": answer.status(),
        "headers": answer.headers(),
        "body": String::from_utf8_lossy(&answer.bytes()),
    });
    Ok(Page::new().record("answer", seen.to_string()))
}

fn follow(target: &str) -> Result<Response> {
    let answer = http::get(target).send()?;
    match answer.header("location") {
        Some(location) => http::get(location).send(),
        None => Ok(answer),
    }
}

fn with_hop_headers(target: &str) -> Result<Response> {
    http::get(target)
        .header("connection", "keep-alive, x-secret")
        .header("transfer-encoding", "chunked")
        .header("content-length", "5")
        .header("proxy-authorization", "Basic Zm9vOmJhcg==")
        .send()
}

fn hoard(target: &str, amount: u32) -> Result<Response> {
    let mut answers = Vec::new();
    for _ in 0..amount.max(1) {
        answers.push(http::get(target).send()?);
    }
    answers.pop().ok_or_else(nothing)
}

fn one_after_the_other(target: &str, amount: u32) -> Result<Response> {
    (1..amount).try_for_each(|_| http::get(target).send().map(drop))?;
    http::get(target).send()
}

fn at_once(target: &str, amount: u32) -> Result<Response> {
    let requests = (0..amount.max(1)).map(|_| http::get(target)).collect();
    let answers: Result<Vec<_>> = http::send_all(requests).into_iter().collect();
    answers?.pop().ok_or_else(nothing)
}

fn nothing() -> Error {
    Error::other("nothing", "no answer came")
}
