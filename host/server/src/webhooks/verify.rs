//! Whether a request is the vendor's, as the spec declares. Pure; comparisons take as long for a wrong
//! secret as for the right one.

use base64::{
    Engine, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use hmac::{Hmac, Mac};
use serde_json::Value;
use sha2::Sha256;
use windlass_sandbox::spec::{Encoding, Verify, VerifyIn, VerifyKind};

use super::Arrived;

/// Vendors differ in whether they fill up.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unverified {
    #[error("the request does not prove that it is the vendor's")]
    Refused,
    /// The connection has no value for the property that deliveries are verified by.
    #[error("the connection has no secret to verify by")]
    NoSecret,
}

/// `secret` is the value of the property that `verify` names.
pub fn verify(verify: &Verify, secret: Option<&str>, arrived: &Arrived) -> Result<(), Unverified> {
    if verify.kind == VerifyKind::Address {
        return Ok(());
    }
    // An empty secret would be proved by anybody.
    let secret = secret.filter(|secret| !secret.is_empty()).ok_or(Unverified::NoSecret)?;
    let given = given(verify, arrived).ok_or(Unverified::Refused)?;
    let proved = match verify.kind {
        VerifyKind::HmacSha256 => decoded(verify.encoding, &given)
            .is_some_and(|proof| mac(secret.as_bytes(), &arrived.body).verify_slice(&proof).is_ok()),
        VerifyKind::Secret | VerifyKind::Address => is_equal(secret, &given),
    };
    if proved { Ok(()) } else { Err(Unverified::Refused) }
}

/// What the request shows as its proof.
fn given(verify: &Verify, arrived: &Arrived) -> Option<String> {
    let name = verify.name.as_deref()?;
    match verify.place.unwrap_or(VerifyIn::Header) {
        VerifyIn::Header => {
            let value = arrived.header(name)?;
            let value = value.strip_prefix(verify.prefix.as_deref().unwrap_or_default())?;
            Some(value.trim().to_owned())
        }
        VerifyIn::Query => {
            let mut found =
                url::form_urlencoded::parse(arrived.query.as_bytes()).filter(|(key, _)| key == name);
            match (found.next(), found.next()) {
                (Some((_, value)), None) => Some(value.into_owned()),
                _ => None,
            }
        }
        VerifyIn::Body => match arrived.json()?.pointer(name)? {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        },
    }
}

fn decoded(encoding: Option<Encoding>, text: &str) -> Option<Vec<u8>> {
    match encoding? {
        Encoding::Base64 => BASE64.decode(text).ok(),
        Encoding::Hex => {
            let digits: Option<Vec<u8>> = text
                .chars()
                .map(|digit| digit.to_digit(16).and_then(|value| u8::try_from(value).ok()))
                .collect();
            let (pairs, rest) = digits.as_ref()?.as_chunks::<2>();
            rest.is_empty().then(|| pairs.iter().map(|[high, low]| high << 4 | low).collect())
        }
    }
}

/// Compared by their MACs: how long that takes says nothing about the texts, nor about their lengths.
fn is_equal(secret: &str, given: &str) -> bool {
    let key: [u8; 32] = rand::random();
    let expected = mac(&key, secret.as_bytes()).finalize().into_bytes();
    mac(&key, given.as_bytes()).verify(&expected).is_ok()
}

fn mac(key: &[u8], message: &[u8]) -> Hmac<Sha256> {
    let Ok(mut mac) = <Hmac<Sha256> as Mac>::new_from_slice(key) else {
        unreachable!("HMAC takes keys of any length");
    };
    mac.update(message);
    mac
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const SECRET: &str = "Sécret of the vendor";
    const BODY: &str = r#"{"id":1,"auth":{"token":"Sécret of the vendor"}}"#;

    fn arrived(headers: &[(&str, &str)], query: &str, body: &str) -> Arrived {
        Arrived {
            method: "POST".into(),
            query: query.into(),
            headers: headers.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect(),
            body: body.to_owned().into(),
        }
    }

    #[track_caller]
    fn check(declared: Value, request: &Arrived, expected: Result<(), Unverified>) {
        let declared: Verify = serde_json::from_value(declared).unwrap();
        assert_eq!(verify(&declared, Some(SECRET), request), expected, "{request:?}");
    }

    #[test]
    fn a_shared_secret_stands_in_header_query_or_body() {
        const REFUSED: Result<(), Unverified> = Err(Unverified::Refused);
        let header = json!({ "kind": "secret", "in": "header", "name": "X-Token", "secret": "{s}" });
        check(header.clone(), &arrived(&[("x-token", SECRET)], "", ""), Ok(()));
        check(header.clone(), &arrived(&[("x-token", "Sécret of the vendor!")], "", ""), REFUSED);
        check(header.clone(), &arrived(&[("x-token", "Sécret of the vendo")], "", ""), REFUSED);
        check(header.clone(), &arrived(&[("x-token", "")], "", ""), REFUSED);
        check(header.clone(), &arrived(&[("x-token", SECRET), ("X-Token", "other")], "", ""), REFUSED);
        check(header, &arrived(&[], "", BODY), REFUSED);
        let bearer = json!({ "kind": "secret", "in": "header", "name": "authorization", "secret": "{s}",
            "prefix": "Bearer " });
        check(bearer.clone(), &arrived(&[("authorization", &format!("Bearer {SECRET}"))], "", ""), Ok(()));
        check(bearer, &arrived(&[("authorization", SECRET)], "", ""), REFUSED);
        let query = json!({ "kind": "secret", "in": "query", "name": "key", "secret": "{s}" });
        check(query.clone(), &arrived(&[], "a=1&key=S%C3%A9cret+of+the%20vendor", ""), Ok(()));
        check(query.clone(), &arrived(&[], "key=S%C3%A9cret+of+the+vendor&key=x", ""), REFUSED);
        check(query, &arrived(&[], "", ""), REFUSED);
        let body = json!({ "kind": "secret", "in": "body", "name": "/auth/token", "secret": "{s}" });
        check(body.clone(), &arrived(&[], "", BODY), Ok(()));
        check(body.clone(), &arrived(&[], "", &BODY.replace("vendor", "Vendor")), REFUSED);
        check(body, &arrived(&[], "", "no JSON"), REFUSED);
    }

    #[test]
    fn an_hmac_is_read_in_hex_and_in_base64() {
        // printf '%s' BODY | openssl dgst -sha256 -hmac SECRET, and the same in Base64
        const HEX: &str = "8a97cbbb6636c2f2ffd8d95e6b30b7bd8a649d829031eee3059c1bc0ab69acdb";
        const B64: &str = "ipfLu2Y2wvL/2NleazC3vYpknYKQMe7jBZwbwKtprNs=";
        let hex = json!({ "kind": "hmac-sha-256", "name": "x-hub-signature-256", "secret": "{s}", "encoding": "hex",
            "prefix": "sha256=" });
        let signed = |value: &str| arrived(&[("x-hub-signature-256", value)], "", BODY);
        check(hex.clone(), &signed(&format!("sha256={HEX}")), Ok(()));
        check(hex.clone(), &signed(&format!("sha256={}", HEX.to_uppercase())), Ok(()));
        for wrong in [HEX, "sha256=", &format!("sha256={}", &HEX[2..]), &format!("sha256={HEX}0"), "sha256=é"]
        {
            check(hex.clone(), &signed(wrong), Err(Unverified::Refused));
        }
        let forged =
            arrived(&[("x-hub-signature-256", &format!("sha256={HEX}"))], "", &BODY.replace('1', "2"));
        check(hex, &forged, Err(Unverified::Refused));
        let base64 =
            json!({ "kind": "hmac-sha-256", "name": "x-sign", "secret": "{s}", "encoding": "base64" });
        let signed = |value: &str| arrived(&[("x-sign", value)], "", BODY);
        check(base64.clone(), &signed(B64), Ok(()));
        check(base64.clone(), &signed(B64.trim_end_matches('=')), Ok(()));
        check(base64, &signed(&B64.to_lowercase()), Err(Unverified::Refused));
    }

    #[test]
    fn without_a_secret_nothing_is_verified() {
        let declared: Verify = serde_json::from_value(
            json!({ "kind": "secret", "in": "header", "name": "x-token", "secret": "{s}" }),
        )
        .unwrap();
        let request = arrived(&[("x-token", "")], "", "");
        assert_eq!(verify(&declared, None, &request), Err(Unverified::NoSecret));
        assert_eq!(verify(&declared, Some(""), &request), Err(Unverified::NoSecret));
    }
}
