//! The generated bindings of the contract; private to this crate.

wasmtime::component::bindgen!({
    path: "../../wit",
    world: "connector",
    imports: {
        "windlass:connector/http.send": async | trappable,
        "windlass:connector/http.send-all": async | trappable,
        "windlass:connector/http.[method]response.pick": async | trappable,
        "windlass:connector/storage": async | trappable,
        "windlass:connector/rate-limit": async | trappable,
        default: trappable,
    },
    exports: { default: async },
    with: {
        "windlass:connector/http.request": crate::capability::http::RequestDraft,
        "windlass:connector/http.response": crate::capability::http::Response,
        "windlass:connector/http.rows": crate::json::Rows,
        "windlass:connector/http.kept-rows": crate::json::KeptRows,
    },
});
