//! Makes a call again, with a playback in the place of everything outside.

use std::{collections::HashMap, sync::Arc};

use windlass_sandbox::{
    CallGrant, CallLimits, CallReport, Connector, ReadRequest, Sandbox,
    egress::{Exchange, Scrubber},
    replay::{Basis, Ending, Outcome, Playback},
};

use super::asked::Asked;
use crate::run::trace::Recording;

/// How a call came out the second time.
pub struct Again {
    pub ending: Ending,
    pub requests: Vec<Exchange>,
    pub records: Texts,
    /// What it asked that was not asked before: it was ended there.
    pub strayed: Option<String>,
}

/// Records as JSON, by stream and key.
pub type Texts = HashMap<(String, String), String>;

/// A trace with all that its call is made again with.
pub struct Tried<'t> {
    pub recording: &'t Recording,
    pub basis: &'t Basis,
    pub scrubber: Arc<Scrubber>,
    pub limits: CallLimits,
}

impl Tried<'_> {
    /// On the version that was recorded.
    pub async fn again(&self, sandbox: &Sandbox, connector: &Connector) -> Result<Again, String> {
        let config = self.recording.config.to_string();
        self.make(sandbox, connector, config.into(), Asked::of(self.recording)?).await
    }

    /// On another version, which may need more configuration and another form of the checkpoint. An error
    /// says why that is not possible.
    pub async fn again_on(&self, sandbox: &Sandbox, connector: &Connector) -> Result<Again, String> {
        let config: Arc<str> = connector.spec.with_defaults(&self.recording.config).to_string().into();
        let mut asked = Asked::of(self.recording)?;
        if let Asked::Read(request) = &mut asked
            && request.state != connector.spec.state
            && let Some(failed) = self.carry_over(sandbox, connector, config.clone(), request).await?
        {
            return Ok(failed);
        }
        self.make(sandbox, connector, config, asked).await
    }

    /// Gives the request the checkpoint in the version's own form; or how `migrate` failed.
    async fn carry_over(
        &self,
        sandbox: &Sandbox,
        connector: &Connector,
        config: Arc<str>,
        request: &mut ReadRequest,
    ) -> Result<Option<Again>, String> {
        let from = std::mem::replace(&mut request.state, connector.spec.state);
        let Some(checkpoint) = request.checkpoint.take() else { return Ok(None) };
        // A migration asks nothing, so that there is nothing to be played back.
        let playback = Playback::new(Vec::new(), self.basis, self.scrubber.clone());
        let grant = self.grant(&playback, config);
        let report = sandbox.migrate(connector, grant, &request.stream, &checkpoint, from).await;
        match &report.outcome {
            Ok(Some(carried)) => request.checkpoint = Some(carried.clone()),
            Ok(None) => return Err("the version cannot carry the checkpoint over, and begins anew".into()),
            Err(_) => return Ok(Some(ended(report, &playback))),
        }
        Ok(None)
    }

    async fn make(
        &self,
        sandbox: &Sandbox,
        connector: &Connector,
        config: Arc<str>,
        asked: Asked,
    ) -> Result<Again, String> {
        let playback = Playback::new(self.recording.exchanges.clone(), self.basis, self.scrubber.clone());
        let grant = self.grant(&playback, config);
        Ok(match asked {
            Asked::Read(request) => ended(sandbox.read(connector, grant, &request).await, &playback),
            Asked::Migrate(asked) => {
                let migrated =
                    sandbox.migrate(connector, grant, &asked.stream, &asked.checkpoint, asked.from_state);
                ended(migrated.await, &playback)
            }
            Asked::Act(request) => ended(sandbox.act(connector, grant, &request).await, &playback),
            Asked::Receive(delivery) => ended(sandbox.receive(connector, grant, &delivery).await, &playback),
            Asked::React(changes) => ended(sandbox.react(connector, grant, &changes).await, &playback),
        })
    }

    fn grant(&self, playback: &Arc<Playback>, config: Arc<str>) -> CallGrant {
        playback.grant(config, self.limits.clone(), self.recording.started_at, self.recording.seed)
    }
}

fn ended<T: Outcome>(report: CallReport<T>, playback: &Playback) -> Again {
    let records = report.outcome.as_ref().map(Outcome::records).unwrap_or_default();
    let text = |(stream, record): (&str, &windlass_sandbox::PageRecord)| {
        ((stream.to_owned(), record.key.clone()), record.json.clone())
    };
    Again {
        records: records.into_iter().map(text).collect(),
        ending: report.basis.map(|basis| basis.ending).unwrap_or_default(),
        requests: report.exchanges,
        strayed: playback.strayed(),
    }
}
