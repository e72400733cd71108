//! Looking for what an earlier attempt of an action may have made, step by step, before anything is
//! sent again: for actions whose repeat is safe by [`Repeat::Lookup`](crate::spec::Repeat::Lookup).
//!
//! Every step is a call of its own and says [`ActRequest::look_on`] or
//! [`ActRequest::looked_through`]. What a search found out is bound to the requests that it knew of:
//! once a newer one may have been sent, it begins again.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::{ActRequest, Outcome, Result};

/// What comes before sending. `P` is the connector's own: where a search goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lookup<P> {
    /// Send: nothing was sent before, or the search is through.
    NotDue,
    /// Search from the start.
    Begins {
        /// When the first request was made that the vendor may have seen; milliseconds since 1970.
        first_sent_ms: u64,
    },
    /// Search on.
    GoesOn(P),
}

/// The action's state during a search.
#[derive(Serialize, Deserialize)]
struct Search<P> {
    knows: Sent,
    /// None when the search is through.
    place: Option<P>,
}

/// The requests of which the vendor may have seen something.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Sent {
    count: usize,
    last_at_ms: u64,
}

impl ActRequest {
    /// Whether the vendor must be searched before this action may send.
    pub fn lookup<P: DeserializeOwned>(&self) -> Lookup<P> {
        let Some((knows, first_sent_ms)) = self.sent() else { return Lookup::NotDue };
        // A state of another form is no search under way: it begins again, which is always safe.
        let search = self.state.as_deref().and_then(|state| serde_json::from_str::<Search<P>>(state).ok());
        match search.filter(|search| search.knows == knows) {
            Some(Search { place: Some(place), .. }) => Lookup::GoesOn(place),
            Some(Search { place: None, .. }) => Lookup::NotDue,
            None => Lookup::Begins { first_sent_ms },
        }
    }

    /// Nothing was found yet; the next call searches on at `place`.
    pub fn look_on(&self, place: &impl Serialize) -> Result<Outcome> {
        self.search_on(Some(place))
    }

    /// The search is through and found nothing; the next call sends.
    pub fn looked_through(&self) -> Result<Outcome> {
        self.search_on(None::<&()>)
    }

    fn search_on(&self, place: Option<&impl Serialize>) -> Result<Outcome> {
        let knows = self.sent().map_or(Sent { count: 0, last_at_ms: 0 }, |(knows, _)| knows);
        Outcome::again(&Search { knows, place })
    }

    fn sent(&self) -> Option<(Sent, u64)> {
        let times = || self.maybe_sent().map(|intent| intent.at_ms);
        let (first, last_at_ms) = (times().min()?, times().max()?);
        Some((Sent { count: times().count(), last_at_ms }, first))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::act::Step;
    use crate::{Intent, IntentOutcome};

    fn request(sent_at: &[u64], state: Option<Outcome>) -> ActRequest {
        let intent = |&at_ms: &u64| Intent {
            ordinal: 1,
            method: "POST".into(),
            url: String::new(),
            outcome: IntentOutcome::Open,
            at_ms,
        };
        let state = state.map(|outcome| match outcome.0 {
            Step::Again { state, .. } => state,
            Step::Done(_) => panic!("a search goes on"),
        });
        ActRequest { intents: sent_at.iter().map(intent).collect(), state, ..ActRequest::default() }
    }

    #[test]
    fn a_search_goes_from_its_begin_to_its_end() {
        assert_eq!(request(&[], None).lookup::<u32>(), Lookup::NotDue);
        let first = request(&[5, 7], None);
        assert_eq!(first.lookup::<u32>(), Lookup::Begins { first_sent_ms: 5 });
        let second = request(&[5, 7], Some(first.look_on(&2).unwrap()));
        assert_eq!(second.lookup::<u32>(), Lookup::GoesOn(2));
        let third = request(&[5, 7], Some(second.looked_through().unwrap()));
        assert_eq!(third.lookup::<u32>(), Lookup::NotDue);
    }

    #[test]
    fn a_newer_request_or_a_state_of_another_form_begins_it_again() {
        let through = || request(&[5], None).looked_through().unwrap();
        assert_eq!(request(&[5, 9], Some(through())).lookup::<u32>(), Lookup::Begins { first_sent_ms: 5 });
        let text = request(&[5], None).look_on(&"page 2").unwrap();
        assert_eq!(request(&[5], Some(text)).lookup::<u32>(), Lookup::Begins { first_sent_ms: 5 });
    }
}
