//! The client certificates of a world's applications: made at the first start, never shipped.

use std::path::{Path, PathBuf};

use crypt::{Certificate, Sealer, jwt::PrivateKey};
use rcgen::{CertificateParams, DnType, KeyPair, PKCS_RSA_SHA256};
use rustls_pki_types::PrivatePkcs8KeyDer;
use serde::{Deserialize, Serialize};
use types::{AppId, Chance, Secret};

use crate::{
    files,
    seal::{Keep, KeepError},
};

const PURPOSE: &str = "client certificate";

/// As it is kept.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    /// PEM.
    certificate: String,
    /// The private key in PEM, sealed.
    sealed: String,
}

/// A certificate and where its private key lies.
#[derive(Clone, Debug)]
pub struct ClientCertificate {
    /// The certificate, PEM.
    pub pem: String,
    /// The file that holds it and its private key.
    pub file: PathBuf,
    /// The thumbprint as the portal shows it: SHA-1 in hexadecimal.
    pub thumbprint: String,
}

/// The certificate of an application; its file is written below `directory` when it is not there.
pub(crate) async fn client_certificate(
    keep: &Keep<'_>,
    app: AppId,
    name: &str,
    directory: &Path,
    sealer: &std::sync::Arc<Sealer>,
    chance: std::sync::Arc<dyn Chance>,
) -> Result<ClientCertificate, KeepError> {
    let (seals, owner) = (sealer.clone(), name.to_owned());
    let make = move || Ok((app.to_string(), make(&owner, &seals, &*chance)?));
    let fits = |kept: &Kept| sealer.open(PURPOSE, &kept.sealed).is_ok();
    let kept = keep.all(&format!("client-certificate-{app}"), make, fits).await?;
    let wrong = |why: String| KeepError::Make("a client certificate", why);
    let kept = kept
        .into_iter()
        .next()
        .ok_or_else(|| wrong("it was not kept".to_owned()))?;
    let read = Certificate::read(kept.certificate.as_bytes()).map_err(|error| wrong(error.to_string()))?;
    let key = sealer
        .open_text(PURPOSE, &kept.sealed)
        .map_err(|source| KeepError::Sealed {
            what: "a client certificate",
            source,
        })?;
    let folder = directory.join("certificates");
    let file = folder.join(format!("{}.pem", slug(name)));
    let text = Secret::new(format!("{}{}", key.expose(), kept.certificate));
    if files::read(&file)?.as_deref() != Some(text.expose().as_bytes()) {
        files::private_directory(&folder)?;
        files::write_private(&file, text.expose().as_bytes())?;
    }
    Ok(ClientCertificate {
        pem: kept.certificate,
        file,
        thumbprint: read.thumbprint(),
    })
}

fn make(name: &str, sealer: &Sealer, chance: &dyn Chance) -> Result<Kept, KeepError> {
    let wrong = |error: String| KeepError::Make("a client certificate", error);
    let pkcs8 = PrivateKey::generate()
        .and_then(|key| key.to_pkcs8())
        .map_err(|error| wrong(error.to_string()))?;
    let pair =
        KeyPair::from_pkcs8_der_and_sign_algo(&PrivatePkcs8KeyDer::from(pkcs8.as_slice()), &PKCS_RSA_SHA256)
            .map_err(|error| wrong(error.to_string()))?;
    // rcgen's own dates: from 1975 to 4096. Whether it has expired is not what this certificate is for.
    let mut params = CertificateParams::default();
    params.distinguished_name.remove(DnType::CommonName);
    params.distinguished_name.push(DnType::CommonName, name);
    let certificate = params
        .self_signed(&pair)
        .map_err(|error| wrong(error.to_string()))?
        .pem();
    let key = Secret::new(pair.serialize_pem());
    let sealed = sealer
        .seal(chance, PURPOSE, key.expose().as_bytes())
        .map_err(|error| wrong(error.to_string()))?;
    Ok(Kept { certificate, sealed })
}

/// A name as a file's: lower case, what is not a letter or digit becomes a hyphen.
fn slug(name: &str) -> String {
    let parts = name
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|part| !part.is_empty());
    parts.map(str::to_ascii_lowercase).collect::<Vec<_>>().join("-")
}
