//! What a person says of keys and publishers.

use windlass_db::{DbError, Publisher, TrustedKey};

use super::minisign::PublicKey;
use crate::{host::Host, problem::Problem};

/// As long as the comment of a `minisign.pub` gets.
const MOST_COMMENT_CHARS: usize = 200;

/// Believes signatures of the key in this `minisign.pub`, or in its line of base64.
pub async fn trust(host: &Host, text: &str) -> Result<TrustedKey, Problem> {
    let Some(key) = PublicKey::parse(text) else {
        return Err(Problem::bad_request("key.unreadable", "this is not a public key of minisign")
            .hint("give the minisign.pub of the publisher, or its line that begins with RW"));
    };
    let trusted =
        TrustedKey { comment: comment(text), trusted_at: host.db.now().await?, id: key.id, public: key.text };
    match host.db.key_trust(&trusted).await {
        Err(DbError::Conflict(message)) => Err(Problem::conflict("key.id-taken", message).hint(format!(
            "one of the two imitates the other; compare them, and `windlass connector key distrust {}` first",
            trusted.id
        ))),
        done => {
            done?;
            tracing::info!(key = trusted.id, "a publisher's key is trusted");
            Ok(trusted)
        }
    }
}

/// Gives a connector's name to a trusted key.
pub async fn change_publisher(host: &Host, connector: &str, key_id: &str) -> Result<Publisher, Problem> {
    let keys = host.db.trusted_keys().await?;
    let key = keys.into_iter().find(|key| key.id.eq_ignore_ascii_case(key_id)).ok_or_else(|| {
        Problem::missing("key", key_id).hint("`windlass connector key trust MINISIGN.PUB` trusts it first")
    })?;
    let publisher = Publisher { connector: connector.to_owned(), key_id: key.id, public: key.public };
    host.db.publisher_change(host.db.now().await?, &publisher).await?;
    tracing::info!(connector, key = publisher.key_id, "a connector's name was given to another publisher");
    Ok(publisher)
}

/// Leaves the name to whoever signs the next version.
pub async fn forget_publisher(host: &Host, connector: &str) -> Result<(), Problem> {
    if !host.db.publisher_forget(connector).await? {
        return Err(Problem::missing("publisher", connector)
            .hint("`windlass connector list` lists what is installed, `windlass connector show` by whom"));
    }
    tracing::info!(connector, "a connector's publisher was forgotten");
    Ok(())
}

/// The first line of a `minisign.pub`, without what every one says.
fn comment(text: &str) -> String {
    let line = text.lines().next().and_then(|line| line.strip_prefix("untrusted comment: "));
    let comment = line.unwrap_or_default().chars().filter(|letter| !letter.is_control());
    comment.take(MOST_COMMENT_CHARS).collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_comment_is_taken_from_the_first_line_alone() {
        assert_eq!(super::comment("untrusted comment: of\u{7} us\nRW"), "of us");
        assert_eq!(super::comment("RW"), "");
    }
}
