//! A walk over a list, page by page.

use serde::{Deserialize, Serialize};
use windlass_sdk::http::Rows;
use windlass_sdk::{Error, Result};

use crate::Optimakers;

/// Where a walk goes on.
#[derive(Debug, Default, Deserialize, Serialize)]
pub struct Place {
    /// Pages read so far.
    pages: u64,
    /// The first key of the last one.
    began_with: Option<String>,
}

impl Place {
    /// Reads a page and says where the next one is; none after a page without rows. One of fewer rows
    /// than were asked for is no end: the vendor may allow fewer at once.
    pub fn read(self, account: &Optimakers, path: &str) -> Result<(Rows, Option<Self>)> {
        let rows = account.page(path, self.pages)?;
        let first = rows.keys().into_iter().next().filter(|_| account.is_paged());
        if first.is_some() && first == self.began_with {
            let message = format!(
                "two pages of `{path}` begin with the same record: Optimakers does not know the parameter \
                 `{}`; correct `paging.page_parameter` of the profile, or empty it if one answer holds \
                 everything",
                account.profile.paging.page_parameter
            );
            return Err(Error::config("paging", message));
        }
        let next = first.map(|first| Self { pages: self.pages + 1, began_with: Some(first) });
        Ok((rows, next))
    }
}
