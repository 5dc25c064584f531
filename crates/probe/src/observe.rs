//! From errors of the layers below to facts.

use std::{error::Error, io, time::Duration};

use client::ClientError;
use evidence::{Findings, Kind, Seen};
use http::StatusCode;
use net::{CertificateFacts, NetError, Phase, TlsFailure};
use rustls::{AlertDescription, PeerIncompatible};

/// Names in issuers of products that intercept TLS (facts/identity.md 6.5; the reader of pasted text knows the same).
const INTERCEPTORS: [&str; 22] = [
    "zscaler",
    "netskope",
    "fortinet",
    "fortigate",
    "forcepoint",
    "websense",
    "sophos",
    "barracuda",
    "kaspersky",
    "bitdefender",
    "mitmproxy",
    "watchguard",
    "sonicwall",
    "fiddler",
    "charles proxy",
    "burp",
    "blue coat",
    "bluecoat",
    "palo alto",
    "umbrella",
    "skyhigh",
    "eset",
];

/// What a connection that failed shows, as the last step's facts.
pub(crate) fn net(error: &NetError, findings: &mut Findings) {
    let mut see = |kind, value: &str| findings.see(kind, value);
    match error {
        NetError::NameNotFound { source, .. } => see(Kind::Dns, name(source)),
        NetError::Refused { .. } => see(Kind::Tcp, "refused"),
        NetError::Unreachable { attempts, .. } => {
            let reset = |(_, error): &(_, io::Error)| error.kind() == io::ErrorKind::ConnectionReset;
            see(
                Kind::Tcp,
                if attempts.iter().any(reset) {
                    "reset"
                } else {
                    "unreachable"
                },
            );
        }
        NetError::TimedOut { phase, .. } => match phase {
            Phase::Resolve => see(Kind::Dns, "timeout"),
            Phase::Connect => see(Kind::Tcp, "timeout"),
            Phase::Proxy => see(Kind::Http, "proxy-unreachable"),
            Phase::Tls => see(Kind::Tls, "timeout"),
            Phase::Answer | Phase::Body => see(Kind::Http, "timeout"),
        },
        NetError::ProxyUnreachable { .. } => see(Kind::Http, "proxy-unreachable"),
        NetError::ProxyCredentials { .. } => {
            see(Kind::Http, "proxy-auth");
            see(Kind::Status, "407");
        }
        NetError::ProxyRefused { .. } => see(Kind::Http, "proxy-refused"),
        NetError::Tls {
            failure,
            presented,
            source,
            ..
        } => tls(*failure, presented.as_deref(), &**source, findings),
        NetError::Http { source, .. } => match source.source().and_then(|inner| inner.downcast_ref()) {
            Some(inner) if is_reset(inner) => see(Kind::Tcp, "reset"),
            _ => see(Kind::Http, "not-http"),
        },
        NetError::TooLarge { .. } => see(Kind::Http, "endless"),
        NetError::BadUrl { .. }
        | NetError::BadProxy(_)
        | NetError::BadCaFile { .. }
        | NetError::NoRoots { .. } => {}
    }
}

/// How the system's resolver says it; it has no other words than its text.
pub(crate) fn name(error: &io::Error) -> &'static str {
    let text = error.to_string().to_ascii_lowercase();
    if text.contains("temporary failure") || text.contains("try again") {
        "timeout"
    } else if text.contains("no address") || text.contains("no data") {
        "no-address"
    } else {
        "nxdomain"
    }
}

fn is_reset(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionAborted
    )
}

fn tls(
    failure: TlsFailure,
    presented: Option<&CertificateFacts>,
    source: &(dyn Error + 'static),
    findings: &mut Findings,
) {
    let value = match failure {
        TlsFailure::UntrustedIssuer if presented.is_some_and(CertificateFacts::is_self_signed) => {
            "self-signed"
        }
        TlsFailure::UntrustedIssuer => "untrusted",
        TlsFailure::Expired => "expired",
        TlsFailure::NotYetValid => "not-yet-valid",
        TlsFailure::WrongName => "wrong-name",
        TlsFailure::BadCertificate => "bad",
        TlsFailure::Protocol => return protocol(source, findings),
    };
    findings.see(Kind::Cert, value);
    if let Some(certificate) = presented {
        if interceptor(certificate).is_some() {
            findings.see(Kind::Cert, "intercepted");
        }
        if failure == TlsFailure::WrongName && certificate.names.iter().any(|name| name.starts_with("*.")) {
            findings.see(Kind::Cert, "wildcard");
        }
    }
}

/// The product that intercepts TLS, when the issuer names one.
pub(crate) fn interceptor(certificate: &CertificateFacts) -> Option<&'static str> {
    let issuer = certificate.issuer.to_ascii_lowercase();
    INTERCEPTORS.into_iter().find(|name| issuer.contains(name))
}

fn protocol(source: &(dyn Error + 'static), findings: &mut Findings) {
    let Some(error) = source.downcast_ref::<io::Error>() else {
        return findings.see(Kind::Tls, "handshake-failure");
    };
    let inner = error
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<rustls::Error>());
    match inner {
        Some(rustls::Error::AlertReceived(AlertDescription::ProtocolVersion)) => {
            findings.see(Kind::Tls, "protocol-version");
        }
        Some(rustls::Error::PeerIncompatible(why)) => findings.see(
            Kind::Tls,
            match why {
                PeerIncompatible::NoCipherSuitesInCommon => "no-shared-cipher",
                PeerIncompatible::ServerDoesNotSupportTls12Or13 => "protocol-version",
                _ => "handshake-failure",
            },
        ),
        Some(rustls::Error::InvalidMessage(rustls::InvalidMessage::InvalidContentType)) => {
            findings.see(Kind::Tls, "plain-http");
        }
        Some(_) => findings.see(Kind::Tls, "handshake-failure"),
        None if is_reset(error) => findings.see(Kind::Tcp, "reset"),
        None => findings.see(Kind::Tls, "closed"),
    }
}

/// What a client's failure shows, as the last step's facts.
pub(crate) fn client(error: &ClientError, findings: &mut Findings) {
    match error {
        ClientError::Net(error) => net(error, findings),
        ClientError::SignIn(refusal) | ClientError::SignInAgain { refusal, .. } => {
            let said = &refusal.said;
            let code = said
                .code()
                .map_or_else(String::new, |code| format!("AADSTS{code} "));
            let text = format!(
                "{code}({}): {}",
                said.error,
                said.sentence().unwrap_or("no description")
            );
            findings.step(
                "read the sign-in service's answer",
                Seen::Failed(text),
                Duration::ZERO,
            );
            for code in said.error_codes.iter().copied().chain(said.code()) {
                findings.see(Kind::Aadsts, &code.to_string());
            }
            findings.see(Kind::OAuth, &said.error);
            if let Some(suberror) = &said.suberror {
                findings.see(Kind::Suberror, suberror);
            }
            if let Some(text) = &said.error_description {
                findings.said(text);
            }
        }
        ClientError::Organization(refusal) => {
            findings.see(Kind::Status, &refusal.status.to_string());
            code(&refusal.code, findings);
            findings.said(&refusal.message);
        }
        ClientError::Throttled { status, .. } => findings.see(Kind::Status, &status.to_string()),
        ClientError::Garbled { why, .. } if why.contains("text/html") => {
            findings.see(Kind::Http, "html-not-json");
        }
        ClientError::NotAnOrganization { status, .. } => {
            self::status(*status, findings);
        }
        _ => {}
    }
}

/// A status that is a failure.
pub(crate) fn status(status: StatusCode, findings: &mut Findings) {
    if status.is_client_error() || status.is_server_error() {
        findings.see(Kind::Status, status.as_str());
    }
}

/// A result code of Dataverse.
pub(crate) fn code(code: &str, findings: &mut Findings) {
    if !code.is_empty() {
        findings.see(Kind::Code, code);
    }
}
