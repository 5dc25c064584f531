//! A mail server, up to its greeting: name, connection, TLS where the protocol begins with it.
//!
//! A target with a scheme of mail (`smtp://mail.contoso.com:587`) is one. Signing in to it is not tried.

use std::time::Duration;

use client::Mistake;
use evidence::{Findings, Kind, Open, Seen, shown};
use tokio::{
    io::{AsyncRead, AsyncReadExt},
    time::timeout,
};
use types::Stopwatch;

use crate::{Case, Probe, World, observe, preflight, walk};

pub(crate) const PROBE: Probe = Probe {
    name: "mail",
    about: "a mail server (smtp://, smtps://, imap://, imaps://, pop3://, pop3s://) up to its greeting",
    needs: "an address with a scheme of mail",
};

/// The longest greeting that is read, in bytes (RFC 5321 4.5.3.1.5 allows 512).
const MOST: u64 = 1024;

/// Protocols: scheme, port, whether TLS comes first, how a greeting begins (RFC 5321, 9051, 1939, 8314).
const PROTOCOLS: [(&str, u16, bool, &str); 6] = [
    ("smtp", 25, false, "220"),
    ("smtps", 465, true, "220"),
    ("imap", 143, false, "* "),
    ("imaps", 993, true, "* "),
    ("pop3", 110, false, "+OK"),
    ("pop3s", 995, true, "+OK"),
];

/// A mail server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Server {
    scheme: &'static str,
    host: String,
    port: u16,
    tls_first: bool,
    greeting: &'static str,
}

impl Server {
    /// Reads `scheme://host[:port]`; `None` when it is no address of mail.
    pub(crate) fn read(given: &str) -> Option<Self> {
        let (scheme, rest) = given.trim().split_once("://")?;
        let (scheme, usual, tls_first, greeting) = PROTOCOLS
            .into_iter()
            .find(|(name, ..)| scheme.eq_ignore_ascii_case(name))?;
        let authority = rest.split(['/', '?', '#']).next()?;
        // Whoever pastes a name and a password in front of the host does not want them told.
        let authority = authority.rsplit('@').next()?;
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if !port.contains(']') => (host, port.parse().ok()?),
            _ => (authority, usual),
        };
        (!host.is_empty()).then(|| Self {
            scheme,
            host: host.to_owned(),
            port,
            tls_first,
            greeting,
        })
    }
}

/// Goes there and reads the greeting; not with a user name that mail servers do not take (row 002-08).
pub(crate) async fn look(world: &World<'_>, case: &Case<'_>, server: &Server, findings: &mut Findings) {
    world.begins(&PROBE);
    let text = format!(
        "the {} server {} port {}",
        server.scheme, server.host, server.port
    );
    findings.step(
        "read the address of the mail server",
        Seen::Ok(text),
        Duration::ZERO,
    );
    findings.see(Kind::Mail, &format!("endpoint-{}", server.scheme));
    let of_the_name = |mistake: &&Mistake| matches!(mistake, Mistake::UserName(_));
    if let Some(mistake) = case.mistakes.iter().find(of_the_name) {
        return preflight::tell(mistake, findings);
    }
    let net = &world.outside.net;
    let stream = match net.reach(&server.host, server.port, &mut findings.steps).await {
        Ok(stream) => stream,
        Err(error) => return failed(world, server, &error, findings).await,
    };
    let answered = if server.tls_first {
        match net
            .secure(&server.host, server.port, stream, &mut findings.steps)
            .await
        {
            Ok(stream) => greeting(world, server, stream, findings).await,
            Err(error) => return failed(world, server, &error, findings).await,
        }
    } else {
        greeting(world, server, stream, findings).await
    };
    if answered {
        findings.open = Some(Open::Unmeasured(
            "The mail server answers. What comes behind its greeting is not measured here.".to_owned(),
        ));
    }
}

async fn failed(world: &World<'_>, server: &Server, error: &net::NetError, findings: &mut Findings) {
    observe::net(error, findings);
    let url = format!("https://{}:{}", server.host, server.port);
    walk::look_closer(world, &url, error, findings).await;
}

/// Reads the greeting; `true` when it is one of the protocol.
async fn greeting(
    world: &World<'_>,
    server: &Server,
    stream: impl AsyncRead + Unpin,
    findings: &mut Findings,
) -> bool {
    let what = format!("read the greeting of {}", server.host);
    let watch = Stopwatch::start();
    let mut bytes = Vec::new();
    let mut bounded = stream.take(MOST);
    let reading = async {
        while !bytes.contains(&b'\n') {
            match bounded.read_buf(&mut bytes).await {
                Ok(0) | Err(_) => break,
                Ok(_) => {}
            }
        }
    };
    let late = timeout(world.patience(), reading).await.is_err();
    let line = String::from_utf8_lossy(&bytes);
    let line = shown(line.lines().next().unwrap_or_default());
    let refusal = line
        .get(..3)
        .filter(|code| server.scheme.starts_with("smtp") && code.starts_with(['4', '5']));
    let (seen, fact) = match () {
        () if line.starts_with(server.greeting) => (Seen::Ok(line.clone()), None),
        () if refusal.is_some() => (Seen::Failed(line.clone()), None),
        () if line.is_empty() && late => (
            Seen::Failed("the server says nothing; it may wait for TLS to begin".to_owned()),
            Some("no-greeting"),
        ),
        () if line.is_empty() => (
            Seen::Failed("the server closed the connection without a greeting".to_owned()),
            Some("no-greeting"),
        ),
        () => (
            Seen::Failed(format!("this is no greeting of {}: {line}", server.scheme)),
            Some("foreign-greeting"),
        ),
    };
    let answered = matches!(seen, Seen::Ok(_));
    findings.step(what, seen, watch.elapsed());
    if let Some(code) = refusal {
        findings.see(Kind::Smtp, code);
        findings.said(&line);
    }
    if let Some(fact) = fact {
        findings.see(Kind::Mail, fact);
    }
    answered
}

#[cfg(test)]
mod tests {
    use super::Server;

    #[test]
    fn an_address_of_mail_is_told_from_others() {
        let read =
            |given: &str| Server::read(given).map(|server| (server.host, server.port, server.tls_first));
        let some = |host: &str, port, tls| Some((host.to_owned(), port, tls));
        assert_eq!(
            read("smtp://mail.contoso.com"),
            some("mail.contoso.com", 25, false)
        );
        assert_eq!(
            read("IMAPS://mail.contoso.com/x"),
            some("mail.contoso.com", 993, true)
        );
        assert_eq!(
            read("smtp://a:b@mail.contoso.com:587"),
            some("mail.contoso.com", 587, false)
        );
        assert_eq!(read("https://mail.contoso.com"), None);
        assert_eq!(read("smtp://:25"), None);
        assert_eq!(read("smtp://mail:x"), None);
    }
}
