//! `http`: requests drafted by the guest, sent by the host, and bodies that stay with the host.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use wasmtime::component::Resource;

use crate::{
    bindings::windlass::connector::http::{self, BodyError, ErrorKind, HttpError},
    egress::{self, HttpErrorKind},
    held::Held,
    json::{self, Picked},
    meter::{CpuMeter, thread_cpu_ns},
    replay::Import,
    state::CallState,
};

/// A body this large is picked apart on a thread of its own, so that no other call waits for it.
const LARGE_BODY_BYTES: usize = 256 << 10;
/// The most requests one `send-all` sends; a call's budget is usually far smaller.
const MOST_AT_ONCE: usize = 16;
/// The most setters one draft takes before it is refused by the network's own bounds.
const MOST_HEADERS: usize = 200;

/// What a request costs the host beside its texts: the draft, and its line in the trace.
const REQUEST_BYTES: usize = 1 << 10;
/// What an entry of a list of headers costs beside its texts.
const HEADER_BYTES: usize = size_of::<(String, String)>();

/// A request being made ready by the guest. It counts against the call's memory, as the others here do.
pub struct RequestDraft {
    request: egress::Request,
    held: Held,
}

/// A whole answer.
pub struct Response {
    answer: egress::Answer,
}

/// Rows picked from an answer; they hold its body.
pub struct Rows {
    rows: json::Rows,
    _held: Held,
}

/// Rows a guest chose to become records; they hold the answer's body.
pub struct KeptRows {
    pub rows: Vec<Picked>,
    _held: Held,
}

type Answer<T> = wasmtime::Result<Result<T, BodyError>>;

impl http::HostRequest for CallState {
    fn new(&mut self, method: String, url: String) -> wasmtime::Result<Resource<RequestDraft>> {
        self.capabilities("http.request")?;
        let held = Held::new(&self.memory, REQUEST_BYTES + method.len() + url.len())?;
        let request = egress::Request { method, url, headers: Vec::new(), body: Bytes::new(), timeout: None };
        Ok(self.table.push(RequestDraft { request, held })?)
    }

    fn add_header(
        &mut self,
        draft: Resource<RequestDraft>,
        name: String,
        value: String,
    ) -> wasmtime::Result<()> {
        let draft = self.table.get_mut(&draft)?;
        if draft.request.headers.len() == MOST_HEADERS {
            return Err(wasmtime::Error::msg(format!("a request may have {MOST_HEADERS} headers")));
        }
        draft.held.grow(HEADER_BYTES + name.len() + value.len())?;
        draft.request.headers.push((name, value));
        Ok(())
    }

    fn set_body(&mut self, draft: Resource<RequestDraft>, body: Vec<u8>) -> wasmtime::Result<()> {
        let draft = self.table.get_mut(&draft)?;
        draft.held.shrink(draft.request.body.len());
        draft.held.grow(body.len())?;
        draft.request.body = body.into();
        Ok(())
    }

    fn set_timeout_ms(&mut self, draft: Resource<RequestDraft>, timeout_ms: u32) -> wasmtime::Result<()> {
        self.table.get_mut(&draft)?.request.timeout = Some(Duration::from_millis(timeout_ms.into()));
        Ok(())
    }

    fn drop(&mut self, draft: Resource<RequestDraft>) -> wasmtime::Result<()> {
        self.table.delete(draft)?;
        Ok(())
    }
}

impl http::HostResponse for CallState {
    fn status(&mut self, response: Resource<Response>) -> wasmtime::Result<u16> {
        Ok(self.table.get(&response)?.answer.status)
    }

    fn headers(&mut self, response: Resource<Response>) -> wasmtime::Result<Vec<(String, String)>> {
        Ok(self.table.get(&response)?.answer.headers.clone())
    }

    fn header(&mut self, response: Resource<Response>, name: String) -> wasmtime::Result<Option<String>> {
        let headers = &self.table.get(&response)?.answer.headers;
        Ok(headers.iter().find(|(have, _)| have.eq_ignore_ascii_case(&name)).map(|(_, value)| value.clone()))
    }

    fn bytes(&mut self, response: Resource<Response>) -> wasmtime::Result<Vec<u8>> {
        Ok(self.table.get(&response)?.answer.body.to_vec())
    }

    fn text(&mut self, response: Resource<Response>) -> Answer<String> {
        Ok(body_text(&self.table.get(&response)?.answer.body).map(str::to_owned).map_err(body_error))
    }

    fn field(&mut self, response: Resource<Response>, pointer: String) -> Answer<Option<String>> {
        let text = body_text(&self.table.get(&response)?.answer.body);
        let found = text.and_then(|text| json::locate(text, &json::Pointer::parse(&pointer)?));
        Ok(found.map(|found| found.map(str::to_owned)).map_err(body_error))
    }

    async fn pick(
        &mut self,
        response: Resource<Response>,
        pointer: String,
        container: http::Container,
        key: String,
    ) -> Answer<Resource<Rows>> {
        let body = self.table.get(&response)?.answer.body.clone();
        let container = match container {
            http::Container::Elements => json::Container::Elements,
            http::Container::Members => json::Container::Members,
        };
        let picked = if body.len() < LARGE_BODY_BYTES {
            json::pick(&body, &pointer, container, &key)
        } else {
            pick_apart(self.cpu.clone(), body, pointer, container, key).await?
        };
        Ok(match picked {
            Ok(rows) => {
                let _held = Held::new(&self.memory, rows.own_bytes())?;
                Ok(self.table.push(Rows { rows, _held })?)
            }
            Err(message) => Err(body_error(message)),
        })
    }

    fn drop(&mut self, response: Resource<Response>) -> wasmtime::Result<()> {
        self.table.delete(response)?;
        Ok(())
    }
}

impl http::HostRows for CallState {
    fn len(&mut self, rows: Resource<Rows>) -> wasmtime::Result<u32> {
        Ok(self.table.get(&rows)?.rows.len() as u32)
    }

    fn keys(&mut self, rows: Resource<Rows>) -> wasmtime::Result<Vec<String>> {
        Ok(self.table.get(&rows)?.rows.keys().to_vec())
    }

    fn fields(
        &mut self,
        rows: Resource<Rows>,
        pointers: Vec<String>,
    ) -> wasmtime::Result<Vec<Vec<Option<String>>>> {
        let mut held = Held::new(&self.memory, 0)?;
        let mut over = None;
        let fits = |bytes: usize| match held.grow(bytes) {
            Ok(()) => true,
            Err(refused) => {
                over = Some(refused);
                false
            }
        };
        let fields = self.table.get(&rows)?.rows.fields(&pointers, fits);
        match over {
            Some(over) => Err(over.into()),
            None => fields.map_err(wasmtime::Error::msg),
        }
    }

    fn keep(&mut self, rows: Resource<Rows>, indices: Vec<u32>) -> Answer<Resource<KeptRows>> {
        let rows = &self.table.get(&rows)?.rows;
        let bytes = match rows.kept_bytes(&indices) {
            Ok(bytes) => bytes,
            Err(message) => return Ok(Err(body_error(message))),
        };
        let _held = Held::new(&self.memory, bytes)?;
        Ok(match rows.keep(&indices) {
            Ok(rows) => Ok(self.table.push(KeptRows { rows, _held })?),
            Err(message) => Err(body_error(message)),
        })
    }

    fn drop(&mut self, rows: Resource<Rows>) -> wasmtime::Result<()> {
        self.table.delete(rows)?;
        Ok(())
    }
}

impl http::HostKeptRows for CallState {
    fn len(&mut self, rows: Resource<KeptRows>) -> wasmtime::Result<u32> {
        Ok(self.table.get(&rows)?.rows.len() as u32)
    }

    fn drop(&mut self, rows: Resource<KeptRows>) -> wasmtime::Result<()> {
        self.table.delete(rows)?;
        Ok(())
    }
}

impl http::Host for CallState {
    async fn send(
        &mut self,
        draft: Resource<RequestDraft>,
    ) -> wasmtime::Result<Result<Resource<Response>, HttpError>> {
        let mut sent = self.send_all(vec![draft]).await?;
        sent.pop().ok_or_else(|| wasmtime::Error::msg("a request without an answer"))
    }

    async fn send_all(
        &mut self,
        drafts: Vec<Resource<RequestDraft>>,
    ) -> wasmtime::Result<Vec<Result<Resource<Response>, HttpError>>> {
        if drafts.len() > MOST_AT_ONCE {
            let message = format!("`send-all` takes {MOST_AT_ONCE} requests, and was given {}", drafts.len());
            return Err(wasmtime::Error::msg(message));
        }
        let egress = self.capabilities("http.send")?.egress.clone();
        let memory = self.memory.clone();
        let mut sends = Vec::with_capacity(drafts.len());
        for draft in drafts {
            let RequestDraft { request, held } = self.table.delete(draft)?;
            // It counts as long as the trace keeps the body.
            let request = egress::Request { body: held.with(request.body), ..request };
            sends.push(egress.send(request, &memory));
        }
        let answers = futures_util::future::join_all(sends).await;
        self.time.import_returned(Import::Http)?;
        answers
            .into_iter()
            .map(|answer| match answer? {
                Ok(answer) => Ok(Ok(self.table.push(Response { answer })?)),
                Err(error) => Ok(Err(http_error(error))),
            })
            .collect()
    }
}

async fn pick_apart(
    cpu: Arc<CpuMeter>,
    body: Bytes,
    pointer: String,
    container: json::Container,
    key: String,
) -> wasmtime::Result<Result<json::Rows, String>> {
    let work = tokio::task::spawn_blocking(move || {
        let began = thread_cpu_ns();
        let picked = json::pick(&body, &pointer, container, &key);
        (picked, Duration::from_nanos(thread_cpu_ns().saturating_sub(began)))
    });
    let (picked, used) = work.await.map_err(|e| wasmtime::Error::msg(format!("picking rows: {e}")))?;
    cpu.add(used);
    Ok(picked)
}

fn body_text(body: &Bytes) -> Result<&str, String> {
    std::str::from_utf8(body).map_err(|error| format!("the body is not UTF-8: {error}"))
}

fn body_error(message: String) -> BodyError {
    BodyError { message, extras: None }
}

/// What the contract says of a refused login.
const AUTH_EXTRAS: &str = r#"{"kind":"auth"}"#;

fn http_error(error: egress::HttpError) -> HttpError {
    let kind = match error.kind {
        HttpErrorKind::Denied | HttpErrorKind::Auth => ErrorKind::Denied,
        HttpErrorKind::RateLimited => ErrorKind::RateLimited,
        HttpErrorKind::Timeout => ErrorKind::Timeout,
        HttpErrorKind::TooLarge => ErrorKind::TooLarge,
        HttpErrorKind::Transport => ErrorKind::Transport,
        HttpErrorKind::Other => ErrorKind::Other,
    };
    let until = error.until.and_then(|until| u64::try_from(until).ok());
    let extras = (error.kind == HttpErrorKind::Auth).then(|| AUTH_EXTRAS.to_owned());
    HttpError { kind, message: error.message, until, extras }
}
