//! Statements over many rows at once.

use std::fmt::Write;

use sqlx::AnyConnection;

use crate::query::{Query, Value};
use crate::{DbError, query::Found};

/// The most rows of one statement. With eight values a row this stays far under the 32,766 values that
/// SQLite takes and the 65,535 of PostgreSQL, and the text stays small enough to keep prepared.
const LARGEST: usize = 256;

/// Cuts rows into pieces whose lengths are powers of two: so only a few texts exist per statement, and
/// each is parsed once and stays prepared whatever the size of a page.
pub(crate) fn pieces<T>(rows: &[T]) -> impl Iterator<Item = &[T]> {
    let mut rest = rows;
    std::iter::from_fn(move || {
        let length = if rest.len() >= LARGEST { LARGEST } else { previous_power_of_two(rest.len())? };
        let (piece, after) = rest.split_at(length);
        rest = after;
        Some(piece)
    })
}

/// Inserts rows: `head` is the text before `VALUES`, `tail` the one after. `shared` are the first
/// columns of every row, the same in all; `rows` holds the others.
pub(crate) async fn insert(
    connection: &mut AnyConnection,
    head: &str,
    tail: &str,
    shared: &[Value],
    rows: Vec<Vec<Value>>,
) -> Result<(), DbError> {
    for piece in pieces(&rows) {
        let text = format!("{head} VALUES {} {tail}", tuples(shared.len(), piece.len(), piece[0].len()));
        let mut query = Query::new(text);
        for value in shared.iter().chain(piece.iter().flatten()) {
            query = query.bind(value.clone());
        }
        query.execute(connection).await?;
    }
    Ok(())
}

/// Looks each text of a list up: `columns` are subqueries over `wanted.key`, whose own value is `$1`.
/// A short list is filled up with its last text, so some rows may come twice.
///
/// The texts are a table of their own and not an `IN`: there PostgreSQL, as long as it has no statistics,
/// reads all rows that share the first column of the index and compares each with the whole list.
pub(crate) async fn look_up(
    connection: &mut AnyConnection,
    columns: &str,
    first: i64,
    list: &[&str],
) -> Result<Vec<Found>, DbError> {
    let mut found = Vec::new();
    for piece in list.chunks(LARGEST) {
        let length = piece.len().next_power_of_two();
        let wanted = tuples_from(2, 0, length, 1);
        let mut query =
            Query::new(format!("WITH wanted (key) AS (VALUES {wanted}) SELECT key, {columns} FROM wanted"))
                .bind(first);
        for at in 0..length {
            query = query.bind(piece[at.min(piece.len() - 1)]);
        }
        found.extend(query.all(connection).await?);
    }
    Ok(found)
}

fn previous_power_of_two(number: usize) -> Option<usize> {
    number.checked_ilog2().map(|exponent| 1 << exponent)
}

/// `($1, $2), ($1, $3)` for one shared column and rows of one more.
fn tuples(shared: usize, rows: usize, columns: usize) -> String {
    tuples_from(1, shared, rows, columns)
}

fn tuples_from(first: usize, shared: usize, rows: usize, columns: usize) -> String {
    let mut text = String::new();
    for row in 0..rows {
        text.push_str(if row == 0 { "(" } else { ", (" });
        let own = first + shared + row * columns;
        for (place, number) in (first..first + shared).chain(own..own + columns).enumerate() {
            let comma = if place == 0 { "" } else { ", " };
            let _ = write!(text, "{comma}${number}");
        }
        text.push(')');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_powers_of_two_and_hold_every_row() {
        let lengths = |count: usize| pieces(&vec![0; count]).map(<[i32]>::len).collect::<Vec<_>>();
        assert_eq!(lengths(0), Vec::<usize>::new());
        assert_eq!(lengths(100), [64, 32, 4]);
        assert_eq!(lengths(515), [256, 256, 2, 1]);
    }

    #[test]
    fn tuples_share_their_first_columns() {
        assert_eq!(tuples(1, 2, 2), "($1, $2, $3), ($1, $4, $5)");
        assert_eq!(tuples(0, 1, 1), "($1)");
        assert_eq!(tuples_from(2, 0, 3, 1), "($2), ($3), ($4)");
    }
}
