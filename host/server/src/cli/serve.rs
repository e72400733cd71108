//! `windlass serve`.

use std::path::PathBuf;

use super::{
    Ended,
    failure::{Exit, Failure},
};
use crate::{
    serve,
    settings::{self, Everywhere, Layer},
};

#[derive(clap::Args)]
pub struct Serve {
    #[command(flatten)]
    layer: Layer,
    /// A TOML file with settings, spelled like the flags
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

impl Serve {
    pub fn run(self, everywhere: Everywhere) -> Ended {
        let flags = Layer { data: everywhere.data, ..self.layer };
        let settings = settings::serve(flags, self.config.as_deref()).map_err(Failure::wrong_use)?;
        serve::serve(settings).map_err(|error| {
            let failure = Failure::new(Exit::Environment, &error);
            Failure { hint: error.hint().map(str::to_owned), ..failure }
        })?;
        Ok(Exit::Done)
    }
}
