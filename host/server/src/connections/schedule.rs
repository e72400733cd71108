//! When the streams of a connection run by themselves.

use serde_json::Value;
use windlass_db::{Connection, Millis, Parts, Schedule, StreamSettings};
use windlass_sandbox::spec::{Spec, Stream, first_off};

use super::config_of;
use crate::{cron, every, host::Host, problem::Problem, run::jitter};

/// For streams whose spec names no interval: fresh enough for people, and easy on the vendor.
const DEFAULT_EVERY_MS: i64 = 15 * 60_000;
/// Connections made by one script do not all run at the same moment: up to a tenth later.
const JITTER_PERMILLE: i64 = 100;

/// The spec's streams with their first due time; one that is switched off has none. `config` with
/// defaults.
pub fn first_schedules(spec: &Spec, config: &Value, now: Millis) -> Vec<StreamSettings> {
    let settings = |stream: &Stream| {
        let every_ms =
            stream.every.as_deref().and_then(|text| every::parse(text).ok()).unwrap_or(DEFAULT_EVERY_MS);
        let on = first_off(config, &stream.enabled_by).is_none();
        StreamSettings {
            name: stream.name.clone(),
            every_ms: Some(every_ms),
            due_at: on.then(|| next_due(now, every_ms)),
        }
    };
    spec.streams.iter().map(settings).collect()
}

/// Adds the streams of a spec that the connection does not have yet, and follows its switches, which may
/// be other ones than before.
pub async fn ensure_streams(host: &Host, connection: &Connection, spec: &Spec) -> Result<(), Problem> {
    let config = spec.with_defaults(&config_of(connection)?);
    let now = host.db.now().await?;
    host.db.streams_ensure(connection.id, &first_schedules(spec, &config, now)).await?;
    let streams = host.db.streams(connection.id).await?;
    let due = follow_switches(&streams, spec, &config, now);
    if due.is_empty() {
        return Ok(());
    }
    Ok(host.db.streams_due_at(connection.id, &due).await?)
}

/// When a stream is due that gets this schedule now; none if its cron expression never comes.
pub fn first_due(now: Millis, schedule: &Schedule) -> Option<Millis> {
    match schedule {
        Schedule::Every(every_ms) => Some(next_due(now, *every_ms)),
        Schedule::Cron { expression, zone } => cron::next_due(expression, zone, now, jitter()).ok(),
    }
}

/// One interval from now, and up to a tenth more.
fn next_due(now: Millis, every_ms: i64) -> Millis {
    now + every_ms + rand::random_range(0..=every_ms * JITTER_PERMILLE / 1_000)
}

/// What turns a switch on, in words.
pub fn turn_on(connection: &str, switch: &str) -> String {
    format!("`windlass connection set {connection} --set {switch}=true` turns it on")
}

/// Streams and actions that a configuration switches off. `config` with defaults.
pub(super) fn switched_off(streams: &[windlass_db::Stream], spec: &Spec, config: &Value) -> Parts {
    let is_off = |enabled_by: &[String]| first_off(config, enabled_by).is_some();
    let stream_off = |stream: &&windlass_db::Stream| {
        spec.stream(&stream.name).is_some_and(|declared| is_off(&declared.enabled_by))
    };
    Parts {
        streams: streams.iter().filter(stream_off).map(|stream| stream.id).collect(),
        actions: spec
            .actions
            .iter()
            .filter(|action| is_off(&action.enabled_by))
            .map(|action| action.name.clone())
            .collect(),
    }
}

/// Streams switched off are due no more, those switched on are again. Gives those whose due time changes,
/// by id. `config` with defaults.
pub(super) fn follow_switches(
    streams: &[windlass_db::Stream],
    spec: &Spec,
    config: &Value,
    now: Millis,
) -> Vec<(i64, Option<Millis>)> {
    let due = |stream: &windlass_db::Stream| {
        let declared = spec.stream(&stream.name)?;
        let is_on = first_off(config, &declared.enabled_by).is_none();
        let due_at = match (is_on, &stream.schedule) {
            (true, Some(schedule)) => stream.due_at.or_else(|| first_due(now, schedule)),
            _ => None,
        };
        (due_at != stream.due_at).then_some((stream.id, due_at))
    };
    streams.iter().filter_map(due).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn shop() -> Spec {
        let stream = |name: &str, switches| json!({ "name": name, "kind": "snapshot", "schema": {}, "enabled-by": switches });
        let switch = json!({ "type": "boolean" });
        let spec = json!({
            "spec": 1, "name": "shop", "version": "1.0.0", "title": "Shop",
            "config": { "type": "object", "properties": { "active": switch, "stock": switch } },
            "streams": [stream("orders", json!("active")), stream("stock", json!(["active", "stock"]))],
            "actions": [{ "name": "add", "input": {}, "output": {}, "repeat": "none", "enabled-by": "stock" }],
        });
        Spec::parse(&spec.to_string()).unwrap()
    }

    fn stream(id: i64, name: &str, due_at: Option<Millis>) -> windlass_db::Stream {
        windlass_db::Stream {
            id,
            connection: 1,
            name: name.to_owned(),
            sequence: 0,
            checkpoint: None,
            checkpoint_state: 0,
            schedule: Some(Schedule::Every(60_000)),
            due_at,
            paused: false,
            stopped_code: None,
            stopped_message: None,
            records: 0,
            last_success_at: None,
            last_walk_records: None,
            last_walk_pages: None,
            walk: None,
        }
    }

    #[test]
    fn schedules_follow_the_switches() {
        let streams = [stream(1, "orders", Some(7)), stream(2, "stock", None), stream(3, "gone", Some(9))];
        let follow = |config| {
            let due = follow_switches(&streams, &shop(), &config, 1_000).into_iter();
            due.map(|(id, due_at)| (id, due_at.is_some())).collect::<Vec<_>>()
        };
        assert_eq!(follow(json!({ "active": true })), []);
        assert_eq!(follow(json!({ "active": true, "stock": true })), [(2, true)]);
        assert_eq!(follow(json!({ "stock": true })), [(1, false)]);
        let off = |config| switched_off(&streams, &shop(), &config);
        assert_eq!(off(json!({ "active": true, "stock": true })), Parts::default());
        let expected = Parts { streams: vec![2], actions: vec!["add".to_owned()] };
        assert_eq!(off(json!({ "active": true })), expected);
    }

    #[test]
    fn the_first_run_is_one_jittered_interval_away() {
        let spec = Spec::parse(
            &json!({
                "spec": 1, "name": "shop", "version": "1.0.0", "title": "Shop",
                "config": { "type": "object", "properties": { "stock": { "type": "boolean", "default": false } } },
                "streams": [
                    { "name": "orders", "kind": "incremental", "schema": {}, "every": "10m" },
                    { "name": "items", "kind": "snapshot", "schema": {} },
                    { "name": "stock", "kind": "snapshot", "schema": {}, "enabled-by": "stock" },
                ],
            })
            .to_string(),
        )
        .unwrap();
        let schedules = first_schedules(&spec, &spec.with_defaults(&json!({})), 1_000);
        let due: Vec<_> = schedules.iter().map(|stream| stream.due_at).collect();
        assert!((601_000..=661_000).contains(&due[0].unwrap()));
        assert!((901_000..=991_000).contains(&due[1].unwrap()));
        assert_eq!((due[2], schedules[2].every_ms), (None, Some(DEFAULT_EVERY_MS)));
    }
}
