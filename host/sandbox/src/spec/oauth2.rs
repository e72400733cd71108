//! OAuth 2 in the words of a login: a token is asked for by a form and sent as a bearer.

use std::collections::BTreeMap;

use super::document::{Login, LoginApply, LoginRequest, OAuth2, OAuth2Grant};

/// The form field, and the member of the answer, that carry a refresh token.
pub(crate) const REFRESH_TOKEN: &str = "refresh_token";

impl OAuth2 {
    /// The login that does the same (RFC 6749, sections 4.4, 5.1 and 6). The client's own credentials go
    /// into the form.
    pub(crate) fn login(&self) -> Login {
        let grant = match self.grant {
            OAuth2Grant::ClientCredentials => "client_credentials",
            OAuth2Grant::RefreshToken => REFRESH_TOKEN,
        };
        let fields = [
            ("grant_type", Some(grant.to_owned())),
            ("client_id", self.client_id.clone()),
            ("client_secret", self.client_secret.clone()),
            (REFRESH_TOKEN, self.refresh_token.clone()),
            ("scope", self.scope.clone()),
        ];
        let form: BTreeMap<String, String> =
            fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect();
        Login {
            request: LoginRequest {
                method: "POST".to_owned(),
                url: self.token_url.clone(),
                form: Some(form),
                json: None,
            },
            token: "/access_token".to_owned(),
            expires_in: Some("/expires_in".to_owned()),
            lifetime_seconds: None,
            refused_on: Vec::new(),
            renew_on: vec![401],
            apply: LoginApply { header: "Authorization".to_owned(), value: "Bearer {token}".to_owned() },
            refresh: (self.grant == OAuth2Grant::RefreshToken).then(|| format!("/{REFRESH_TOKEN}")),
        }
    }

    /// The properties that the grant needs and the spec leaves out.
    pub(super) fn missing(&self) -> Vec<&'static str> {
        let needed = match self.grant {
            OAuth2Grant::ClientCredentials => {
                vec![("client-id", &self.client_id), ("client-secret", &self.client_secret)]
            }
            OAuth2Grant::RefreshToken => vec![("refresh-token", &self.refresh_token)],
        };
        needed.into_iter().filter(|(_, value)| value.is_none()).map(|(name, _)| name).collect()
    }
}
