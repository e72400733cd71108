//! The trait that a connector implements and the macro that exports it.

use schemars::JsonSchema;
use serde::de::DeserializeOwned;

use crate::{
    ActRequest, CheckOutcome, Delivery, DeliveryOutcome, Error, Outcome, Page, ReadRequest, Result, Spec,
};

/// One vendor's connector. The type that implements it **is** the connection's configuration: its
/// fields are the properties an operator sets, their doc comments are what the operator reads.
///
/// Every call gets a new instance with fresh memory: what must survive goes into the checkpoint
/// (streams), the state (actions) or [`storage`](crate::storage).
pub trait Connector: DeserializeOwned + JsonSchema {
    /// What this connector is and asks for. Every import is denied while it runs.
    fn spec() -> Spec;

    /// Do configuration and credentials work? Without a body of its own it answers yes.
    fn check(&self) -> Result<CheckOutcome> {
        Ok(CheckOutcome::default())
    }

    /// Reads one page of a stream, or the single records that `request.keys` names.
    fn read(&self, request: &ReadRequest) -> Result<Page> {
        Err(Error::unknown_stream(&request.stream))
    }

    /// Carries a checkpoint of an older `state` over to the present one; none starts again.
    fn migrate(stream: &str, checkpoint: &str, from_state: u32) -> Result<Option<String>> {
        let _ = (stream, checkpoint, from_state);
        Ok(None)
    }

    /// Performs an action, or its next step.
    fn act(&self, request: &ActRequest) -> Result<Outcome> {
        Err(Error::unknown_action(&request.action))
    }

    /// Turns a verified delivery into records and follow-up work.
    fn receive(&self, delivery: &Delivery) -> Result<DeliveryOutcome> {
        Err(Error::unknown_webhook(&delivery.webhook))
    }
}

/// Exports a [`Connector`] as the component's connector. Once per crate, at its root.
#[macro_export]
macro_rules! connector {
    ($connector:ty) => {
        #[cfg(target_arch = "wasm32")]
        const _: () = {
            type Exported = $crate::__private::Adapter<$connector>;
            $crate::__private::bindings::described::export_described!(
                Exported with_types_in $crate::__private::bindings::described
            );
            $crate::__private::bindings::connector::export_connector!(
                Exported with_types_in $crate::__private::bindings::connector
            );
        };
    };
}

/// Reads the configuration into the connector or flow.
pub(crate) fn open<C: DeserializeOwned>() -> Result<C> {
    serde_json::from_str(&crate::backend::config())
        .map_err(|error| Error::config("configuration", format!("the configuration does not fit: {error}")))
}
