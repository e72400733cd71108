//! Addresses: `/hooks/CONNECTION/WEBHOOK/SECRET` below the host's public address.

use rand::distr::{Alphanumeric, SampleString};
use url::Url;
use windlass_db::{Connection, DbError, NewWebhook, SealedSecret, Webhook};
use windlass_sandbox::{egress::Secret, spec::Spec};

use crate::{
    host::Host,
    problem::Problem,
    secrets::{Keys, SecretError},
};

/// Letters and digits: 190 bits that nobody guesses.
const SECRET_LETTERS: usize = 32;

/// A new address for a webhook of a connection.
pub fn fresh(keys: &Keys, connection: i64, name: &str) -> Result<NewWebhook, SecretError> {
    let secret = Secret::new(Alphanumeric.sample_string(&mut rand::rng(), SECRET_LETTERS));
    let sealed = keys.seal(connection, &field(name), secret.expose())?.sealed;
    Ok(NewWebhook { name: name.to_owned(), address: hash(keys, secret.expose()), sealed })
}

/// Gives an address to each webhook of the spec that has none. A former address stays.
pub async fn ensure(host: &Host, connection: &Connection, spec: &Spec) -> Result<(), Problem> {
    if spec.webhooks.is_empty() {
        return Ok(());
    }
    let present = host.db.webhooks(connection.id).await?;
    let missing =
        spec.webhooks.iter().filter(|webhook| present.iter().all(|known| known.name != webhook.name));
    let made: Result<Vec<_>, _> =
        missing.map(|webhook| fresh(&host.keys, connection.id, &webhook.name)).collect();
    let made = made.map_err(Problem::host)?;
    if !made.is_empty() {
        host.db.webhooks_ensure(host.db.now().await?, connection.id, &made).await?;
    }
    Ok(())
}

/// The webhook at an address, found in about the time it takes to find none.
pub(super) async fn find(host: &Host, secret: &str) -> Result<Option<Webhook>, DbError> {
    host.db.webhook_at(&hash(&host.keys, secret)).await
}

/// What an address is found by.
pub(super) fn hash(keys: &Keys, secret: &str) -> String {
    keys.identity(&["webhook", secret])
}

/// The secret part of an address.
pub fn opened(keys: &Keys, webhook: &Webhook) -> Result<Secret, SecretError> {
    let sealed = SealedSecret { field: field(&webhook.name), sealed: webhook.sealed.clone() };
    keys.open(webhook.connection, &sealed)
}

/// The whole address below the one at which vendors reach the host.
pub fn url(public_url: &Url, connection: &str, webhook: &str, secret: &Secret) -> Secret {
    let mut url = public_url.clone();
    url.set_query(None);
    url.set_fragment(None);
    if let Ok(mut segments) = url.path_segments_mut() {
        segments.pop_if_empty().extend(["hooks", connection, webhook, secret.expose()]);
    }
    Secret::new(url.to_string())
}

/// The address from the host's own root on.
pub fn path(connection: &str, webhook: &str, secret: &Secret) -> String {
    format!("/hooks/{connection}/{webhook}/{}", secret.expose())
}

/// What the envelope is bound to besides its connection. No property of a configuration has a colon.
fn field(name: &str) -> String {
    format!("webhook:{name}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_stands_below_the_public_one() {
        let check = |public: &str, expected: &str| {
            let url = url(&Url::parse(public).unwrap(), "shop", "orders", &Secret::new("Abc"));
            assert_eq!(url.expose(), expected);
        };
        check("https://in.example", "https://in.example/hooks/shop/orders/Abc");
        check("https://in.example/windlass/", "https://in.example/windlass/hooks/shop/orders/Abc");
        check("https://in.example/windlass?x=1", "https://in.example/windlass/hooks/shop/orders/Abc");
    }
}
