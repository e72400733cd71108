//! How credentials are attached, and how webhooks are verified: names and places must exist.

use super::{
    check::host,
    check_login,
    document::{Attach, Auth, Spec, VerifyKind, Webhook},
    header_names::is_owned_by_the_host,
    placeholders::names,
    problem::Problem,
};

pub(super) fn check(spec: &Spec) -> Vec<Problem> {
    let rules = spec.auth.iter().enumerate().flat_map(|(at, auth)| rule(spec, &format!("/auth/{at}"), auth));
    let webhooks = spec.webhooks.iter().enumerate();
    rules.chain(webhooks.filter_map(|(at, webhook)| verification(spec, at, webhook))).collect()
}

fn rule(spec: &Spec, place: &str, auth: &Auth) -> Vec<Problem> {
    let mut problems = Vec::new();
    if let Some(template) = &auth.host {
        problems.extend(host(spec, &format!("{place}/host"), template));
    }
    if let Some(prefix) = auth.path_prefix.as_ref().filter(|prefix| !prefix.starts_with('/')) {
        problems
            .push(Problem::new(format!("{place}/path-prefix"), format!("`{prefix}` must begin with `/`")));
    }
    let logins = auth.attach.iter().filter(|a| matches!(a, Attach::Login { .. } | Attach::OAuth2 { .. }));
    if logins.count() > 1 {
        problems.push(Problem::new(format!("{place}/attach"), "has two logins; one rule attaches one"));
    }
    for (at, attach) in auth.attach.iter().enumerate() {
        problems.extend(attachment(spec, &format!("{place}/attach/{at}"), attach));
    }
    problems
}

fn attachment(spec: &Spec, place: &str, attach: &Attach) -> Vec<Problem> {
    match attach {
        Attach::Header { header, value } => {
            let mut problems = value_problems(spec, &format!("{place}/value"), value);
            problems.extend(header_problem(&format!("{place}/header"), header));
            problems
        }
        Attach::Query { value, .. } => value_problems(spec, &format!("{place}/value"), value),
        Attach::Basic { basic } => {
            let mut problems = value_problems(spec, &format!("{place}/basic/username"), &basic.username);
            problems.extend(value_problems(spec, &format!("{place}/basic/password"), &basic.password));
            problems
        }
        Attach::Login { login } => check_login::check(spec, &format!("{place}/login"), login),
        Attach::OAuth2 { oauth2 } => check_login::check_oauth2(spec, &format!("{place}/oauth2"), oauth2),
    }
}

/// Credentials may come from any property, secret or not.
pub(super) fn value_problems(spec: &Spec, pointer: &str, template: &str) -> Vec<Problem> {
    let unknown = names(template).filter(|name| spec.property(name).is_none());
    unknown.map(|name| Problem::new(pointer, format!("`{{{name}}}` names no property of `config`"))).collect()
}

pub(super) fn header_problem(pointer: &str, header: &str) -> Option<Problem> {
    if is_owned_by_the_host(header) {
        return Some(Problem::new(pointer, format!("`{header}` is set by the host alone")));
    }
    let is_name = !header.is_empty()
        && header.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b));
    (!is_name).then(|| Problem::new(pointer, format!("`{header}` is not a header name")))
}

fn verification(spec: &Spec, at: usize, webhook: &Webhook) -> Option<Problem> {
    let pointer = format!("/webhooks/{at}/verify");
    let verify = &webhook.verify;
    if verify.kind == VerifyKind::Address {
        return None;
    }
    if verify.name.is_none() {
        return Some(Problem::new(pointer, "needs `name`: the header, parameter or field to look at"));
    }
    let secret = verify.secret.as_deref().unwrap_or_default();
    let is_secret =
        names(secret).next().is_some_and(|name| spec.is_secret(name) && secret == format!("{{{name}}}"));
    (!is_secret)
        .then(|| Problem::new(format!("{pointer}/secret"), "must be a secret property as `{property}`"))
}
