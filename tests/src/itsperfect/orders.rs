//! The ERP's orders.

use serde_json::{Map, Value, json};

/// The first id; later ones count on.
const FIRST_ID: i64 = 50_001;
/// Every so many orders one has its id as text.
const TEXT_ID_EVERY: i64 = 4;

/// How a new order is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InsertId {
    Number,
    Text,
    /// 200 without it.
    Missing,
}

#[derive(Clone, Debug)]
pub struct Order {
    pub id: i64,
    /// What was sent.
    pub fields: Map<String, Value>,
}

#[derive(Default)]
pub struct Orders {
    /// The oldest first.
    all: Vec<Order>,
}

impl Orders {
    pub fn seed(&mut self, orders: usize) {
        for index in 0..orders {
            let number = json!(format!("OLD-{index}"));
            self.add(Map::from_iter([("reference".into(), number.clone()), ("orderNumber".into(), number)]));
        }
    }

    pub fn add(&mut self, fields: Map<String, Value>) -> i64 {
        let id = self.all.last().map_or(FIRST_ID, |last| last.id + 1);
        self.all.push(Order { id, fields });
        id
    }

    pub fn remove(&mut self, id: i64) {
        self.all.retain(|order| order.id != id);
    }

    /// The oldest first.
    pub fn all(&self) -> &[Order] {
        &self.all
    }

    pub fn get(&self, id: &str) -> Option<&Order> {
        self.all.iter().find(|order| order.id.to_string() == id)
    }
}

impl Order {
    /// As it looks in a list: the id in front, text or number, and what a client sent as it sent it, but
    /// for references of digits alone, which come back as numbers.
    pub fn row(&self) -> Value {
        let id = if self.id % TEXT_ID_EVERY == 0 { json!(self.id.to_string()) } else { json!(self.id) };
        let mut row = Map::from_iter([("id".to_owned(), id), ("status".to_owned(), json!(0))]);
        row.extend(self.fields.clone());
        if let Some(Value::String(reference)) = row.get("reference")
            && let Ok(number) = reference.parse::<i64>()
            && number.to_string() == *reference
        {
            row.insert("reference".to_owned(), json!(number));
        }
        Value::Object(row)
    }
}

/// The answer to a new order; the id is not its first member.
pub fn created(id: i64, form: InsertId) -> Value {
    match form {
        InsertId::Number => json!({"affectedRows": 1, "insertId": id}),
        InsertId::Text => json!({"affectedRows": 1, "insertId": id.to_string()}),
        InsertId::Missing => json!({"affectedRows": 1}),
    }
}
