//! Extractors whose refusals are problems: path, query, body.

use axum::{
    Extension,
    body::Bytes,
    extract::{DefaultBodyLimit, FromRequest, FromRequestParts, Path, Query, Request},
    http::{StatusCode, request::Parts},
};
use serde::de::DeserializeOwned;
use serde_path_to_error::{Path as SerdePath, Segment};

use crate::problem::Problem;

/// The parts of the path.
pub struct Names<T>(pub T);

/// The query's parameters.
pub struct Params<T>(pub T);

/// A JSON object as the body. No body counts as `{}`.
pub struct Body<T>(pub T);

/// A body as it is.
pub struct Raw(pub Bytes);

/// The limit of a route's bodies, which a refusal names.
#[derive(Clone, Copy)]
pub struct MostBytes(usize);

/// Bodies of at most so many bytes; the innermost layer counts.
pub fn at_most(bytes: usize) -> (DefaultBodyLimit, Extension<MostBytes>) {
    (DefaultBodyLimit::max(bytes), Extension(MostBytes(bytes)))
}

/// A parameter that is one of some words, if it is given.
pub fn choice<T>(
    param: &str,
    given: Option<&str>,
    words: &[&str],
    parse: impl FnOnce(&str) -> Option<T>,
) -> Result<Option<T>, Problem> {
    let Some(given) = given else { return Ok(None) };
    let refused = || Problem::bad_param(param, format!("`{given}` is none of {}", words.join(", ")));
    parse(given).map(Some).ok_or_else(refused)
}

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Names<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let names = Path::<T>::from_request_parts(parts, state).await;
        names
            .map(|Path(names)| Names(names))
            .map_err(|error| Problem::bad_request("request.path", error.body_text()))
    }
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Params<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let params = Query::<T>::from_request_parts(parts, state).await;
        params.map(|Query(params)| Params(params)).map_err(|error| {
            let text = error.body_text();
            let text = text.strip_prefix("Failed to deserialize query string: ").unwrap_or(&text).to_owned();
            Problem::bad_request("request.parameter", format!("the query makes no sense: {text}"))
        })
    }
}

impl<S: Send + Sync> FromRequest<S> for Raw {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let most = request.extensions().get::<MostBytes>().copied();
        let bytes = Bytes::from_request(request, state).await;
        bytes.map(Raw).map_err(|error| match error.status() {
            StatusCode::PAYLOAD_TOO_LARGE => too_large(most),
            _ => Problem::bad_request("request.body", error.body_text()),
        })
    }
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let Raw(bytes) = Raw::from_request(request, state).await?;
        let json: &[u8] = if bytes.iter().all(u8::is_ascii_whitespace) { b"{}" } else { &bytes };
        read(json).map(Body)
    }
}

fn too_large(most: Option<MostBytes>) -> Problem {
    let limit = most.map(|MostBytes(bytes)| format!(": at most {} MiB are taken here", bytes >> 20));
    Problem::new(413, "request.too-large", format!("the body is too large{}", limit.unwrap_or_default()))
}

/// A JSON object.
pub fn read<T: DeserializeOwned>(json: &[u8]) -> Result<T, Problem> {
    // A list would be taken for an object whose members it gives in their order.
    if json.trim_ascii_start().first() != Some(&b'{') {
        return Err(Problem::bad_request("request.body", "the body must be a JSON object"));
    }
    let mut reader = serde_json::Deserializer::from_slice(json);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let pointer = pointer(error.path());
        let problem =
            Problem::bad_request("request.body", format!("the body makes no sense: {}", error.inner()));
        problem.at(pointer)
    })?;
    reader.end().map_err(|error| {
        Problem::bad_request("request.body", format!("the body goes on after its end: {error}"))
    })?;
    Ok(value)
}

fn pointer(path: &SerdePath) -> String {
    let segment = |segment: &Segment| match segment {
        Segment::Map { key } => format!("/{}", key.replace('~', "~0").replace('/', "~1")),
        Segment::Seq { index } => format!("/{index}"),
        Segment::Enum { .. } | Segment::Unknown => String::new(),
    };
    path.iter().map(segment).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Deserialize;

    use super::{MostBytes, read, too_large};

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Shape {
        #[serde(default)]
        #[expect(dead_code, reason = "only read by serde")]
        labels: BTreeMap<String, String>,
    }

    #[test]
    fn a_wrong_body_is_told_with_its_place() {
        let check = |json: &str, pointer: &str, detail: &str| {
            let problem = read::<Shape>(json.as_bytes()).unwrap_err();
            assert_eq!(problem.pointer.as_deref().unwrap_or_default(), pointer, "{json}");
            assert!(problem.detail.contains(detail), "{}", problem.detail);
        };
        check(r#"{"labels":{"a/b":1}}"#, "/labels/a~1b", "invalid type");
        check(r#"{"label":{}}"#, "/label", "unknown field `label`");
        check("{", "", "EOF");
        check("{} {}", "", "goes on after its end");
        check(r#" [{"team":"a"}]"#, "", "must be a JSON object");
        check("null", "", "must be a JSON object");
    }

    #[test]
    fn a_body_that_is_too_large_is_told_the_limit() {
        let problem = too_large(Some(MostBytes(64 << 20)));
        assert_eq!((problem.status, &*problem.code), (413, "request.too-large"));
        assert!(problem.detail.contains("64 MiB"), "{}", problem.detail);
    }
}
