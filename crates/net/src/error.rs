//! How reaching a server can fail, one variant for each thing a person can do about it.

use std::{fmt, io, net::SocketAddr, path::PathBuf, time::Duration};

use crate::{BadProxy, CertificateFacts};

/// The part of the way that was being walked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Name to addresses.
    Resolve,
    /// Address to connection.
    Connect,
    /// Through the proxy.
    Proxy,
    /// The TLS handshake.
    Tls,
    /// The request, up to the answer's headers.
    Answer,
    /// The answer's body.
    Body,
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Resolve => "resolving the name",
            Self::Connect => "connecting",
            Self::Proxy => "waiting for the proxy",
            Self::Tls => "negotiating TLS",
            Self::Answer => "waiting for the answer",
            Self::Body => "reading the answer",
        })
    }
}

/// What TLS objected to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TlsFailure {
    /// Nobody we trust signed the certificate.
    UntrustedIssuer,
    /// Its time is over.
    Expired,
    /// Its time has not come.
    NotYetValid,
    /// It is good for other names.
    WrongName,
    /// Another flaw of the certificate.
    BadCertificate,
    /// No common version or cipher, or it was not TLS at all.
    Protocol,
}

/// Reaching a server failed.
#[derive(Debug, thiserror::Error)]
pub enum NetError {
    /// The address cannot be connected to.
    #[error("`{url}` is not an address that can be called: {why}")]
    BadUrl {
        /// As it was given.
        url: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// The name has no address.
    #[error("the name {host} was not found")]
    NameNotFound {
        /// The name.
        host: String,
        /// What the system's resolver said.
        source: io::Error,
    },
    /// Nobody listens there, at any of the addresses.
    #[error("nobody listens at {host} port {port} ({})", addresses(.attempts))]
    Refused {
        /// The name.
        host: String,
        /// The port.
        port: u16,
        /// Every address that was tried, with its own error.
        attempts: Vec<(SocketAddr, io::Error)>,
    },
    /// The network does not lead there.
    #[error("{host} port {port} cannot be reached ({})", addresses(.attempts))]
    Unreachable {
        /// The name.
        host: String,
        /// The port.
        port: u16,
        /// Every address that was tried, with its own error.
        attempts: Vec<(SocketAddr, io::Error)>,
    },
    /// A phase took too long.
    #[error("{target} did not answer within {} while {phase}", seconds(*.after))]
    TimedOut {
        /// Which part of the way.
        phase: Phase,
        /// Host and port.
        target: String,
        /// How long we waited.
        after: Duration,
    },
    /// The proxy's own settings cannot be used.
    #[error(transparent)]
    BadProxy(#[from] BadProxy),
    /// The proxy itself was not reached.
    #[error("the proxy {proxy} cannot be used to reach {target}")]
    ProxyUnreachable {
        /// The proxy, without its credentials.
        proxy: String,
        /// Host and port behind it.
        target: String,
        /// What happened on the way to the proxy.
        source: Box<Self>,
    },
    /// The proxy wants a name and a password, or better ones (407).
    #[error("the proxy {proxy} demands credentials before it connects to {target} (HTTP 407{})", offered(.schemes))]
    ProxyCredentials {
        /// The proxy, without its credentials.
        proxy: String,
        /// Host and port behind it.
        target: String,
        /// The schemes it offered.
        schemes: String,
        /// Whether credentials had been sent.
        sent: bool,
    },
    /// The proxy does not want to connect to this host.
    #[error("the proxy {proxy} refused to connect to {target}: {answer}")]
    ProxyRefused {
        /// The proxy, without its credentials.
        proxy: String,
        /// Host and port behind it.
        target: String,
        /// Its status line.
        answer: String,
    },
    /// The TLS handshake failed.
    #[error("{}", tls_sentence(.host, *.failure, .presented.as_deref()))]
    Tls {
        /// The name that was asked for.
        host: String,
        /// What TLS objected to.
        failure: TlsFailure,
        /// What the server showed, where it got that far.
        presented: Option<Box<CertificateFacts>>,
        /// What the library said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A file of certificates cannot be used.
    #[error("the CA file {} cannot be used: {why}", .path.display())]
    BadCaFile {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// The machine trusts nobody.
    #[error(
        "no trusted certificate authority was found on this machine, so the certificate of {host} cannot be checked"
    )]
    NoRoots {
        /// The name that was asked for.
        host: String,
    },
    /// What came back is not HTTP, or it broke off.
    #[error("{target} did not answer in HTTP while {phase}")]
    Http {
        /// Host and port.
        target: String,
        /// Which part of the way.
        phase: Phase,
        /// What the library said.
        source: hyper::Error,
    },
    /// The body is larger than anything this errand expects.
    #[error("the answer of {target} is larger than {limit} bytes")]
    TooLarge {
        /// Host and port.
        target: String,
        /// The bound, in bytes.
        limit: usize,
    },
}

impl NetError {
    /// What to do next.
    pub fn hint(&self) -> String {
        match self {
            Self::BadUrl { .. } => "Give an address such as https://contoso.crm4.dynamics.com; `keyway url` corrects one.".into(),
            Self::NameNotFound { host, .. } => format!(
                "Check the spelling and the region in the name (`keyway url {host}` knows them all), and that this machine has DNS."
            ),
            Self::Refused { host, .. } if is_localhost(host) => {
                "Start the stand-in with `keyway serve --demo`, or correct the port.".into()
            }
            Self::Refused { .. } => "Check the port, and whether a firewall answers in the server's place.".into(),
            Self::Unreachable { .. } => "Check the network, the VPN and the firewall of this machine.".into(),
            Self::TimedOut { phase: Phase::Resolve, .. } => "Check the DNS servers of this machine.".into(),
            Self::TimedOut { phase: Phase::Connect | Phase::Proxy, .. } => {
                "A firewall may be dropping the packets; if the network demands a proxy, set HTTPS_PROXY or --proxy.".into()
            }
            Self::TimedOut { .. } => "Try again; if it stays so, the server or something between is overloaded.".into(),
            Self::BadProxy(bad) => bad.hint().into(),
            Self::ProxyUnreachable { .. } => {
                "Check HTTPS_PROXY (or --proxy), or list the host in NO_PROXY.".into()
            }
            Self::ProxyCredentials { sent: false, .. } => {
                "Put a name and a password into the proxy's URL: http://name:password@proxy:8080 (percent-encode special characters).".into()
            }
            Self::ProxyCredentials { .. } => {
                "Correct the name and password in the proxy's URL; only Basic is supported, not NTLM or Negotiate.".into()
            }
            Self::ProxyRefused { target, .. } => {
                format!("Ask whoever runs the proxy to allow {target}, or list the host in NO_PROXY.")
            }
            Self::Tls { host, failure, presented, .. } => tls_hint(host, *failure, presented.as_deref()),
            Self::BadCaFile { .. } => "The file must hold one or more blocks of -----BEGIN CERTIFICATE-----.".into(),
            Self::NoRoots { .. } => {
                "Install the system's CA certificates (package ca-certificates), or point SSL_CERT_FILE at a bundle.".into()
            }
            Self::Http { .. } => "Check the port: something other than an HTTPS service may be listening there.".into(),
            Self::TooLarge { .. } => "This is not the service that was expected; check the address.".into(),
        }
    }

    /// Whether trying again later can help without anybody changing anything.
    pub fn is_transient(&self) -> bool {
        matches!(
            self,
            Self::TimedOut { .. } | Self::Unreachable { .. } | Self::Http { .. }
        )
    }
}

/// `localhost` or a name below it (RFC 6761 6.3).
pub(crate) fn is_localhost(host: &str) -> bool {
    let host = host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase();
    host == "localhost" || host.ends_with(".localhost")
}

fn addresses(attempts: &[(SocketAddr, io::Error)]) -> String {
    attempts
        .iter()
        .map(|(address, error)| format!("{address}: {error}"))
        .collect::<Vec<_>>()
        .join("; ")
}

fn seconds(time: Duration) -> String {
    if time.subsec_millis() == 0 {
        format!("{} s", time.as_secs())
    } else {
        format!("{} ms", time.as_millis())
    }
}

fn offered(schemes: &str) -> String {
    if schemes.is_empty() {
        String::new()
    } else {
        format!(", it offers {schemes}")
    }
}

fn tls_sentence(host: &str, failure: TlsFailure, presented: Option<&CertificateFacts>) -> String {
    let what = match failure {
        TlsFailure::UntrustedIssuer => "is signed by nobody this machine trusts",
        TlsFailure::Expired => "has expired",
        TlsFailure::NotYetValid => "is not valid yet",
        TlsFailure::WrongName => "is for other names",
        TlsFailure::BadCertificate => "is not acceptable",
        TlsFailure::Protocol => return format!("{host} could not agree on TLS with this machine"),
    };
    match presented {
        Some(facts) => format!("the certificate of {host} {what}: {facts}"),
        None => format!("the certificate of {host} {what}"),
    }
}

fn tls_hint(host: &str, failure: TlsFailure, presented: Option<&CertificateFacts>) -> String {
    match failure {
        TlsFailure::UntrustedIssuer if is_localhost(host) => {
            "If this is the stand-in, it runs with another state directory: point KEYWAY_STATE_DIR or --ca-file at its ca.pem.".into()
        }
        TlsFailure::UntrustedIssuer if presented.is_some_and(CertificateFacts::is_self_signed) => {
            "The server vouches for itself. If that is meant, give its certificate with --ca-file; if not, something else is answering.".into()
        }
        TlsFailure::UntrustedIssuer => {
            "If a proxy inspects TLS here, or the server uses a private CA, give that CA's certificate with --ca-file or SSL_CERT_FILE.".into()
        }
        TlsFailure::Expired => "Whoever runs the server must renew the certificate; check this machine's clock, too.".into(),
        TlsFailure::NotYetValid => "Check this machine's clock.".into(),
        TlsFailure::WrongName => format!("Use one of the names in the certificate, or check that {host} leads to the right server."),
        TlsFailure::BadCertificate => "Whoever runs the server must replace the certificate.".into(),
        TlsFailure::Protocol => {
            "Check the port and that it speaks TLS 1.2 or 1.3; a plain HTTP port answers like this.".into()
        }
    }
}
