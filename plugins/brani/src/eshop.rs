//! The e-shop information: the statuses, shippings and payments that orders refer to.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value, json};
use windlass_sdk::lenient::Id;
use windlass_sdk::spec::{Action, Repeat, Stream};
use windlass_sdk::{ActRequest, Error, Outcome, Page, Result, storage};

use crate::Brani;
use crate::api::judge;

pub const INFO: &str = "eshop-info";
pub const SET: &str = "set-eshop-info";

const PATH: &str = "/eshop/info";
/// The one record's key: a token belongs to one e-shop.
const KEY: &str = "eshop";
/// The member of the input that is not sent.
const FORCE: &str = "force";
/// Where the storage holds what was last sent.
const LAST_SENT: &str = "eshop-info";

/// The lists are sent as they are given.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "only its schema is used")]
struct Lists {
    order_statuses: Option<Statuses>,
    shipping_methods: Option<Methods>,
    payment_methods: Option<Methods>,
    /// Send even what was sent last: for when Brani has lost it, or somebody else has sent other lists.
    force: Option<bool>,
}

#[derive(JsonSchema)]
#[expect(dead_code, reason = "only its schema is used")]
struct Statuses {
    statuses: Vec<Status>,
}

#[derive(JsonSchema)]
#[expect(dead_code, reason = "only its schema is used")]
struct Status {
    /// May be negative.
    id: i64,
    name: String,
}

#[derive(JsonSchema)]
#[expect(dead_code, reason = "only its schema is used")]
struct Methods {
    retail: Option<MethodList>,
    wholesale: Option<MethodList>,
}

#[derive(JsonSchema)]
#[expect(dead_code, reason = "only its schema is used")]
struct MethodList {
    methods: Vec<Method>,
}

#[derive(JsonSchema)]
#[expect(dead_code, reason = "only its schema is used")]
struct Method {
    /// A UUID, or a number, which Brani fills up with zeros: 12345 is then
    /// 00000000-0000-0000-0000-000000012345.
    guid: Id,
    name: String,
}

#[derive(Serialize, JsonSchema)]
struct SetOutput {
    /// False: equal to what was sent last, so nothing was.
    sent: bool,
}

pub fn stream() -> Stream {
    Stream::incremental(INFO)
        .title("E-shop information")
        .description(
            "What Brani knows of the e-shop: the lists that orders refer to, which need not be those of the \
             shop itself, and a summary. One record, or none as long as nothing was sent.",
        )
        .key("always `eshop`")
        .every("6h")
        .schema(json!({
            "type": "object",
            "required": ["data"],
            "properties": {
                "data": {
                    "type": "object",
                    "description": "The lists as they were sent. They need not be those of the shop itself.",
                    "properties": {
                        "orderStatuses": { "type": ["object", "null"] },
                        "shippingMethods": { "type": ["object", "null"] },
                        "paymentMethods": { "type": ["object", "null"] },
                    },
                },
                "summary": {
                    "type": ["object", "null"],
                    "properties": {
                        "eshop_id": { "type": ["integer", "string", "null"] },
                        "eshop_name": { "type": ["string", "null"] },
                        "eshop_url": { "type": ["string", "null"] },
                        "enabled": { "type": ["boolean", "null"] },
                        "multieshop_id": { "type": ["integer", "string", "null"] },
                        "is_shoptet": { "type": ["boolean", "null"] },
                    },
                },
            },
        }))
}

pub fn set() -> Action {
    Action::new::<Lists, SetOutput>(SET, Repeat::VendorKey).title("Send the e-shop information").description(
        "Replaces the lists of statuses, shippings and payments: what is left out is gone at Brani. They \
             need not be those of the shop itself; it is often useful to send others, for instance fewer \
             statuses. What is equal to what was sent last is not sent again, as Brani asks.",
    )
}

pub fn read(shop: &Brani) -> Result<Page> {
    Ok(match info(shop)? {
        Some(info) => Page::new().record(KEY, info),
        None => Page::new().deleted(KEY),
    })
}

/// The e-shop's name at Brani; none if nothing was sent yet.
pub fn read_name(shop: &Brani) -> Result<Option<String>> {
    let Some(info) = info(shop)? else { return Ok(None) };
    let info: Value = serde_json::from_str(&info).unwrap_or_default();
    let name = info.pointer("/summary/eshop_name").and_then(Value::as_str);
    Ok(Some(name.unwrap_or("an e-shop without a name").to_owned()))
}

pub fn send(shop: &Brani, request: &ActRequest) -> Result<Outcome> {
    let mut lists: Map<String, Value> = request.input()?;
    let force = lists.remove(FORCE) == Some(Value::Bool(true));
    if lists.is_empty() {
        return Err(Error::rejected(
            "no-lists",
            "the input has none of the lists; Brani would drop all it has",
        ));
    }
    if !force && storage::get_json::<Map<String, Value>>(LAST_SENT)?.as_ref() == Some(&lists) {
        return Outcome::done(&SetOutput { sent: false });
    }
    judge(shop.call("POST", PATH).json(&json!({ "data": lists })).send()?)?;
    storage::set_json(LAST_SENT, &lists)?;
    Outcome::done(&SetOutput { sent: true })
}

/// The answer as it came; none if nothing was sent yet.
fn info(shop: &Brani) -> Result<Option<String>> {
    let answer = judge(shop.call("GET", PATH).send()?)?;
    let holds = |pointer: &str| -> Result<bool> {
        Ok(answer.field(pointer)?.is_some_and(|json| json.trim() != "null"))
    };
    match holds("")? && holds("/data")? {
        true => answer.text().map(Some),
        false => Ok(None),
    }
}
