//! The sandbox: one engine, one pool, and components loaded into it.

use std::{
    collections::HashMap,
    hash::{DefaultHasher, Hash, Hasher},
    path::{Path, PathBuf},
    sync::Arc,
};

use tokio::sync::Semaphore;
use wasmtime::{
    Engine,
    component::{Component, Linker},
};

use crate::{
    call, capability,
    component::{self, ActionSchemas, Connector, digest},
    engine::{CALLS_AT_ONCE, engine, start_ticks},
    error::LoadError,
    spec::{Action, Schema, Spec, Stream},
    state::CallState,
};

/// Compiles at once: one, because each takes a core for a third of a second and all its memory.
const COMPILES_AT_ONCE: usize = 1;

/// Loads and calls components. One per host.
pub struct Sandbox {
    pub(crate) engine: Engine,
    linker: Linker<CallState>,
    /// No larger than the pool, so that a call waits for its turn instead of failing.
    pub(crate) calls: Arc<Semaphore>,
    compiles: Semaphore,
    compiled: Option<PathBuf>,
}

impl Sandbox {
    /// `compiled` is a folder that only this host writes to: machine code is read back from it
    /// unchecked. Without one, every load compiles.
    pub fn new(compiled: Option<&Path>) -> Result<Sandbox, LoadError> {
        let engine = engine()?;
        let mut linker = Linker::new(&engine);
        capability::link(&mut linker)?;
        if let Some(folder) = compiled {
            std::fs::create_dir_all(folder).map_err(LoadError::host)?;
        }
        start_ticks(&engine);
        Ok(Sandbox {
            engine,
            linker,
            calls: Arc::new(Semaphore::new(CALLS_AT_ONCE)),
            compiles: Semaphore::new(COMPILES_AT_ONCE),
            compiled: compiled.map(Path::to_owned),
        })
    }

    /// Checks, compiles (off the async threads), links and describes a component.
    pub async fn load(&self, wasm: Arc<Vec<u8>>) -> Result<Connector, LoadError> {
        component::check_bytes(&wasm)?;
        let digest = digest(&wasm);
        let compiled = self.compile(wasm, &digest).await?;
        let (pre, exports) = component::link(&compiled, &self.linker)?;
        let spec_json = call::describe(self, &pre, &exports).await?;
        let spec = Spec::parse(&spec_json).map_err(|error| LoadError::Spec(error.to_string()))?;
        check_exports(&spec, &exports)?;
        let schemas = stream_schemas(&spec)?;
        let action_schemas = action_schemas(&spec)?;
        Ok(Connector { digest, spec: Arc::new(spec), spec_json, schemas, action_schemas, pre, exports })
    }

    async fn compile(&self, wasm: Arc<Vec<u8>>, digest: &str) -> Result<Component, LoadError> {
        let file = self.compiled.as_ref().map(|folder| folder.join(self.compiled_name(digest)));
        let _turn = self.compiles.acquire().await.map_err(LoadError::host)?;
        let engine = self.engine.clone();
        let work = move || match &file {
            Some(file) => compile_through(&engine, &wasm, file),
            None => Component::new(&engine, &*wasm).map_err(refused),
        };
        tokio::task::spawn_blocking(work).await.map_err(LoadError::host)?
    }

    /// Machine code fits one component, one engine version and one set of settings.
    fn compiled_name(&self, digest: &str) -> String {
        let mut hasher = DefaultHasher::new();
        self.engine.precompile_compatibility_hash().hash(&mut hasher);
        format!("{digest}-{:016x}.cwasm", hasher.finish())
    }
}

fn compile_through(engine: &Engine, wasm: &[u8], file: &Path) -> Result<Component, LoadError> {
    if file.exists() {
        match deserialize(engine, file) {
            Ok(component) => return Ok(component),
            Err(error) => {
                tracing::warn!(file = %file.display(), %error, "compiled code is unusable; compiling again")
            }
        }
    }
    let code = engine.precompile_component(wasm).map_err(refused)?;
    // Written aside and renamed, so that a crash leaves no half file under the name.
    let aside = file.with_extension(format!("{}.part", std::process::id()));
    std::fs::write(&aside, &code).map_err(LoadError::host)?;
    std::fs::rename(&aside, file).map_err(LoadError::host)?;
    deserialize(engine, file).map_err(LoadError::host)
}

#[expect(unsafe_code, reason = "machine code can only be mapped by trusting the file")]
fn deserialize(engine: &Engine, file: &Path) -> wasmtime::Result<Component> {
    // SAFETY: the folder is the host's own; the file was written whole by this engine's version and
    // settings, which are part of its name and checked again by the engine.
    unsafe { Component::deserialize_file(engine, file) }
}

fn refused(error: wasmtime::Error) -> LoadError {
    LoadError::Refused(format!("the component cannot be compiled: {error:#}"))
}

/// What the spec declares, the component must export.
fn check_exports(spec: &Spec, exports: &component::Exports) -> Result<(), LoadError> {
    let missing = |name: &str| {
        Err(LoadError::Refused(format!(
            "the spec declares {name}, and the component does not export the interface `{name}`"
        )))
    };
    if !spec.streams.is_empty() && exports.streams.is_none() {
        return missing("streams");
    }
    if !spec.actions.is_empty() && exports.actions.is_none() {
        return missing("actions");
    }
    if !spec.webhooks.is_empty() && exports.webhooks.is_none() {
        return missing("webhooks");
    }
    Ok(())
}

fn stream_schemas(spec: &Spec) -> Result<HashMap<String, Schema>, LoadError> {
    let compiled = |stream: &Stream| {
        Ok((stream.name.clone(), compile_schema(&stream.schema, &format!("stream {}", stream.name))?))
    };
    spec.streams.iter().map(compiled).collect()
}

fn action_schemas(spec: &Spec) -> Result<HashMap<String, ActionSchemas>, LoadError> {
    let compiled = |action: &Action| {
        let owner = format!("action {}", action.name);
        let input = compile_schema(&action.input, &owner)?;
        let output = compile_schema(&action.output, &owner)?;
        Ok((action.name.clone(), ActionSchemas { input, output }))
    };
    spec.actions.iter().map(compiled).collect()
}

fn compile_schema(schema: &serde_json::Value, owner: &str) -> Result<Schema, LoadError> {
    Schema::compile(schema).map_err(|error| LoadError::Spec(format!("a schema of {owner}: {error}")))
}
