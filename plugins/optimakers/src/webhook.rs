//! Deliveries: a product or an order has changed.
//!
//! Deliveries may come twice and in any order, so that what they hold is not taken for the record as it
//! is now: it is read again. Only a deletion is believed, since ids do not come back.

use serde_json::Value;
use windlass_sdk::spec::{Place, Verify, Webhook};
use windlass_sdk::{Delivery, DeliveryOutcome, Error, Result, lenient};

use crate::Optimakers;
use crate::lists::{ORDERS, PRODUCTS};

/// By where the security token stands.
const WEBHOOKS: [(&str, Place, &str, &str); 3] = [
    ("events", Place::Header, "X-Webhook-Token", "in the header `X-Webhook-Token`"),
    ("events-query", Place::Query, "token", "as the parameter `token` of the address"),
    ("events-body", Place::Body, "/token", "in the body's member `token`"),
];

pub fn declarations() -> Vec<Webhook> {
    let declare = |(name, place, at, words): (&str, Place, &str, &str)| {
        Webhook::new(name, Verify::secret(place, at, "{webhook_token}"))
            .title("Products and orders")
            .description(&format!(
                "For Optimakers' Ustawienia > Webhooki, with the event sources Produkt – Usunięcie, \
                 Aktualizacja, Utworzenie and Zamówienie – Aktualizacja, when the security token comes \
                 {words}. Where Optimakers puts it is not known: if it is none of the three, give it \
                 the address of `events-query` with `?token=` and the token behind it."
            ))
            .answer(200, None)
    };
    WEBHOOKS.into_iter().map(declare).collect()
}

pub fn receive(account: &Optimakers, delivery: &Delivery) -> Result<DeliveryOutcome> {
    let known = &account.profile.webhook;
    let body: Value = delivery.json()?;
    let event = scalar(&body, &known.event).ok_or_else(|| missing("event", &known.event))?;
    let id = scalar(&body, &known.id).or_else(|| scalar(&body, &known.record_id));
    let id = id.ok_or_else(|| missing("id", &known.id))?;
    let read = |stream| Ok(DeliveryOutcome::new().read_keys(stream, vec![id.clone()]));
    match event {
        event if event == known.product_deleted => Ok(DeliveryOutcome::new().deleted(PRODUCTS, id)),
        event if event == known.product_created || event == known.product_updated => read(PRODUCTS),
        event if event == known.order_updated => read(ORDERS),
        other => {
            let message = format!(
                "the event `{other}` is none of those that `webhook` of the profile names; correct it there \
                 and replay the delivery, or take the event source away in Optimakers"
            );
            Err(Error::rejected("unknown-event", message))
        }
    }
}

fn scalar(body: &Value, pointer: &str) -> Option<String> {
    let text = lenient::text(&body.pointer(pointer)?.to_string())?;
    (!text.trim().is_empty()).then_some(text)
}

fn missing(what: &str, pointer: &str) -> Error {
    let message = format!(
        "the delivery has nothing at `{pointer}`; correct `webhook.{what}` of the profile and replay it"
    );
    Error::rejected(format!("no-{what}"), message)
}
