//! Pushes: an event goes to its registered address until it is answered with 200, or too often not.

use std::time::Duration;

use super::Brani;
use super::events::Event;

/// A receiver that does not answer in this time has failed.
const PATIENCE: Duration = Duration::from_secs(20);

/// One attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Push {
    pub event: u64,
    pub kind: String,
    /// None when there was no answer.
    pub status: Option<u16>,
}

impl Brani {
    /// Pushes every event that is still to be delivered, each attempt right after the one before.
    pub fn push(&self) -> Vec<Push> {
        std::iter::from_fn(|| self.push_one()).collect()
    }

    /// Makes the next attempt, if one is due.
    pub fn push_one(&self) -> Option<Push> {
        let event = self.due()?;
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(PATIENCE))
            .build()
            .new_agent();
        let sent = agent
            .post(self.routed(&event.webhook.url))
            .header("content-type", "application/json")
            .send(event.listed().to_string());
        let status = sent.ok().map(|answer| answer.status().as_u16());
        self.note(&event, status);
        Some(Push { event: event.id, kind: event.webhook.kind, status })
    }

    fn routed(&self, url: &str) -> String {
        match &self.account.lock().settings.route {
            Some((public, really)) => url.replacen(public, really, 1),
            None => url.to_owned(),
        }
    }

    fn due(&self) -> Option<Event> {
        let account = self.account.lock();
        let is_due = |event: &&Event| event.delivered.is_none() && event.fails < account.settings.attempts;
        account.events.iter().find(is_due).cloned()
    }

    fn note(&self, pushed: &Event, status: Option<u16>) {
        let now = self.api.with(|_, now| now.unix_ms);
        let mut account = self.account.lock();
        let at = account.local(now);
        let same = |event: &&mut Event| (event.id, event.webhook.id) == (pushed.id, pushed.webhook.id);
        let Some(event) = account.events.iter_mut().find(same) else { return };
        match status {
            Some(200) => event.delivered = Some(at),
            status => {
                event.fails += 1;
                event.last_failed = Some(at);
                event.last_error = Some(("Webhook se nepodarilo dorucit".into(), status.unwrap_or(0)));
            }
        }
    }
}
