//! The defaults: a wire that was invented so that there is one. The simulator of the tests speaks it.

use super::{Answers, Deliveries, Owner, Paging, Paths, Profile, UpdateMethod, names};

impl Default for Profile {
    fn default() -> Self {
        Self {
            prefix: "/api/v1".into(),
            paths: Paths::default(),
            paging: Paging::default(),
            answer: Answers::default(),
            lookup_parameter: "externalId".into(),
            update_method: UpdateMethod::Patch,
            reference_attribute: None,
            customer_attributes: Owner::Customer,
            names: names::stand_in(),
            webhook: Deliveries::default(),
        }
    }
}

impl Default for Paths {
    fn default() -> Self {
        Self {
            orders: "orders".into(),
            products: "products".into(),
            statuses: "statuses".into(),
            attributes: "attributes".into(),
            vat_rates: "vat-rates".into(),
            currencies: "currencies".into(),
        }
    }
}

impl Default for Paging {
    fn default() -> Self {
        Self { page_parameter: "page".into(), first_page: 1, size_parameter: "limit".into(), size: 100 }
    }
}

impl Default for Answers {
    fn default() -> Self {
        Self {
            rows: "/data".into(),
            record: "/data".into(),
            id: "/id".into(),
            created: "/data/id".into(),
            error: "/error".into(),
        }
    }
}

impl Default for Deliveries {
    fn default() -> Self {
        Self {
            event: "/event".into(),
            id: "/id".into(),
            record_id: "/data/id".into(),
            product_created: "product.created".into(),
            product_updated: "product.updated".into(),
            product_deleted: "product.deleted".into(),
            order_updated: "order.updated".into(),
        }
    }
}
