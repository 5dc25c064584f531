//! Certificates that something is wrong with, and TLS with them.

use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, date_time_ymd};
use rustls::{ClientConfig, RootCertStore, ServerConfig, crypto::aws_lc_rs, server::Acceptor};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, pem::PemObject};
use tokio::net::TcpStream;
use tokio_rustls::{LazyConfigAcceptor, server::TlsStream};

use crate::edge::ca::Ca;

/// A chain and the key of its first certificate.
pub(super) type Shown = (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>);

fn key_of(ca: &Ca) -> PrivateKeyDer<'static> {
    PrivateKeyDer::from(PrivatePkcs8KeyDer::from(ca.leaf_key().serialize_der()))
}

/// For another name than the one that was asked for.
pub(super) fn for_name(ca: &Ca, name: &str) -> Option<Shown> {
    Some((vec![ca.leaf(name).ok()?], key_of(ca)))
}

/// By the stand-in's authority, and over.
pub(super) fn expired(ca: &Ca, name: &str) -> Option<Shown> {
    Some((vec![ca.leaf_of_the_past(name).ok()?], key_of(ca)))
}

/// Vouching for itself.
pub(super) fn self_signed(name: &str) -> Option<Shown> {
    let key = KeyPair::generate().ok()?;
    let mut params = CertificateParams::new(vec![name.to_owned()]).ok()?;
    params
        .distinguished_name
        .push(DnType::CommonName, "A server of our own");
    let certificate = params.self_signed(&key).ok()?;
    Some((
        vec![certificate.der().clone()],
        PrivatePkcs8KeyDer::from(key.serialize_der()).into(),
    ))
}

/// By an authority of somebody else, which nobody here trusts; `who` is its name.
pub(super) fn by(who: &str, name: &str) -> Option<Shown> {
    let mut root = CertificateParams::default();
    root.distinguished_name.push(DnType::CommonName, who);
    root.distinguished_name.push(DnType::OrganizationName, who);
    root.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    root.not_before = date_time_ymd(2020, 1, 1);
    let root_key = KeyPair::generate().ok()?;
    let root_certificate = root.self_signed(&root_key).ok()?;
    let issuer = Issuer::new(root, root_key);
    let key = KeyPair::generate().ok()?;
    let mut leaf = CertificateParams::new(vec![name.to_owned()]).ok()?;
    leaf.distinguished_name.push(DnType::CommonName, "Inspected");
    let certificate = leaf.signed_by(&key, &issuer).ok()?;
    let chain = vec![certificate.der().clone(), root_certificate.der().clone()];
    Some((chain, PrivatePkcs8KeyDer::from(key.serialize_der()).into()))
}

/// Takes TLS with what `show` makes for the name that is asked for. HTTP/1.1 is spoken on it.
pub(super) async fn accept(
    stream: TcpStream,
    show: impl FnOnce(&str) -> Option<Shown>,
) -> Option<(TlsStream<TcpStream>, String)> {
    let start = LazyConfigAcceptor::new(Acceptor::default(), stream).await.ok()?;
    let name = start.client_hello().server_name()?.to_owned();
    let (chain, key) = show(&name)?;
    let mut config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .ok()?
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .ok()?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    let stream = start.into_stream(Arc::new(config)).await.ok()?;
    Some((stream, name))
}

/// A client that trusts the stand-in's authority and nobody else.
pub(super) fn trusting(ca: &Ca) -> Result<ClientConfig, rustls::Error> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(ca.pem().as_bytes()).flatten() {
        roots.add(certificate)?;
    }
    let mut config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}
