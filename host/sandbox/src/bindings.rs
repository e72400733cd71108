//! The generated bindings of the contract; private to this crate. One world that is both, a connector and
//! a flow, so that what they share has one type here; which imports a component gets is decided in
//! [`capability`](crate::capability).

wasmtime::component::bindgen!({
    inline: "
        package windlass:host;
        world host {
            include windlass:connector/connector@0.1.0;
            include windlass:connector/flow@0.1.0;
        }
    ",
    path: "../../wit",
    world: "windlass:host/host",
    imports: {
        "windlass:connector/http.send": async | trappable,
        "windlass:connector/http.send-all": async | trappable,
        "windlass:connector/http.[method]response.pick": async | trappable,
        "windlass:connector/storage": async | trappable,
        "windlass:connector/rate-limit": async | trappable,
        "windlass:connector/records": async | trappable,
        default: trappable,
    },
    exports: { default: async },
    with: {
        "windlass:connector/http.request": crate::capability::http::RequestDraft,
        "windlass:connector/http.response": crate::capability::http::Response,
        "windlass:connector/http.rows": crate::capability::http::Rows,
        "windlass:connector/http.kept-rows": crate::capability::http::KeptRows,
    },
});
