//! What of an action's run must not be written down in the open: opened for its call, and taken out of all
//! that the call leaves.

use windlass_db::{AgainState, Run};
use windlass_sandbox::{CallFailure, CallReport, GuestError, egress::MARK, spec::Action};

use crate::{
    actions::{Cleaner, Part, Sealer, SecretTexts},
    secrets::SecretError,
};

/// The secrets of a run for the length of one call.
pub struct Hidden<'r> {
    pub sealer: Sealer<'r>,
    /// Secrets that are known so far.
    pub texts: SecretTexts,
    /// The input as the connector gets it.
    pub input: String,
    /// What the last `again` returned.
    pub state: Option<String>,
    /// Something in the action or the run is secret.
    applies: bool,
    secret_output: bool,
}

/// How an address is written down.
pub enum Addresses {
    Cleaned(Cleaner),
    /// Scheme, host and port: what comes after could hold a secret that nobody knows yet.
    Origins,
}

impl<'r> Hidden<'r> {
    pub fn open(sealer: Sealer<'r>, run: &Run, action: &Action) -> Result<Self, SecretError> {
        let mut texts = SecretTexts::default();
        let input = match sealer.open_input(run)? {
            None => run.input.clone().unwrap_or_else(|| "null".into()),
            Some(sealed) => {
                sealed.secrets.iter().for_each(|secret| texts.add(secret));
                sealed.text
            }
        };
        let state = match &run.again {
            None => None,
            Some(AgainState::Open(text)) => Some(text.clone()),
            Some(AgainState::Sealed(sealed)) => Some(sealer.open(Part::State, sealed)?.expose().to_owned()),
        };
        let applies = run.has_secrets || action.has_secrets();
        if let Some(state) = state.as_deref().filter(|_| applies) {
            texts.add_state(state);
        }
        Ok(Hidden { sealer, texts, input, state, applies, secret_output: action.has_secret_output() })
    }

    /// How the addresses of the call's requests are written down before they are sent.
    pub fn addresses(&self) -> Addresses {
        match self.secret_output {
            true => Addresses::Origins,
            false => Addresses::Cleaned(self.texts.cleaner()),
        }
    }

    /// The state of `again`, as the run keeps it.
    pub fn keep_state(&mut self, state: String) -> AgainState {
        if !self.applies {
            return AgainState::Open(state);
        }
        self.texts.add_state(&state);
        AgainState::Sealed(self.sealer.seal(Part::State, &state))
    }

    /// The report without secrets: bodies and values of headers are not kept at all, nor what a replay
    /// would need. `returned`: whether
    /// the output is known, so that what is secret in it can be found in the addresses.
    pub fn hide<T>(&self, mut report: CallReport<T>, returned: bool) -> CallReport<T> {
        if !self.applies {
            return report;
        }
        let addresses = match returned {
            true => Addresses::Cleaned(self.texts.cleaner()),
            false => self.addresses(),
        };
        let cleaner = self.texts.cleaner();
        for exchange in &mut report.exchanges {
            exchange.withhold(addresses.written(&exchange.url), |text| cleaner.text(text));
        }
        for line in &mut report.log {
            line.message = cleaner.text(&line.message);
        }
        let outcome = report.outcome.map_err(|failure| cleaned(failure, &cleaner));
        CallReport { outcome, basis: None, ..report }
    }
}

impl Addresses {
    /// Nothing in the run is secret.
    pub fn whole() -> Self {
        Addresses::Cleaned(Cleaner::Idle)
    }

    pub fn written(&self, address: &str) -> String {
        match (self, url::Url::parse(address)) {
            (Addresses::Cleaned(cleaner), _) => cleaner.text(address),
            (Addresses::Origins, Ok(url)) => format!("{}/{MARK}", url.origin().ascii_serialization()),
            (Addresses::Origins, Err(_)) => MARK.to_owned(),
        }
    }
}

fn cleaned(failure: CallFailure, cleaner: &Cleaner) -> CallFailure {
    let clean = |text: String| cleaner.text(&text);
    match failure {
        CallFailure::Guest(error) => CallFailure::Guest(GuestError {
            code: clean(error.code),
            message: clean(error.message),
            extras: error.extras.and_then(|extras| cleaner.json(&extras)),
            ..error
        }),
        CallFailure::Trap { message, backtrace } => CallFailure::Trap { message: clean(message), backtrace },
        CallFailure::Output(message) => CallFailure::Output(clean(message)),
        CallFailure::Host(message) => CallFailure::Host(clean(message)),
        CallFailure::Memory { .. }
        | CallFailure::Cpu(_)
        | CallFailure::Wall(_)
        | CallFailure::NoExport(_) => failure,
    }
}

#[cfg(test)]
mod tests {
    use super::Addresses;

    #[test]
    fn an_address_is_written_without_what_could_be_secret() {
        let check = |address: &str, expected: &str| assert_eq!(Addresses::Origins.written(address), expected);
        check("https://shop.example:8443/users/t0k3n?q=1#x", "https://shop.example:8443/[secret]");
        check("not an address", "[secret]");
        let whole = "https://shop.example/users";
        assert_eq!(Addresses::whole().written(whole), whole);
    }
}
