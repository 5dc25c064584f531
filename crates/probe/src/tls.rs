//! TLS, closer: what the server speaks, and whose certificates it shows.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use evidence::{Findings, Kind, Seen, Steps};
use net::CertificateFacts;
use rustls::{
    ClientConfig, DigitallySignedStruct, SignatureScheme,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, ServerName, UnixTime},
};
use tokio::{net::TcpStream, time::timeout};
use tokio_rustls::TlsConnector;
use types::Stopwatch;

use crate::{
    Probe, World,
    hello::{Answer, Version, alert_name, greet, suite_name},
    observe,
};

pub(crate) const PROBE: Probe = Probe {
    name: "tls",
    about: "TLS: versions, cipher suites, chain, expiry, names, interception",
    needs: "a TCP connection",
};

/// How many certificates of a chain are told.
const MOST: usize = 6;

/// Looks at the server of a failed handshake: by an own hello at what it speaks, and at what it shows. Both at
/// once, because neither needs the other.
pub(crate) async fn look(world: &World<'_>, host: &str, port: u16) -> Findings {
    world.begins(&PROBE);
    let (mut findings, shows) = tokio::join!(versions(world, host, port), chain(world, host, port));
    findings.extend(shows);
    findings
}

/// What it speaks, from the newest version that the own hello knows to the oldest.
async fn versions(world: &World<'_>, host: &str, port: u16) -> Findings {
    let mut findings = Findings::default();
    for newest in [Version::TLS_1_2, Version::TLS_1_0] {
        let watch = Stopwatch::start();
        let what = format!("offer {host} {} and older", newest.name());
        let mut random = [0; 32];
        world.outside.chance.fill(&mut random);
        let greeted = timeout(world.patience(), async {
            let mut stream = world
                .outside
                .net
                .reach(host, port, &mut Steps::default())
                .await
                .ok()?;
            Some(greet(&mut stream, host, newest, random).await)
        });
        let answer = match greeted.await {
            Ok(Some(Ok(answer))) => answer,
            Ok(Some(Err(error))) => {
                findings.step(&what, Seen::Failed(error.to_string()), watch.elapsed());
                findings.see(Kind::Tls, "closed");
                continue;
            }
            Ok(None) => return findings,
            Err(_) => {
                let text = format!("no answer within {} s", world.patience().as_secs_f32());
                findings.step(&what, Seen::Failed(text), watch.elapsed());
                findings.see(Kind::Tls, "timeout");
                return findings;
            }
        };
        if told(&mut findings, &what, &answer, watch.elapsed()) {
            return findings;
        }
    }
    findings
}

/// Writes the answer down; `true` when asking for an older version would tell nothing more.
fn told(findings: &mut Findings, what: &str, answer: &Answer, took: Duration) -> bool {
    match answer {
        Answer::Chose { version, suite } if *version < Version::TLS_1_2 => {
            let text = format!(
                "the server speaks {} at most ({}); TLS 1.2 is the least that is safe and spoken here",
                version.name(),
                suite_name(*suite)
            );
            findings.step(what, Seen::Failed(text), took);
            findings.see(Kind::Tls, "protocol-version");
            findings.see(
                Kind::Tls,
                &format!("server-{}", version.name().to_lowercase().replace(' ', "-")),
            );
            true
        }
        Answer::Chose { version, suite } => {
            let forward = suite >> 8 == 0xC0 || suite >> 8 == 0xCC;
            let text = format!("the server chose {} with {}", version.name(), suite_name(*suite));
            if forward {
                findings.step(what, Seen::Ok(text), took);
            } else {
                findings.step(
                    what,
                    Seen::Failed(format!("{text}, which is no longer accepted")),
                    took,
                );
                findings.see(Kind::Tls, "no-shared-cipher");
            }
            true
        }
        Answer::Alert(alert) => {
            let text = format!("the server refused: {}", alert_name(*alert));
            findings.step(what, Seen::Failed(text), took);
            match alert {
                70 => findings.see(Kind::Tls, "protocol-version"),
                71 => findings.see(Kind::Tls, "no-shared-cipher"),
                _ => findings.see(Kind::Tls, "handshake-failure"),
            }
            false
        }
        Answer::Foreign(begin) => {
            let text = format!("the server does not speak TLS; it answered `{begin}`");
            findings.step(what, Seen::Failed(text), took);
            findings.see(
                Kind::Tls,
                if begin.starts_with("HTTP/") {
                    "plain-http"
                } else {
                    "not-tls"
                },
            );
            true
        }
        Answer::Closed => {
            let text = "the server closed the connection without a word".to_owned();
            findings.step(what, Seen::Failed(text), took);
            findings.see(Kind::Tls, "closed");
            false
        }
    }
}

/// The certificates it shows, whatever they are worth. The handshake ends there; nothing is sent over it.
async fn chain(world: &World<'_>, host: &str, port: u16) -> Findings {
    let mut findings = Findings::default();
    let collector = Arc::new(Collector::default());
    let watch = Stopwatch::start();
    let shaken = timeout(world.patience(), async {
        let stream = world
            .outside
            .net
            .reach(host, port, &mut Steps::default())
            .await
            .ok()?;
        shake(host, stream, collector.clone()).await
    });
    if !matches!(shaken.await, Ok(Some(()))) {
        return findings;
    }
    let shown = collector.0.lock().unwrap_or_else(PoisonError::into_inner);
    let chain: Vec<CertificateFacts> = shown
        .iter()
        .take(MOST)
        .filter_map(|der| CertificateFacts::read(der))
        .collect();
    let Some((leaf, above)) = chain.split_first() else {
        return findings;
    };
    let mut text = leaf.to_string();
    for certificate in above {
        text.push_str(&format!("; then {}", subject_and_issuer(certificate)));
    }
    if above.is_empty() && !leaf.is_self_signed() {
        text.push_str("; the server shows no intermediate certificate");
    }
    let product = chain.iter().find_map(observe::interceptor);
    if let Some(product) = product {
        text.push_str(&format!(
            "; a TLS inspection ({product}) answers in the server's place"
        ));
    }
    findings.step(
        format!("read the certificates of {host}"),
        Seen::Ok(text),
        watch.elapsed(),
    );
    if product.is_some() {
        findings.see(Kind::Cert, "intercepted");
    }
    if above.is_empty() && !leaf.is_self_signed() {
        findings.see(Kind::Cert, "no-intermediate");
    }
    let root_within = above
        .iter()
        .any(|certificate| certificate.is_self_signed() && certificate.subject == leaf.issuer);
    if root_within {
        findings.see(Kind::Cert, "own-root");
    }
    findings
}

fn subject_and_issuer(certificate: &CertificateFacts) -> String {
    if certificate.is_self_signed() {
        format!("{}, which vouches for itself", certificate.subject)
    } else {
        format!("{} issued by {}", certificate.subject, certificate.issuer)
    }
}

async fn shake(host: &str, stream: TcpStream, collector: Arc<Collector>) -> Option<()> {
    let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .ok()?
        .dangerous()
        .with_custom_certificate_verifier(collector)
        .with_no_client_auth();
    let name = ServerName::try_from(host.trim_matches(['[', ']']).to_owned()).ok()?;
    // Dropped at once: the connection was made to look at, not to be used.
    TlsConnector::from(Arc::new(config))
        .connect(name, stream)
        .await
        .ok()?;
    Some(())
}

/// Takes every certificate down and accepts it, for a handshake over which nothing is sent.
#[derive(Debug, Default)]
struct Collector(Mutex<Vec<Vec<u8>>>);

impl ServerCertVerifier for Collector {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let mut shown = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *shown = std::iter::once(end_entity)
            .chain(intermediates)
            .map(|der| der.to_vec())
            .collect();
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        aws_lc_rs::default_provider()
            .signature_verification_algorithms
            .supported_schemes()
    }
}
