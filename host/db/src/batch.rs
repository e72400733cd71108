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

/// Selects by a list: `head` uses `$1` and ends before the list, which is `$2` and on. Short lists are
/// filled up with their last value, which changes nothing in an `IN`.
pub(crate) async fn select_in(
    connection: &mut AnyConnection,
    head: &str,
    first: i64,
    list: &[&str],
) -> Result<Vec<Found>, DbError> {
    let mut found = Vec::new();
    for piece in list.chunks(LARGEST) {
        let length = piece.len().next_power_of_two();
        let mut query = Query::new(format!("{head} {}", tuple(2, length))).bind(first);
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
    let mut text = String::new();
    for row in 0..rows {
        let open = if row == 0 { "(" } else { ", (" };
        text.push_str(open);
        let own = shared + row * columns;
        for (place, number) in (1..=shared).chain(own + 1..=own + columns).enumerate() {
            let comma = if place == 0 { "" } else { ", " };
            let _ = write!(text, "{comma}${number}");
        }
        text.push(')');
    }
    text
}

/// `($2, $3, $4)`.
fn tuple(first: usize, length: usize) -> String {
    let numbers: Vec<String> = (first..first + length).map(|number| format!("${number}")).collect();
    format!("({})", numbers.join(", "))
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
        assert_eq!(tuple(2, 3), "($2, $3, $4)");
    }
}
