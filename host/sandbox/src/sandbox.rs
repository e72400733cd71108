//! The sandbox: one engine, one pool, and components loaded into it.

use std::{
    collections::HashMap,
    hash::{DefaultHasher, Hash, Hasher},
    path::{Path, PathBuf},
    sync::Arc,
};

use tokio::sync::Semaphore;
use wasmtime::{Engine, component::Component};

use crate::{
    call,
    compile::{self, Compiler},
    component::{self, ActionSchemas, Connector, Linkers, digest},
    engine::{CALLS_AT_ONCE, engine, start_ticks},
    error::LoadError,
    spec::{Action, Schema, Spec, Stream},
};

/// Compiles at once: one, because each takes a core for a third of a second and all its memory.
const COMPILES_AT_ONCE: usize = 1;

/// Loads and calls components. One per host.
pub struct Sandbox {
    pub(crate) engine: Engine,
    linkers: Linkers,
    /// No larger than the pool, so that a call waits for its turn instead of failing.
    pub(crate) calls: Arc<Semaphore>,
    compiles: Semaphore,
    compiled: Option<PathBuf>,
    compiler: Compiler,
}

impl Sandbox {
    /// `compiled` is a folder that only this host writes to: machine code is read back from it
    /// unchecked. Without one, every load compiles.
    pub fn new(compiled: Option<&Path>) -> Result<Sandbox, LoadError> {
        Sandbox::with_compiler(compiled, Compiler::Here)
    }

    /// The same, with a place to compile in. Without a folder it is this process.
    pub fn with_compiler(compiled: Option<&Path>, compiler: Compiler) -> Result<Sandbox, LoadError> {
        let engine = engine()?;
        let linkers = Linkers::new(&engine)?;
        if let Some(folder) = compiled {
            std::fs::create_dir_all(folder).map_err(LoadError::host)?;
            compile::clear(folder).map_err(LoadError::host)?;
        }
        start_ticks(&engine);
        Ok(Sandbox {
            engine,
            linkers,
            calls: Arc::new(Semaphore::new(CALLS_AT_ONCE)),
            compiles: Semaphore::new(COMPILES_AT_ONCE),
            compiled: compiled.map(Path::to_owned),
            compiler,
        })
    }

    /// Checks, compiles (off the async threads), links and describes a component.
    pub async fn load(&self, wasm: Arc<Vec<u8>>) -> Result<Connector, LoadError> {
        component::check_bytes(&wasm)?;
        let digest = digest(&wasm);
        let compiled = self.compile(wasm, &digest).await?;
        let (pre, exports) = component::link(&compiled, &self.linkers)?;
        let spec_json = call::describe(self, &pre, &exports).await?;
        let spec = Spec::parse(&spec_json).map_err(|error| LoadError::Spec(error.to_string()))?;
        check_exports(&spec, &exports)?;
        let schemas = stream_schemas(&spec)?;
        let action_schemas = action_schemas(&spec)?;
        Ok(Connector { digest, spec: Arc::new(spec), spec_json, schemas, action_schemas, pre, exports })
    }

    /// Removes the compiled code of components that are not kept, by digest; gives how many files.
    pub fn keep_compiled(&self, is_kept: impl Fn(&str) -> bool) -> std::io::Result<usize> {
        let Some(folder) = &self.compiled else { return Ok(0) };
        let is_old = |name: &str| {
            let digest = name.strip_suffix(".cwasm").and_then(|name| name.split_once('-'));
            digest.is_some_and(|(digest, _)| !is_kept(digest))
        };
        compile::remove_files(folder, is_old)
    }

    async fn compile(&self, wasm: Arc<Vec<u8>>, digest: &str) -> Result<Component, LoadError> {
        let file = self.compiled.as_ref().map(|folder| folder.join(self.compiled_name(digest)));
        let _turn = self.compiles.acquire().await.map_err(LoadError::host)?;
        compile::compiled(&self.engine, wasm, file, &self.compiler).await
    }

    /// Machine code fits one component, one engine version and one set of settings.
    fn compiled_name(&self, digest: &str) -> String {
        let mut hasher = DefaultHasher::new();
        self.engine.precompile_compatibility_hash().hash(&mut hasher);
        format!("{digest}-{:016x}.cwasm", hasher.finish())
    }
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
    if spec.is_flow() && exports.reactions.is_none() {
        return Err(LoadError::Refused(
            "the spec has `roles`, and the component does not export `reactions`".into(),
        ));
    }
    if !spec.is_flow() && exports.reactions.is_some() {
        return Err(LoadError::Refused(
            "the component exports `reactions`, so it is a flow, and its spec has no `roles`".into(),
        ));
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

#[cfg(test)]
mod tests {
    use std::fs;

    use super::Sandbox;

    #[test]
    fn half_written_and_unneeded_code_is_removed_and_nothing_else() {
        let folder = std::env::temp_dir().join(format!("windlass-compiled-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        for name in ["d1-0a.cwasm", "d1-0a.7.part", "d2-0a.cwasm", "d2-0b.cwasm", "a note"] {
            fs::write(folder.join(name), b"x").unwrap();
        }
        let names = || {
            let mut names: Vec<_> = fs::read_dir(&folder)
                .unwrap()
                .map(|entry| entry.unwrap().file_name().into_string().unwrap())
                .collect();
            names.sort_unstable();
            names
        };
        let sandbox = Sandbox::new(Some(&folder)).unwrap();
        assert_eq!(names(), ["a note", "d1-0a.cwasm", "d2-0a.cwasm", "d2-0b.cwasm"]);
        assert_eq!(sandbox.keep_compiled(|digest| digest == "d1").unwrap(), 2);
        assert_eq!(names(), ["a note", "d1-0a.cwasm"]);
        fs::remove_dir_all(&folder).unwrap();
    }
}
