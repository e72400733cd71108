//! How the host attaches credentials. The component sees neither them nor session tokens.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

/// A rule: what is attached to requests of a host and path prefix. Values are text with
/// `{property}` for the value of a property, secret or not.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Auth {
    #[serde(skip_serializing_if = "Option::is_none")]
    host: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    path_prefix: Option<String>,
    attach: Vec<Attach>,
}

#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
enum Attach {
    Header { header: String, value: String },
    Query { query: String, value: String },
    Basic { basic: Basic },
    Login { login: Box<Login> },
    OAuth2 { oauth2: BTreeMap<&'static str, String> },
}

#[derive(Clone, Debug, Serialize)]
struct Basic {
    username: String,
    password: String,
}

impl Auth {
    /// A rule for every host of the spec.
    pub fn everywhere() -> Self {
        Self::default()
    }

    /// A rule for one host, in the form of [`Spec::host`](super::Spec::host).
    pub fn at(host: &str) -> Self {
        Self { host: Some(host.into()), ..Self::default() }
    }

    /// Only for paths that begin so.
    #[must_use]
    pub fn path_prefix(mut self, prefix: &str) -> Self {
        self.path_prefix = Some(prefix.into());
        self
    }

    /// Attaches a header.
    #[must_use]
    pub fn header(self, name: &str, value: &str) -> Self {
        self.attach(Attach::Header { header: name.into(), value: value.into() })
    }

    /// Attaches a query parameter.
    #[must_use]
    pub fn query(self, name: &str, value: &str) -> Self {
        self.attach(Attach::Query { query: name.into(), value: value.into() })
    }

    /// Attaches HTTP basic authentication.
    #[must_use]
    pub fn basic(self, username: &str, password: &str) -> Self {
        let basic = Basic { username: username.into(), password: password.into() };
        self.attach(Attach::Basic { basic })
    }

    /// Logs in first and attaches what the login gave.
    #[must_use]
    pub fn login(self, login: Login) -> Self {
        self.attach(Attach::Login { login: Box::new(login) })
    }

    /// Attaches an OAuth 2 token by client credentials.
    #[must_use]
    pub fn client_credentials(self, token_url: &str, id: &str, secret: &str) -> Self {
        self.oauth2([
            ("grant", "client-credentials"),
            ("token-url", token_url),
            ("client-id", id),
            ("client-secret", secret),
        ])
    }

    /// Attaches an OAuth 2 token got by a refresh token, which an operator has from the vendor. A vendor
    /// may replace it with every use; the host keeps the newest. An empty `id` or `secret` is left out.
    #[must_use]
    pub fn refresh_token(self, token_url: &str, id: &str, secret: &str, refresh_token: &str) -> Self {
        self.oauth2([
            ("grant", "refresh-token"),
            ("token-url", token_url),
            ("client-id", id),
            ("client-secret", secret),
            ("refresh-token", refresh_token),
        ])
    }

    fn oauth2<const N: usize>(self, members: [(&'static str, &str); N]) -> Self {
        let given = members.into_iter().filter(|(_, value)| !value.is_empty());
        self.attach(Attach::OAuth2 { oauth2: given.map(|(name, value)| (name, value.into())).collect() })
    }

    fn attach(mut self, attach: Attach) -> Self {
        self.attach.push(attach);
        self
    }
}

/// A login: a request that the host makes, one at a time per credential, and what it does with the
/// token in the answer.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Login {
    request: LoginRequest,
    token: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_in: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    lifetime_seconds: Option<u32>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    refused_on: Vec<u16>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    renew_on: Vec<u16>,
    apply: Apply,
}

#[derive(Clone, Debug, Serialize)]
struct LoginRequest {
    method: String,
    url: String,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    form: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    json: Option<Value>,
}

#[derive(Clone, Debug, Serialize)]
struct Apply {
    header: String,
    value: String,
}

impl Login {
    /// A POST to `url`; the token stands at the JSON Pointer `token` of the answer and goes into a
    /// header, whose value is text with `{token}`.
    pub fn post(url: &str, token: &str, header: &str, value: &str) -> Self {
        let request =
            LoginRequest { method: "POST".into(), url: url.into(), form: BTreeMap::new(), json: None };
        let apply = Apply { header: header.into(), value: value.into() };
        Self {
            request,
            token: token.into(),
            expires_in: None,
            lifetime_seconds: None,
            refused_on: Vec::new(),
            renew_on: Vec::new(),
            apply,
        }
    }

    /// Adds a field to a form-encoded body.
    #[must_use]
    pub fn form(mut self, field: &str, value: &str) -> Self {
        self.request.form.insert(field.into(), value.into());
        self
    }

    /// Sets a JSON body: an object.
    #[must_use]
    pub fn json(mut self, body: Value) -> Self {
        self.request.json = Some(body);
        self
    }

    /// Where the answer says for how many seconds the token is good.
    #[must_use]
    pub fn expires_in(mut self, pointer: &str) -> Self {
        self.expires_in = Some(pointer.into());
        self
    }

    /// For how long a token is good when the answer does not say.
    #[must_use]
    pub fn lifetime_seconds(mut self, seconds: u32) -> Self {
        self.lifetime_seconds = Some(seconds);
        self
    }

    /// A status of the login's answer that means wrong credentials, beside the four hundreds.
    #[must_use]
    pub fn refused_on(mut self, status: u16) -> Self {
        self.refused_on.push(status);
        self
    }

    /// A status of other answers that means: the token is no longer good, *and nothing was done*. The
    /// host logs in again and repeats the request once. 401 unless said.
    #[must_use]
    pub fn renew_on(mut self, status: u16) -> Self {
        self.renew_on.push(status);
        self
    }
}
