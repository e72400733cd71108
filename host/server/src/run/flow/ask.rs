//! The actions that a flow asks for, as runs of the connections that perform them.

use std::{collections::HashMap, sync::Arc};

use windlass_db::{AskedAction, Connection, DbError, FollowedChange, NewRun, RunKind, Trigger};
use windlass_sandbox::{Command, spec::first_off};

use super::batch::Batch;
use crate::{
    actions::{Input, Sealer},
    connections::config_of,
    host::Host,
};

/// Why an action cannot be asked for: the change is held with this sentence.
pub type Refused = String;

/// Connections by role, looked up once for a batch.
pub struct Asker<'h> {
    host: &'h Arc<Host>,
    flow: i64,
    connections: HashMap<String, Connection>,
    now: i64,
}

impl<'h> Asker<'h> {
    pub async fn new(host: &'h Arc<Host>, flow: i64, roles: &HashMap<String, i64>) -> Result<Self, DbError> {
        let mut connections = HashMap::new();
        for (role, connection) in roles {
            if let Some(connection) = host.db.connection_by_id(*connection).await? {
                connections.insert(role.clone(), connection);
            }
        }
        Ok(Asker { host, flow, connections, now: host.db.now().await? })
    }

    /// The runs that a change asks for, all or none.
    pub async fn runs(
        &self,
        batch: &Batch,
        change: &FollowedChange,
        commands: &[Command],
    ) -> Result<Vec<AskedAction>, Refused> {
        let mut runs = Vec::with_capacity(commands.len());
        for (ordinal, command) in commands.iter().enumerate() {
            let run = self.run(batch, change, ordinal, command).await?;
            runs.push(AskedAction { run, role: command.role.clone(), change: change.clone() });
        }
        Ok(runs)
    }

    async fn run(
        &self,
        batch: &Batch,
        change: &FollowedChange,
        ordinal: usize,
        command: &Command,
    ) -> Result<NewRun, Refused> {
        let Command { role, action: name, input } = command;
        let connection =
            self.connections.get(role).ok_or_else(|| format!("the role {role} has no connection"))?;
        let Host { db, sandbox, registry, keys, .. } = &**self.host;
        let connector = registry.of(db, sandbox, connection).await;
        let connector = connector.map_err(|error| error.to_string())?;
        let found = connector.spec.action(name).zip(connector.action_schemas(name));
        let (action, schemas) =
            found.ok_or_else(|| format!("{} has no action {name}", connection.connector))?;
        let config = config_of(connection).map_err(|problem| problem.detail)?;
        let config = connector.spec.with_defaults(&config);
        if let Some(switch) = first_off(&config, &action.enabled_by) {
            let on = &connection.name;
            return Err(format!(
                "action {name} is switched off: `windlass connection set {on} --set {switch}=true`"
            ));
        }
        // The same change asks for the same thing, however often it is shown.
        let key =
            format!("flow-{}-{}-{}-{}-{ordinal}", self.flow, connection.id, batch.stream, change.sequence);
        let sealer = Sealer { keys, connection: connection.id, action: name, key: &key };
        let input = Input::read(action, &schemas.input, input.as_bytes(), &sealer).map_err(|misfit| {
            format!("the input of {name} does not fit at `{}`: {misfit}", misfit.pointer)
        })?;
        let input_hash = Some(input.hash().to_owned());
        Ok(NewRun {
            kind: RunKind::Action,
            trigger: Trigger::Flow,
            connection: connection.id,
            stream: None,
            action: Some(name.clone()),
            full: false,
            input: Some(input.text),
            input_sealed: input.sealed,
            key: Some(key),
            input_hash,
            ordering: input.ordering,
            due_at: self.now,
        })
    }
}
