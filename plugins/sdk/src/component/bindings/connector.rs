//! What connectors import and export, but for `spec`.

wit_bindgen::generate!({
    inline: "
        package windlass:sdk;
        world connects {
            import windlass:connector/errors@0.1.0;
            import windlass:connector/config@0.1.0;
            import windlass:connector/log@0.1.0;
            import windlass:connector/http@0.1.0;
            import windlass:connector/storage@0.1.0;
            import windlass:connector/rate-limit@0.1.0;
            export windlass:connector/checks@0.1.0;
            export windlass:connector/streams@0.1.0;
            export windlass:connector/actions@0.1.0;
            export windlass:connector/webhooks@0.1.0;
        }
    ",
    path: "../../wit",
    world: "windlass:sdk/connects",
    generate_all,
    pub_export_macro: true,
    export_macro_name: "export_connector",
    default_bindings_module: "windlass_sdk::__private::bindings::connector",
});
