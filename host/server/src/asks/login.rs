//! Logins and OAuth 2 as sentences.

use windlass_sandbox::spec::{Login, OAuth2, OAuth2Grant};

pub(super) fn login(login: &Login) -> String {
    let request = &login.request;
    let form: Vec<String> =
        request.form.iter().flatten().map(|(name, value)| format!("{name}={value}")).collect();
    let json = request.json.as_ref().and_then(|members| serde_json::to_string(members).ok());
    let parts = [
        (!form.is_empty()).then(|| format!(" with form {}", form.join(" and "))),
        json.map(|json| format!(" with JSON {json}")),
        Some(format!("; token at {}", login.token)),
        login.expires_in.as_ref().map(|pointer| format!("; good for the seconds at {pointer}")),
        login.lifetime_seconds.map(|seconds| format!("; good for {seconds} s")),
        (!login.refused_on.is_empty()).then(|| format!("; refused with {}", list(&login.refused_on))),
        (!login.renew_on.is_empty()).then(|| format!("; made again on {}", list(&login.renew_on))),
        Some(format!("; sent in header {}: {}", login.apply.header, login.apply.value)),
    ];
    let parts: String = parts.into_iter().flatten().collect();
    format!("login by {} {}{parts}", request.method, request.url)
}

pub(super) fn oauth2(oauth2: &OAuth2) -> String {
    let grant = match oauth2.grant {
        OAuth2Grant::ClientCredentials => "client credentials",
        OAuth2Grant::RefreshToken => "a refresh token",
    };
    let members = [
        ("client id", &oauth2.client_id),
        ("client secret", &oauth2.client_secret),
        ("refresh token", &oauth2.refresh_token),
        ("scope", &oauth2.scope),
    ];
    let members: Vec<String> =
        members.into_iter().filter_map(|(name, value)| Some(format!("{name} {}", value.as_ref()?))).collect();
    let with = if members.is_empty() { String::new() } else { format!(" with {}", members.join(", ")) };
    format!("OAuth 2 by {grant} at {}{with}; sent as bearer", oauth2.token_url)
}

fn list(statuses: &[u16]) -> String {
    statuses.iter().map(u16::to_string).collect::<Vec<_>>().join("|")
}
