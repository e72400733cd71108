//! What must hold of webhooks: how each is verified must be whole, and say nothing that has no effect.

use super::{
    check::unique,
    document::{Spec, Verify, VerifyIn, VerifyKind, Webhook},
    placeholders::names,
    problem::Problem,
};

pub(super) fn check(spec: &Spec) -> Vec<Problem> {
    let mut problems = unique("webhooks", spec.webhooks.iter().map(|webhook| webhook.name.as_str()));
    for (at, webhook) in spec.webhooks.iter().enumerate() {
        let place = format!("/webhooks/{at}");
        problems.extend(verification(spec, &format!("{place}/verify"), &webhook.verify));
        problems.extend(repeats(&place, webhook));
    }
    problems
}

impl Verify {
    /// The property that holds the secret.
    pub fn secret_property(&self) -> Option<&str> {
        let template = self.secret.as_deref()?;
        let name = names(template).next()?;
        (template.len() == name.len() + 2).then_some(name)
    }
}

fn verification(spec: &Spec, place: &str, verify: &Verify) -> Vec<Problem> {
    let needs = |member: &str, given: bool, needed: bool| {
        let message = match (given, needed) {
            (false, true) => "this kind of verification needs it",
            (true, false) => "this kind of verification does not use it",
            _ => return None,
        };
        Some(Problem::new(format!("{place}/{member}"), message))
    };
    let secret = verify.kind != VerifyKind::Address;
    let hmac = verify.kind == VerifyKind::HmacSha256;
    let in_header = matches!(verify.place, None | Some(VerifyIn::Header));
    let mut problems: Vec<Problem> = [
        needs(
            "in",
            verify.place.is_some(),
            verify.kind == VerifyKind::Secret || verify.place.is_some() && hmac,
        ),
        needs("name", verify.name.is_some(), secret),
        needs("secret", verify.secret.is_some(), secret),
        needs("encoding", verify.encoding.is_some(), hmac),
        needs("prefix", verify.prefix.is_some(), verify.prefix.is_some() && secret && in_header),
    ]
    .into_iter()
    .flatten()
    .collect();
    if hmac && !in_header {
        problems.push(Problem::new(format!("{place}/in"), "an HMAC stands in a header"));
    }
    let is_pointer = verify.name.as_ref().is_none_or(|name| name.starts_with('/'));
    if verify.place == Some(VerifyIn::Body) && !is_pointer {
        problems
            .push(Problem::new(format!("{place}/name"), "in the body it is a JSON Pointer such as `/token`"));
    }
    problems.extend(secret_of(spec, place, verify));
    problems
}

fn secret_of(spec: &Spec, place: &str, verify: &Verify) -> Option<Problem> {
    let template = verify.secret.as_ref()?;
    let message = match verify.secret_property() {
        None => format!("`{template}` is not one property in braces, such as {{webhook_secret}}"),
        Some(name) if !spec.is_secret(name) || spec.identifier_fields().contains(&name) => {
            format!("`{name}` is not a secret property of `config`")
        }
        Some(_) => return None,
    };
    Some(Problem::new(format!("{place}/secret"), message))
}

fn repeats(place: &str, webhook: &Webhook) -> Option<Problem> {
    let both = webhook.event_id.is_some() && webhook.repeat_window_seconds.is_some();
    let message = "it is for webhooks without `event-id`: an event id tells a repeat for good";
    both.then(|| Problem::new(format!("{place}/repeat-window-seconds"), message))
}
