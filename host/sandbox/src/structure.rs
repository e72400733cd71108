//! What a component may be made of: counted and validated before anything of it is compiled, so that one that
//! is damaged, or made to be dear to compile, is refused for little. (The compiler would find a damaged function
//! too, after it has compiled those before it.)
//!
//! The numbers leave room above the largest that are known: Python's interpreter (13,400 functions, one of
//! 430 KB, 14 modules) and JavaScript's (9 MB of code).

use wasmparser::{
    Encoding, FuncValidatorAllocations, Parser, Payload, ValidPayload, Validator, WasmFeatures,
};

use crate::{component::check_names, error::LoadError};

/// Compiling takes about a second for each MiB.
const MOST_CODE_BYTES: usize = 24 << 20;
/// The compiler's work and memory for one function grow faster than its size.
const MOST_FUNCTION_BYTES: usize = 1 << 20;
/// Each costs a little, whatever is in it.
const MOST_FUNCTIONS: u64 = 100_000;
/// A call has room for fewer instances (`engine`).
const MOST_MODULES: u32 = 40;
/// Small ones that adapt one interface to another.
const MOST_COMPONENTS: u32 = 200;
/// Tools nest by one or two.
const MOST_DEPTH: usize = 8;
/// Of functions, values and resources. Interpreters have a thousand.
const MOST_TYPES: u64 = 50_000;
/// Imports, exports, instances, aliases and canonical functions; each is a step of every instantiation.
const MOST_ITEMS: u64 = 100_000;

#[derive(Default)]
struct Counts {
    code_bytes: usize,
    functions: u64,
    modules: u32,
    components: u32,
    types: u64,
    items: u64,
}

/// The component's own names; those of what it is made of do not count.
#[derive(Default)]
struct Names<'a> {
    imports: Vec<&'a str>,
    exports: Vec<&'a str>,
}

/// Refuses a component that is made of too much, is not valid, or is for another world. It is read once, piece by piece; what is too
/// much is refused before it is looked into.
pub(crate) fn check(wasm: &[u8]) -> Result<(), LoadError> {
    let refuse = |message: String| Err(LoadError::Refused(message));
    let (mut counts, mut names, mut depth) = (Counts::default(), Names::default(), 0usize);
    // Which proposals may be used is the engine's business.
    let mut validator = Validator::new_with_features(WasmFeatures::all());
    let mut allocations = FuncValidatorAllocations::default();
    for payload in Parser::new(0).parse_all(wasm) {
        let payload = payload.map_err(damaged)?;
        match &payload {
            Payload::Version { encoding: Encoding::Module, .. } => {
                counts.modules += 1;
                depth += 1;
            }
            Payload::Version { encoding: Encoding::Component, .. } => {
                counts.components += 1;
                depth += 1;
            }
            Payload::End(_) => depth = depth.saturating_sub(1),
            other => counts.add(other),
        }
        if depth > MOST_DEPTH + 1 {
            return refuse(format!("the component nests others more than {MOST_DEPTH} deep"));
        }
        if let Payload::CodeSectionEntry(body) = &payload
            && body.range().len() > MOST_FUNCTION_BYTES
        {
            let mib = MOST_FUNCTION_BYTES >> 20;
            return refuse(format!("the component has a function of over {mib} MiB"));
        }
        if let Some((what, most)) = counts.over() {
            return refuse(format!("the component has over {most} {what}"));
        }
        if let ValidPayload::Func(function, body) = validator.payload(&payload).map_err(damaged)? {
            let mut function = function.into_validator(allocations);
            function.validate(&body).map_err(damaged)?;
            allocations = function.into_allocations();
        }
        if depth == 1 {
            names.add(&payload)?;
        }
    }
    check_names(&names.imports, &names.exports).map(drop)
}

impl<'a> Names<'a> {
    fn add(&mut self, payload: &Payload<'a>) -> Result<(), LoadError> {
        match payload {
            Payload::ComponentImportSection(section) => {
                for import in section.clone() {
                    self.imports.push(import.map_err(damaged)?.name.name);
                }
            }
            Payload::ComponentExportSection(section) => {
                for export in section.clone() {
                    self.exports.push(export.map_err(damaged)?.name.name);
                }
            }
            _ => {}
        }
        Ok(())
    }
}

fn damaged(error: wasmparser::BinaryReaderError) -> LoadError {
    LoadError::Refused(format!("the component cannot be compiled: it is not valid: {error}"))
}

impl Counts {
    fn add(&mut self, payload: &Payload<'_>) {
        match payload {
            Payload::CodeSectionEntry(body) => {
                self.functions += 1;
                self.code_bytes += body.range().len();
            }
            Payload::TypeSection(section) => self.types += u64::from(section.count()),
            Payload::CoreTypeSection(section) => self.types += u64::from(section.count()),
            Payload::ComponentTypeSection(section) => self.types += u64::from(section.count()),
            Payload::ImportSection(section) => self.items += u64::from(section.count()),
            Payload::ExportSection(section) => self.items += u64::from(section.count()),
            Payload::InstanceSection(section) => self.items += u64::from(section.count()),
            Payload::ComponentImportSection(section) => self.items += u64::from(section.count()),
            Payload::ComponentExportSection(section) => self.items += u64::from(section.count()),
            Payload::ComponentInstanceSection(section) => self.items += u64::from(section.count()),
            Payload::ComponentAliasSection(section) => self.items += u64::from(section.count()),
            Payload::ComponentCanonicalSection(section) => self.items += u64::from(section.count()),
            _ => {}
        }
    }

    /// The first count that is over its bound, in words.
    fn over(&self) -> Option<(&'static str, String)> {
        let bounds = [
            ("MiB of code", (self.code_bytes >> 20) as u64, (MOST_CODE_BYTES >> 20) as u64),
            ("functions", self.functions, MOST_FUNCTIONS),
            ("modules", self.modules.into(), MOST_MODULES.into()),
            ("components", self.components.into(), MOST_COMPONENTS.into()),
            ("types", self.types, MOST_TYPES),
            ("imports, exports and instances", self.items, MOST_ITEMS),
        ];
        let over = bounds.into_iter().find(|(_, found, most)| found > most);
        over.map(|(what, _, most)| (what, most.to_string()))
    }
}
