//! TLS: whom to trust, the handshake, and what the server showed when it fails.

use std::{
    fmt,
    path::{Path, PathBuf},
    sync::{Arc, OnceLock},
    time::Duration,
};

use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme,
    client::{
        WebPkiServerVerifier,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    },
    crypto::{CryptoProvider, aws_lc_rs},
    pki_types::{CertificateDer, ServerName, UnixTime, pem::PemObject},
    time_provider::TimeProvider,
};
use tokio::net::TcpStream;
use tokio_rustls::{TlsConnector, client::TlsStream};
use types::Clock;

use crate::{CertificateFacts, NetError, TlsFailure, error::is_localhost, resolve::bare};

/// Whom this machine trusts. Read from disk once, at the first handshake.
pub(crate) struct Trust {
    extra: Vec<PathBuf>,
    standin: Option<PathBuf>,
    time: Arc<OurTime>,
    provider: Arc<CryptoProvider>,
    everywhere: OnceLock<Arc<WebPkiServerVerifier>>,
    localhost: OnceLock<Arc<WebPkiServerVerifier>>,
}

impl Trust {
    /// The system's roots and `extra` for every host; `standin` besides for `*.localhost`, where it exists.
    pub(crate) fn new(extra: Vec<PathBuf>, standin: Option<PathBuf>, clock: Arc<dyn Clock>) -> Self {
        Self {
            extra,
            standin,
            time: Arc::new(OurTime(clock)),
            provider: Arc::new(aws_lc_rs::default_provider()),
            everywhere: OnceLock::new(),
            localhost: OnceLock::new(),
        }
    }

    /// Shakes hands with `host` over `stream`; the facts are those of the certificate it accepted.
    pub(crate) async fn handshake(
        &self,
        host: &str,
        stream: TcpStream,
    ) -> Result<(Box<TlsStream<TcpStream>>, Option<CertificateFacts>), NetError> {
        let name = ServerName::try_from(bare(host).to_owned()).map_err(|_| NetError::BadUrl {
            url: host.to_owned(),
            why: "its host is not a name or an address",
        })?;
        let recorder = Arc::new(Recorder {
            inner: self.verifier(host)?,
            seen: OnceLock::new(),
        });
        let connector = TlsConnector::from(Arc::new(self.config(host, recorder.clone())?));
        let shaken = connector.connect(name, stream).await;
        let presented = recorder.seen.get().and_then(|der| CertificateFacts::read(der));
        match shaken {
            Ok(stream) => Ok((Box::new(stream), presented)),
            Err(error) => Err(failure(host, presented, error)),
        }
    }

    fn config(&self, host: &str, recorder: Arc<Recorder>) -> Result<ClientConfig, NetError> {
        let mut config = ClientConfig::builder_with_details(self.provider.clone(), self.time.clone())
            .with_safe_default_protocol_versions()
            .map_err(|error| failure(host, None, std::io::Error::other(error)))?
            .dangerous()
            .with_custom_certificate_verifier(recorder)
            .with_no_client_auth();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(config)
    }

    fn verifier(&self, host: &str) -> Result<Arc<WebPkiServerVerifier>, NetError> {
        let standin = self
            .standin
            .as_deref()
            .filter(|path| is_localhost(host) && path.exists());
        let slot = if standin.is_some() {
            &self.localhost
        } else {
            &self.everywhere
        };
        if let Some(ready) = slot.get() {
            return Ok(ready.clone());
        }
        let mut roots = RootCertStore::empty();
        // A root that cannot be read is one fewer to trust; if none is left, that is said below.
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        for path in self.extra.iter().map(PathBuf::as_path).chain(standin) {
            add_file(&mut roots, path)?;
        }
        let no_roots = |_| NetError::NoRoots {
            host: host.to_owned(),
        };
        let built = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), self.provider.clone());
        let built = built.build().map_err(no_roots)?;
        Ok(slot.get_or_init(|| built).clone())
    }
}

fn add_file(roots: &mut RootCertStore, path: &Path) -> Result<(), NetError> {
    let bad = |why: String| NetError::BadCaFile {
        path: path.to_owned(),
        why,
    };
    let pem = std::fs::read(path).map_err(|error| bad(error.to_string()))?;
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
    let found = found.map_err(|error| bad(format!("{error}")))?;
    if found.is_empty() {
        return Err(bad("it holds no certificate".to_owned()));
    }
    for certificate in found {
        roots.add(certificate).map_err(|error| bad(format!("{error}")))?;
    }
    Ok(())
}

/// Says what TLS objected to, from the library's own error; its text is only quoted.
fn failure(host: &str, presented: Option<CertificateFacts>, error: std::io::Error) -> NetError {
    use CertificateError as Bad;
    let cause = error
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<rustls::Error>());
    let failure = match cause {
        Some(rustls::Error::InvalidCertificate(bad)) => match bad {
            Bad::UnknownIssuer => TlsFailure::UntrustedIssuer,
            Bad::Expired | Bad::ExpiredContext { .. } => TlsFailure::Expired,
            Bad::NotValidYet | Bad::NotValidYetContext { .. } => TlsFailure::NotYetValid,
            Bad::NotValidForName | Bad::NotValidForNameContext { .. } => TlsFailure::WrongName,
            // A certificate that signed itself and claims to be an authority is somebody nobody vouches for.
            Bad::Other(_) if presented.as_ref().is_some_and(CertificateFacts::is_self_signed) => {
                TlsFailure::UntrustedIssuer
            }
            _ => TlsFailure::BadCertificate,
        },
        _ => TlsFailure::Protocol,
    };
    NetError::Tls {
        host: host.to_owned(),
        failure,
        presented: presented.map(Box::new),
        source: Box::new(error),
    }
}

/// Judges as usual and remembers what it judged.
#[derive(Debug)]
struct Recorder {
    inner: Arc<WebPkiServerVerifier>,
    seen: OnceLock<Vec<u8>>,
}

impl ServerCertVerifier for Recorder {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        // One handshake, one certificate; a second one could only be the same.
        let _ = self.seen.set(end_entity.to_vec());
        self.inner
            .verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.inner.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.inner.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.inner.supported_verify_schemes()
    }
}

/// Certificates are judged by the same clock as everything else.
struct OurTime(Arc<dyn Clock>);

impl TimeProvider for OurTime {
    fn current_time(&self) -> Option<UnixTime> {
        let seconds = u64::try_from(self.0.now().seconds()).ok()?;
        Some(UnixTime::since_unix_epoch(Duration::from_secs(seconds)))
    }
}

impl fmt::Debug for OurTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OurTime")
    }
}
