//! What flows import and export, but for `spec` and what they share with connectors.

wit_bindgen::generate!({
    inline: "
        package windlass:sdk;
        world reacts {
            import windlass:connector/records@0.1.0;
            export windlass:connector/reactions@0.1.0;
        }
    ",
    path: "../../wit",
    world: "windlass:sdk/reacts",
    generate_all,
    pub_export_macro: true,
    export_macro_name: "export_flow",
    default_bindings_module: "windlass_sdk::__private::bindings::flow",
    with: {
        "windlass:connector/errors@0.1.0": crate::component::bindings::connector::windlass::connector::errors,
    },
});
