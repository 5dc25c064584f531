//! TLS: one certificate for each name, made when the name is first asked for and kept in memory.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
};

use rustls::{
    ServerConfig,
    crypto::aws_lc_rs,
    server::{ClientHello, ResolvesServerCert},
    sign::{CertifiedKey, SigningKey},
};
use rustls_pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

use super::{
    ca::Ca,
    names::{Name, Names},
};

/// TLS cannot be set up.
#[derive(Debug, thiserror::Error)]
#[error("TLS cannot be set up: {0}; delete ca.pem and ca.key in the state directory and start again")]
pub struct TlsError(#[from] rustls::Error);

/// More certificates than that are forgotten together; making one takes a fraction of a millisecond.
const MOST_KEPT: usize = 1024;

/// Finds or makes the certificate for the name a client asks for.
pub(crate) struct Certificates {
    ca: Arc<Ca>,
    names: Names,
    key: Arc<dyn SigningKey>,
    made: RwLock<HashMap<String, Arc<CertifiedKey>>>,
}

impl std::fmt::Debug for Certificates {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Certificates").finish_non_exhaustive()
    }
}

impl Certificates {
    pub(crate) fn new(ca: Arc<Ca>, names: Names) -> Result<Self, TlsError> {
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(ca.leaf_key().serialize_der()));
        let key = aws_lc_rs::sign::any_ecdsa_type(&key)?;
        Ok(Self {
            ca,
            names,
            key,
            made: RwLock::default(),
        })
    }

    /// The certificate for a name; none for a name that is not ours.
    pub(crate) fn certificate(&self, name: &str) -> Option<Arc<CertifiedKey>> {
        if let Some(known) = self.made.read().unwrap_or_else(PoisonError::into_inner).get(name) {
            return Some(known.clone());
        }
        if self.names.judge(name) == Name::Foreign {
            return None;
        }
        let leaf = match self.ca.leaf(name) {
            Ok(leaf) => leaf,
            Err(error) => {
                tracing::error!(%error, name, "no certificate");
                return None;
            }
        };
        let certified = Arc::new(CertifiedKey::new(vec![leaf], self.key.clone()));
        let mut made = self.made.write().unwrap_or_else(PoisonError::into_inner);
        if made.len() >= MOST_KEPT {
            made.clear();
        }
        made.insert(name.to_owned(), certified.clone());
        Some(certified)
    }
}

impl ResolvesServerCert for Certificates {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        // A client that connects to a bare address sends no name (RFC 6066 3).
        self.certificate(&hello.server_name().unwrap_or("localhost").to_ascii_lowercase())
    }
}

/// What every connection is accepted with.
pub(crate) fn server_config(certificates: Arc<Certificates>) -> Result<ServerConfig, TlsError> {
    let mut config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_cert_resolver(certificates);
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    // Resumption without memory for each client: tickets only.
    config.session_storage = Arc::new(rustls::server::NoServerSessionStorage {});
    config.ticketer = aws_lc_rs::Ticketer::new()?;
    Ok(config)
}
