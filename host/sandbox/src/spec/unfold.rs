//! How large a JSON Schema is when every reference in it is followed.
//!
//! References make small schemas that take for ever: thirty definitions that each name the next one
//! twice stand for a thousand million. A validator follows them all, so they are counted first.

use serde_json::{Map, Value};

use super::problem::Problem;

/// Schemas of records have up to a thousand parts; several times that is still quick to check.
const MAX_PARTS: usize = 5_000;

/// As deep as JSON text may nest; a chain of references counts too, for the stack it takes.
const MAX_DEPTH: usize = 128;

/// Keywords that hold data, or definitions that count where they are named.
const NOT_SCHEMAS: &[&str] = &["const", "default", "definitions", "$defs", "enum", "examples"];
/// Keywords whose members are schemas under free names.
const MAPS: &[&str] = &["dependentSchemas", "dependencies", "patternProperties", "properties"];
/// Keywords that would let a reference mean something else than its place in this document.
const UNREAD: &[&str] = &["$anchor", "$dynamicAnchor", "$dynamicRef", "$recursiveAnchor", "$recursiveRef"];

/// Refuses a schema that is too large, or refers to what is not inside it.
pub(super) fn check(schema: &Value) -> Result<(), Problem> {
    Unfolding { root: schema, parts: 0, depth: 0, open: vec![Open { reference: "#", returns: 0 }] }
        .schema(schema)
}

struct Unfolding<'a> {
    root: &'a Value,
    parts: usize,
    depth: usize,
    /// References that are being followed, outermost first.
    open: Vec<Open<'a>>,
}

struct Open<'a> {
    reference: &'a str,
    /// How often it is named inside itself. Once is a list or a tree of children; twice could double
    /// with every level of a record.
    returns: u32,
}

impl<'a> Unfolding<'a> {
    fn schema(&mut self, schema: &'a Value) -> Result<(), Problem> {
        self.parts += 1;
        if self.parts > MAX_PARTS {
            return Err(Problem::new(
                "",
                format!("has more than {MAX_PARTS} parts when its references are followed"),
            ));
        }
        if self.depth == MAX_DEPTH {
            return Err(Problem::new(
                "",
                format!("nests more than {MAX_DEPTH} deep when its references are followed"),
            ));
        }
        self.depth += 1;
        match schema {
            Value::Object(members) => self.members(members)?,
            Value::Array(schemas) => schemas.iter().try_for_each(|schema| self.schema(schema))?,
            _ => {}
        }
        self.depth -= 1;
        Ok(())
    }

    fn members(&mut self, members: &'a Map<String, Value>) -> Result<(), Problem> {
        for (keyword, value) in members {
            match keyword.as_str() {
                keyword if NOT_SCHEMAS.contains(&keyword) => {}
                keyword if UNREAD.contains(&keyword) => {
                    return Err(Problem::new(
                        "",
                        format!("`{keyword}` is not read here; use `$ref` with `#/…`"),
                    ));
                }
                "$id" if self.parts > 1 => return Err(Problem::new("", "`$id` is read at the top only")),
                "$ref" => self.reference(value.as_str().unwrap_or_default())?,
                keyword if MAPS.contains(&keyword) => {
                    value
                        .as_object()
                        .into_iter()
                        .flatten()
                        .try_for_each(|(_, schema)| self.schema(schema))?;
                }
                _ if value.is_object() || value.is_array() => self.schema(value)?,
                _ => {}
            }
        }
        Ok(())
    }

    fn reference(&mut self, reference: &'a str) -> Result<(), Problem> {
        if let Some(open) = self.open.iter_mut().find(|open| open.reference == reference) {
            open.returns += 1;
            let message =
                format!("`{reference}` names itself more than once, which can take for ever to check");
            return if open.returns > 1 { Err(Problem::new("", message)) } else { Ok(()) };
        }
        let pointer =
            reference.strip_prefix('#').filter(|pointer| pointer.is_empty() || pointer.starts_with('/'));
        let Some(target) = pointer.and_then(|pointer| self.root.pointer(pointer)) else {
            let message =
                format!("`$ref` to `{reference}` leads nowhere: only `#/…` inside the same schema is read");
            return Err(Problem::new("", message));
        };
        self.open.push(Open { reference, returns: 0 });
        self.schema(target)?;
        self.open.pop();
        Ok(())
    }
}
