//! Binding a flow's roles to connections.

use std::collections::BTreeMap;

use windlass_db::{Bound, Connection, ConnectionKind, FollowedStream, RoleBinding};
use windlass_sandbox::spec::{Role, Spec};

use crate::{host::Host, problem::Problem};

/// Binds every role of the spec to a connection of its connector that has what the flow follows and
/// asks for.
pub async fn bind(host: &Host, spec: &Spec, connect: &BTreeMap<String, String>) -> Result<Bound, Problem> {
    if let Some(unknown) = connect.keys().find(|role| !spec.roles.contains_key(*role)) {
        let detail = format!("{} has no role `{unknown}`", spec.name);
        return Err(unbound(detail, spec).at(format!("/connect/{unknown}")));
    }
    let mut bound = Bound::default();
    for (name, role) in &spec.roles {
        let Some(connection) = connect.get(name) else {
            return Err(unbound(format!("the role `{name}` is bound to no connection"), spec).at("/connect"));
        };
        let place = format!("/connect/{name}");
        let connection = find(host, connection, name, role).await.map_err(|problem| problem.at(&place))?;
        let follows = followed(host, &connection, name, role).await.map_err(|problem| problem.at(&place))?;
        bound.roles.push(RoleBinding { role: name.clone(), connection: connection.id });
        bound.follows.extend(follows);
    }
    Ok(bound)
}

/// Binds some roles of a flow anew; the others stay bound as they are.
pub async fn bind_anew(
    host: &Host,
    spec: &Spec,
    flow: &Connection,
    connect: &BTreeMap<String, String>,
) -> Result<Bound, Problem> {
    if flow.kind != ConnectionKind::Flow {
        let detail = format!("{} is a connection, and only flows have roles", flow.name);
        return Err(Problem::unprocessable("flow.connect", detail).at("/connect"));
    }
    let mut whole = BTreeMap::new();
    for binding in host.db.flow_roles(flow.id).await? {
        let bound = host.db.connection_by_id(binding.connection).await?;
        if let Some(bound) = bound.filter(|_| spec.roles.contains_key(&binding.role)) {
            whole.insert(binding.role, bound.name);
        }
    }
    whole.extend(connect.clone());
    bind(host, spec, &whole).await
}

/// A version of the flow follows other streams than the one before.
pub async fn follow_version(host: &Host, flow: &Connection, spec: &Spec) -> Result<(), Problem> {
    let mut follows = Vec::new();
    for binding in host.db.flow_roles(flow.id).await? {
        let role = spec.roles.get(&binding.role);
        let connection = host.db.connection_by_id(binding.connection).await?;
        if let Some((role, connection)) = role.zip(connection) {
            follows.extend(followed(host, &connection, &binding.role, role).await?);
        }
    }
    Ok(host.db.flow_follow(flow.id, &follows).await?)
}

async fn find(host: &Host, name: &str, role: &str, declared: &Role) -> Result<Connection, Problem> {
    let found = host.db.connection(name).await?;
    let connection = found.filter(|connection| connection.kind == ConnectionKind::Connector);
    let connection = connection.ok_or_else(|| Problem::missing("connection", name))?;
    if connection.connector != declared.connector {
        let detail = format!(
            "the role `{role}` wants a connection of {}, and {name} is one of {}",
            declared.connector, connection.connector
        );
        return Err(Problem::unprocessable("flow.connect", detail));
    }
    Ok(connection)
}

/// The streams that a role follows; the connection's connector must also have the actions it asks for.
async fn followed(
    host: &Host,
    connection: &Connection,
    role: &str,
    declared: &Role,
) -> Result<Vec<FollowedStream>, Problem> {
    let connector = host.registry.of(&host.db, &host.sandbox, connection).await?;
    let missing = |what: &str, name: &str| {
        let version = &connector.spec.version;
        let detail = format!("version {version} of {} has no {what} `{name}`", connection.connector);
        Problem::unprocessable("flow.connect", detail)
            .hint(format!("install a version of {} that has it", connection.connector))
    };
    if let Some(action) = declared.asks.iter().find(|action| connector.spec.action(action).is_none()) {
        return Err(missing("action", action));
    }
    let mut follows = Vec::new();
    for name in &declared.follows {
        let stream = host.db.stream(connection.id, name).await?;
        let stream = stream.ok_or_else(|| missing("stream", name))?;
        follows.push(FollowedStream { role: role.to_owned(), stream: stream.id });
    }
    Ok(follows)
}

fn unbound(detail: String, spec: &Spec) -> Problem {
    let roles: Vec<String> =
        spec.roles.iter().map(|(name, role)| format!("{name}={}", role.connector.to_uppercase())).collect();
    let hint = format!("{} wants `--connect {}`", spec.name, roles.join(" --connect "));
    Problem::unprocessable("flow.connect", detail).hint(hint)
}
