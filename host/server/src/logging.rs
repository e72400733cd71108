//! The host's own log, on standard error.

use std::io::IsTerminal;

use tracing_subscriber::{EnvFilter, fmt};

use crate::settings::{LogFormat, Settings, wants_colours};

/// Starts logging; an error says why the level is not valid.
pub fn start(settings: &Settings) -> Result<(), String> {
    let filter = EnvFilter::builder().parse(&settings.log_level).map_err(|error| error.to_string())?;
    let colours = wants_colours() && std::io::stderr().is_terminal();
    let log = fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(colours);
    match settings.log {
        LogFormat::Text => log.init(),
        LogFormat::Json => log.json().init(),
    }
    Ok(())
}
