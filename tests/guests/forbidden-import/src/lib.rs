//! A component that imports what no connector may: the host's own network. It is refused at install,
//! by the name of the import, so it needs to do nothing.
#![cfg(target_arch = "wasm32")]

wit_bindgen::generate!({ path: "wit", world: "forbidden", generate_all });

struct Forbidden;

impl Guest for Forbidden {
    fn describe() -> String {
        wasi::http::client::handle("https://elsewhere.example");
        String::new()
    }
}

export!(Forbidden);
