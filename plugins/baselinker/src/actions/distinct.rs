//! Members of an object that each stand once. JSON allows a name twice, and most readers take the last
//! silently; for a quantity that would hide a mistake.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

/// Members in the order of their names.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub struct Distinct<T>(pub BTreeMap<String, T>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Distinct<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Members(PhantomData)).map(Self)
    }
}

struct Members<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Members<T> {
    type Value = BTreeMap<String, T>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self::Value, A::Error> {
        let mut read = BTreeMap::new();
        while let Some((name, value)) = members.next_entry::<String, T>()? {
            if read.contains_key(&name) {
                return Err(A::Error::custom(format!("`{name}` stands there twice; give it once")));
            }
            read.insert(name, value);
        }
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_that_stands_there_twice_is_refused_by_name() {
        let read = |json| serde_json::from_str::<Distinct<Distinct<i64>>>(json);
        assert_eq!(read(r#"{"1":{"bl_1":2}}"#).unwrap().0["1"].0["bl_1"], 2);
        for (json, name) in [(r#"{"7":{},"8":{},"7":{}}"#, "`7`"), (r#"{"7":{"bl_1":1,"bl_1":1}}"#, "`bl_1`")]
        {
            let error = read(json).unwrap_err().to_string();
            assert!(error.contains(name), "{error}");
        }
    }
}
