//! One request: its address by the profile, and what the answer means.

use windlass_sdk::http::{Request, Response, Rows};
use windlass_sdk::{Error, Result};

use crate::Optimakers;

const NOT_FOUND: u16 = 404;
/// What can stand at the place of an error's words when there is none.
const NO_ERROR: [&str; 3] = ["", "false", "0"];

impl Optimakers {
    /// A request below the profile's prefix.
    pub fn request(&self, method: &str, path: &str) -> Request {
        let base = self.base_url.trim_end_matches('/');
        let prefix = self.profile.prefix.trim_matches('/');
        let slash = if prefix.is_empty() { "" } else { "/" };
        Request::new(method, format!("{base}{slash}{prefix}/{path}"))
    }

    /// A request for a single record. An id stands in the address, so that one of any other form than
    /// letters, digits, `-` and `_` is refused.
    pub fn request_one(&self, method: &str, path: &str, id: &str) -> Result<Request> {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        if id.is_empty() || !id.bytes().all(is_plain) {
            let message = format!("`{id}` is no id: letters, digits, `-` and `_` are");
            return Err(Error::rejected("id", message));
        }
        Ok(self.request(method, &format!("{path}/{id}")))
    }

    /// A page of a list, counted from 0.
    pub fn page(&self, path: &str, page: u64) -> Result<Rows> {
        let paging = &self.profile.paging;
        let mut request = self.request("GET", path);
        if self.is_paged() {
            request = request.query(&paging.page_parameter, paging.first_page + page);
            if !paging.size_parameter.is_empty() {
                request = request.query(&paging.size_parameter, paging.size);
            }
        }
        self.rows(request)
    }

    /// The rows that a request finds.
    pub fn rows(&self, request: Request) -> Result<Rows> {
        let answer = self.judge(request.send()?)?;
        answer.pick(&self.profile.answer.rows, &self.profile.answer.id)
    }

    /// Whether lists have pages.
    pub fn is_paged(&self) -> bool {
        !self.profile.paging.page_parameter.is_empty()
    }

    /// The answer if it is a success: two hundred without an error in it.
    pub fn judge(&self, answer: Response) -> Result<Response> {
        let answer = answer.ok_or_saying(&self.profile.answer.error)?;
        match self.words(&answer)? {
            None => Ok(answer),
            Some(words) => Err(Error::rejected("refused", format!("Optimakers refused: {words}"))),
        }
    }

    /// Whether the API itself says that there is no such record. A web server that does not find the page
    /// says nothing at the place of an error.
    pub fn says_gone(&self, answer: &Response) -> bool {
        answer.status() == NOT_FOUND && matches!(self.words(answer), Ok(Some(_)))
    }

    fn words(&self, answer: &Response) -> Result<Option<String>> {
        let words = answer.scalar(&self.profile.answer.error)?;
        Ok(words.filter(|words| !NO_ERROR.contains(&words.as_str())))
    }
}
