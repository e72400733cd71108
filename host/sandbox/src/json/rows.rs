//! Rows picked from a body, and the ones a guest keeps.

use std::{borrow::Cow, ops::Range};

use bytes::Bytes;
use serde::de::{Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::locate::{Pointer, locate, locate_each};

/// The most rows one container may have; a page of records is far smaller.
const MOST_ROWS: usize = 100_000;
/// Longer keys are a mistake of the connector, and slow every index they are in.
pub(crate) const MOST_KEY_BYTES: usize = 1_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Container {
    Elements,
    /// An empty array counts as an empty object: some vendors' languages cannot tell them apart.
    Members,
}

/// Rows of one body, by their place in it: nothing is copied until a page is committed.
#[derive(Debug)]
pub struct Rows {
    body: Bytes,
    places: Vec<Range<usize>>,
    keys: Vec<String>,
}

/// One row: its key, and its text in the body it came in.
#[derive(Debug, Clone)]
pub struct Picked {
    pub key: String,
    pub json: Bytes,
}

/// The rows of the container at `pointer` of `body`. `key` is the pointer of the key inside a row;
/// empty, it is the member's name. The error names the row that is wrong.
pub fn pick(body: &Bytes, pointer: &str, container: Container, key: &str) -> Result<Rows, String> {
    let document = std::str::from_utf8(body).map_err(|e| format!("the body is not UTF-8: {e}"))?;
    let found = locate(document, &Pointer::parse(pointer)?)?;
    let found = found.ok_or_else(|| format!("the body has nothing at `{pointer}`"))?;
    let rows = rows_of(found, container).map_err(|problem| format!("`{pointer}`: {problem}"))?;
    let key = KeyPlace { pointer: key, parsed: Pointer::parse(key)? };
    let base = document.as_ptr() as usize;
    let mut places = Vec::with_capacity(rows.len());
    let mut keys = Vec::with_capacity(rows.len());
    for (index, (name, row)) in rows.iter().enumerate() {
        let text = row.get();
        let start = text.as_ptr() as usize - base;
        places.push(start..start + text.len());
        keys.push(key.of(index, name.as_deref(), text)?);
    }
    Ok(Rows { body: body.clone(), places, keys })
}

type NamedRows<'a> = Vec<(Option<Cow<'a, str>>, &'a RawValue)>;

/// Never collects more than a container may have: a row costs more than the comma that makes it.
fn rows_of(text: &str, container: Container) -> Result<NamedRows<'_>, String> {
    if container == Container::Members && serde_json::from_str::<[(); 0]>(text).is_ok() {
        return Ok(Vec::new());
    }
    let mut rows = Vec::new();
    let mut parser = serde_json::Deserializer::from_str(text);
    let (collected, expected) = match container {
        Container::Elements => (parser.deserialize_seq(Collect(&mut rows)), "an array"),
        Container::Members => (parser.deserialize_map(Collect(&mut rows)), "an object"),
    };
    match collected {
        Ok(()) => Ok(rows),
        Err(_) if rows.len() == MOST_ROWS => Err(format!("more than {MOST_ROWS} rows, which is the most")),
        Err(_) => Err(format!("expected {expected}, found {}", kind_of(text))),
    }
}

struct Collect<'r, 'de>(&'r mut NamedRows<'de>);

impl<'de> Collect<'_, 'de> {
    fn push<E: Error>(&mut self, name: Option<Cow<'de, str>>, row: &'de RawValue) -> Result<(), E> {
        if self.0.len() == MOST_ROWS {
            return Err(E::custom("too many rows"));
        }
        self.0.push((name, row));
        Ok(())
    }
}

impl<'de> Visitor<'de> for Collect<'_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        f.write_str("an array or an object")
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut seq: A) -> Result<(), A::Error> {
        while let Some(row) = seq.next_element()? {
            self.push(None, row)?;
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        while let Some(name) = map.next_key()? {
            self.push(Some(name), map.next_value()?)?;
        }
        Ok(())
    }
}

/// Where the key of a row is: inside of it, or with an empty pointer its name.
struct KeyPlace<'a> {
    pointer: &'a str,
    parsed: Pointer,
}

impl KeyPlace<'_> {
    fn of(&self, index: usize, name: Option<&str>, row: &str) -> Result<String, String> {
        let pointer = self.pointer;
        let key = if pointer.is_empty() {
            name.map(str::to_owned).ok_or("an empty key pointer needs the members of an object")?
        } else {
            let found = locate(row, &self.parsed)?;
            let found = found.ok_or_else(|| format!("row {index} has no key at `{pointer}`"))?;
            scalar_text(found).ok_or_else(|| {
                format!("row {index} has {} at `{pointer}`, which cannot be a key", kind_of(found))
            })?
        };
        check_key(&key).map_err(|problem| format!("row {index}: {problem}"))?;
        Ok(key)
    }
}

/// A key must be text that both databases can hold and a person can name.
pub(crate) fn check_key(key: &str) -> Result<(), String> {
    if key.is_empty() {
        return Err("the key is empty".into());
    }
    if key.len() > MOST_KEY_BYTES {
        return Err(format!("the key has {} bytes; the most is {MOST_KEY_BYTES}", key.len()));
    }
    if key.contains('\0') {
        return Err("the key holds a NUL character".into());
    }
    Ok(())
}

/// A text unescaped, a number as it is written; nothing else names a row.
fn scalar_text(json: &str) -> Option<String> {
    match json.as_bytes().first()? {
        b'"' => serde_json::from_str(json).ok(),
        b'-' | b'0'..=b'9' => Some(json.to_owned()),
        _ => None,
    }
}

fn kind_of(json: &str) -> &'static str {
    match json.trim_start().as_bytes().first() {
        Some(b'{') => "an object",
        Some(b'[') => "an array",
        Some(b'"') => "a text",
        Some(b't' | b'f') => "a boolean",
        Some(b'n') => "null",
        Some(_) => "a number",
        None => "nothing",
    }
}

impl Rows {
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    pub fn keys(&self) -> &[String] {
        &self.keys
    }

    /// What it holds beside the body.
    pub(crate) fn own_bytes(&self) -> usize {
        let keys: usize = self.keys.iter().map(String::len).sum();
        keys + self.len() * (size_of::<Range<usize>>() + size_of::<String>())
    }

    /// For every row the JSON text at every pointer. `fits` is asked before a text is copied: the same
    /// text can be asked for without end.
    pub fn fields(
        &self,
        pointers: &[String],
        mut fits: impl FnMut(usize) -> bool,
    ) -> Result<Vec<Vec<Option<String>>>, String> {
        let pointers: Vec<Pointer> = pointers.iter().map(|p| Pointer::parse(p)).collect::<Result<_, _>>()?;
        let mut copy = |text: Option<&str>| match fits(text.map_or(0, str::len) + size_of::<Option<String>>())
        {
            true => Ok(text.map(str::to_owned)),
            false => Err("the fields asked for are too many".to_owned()),
        };
        let row = |index| locate_each(self.text(index), &pointers)?.into_iter().map(&mut copy).collect();
        (0..self.len()).map(row).collect()
    }

    /// What the rows at `indices` cost beside the body. An error if there must be one twice among them.
    pub(crate) fn kept_bytes(&self, indices: &[u32]) -> Result<usize, String> {
        if indices.len() > self.len() {
            return Err(format!("{} rows are to be kept, and there are {}", indices.len(), self.len()));
        }
        let keys: usize =
            indices.iter().filter_map(|&index| self.keys.get(index as usize)).map(String::len).sum();
        Ok(keys + indices.len() * size_of::<Picked>())
    }

    /// The rows at `indices`, as records to be.
    pub fn keep(&self, indices: &[u32]) -> Result<Vec<Picked>, String> {
        indices
            .iter()
            .map(|&index| {
                let place = self.places.get(index as usize);
                let place =
                    place.ok_or_else(|| format!("there is no row {index}; there are {}", self.len()))?;
                Ok(Picked { key: self.keys[index as usize].clone(), json: self.body.slice(place.clone()) })
            })
            .collect()
    }

    fn text(&self, index: usize) -> &str {
        std::str::from_utf8(&self.body[self.places[index].clone()]).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::{Container, Rows, pick};

    fn picked(body: &str, pointer: &str, container: Container, key: &str) -> Result<Rows, String> {
        pick(&Bytes::copy_from_slice(body.as_bytes()), pointer, container, key)
    }

    #[test]
    fn elements_have_keys_as_text_and_keep_their_text() {
        let rows = picked(
            r#"{"orders": [{"id": 7, "p": 21.60}, {"id": "8"}]}"#,
            "/orders",
            Container::Elements,
            "/id",
        )
        .unwrap();
        assert_eq!(rows.keys(), ["7", "8"]);
        assert_eq!(rows.keep(&[0]).unwrap()[0].json, r#"{"id": 7, "p": 21.60}"#);
        assert_eq!(rows.fields(&["/p".into()], |_| true).unwrap(), [[Some("21.60".to_owned())], [None]]);
    }

    #[test]
    fn members_take_their_name_and_an_empty_array_is_an_empty_object() {
        let rows =
            picked(r#"{"products": {"5": {}, "a\u0062": 1}}"#, "/products", Container::Members, "").unwrap();
        assert_eq!(rows.keys(), ["5", "ab"]);
        assert!(picked(r#"{"products": [ ]}"#, "/products", Container::Members, "").unwrap().is_empty());
    }

    #[track_caller]
    fn refused(body: &str, container: Container, key: &str, expected: &str) {
        let error = picked(body, "/rows", container, key).unwrap_err();
        assert!(error.contains(expected), "{error}");
    }

    #[test]
    fn a_wrong_row_is_named() {
        refused(r#"{"rows": [{"id": 1}, {}]}"#, Container::Elements, "/id", "row 1 has no key at `/id`");
        refused(r#"{"rows": [{"id": null}]}"#, Container::Elements, "/id", "row 0 has null");
        refused(r#"{"rows": [{"id": "a\u0000"}]}"#, Container::Elements, "/id", "NUL");
        refused(r#"{"rows": [{"id": ""}]}"#, Container::Elements, "/id", "empty");
        refused(r#"{"rows": {}}"#, Container::Elements, "/id", "expected an array, found an object");
        refused(r#"{"rows": [1]}"#, Container::Members, "", "expected an object, found an array");
        refused(r#"{"row": []}"#, Container::Elements, "/id", "nothing at `/rows`");
        refused(r#"{"rows": [1"#, Container::Elements, "/id", "not JSON");
    }

    #[test]
    fn no_more_rows_are_collected_than_a_container_may_have() {
        let array = |count: usize| format!("{{\"rows\": [{}1]}}", "1,".repeat(count - 1));
        let object = |count: usize| format!("{{\"rows\": {{{}\"b\": 1}}}}", "\"a\": 1,".repeat(count - 1));
        let most = super::MOST_ROWS;
        assert_eq!(picked(&object(most), "/rows", Container::Members, "").unwrap().len(), most);
        refused(&object(most + 1), Container::Members, "", "`/rows`: more than 100000 rows");
        refused(&array(most + 1), Container::Elements, "", "`/rows`: more than 100000 rows");
    }

    #[test]
    fn copies_of_one_row_have_an_end() {
        let rows = picked(r#"{"rows": {"a": 12, "bc": 3}}"#, "/rows", Container::Members, "").unwrap();
        let mut room = 100;
        let mut fits = |bytes: usize| {
            room -= bytes.min(room);
            room > 0
        };
        assert!(rows.fields(&["".into()], &mut fits).is_ok());
        assert!(rows.fields(&["".into(), "".into()], &mut fits).unwrap_err().contains("too many"));
        let one = size_of::<super::Picked>();
        assert_eq!(rows.kept_bytes(&[1, 0]), Ok(2 * one + 3));
        assert_eq!(rows.kept_bytes(&[1, 1, 1]).unwrap_err(), "3 rows are to be kept, and there are 2");
    }
}
