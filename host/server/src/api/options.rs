//! What may be chosen for a property of a connection's or a flow's configuration.

use axum::{Json, extract::State};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use windlass_db::{Connection, Stream};
use windlass_sandbox::spec::{Field, OptionsFrom, Spec};

use super::{
    Api,
    extract::{Names, Params},
    page::{Page, cursor_of_key, key_of_cursor, limit},
};
use crate::{
    options::{self, Choice},
    problem::Problem,
};

/// `{"property": "locations.warehouse_id", "title": "Warehouse", "connection": "erp", "stream": "warehouses",
/// "synced": true, "as_of": 12, "hint": null}`: a property that has options. A property of the rows of a list
/// is named behind the list. `connection` has the stream: of a flow, one that it is bound to. `hint` says how
/// to read them when the stream was not synced yet.
#[derive(Serialize)]
pub struct PropertyView {
    property: String,
    title: Option<String>,
    connection: Option<String>,
    stream: String,
    synced: bool,
    as_of: i64,
    hint: Option<String>,
}

/// `{"items": [{"value": 7, "label": "Main", "active": true}], "next": null, "synced": true, "as_of": 12,
/// "stream": "warehouses", "hint": null}`. `value` is what the configuration holds, as the record has it;
/// `label` is null where the record has none. `as_of` is the stream's sequence.
#[derive(Serialize)]
pub struct OptionsView {
    items: Vec<OptionView>,
    next: Option<String>,
    synced: bool,
    as_of: i64,
    stream: String,
    hint: Option<String>,
}

#[derive(Serialize)]
struct OptionView {
    value: Value,
    label: Option<String>,
    active: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListParams {
    /// Part of a value or label, in any case.
    q: Option<String>,
    cursor: Option<String>,
    limit: Option<i64>,
}

/// The properties of a connection that have options.
pub async fn list(
    State(api): State<Api>,
    Names(name): Names<String>,
) -> Result<Json<Page<PropertyView>>, Problem> {
    properties(&api, &api.connection(&name).await?).await
}

/// The properties of a flow that have options.
pub async fn list_of_flow(
    State(api): State<Api>,
    Names(name): Names<String>,
) -> Result<Json<Page<PropertyView>>, Problem> {
    properties(&api, &api.flow(&name).await?).await
}

/// The options of one property of a connection.
pub async fn show(
    State(api): State<Api>,
    Names((name, property)): Names<(String, String)>,
    Params(params): Params<ListParams>,
) -> Result<Json<OptionsView>, Problem> {
    options_of(&api, &api.connection(&name).await?, &property, params).await
}

/// The options of one property of a flow.
pub async fn show_of_flow(
    State(api): State<Api>,
    Names((name, property)): Names<(String, String)>,
    Params(params): Params<ListParams>,
) -> Result<Json<OptionsView>, Problem> {
    options_of(&api, &api.flow(&name).await?, &property, params).await
}

async fn properties(api: &Api, connection: &Connection) -> Result<Json<Page<PropertyView>>, Problem> {
    let connector = api.connector(connection).await?;
    let mut views = Vec::new();
    for (field, from) in with_options(&connector.spec) {
        let holder = options::holder(&api.host, connection, &from).await?;
        let stream = options::stream(&api.host, connection, &from).await?;
        let synced = stream.as_ref().is_some_and(options::is_synced);
        views.push(PropertyView {
            property: field.name(),
            title: field.title().map(str::to_owned),
            synced,
            as_of: stream.map_or(0, |stream| stream.sequence),
            hint: holder.as_ref().and_then(|holder| hint(holder, &from.stream, synced)),
            connection: holder.map(|holder| holder.name),
            stream: from.stream,
        });
    }
    Ok(Json(Page::whole(views)))
}

async fn options_of(
    api: &Api,
    connection: &Connection,
    property: &str,
    params: ListParams,
) -> Result<Json<OptionsView>, Problem> {
    let limit = limit(params.limit)?;
    let connector = api.connector(connection).await?;
    let found = with_options(&connector.spec).find(|(field, _)| field.name() == property);
    let (_, from) = found.ok_or_else(|| no_options(connection, &connector.spec, property))?;
    let holder = options::holder(&api.host, connection, &from).await?;
    let holder = holder.ok_or_else(|| no_options(connection, &connector.spec, property))?;
    let stream: Stream = api.stream(&holder, &from.stream).await?;
    let after = params.cursor.as_deref().map(key_of_cursor).transpose()?;
    let wanted = params.q.as_deref();
    let found = options::list(&api.host, &stream, &from, wanted, after, limit).await?;
    let synced = options::is_synced(&stream);
    Ok(Json(OptionsView {
        items: found.choices.into_iter().map(view).collect(),
        next: found.next.map(cursor_of_key),
        synced,
        as_of: found.as_of,
        hint: hint(&holder, &from.stream, synced),
        stream: from.stream,
    }))
}

fn with_options(spec: &Spec) -> impl Iterator<Item = (Field<'_>, OptionsFrom)> {
    spec.fields().filter_map(|field| Some((field, field.options()?)))
}

fn view(choice: Choice) -> OptionView {
    OptionView { value: choice.value, label: choice.label, active: choice.active }
}

fn hint(connection: &Connection, stream: &str, synced: bool) -> Option<String> {
    let name = &connection.name;
    (!synced).then(|| format!("`windlass sync {name} {stream}` reads them"))
}

fn no_options(connection: &Connection, spec: &Spec, property: &str) -> Problem {
    let names: Vec<String> = with_options(spec).map(|(field, _)| field.name()).collect();
    let hint = match names.is_empty() {
        true => format!("{} has no property with options", spec.name),
        false => format!("these have options: {}", names.join(", ")),
    };
    Problem::missing("options", format!("of `{property}` in {}", connection.name)).hint(hint)
}
