//! Loading a component: its bytes are checked before anything of it runs.

use std::{collections::HashMap, sync::Arc};

use sha2::{Digest, Sha256};
use wasmtime::{
    Engine,
    component::{Component, InstancePre, Linker},
};

use crate::{
    capability,
    error::LoadError,
    spec::{Schema, Spec},
    state::CallState,
};

pub(crate) use crate::exports::Exports;

/// What a component may import; see the file itself.
const ALLOWED_IMPORTS: &str = include_str!("../../../wit/imports.txt");
const CONTRACT: &str = "windlass:connector/";
/// The version of the contract that calls are made under.
pub const CONTRACT_VERSION: &str = "0.1.0";
/// What every component exports.
const SPEC: &str = "windlass:connector/spec@0.1.0";
/// What a flow exports and a connector does not.
const REACTIONS: &str = "windlass:connector/reactions@0.1.0";
/// A Python guest is 18 MB; a component of three times that is a mistake.
pub const MOST_COMPONENT_BYTES: usize = 64 << 20;

/// A component that is compiled, linked and described. Cheap to share; calls need a
/// [`Sandbox`](crate::Sandbox).
pub struct Connector {
    /// Lower-case hex SHA-256 of the component's bytes.
    pub digest: String,
    pub spec: Arc<Spec>,
    /// The spec as the component wrote it.
    pub spec_json: String,
    /// By stream, compiled once.
    pub(crate) schemas: HashMap<String, Schema>,
    /// By action, compiled once.
    pub(crate) action_schemas: HashMap<String, ActionSchemas>,
    pub(crate) pre: InstancePre<CallState>,
    pub(crate) exports: Exports,
}

/// What an action takes and returns.
pub struct ActionSchemas {
    pub input: Schema,
    pub output: Schema,
}

impl Connector {
    pub fn action_schemas(&self, action: &str) -> Option<&ActionSchemas> {
        self.action_schemas.get(action)
    }

    /// The names of what the component imports and exports.
    pub fn interfaces(&self) -> (Vec<String>, Vec<String>) {
        let (kind, engine) = (self.pre.component().component_type(), self.pre.engine());
        let imports = kind.imports(engine).map(|(name, _)| name.to_owned()).collect();
        (imports, kind.exports(engine).map(|(name, _)| name.to_owned()).collect())
    }
}

/// Lower-case hex SHA-256.
pub fn digest(wasm: &[u8]) -> String {
    Sha256::digest(wasm).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Refuses what is plainly not a component of ours, before it is compiled.
pub(crate) fn check_bytes(wasm: &[u8]) -> Result<(), LoadError> {
    let refuse = |message: String| Err(LoadError::Refused(message));
    if wasm.len() > MOST_COMPONENT_BYTES {
        let mib = MOST_COMPONENT_BYTES >> 20;
        return refuse(format!("the component has {} MiB; the most is {mib} MiB", wasm.len() >> 20));
    }
    match wasm.get(..8) {
        Some(b"\0asm\x0d\0\x01\0") => Ok(()),
        Some(b"\0asm\x01\0\0\0") => refuse(
            "this is a core WebAssembly module, not a component; build it for the target wasm32-wasip2"
                .into(),
        ),
        _ => refuse("this is not a WebAssembly component".into()),
    }
}

/// Which of the contract's two worlds a component is built for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum World {
    Connector,
    Flow,
}

/// What each world's components are linked with.
pub(crate) struct Linkers {
    connector: Linker<CallState>,
    flow: Linker<CallState>,
}

impl Linkers {
    pub fn new(engine: &Engine) -> Result<Self, LoadError> {
        let mut linkers = Linkers { connector: Linker::new(engine), flow: Linker::new(engine) };
        capability::link_connector(&mut linkers.connector)?;
        capability::link_flow(&mut linkers.flow)?;
        Ok(linkers)
    }

    fn of(&self, world: World) -> &Linker<CallState> {
        match world {
            World::Connector => &self.connector,
            World::Flow => &self.flow,
        }
    }
}

/// Links the compiled component, refusing any import that is not on the list, by name.
pub(crate) fn link(
    component: &Component,
    linkers: &Linkers,
) -> Result<(InstancePre<CallState>, Exports), LoadError> {
    let (kind, engine) = (component.component_type(), component.engine());
    let imports: Vec<&str> = kind.imports(engine).map(|(name, _)| name).collect();
    let exports: Vec<&str> = kind.exports(engine).map(|(name, _)| name).collect();
    let world = check_names(&imports, &exports)?;
    let pre = linkers.of(world).instantiate_pre(component).map_err(|error| {
        LoadError::Refused(format!(
            "the component does not fit the contract {CONTRACT}{CONTRACT_VERSION}: {error:#}"
        ))
    })?;
    let exports = Exports::find(&pre);
    if exports.spec.is_none() {
        return Err(LoadError::Refused(format!("the component's {SPEC} does not fit the contract")));
    }
    Ok((pre, exports))
}

/// Which world a component is built for, by the names of what it imports and exports; refuses what that world
/// does not have.
pub(crate) fn check_names(imports: &[&str], exports: &[&str]) -> Result<World, LoadError> {
    let world = if exports.contains(&REACTIONS) { World::Flow } else { World::Connector };
    for name in imports {
        check_import(name, world)?;
    }
    if !exports.contains(&SPEC) {
        return Err(LoadError::Refused(format!(
            "the component does not export {SPEC}; is it built against this contract?"
        )));
    }
    Ok(world)
}

fn check_import(name: &str, world: World) -> Result<(), LoadError> {
    let (interface, version) = name.split_once('@').unwrap_or((name, ""));
    let allowed = ALLOWED_IMPORTS
        .lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty())
        .any(|line| interface == line || (line.ends_with('/') && interface.starts_with(line)));
    if !allowed {
        let hint = if interface.starts_with("wasi:http") {
            "; requests go through windlass:connector/http"
        } else {
            ""
        };
        return Err(LoadError::Refused(format!(
            "the component imports {name}, which no component may{hint}"
        )));
    }
    let ours = interface.strip_prefix(CONTRACT);
    let why_not = match (world, ours) {
        (World::Flow, Some("http" | "rate-limit")) => {
            "a flow has no network; it asks connections for actions"
        }
        (World::Connector, Some("records")) => "only a flow reads the records of connections",
        _ => "",
    };
    if !why_not.is_empty() {
        return Err(LoadError::Refused(format!("the component imports {name}: {why_not}")));
    }
    if interface.starts_with(CONTRACT) && version != CONTRACT_VERSION {
        return Err(LoadError::Refused(format!(
            "the component is built against contract version {version}; this host supports {CONTRACT_VERSION}"
        )));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{World, check_bytes, check_import};

    #[test]
    fn only_listed_imports_pass() {
        for name in ["windlass:connector/http@0.1.0", "wasi:cli/stdout@0.2.6", "wasi:io/poll@0.2.0"] {
            check_import(name, World::Connector).unwrap();
        }
        for (name, expected) in [
            ("wasi:http/outgoing-handler@0.2.0", "requests go through"),
            ("wasi:keyvalue/store@0.2.0", "which no component may"),
            ("windlass:connector/https@0.1.0", "which no component may"),
            ("windlass:connector/http@0.9.0", "this host supports 0.1.0"),
        ] {
            let error = check_import(name, World::Connector).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
    }

    #[test]
    fn each_world_is_refused_what_belongs_to_the_other() {
        let refusal = |name, world| check_import(name, world).unwrap_err().to_string();
        assert!(refusal("windlass:connector/http@0.1.0", World::Flow).contains("a flow has no network"));
        assert!(refusal("windlass:connector/records@0.1.0", World::Connector).contains("only a flow"));
        check_import("windlass:connector/records@0.1.0", World::Flow).unwrap();
    }

    #[test]
    fn bytes_that_are_no_component_are_told_apart() {
        assert!(check_bytes(b"").unwrap_err().to_string().contains("not a WebAssembly component"));
        assert!(check_bytes(b"\0asm\x01\0\0\0").unwrap_err().to_string().contains("wasm32-wasip2"));
        check_bytes(b"\0asm\x0d\0\x01\0").unwrap();
    }
}
