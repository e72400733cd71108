//! Places of a configuration where options and uniqueness are declared: the top-level properties, and
//! the properties of the rows of a top-level list.

use serde::Deserialize;
use serde_json::Value;

use super::{differs::DiffersFrom, document::Spec, problem::member, unique::Unique};

/// One such place. In text it is `status`, or `locations.warehouse` for a property of rows.
#[derive(Debug, Clone, Copy)]
pub struct Field<'s> {
    pub property: &'s str,
    /// The property of the rows that `property` lists.
    pub of_rows: Option<&'s str>,
    pub schema: &'s Value,
}

/// Where the choices of a field come from: its `options-from`. The pointers go into a record.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OptionsFrom {
    /// A flow's: the role whose connection has the stream.
    pub role: Option<String>,
    pub stream: String,
    pub value: String,
    pub label: Option<String>,
    /// 0, "0" or false marks an option that the vendor no longer uses.
    pub active: Option<String>,
}

impl Spec {
    /// Every field of the configuration, in the spec's order.
    pub fn fields(&self) -> impl Iterator<Item = Field<'_>> {
        self.properties().flat_map(|(property, schema)| {
            let rows = schema.pointer("/items/properties").and_then(Value::as_object);
            let rows = rows.into_iter().flatten();
            let of_rows = rows.map(move |(name, schema)| Field { property, of_rows: Some(name), schema });
            std::iter::once(Field { property, of_rows: None, schema }).chain(of_rows)
        })
    }
}

impl<'s> Field<'s> {
    pub fn name(&self) -> String {
        match self.of_rows {
            Some(name) => format!("{}.{name}", self.property),
            None => self.property.to_owned(),
        }
    }

    pub fn title(&self) -> Option<&'s str> {
        self.schema.get("title")?.as_str()
    }

    pub fn description(&self) -> Option<&'s str> {
        self.schema.get("description")?.as_str()
    }

    pub fn options(&self) -> Option<OptionsFrom> {
        OptionsFrom::deserialize(self.schema.get("options-from")?).ok()
    }

    pub fn unique(&self) -> Option<Unique> {
        Unique::deserialize(self.schema.get("unique")?).ok()
    }

    pub(super) fn differs_from(&self) -> Option<DiffersFrom> {
        DiffersFrom::deserialize(self.schema.get("differs-from")?).ok()
    }

    /// What a configuration holds there: JSON Pointer and value, one for each element of a list. What is
    /// null is left out.
    pub fn values<'c>(&self, config: &'c Value) -> Vec<(String, &'c Value)> {
        let place = member("", self.property);
        let at = |at: usize| format!("{place}/{at}");
        let elements = config.get(self.property).and_then(Value::as_array);
        let found: Vec<(String, Option<&Value>)> = match (self.of_rows, elements) {
            (None, None) => vec![(place.clone(), config.get(self.property))],
            (None, Some(elements)) => {
                elements.iter().enumerate().map(|(n, element)| (at(n), Some(element))).collect()
            }
            (Some(name), rows) => {
                let rows = rows.into_iter().flatten().enumerate();
                rows.map(|(n, row)| (member(&at(n), name), row.get(name))).collect()
            }
        };
        let given = found.into_iter().filter_map(|(pointer, value)| Some((pointer, value?)));
        given.filter(|(_, value)| !value.is_null()).collect()
    }

    /// Whether it holds several values: a list, or the rows of one.
    pub(super) fn is_list(&self) -> bool {
        self.of_rows.is_some() || self.schema.get("type") == Some(&Value::from("array"))
    }
}
