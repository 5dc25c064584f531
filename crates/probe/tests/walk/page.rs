//! A page, opened as a browser does, at sites that are broken on purpose or mean harm.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use evidence::{Findings, Kind, Open, Seen};
use probe::{Jar, Program, Visit, browse};
use testkit::Authority;
use types::{Secret, Upn};

use crate::{assert_has, impatient, in_world, organization, servers::http};

const SITE: &str = "contoso.crm4.dynamics.com.localhost";
const PASSWORD: &str = "canary-password";

/// Opens the site as Anna, whose password is for the sign-in service at `login`.
async fn open(authority: &Authority, port: u16, login: &str, jar: &mut Jar, returning: bool) -> Findings {
    let (upn, password): (Upn, Secret) = ("anna@contoso.com".parse().unwrap(), Secret::new(PASSWORD));
    let address = organization(port);
    in_world(impatient(Some(authority)), async |world| {
        let visit = Visit {
            address: &address,
            login,
            account: Some((&upn, &password)),
            returning,
            program: None,
        };
        browse(world, &visit, jar).await
    })
    .await
}

/// The same without cookies, and with a password that is for somebody else.
async fn open_first(authority: &Authority, port: u16) -> Findings {
    open(
        authority,
        port,
        "https://login.example",
        &mut Jar::default(),
        false,
    )
    .await
}

fn redirect(to: &str, more: &str) -> String {
    format!("HTTP/1.1 302 Found\r\nLocation: {to}\r\n{more}Content-Length: 0\r\n\r\n")
}

fn page(html: &str) -> String {
    let length = html.len();
    format!("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {length}\r\n\r\n{html}")
}

const FORM: &str = "<title>Who?</title><form method=post action=/form>\
    <input name=login><input type=password name=passwd></form>";

/// The steps' texts.
fn told(findings: &Findings) -> String {
    format!("{:#?}", findings.steps)
}

#[tokio::test]
async fn what_never_ends_is_left() {
    let authority = Authority::new("CA");
    let count = Arc::new(AtomicUsize::new(0));
    let asked = count.clone();
    let port = http(authority.acceptor(SITE, 2030), move |_| {
        let next = asked.fetch_add(1, Ordering::Relaxed);
        redirect(&format!("/{next}"), &format!("Set-Cookie: c{next}=1\r\n"))
    })
    .await
    .port();
    let found = open_first(&authority, port).await;
    assert!(
        told(&found).contains("it did not end after 24 addresses"),
        "{found:#?}"
    );
    assert_eq!(count.load(Ordering::Relaxed), 24);
}

#[tokio::test]
async fn a_form_of_a_stranger_gets_no_password() {
    let authority = Authority::new("CA");
    let posted = Arc::new(AtomicUsize::new(0));
    let seen = posted.clone();
    let port = http(authority.acceptor(SITE, 2030), move |path| {
        seen.fetch_add(usize::from(path == "/form"), Ordering::Relaxed);
        page(FORM)
    })
    .await
    .port();
    let found = open_first(&authority, port).await;
    assert_eq!(posted.load(Ordering::Relaxed), 0);
    let Some(Open::Unmeasured(why)) = &found.open else {
        panic!("{found:#?}");
    };
    assert!(
        why.contains(&format!("--authority https://{SITE}:{port}")),
        "{why}"
    );
}

#[tokio::test]
async fn a_form_is_sent_once_and_its_password_is_nowhere_shown() {
    for again in ["307 Temporary Redirect\r\nLocation: /more", "200 OK\r\nX: y"] {
        let authority = Authority::new("CA");
        let posted = Arc::new(AtomicUsize::new(0));
        let seen = posted.clone();
        let port = http(authority.acceptor(SITE, 2030), move |path| match path {
            "/" => page(FORM),
            _ => {
                seen.fetch_add(1, Ordering::Relaxed);
                let html = format!("{FORM} {PASSWORD} is wrong");
                format!("HTTP/1.1 {again}\r\nContent-Length: {}\r\n\r\n{html}", html.len())
            }
        })
        .await
        .port();
        let login = format!("https://{SITE}:{port}");
        let found = open(&authority, port, &login, &mut Jar::default(), false).await;
        assert_eq!(posted.load(Ordering::Relaxed), 1, "{again}");
        assert!(
            found.any_failed() && !format!("{found:?}").contains(PASSWORD),
            "{found:#?}"
        );
    }
}

#[tokio::test]
async fn a_session_that_ended_is_told_by_what_the_site_asks() {
    for (query, fact) in [
        ("&max_age=60", "session-over"),
        ("&prompt=login", "session-over"),
        ("", "session-unknown"),
    ] {
        let authority = Authority::new("CA");
        let port = http(authority.acceptor(SITE, 2030), move |path| match path {
            "/" => redirect(&format!("/authorize?client_id=1&response_type=code{query}"), ""),
            _ => page("<title>Sign in</title>Once more"),
        })
        .await
        .port();
        let value = "canary-cookie";
        let file = format!("{SITE}\tFALSE\t/\tTRUE\t0\t__Host-session\t{value}\n");
        let mut jar = Jar::read(&file).unwrap();
        let found = open(&authority, port, "https://login.example", &mut jar, true).await;
        assert_has(&found, &[(Kind::State, fact)]);
        assert!(!format!("{found:?}").contains(value));
        // Whoever brings no cookie has no session that could be over.
        let found = open(
            &authority,
            port,
            "https://login.example",
            &mut Jar::default(),
            true,
        )
        .await;
        assert!(told(&found).contains("none of them is for"), "{found:#?}");
        assert!(found.facts.of(Kind::State).next().is_none(), "{found:#?}");
    }
}

#[tokio::test]
async fn a_form_that_its_page_sends_is_sent_and_no_other() {
    let authority = Authority::new("CA");
    let port = http(authority.acceptor(SITE, 2030), |path| match path {
        "/" => page("<form method=post action=/in><input type=hidden name=code value=1></form><script>document.forms[0].submit()</script>"),
        "/in" => page("<title>In</title><form method=post action=/consent><input type=hidden name=yes value=1><button>Accept</button></form>"),
        _ => page("<title>Too far</title>"),
    })
    .await
    .port();
    let found = open_first(&authority, port).await;
    let last = found.steps.iter().last().unwrap();
    assert_eq!(last.seen, Seen::Ok("it is open: \"In\"".to_owned()));
}

#[tokio::test]
async fn a_program_is_told_what_comes_back_for_it_and_no_more() {
    const CODE: &str = "canary-code";
    // What stands at the redirect URI: with the state that was sent, or with another one.
    for (back, told_of, good) in [
        (format!("code={CODE}&state="), "is given a code", true),
        (
            format!("code={CODE}&state=x"),
            "not the answer to this sign-in",
            false,
        ),
        (
            "error=login_required&error_description=AADSTS50058:%20Nobody.&state=".to_owned(),
            "AADSTS50058 (login_required)",
            false,
        ),
    ] {
        let authority = Authority::new("CA");
        let port = Arc::new(AtomicUsize::new(0));
        let own = port.clone();
        let answer = move |path: &str| {
            let site = format!("https://{SITE}:{}", own.load(Ordering::Relaxed));
            if path.starts_with("/api/data/") {
                return format!(
                    "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Bearer authorization_uri={site}/contoso.com/oauth2/authorize\r\n\
                     Content-Length: 0\r\n\r\n"
                );
            }
            let Some((_, query)) = path.split_once("/a?") else {
                return page(&format!(
                    r#"{{"issuer":"{site}","token_endpoint":"{site}/t","authorization_endpoint":"{site}/a","jwks_uri":"{site}/k"}}"#
                ));
            };
            let silent = query.contains("&prompt=none");
            let state = query.split('&').find_map(|pair| pair.strip_prefix("state="));
            let asks = silent && query.contains("&scope=https%3A%2F%2Fa.example%2Fx&");
            let state = state.filter(|_| asks).unwrap_or_default();
            redirect(&format!("http://localhost:1/cb?{back}{state}"), "")
        };
        let at = http(authority.acceptor(SITE, 2030), answer).await.port();
        port.store(at.into(), Ordering::Relaxed);
        let address = organization(at);
        let found = in_world(impatient(Some(&authority)), async |world| {
            let visit = Visit {
                address: &address,
                login: "https://login.example",
                account: None,
                returning: true,
                program: Some(Program {
                    client_id: "1",
                    tenant: None,
                    redirect_uri: "http://localhost:1/cb",
                    scope: Some("https://a.example/x"),
                    silent: true,
                }),
            };
            browse(world, &visit, &mut Jar::default()).await
        })
        .await;
        assert!(told(&found).contains(told_of), "{found:#?}");
        assert_eq!(found.facts.of(Kind::Good).next().is_some(), good, "{found:#?}");
        assert!(!format!("{found:?}").contains(CODE), "{found:#?}");
    }
}
