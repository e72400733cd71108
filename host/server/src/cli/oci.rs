//! `windlass connector push`, and what begins with `oci://`.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use serde_json::{Value, json};
use windlass_sandbox::{Connector, Sandbox, spec::Spec};

use super::{
    Context, Ended, asks,
    client::Ask,
    component,
    connector::{self, Parcel},
    failure::{Exit, Failure},
    output,
    progress::while_slow,
    table::{cell, facts},
};
use crate::{
    oci::{Artifact, OciError, Registry, Resolved, SCHEME},
    signing::minisign::Signature,
};

#[derive(clap::Args)]
pub struct Push {
    file: PathBuf,
    #[arg(value_name = "oci://…")]
    to: String,
    /// Its minisign signature [default: FILE.minisig, if there is one]
    #[arg(long, value_name = "FILE")]
    signature: Option<PathBuf>,
    #[command(flatten)]
    reach: Reach,
}

/// How a registry is reached.
#[derive(clap::Args)]
pub struct Reach {
    /// Speak plain http to the registry; on loopback that goes without saying
    #[arg(long)]
    plain_http: bool,
}

/// Whether this names something in a registry.
pub fn is_reference(name: &str) -> bool {
    name.starts_with(SCHEME)
}

impl Push {
    /// The component is loaded here, too: its spec is what others read before they fetch it, and what no host
    /// would take need not be pushed.
    pub fn run(self, json: bool) -> Ended {
        if !is_reference(&self.to) {
            return Err(Failure::wrong_use(format!("`{}` does not begin with {SCHEME}", self.to))
                .hint("write it like oci://registry.example/connectors/shop:1.0.0"));
        }
        let wasm = component::read(&self.file)?;
        let signature = connector::signature(&self.file, self.signature.as_deref())?;
        let runtime = runtime()?;
        let checking = format!("checking and compiling {}", self.file.display());
        let connector = while_slow(&checking, || runtime.block_on(load(wasm.clone())))?;
        let artifact = Artifact::new(&connector, wasm, signature, changed_at(&self.file)?)?;
        let registry = Registry::of(&self.to, self.reach.plain_http)?;
        let pushed =
            while_slow(&format!("pushing to {}", self.to), || runtime.block_on(registry.push(artifact)))?;
        let (name, version) = (&connector.spec.name, connector.spec.version.to_string());
        match json {
            true => output::line(
                &json!({ "connector": name, "version": version, "digest": connector.digest, "reference": pushed })
                    .to_string(),
            )?,
            false => output::line(&format!("{name} {version} is pushed: {pushed}"))?,
        }
        Ok(Exit::Done)
    }
}

/// Shows what a component in a registry asks for; nothing of it is fetched.
pub fn show(context: &Context, reference: &str, reach: &Reach) -> Ended {
    let registry = Registry::of(reference, reach.plain_http)?;
    let resolved = runtime()?.block_on(registry.resolve())?;
    let asked = asked(context, &resolved)?;
    let key = signer(&resolved);
    if context.json {
        let shown = json!({
            "reference": resolved.reference, "layer": resolved.layer.digest, "bytes": resolved.layer.size,
            "signer": key, "connector": asked.as_ref().map(|asked| &asked["connector"]),
            "version": asked.as_ref().map(|asked| &asked["version"]),
            "asks": asked.as_ref().map(|asked| &asked["asks"]),
        });
        output::line(&shown.to_string())?;
        return Ok(Exit::Done);
    }
    output::line(&facts(&[
        ("reference", resolved.reference.clone()),
        ("bytes", resolved.layer.size.to_string()),
        ("signer", key.map(|key| format!("{key} (not verified before it is fetched)")).unwrap_or_default()),
    ]))?;
    match asked {
        Some(asked) => output::line(&format!("\n{}", asks::all(&asked)))?,
        None => output::line("\nits manifest has no spec: what it asks for is known when it is installed")?,
    }
    Ok(Exit::Done)
}

/// Fetches and installs what a reference names now; that it is what was shown is seen to.
pub fn install(context: &Context, reference: &str, reach: &Reach, yes: bool) -> Ended {
    let registry = Registry::of(reference, reach.plain_http)?;
    let runtime = runtime()?;
    let resolved = runtime.block_on(registry.resolve())?;
    output::note(&output::plain(&format!("found {}", resolved.reference)));
    let asked = asked(context, &resolved)?;
    let asks_a_person = !yes && !context.json && output::can_ask();
    let approved = match &asked {
        Some(asked) if asks_a_person => {
            output::note(&asks::news(asked));
            let question =
                format!("Fetch and install {} {}?", cell(asked, "/connector"), cell(asked, "/version"));
            if !output::ask(&question) {
                return Err(Failure::wrong_use("nothing was fetched or installed"));
            }
            true
        }
        _ => false,
    };
    let fetching = format!("fetching {}", resolved.reference);
    let wasm = while_slow(&fetching, || runtime.block_on(registry.fetch(&resolved)))?;
    let parcel =
        Parcel { wasm, signature: resolved.signature.clone(), source: Some(resolved.reference.clone()) };
    connector::install(context, parcel, reference, yes, |outcome| {
        approved && is_as_shown(context, outcome, resolved.spec.as_deref())
    })
}

/// Whether the component says of itself what its manifest said of it.
fn is_as_shown(context: &Context, outcome: &Value, shown: Option<&str>) -> bool {
    let (name, version) = (cell(outcome, "/connector"), cell(outcome, "/version"));
    let installed = context.client.ask(Ask::get(&["connectors", &name, "versions", &version]));
    let installed = installed.and_then(|answer| answer.json());
    let shown: Option<Value> = shown.and_then(|spec| serde_json::from_str(spec).ok());
    shown.is_some() && installed.ok().as_ref().and_then(|found| found.get("spec")) == shown.as_ref()
}

/// What a component asks for by its manifest, beside what the host has approved: as an install's outcome says
/// it.
fn asked(context: &Context, resolved: &Resolved) -> Result<Option<Value>, Failure> {
    let Some(spec) = &resolved.spec else { return Ok(None) };
    let unusable = |error| {
        Failure::new(
            Exit::Failed,
            format!("the spec in the manifest of {} is not valid: {error}", resolved.reference),
        )
        .hint("push it again with `windlass connector push`")
    };
    let spec = Spec::parse(spec).map_err(|error| unusable(error.to_string()))?;
    asks::of(context, &spec).map(Some)
}

/// The key that the signature claims.
fn signer(resolved: &Resolved) -> Option<String> {
    resolved.signature.as_deref().and_then(Signature::parse).map(|signature| signature.key_id)
}

async fn load(wasm: Vec<u8>) -> Result<Connector, Failure> {
    let refused = |error: windlass_sandbox::LoadError| Failure::new(Exit::Failed, error);
    let sandbox = Sandbox::new(None).map_err(refused)?;
    sandbox.load(Arc::new(wasm)).await.map_err(refused)
}

fn changed_at(file: &Path) -> Result<String, Failure> {
    let changed = file.metadata().and_then(|found| found.modified());
    let changed = changed.ok().and_then(|changed| jiff::Timestamp::try_from(changed).ok());
    changed.map(|changed| changed.to_string()).ok_or_else(|| {
        Failure::new(Exit::Environment, format!("cannot read when {} was changed", file.display()))
    })
}

fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(|error| Failure::new(Exit::Environment, format!("cannot start: {error}")))
}

impl From<OciError> for Failure {
    fn from(error: OciError) -> Self {
        let hint = error.hint();
        Failure::new(Exit::Failed, error).hint(hint)
    }
}
