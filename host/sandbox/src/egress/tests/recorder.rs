//! A limiter, intents and a transport that write down what they are asked.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use bytes::Bytes;

use super::super::{
    Credential, Ended, IntentOutcome, Intents, LimitError, Look, Opened, Permit, RateLimited, RateLimiter,
    Secret, Session, Sessions, Transport, TransportError, Turn, WireAnswer, WireRequest,
};

#[derive(Default)]
pub struct Recorder {
    pub lines: Mutex<Vec<String>>,
    pub wire: Mutex<Vec<WireRequest>>,
    /// What the next requests get; a default answer when it is empty.
    pub answers: Mutex<Vec<Result<WireAnswer, TransportError>>>,
    /// What is known of the one credential.
    pub session: Mutex<Known>,
    /// Refuses permits or intents.
    pub no_permit: bool,
    pub no_intent: bool,
}

impl Recorder {
    pub fn new(answers: Vec<Result<WireAnswer, TransportError>>) -> Arc<Recorder> {
        Arc::new(Recorder { answers: Mutex::new(answers), ..Recorder::default() })
    }

    pub fn lines(&self) -> Vec<String> {
        self.lines.lock().expect("not poisoned").clone()
    }

    fn note(&self, line: impl Into<String>) {
        self.lines.lock().expect("not poisoned").push(line.into());
    }
}

pub fn answer(status: u16, headers: &[(&str, &str)], body: impl Into<Bytes>) -> WireAnswer {
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    WireAnswer { status, headers, body: body.into() }
}

#[async_trait]
impl RateLimiter for Recorder {
    async fn admit(&self, costs: &[(String, u32)]) -> Result<Permit, RateLimited> {
        self.note(format!("admit {costs:?}"));
        if self.no_permit {
            let message = "minute is used up".to_owned();
            return Err(RateLimited { limit: "minute".to_owned(), until: 9_000, message });
        }
        Ok(Permit { ids: vec![1] })
    }

    async fn ended(&self, permit: Permit, outcome: Ended<'_>) {
        self.note(format!("ended {:?} {outcome:?}", permit.ids));
    }

    async fn remaining(&self, _: &str) -> Result<u32, LimitError> {
        Ok(1)
    }

    async fn acquire(&self, _: &str, _: u32) -> Result<(), LimitError> {
        Ok(())
    }

    async fn block_until(&self, _: &str, _: i64) -> Result<(), LimitError> {
        Ok(())
    }
}

#[async_trait]
impl Intents for Recorder {
    async fn open(&self, method: &str, url: &str) -> Result<i64, String> {
        self.note(format!("open {method} {url}"));
        if self.no_intent { Err("the lease is lost".to_owned()) } else { Ok(4) }
    }

    async fn end(&self, ordinal: i64, outcome: IntentOutcome) {
        self.note(format!("end {ordinal} {outcome:?}"));
    }
}

/// Sessions of one credential; numbers count up.
#[derive(Default)]
pub struct Known {
    pub session: Option<(i64, Secret)>,
    pub refresh: Option<Secret>,
    pub refusal: Option<String>,
    turns: i64,
}

#[async_trait]
impl Sessions for Recorder {
    async fn look(&self, credential: &Credential, refused: Option<i64>) -> Result<Look, String> {
        let scope = credential.parts().join(" ");
        self.note(format!("look {scope} {refused:?}"));
        let mut known = self.session.lock().expect("not poisoned");
        if let Some((number, token)) = known.session.clone().filter(|(number, _)| Some(*number) != refused) {
            return Ok(Look::Session(Session { scope: scope.into(), number, token }));
        }
        if let Some(refusal) = &known.refusal {
            return Ok(Look::Refused(refusal.clone()));
        }
        known.turns += 1;
        let (number, refresh) = (known.turns, known.refresh.clone());
        Ok(Look::Turn(Turn { scope: scope.into(), number, taken_at: 0, refresh }))
    }

    async fn open(&self, turn: Turn, opened: Opened) -> Result<Session, String> {
        self.note(format!("opened {} for {:?}", turn.number, opened.lifetime));
        let mut known = self.session.lock().expect("not poisoned");
        known.session = Some((turn.number, opened.token.clone()));
        known.refresh = opened.refresh;
        Ok(Session { scope: turn.scope, number: turn.number, token: opened.token })
    }

    async fn refuse(&self, turn: Turn, message: &str) {
        self.note(format!("refused {}", turn.number));
        self.session.lock().expect("not poisoned").refusal = Some(message.to_owned());
    }

    async fn give_back(&self, turn: Turn) {
        self.note(format!("gave back {}", turn.number));
    }
}

#[async_trait]
impl Transport for Recorder {
    async fn send(&self, request: WireRequest) -> Result<WireAnswer, TransportError> {
        self.note(format!("send {request:?}"));
        self.wire.lock().expect("not poisoned").push(request);
        let mut answers = self.answers.lock().expect("not poisoned");
        if answers.is_empty() { Ok(answer(200, &[], "ok")) } else { answers.remove(0) }
    }
}
