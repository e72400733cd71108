//! Asks as sentences. A sentence says everything that is enforced: what it leaves out could change
//! without anybody being asked.

use std::collections::BTreeMap;

use windlass_sandbox::spec::{
    Action, Amount, Attach, Auth, Count, Encoding, Limit, Match, Repeat, Role, SharedBy, Spec, Stream,
    StreamKind, Verify, VerifyIn, VerifyKind, Webhook, Window,
};

use super::{Ask, Group, login};

pub(super) fn asks(spec: &Spec) -> Vec<Ask> {
    let hosts = spec.hosts.iter().map(|host| plain(Group::Hosts, host, address(host)));
    let auth =
        spec.auth.iter().enumerate().map(|(at, rule)| plain(Group::Auth, &(at + 1).to_string(), auth(rule)));
    let safe =
        spec.safe_requests.iter().map(matcher).map(|text| plain(Group::SafeRequests, &text, text.clone()));
    let webhooks =
        spec.webhooks.iter().map(|webhook| plain(Group::Webhooks, &webhook.name, verification(webhook)));
    let actions = spec.actions.iter().map(|declared| plain(Group::Actions, &declared.name, action(declared)));
    let streams = spec.streams.iter().map(|stream| plain(Group::Streams, &stream.name, keys(stream)));
    let roles = spec.roles.iter().map(|(name, asked)| plain(Group::Roles, name, role(asked)));
    let mut asks: Vec<Ask> = hosts.chain(auth).collect();
    asks.extend(secrets(spec));
    asks.extend(safe.chain(spec.limits.iter().map(|declared| limit(spec, declared))));
    asks.extend(webhooks.chain(actions).chain(streams));
    asks.extend(budgets(spec).chain(roles));
    for ask in &mut asks {
        let defaults = defaults(spec, &ask.terms);
        ask.terms.push_str(&defaults);
    }
    asks
}

/// What the properties that a sentence names are, unless a connection says otherwise: another default is
/// another address, or another limit, for those that do not.
fn defaults(spec: &Spec, terms: &str) -> String {
    let mut told: Vec<String> = Vec::new();
    for name in terms.split('{').skip(1).filter_map(|rest| Some(rest.split_once('}')?.0)) {
        let default = spec.property(name).and_then(|schema| schema.get("default"));
        let Some(default) = default else { continue };
        let text = default.as_str().map_or_else(|| default.to_string(), str::to_owned);
        let sentence = format!("; {{{name}}} is {text} by default");
        if !told.contains(&sentence) {
            told.push(sentence);
        }
    }
    told.concat()
}

fn plain(group: Group, name: &str, terms: String) -> Ask {
    Ask { group, name: name.to_owned(), most: None, terms }
}

fn address(template: &str) -> String {
    match template.starts_with('{') {
        true => format!("{template}, the address in the connection's configuration"),
        false => template.to_owned(),
    }
}

fn auth(rule: &Auth) -> String {
    let to = rule.host.as_deref().unwrap_or("every host");
    let below = rule.path_prefix.as_ref().map(|prefix| format!(" below {prefix}")).unwrap_or_default();
    let attached: Vec<String> = rule.attach.iter().map(attach).collect();
    let attached = if attached.is_empty() { "nothing".to_owned() } else { attached.join(", ") };
    format!("to {to}{below}: {attached}")
}

fn attach(attach: &Attach) -> String {
    match attach {
        Attach::Header { header, value } => format!("header {header}: {value}"),
        Attach::Query { query, value } => format!("query {query}={value}"),
        Attach::Basic { basic } => format!("basic {}:{}", basic.username, basic.password),
        Attach::Login { login } => login::login(login),
        Attach::OAuth2 { oauth2 } => login::oauth2(oauth2),
    }
}

fn secrets(spec: &Spec) -> impl Iterator<Item = Ask> {
    let identifiers = spec.identifier_fields();
    spec.secret_fields().into_iter().map(move |name| {
        let kind = if identifiers.contains(&name) { "identifier" } else { "secret" };
        plain(Group::Secrets, name, format!("{name} ({kind})"))
    })
}

fn limit(spec: &Spec, limit: &Limit) -> Ask {
    let (most, requests) = match &limit.max {
        Amount::Number(most) => (Some(u64::from(*most)), "requests".to_owned()),
        Amount::Property(template) => {
            // Not in braces where it has a default: the sentence says it already.
            let name = limit.max.property().unwrap_or(template);
            let default = spec.property(name).and_then(|schema| schema.get("default")?.as_u64());
            match default {
                Some(_) => (default, format!("requests (unless {name} says otherwise)")),
                None => (None, format!("{template} requests")),
            }
        }
    };
    let left = match &limit.leave_to_others {
        Amount::Number(0) => None,
        Amount::Number(leave) => Some(format!("; {leave} left to others")),
        Amount::Property(property) => Some(format!("; {property} left to others")),
    };
    let window = match limit.window {
        Window::Fixed => "fixed ",
        Window::Sliding => "sliding ",
        Window::Unknown => "",
    };
    let shared = match limit.shared_by {
        SharedBy::Credential => "credential",
        SharedBy::Account => "account",
        SharedBy::Host => "host",
    };
    let mut terms = format!("{requests} in {window}{} s by {shared}", limit.window_seconds);
    let properties = limit.shared_properties.as_ref().map(|names| format!(" ({})", names.join(", ")));
    let counts: Vec<String> = limit.counts.iter().map(count).collect();
    let parts = [
        properties,
        (!counts.is_empty()).then(|| format!("; {}", counts.join(", "))),
        limit.remaining_header.as_ref().map(|header| format!("; left in {header}")),
        limit.reset_header.as_ref().map(|header| format!("; resets by {header}")),
        limit.reset_zone.as_ref().map(|zone| format!(" in zone {zone}")),
        left,
        limit.keep_for_actions.map(|kept| format!("; {kept} kept for actions")),
    ];
    terms.extend(parts.into_iter().flatten());
    Ask { group: Group::Limits, name: limit.name.clone(), most, terms }
}

fn count(count: &Count) -> String {
    format!("{} costs {}", matcher(&count.matches), count.cost)
}

fn matcher(matched: &Match) -> String {
    let fields = |fields: &Option<BTreeMap<String, Vec<String>>>| -> Vec<String> {
        let fields = fields.iter().flatten();
        fields.map(|(name, values)| format!("{name}={}", values.join("|"))).collect()
    };
    let (form, json) = (fields(&matched.form), fields(&matched.json));
    let parts = [
        matched.method.as_ref().map(|methods| methods.join("|")),
        matched.host.clone(),
        matched.path_prefix.as_ref().map(|prefix| format!("below {prefix}")),
        (!form.is_empty()).then(|| format!("with form {}", form.join(" and "))),
        (!json.is_empty()).then(|| format!("with JSON {}", json.join(" and "))),
    ];
    let text: Vec<String> = parts.into_iter().flatten().collect();
    if text.is_empty() { "every request".to_owned() } else { text.join(" ") }
}

fn verification(webhook: &Webhook) -> String {
    let event =
        webhook.event_id.as_ref().map(|pointer| format!("; event id at {pointer}")).unwrap_or_default();
    let window = webhook.repeat_window_seconds.map(|window| format!("; equal bodies dropped for {window} s"));
    format!("verified by {}{event}{}", verified_by(&webhook.verify), window.unwrap_or_default())
}

fn verified_by(verify: &Verify) -> String {
    let kind = match verify.kind {
        VerifyKind::Secret => "a shared secret",
        VerifyKind::HmacSha256 => "HMAC-SHA-256",
        VerifyKind::Address => "an unguessable address",
    };
    let place = verify.place.map(|place| match place {
        VerifyIn::Header => " in header",
        VerifyIn::Query => " in query field",
        VerifyIn::Body => " in body field",
    });
    let name = verify.name.as_ref().map(|name| format!(" {name}"));
    let secret = verify.secret.as_ref().map(|secret| format!(" from {secret}"));
    let encoding = verify.encoding.map(|encoding| match encoding {
        Encoding::Hex => " in hex".to_owned(),
        Encoding::Base64 => " in base64".to_owned(),
    });
    let prefix = verify.prefix.as_ref().map(|prefix| format!(" after {prefix}"));
    let parts = [place.map(str::to_owned), name, prefix, encoding, secret];
    format!("{kind}{}", parts.into_iter().flatten().collect::<String>())
}

/// How a repeat is made safe, and what is kept sealed.
fn action(action: &Action) -> String {
    let (input, output) = action.declared_secrets();
    let secrets = [("input", input), ("output", output)].map(|(kind, places)| {
        let named = |place: &String| if place.is_empty() { "all of it".to_owned() } else { place.clone() };
        let places: Vec<String> = places.iter().map(named).collect();
        if places.is_empty() { String::new() } else { format!("; secret {kind}: {}", places.join(", ")) }
    });
    format!("{}{}", repeat(action), secrets.concat())
}

fn repeat(action: &Action) -> String {
    match action.repeat {
        Repeat::VendorKey => {
            "a repeat is safe: the vendor deduplicates, or twice is as good as once".to_owned()
        }
        Repeat::Lookup => {
            format!("a repeat is looked up first, {} s after the last request", action.settle_seconds)
        }
        Repeat::None => "a repeat is not safe: a run in doubt is held for a person".to_owned(),
    }
}

fn keys(stream: &Stream) -> String {
    let kind = match stream.kind {
        StreamKind::Incremental => "incremental: it never deletes by itself",
        StreamKind::Snapshot => "snapshot: what two complete walks in a row do not meet is deleted",
    };
    match &stream.key {
        Some(key) => format!("{kind}; key {key}"),
        None => kind.to_owned(),
    }
}

fn budgets(spec: &Spec) -> impl Iterator<Item = Ask> {
    let budget = |noun: &str, name: &str, most: u32| Ask {
        group: Group::Budgets,
        name: format!("{noun} {name}"),
        most: Some(most.into()),
        terms: "request(s) in one call".to_owned(),
    };
    let streams = spec.streams.iter().map(move |stream| budget("stream", &stream.name, stream.max_requests));
    let actions = spec.actions.iter().map(move |action| budget("action", &action.name, action.max_requests));
    let webhooks = spec.webhooks.iter().filter(|webhook| webhook.max_requests > 0);
    let webhooks = webhooks.map(move |webhook| budget("webhook", &webhook.name, webhook.max_requests));
    streams.chain(actions).chain(webhooks)
}

fn role(role: &Role) -> String {
    let list = |names: &[String]| if names.is_empty() { "nothing".to_owned() } else { names.join(", ") };
    format!("{}: follows {}, asks for {}", role.connector, list(&role.follows), list(&role.asks))
}
