//! The real wire: HTTP/1.1 and HTTP/2 over TCP and TLS.

use std::{
    error::Error,
    net::IpAddr,
    num::NonZeroUsize,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use lru::LruCache;
use reqwest::{
    Client, Method, Response, header,
    header::{HeaderMap, HeaderName, HeaderValue},
    redirect, retry,
};
use url::Host;

use super::{
    address::judge,
    resolver::{CheckedResolver, DeniedAddress},
    transport::{Reach, Transport, TransportError, TransportErrorKind, WireAnswer, WireRequest},
};

/// Keep-alive pools held at one time. A pool is a few KiB and its idle sockets; the one that was used
/// longest ago goes, and its connection opens again when it is needed.
const MAX_POOLS: NonZeroUsize = NonZeroUsize::new(256).expect("not zero");
/// A call sends few requests at once; more idle sockets would only burden the vendor.
const MAX_IDLE_PER_HOST: usize = 4;
/// Shorter than the keep-alive of common servers: a request on a socket that the server is just
/// closing is lost, and for an action that means a person must look.
const IDLE: Duration = Duration::from_secs(15);
/// Twice the time in which a lost SYN is sent again and again on bad lines.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// Vendors send up to 60.
const MAX_ANSWER_HEADERS: usize = 128;
/// Names and values together; proxies in front of vendors stop at 32 KiB or less.
const MAX_ANSWER_HEADER_BYTES: usize = 64 << 10;
/// Larger first reservations would trust the vendor's Content-Length.
const MAX_FIRST_RESERVATION: usize = 1 << 20;

const USER_AGENT: &str = concat!("windlass/", env!("CARGO_PKG_VERSION"));

/// Sends over the network. No proxy, cookie, referer, redirect or repetition is hidden in it: what
/// is sent is the one request it was given. (When a kept socket turns out closed before the first
/// byte was written, the request goes to a new one; the vendor sees it once.)
pub struct Network {
    pools: Mutex<LruCache<Reach, Client>>,
}

impl Network {
    pub fn new() -> Self {
        Network { pools: Mutex::new(LruCache::new(MAX_POOLS)) }
    }

    fn pool(&self, reach: &Reach) -> Result<Client, TransportError> {
        let mut pools = self.pools.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = pools.get(reach) {
            return Ok(client.clone());
        }
        let client = client(reach).map_err(|error| not_sent(describe(&error)))?;
        pools.put(reach.clone(), client.clone());
        Ok(client)
    }
}

impl Default for Network {
    fn default() -> Self {
        Network::new()
    }
}

#[async_trait]
impl Transport for Network {
    async fn send(&self, request: WireRequest) -> Result<WireAnswer, TransportError> {
        check_literal(&request)?;
        let client = self.pool(&request.reach)?;
        let timeout = request.timeout;
        tokio::time::timeout(timeout, exchange(client, request)).await.unwrap_or_else(|_| Err(late(timeout)))
    }
}

/// Literal addresses do not pass the resolver.
fn check_literal(request: &WireRequest) -> Result<(), TransportError> {
    let address = match request.url.host() {
        Some(Host::Ipv4(v4)) => IpAddr::V4(v4),
        Some(Host::Ipv6(v6)) => IpAddr::V6(v6),
        Some(Host::Domain(_)) | None => return Ok(()),
    };
    let Reach { allow_private, private_only, .. } = &request.reach;
    judge(address, allow_private, *private_only).map_err(|message| TransportError {
        kind: TransportErrorKind::DeniedAddress,
        message,
        sent: false,
    })
}

async fn exchange(client: Client, request: WireRequest) -> Result<WireAnswer, TransportError> {
    let method =
        Method::from_bytes(request.method.as_bytes()).map_err(|error| not_sent(error.to_string()))?;
    let mut outgoing = client.request(method, request.url).headers(outgoing_headers(&request.headers)?);
    if !request.body.is_empty() {
        outgoing = outgoing.body(request.body);
    }
    let response = outgoing.send().await.map_err(|error| transport_error(&error))?;
    let status = response.status().as_u16();
    let headers = answer_headers(response.headers())?;
    let body = read_body(response, request.max_body_bytes).await?;
    Ok(WireAnswer { status, headers, body })
}

/// Any of them may be a credential, so none is remembered by HTTP/2's header compression.
fn outgoing_headers(headers: &[(String, String)]) -> Result<HeaderMap, TransportError> {
    let mut map = HeaderMap::with_capacity(headers.len());
    for (name, value) in headers {
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|error| not_sent(error.to_string()))?;
        let mut value =
            HeaderValue::from_bytes(value.as_bytes()).map_err(|error| not_sent(error.to_string()))?;
        value.set_sensitive(true);
        map.append(name, value);
    }
    Ok(map)
}

fn answer_headers(headers: &HeaderMap) -> Result<Vec<(String, String)>, TransportError> {
    let bytes: usize = headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
    if headers.len() > MAX_ANSWER_HEADERS || bytes > MAX_ANSWER_HEADER_BYTES {
        let message = format!(
            "the answer has {} headers of {bytes} bytes; at most {MAX_ANSWER_HEADERS} of {MAX_ANSWER_HEADER_BYTES} are read",
            headers.len()
        );
        return Err(TransportError { kind: TransportErrorKind::TooLarge, message, sent: true });
    }
    if let Some(encoding) = headers.get(header::CONTENT_ENCODING).filter(|encoding| *encoding != "identity") {
        let message = format!("the answer came encoded as {encoding:?}, which was not asked for");
        return Err(TransportError { kind: TransportErrorKind::Transport, message, sent: true });
    }
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    Ok(headers.iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect())
}

async fn read_body(mut response: Response, max: usize) -> Result<Bytes, TransportError> {
    let expected = response.content_length().and_then(|length| usize::try_from(length).ok()).unwrap_or(0);
    let mut body = BytesMut::with_capacity(expected.min(max).min(MAX_FIRST_RESERVATION));
    while let Some(chunk) = response.chunk().await.map_err(|error| lost(&error))? {
        if body.len() + chunk.len() > max {
            let message = format!(
                "the answer is larger than {max} bytes, the most a call may read; ask for less at once"
            );
            return Err(TransportError { kind: TransportErrorKind::TooLarge, message, sent: true });
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}

fn client(reach: &Reach) -> Result<Client, reqwest::Error> {
    Client::builder()
        .tls_backend_preconfigured(tls())
        .no_proxy()
        .redirect(redirect::Policy::none())
        .referer(false)
        .retry(retry::never())
        .user_agent(USER_AGENT)
        .connect_timeout(CONNECT_TIMEOUT)
        .pool_idle_timeout(IDLE)
        .pool_max_idle_per_host(MAX_IDLE_PER_HOST)
        .http1_max_headers(MAX_ANSWER_HEADERS)
        .http2_max_header_list_size(MAX_ANSWER_HEADER_BYTES as u32)
        .dns_resolver(CheckedResolver { reach: reach.clone() })
        .build()
}

/// The roots that browsers trust, compiled in: what a machine trusts besides is not ours to use.
fn tls() -> rustls::ClientConfig {
    let mut roots = rustls::RootCertStore::empty();
    roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("the provider knows the versions it is made for")
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    config
}

/// Only a failed connection is sure to have sent nothing.
fn transport_error(error: &reqwest::Error) -> TransportError {
    let mut source = error.source();
    while let Some(cause) = source {
        if let Some(denied) = cause.downcast_ref::<DeniedAddress>() {
            return TransportError {
                kind: TransportErrorKind::DeniedAddress,
                message: denied.to_string(),
                sent: false,
            };
        }
        source = cause.source();
    }
    TransportError { sent: !error.is_connect() && !error.is_builder(), ..lost(error) }
}

fn lost(error: &reqwest::Error) -> TransportError {
    let kind = if error.is_timeout() { TransportErrorKind::Timeout } else { TransportErrorKind::Transport };
    TransportError { kind, message: describe(error), sent: true }
}

fn not_sent(message: String) -> TransportError {
    TransportError { kind: TransportErrorKind::Transport, message, sent: false }
}

fn late(timeout: Duration) -> TransportError {
    let message = format!("no whole answer within {timeout:?}");
    TransportError { kind: TransportErrorKind::Timeout, message, sent: true }
}

/// The error and its causes. Of the address the host alone: its path and query may hold a credential.
fn describe(error: &reqwest::Error) -> String {
    let mut sentence = match error.url().and_then(reqwest::Url::host_str) {
        Some(host) => format!("the request to {host} failed"),
        None => "the request failed".to_owned(),
    };
    let mut source = error.source();
    while let Some(cause) = source {
        sentence.push_str(&format!(": {cause}"));
        source = cause.source();
    }
    sentence
}
