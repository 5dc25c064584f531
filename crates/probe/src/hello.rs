//! A TLS hello of our own, which offers everything there ever was, so that old servers can be named.
//!
//! The library speaks TLS 1.2 and 1.3 only and can say no more of an older server than that it failed. This hello
//! (RFC 5246 7.4.1.2) offers the old versions and suites and reads the answer's first message. Nothing is ever
//! encrypted with what it negotiates.

use evidence::shown;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// How much of an answer is read, in bytes. The first message of a server is far shorter.
const MOST: usize = 16 * 1024;

/// A version, as the wire writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Version(pub(crate) u16);

impl Version {
    pub(crate) const TLS_1_0: Self = Self(0x0301);
    pub(crate) const TLS_1_2: Self = Self(0x0303);

    /// As people write it.
    pub(crate) fn name(self) -> String {
        match self.0 {
            0x0300 => "SSL 3.0".to_owned(),
            0x0301 => "TLS 1.0".to_owned(),
            0x0302 => "TLS 1.1".to_owned(),
            0x0303 => "TLS 1.2".to_owned(),
            0x0304 => "TLS 1.3".to_owned(),
            other => format!("version {other:#06x}"),
        }
    }
}

/// What the server answered to a hello.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// It chose.
    Chose {
        /// The version.
        version: Version,
        /// The cipher suite.
        suite: u16,
    },
    /// It refused, with this alert (RFC 5246 7.2).
    Alert(u8),
    /// It answered in another protocol; the beginning, fit to be shown.
    Foreign(String),
    /// It closed without a word.
    Closed,
}

/// Old and new suites up to TLS 1.2, the good ones first (IANA's registry).
const SUITES: [u16; 24] = [
    0xC02F, 0xC030, 0xC02B, 0xC02C, 0xCCA8, 0xCCA9, 0xC027, 0xC028, 0xC013, 0xC014, 0xC009, 0xC00A, 0x009E,
    0x009F, 0x0033, 0x0039, 0x009C, 0x009D, 0x003C, 0x002F, 0x0035, 0x000A, 0x0005, 0x0004,
];

/// The name of a suite, for those that people meet.
pub(crate) fn suite_name(suite: u16) -> String {
    let name = match suite {
        0xC02F => "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
        0xC030 => "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
        0xC02B => "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
        0xC02C => "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
        0xC027 => "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256",
        0xC028 => "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384",
        0xC013 => "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA",
        0xC014 => "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA",
        0x009C => "TLS_RSA_WITH_AES_128_GCM_SHA256",
        0x009D => "TLS_RSA_WITH_AES_256_GCM_SHA384",
        0x003C => "TLS_RSA_WITH_AES_128_CBC_SHA256",
        0x002F => "TLS_RSA_WITH_AES_128_CBC_SHA",
        0x0035 => "TLS_RSA_WITH_AES_256_CBC_SHA",
        0x000A => "TLS_RSA_WITH_3DES_EDE_CBC_SHA",
        0x0005 => "TLS_RSA_WITH_RC4_128_SHA",
        0x0004 => "TLS_RSA_WITH_RC4_128_MD5",
        other => return format!("suite {other:#06x}"),
    };
    name.to_owned()
}

/// The name of an alert.
pub(crate) fn alert_name(alert: u8) -> String {
    let name = match alert {
        0 => "close_notify",
        10 => "unexpected_message",
        40 => "handshake_failure",
        47 => "illegal_parameter",
        70 => "protocol_version",
        71 => "insufficient_security",
        80 => "internal_error",
        86 => "inappropriate_fallback",
        112 => "unrecognized_name",
        116 => "certificate_required",
        other => return format!("alert {other}"),
    };
    name.to_owned()
}

/// Greets the server as a client that speaks nothing newer than `newest`.
///
/// # Errors
/// What the connection said.
pub(crate) async fn greet<S: AsyncRead + AsyncWrite + Unpin>(
    stream: &mut S,
    host: &str,
    newest: Version,
    random: [u8; 32],
) -> std::io::Result<Answer> {
    stream.write_all(&hello(host, newest, random)).await?;
    let mut seen = Vec::new();
    let mut chunk = [0; 2048];
    loop {
        let count = stream.read(&mut chunk).await?;
        seen.extend_from_slice(&chunk[..count]);
        if let Some(answer) = read(&seen) {
            return Ok(answer);
        }
        if count == 0 || seen.len() > MOST {
            return Ok(if seen.is_empty() {
                Answer::Closed
            } else {
                Answer::Foreign(printable(&seen))
            });
        }
    }
}

/// The server's first message, once it is there.
fn read(seen: &[u8]) -> Option<Answer> {
    match seen.first()? {
        // Alert: record header, level, description.
        0x15 => Some(Answer::Alert(*seen.get(6)?)),
        // Handshake: record header, type and length, version, random, session id, suite.
        0x16 => {
            let body = seen.get(5..)?;
            if *body.first()? != 2 {
                return Some(Answer::Foreign("a handshake without a server's hello".to_owned()));
            }
            let version = u16::from_be_bytes([*body.get(4)?, *body.get(5)?]);
            let session = usize::from(*body.get(38)?);
            let suite = u16::from_be_bytes([*body.get(39 + session)?, *body.get(40 + session)?]);
            Some(Answer::Chose {
                version: Version(version),
                suite,
            })
        }
        _ if seen.len() >= 5 => Some(Answer::Foreign(printable(seen))),
        _ => None,
    }
}

/// The beginning of a foreign answer, fit for a terminal.
fn printable(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(&bytes[..bytes.len().min(60)]);
    shown(text.lines().next().unwrap_or_default())
}

fn hello(host: &str, newest: Version, random: [u8; 32]) -> Vec<u8> {
    let mut extensions = Vec::new();
    // A server's name is no address (RFC 6066 3).
    if host.parse::<std::net::IpAddr>().is_err() {
        let name = host.as_bytes();
        let mut list = vec![0];
        list.extend(counted(name));
        extension(&mut extensions, 0, &counted(&list));
    }
    let groups = [0, 23, 0, 24, 0, 25, 0, 29];
    extension(&mut extensions, 10, &counted(&groups));
    extension(&mut extensions, 11, &[1, 0]);
    if newest >= Version::TLS_1_2 {
        let algorithms = [4, 1, 5, 1, 6, 1, 4, 3, 5, 3, 8, 4, 8, 5, 2, 1, 2, 3];
        extension(&mut extensions, 13, &counted(&algorithms));
    }
    let suites: Vec<u8> = SUITES.iter().flat_map(|suite| suite.to_be_bytes()).collect();
    let mut body = newest.0.to_be_bytes().to_vec();
    body.extend(random);
    body.push(0);
    body.extend(counted(&suites));
    body.extend([1, 0]);
    body.extend(counted(&extensions));
    let mut message = vec![1, 0];
    message.extend(counted(&body));
    let mut record = vec![0x16, 3, 1];
    record.extend(counted(&message));
    record
}

fn extension(to: &mut Vec<u8>, number: u16, data: &[u8]) {
    to.extend(number.to_be_bytes());
    to.extend(counted(data));
}

/// The bytes behind their length. Everything here is far below 64 KiB: a host name has 255 characters at most.
fn counted(bytes: &[u8]) -> Vec<u8> {
    let length = u16::try_from(bytes.len()).unwrap_or(u16::MAX);
    let mut out = length.to_be_bytes().to_vec();
    out.extend(&bytes[..usize::from(length)]);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server_hello(version: u16, session: usize) -> Vec<u8> {
        let mut body = vec![2, 0, 0, 0];
        body.extend(version.to_be_bytes());
        body.extend([7; 32]);
        body.push(u8::try_from(session).unwrap());
        body.extend(vec![9; session]);
        body.extend([0, 0x2F, 0]);
        let mut record = vec![0x16, 3, 1];
        record.extend(counted(&body));
        record
    }

    #[test]
    fn the_first_message_is_read() {
        for session in [0, 32] {
            let chose = Answer::Chose {
                version: Version::TLS_1_0,
                suite: 0x002F,
            };
            let bytes = server_hello(0x0301, session);
            assert_eq!(read(&bytes), Some(chose));
            for cut in 0..bytes.len() - 2 {
                assert_eq!(read(&bytes[..cut]), None, "{cut}");
            }
        }
        assert_eq!(read(&[0x15, 3, 1, 0, 2, 2, 70]), Some(Answer::Alert(70)));
        assert_eq!(
            read(b"HTTP/1.1 400 Bad Request\r\n"),
            Some(Answer::Foreign("HTTP/1.1 400 Bad Request".to_owned()))
        );
    }

    #[tokio::test]
    async fn a_new_server_understands_the_hello() {
        let key = rcgen::KeyPair::generate().unwrap();
        let certificate = rcgen::CertificateParams::new(vec!["crm.localhost".to_owned()])
            .unwrap()
            .self_signed(&key)
            .unwrap();
        let provider = std::sync::Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let key = rustls::pki_types::PrivateKeyDer::Pkcs8(key.serialize_der().into());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .unwrap();
        let acceptor = tokio_rustls::TlsAcceptor::from(std::sync::Arc::new(config));
        let (mut near, far) = tokio::io::duplex(64 * 1024);
        let served = tokio::spawn(async move { acceptor.accept(far).await.is_ok() });
        let answer = greet(&mut near, "crm.localhost", Version::TLS_1_2, [1; 32])
            .await
            .unwrap();
        assert!(
            matches!(answer, Answer::Chose { version: Version::TLS_1_2, suite } if suite >> 8 == 0xC0),
            "{answer:?}"
        );
        drop(near);
        assert!(!served.await.unwrap());
    }
}
