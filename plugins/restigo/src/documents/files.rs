//! The stream `daily-documents`: for each customer and day that is over, the file of its documents.
//!
//! Every walk builds every kept day anew, customer by customer, and the host writes down what differs. So a
//! document that is pushed late, changed or moved to another day changes the files of its days, and nothing
//! has to be remembered for it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Span;
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use windlass_sdk::spec::Stream;
use windlass_sdk::{Error, Page, ReadRequest, Result};

use super::calendar::{Calendar, days_after};
use super::document::Document;
use super::kept::{self, Files};
use super::xml;
use crate::Restigo;

pub const NAME: &str = "daily-documents";

/// A page ends when its files hold so many bytes. The host takes 32 MiB; a commit of this is short.
const PAGE_BYTES: usize = 2 << 20;
/// And when it has so many records; the host takes 10,000. Empty files are small.
const PAGE_RECORDS: usize = 1_000;

/// The file of one customer and day.
#[derive(Serialize, JsonSchema)]
struct File {
    account_code: String,
    /// The day of the documents.
    date: String,
    /// The file's name; the same whenever the day is built again.
    name: String,
    /// How many documents it holds.
    documents: usize,
    /// How many product lines, each a block of its own.
    lines: usize,
    /// The file.
    xml: String,
}

/// The first file of the next page.
#[derive(Deserialize, Serialize)]
struct Place {
    account_code: String,
    day: Date,
}

/// What is kept of one customer, and which days are built of it.
struct Customer {
    account_code: String,
    /// Whether the connection still names it.
    is_listed: bool,
    documents: BTreeMap<Date, Vec<Document>>,
    former: Files,
    files: Files,
}

pub fn declaration() -> Stream {
    Stream::incremental(NAME)
        .title("Daily documents")
        .description(
            "For each customer of `customers` and each day that is over, the XML file of the documents that \
             `push-documents` has brought. Nothing is asked of Restigo. A document that comes late, or again \
             with a change, changes the file of its day. A day that has lost its only document has an empty \
             file. Files are kept for `keep_days`.",
        )
        .key("{account_code}/{date}")
        .every("15m")
        .schema_of::<File>()
}

/// Builds the next files, or those that are asked for by key.
pub fn read(account: &Restigo, request: &ReadRequest) -> Result<Page> {
    let calendar = Calendar::of(account)?;
    if !request.keys.is_empty() {
        return request.keys.iter().try_fold(Page::new(), |page, key| one(account, &calendar, key, page));
    }
    let from: Option<Place> = request.checkpoint_or_default()?;
    let mut accounts = kept::accounts()?;
    accounts.extend(account.customers.iter().cloned());
    let first = from.as_ref().map(|place| place.account_code.clone()).unwrap_or_default();
    let (mut page, mut bytes, mut records) = (Page::new(), 0, 0);
    for account_code in accounts.split_off(&first) {
        let begun = from.as_ref().filter(|place| place.account_code == account_code);
        let mut customer = Customer::open(account, &calendar, account_code)?;
        page = customer.forget(&calendar, page);
        for day in customer.due(&calendar, account.empty_files) {
            if begun.is_some_and(|place| day < place.day) {
                continue;
            }
            if bytes >= PAGE_BYTES || records >= PAGE_RECORDS {
                customer.note()?;
                return page.next(&Some(Place { account_code: customer.account_code, day }));
            }
            let file = customer.build(account, day)?;
            (bytes, records) = (bytes + file.len(), records + 1);
            page = page.record(customer.key(day), file);
        }
        customer.files.through = customer.files.through.max(Some(calendar.yesterday()));
        customer.note()?;
    }
    page.last(&None::<Place>)
}

fn one(account: &Restigo, calendar: &Calendar, key: &str, page: Page) -> Result<Page> {
    let gone = |page: Page| Ok(page.deleted(key));
    let Some((account_code, day)) = key.rsplit_once('/') else { return gone(page) };
    let mut customer = Customer::open(account, calendar, account_code.into())?;
    // Only the walk makes empty files, since it knows of every day once.
    let Some(day) = calendar.day_of(day).filter(|day| customer.due(calendar, false).contains(day)) else {
        return gone(page);
    };
    let file = customer.build(account, day)?;
    customer.note()?;
    Ok(page.record(key, file))
}

impl Customer {
    fn open(account: &Restigo, calendar: &Calendar, account_code: String) -> Result<Self> {
        let mut documents: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for (key, document) in kept::documents(&account_code)? {
            let day = document.day()?;
            if day < calendar.forgotten_before() {
                kept::forget(&key)?;
            } else {
                documents.entry(day).or_default().push(document);
            }
        }
        let former = kept::files(&account_code)?;
        let is_listed = account.customers.contains(&account_code);
        Ok(Self { account_code, is_listed, documents, files: former.clone(), former })
    }

    /// The days that have a file: with documents, with a file before, and, where wanted, all since the last
    /// look.
    fn due(&self, calendar: &Calendar, empty_files: bool) -> BTreeSet<Date> {
        let mut days: BTreeSet<_> = self.documents.keys().chain(&self.files.days).copied().collect();
        let (oldest, yesterday) = (calendar.oldest(), calendar.yesterday());
        if empty_files {
            let unseen = self.files.through.map_or(yesterday, |through| days_after(through, 1));
            let since = unseen.max(oldest).series(Span::new().days(1));
            days.extend(since.take_while(|day| *day <= yesterday));
        }
        days.retain(|day| self.is_listed && (oldest..=yesterday).contains(day));
        days
    }

    /// Drops the files of days that are forgotten.
    fn forget(&mut self, calendar: &Calendar, page: Page) -> Page {
        let kept = self.files.days.split_off(&calendar.forgotten_before());
        let forgotten = std::mem::replace(&mut self.files.days, kept);
        forgotten.into_iter().fold(page, |page, day| page.deleted(self.key(day)))
    }

    fn build(&mut self, account: &Restigo, day: Date) -> Result<String> {
        self.files.days.insert(day);
        let documents = self.documents.get(&day).map(Vec::as_slice).unwrap_or_default();
        let name = account.file_name.replace("{account_code}", &self.account_code);
        let file = File {
            account_code: self.account_code.clone(),
            date: day.to_string(),
            name: name.replace("{date}", &day.to_string()),
            documents: documents.len(),
            lines: documents.iter().map(|document| document.lines.len()).sum(),
            xml: xml::file(account, &self.account_code, documents)?,
        };
        serde_json::to_string(&file).map_err(|error| Error::other("record", error.to_string()))
    }

    /// Writes down which days have a file, and nothing more of a customer that is gone.
    fn note(&self) -> Result<()> {
        if self.is_listed || !self.documents.is_empty() || !self.files.days.is_empty() {
            kept::note_files(&self.account_code, &self.former, &self.files)
        } else {
            kept::forget_files(&self.account_code)
        }
    }

    fn key(&self, day: Date) -> String {
        format!("{}/{day}", self.account_code)
    }
}
