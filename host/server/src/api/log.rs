//! What a connection's connector wrote to its log.

use axum::{Json, extract::State};
use serde::{Deserialize, Serialize};
use windlass_db::{Connection, LogLevel, LogLine};

use super::{
    Api,
    extract::{Names, Params},
    page::{Page, limit, next_of, number_cursor},
    time,
};
use crate::problem::Problem;

/// `{"at": "…", "level": "info", "message": "…"}`.
#[derive(Serialize)]
pub struct LogView {
    at: String,
    level: &'static str,
    message: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListParams {
    cursor: Option<String>,
    limit: Option<i64>,
}

/// Newest first.
pub async fn list(
    State(api): State<Api>,
    Names(name): Names<String>,
    Params(params): Params<ListParams>,
) -> Result<Json<Page<LogView>>, Problem> {
    let connection = api.connection(&name).await?;
    lines(&api, &connection, &params).await
}

/// What a flow wrote; newest first.
pub async fn of_flow(
    State(api): State<Api>,
    Names(name): Names<String>,
    Params(params): Params<ListParams>,
) -> Result<Json<Page<LogView>>, Problem> {
    let flow = api.flow(&name).await?;
    lines(&api, &flow, &params).await
}

async fn lines(
    api: &Api,
    connection: &Connection,
    params: &ListParams,
) -> Result<Json<Page<LogView>>, Problem> {
    let (before, limit) = (number_cursor(params.cursor.as_deref())?, limit(params.limit)?);
    let lines = api.host.db.connection_log(connection.id, before, limit).await?;
    let next = next_of(&lines, limit, |(id, _)| id.to_string());
    Ok(Json(Page { items: lines.into_iter().map(|(_, line)| LogView::from(line)).collect(), next }))
}

impl From<LogLine> for LogView {
    fn from(line: LogLine) -> Self {
        let level = match line.level {
            LogLevel::Debug => "debug",
            LogLevel::Info => "info",
            LogLevel::Warn => "warn",
            LogLevel::Error => "error",
        };
        LogView { at: time::text(line.at), level, message: line.message }
    }
}
