//! Credentials as `docker login` leaves them, its helpers included.

use std::{fs::File, io};

use docker_credential::{CredentialRetrievalError, DockerCredential, get_credential_from_reader};
use oci_client::secrets::RegistryAuth;

use super::OciError;
use crate::settings;

/// How `docker login` calls Docker's own registry; it calls others by their host.
const DOCKER_HUB: &str = "https://index.docker.io/v1/";

/// Those of a registry; anonymous when there are none.
pub fn of(registry: &str) -> Result<RegistryAuth, OciError> {
    let Some(path) = settings::docker_config() else { return Ok(RegistryAuth::Anonymous) };
    let file = match File::open(&path) {
        Ok(file) => io::BufReader::new(file),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(RegistryAuth::Anonymous),
        Err(error) => return Err(OciError::Credentials(format!("{}: {error}", path.display()))),
    };
    let server = if DOCKER_HUB.contains(registry) { DOCKER_HUB } else { registry };
    match get_credential_from_reader(file, server) {
        Ok(DockerCredential::UsernamePassword(user, password)) => Ok(RegistryAuth::Basic(user, password)),
        Ok(DockerCredential::IdentityToken(_)) => {
            let why = format!("for {registry} there is an identity token, which is not supported here");
            Err(OciError::Credentials(why))
        }
        Err(CredentialRetrievalError::NoCredentialConfigured) => Ok(RegistryAuth::Anonymous),
        Err(error) => Err(OciError::Credentials(format!("{}: {error}", path.display()))),
    }
}
