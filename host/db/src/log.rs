//! Lines that connectors write.

use sqlx::AnyConnection;

use crate::query::{Found, Value};
use crate::words::words;
use crate::{Db, DbError, Millis, batch, query::Query};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogLevel {
    Debug,
    Info,
    Warn,
    Error,
}

words!(LogLevel { Debug => "debug", Info => "info", Warn => "warn", Error => "error" });

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine {
    pub at: Millis,
    pub level: LogLevel,
    /// A NUL is stored as U+FFFD: a log never stands in the way of a commit.
    pub message: String,
}

impl Db {
    /// The lines of one run, in order.
    pub async fn run_log(&self, run: i64) -> Result<Vec<LogLine>, DbError> {
        let rows = Query::new("SELECT at, level, message FROM log_lines WHERE run = $1 ORDER BY id")
            .bind(run)
            .all(&mut *self.read().await?)
            .await?;
        rows.iter().map(line).collect()
    }

    /// Lines of all runs and checks of a connection with their ids, newest first; `before` is the
    /// cursor.
    pub async fn connection_log(
        &self,
        connection: i64,
        before: Option<i64>,
        limit: i64,
    ) -> Result<Vec<(i64, LogLine)>, DbError> {
        let text = "SELECT id, at, level, message FROM log_lines
            WHERE connection = $1 AND id < $2 ORDER BY id DESC LIMIT $3";
        let query = Query::new(text).bind(connection).bind(before.unwrap_or(i64::MAX)).bind(limit);
        let rows = query.all(&mut *self.read().await?).await?;
        rows.iter().map(|row| Ok((row.int("id")?, line(row)?))).collect()
    }

    /// Keeps what a check that ended at `now` wrote; no line is later than that. A check belongs to no
    /// run.
    pub async fn check_log(&self, now: Millis, connection: i64, lines: &[LogLine]) -> Result<(), DbError> {
        let lines: Vec<_> =
            lines.iter().map(|line| LogLine { at: line.at.min(now), ..line.clone() }).collect();
        let mut tx = self.begin().await?;
        write(&mut tx, connection, None, &lines).await?;
        Ok(tx.commit().await?)
    }
}

pub(crate) async fn write(
    tx: &mut AnyConnection,
    connection: i64,
    run: Option<i64>,
    lines: &[LogLine],
) -> Result<(), DbError> {
    let row = |line: &LogLine| -> Vec<Value> {
        vec![line.at.into(), line.level.as_str().into(), line.message.replace('\0', "\u{fffd}").into()]
    };
    let head = "INSERT INTO log_lines (connection, run, at, level, message)";
    batch::insert(tx, head, "", &[connection.into(), run.into()], lines.iter().map(row).collect()).await
}

fn line(row: &Found) -> Result<LogLine, DbError> {
    Ok(LogLine {
        at: row.int("at")?,
        level: row.word("level", LogLevel::parse)?,
        message: row.text("message")?,
    })
}
