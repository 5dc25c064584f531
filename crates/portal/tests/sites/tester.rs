//! The pages that show and turn the stand-in, as a tester meets them; and who is kept out.

use crate::support::{App, Browser, PASSWORD, text};
use http::{Method, header};
use net::Request;
use serde_json::{Value, json};

const OWN: &str = "localhost";

impl Browser<'_> {
    /// Signs in to Office 365 afresh, and returns the page that comes.
    async fn tries(&mut self, name: &str) -> &str {
        self.cookies.clear();
        self.visit("portal.office.com", "/").await;
        self.sign_in(name, PASSWORD).await;
        &self.page
    }
}

#[tokio::test]
async fn a_cause_is_broken_and_mended_by_its_buttons() {
    let app = App::start().await;
    let (mut tester, mut anna) = (app.browser(), app.browser());
    assert!(anna.tries("anna@contoso.com").await.contains("Anna Able"));
    tester.visit(OWN, "/causes/account-disabled-in-directory").await;
    tester.press("Break", &[]).await;
    assert!(
        tester.at.contains("/play?tenant=") && tester.page.contains("Broken: account-disabled-in-directory."),
        "{}",
        tester.page
    );
    assert!(
        tester.page.contains("Mend account-blocked") && tester.page.contains("enabled"),
        "{}",
        tester.page
    );
    let refused = anna.tries("anna@contoso.com").await.to_owned();
    assert!(refused.contains("AADSTS50057"), "{refused}");
    // It is broken already.
    tester
        .press("Break", &[("break", "account-disabled-in-directory")])
        .await;
    assert_eq!(tester.status, 409, "{}", tester.page);
    tester.visit(OWN, "/play").await;
    tester.press("Mend", &[]).await;
    assert!(
        tester.page.contains("Mended: account-blocked.") && tester.page.contains("Nothing."),
        "{}",
        tester.page
    );
    assert!(anna.tries("anna@contoso.com").await.contains("Anna Able"));
    app.stop().await;
}

#[tokio::test]
async fn a_network_fails_on_a_link_of_its_own() {
    let app = App::start().await;
    let mut tester = app.browser();
    tester.visit(OWN, "/play?q=certificate").await;
    tester
        .press("Break", &[("break", "certificate-not-in-validity-period")])
        .await;
    assert!(
        tester.page.contains("A link on port") && tester.page.contains("Close the link on port"),
        "{}",
        tester.page
    );
    tester.press("Close", &[]).await;
    assert!(
        tester.page.contains("is closed") && !tester.page.contains("Close the link"),
        "{}",
        tester.page
    );
    for (cause, status) in [("nobody-knows", 404), ("deprecated-redirector-bookmark", 400)] {
        tester.press("Break", &[("break", cause)]).await;
        assert_eq!(tester.status, status, "{cause}");
        tester.visit(OWN, "/play").await;
    }
    app.stop().await;
}

#[tokio::test]
async fn the_journal_is_filtered_and_a_line_says_everything() {
    let app = App::start().await;
    let mut anna = app.browser();
    anna.visit("portal.office.com", "/").await;
    anna.press("Next", &[("login", "anna@contoso.com")]).await;
    anna.press("Sign in", &[("passwd", "wrong")]).await;
    let mut tester = app.browser();
    tester.visit(OWN, "/journal").await;
    assert!(
        tester.page.contains("portal.office.com") && tester.page.contains("AADSTS50126"),
        "{}",
        tester.page
    );
    assert!(
        !tester.page.contains("localhost/journal"),
        "who watches is not watched: {}",
        tester.page
    );
    for (query, has) in [
        ("?code=AADSTS50126", true),
        ("?code=AADSTS50057", false),
        ("?outcome=refused&subject=ANNA", true),
        ("?outcome=failed", false),
        ("?host=login.microsoftonline", true),
        ("?host=nowhere", false),
        ("?tenant=contoso.com", true),
        ("?tenant=fabrikam.onmicrosoft.com", false),
    ] {
        tester.visit(OWN, &format!("/journal{query}")).await;
        assert_eq!(tester.status, 200);
        let lines = tester.page.split("data-live").nth(1).unwrap();
        assert_eq!(lines.contains("AADSTS50126"), has, "{query}: {}", tester.page);
    }
    tester.visit(OWN, "/journal?code=AADSTS50126").await;
    let link = tester.page.split("/journal?request=").nth(1).unwrap()[..36].to_owned();
    tester.visit(OWN, &format!("/journal?request={link}")).await;
    for part in ["Why:", "anna@contoso.com", "Request", "/causes/", "AADSTS50126"] {
        assert!(tester.page.contains(part), "{part}: {}", tester.page);
    }
    for (query, status) in [
        ("?request=no", 400),
        ("?request=00000000-0000-0000-0000-000000000001", 404),
        ("?tenant=nobody.example", 404),
        ("?skip=99999999&outcome=nothing", 200),
    ] {
        tester.visit(OWN, &format!("/journal{query}")).await;
        assert_eq!(tester.status, status, "{query}");
    }
    // What a stranger writes into a request's host and path is only text here.
    app.send(Request::get(
        app.url("portal.office.com", "/%3Cscript%3Ealert(1)%3C/script%3E"),
    ))
    .await;
    tester.visit(OWN, "/journal?subject=%22%3E%3Cscript%3E").await;
    assert!(!tester.page.contains("<script>"), "{}", tester.page);
    tester.visit(OWN, "/journal").await;
    assert!(!tester.page.contains("<script>"), "{}", tester.page);
    app.stop().await;
}

#[tokio::test]
async fn a_long_journal_is_leafed_through() {
    let app = App::start().await;
    for n in 0..60 {
        app.send(Request::get(
            app.url("portal.office.com", &format!("/nowhere-{n}")),
        ))
        .await;
    }
    let mut tester = app.browser();
    tester.visit(OWN, "/journal").await;
    assert!(
        tester.page.contains("/nowhere-59<") && !tester.page.contains("/nowhere-5<"),
        "{}",
        tester.page
    );
    assert!(tester.page.len() < 60_000, "{} bytes", tester.page.len());
    tester.follow("Older lines").await;
    assert!(
        tester.page.contains("/nowhere-5<") && !tester.page.contains("/nowhere-59<"),
        "{}",
        tester.page
    );
    tester.follow("Newer lines").await;
    assert!(tester.page.contains("/nowhere-59<"));
    app.stop().await;
}

#[tokio::test]
async fn clocks_are_turned_for_one_tenant() {
    let app = App::start().await;
    let mut tester = app.browser();
    tester.visit(OWN, "/clock?tenant=contoso.com").await;
    tester.press("Advance 7 h 39 min", &[]).await;
    assert!(tester.page.contains("7 h 39 min ahead"), "{}", tester.page);
    let fabrikam = app
        .control(
            Method::GET,
            "/tenants/fabrikam.onmicrosoft.com/clock",
            &Value::Null,
        )
        .await;
    assert_eq!(fabrikam["offset_seconds"], 0);
    tester.press("Advance", &[("by", "21 minutes")]).await;
    assert!(tester.page.contains("8 h ahead"), "{}", tester.page);
    tester.press("Advance", &[("by", "soon")]).await;
    assert!(
        tester.status == 400 && tester.page.contains("“soon” is not a length of time"),
        "{}",
        tester.page
    );
    tester.press("Set", &[("to", "2031-01-31T00:00:00Z")]).await;
    assert!(
        tester.page.contains("It is 2031-01-31T00:00:00"),
        "{}",
        tester.page
    );
    tester.press("Set", &[("to", "tomorrow")]).await;
    assert_eq!(tester.status, 400);
    tester.press("Set back to the machine’s time", &[]).await;
    assert!(!tester.page.contains("ahead"), "{}", tester.page);
    app.stop().await;
}

#[tokio::test]
async fn mails_are_found_read_and_removed() {
    let app = App::start().await;
    let mut tester = app.browser();
    tester.visit(OWN, "/outbox").await;
    assert!(tester.page.contains("No mail was sent yet"), "{}", tester.page);
    let account = json!({ "address": "eve@nowhere.example", "name": "<script>alert(1)</script>", "password": "Bright-Otter7" });
    app.control(Method::POST, "/microsoft-accounts", &account).await;
    for (query, has) in [
        ("", true),
        ("?to=eve%40nowhere.example", true),
        ("?to=eve", false),
        ("?kind=verification&q=VERIFY", true),
        ("?kind=reset", false),
        ("?tenant=contoso.com", false),
        ("?tenant=9188040d-6c67-4c5b-b112-36a304b66dad", true),
        ("?q=%22%3E%3Cscript%3E", false),
    ] {
        tester.visit(OWN, &format!("/outbox{query}")).await;
        assert_eq!(
            tester.page.contains("Verify your email address"),
            has,
            "{query}: {}",
            tester.page
        );
        assert!(!tester.page.contains("<script>"), "{query}");
    }
    tester.visit(OWN, "/outbox").await;
    let path = tester.page.split("href=\"/outbox/").nth(1).unwrap();
    let path = format!("/outbox/{}", path.split('"').next().unwrap());
    tester.visit(OWN, &path).await;
    assert!(
        !tester.page.contains("<script>") && tester.page.contains("waiting"),
        "{}",
        tester.page
    );
    let link = tester
        .page
        .split("href=\"https://account.live.com")
        .nth(1)
        .unwrap();
    let link = format!("https://account.live.com{}", link.split('"').next().unwrap());
    let mut eve = app.browser();
    eve.open(&link).await;
    assert!(eve.page.contains("The address is verified"), "{}", eve.page);
    tester.press("Remove this mail", &[]).await;
    assert!(
        tester.page.contains("The mail was removed.") && !tester.page.contains("Verify your email"),
        "{}",
        tester.page
    );
    tester.visit(OWN, &path).await;
    assert_eq!(tester.status, 404);
    app.stop().await;
}

#[tokio::test]
async fn tenants_are_copied_remembered_and_put_back() {
    let app = App::start().await;
    let mut tester = app.browser();
    tester.visit(OWN, "/worlds").await;
    tester.press("Make a tenant", &[("template", "contoso")]).await;
    assert!(
        tester.page.contains("was made")
            && tester.page.contains(PASSWORD)
            && tester.page.contains("Anna Able"),
        "{}",
        tester.page
    );
    tester.visit(OWN, "/worlds/contoso.com").await;
    assert!(
        tester.page.contains("All is well: licensed") && tester.page.contains("246810"),
        "{}",
        tester.page
    );
    assert!(tester.page.len() < 60_000, "{} bytes", tester.page.len());
    let block = async |enabled: bool| {
        let body = json!({ "enabled": enabled });
        app.control(
            Method::PATCH,
            "/tenants/contoso.com/accounts/anna@contoso.com",
            &body,
        )
        .await;
    };
    block(false).await;
    tester
        .press("Take a snapshot", &[("snapshot", "anna is blocked")])
        .await;
    assert!(tester.page.contains("anna is blocked"), "{}", tester.page);
    let enabled = async || {
        let path = "/tenants/contoso.com/accounts/anna@contoso.com";
        app.control(Method::GET, path, &Value::Null).await["enabled"] == true
    };
    tester.press("Reset this tenant", &[]).await;
    assert!(enabled().await);
    tester
        .press("Restore it", &[("snapshot", "anna is blocked")])
        .await;
    assert!(!enabled().await);
    tester.press("Restore it", &[("snapshot", "never")]).await;
    assert_eq!(tester.status, 404);
    tester.visit(OWN, "/worlds").await;
    tester.press("Reset every tenant", &[]).await;
    assert!(enabled().await);
    app.stop().await;
}

#[tokio::test]
async fn pages_of_other_sites_turn_nothing() {
    let app = App::start().await;
    let mut tester = app.browser();
    tester.visit(OWN, "/play").await;
    let token = tester.page.split("name=\"token\" value=\"").nth(1).unwrap();
    let token = token.split('"').next().unwrap().to_owned();
    let host = app.url(OWN, "");
    let host = host.trim_start_matches("https://");
    let cookies: Vec<_> = tester.cookies[host]
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    let cookies = cookies.join("; ");
    for (path, body) in [
        ("/play", "break=account-disabled-in-directory"),
        ("/clock", "turn=1h"),
        ("/worlds", "do=reset"),
        ("/worlds/contoso.com", "do=reset"),
    ] {
        let form = |body: String| Request::post_form(app.url(OWN, path), body);
        // Without the page's token, or with a guessed one.
        for body in [body.to_owned(), format!("{body}&token=guess")] {
            let answer = app.send(form(body).with(header::COOKIE, &cookies)).await;
            assert_eq!(answer.status, 400, "{path}: {}", text(&answer));
        }
        // From another site, whatever it knows.
        for (name, value) in [
            ("origin", "https://evil.example"),
            ("origin", "null"),
            ("sec-fetch-site", "cross-site"),
        ] {
            let request = form(format!("{body}&token={token}"))
                .with(header::COOKIE, &cookies)
                .with(header::HeaderName::from_static(name), value);
            let answer = app.send(request).await;
            assert_eq!(answer.status, 403, "{path} {value}: {}", text(&answer));
        }
    }
    let path = "/tenants/contoso.com/amendments";
    let applied = app.control(Method::GET, path, &Value::Null).await;
    assert_eq!(applied["applied"], json!([]));
    app.stop().await;
}

#[tokio::test]
async fn a_control_token_guards_the_pages_too() {
    let app = App::start_guarded("s3cret-of-the-test").await;
    let mut tester = app.browser();
    // What everybody may see stays so.
    tester.visit(OWN, "/causes").await;
    assert_eq!(tester.status, 200);
    for page in [
        "/play",
        "/clock",
        "/outbox",
        "/worlds",
        "/journal?code=AADSTS50126",
    ] {
        tester.visit(OWN, page).await;
        assert!(tester.at.contains("/enter?to="), "{page}: {}", tester.at);
    }
    tester.press("Go on", &[("control", "guess")]).await;
    assert!(
        tester.status == 401 && tester.page.contains("not the control token"),
        "{}",
        tester.page
    );
    tester.press("Go on", &[("control", "s3cret-of-the-test")]).await;
    assert!(tester.at.ends_with("/journal?code=AADSTS50126"), "{}", tester.at);
    assert_eq!(tester.status, 200);
    let held: Vec<_> = tester.cookies.values().flatten().collect();
    assert!(
        held.iter().any(|(name, _)| *name == "__Host-tester")
            && held.iter().all(|(_, value)| !value.contains("s3cret")),
        "{held:?}"
    );
    tester.visit(OWN, "/clock").await;
    tester.press("Advance 1 hour", &[]).await;
    assert!(tester.page.contains("1 h ahead"), "{}", tester.page);
    // The cookie opens pages, and never the API.
    tester.visit(OWN, "/_keyway/v1/tenants").await;
    assert_eq!(tester.status, 401);
    // Nobody is sent anywhere else.
    for to in [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "/nowhere",
    ] {
        let mut other = app.browser();
        let to: String = form_urlencoded::byte_serialize(to.as_bytes()).collect();
        other.visit(OWN, &format!("/enter?to={to}")).await;
        other.press("Go on", &[("control", "s3cret-of-the-test")]).await;
        assert_eq!(other.at, app.url(OWN, "/"), "{to}");
    }
    app.stop().await;
}
