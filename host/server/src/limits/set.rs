//! A person takes less of a limit than was approved.

use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize};
use windlass_db::{Connection, DbError, LimitChange, LimitSetting};
use windlass_sandbox::spec::{Limit, Spec};

use super::Numbers;
use crate::{connections::config_of, host::Host, problem::Problem, run::CallContext};

/// `{"max": 50, "leave_to_others": 5, "keep_for_actions": 10}`; null as approved, what is left out stays.
/// With `was`, only if these are the numbers that are set now, and no others.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LimitInput {
    #[serde(default, deserialize_with = "given")]
    max: Option<Option<u32>>,
    #[serde(default, deserialize_with = "given")]
    leave_to_others: Option<Option<u32>>,
    #[serde(default, deserialize_with = "given")]
    keep_for_actions: Option<Option<u32>>,
    was: Option<SetNumbers>,
}

/// `{"max": 50, "leave_to_others": null, "keep_for_actions": null}`: what a person has set.
#[derive(Debug, Default, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct SetNumbers {
    max: Option<i64>,
    leave_to_others: Option<i64>,
    keep_for_actions: Option<i64>,
}

impl From<&LimitSetting> for SetNumbers {
    fn from(setting: &LimitSetting) -> Self {
        SetNumbers {
            max: setting.max,
            leave_to_others: setting.leave_to_others,
            keep_for_actions: setting.keep_for_actions,
        }
    }
}

/// Takes effect at the next booking. What is used already stays counted.
pub async fn set(
    host: &Arc<Host>,
    connection: &Connection,
    limit: &str,
    input: LimitInput,
) -> Result<(), Problem> {
    let connector = host.registry.of(&host.db, &host.sandbox, connection).await?;
    let spec = &connector.spec;
    let declared = spec.limit(limit).ok_or_else(|| {
        Problem::missing("limit", limit).hint(format!("`windlass limit list {}` lists them", connection.name))
    })?;
    let change = LimitChange {
        max: input.max.map(|max| max.map(i64::from)),
        leave_to_others: input.leave_to_others.map(|leave| leave.map(i64::from)),
        keep_for_actions: input.keep_for_actions.map(|keep| keep.map(i64::from)),
    };
    let config = spec.with_defaults(&config_of(connection)?);
    let unset = || LimitSetting { name: limit.to_owned(), ..LimitSetting::default() };
    let settings = host.db.limit_settings(connection.id).await?;
    let present = settings.into_iter().find(|setting| setting.name == limit).unwrap_or_else(unset);
    let setting = changed(present, change);
    if let Some(approved) = Numbers::of(declared, &config, None) {
        refuse_more(connection, declared, &approved, change)?;
    }
    if let Some(numbers) = Numbers::of(declared, &config, Some(&setting)) {
        refuse_too_small(spec, declared, &numbers)?;
    }
    let was = input.was.map(|was| LimitSetting {
        name: limit.to_owned(),
        max: was.max,
        leave_to_others: was.leave_to_others,
        keep_for_actions: was.keep_for_actions,
    });
    host.db.limit_set(connection.id, limit, was.as_ref(), change).await.map_err(|error| match error {
        DbError::Outdated => {
            Problem::outdated(format!("limit {limit} of {} has other numbers by now", connection.name))
        }
        error => error.into(),
    })?;
    apply(host, connection).await;
    look_again(host, connection).await
}

/// Lets the numbers of a connection hold at once for all that share its limits.
pub async fn apply(host: &Arc<Host>, connection: &Connection) {
    // They hold at the next use in any case, and a connection that is not usable says so then.
    if let Err(error) = CallContext::build(host, connection.clone()).await {
        tracing::debug!(connection = connection.name, %error, "limits are not claimed yet");
    }
}

/// Runs that are parked by a limit look whether there is more room now.
pub async fn look_again(host: &Arc<Host>, connection: &Connection) -> Result<(), Problem> {
    host.db.runs_look_again(host.db.now().await?, &connection.connector).await?;
    host.wake.notify_one();
    Ok(())
}

fn changed(present: LimitSetting, change: LimitChange) -> LimitSetting {
    LimitSetting {
        name: present.name,
        max: change.max.unwrap_or(present.max),
        leave_to_others: change.leave_to_others.unwrap_or(present.leave_to_others),
        keep_for_actions: change.keep_for_actions.unwrap_or(present.keep_for_actions),
    }
}

fn refuse_more(
    connection: &Connection,
    limit: &Limit,
    approved: &Numbers,
    change: LimitChange,
) -> Result<(), Problem> {
    let more = |pointer: &str, detail: String, property: Option<&str>| {
        let hint = match property {
            Some(name) => format!("`windlass connection set {} --set {name}=…` changes it", connection.name),
            None => "a version of the connector that asks for more can be approved".to_owned(),
        };
        Err(Problem::unprocessable("limit.number", detail).at(pointer).hint(hint))
    };
    if change.max.flatten() == Some(0) {
        return more(
            "/max",
            "a limit of 0 would let nothing through: pause the connection instead".into(),
            None,
        );
    }
    if change.max.flatten().is_some_and(|max| max > approved.approved_max) {
        let detail = format!("limit {} allows at most {}", limit.name, approved.approved_max);
        return more("/max", detail, limit.max.property());
    }
    if change.leave_to_others.flatten().is_some_and(|leave| leave < approved.approved_leave) {
        let detail = format!("limit {} leaves at least {} to others", limit.name, approved.approved_leave);
        return more("/leave_to_others", detail, limit.leave_to_others.property());
    }
    Ok(())
}

/// A limit that no call fits into would park runs for ever.
fn refuse_too_small(spec: &Spec, limit: &Limit, numbers: &Numbers) -> Result<(), Problem> {
    match numbers.too_small(spec, limit) {
        None => Ok(()),
        Some(why) => Err(Problem::unprocessable("limit.number", why)
            .hint("allow more, leave less to others, or keep less for actions; `default` undoes a number")),
    }
}

/// Tells `null` (as approved) from nothing (as it is).
fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<u32>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}
