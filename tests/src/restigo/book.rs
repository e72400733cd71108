//! The supplier's items, customers and price lists.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Number, Value, json};

/// SKUs of the guide's examples and of its daily documents.
const SKUS: [&str; 5] = ["100106", "0101", "100105", "לחמא00905", "הבלקן8386"];
/// Customer numbers of the guide's examples.
const CUSTOMERS: [&str; 3] = ["556781", "123", "23101"];

/// What an unknown SKU does to a call that prices it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnknownSku {
    /// The rest is done, and the answer does not name it.
    LeftOut,
    /// Nothing is done.
    Refused,
}

/// Which names a filter by name finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameFilter {
    Exact,
    Contains,
    /// All: the parameter counts for nothing.
    Ignored,
}

/// What the supplier has beside the guide's examples.
#[derive(Clone, Copy, Debug, Default)]
pub struct Seed {
    pub more_items: usize,
    pub more_customers: usize,
    pub more_lists: usize,
}

struct Item {
    id: i64,
    name: String,
    sku: String,
    active: bool,
}

struct Customer {
    id: i64,
    name: String,
    number: String,
}

#[derive(Clone, Debug)]
pub struct PriceList {
    pub id: i64,
    pub name: String,
    customers: BTreeSet<i64>,
    /// By item id; as they were sent.
    prices: BTreeMap<i64, Number>,
}

/// What a posted price did.
pub enum Priced {
    Added,
    Updated,
    UnknownSku,
}

#[derive(Default)]
pub struct Book {
    items: Vec<Item>,
    customers: Vec<Customer>,
    lists: Vec<PriceList>,
}

impl NameFilter {
    fn finds(self, name: &str, wanted: Option<&str>) -> bool {
        let Some(wanted) = wanted.filter(|_| self != Self::Ignored) else { return true };
        if self == Self::Exact { name == wanted } else { name.contains(wanted) }
    }
}

impl Book {
    pub fn new(seed: Seed) -> Self {
        let mut book = Self::default();
        let more = (0..seed.more_items).map(|n| format!("S{n:06}"));
        for sku in SKUS.map(str::to_owned).into_iter().chain(more) {
            let id = book.items.len() as i64 + 1;
            book.items.push(Item { id, name: format!("מוצר {id}"), sku, active: true });
        }
        let more = (0..seed.more_customers).map(|n| format!("{n:05}"));
        for number in CUSTOMERS.map(str::to_owned).into_iter().chain(more) {
            let id = book.customers.len() as i64 + 1;
            book.customers.push(Customer { id, name: format!("לקוח {id}"), number });
        }
        let list = |id, name: &str, customer, prices: &[(i64, &str)]| PriceList {
            id,
            name: name.to_owned(),
            customers: [customer].into(),
            prices: prices.iter().map(|&(item, price)| (item, number(price))).collect(),
        };
        book.lists.push(list(4515, "מחירון קיים", 1, &[(2, "50"), (3, "19.90")]));
        book.lists.push(list(5544, "מחירון להסרה", 2, &[(1, "32"), (2, "55"), (3, "21.6")]));
        let more = (0..seed.more_lists as i64).map(|n| list(9000 + n, &format!("מחירון {n}"), 3, &[]));
        book.lists.extend(more);
        book
    }

    pub fn items(&self, filter: NameFilter, name: Option<&str>) -> Value {
        let found = self.items.iter().filter(|item| item.active && filter.finds(&item.name, name));
        found.map(|item| json!({"item_id": item.id, "item_name": item.name})).collect()
    }

    pub fn lists(&self, filter: NameFilter, name: Option<&str>) -> Value {
        let found = self.lists.iter().filter(|list| filter.finds(&list.name, name));
        found.map(|list| self.wire(list)).collect()
    }

    /// Invented: the guide shows no answer.
    pub fn customer(&self, number: &str) -> Option<Value> {
        let customer = self.customers.iter().find(|customer| customer.number == number)?;
        let lists = self.lists.iter().filter(|list| list.customers.contains(&customer.id));
        Some(json!({
            "branch_id": 700 + customer.id,
            "branch_name": customer.name,
            "pricings": lists.map(|list| json!({"pricing_id": list.id, "pricing_name": list.name})).collect::<Value>(),
            "users": [{"user_id": 40 + customer.id, "user_name": "משתמש"}],
        }))
    }

    pub fn customer_id(&self, number: &str) -> Option<i64> {
        self.customers.iter().find(|customer| customer.number == number).map(|customer| customer.id)
    }

    pub fn all_lists(&self) -> &[PriceList] {
        &self.lists
    }

    pub fn list(&mut self, id: i64) -> Option<&mut PriceList> {
        self.lists.iter_mut().find(|list| list.id == id)
    }

    /// A new list; returns its id.
    pub fn add_list(&mut self, name: &str) -> i64 {
        let id = self.lists.iter().map(|list| list.id).max().unwrap_or(0) + 1;
        let (customers, prices) = Default::default();
        self.lists.push(PriceList { id, name: name.to_owned(), customers, prices });
        id
    }

    pub fn knows(&self, sku: &str) -> bool {
        self.item(sku).is_some()
    }

    /// Sets a price on a list that exists.
    pub fn set_price(&mut self, list: i64, sku: &str, price: Number) -> Priced {
        let item = self.item(sku);
        let (Some(item), Some(list)) = (item, self.list(list)) else { return Priced::UnknownSku };
        match list.prices.insert(item, price) {
            None => Priced::Added,
            Some(_) => Priced::Updated,
        }
    }

    /// Whether the item stood on the list.
    pub fn remove_price(&mut self, list: i64, sku: &str) -> bool {
        let item = self.item(sku);
        self.list(list).is_some_and(|list| item.is_some_and(|item| list.prices.remove(&item).is_some()))
    }

    /// The price of a SKU, as it was sent.
    pub fn price(&self, list: i64, sku: &str) -> Option<String> {
        let list = self.lists.iter().find(|known| known.id == list)?;
        list.prices.get(&self.item(sku)?).map(Number::to_string)
    }

    pub fn retire(&mut self, sku: &str) {
        self.items.iter_mut().filter(|item| item.sku == sku).for_each(|item| item.active = false);
    }

    fn item(&self, sku: &str) -> Option<i64> {
        self.items.iter().find(|item| item.sku == sku).map(|item| item.id)
    }

    fn wire(&self, list: &PriceList) -> Value {
        let customers = self.customers.iter().filter(|customer| list.customers.contains(&customer.id));
        let priced = self.items.iter().filter_map(|item| Some((item, list.prices.get(&item.id)?)));
        json!({
            "pricing_id": list.id,
            "pricing_name": list.name,
            "clients": customers.map(|one| json!({"client_id": one.id, "client_name": one.name})).collect::<Value>(),
            "catalog_items": priced.map(|(item, price)| {
                json!({"item_name": item.name, "item_id": item.id, "price_after_discount": price})
            }).collect::<Value>(),
        })
    }
}

impl PriceList {
    pub fn add_customer(&mut self, customer: i64) {
        self.customers.insert(customer);
    }

    /// Whether the customer was on the list.
    pub fn remove_customer(&mut self, customer: i64) -> bool {
        self.customers.remove(&customer)
    }

    pub fn has_customer(&self, customer: i64) -> bool {
        self.customers.contains(&customer)
    }
}

fn number(text: &str) -> Number {
    text.parse().expect("a price of the seed is a number")
}
