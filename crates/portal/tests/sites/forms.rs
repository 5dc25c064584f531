//! What every form holds against, whatever it is for: forged tokens, framing, planted cookies, and a flood.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use http::Method;
use net::Response;
use portal::{Needs, Page, SITES, Site};
use serde_json::{Value, json};
use types::{Clock, ManualClock, SystemClock};

use super::organization::CONTOSO;
use crate::support::{ADMIN, App, Browser, PASSWORD, attribute, text};

const CONNECTOR: &str = "Contoso Connector";
const DYNAMICS_CRM: &str = "00000007-0000-0000-c000-000000000000";

/// What stands for the names in the pages' paths.
async fn samples(app: &App) -> BTreeMap<&'static str, String> {
    let read = async |path: &str| {
        let path = format!("/tenants/contoso.com{path}");
        app.control(Method::GET, &path, &Value::Null).await
    };
    let apps = read("/apps").await;
    let connector = apps["apps"].as_array().unwrap().iter();
    let connector = connector.clone().find(|one| one["name"] == CONNECTOR).unwrap();
    let client = connector["id"].as_str().unwrap().to_owned();
    let secret = read(&format!("/apps/{client}")).await["secrets"][0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let reset = "/tenants/contoso.com/accounts/ben@contoso.com/temporary-password";
    app.control(Method::POST, reset, &Value::Null).await;
    let mail = read("/mails").await["mails"][0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    BTreeMap::from([
        ("{tenant}", "contoso.com".to_owned()),
        ("{mail}", mail),
        ("{api}", DYNAMICS_CRM.to_owned()),
        ("{consent}", format!("{client}:{DYNAMICS_CRM}:all")),
        ("{app}", client),
        ("{credential}", secret.clone()),
        ("{secret}", secret),
        ("{user}", app.id("anna@contoso.com").await),
        ("{organization}", "contoso".to_owned()),
        ("{group}", "Sales".to_owned()),
        ("{role}", "Basic%20User".to_owned()),
        ("{area}", "sales".to_owned()),
    ])
}

fn path_of(page: &Page, samples: &BTreeMap<&str, String>) -> String {
    let filled = samples.iter().fold(page.path.to_owned(), |path, (name, value)| {
        path.replace(name, value)
    });
    assert!(!filled.contains('{'), "no sample for {filled}");
    filled
}

/// All that a form could change, of every tenant of the demo world that the visitors are in.
async fn state(app: &App) -> Vec<Value> {
    let mut found = Vec::new();
    for tenant in ["contoso.com", "9188040d-6c67-4c5b-b112-36a304b66dad"] {
        for part in [
            "",
            "/accounts",
            "/settings",
            "/organizations",
            "/apps",
            "/consents",
            "/mails",
            "/audit",
        ] {
            let path = format!("/tenants/{tenant}{part}");
            let mut part = app.control(Method::GET, &path, &Value::Null).await;
            // The moment it was read at.
            part.as_object_mut().unwrap().remove("now");
            found.push(part);
        }
    }
    found
}

/// The forms of a page, each once for each of its buttons, with another token; and one that no page shows.
fn forged(page: &str, token: &str) -> Vec<String> {
    let mut found = vec![format!("token={token}&do=reset")];
    for form in page.split("<form").skip(1) {
        let form = form.split("</form>").next().unwrap();
        if !form.contains("method=\"post\"") || form.contains("action=\"/signout\"") {
            continue;
        }
        let named = |tag: &str| {
            Some((
                attribute(tag, "name")?,
                attribute(tag, "value").unwrap_or_default(),
            ))
        };
        let tags = |kind: &str| -> Vec<(String, String)> {
            let tags = form.split(kind).skip(1).map(|tag| tag.split('>').next().unwrap());
            tags.filter_map(named).collect()
        };
        let mut fields: BTreeMap<_, _> = tags("<input").into_iter().collect();
        fields.insert("token".to_owned(), token.to_owned());
        let mut buttons: Vec<Option<(String, String)>> = tags("<button").into_iter().map(Some).collect();
        if buttons.is_empty() {
            buttons.push(None);
        }
        for button in buttons {
            let mut body = form_urlencoded::Serializer::new(String::new());
            found.push(
                body.extend_pairs(fields.clone().into_iter().chain(button))
                    .finish(),
            );
        }
    }
    found
}

fn assert_unframed(answer: &Response, what: &str) {
    let policy = answer.header("content-security-policy").unwrap_or_default();
    assert!(policy.contains("frame-ancestors 'none'"), "{what}: {policy}");
    assert_eq!(answer.header("x-frame-options"), Some("DENY"), "{what}");
    let kept = answer.header("cache-control").unwrap_or_default();
    assert!(kept.contains("no-store"), "{what}: {kept}");
}

/// Somebody who may open every page of a site, on its first.
async fn entered<'a>(app: &'a App, site: &Site, host: &str) -> Browser<'a> {
    let mut browser = app.browser();
    let first = site
        .every_page()
        .find(|page| matches!(page.needs, Needs::Visitor | Needs::Role(_)));
    let path = first.map_or("/", |page| page.path);
    assert!(!path.contains('{'), "{host}{path}");
    browser.visit(host, path).await;
    let login = if host == "account.live.com" {
        "rosa@outlook.com"
    } else {
        ADMIN
    };
    browser.sign_in(login, PASSWORD).await;
    browser
}

#[tokio::test]
async fn no_form_of_any_page_takes_a_forged_token_and_none_can_be_framed() {
    let app = App::start().await;
    let samples = samples(&app).await;
    let mut stranger = app.browser();
    stranger.visit("signup.live.com", "/").await;
    let theirs = attribute(stranger.page.split("name=\"token\"").nth(1).unwrap(), "value").unwrap();
    let (mut tried, mut pages) = (0, 0);
    for site in SITES {
        let host = site.host.unwrap_or(CONTOSO);
        let browser = entered(&app, site, host).await;
        let before = state(&app).await;
        for page in site.every_page().filter(|page| page.most_body > 0) {
            let path = path_of(page, &samples);
            let what = format!("{host}{path}");
            let shown = browser.read(&path).await;
            assert_unframed(&shown, &what);
            for token in ["guess", &theirs] {
                for body in forged(&text(&shown), token) {
                    let answer = browser.post(&path, &body).await;
                    assert_unframed(&answer, &what);
                    let said = text(&answer);
                    // A text to explain changes nothing, so it may come from anywhere.
                    let refused = page.path != "/explain";
                    assert_eq!(
                        said.contains("This form was not made for this browser"),
                        refused,
                        "{what} {body}: {said}"
                    );
                    assert!(
                        !refused || answer.status == 400,
                        "{what} {body}: {}",
                        answer.status
                    );
                    tried += 1;
                }
            }
            pages += 1;
        }
        assert_eq!(
            before,
            state(&app).await,
            "{host}: a forged form changed something"
        );
    }
    assert!(pages > 40 && tried > 200, "{pages} pages, {tried} forms");
    app.stop().await;
}

#[tokio::test]
async fn a_planted_cookie_of_a_site_signs_nobody_in() {
    let app = App::start().await;
    let host = "portal.office.com";
    let key = app.url(host, "").trim_start_matches("https://").to_owned();
    let visit = |browser: &Browser<'_>| browser.cookies[&key].get("__Host-visit").cloned();
    // Somebody else's session, and a value that nobody has yet.
    let ben = app.entered(host, "ben@contoso.com", "/").await;
    let of_ben = visit(&ben).unwrap();
    for planted in [of_ben, "A".repeat(43)] {
        let mut anna = app.browser();
        anna.visit(host, "/").await;
        anna.cookies
            .get_mut(&key)
            .unwrap()
            .insert("__Host-visit".to_owned(), planted.clone());
        anna.sign_in("anna@contoso.com", PASSWORD).await;
        assert!(anna.page.contains("Anna Able"), "{}", anna.page);
        assert_ne!(visit(&anna), Some(planted.clone()));
        // Whoever planted it knows a value that is worth nothing.
        let mut planter = app.browser();
        planter
            .cookies
            .entry(key.clone())
            .or_default()
            .insert("__Host-visit".to_owned(), planted);
        planter.visit(host, "/").await;
        assert!(planter.at.contains("login.microsoftonline.com"), "{}", planter.at);
    }
    app.stop().await;
}

#[tokio::test]
async fn no_session_stands_in_an_address_or_a_page() {
    let app = App::start().await;
    let mut anna = app.browser();
    let mut seen = Vec::new();
    anna.visit("portal.office.com", "/").await;
    seen.append(&mut anna.hops);
    anna.sign_in("anna@contoso.com", PASSWORD).await;
    seen.append(&mut anna.hops);
    for (host, path) in [
        (CONTOSO, "/"),
        ("home.dynamics.com", "/"),
        ("portal.office.com", "/_sessions"),
    ] {
        anna.visit(host, path).await;
        assert_eq!(anna.status, 200, "{host}{path}: {}", anna.page);
        seen.append(&mut anna.hops);
        seen.push(anna.page.clone());
    }
    let sessions = anna.cookies.values().flatten();
    let sessions: Vec<_> = sessions.filter(|(name, _)| *name != "__Host-notice").collect();
    assert!(sessions.len() > 5, "{sessions:?}");
    for (name, value) in sessions {
        assert!(!seen.iter().any(|text| text.contains(value.as_str())), "{name}");
    }
    app.stop().await;
}

#[tokio::test]
async fn forms_that_anybody_may_send_cannot_be_flooded() {
    let clock = Arc::new(ManualClock::at(SystemClock.now()));
    let app = App::start_by(clock.clone()).await;
    for (host, path) in [
        ("passwordreset.microsoftonline.com", "/"),
        ("account.live.com", "/password/reset"),
        ("signup.live.com", "/"),
        ("account.live.com", "/again"),
    ] {
        let mut person = app.browser();
        person.visit(host, path).await;
        let mut statuses = Vec::new();
        for _ in 0..30 {
            statuses.push(person.forged(path, "name=x").await);
        }
        // Nothing whole was typed, which is what each of them says.
        assert_eq!(statuses, [400; 30], "{host}{path}");
        let token = attribute(person.page.split("name=\"token\"").nth(1).unwrap(), "value").unwrap();
        let refused = person.post(path, &format!("token={token}&name=x")).await;
        assert_eq!(refused.status, 429, "{host}{path}: {}", text(&refused));
        assert_eq!(refused.header("retry-after"), Some("3"), "{host}{path}");
        assert_unframed(&refused, path);
        // One more after two seconds, and no two; the page itself opens all the time.
        clock.advance(Duration::from_secs(2));
        assert_eq!(person.forged(path, "name=x").await, 400, "{host}{path}");
        assert_eq!(person.forged(path, "name=x").await, 429, "{host}{path}");
        person.visit(host, path).await;
        assert_eq!(person.status, 200, "{host}{path}");
        clock.advance(Duration::from_secs(60));
    }
    app.stop().await;
}

#[tokio::test]
async fn long_lists_are_leafed_through() {
    let app = App::start().await;
    let contoso = "/tenants/contoso.com";
    for at in 0..80 {
        let domain = json!({ "name": format!("d{at:03}.example") });
        app.control(Method::POST, &format!("{contoso}/domains"), &domain)
            .await;
    }
    let mut admin = app.entered("admin.microsoft.com", ADMIN, "/domains").await;
    assert!(
        admin.page.contains("d010.example") && !admin.page.contains("d079.example"),
        "{}",
        admin.page
    );
    admin.follow("Next page").await;
    assert!(!admin.page.contains("d010.example"), "{}", admin.page);
    // What stands on this page can be changed from it.
    let last = [("domain", "d079.example"), ("sts", "")];
    assert!(
        admin.page.contains("<option value=\"d079.example\">"),
        "{}",
        admin.page
    );
    admin.press("Remove domain", &last).await;
    assert!(admin.page.contains("d079.example was removed."), "{}", admin.page);

    let client = samples(&app).await.remove("{app}").unwrap();
    let at = |from: usize, to: usize| -> Vec<_> {
        (from..to)
            .map(|at| format!("https://app.example/callback/{at:03}"))
            .collect()
    };
    let redirects = json!({ "redirects": { "web": at(0, 60), "spa": at(100, 140), "public-client": [] } });
    app.control(Method::PATCH, &format!("{contoso}/apps/{client}"), &redirects)
        .await;
    let path = format!("/apps/{client}/authentication");
    let mut azure = app.entered("portal.azure.com", ADMIN, &path).await;
    assert!(
        azure.page.contains("/callback/049") && !azure.page.contains("/callback/050"),
        "{}",
        azure.page
    );
    assert!(
        azure.page.contains("40 on another page of this list."),
        "{}",
        azure.page
    );
    assert_eq!(
        azure.page.matches("No redirect URI is registered.").count(),
        1,
        "{}",
        azure.page
    );
    assert!(azure.page.len() < 60_000, "{} bytes", azure.page.len());
    azure.follow("Next page").await;
    assert!(
        azure.page.contains("/callback/050") && azure.page.contains("/callback/139"),
        "{}",
        azure.page
    );
    azure
        .press("Remove", &[("uri", "https://app.example/callback/059")])
        .await;
    assert!(
        azure.page.contains("/callback/059 was removed."),
        "{}",
        azure.page
    );

    let mut tester = app.browser();
    tester.visit("localhost", "/worlds").await;
    tester.press("Make a tenant", &[("template", "contoso")]).await;
    let world = tester.at.clone();
    let tenant = world.split("/worlds/").nth(1).unwrap().split('?').next().unwrap();
    for at in 0..60 {
        let name = format!("person-{at:03}");
        let domain = attribute_after(&tester.page, "<dt>Domain</dt><dd>");
        let account = json!({ "upn": format!("{name}@{domain}"), "name": name });
        app.control(Method::POST, &format!("/tenants/{tenant}/accounts"), &account)
            .await;
    }
    tester.open(&world).await;
    assert!(!tester.page.contains("person-059"), "{}", tester.page);
    tester.follow("Next page").await;
    assert!(tester.page.contains("person-059"), "{}", tester.page);

    for at in 0..60 {
        let new = json!({ "name": format!("app-{at:03}") });
        app.control(Method::POST, &format!("/tenants/{tenant}/apps"), &new)
            .await;
        let new =
            json!({ "name": format!("org-{at:03}"), "host": format!("{tenant}-{at:03}.crm4.dynamics.com") });
        app.control(Method::POST, &format!("/tenants/{tenant}/organizations"), &new)
            .await;
    }
    tester.open(&world).await;
    assert!(tester.page.len() < 60_000, "{} bytes", tester.page.len());
    assert!(
        !tester.page.contains("app-059") && !tester.page.contains("org-059"),
        "{}",
        tester.page
    );
    tester.open(&format!("{world}&apps=2&organizations=2")).await;
    assert!(
        tester.page.contains("app-059") && tester.page.contains("org-059"),
        "{}",
        tester.page
    );
    for more in ["the people", "the applications", "the organizations"] {
        let label = format!("<nav aria-label=\"More of {more}\">");
        assert!(tester.page.contains(&label), "{}", tester.page);
    }
    app.stop().await;
}

/// What stands between these words and the next tag.
fn attribute_after(page: &str, words: &str) -> String {
    let (_, rest) = page.split_once(words).unwrap();
    rest.split('<').next().unwrap().to_owned()
}
