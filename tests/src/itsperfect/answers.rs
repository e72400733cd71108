//! What is at each address, and the answer to each request that is carried out.

use serde_json::{Map, Value};

use super::catalog::{self, Item};
use super::filter::{Filter, Filters};
use super::listing::wrapped;
use super::orders::created;
use super::vendor::Vendor;
use super::{SHOP_WAREHOUSE, WAREHOUSES, WEBSHOP_TOKEN};
use crate::simulator::Request;
use crate::wire::Answer;

/// Parameters of lists, by the first word of their path.
const PARAMETERS: [(&str, &[&str]); 5] = [
    ("items", &["page", "limit", "filter"]),
    ("orders", &["page", "limit", "filter"]),
    ("warehouses", &["page", "limit", "filter"]),
    ("countries", &["page", "limit", "filter"]),
    ("stock", &["page", "limit", "warehouseId", "updateTimeStamp"]),
];

/// The answer, or the status and the words of a refusal.
type Carried = Result<Answer, (u16, String)>;

impl Vendor {
    pub(super) fn carry_out(&mut self, request: &Request) -> Carried {
        let none = Map::new();
        let asked = request.parameters.as_object().unwrap_or(&none);
        let (method, path) = request.method.split_once(' ').unwrap_or_default();
        let webshop = request.token.as_deref() == Some(WEBSHOP_TOKEN);
        match (method, path.split('/').collect::<Vec<_>>().as_slice()) {
            ("GET", ["items"]) => self.list("items", self.items(), Item::row, asked),
            ("GET", ["items", id]) => {
                Ok(wrapped("items", self.item(id).map(|item| item.row()).into_iter().collect()))
            }
            ("GET", ["items", id, "stock"]) => {
                let row = self.item(id).map(|item| self.stock.row(&item, &WAREHOUSES));
                Ok(wrapped("stock", row.into_iter().collect()))
            }
            ("GET", ["stock"]) => self.stock(asked, webshop),
            ("GET", ["warehouses"]) => self.list("warehouses", catalog::warehouses(), Value::clone, asked),
            ("GET", ["countries"]) => self.list("countries", catalog::countries(), Value::clone, asked),
            ("GET", ["orders"]) => self.list_orders(asked),
            // An unknown order is an empty body.
            ("GET", ["orders", id]) => Ok(match self.orders.get(id) {
                Some(order) => wrapped("orders", vec![order.row()]),
                None => Answer::json(Vec::new()),
            }),
            ("POST", ["orders"]) => Ok(self.create(asked)),
            (_, [known, ..]) if PARAMETERS.iter().any(|(name, _)| name == known) => {
                Err((405, "This method is not allowed".to_owned()))
            }
            _ => Err((404, "This resource does not exist".to_owned())),
        }
    }

    fn list<T>(
        &self,
        name: &str,
        mut all: Vec<T>,
        row: impl Fn(&T) -> Value,
        asked: &Map<String, Value>,
    ) -> Carried {
        if let Some(filter) = asked.get("filter").and_then(Value::as_str) {
            let filter = Filter::read(filter).map_err(|why| (500, why))?;
            all.retain(|one| filter.fits(&row(one)));
        }
        self.settings.listing.page(name, &all, row, asked).map_err(|why| (500, why))
    }

    fn list_orders(&self, asked: &Map<String, Value>) -> Carried {
        let mut orders: Vec<_> = self.orders.all().iter().collect();
        if self.settings.newest_first {
            orders.reverse();
        }
        let mut asked = asked.clone();
        if asked.contains_key("filter") {
            match self.settings.filters {
                Filters::Honoured => {}
                Filters::Ignored => drop(asked.remove("filter")),
                Filters::Nothing => orders.clear(),
                Filters::Refused(status) => return Err((status, "This filter is not possible".to_owned())),
            }
        }
        self.list("orders", orders, |order| order.row(), &asked)
    }

    fn stock(&self, asked: &Map<String, Value>, webshop: bool) -> Carried {
        let one = asked.get("warehouseId").and_then(Value::as_str).and_then(|id| id.parse::<i64>().ok());
        let shown: Vec<i64> = match one {
            _ if webshop => vec![SHOP_WAREHOUSE],
            Some(id) if !self.settings.mixed_stock => {
                WAREHOUSES.into_iter().filter(|&known| known == id).collect()
            }
            // The one that was asked for is somewhere among the others.
            _ => WAREHOUSES.into(),
        };
        self.list("stock", self.items(), |item| self.stock.row(item, &shown), asked)
    }

    fn items(&self) -> Vec<Item> {
        (0..self.settings.items).map(Item::nth).collect()
    }

    fn item(&self, id: &str) -> Option<Item> {
        self.items().into_iter().find(|item| item.id.to_string() == id)
    }

    fn create(&mut self, fields: &Map<String, Value>) -> Answer {
        let id = self.orders.add(fields.clone());
        Answer::json(created(id, self.settings.insert_id).to_string().into_bytes())
    }
}

pub(super) fn unknown_parameter(path: &str, asked: &Value) -> Option<String> {
    let known = PARAMETERS.iter().find(|(name, _)| *name == path).map_or(&[][..], |(_, names)| names);
    let name = asked.as_object()?.keys().find(|name| !known.contains(&name.as_str()))?;
    Some(format!("{path} has no parameter {name}"))
}
