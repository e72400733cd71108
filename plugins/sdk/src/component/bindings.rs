//! The generated bindings of world `connector`. Authors never see them.

wit_bindgen::generate!({
    path: "../../wit",
    world: "connector",
    pub_export_macro: true,
    export_macro_name: "export_component",
    default_bindings_module: "windlass_sdk::__private::bindings",
});
