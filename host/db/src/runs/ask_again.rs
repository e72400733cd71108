//! A flow asks again for an action that came to nothing.

use sqlx::AnyConnection;

use crate::query::Query;
use crate::{DbError, NewRun};

/// Queues the action of this key again if its run is over and the vendor has not acted; gives the run. It
/// takes the new input, under the key that it had: what an earlier attempt may have done is found by it. A
/// step that was committed is not gone over again, unless the input is another one.
pub(crate) async fn ask_again(tx: &mut AnyConnection, new: &NewRun) -> Result<Option<i64>, DbError> {
    let text = "UPDATE runs SET state = 'queued', triggered_by = $4, attempt = 0, due_at = $5, error = NULL,
            finished_at = NULL, cancel_asked = 0, snooze_code = NULL, snooze_message = NULL,
            again_state = CASE WHEN input_hash = $6 THEN again_state ELSE NULL END,
            input = $7, input_hash = $6, input_sealed = $8, has_secrets = $9, ordering = $10
        WHERE kind = 'action' AND connection = $1 AND action = $2 AND key = $3
            AND state IN ('failed', 'cancelled') AND output IS NULL
        RETURNING id";
    let row = Query::new(text)
        .bind(new.connection)
        .bind(new.action.as_deref())
        .bind(new.key.as_deref())
        .bind(new.trigger.as_str())
        .bind(new.due_at)
        .bind(new.input_hash.as_deref())
        .bind(new.input.as_deref())
        .bind(new.input_sealed.clone())
        .bind(new.input_sealed.is_some())
        .bind(new.ordering.as_deref())
        .optional(tx)
        .await?;
    row.map(|row| row.int("id")).transpose()
}
