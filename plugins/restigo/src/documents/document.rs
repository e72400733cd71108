//! A document with its lines, as it is pushed and as it is kept.

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::json;
use windlass_sdk::lenient::Id;
use windlass_sdk::{Error, Result};

use super::calendar::Calendar;
use crate::decimal::Decimal;

/// A document. The file's names of two dates are crossed, as in the guide: `document_date` becomes the
/// element `Value_date`, `value_date` becomes `reference_date`.
#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Document {
    /// The kind of document (סוג מסמך), an invoice or a delivery note, by the supplier's own code; 11 in
    /// the guide's example.
    #[schemars(length(min = 1, max = 50), regex(pattern = r"^[^/\s]+$"))]
    #[serde(serialize_with = "as_text")]
    pub doc_type: Id,
    /// The document's number (מספר מסמך). A document of the same customer, kind and number that is pushed
    /// again takes the place of the former one.
    #[schemars(length(min = 1, max = 100), regex(pattern = r"^\S(.*\S)?$"))]
    #[serde(serialize_with = "as_text")]
    pub doc_num: Id,
    /// When it was issued (תאריך מסמך): a date such as 2020-12-07, or a moment such as
    /// 2020-12-07T22:30:00Z, which counts by the day that it is in `time_zone`. It decides in which day's
    /// file the document stands. In the file: `Value_date`.
    #[schemars(regex(pattern = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9:.]+(Z|[+-][0-9]{2}:?[0-9]{2})?)?$"))]
    pub document_date: String,
    /// The value date (תאריך ערך), such as 2020-12-07. In the file: `reference_date`.
    #[schemars(regex(pattern = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"))]
    pub value_date: String,
    /// When the goods are supplied (תאריך אספקה), such as 2020-12-08.
    #[schemars(regex(pattern = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"))]
    pub supply_date: String,
    /// At what time of that day (שעת אספקה), such as 07:30. Left out: 00:00, as the guide allows.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = "^([01][0-9]|2[0-3]):[0-5][0-9]$"))]
    pub supply_time: Option<String>,
    /// Remarks (הערות). Left out: an empty element, since the guide does not call it optional.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 2000))]
    pub remarks: Option<String>,
    /// The product lines, in the order in which they stand in the file.
    #[schemars(length(min = 1, max = 1000))]
    pub lines: Vec<Line>,
}

/// A product of a document.
#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// How many packages (מספר חבילות).
    pub package: Decimal,
    /// Units in each package (מס' יחידות בכל חבילה).
    pub quantity: Decimal,
    /// The supplier's catalog number (מק"ט), with its leading zeros.
    #[schemars(length(min = 1, max = 200))]
    pub item_sku: String,
    /// The product's price (מחיר המוצר), with the digits given. Left out: the line has no `Price`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub price: Option<Decimal>,
}

impl Document {
    /// Checks what its schema cannot say, and gives the document the day that it belongs to. `place` is the
    /// document's own JSON Pointer.
    pub fn on_its_day(mut self, calendar: &Calendar, place: &str) -> Result<Self> {
        let day = calendar.day_of(&self.document_date);
        let day = day.ok_or_else(|| no_date(place, "document_date", &self.document_date))?;
        let (oldest, latest) = (calendar.oldest(), calendar.latest());
        if !(oldest..=latest).contains(&day) {
            let why = format!(
                "is {day}; documents from {oldest} to {latest} are taken: correct the date, or raise `keep_days` \
                 of the connection"
            );
            return Err(misfit(&format!("{place}/document_date"), &why));
        }
        for (name, text) in [("value_date", &self.value_date), ("supply_date", &self.supply_date)] {
            text.parse::<Date>().map_err(|_| no_date(place, name, text))?;
        }
        let texts = [("doc_type", self.doc_type.as_str()), ("doc_num", self.doc_num.as_str())];
        let remarks = self.remarks.as_deref().map(|text| ("remarks", text));
        for (name, text) in texts.into_iter().chain(remarks) {
            check_text(&format!("{place}/{name}"), text)?;
        }
        for (at, line) in self.lines.iter().enumerate() {
            line.check(&format!("{place}/lines/{at}"))?;
        }
        self.document_date = day.to_string();
        Ok(self)
    }

    /// The day whose file it stands in. Only what is kept has one.
    pub fn day(&self) -> Result<Date> {
        self.document_date.parse().map_err(|_| {
            let message = format!("the document {} is kept without a day; push it again", self.doc_num);
            Error::other("storage", message)
        })
    }
}

impl Line {
    fn check(&self, place: &str) -> Result<()> {
        check_text(&format!("{place}/item_sku"), &self.item_sku)?;
        let amounts = [("package", Some(&self.package)), ("quantity", Some(&self.quantity))];
        for (name, amount) in amounts.into_iter().chain([("price", self.price.as_ref())]) {
            if let Some(amount) = amount.filter(|amount| !amount.is_plain()) {
                let why = format!("is {amount}; write it with digits and a point alone");
                return Err(misfit(&format!("{place}/{name}"), &why));
            }
        }
        Ok(())
    }
}

/// Rejects a push; `pointer` leads to what does not fit.
pub fn misfit(pointer: &str, why: &str) -> Error {
    Error::rejected("invalid-document", format!("`{pointer}` {why}"))
        .with_detail(json!({ "pointer": pointer }))
}

fn no_date(place: &str, name: &str, text: &str) -> Error {
    misfit(&format!("{place}/{name}"), &format!("is `{text}`, which is no day of the calendar"))
}

/// XML has no way to write most control characters, escaped or not.
fn check_text(pointer: &str, text: &str) -> Result<()> {
    let unfit = |letter: &char| {
        (letter.is_ascii_control() && !matches!(letter, '\t' | '\n' | '\r'))
            || matches!(letter, '\u{fffe}' | '\u{ffff}')
    };
    match text.chars().find(unfit) {
        None => Ok(()),
        Some(letter) => {
            let why = format!("holds the character U+{:04X}, which XML cannot carry", u32::from(letter));
            Err(misfit(pointer, &why))
        }
    }
}

/// So that 193320 and "193320" are kept alike.
fn as_text<S: Serializer>(id: &Id, serializer: S) -> std::result::Result<S::Ok, S::Error> {
    serializer.serialize_str(id.as_str())
}
