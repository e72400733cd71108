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
    let lengths: Vec<usize> = pieces(&rows).map(<[Vec<Value>]>::len).collect();
    let mut rows = rows.into_iter();
    for length in lengths {
        insert_piece(connection, head, tail, shared, rows.by_ref().take(length).collect()).await?;
    }
    Ok(())
}

/// Inserts rows of which a repeat is passed over, in fewer statements: a piece that is nearly full is filled
/// up with `filling`, which repeats one of its rows in what is unique.
pub(crate) async fn insert_new(
    connection: &mut AnyConnection,
    head: &str,
    shared: &[Value],
    mut rows: Vec<Vec<Value>>,
    filling: impl Fn(&[Value]) -> Vec<Value>,
) -> Result<(), DbError> {
    while !rows.is_empty() {
        let rest = rows.split_off(first_piece(rows.len()).min(rows.len()));
        let missing = rows.len().next_power_of_two() - rows.len();
        if let Some(last) = rows.last().map(|last| filling(last)) {
            rows.extend(std::iter::repeat_n(last, missing));
        }
        insert_piece(connection, head, "ON CONFLICT DO NOTHING", shared, rows).await?;
        rows = rest;
    }
    Ok(())
}

/// How many rows go into the next statement: all, if they fill three quarters of a power of two.
fn first_piece(rows: usize) -> usize {
    let full = rows.next_power_of_two();
    let piece = if rows * 4 >= full * 3 { full } else { full / 2 };
    piece.min(LARGEST)
}

async fn insert_piece(
    connection: &mut AnyConnection,
    head: &str,
    tail: &str,
    shared: &[Value],
    rows: Vec<Vec<Value>>,
) -> Result<(), DbError> {
    let columns = rows.first().map_or(0, Vec::len);
    let text = format!("{head} VALUES {} {tail}", tuples(shared.len(), rows.len(), columns));
    let query = shared.iter().cloned().fold(Query::new(text), Query::bind);
    rows.into_iter().flatten().fold(query, Query::bind).execute(connection).await?;
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
    fn nearly_full_pieces_are_filled_up() {
        let lengths = |mut rows: usize| {
            let mut lengths = Vec::new();
            while rows > 0 {
                lengths.push(first_piece(rows));
                rows = rows.saturating_sub(first_piece(rows));
            }
            lengths
        };
        assert_eq!(lengths(1), [1]);
        assert_eq!(lengths(63), [64]);
        assert_eq!(lengths(40), [32, 8]);
        assert_eq!(lengths(45), [32, 16]);
        assert_eq!(lengths(600), [256, 256, 64, 32]);
    }

    #[test]
    fn tuples_share_their_first_columns() {
        assert_eq!(tuples(1, 2, 2), "($1, $2, $3), ($1, $4, $5)");
        assert_eq!(tuples(0, 1, 1), "($1)");
        assert_eq!(tuples_from(2, 0, 3, 1), "($2), ($3), ($4)");
    }
}
