//! What an operator sets. The comments are what the operator reads.

use schemars::JsonSchema;
use serde::Deserialize;
use windlass_sdk::Secret;

use crate::profile::Profile;

/// A connection to one customer's instance of Optimakers.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(extend("anyOf" = [
    { "required": ["api_key"] }, { "required": ["api_key_header"] }, { "required": ["api_key_query"] }
]))]
pub struct Optimakers {
    /// The address of the customer's instance (OPTIMES_URL): in the browser, the address at which people
    /// sign in, such as `https://test.syneo.pl`.
    #[schemars(regex(pattern = "^https?://"))]
    pub base_url: String,

    /// The API key (optimesApiKey, OPTIMES_API_KEY), sent as `Authorization: Bearer KEY`. In Optimakers:
    /// Pracownicy (Employees) > edit an employee > Dodatkowe informacje (Additional information) > Klucz
    /// API. The employee's role needs the right Nadawanie kluczy API (issue API keys). Where Optimakers
    /// expects the key is not known; this place is the stand-in's.
    #[expect(dead_code, reason = "declared for the host, which attaches it")]
    api_key: Option<Secret>,

    /// The same key, sent in the header `X-Api-Key` instead. Set one of the three.
    #[expect(dead_code, reason = "declared for the host, which attaches it")]
    api_key_header: Option<Secret>,

    /// The same key, sent as the parameter `api_key` of the query instead. Set one of the three.
    #[expect(dead_code, reason = "declared for the host, which attaches it")]
    api_key_query: Option<Secret>,

    /// The security token of the webhook (optimesApiToken, OPTIMES_WEBHOOKTOKEN): any text, chosen by
    /// the customer. In Optimakers: Ustawienia (Settings) > Webhooki > Token bezpieczeństwa. Needed by
    /// the webhooks alone.
    #[expect(dead_code, reason = "declared for the host, which verifies by it")]
    webhook_token: Option<Secret>,

    /// How the API looks on the wire. No screen of Optimakers shows it and nothing is published: the
    /// defaults are an invented stand-in. Give only what differs.
    #[serde(default)]
    pub profile: Profile,

    /// Requests a minute, by all programs together. Optimakers names no limit: ours to choose, to be a
    /// polite guest.
    #[expect(dead_code, reason = "declared for the host, which keeps the limit")]
    #[serde(default = "default_requests_per_minute")]
    #[schemars(range(min = 10, max = 100_000))]
    requests_per_minute: u32,
}

fn default_requests_per_minute() -> u32 {
    60
}
