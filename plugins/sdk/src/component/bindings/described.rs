//! What every component exports.

wit_bindgen::generate!({
    inline: "
        package windlass:sdk;
        world described { export windlass:connector/spec@0.1.0; }
    ",
    path: "../../wit",
    world: "windlass:sdk/described",
    generate_all,
    pub_export_macro: true,
    export_macro_name: "export_described",
    default_bindings_module: "windlass_sdk::__private::bindings::described",
});
