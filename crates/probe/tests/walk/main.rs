//! The way, against small servers on loopback that are broken on purpose.

#![cfg(test)]

mod page;
mod servers;

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use client::Outside;
use evidence::{Findings, Kind, Open};
use net::{Net, ProxyRules, Settings, Timeouts};
use probe::{Account, Case, Unwatched, World, examine};
use servers::{NOW, greeting_server, http, plain, silent};
use testkit::Authority;
use types::{ManualClock, SystemChance};

/// What is seen in a world with that network.
async fn in_world(network: Settings, look: impl AsyncFnOnce(&World<'_>) -> Findings) -> Findings {
    let clock = Arc::new(ManualClock::at(NOW));
    let outside = Outside::new(Net::new(network.clone(), clock).keeping(), Arc::new(SystemChance));
    let world = World {
        outside: &outside,
        network: &network,
        name_servers: Vec::new(),
        compares: false,
        watch: &Unwatched,
    };
    look(&world).await
}

/// The way to `given`, with nobody signing in.
async fn walk(given: &str, network: Settings) -> Findings {
    walk_to(given, None, network).await
}

/// The same, of somebody who knows the organization's name.
async fn walk_to(given: &str, organization: Option<&str>, network: Settings) -> Findings {
    let case = Case {
        mistakes: Vec::new(),
        given,
        login: "https://login.microsoftonline.com.localhost:1",
        wants: None,
        invited: None,
        organization,
        account: Account::Nobody,
    };
    in_world(network, async |world| examine(world, &case).await).await
}

fn impatient(authority: Option<&Authority>) -> Settings {
    Settings {
        extra_ca: authority.map(Authority::file).into_iter().collect(),
        timeouts: Timeouts::at_most(Duration::from_millis(600)),
        ..Settings::default()
    }
}

fn has(findings: &Findings, kind: Kind, value: &str) -> bool {
    findings.facts.get(kind, value).is_some()
}

#[track_caller]
fn assert_has(findings: &Findings, facts: &[(Kind, &str)]) {
    for (kind, value) in facts {
        assert!(has(findings, *kind, value), "{kind} {value}: {findings:#?}");
    }
}

/// An organization's address at a port of this machine.
fn organization(port: u16) -> String {
    format!("https://contoso.crm4.dynamics.com.localhost:{port}/")
}

#[tokio::test]
async fn a_port_where_nobody_listens() {
    let port = plain(Vec::new()).await.port();
    let free = if port > 1024 { 1 } else { 2 };
    let found = walk(&organization(free), impatient(None)).await;
    assert_has(
        &found,
        &[(Kind::Tcp, "refused"), (Kind::Url, "organization-online")],
    );
}

#[tokio::test]
async fn a_server_that_never_speaks_holds_nobody_up() {
    let port = silent().await.port();
    let found = walk(&organization(port), impatient(None)).await;
    assert_has(&found, &[(Kind::Tls, "timeout")]);
}

#[tokio::test]
async fn an_old_server_is_named() {
    // A hello of TLS 1.0 that chose TLS_RSA_WITH_AES_128_CBC_SHA.
    let mut hello = vec![0x16, 3, 1, 0, 42, 2, 0, 0, 38, 3, 1];
    hello.extend([7; 32]);
    hello.extend([0, 0, 0x2F, 0]);
    let port = plain(hello).await.port();
    let found = walk(&organization(port), impatient(None)).await;
    assert_has(
        &found,
        &[(Kind::Tls, "protocol-version"), (Kind::Tls, "server-tls-1.0")],
    );
    let told = format!("{:?}", found.steps);
    assert!(
        told.contains("TLS 1.0 at most (TLS_RSA_WITH_AES_128_CBC_SHA)"),
        "{told}"
    );
}

#[tokio::test]
async fn plain_http_where_tls_is_due() {
    let port = plain(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n".to_vec())
        .await
        .port();
    let found = walk(&organization(port), impatient(None)).await;
    assert_has(&found, &[(Kind::Tls, "plain-http")]);
}

#[tokio::test]
async fn every_flaw_of_a_certificate_has_its_fact() {
    let name = "contoso.crm4.dynamics.com.localhost";
    for (common, leaf_name, end, trusted, fact) in [
        ("Good CA", name, 2024, true, "expired"),
        ("Good CA", "other.localhost", 2030, true, "wrong-name"),
        ("Unknown CA", name, 2030, false, "untrusted"),
        ("Zscaler Root CA", name, 2030, false, "intercepted"),
    ] {
        let authority = Authority::new(common);
        let port = http(authority.acceptor(leaf_name, end), |_| String::new())
            .await
            .port();
        let known = trusted.then_some(&authority);
        let other = Authority::new("Somebody else");
        let found = walk(&organization(port), impatient(known.or(Some(&other)))).await;
        assert_has(&found, &[(Kind::Cert, fact)]);
    }
}

#[tokio::test]
async fn a_loop_of_redirects_ends() {
    let (authority, name) = (Authority::new("CA"), "contoso.crm4.dynamics.com.localhost");
    let acceptor = authority.acceptor(name, 2030);
    let answer = |path: &str| {
        let to = if path.starts_with("/there") {
            "/here?n=1"
        } else {
            "/there?n=2"
        };
        format!("HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n")
    };
    let port = http(acceptor, answer).await.port();
    let found = walk(&organization(port), impatient(Some(&authority))).await;
    assert_has(&found, &[(Kind::Http, "redirect-loop")]);
}

#[tokio::test]
async fn a_page_a_missing_organization_and_another_clock_are_told() {
    let (authority, name) = (Authority::new("CA"), "contoso.crm4.dynamics.com.localhost");
    let answers: [(&'static str, &'static str, (Kind, &str)); 3] = [
        (
            "200 OK",
            "Content-Type: text/html\r\n",
            (Kind::Http, "html-not-json"),
        ),
        ("404 Not Found", "", (Kind::State, "no-such-organization")),
        (
            "401 Unauthorized",
            "Date: Wed, 01 May 2024 12:00:00 GMT\r\n",
            (Kind::Clock, "skew"),
        ),
    ];
    for (status, headers, fact) in answers {
        let acceptor = authority.acceptor(name, 2030);
        let port = http(acceptor, move |_| {
            format!("HTTP/1.1 {status}\r\n{headers}Content-Length: 2\r\n\r\nhi")
        })
        .await
        .port();
        let found = walk(&organization(port), impatient(Some(&authority))).await;
        assert_has(&found, &[fact]);
    }
}

#[tokio::test]
async fn a_sign_in_host_that_client_libraries_refuse_is_told() {
    let authority = Authority::new("CA");
    let names =
        "contoso.crm4.dynamics.com.localhost login.contoso.com.localhost login.microsoftonline.com.localhost";
    let port = Arc::new(AtomicUsize::new(0));
    let own = port.clone();
    let answer = move |path: &str| {
        let json = |status: &str, body: &str| {
            format!(
                "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
                body.len()
            )
        };
        let login = format!(
            "https://login.contoso.com.localhost:{}",
            own.load(Ordering::Relaxed)
        );
        if path.contains("/api/data/") {
            format!(
                "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Bearer authorization_uri={login}/contoso.com/oauth2/authorize\r\n\
                 Content-Length: 0\r\n\r\n"
            )
        } else if path.contains("/common/discovery/instance") {
            let sentence = "AADSTS50049: Unknown or invalid instance.";
            json(
                "400 Bad Request",
                &format!(
                    r#"{{"error":"invalid_instance","error_description":"{sentence}","error_codes":[50049]}}"#
                ),
            )
        } else {
            let document = format!(
                r#"{{"issuer":"{login}","token_endpoint":"{login}/t","authorization_endpoint":"{login}/a","jwks_uri":"{login}/k"}}"#
            );
            json("200 OK", &document)
        }
    };
    let listening = http(authority.acceptor(names, 2030), answer).await.port();
    port.store(usize::from(listening), Ordering::Relaxed);
    let found = walk(&organization(listening), impatient(Some(&authority))).await;
    assert_has(
        &found,
        &[(Kind::Aadsts, "50049"), (Kind::OAuth, "invalid_instance")],
    );
    // It is no reason to stop.
    assert!(
        matches!(&found.open, Some(Open::Question(why)) if why.contains("With which account")),
        "{found:#?}"
    );
}

#[tokio::test]
async fn an_answer_without_end_is_cut_off() {
    let (authority, name) = (Authority::new("CA"), "contoso.crm4.dynamics.com.localhost");
    let acceptor = authority.acceptor(name, 2030);
    let long = "x".repeat(9 * 1024 * 1024);
    let port = http(acceptor, move |_| {
        format!("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{long}")
    })
    .await
    .port();
    let patient = Settings {
        timeouts: Timeouts::default(),
        ..impatient(Some(&authority))
    };
    let found = walk(&organization(port), patient).await;
    assert_has(&found, &[(Kind::Http, "endless")]);
}

#[tokio::test]
async fn windows_authentication_cannot_be_measured() {
    let authority = Authority::new("CA");
    let acceptor = authority.acceptor("crm.contoso.com.localhost", 2030);
    let answer = |_: &str| {
        "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Negotiate\r\nWWW-Authenticate: NTLM\r\n\
         Content-Length: 0\r\n\r\n"
            .to_owned()
    };
    let port = http(acceptor, answer).await.port();
    let found = walk(
        &format!("https://crm.contoso.com.localhost:{port}/contoso"),
        impatient(Some(&authority)),
    )
    .await;
    assert!(matches!(found.open, Some(Open::Unmeasured(_))), "{found:#?}");
    assert_has(&found, &[(Kind::Http, "windows-authentication")]);
}

#[tokio::test]
async fn the_soap_endpoint_is_the_second_source() {
    let authority = Authority::new("CA");
    for (soap, fact) in [
        (
            "Bearer authorization_uri=https://sts.contoso.com.localhost:1/adfs/oauth2/authorize",
            (Kind::Tcp, "refused"),
        ),
        ("Basic", (Kind::Http, "no-challenge")),
    ] {
        let acceptor = authority.acceptor("crm.contoso.com.localhost", 2030);
        let answer = move |path: &str| {
            let challenge = if path.contains("Organization.svc") {
                soap
            } else {
                "Basic"
            };
            format!("HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: {challenge}\r\nContent-Length: 0\r\n\r\n")
        };
        let port = http(acceptor, answer).await.port();
        let target = format!("https://crm.contoso.com.localhost:{port}/contoso");
        let found = walk(&target, impatient(Some(&authority))).await;
        assert_has(&found, &[fact]);
    }
}

#[tokio::test]
async fn a_proxy_that_wants_credentials() {
    let answer = b"HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\n\r\n".to_vec();
    let proxy = format!("http://{}", plain(answer).await);
    let network = Settings {
        proxy: ProxyRules::from_settings(Some(&proxy), |_| None).unwrap(),
        ..impatient(None)
    };
    let found = walk("https://contoso.crm4.dynamics.com", network).await;
    assert_has(&found, &[(Kind::Http, "proxy-auth"), (Kind::Status, "407")]);
}

#[tokio::test]
async fn nothing_is_sent_where_it_would_be_pointless() {
    for (given, fact) in [
        ("https://contoso.crm13.dynamics.com", "target=unknown-region"),
        ("https://contoso.dynamics.com", "target=missing-region"),
        ("https://contoso.crm4.dynamics.com.evil.net", "target=look-alike"),
        ("https://disco.crm4.dynamics.com", "target=regional-discovery"),
        ("http://crm.contoso.com/contoso", "target=plain-http"),
    ] {
        let found = walk(given, impatient(None)).await;
        assert_has(&found, &[(Kind::Setting, fact)]);
        let told = format!("{:?}", found.steps);
        assert!(!told.contains("resolve"), "{told}");
    }
}

#[tokio::test]
async fn a_person_is_asked_for_the_organization_and_blamed_for_nothing() {
    let found = walk("anna@contoso.com", impatient(None)).await;
    let of_settings: Vec<_> = found.facts.of(Kind::Setting).collect();
    assert!(of_settings.is_empty(), "{of_settings:?}");
    let Some(Open::Question(question)) = &found.open else {
        panic!("{:?}", found.open);
    };
    for part in ["--username", "smtp://", "keyway explain"] {
        assert!(question.contains(part), "{question}");
    }
    let told = format!("{:?}", found.steps);
    assert!(!told.contains("resolve"), "{told}");
}

#[tokio::test]
async fn an_encoded_address_is_shown_decoded_and_walked() {
    let encoded = organization(1).replace(':', "%3A").replace('/', "%2F");
    let found = walk(&encoded, impatient(None)).await;
    let told = format!("{:?}", found.steps);
    assert!(told.contains("encoded once; decoded it is"), "{told}");
    assert_has(&found, &[(Kind::Tcp, "refused")]);
}

#[tokio::test]
async fn a_mail_server_is_walked_up_to_its_greeting() {
    for (greeting, scheme, fact) in [
        (
            "220 mail.localhost ESMTP\r\n",
            "smtp",
            (Kind::Mail, "endpoint-smtp"),
        ),
        ("421 too busy\r\n", "smtp", (Kind::Smtp, "421")),
        ("€\r\n", "smtp", (Kind::Mail, "foreign-greeting")),
        ("SSH-2.0-OpenSSH\r\n", "imap", (Kind::Mail, "foreign-greeting")),
    ] {
        let port = greeting_server(greeting).await.port();
        let found = walk(&format!("{scheme}://mail.localhost:{port}"), impatient(None)).await;
        assert_has(&found, &[fact]);
        assert_eq!(found.open.is_some(), greeting.starts_with("220"), "{found:#?}");
    }
    let port = silent().await.port();
    let found = walk(&format!("pop3://mail.localhost:{port}"), impatient(None)).await;
    assert_has(&found, &[(Kind::Mail, "no-greeting")]);
}

/// An on-premises server that knows itself by that address, or publishes nothing.
async fn deployment(authority: &Authority, known_as: &'static str) -> String {
    let tls = authority.acceptor("crmserver.contoso.com.localhost", 2040);
    let at = http(tls, move |path| {
        let metadata = path.starts_with("/FederationMetadata/") && !known_as.is_empty();
        let (status, body) = if metadata {
            ("200 OK", format!("<EntityDescriptor entityID=\"{known_as}\"/>"))
        } else if path.contains("/api/data/") {
            ("401 Unauthorized\r\nWWW-Authenticate: Bearer", String::new())
        } else {
            ("404 Not Found", String::new())
        };
        format!(
            "HTTP/1.1 {status}\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )
    })
    .await;
    format!("https://crmserver.contoso.com.localhost:{}", at.port())
}

#[tokio::test]
async fn whether_a_name_is_a_server_or_an_organization_is_asked_and_never_guessed() {
    testkit::rows!("001-09", "001-10");
    let authority = Authority::new("Contoso CA");
    let asked = async |known_as, organization| {
        let address = deployment(&authority, known_as).await;
        let found = walk_to(&address, organization, impatient(Some(&authority))).await;
        (address, format!("{:?}", found.steps), found)
    };

    let (address, told, found) = asked("https://crmserver.contoso.com/", None).await;
    assert_has(&found, &[(Kind::State, "server-without-organization")]);
    assert!(told.contains(&format!("{address}/ORGANIZATION/")), "{told}");
    assert!(!told.contains("WhoAmI"), "there is nothing to ask: {told}");

    let (address, told, _) = asked("https://crmserver.contoso.com/", Some("contoso")).await;
    assert!(told.contains(&format!("{address}/contoso/")), "{told}");

    let (_, told, found) = asked("https://auth.contoso.com/", None).await;
    assert_has(&found, &[(Kind::State, "internet-facing-organization")]);
    assert!(told.contains("crmserver is an organization of it"), "{told}");
    assert!(told.contains("WhoAmI"), "{told}");

    let (address, _, found) = asked("", Some("contoso")).await;
    assert_has(&found, &[(Kind::State, "deployment-silent")]);
    let Some(Open::Question(question)) = &found.open else {
        panic!("{found:#?}");
    };
    assert!(question.contains(&format!("{address}/contoso/")), "{question}");
}
