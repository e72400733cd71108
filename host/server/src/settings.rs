//! Settings: the only file that reads the environment. A flag wins over a variable (`WINDLASS_*`), a
//! variable over the TOML file, and that over the default.

use std::{
    fmt::Display,
    net::SocketAddr,
    path::{Path, PathBuf},
    str::FromStr,
};

use serde::Deserialize;
use url::{Host, Url};
use windlass_db::Retention;
use windlass_sandbox::{CallLimits, egress::Cidr};

use crate::{
    activation::Guard, call_limits::Lowered, every, replay::ReplayPolicy, signing::Policy, toml_error,
};

const DEFAULT_DATA: &str = "./windlass-data";
const DEFAULT_LISTEN: &str = "127.0.0.1:7420";
const DEFAULT_URL: &str = "http://127.0.0.1:7420";

const DAY_MS: i64 = 86_400_000;
/// Long enough for a follower of changes that was down over a holiday, and for a person who looks
/// into last week's failure. Ledger rows show that no limit was exceeded; traces take the most room.
const RETENTION: Retention = Retention {
    changes_ms: 30 * DAY_MS,
    runs_ms: 30 * DAY_MS,
    deliveries_ms: 30 * DAY_MS,
    ledger_ms: 7 * DAY_MS,
    good_traces: 20,
};
/// Versions that are kept whatever their age: enough to go back several times.
const KEEP_VERSIONS: i64 = 10;
/// Younger ones are kept whatever their number: a quarter of a year, in which nearly everything ran.
const KEEP_VERSIONS_MS: i64 = 90 * DAY_MS;
/// Calls that show that a version works: some of each stream and action of a usual connection.
const GUARD_CALLS: i64 = 20;
/// Long enough for the streams that matter to have run, and short enough to wait for.
const GUARD_TIME_MS: i64 = 10 * 60_000;

/// What a host runs with.
#[derive(Debug, Clone)]
pub struct Settings {
    pub data: PathBuf,
    pub listen: SocketAddr,
    /// None: SQLite in the data folder.
    pub database_url: Option<String>,
    /// Where vendors reach this host.
    pub public_url: Option<Url>,
    pub role: Role,
    /// Private addresses that connectors may reach.
    pub allow_private: Vec<Cidr>,
    /// None: `secret.key` in the data folder.
    pub secret_key_file: Option<PathBuf>,
    pub signature_policy: Policy,
    pub log: LogFormat,
    /// Which lines are logged, in the form of `tracing`'s filters.
    pub log_level: String,
    pub retention: Retention,
    /// Of every call of this host.
    pub call_limits: CallLimits,
    pub replay_policy: ReplayPolicy,
    /// Old versions of connectors: this many of each, and all that are younger than this.
    pub keep_versions: i64,
    pub keep_versions_ms: i64,
    /// When a new version is given to all connections.
    pub guard: Guard,
}

/// What a host does of the work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    All,
    Api,
    Worker,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum LogFormat {
    Text,
    Json,
}

/// One layer of settings: the flags of `serve`, the variables, or the file. Members of the file are
/// spelled like the flags.
#[derive(Debug, Clone, Default, Deserialize, clap::Args)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Layer {
    /// The folder that holds everything [default: ./windlass-data; `--data`]
    #[arg(skip)]
    pub data: Option<PathBuf>,
    /// Address and port to listen on [default: 127.0.0.1:7420]
    #[arg(long, value_name = "ADDR")]
    pub listen: Option<SocketAddr>,
    /// postgres://… shares the work among hosts [default: SQLite in the data folder]
    #[arg(long, value_name = "URL")]
    pub database_url: Option<String>,
    /// Where vendors reach this host
    #[arg(long, value_name = "URL")]
    pub public_url: Option<Url>,
    /// What this host does of the work [default: all]
    #[arg(long)]
    pub role: Option<Role>,
    /// Private or loopback addresses that connectors may reach, such as 127.0.0.0/8
    #[arg(long, value_name = "CIDR", num_args = 1.., value_delimiter = ',')]
    #[serde(default)]
    pub allow_private: Vec<Cidr>,
    /// The key that encrypts secrets; hosts of one database share it [default: secret.key in the data folder]
    #[arg(long, value_name = "FILE")]
    pub secret_key_file: Option<PathBuf>,
    /// What a connector from the watched folder or a registry needs [default: require, a trusted signature]
    #[arg(long, value_name = "POLICY")]
    pub signature_policy: Option<Policy>,
    /// Form of the log on standard error [default: text]
    #[arg(long)]
    pub log: Option<LogFormat>,
    /// Which lines are logged: error, warn, info, debug, or a filter [default: info]
    #[arg(long, value_name = "FILTER")]
    pub log_level: Option<String>,
    /// Lower limits of a call. In the file alone, as a table.
    #[arg(skip)]
    #[serde(default)]
    pub call_limits: Box<Lowered>,
    /// What an install does with a version that makes something else of recent calls [default: warn]
    #[arg(long, value_name = "POLICY")]
    pub replay_policy: Option<ReplayPolicy>,
    /// Good calls of one connection after which a new version is active for all [default: 20]
    #[arg(long, value_name = "N")]
    pub guard_calls: Option<u32>,
    /// Or the time, such as 10m; six times as long it may still go back by itself [default: 10m]
    #[arg(long, value_name = "TIME")]
    pub guard_time: Option<Span>,
    /// Old versions of a connector that are kept whatever their age [default: 10]
    #[arg(long, value_name = "N")]
    pub keep_versions: Option<u32>,
    /// Younger versions are kept whatever their number [default: 90d]
    #[arg(long, value_name = "TIME")]
    pub keep_versions_for: Option<Span>,
}

/// A span as people write it: `90s`, `15m`, `2h`, `1d`. In milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span(i64);

impl FromStr for Span {
    type Err = String;

    fn from_str(text: &str) -> Result<Span, String> {
        every::parse(text).map(Span)
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Span, D::Error> {
        String::deserialize(from)?.parse().map_err(serde::de::Error::custom)
    }
}

/// Flags of every verb.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Everywhere {
    /// The host's folder, where its address and admin token are found [default: ./windlass-data]
    #[arg(long, global = true, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// The host's address [default: what the folder says, else http://127.0.0.1:7420]
    #[arg(long, global = true, value_name = "URL")]
    pub url: Option<String>,
    /// Print the API's answer; an error, too, is JSON then, on standard error
    #[arg(long, global = true)]
    pub json: bool,
}

/// Where a client of the API finds its host.
#[derive(Debug, Clone)]
pub struct ClientSettings {
    pub data: PathBuf,
    pub url: String,
    pub token: Option<String>,
}

#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    #[error("{name}: `{value}` {message}")]
    Value { name: String, value: String, message: String },
    #[error("cannot read the settings file {path}: {source}")]
    File { path: PathBuf, source: std::io::Error },
    #[error("the settings file {path} is not valid: {message}")]
    Toml { path: PathBuf, message: String },
}

/// Settings of `serve`.
pub fn serve(flags: Layer, config: Option<&Path>) -> Result<Settings, SettingsError> {
    resolve(flags, config, variable)
}

/// The defaults with a folder, whatever the environment says.
pub fn of_folder(data: &Path) -> Result<Settings, SettingsError> {
    resolve(Layer { data: Some(data.to_owned()), ..Layer::default() }, None, |_| None)
}

/// Settings of every other verb.
pub fn client(flags: &Everywhere) -> ClientSettings {
    client_from(flags, variable)
}

/// Whether a person wants colours at all; `NO_COLOR` says no.
pub fn wants_colours() -> bool {
    variable("NO_COLOR").is_none()
}

/// Where `docker login` leaves credentials of registries.
pub fn docker_config() -> Option<PathBuf> {
    let folder = variable("DOCKER_CONFIG").map(PathBuf::from);
    let folder = folder.or_else(|| variable("HOME").map(|home| Path::new(&home).join(".docker")));
    folder.map(|folder| folder.join("config.json"))
}

/// A variable of the environment. An empty one counts as unset.
#[expect(clippy::disallowed_methods, reason = "the one place")]
pub fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// The folder's file that says where its host listens.
pub fn address_file(data: &Path) -> PathBuf {
    data.join("address")
}

/// The folder's file that holds the admin token.
pub fn admin_token_file(data: &Path) -> PathBuf {
    data.join("admin.token")
}

type Lookup = fn(&str) -> Option<String>;

fn resolve(flags: Layer, config: Option<&Path>, lookup: Lookup) -> Result<Settings, SettingsError> {
    let variables = from_variables(lookup)?;
    let config = config.map(Path::to_owned).or_else(|| lookup("WINDLASS_CONFIG").map(PathBuf::from));
    let file = config.as_deref().map(from_file).transpose()?.unwrap_or_default();
    let call_limits = file.call_limits.limits().map_err(|error| SettingsError::Value {
        name: format!("call-limits.{}", error.name),
        value: error.value.to_string(),
        message: error.to_string(),
    })?;
    let layers = [flags, variables, file];
    Ok(Settings {
        data: first(&layers, |layer| layer.data.clone()).unwrap_or_else(|| DEFAULT_DATA.into()),
        listen: match first(&layers, |layer| layer.listen) {
            Some(listen) => listen,
            None => parse("listen", DEFAULT_LISTEN)?,
        },
        database_url: first(&layers, |layer| layer.database_url.clone()),
        public_url: first(&layers, |layer| layer.public_url.clone()),
        role: first(&layers, |layer| layer.role).unwrap_or(Role::All),
        allow_private: allowed(&layers),
        secret_key_file: first(&layers, |layer| layer.secret_key_file.clone()),
        signature_policy: first(&layers, |layer| layer.signature_policy).unwrap_or(Policy::Require),
        log: first(&layers, |layer| layer.log).unwrap_or(LogFormat::Text),
        log_level: first(&layers, |layer| layer.log_level.clone()).unwrap_or_else(|| "info".into()),
        retention: RETENTION,
        call_limits,
        replay_policy: first(&layers, |layer| layer.replay_policy).unwrap_or(ReplayPolicy::Warn),
        keep_versions: first(&layers, |layer| layer.keep_versions).map_or(KEEP_VERSIONS, i64::from),
        keep_versions_ms: first(&layers, |layer| layer.keep_versions_for)
            .map_or(KEEP_VERSIONS_MS, |span| span.0),
        guard: Guard {
            calls: first(&layers, |layer| layer.guard_calls).map_or(GUARD_CALLS, i64::from),
            time_ms: first(&layers, |layer| layer.guard_time).map_or(GUARD_TIME_MS, |span| span.0),
        },
    })
}

fn first<T>(layers: &[Layer], pick: impl Fn(&Layer) -> Option<T>) -> Option<T> {
    layers.iter().find_map(pick)
}

/// The first layer that says something says all of it: a flag can narrow what the file allows.
fn allowed(layers: &[Layer]) -> Vec<Cidr> {
    first(layers, |layer| Some(layer.allow_private.clone()).filter(|ranges| !ranges.is_empty()))
        .unwrap_or_default()
}

fn from_file(path: &Path) -> Result<Layer, SettingsError> {
    let text = std::fs::read_to_string(path)
        .map_err(|source| SettingsError::File { path: path.to_owned(), source })?;
    toml::from_str(&text).map_err(|error| SettingsError::Toml {
        path: path.to_owned(),
        message: toml_error::told(&text, "", &error),
    })
}

fn from_variables(lookup: Lookup) -> Result<Layer, SettingsError> {
    let allow_private = lookup("WINDLASS_ALLOW_PRIVATE").unwrap_or_default();
    let ranges = allow_private.split([',', ' ']).filter(|range| !range.is_empty());
    Ok(Layer {
        data: lookup("WINDLASS_DATA").map(PathBuf::from),
        listen: read(lookup, "WINDLASS_LISTEN")?,
        database_url: lookup("WINDLASS_DATABASE_URL"),
        public_url: read(lookup, "WINDLASS_PUBLIC_URL")?,
        role: choice(lookup, "WINDLASS_ROLE")?,
        allow_private: ranges
            .map(|range| parse("WINDLASS_ALLOW_PRIVATE", range))
            .collect::<Result<_, _>>()?,
        secret_key_file: lookup("WINDLASS_SECRET_KEY_FILE").map(PathBuf::from),
        signature_policy: choice(lookup, "WINDLASS_SIGNATURE_POLICY")?,
        log: choice(lookup, "WINDLASS_LOG")?,
        log_level: lookup("WINDLASS_LOG_LEVEL"),
        call_limits: Box::default(),
        replay_policy: choice(lookup, "WINDLASS_REPLAY_POLICY")?,
        guard_calls: read(lookup, "WINDLASS_GUARD_CALLS")?,
        guard_time: read(lookup, "WINDLASS_GUARD_TIME")?,
        keep_versions: read(lookup, "WINDLASS_KEEP_VERSIONS")?,
        keep_versions_for: read(lookup, "WINDLASS_KEEP_VERSIONS_FOR")?,
    })
}

fn read<T: FromStr<Err: Display>>(lookup: Lookup, name: &str) -> Result<Option<T>, SettingsError> {
    lookup(name).map(|value| parse(name, &value)).transpose()
}

fn parse<T: FromStr<Err: Display>>(name: &str, value: &str) -> Result<T, SettingsError> {
    value.parse().map_err(|error: T::Err| SettingsError::Value {
        name: name.to_owned(),
        value: value.to_owned(),
        message: format!("cannot be used: {error}"),
    })
}

fn choice<T: clap::ValueEnum>(lookup: Lookup, name: &str) -> Result<Option<T>, SettingsError> {
    let Some(value) = lookup(name) else { return Ok(None) };
    T::from_str(&value, false).map(Some).map_err(|_| {
        let choices = T::value_variants().iter().filter_map(|choice| choice.to_possible_value());
        let choices: Vec<String> = choices.map(|choice| choice.get_name().to_owned()).collect();
        SettingsError::Value {
            name: name.to_owned(),
            value,
            message: format!("is none of {}", choices.join(", ")),
        }
    })
}

fn client_from(flags: &Everywhere, lookup: Lookup) -> ClientSettings {
    let data = flags.data.clone().or_else(|| lookup("WINDLASS_DATA").map(PathBuf::from));
    let data = data.unwrap_or_else(|| DEFAULT_DATA.into());
    let line = |path: PathBuf| std::fs::read_to_string(path).ok().map(|text| text.trim().to_owned());
    let told = flags.url.clone().or_else(|| lookup("WINDLASS_URL"));
    // The folder's token is for the folder's host: a host elsewhere is not sent it.
    let is_ours = told.as_deref().is_none_or(is_this_machine);
    let url = told.or_else(|| line(address_file(&data))).unwrap_or_else(|| DEFAULT_URL.to_owned());
    let url = url.trim_end_matches('/').to_owned();
    let local = || line(admin_token_file(&data)).filter(|_| is_ours);
    ClientSettings { token: lookup("WINDLASS_TOKEN").or_else(local), url, data }
}

fn is_this_machine(url: &str) -> bool {
    match Url::parse(url).ok().as_ref().and_then(Url::host) {
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

#[cfg(test)]
#[path = "settings_tests.rs"]
mod tests;
