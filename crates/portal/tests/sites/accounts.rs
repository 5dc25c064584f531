//! People and their accounts, as a browser without script meets them: a new Microsoft account and its password, an
//! invitation; and that a page which anybody may open tells nobody who exists.

use std::time::Duration;

use crate::support::{App, Browser, PASSWORD, text};
use http::{Method, header};
use net::Request;
use serde_json::{Value, json};
use types::Stopwatch;

const CONSUMERS: &str = "9188040d-6c67-4c5b-b112-36a304b66dad";
pub(super) const CONTOSO: &str = "contoso.onmicrosoft.com";
const SIGN_UP: &str = "signup.live.com";
const ACCOUNT: &str = "account.live.com";
pub(super) const RESET: &str = "passwordreset.microsoftonline.com";
pub(super) const NEW: &str = "Bright-Otter7";

impl App {
    /// The mails of a kind to an address, newest first; at least one.
    pub(super) async fn mails(&self, to: &str, kind: &str) -> Vec<Value> {
        let to = to.replace('@', "%40");
        let path = format!("/mails?to={to}&kind={kind}&wait_seconds=10");
        let found = self.control(Method::GET, &path, &Value::Null).await;
        let mails = found["mails"].as_array().unwrap().clone();
        assert!(!mails.is_empty(), "no mail of {kind} to {to}");
        mails
    }

    pub(super) async fn link(&self, to: &str, kind: &str) -> String {
        self.mails(to, kind).await[0]["link"].as_str().unwrap().to_owned()
    }

    /// How many mails there are to an address, at this moment.
    pub(super) async fn count(&self, to: &str) -> usize {
        let path = format!("/mails?to={}", to.replace('@', "%40"));
        let found = self.control(Method::GET, &path, &Value::Null).await;
        found["mails"].as_array().unwrap().len()
    }

    pub(super) async fn advance(&self, tenant: &str, seconds: u64) {
        let body = json!({ "advance_seconds": seconds });
        self.control(Method::POST, &format!("/tenants/{tenant}/clock"), &body)
            .await;
    }
}

impl Browser<'_> {
    async fn sign_up(&mut self, address: &str) -> &mut Self {
        self.visit(SIGN_UP, "/").await;
        let typed = [
            ("name", "Ulla Unsure"),
            ("address", address),
            ("password", NEW),
            ("again", NEW),
        ];
        self.press("Create account", &typed).await
    }

    pub(super) async fn forget(&mut self, host: &str, name: &str) -> &mut Self {
        let path = if host == ACCOUNT { "/password/reset" } else { "/" };
        self.visit(host, path).await;
        self.press("Send me a link", &[("username", name)]).await
    }

    pub(super) async fn choose(&mut self, password: &str) -> &mut Self {
        self.press(
            "Change the password",
            &[("password", password), ("again", password)],
        )
        .await
    }
}

#[tokio::test]
async fn an_account_is_verified_by_its_link_once_and_the_sign_in_goes_on() {
    testkit::rows!("000-16", "000-17", "000-21", "000-22");
    let app = App::start().await;
    let mut ulla = app.browser();
    ulla.sign_up("ulla@nowhere.example").await;
    assert!(
        ulla.page.contains("We sent a message to ulla@nowhere.example."),
        "{}",
        ulla.page
    );
    ulla.visit(ACCOUNT, "/").await;
    ulla.sign_in("ulla@nowhere.example", NEW).await;
    assert!(ulla.page.contains("Verify your email"), "{}", ulla.page);
    let link = app.link("ulla@nowhere.example", "verification").await;
    // To look at a link is not to follow it.
    let head = Request::json(Method::HEAD, &*link, Vec::new());
    assert_eq!(app.send(head).await.status, 200);
    let mut phone = app.browser();
    phone.open(&link).await;
    assert_eq!(phone.status, 200, "{}", phone.page);
    assert!(phone.page.contains("The address is verified"), "{}", phone.page);
    phone.follow("Continue where you were").await;
    assert!(
        phone.page.contains("ulla@nowhere.example") && phone.at.contains("login.microsoftonline.com"),
        "{}: {}",
        phone.at,
        phone.page
    );
    // Where the sign-in waited it goes on, with the same password.
    ulla.press("I followed the link", &[]).await;
    ulla.sign_in("ulla@nowhere.example", NEW).await;
    assert!(
        ulla.at.contains(ACCOUNT) && ulla.page.contains("verified at"),
        "{}: {}",
        ulla.at,
        ulla.page
    );
    phone.open(&link).await;
    assert_eq!(phone.status, 410);
    assert!(phone.page.contains("used before"), "{}", phone.page);
    app.stop().await;
}

#[tokio::test]
async fn links_expire_and_newer_ones_retire_them() {
    testkit::rows!("000-17");
    let app = App::start().await;
    let mut ulla = app.browser();
    ulla.sign_up("ulla@nowhere.example").await;
    let first = app.link("ulla@nowhere.example", "verification").await;
    app.advance(CONSUMERS, 120).await;
    ulla.visit(ACCOUNT, "/again").await;
    ulla.press("Send it again", &[("address", "ulla@nowhere.example")])
        .await;
    assert!(
        ulla.page.contains("another message is on its way"),
        "{}",
        ulla.page
    );
    let second = app.link("ulla@nowhere.example", "verification").await;
    assert_ne!(first, second);
    ulla.open(&first).await;
    assert!(
        ulla.status == 410 && ulla.page.contains("newer link"),
        "{}",
        ulla.page
    );
    app.advance(CONSUMERS, 86_400).await;
    ulla.open(&second).await;
    assert!(
        ulla.status == 410 && ulla.page.contains("expired"),
        "{}",
        ulla.page
    );
    ulla.follow("Send it again").await;
    ulla.press("Send it again", &[("address", "ulla@nowhere.example")])
        .await;
    let third = app.link("ulla@nowhere.example", "verification").await;
    ulla.open(&third).await;
    assert!(ulla.page.contains("The address is verified"), "{}", ulla.page);
    ulla.visit(ACCOUNT, "/verify?token=guessed").await;
    assert_eq!(ulla.status, 404);
    app.stop().await;
}

#[tokio::test]
async fn the_two_domains_need_no_verification_and_look_alikes_do() {
    testkit::rows!("000-18");
    let app = App::start().await;
    for (address, ready) in [
        ("new.one@outlook.com", true),
        ("New.Two@LIVE.com", true),
        ("new.three@live.com.example", false),
        ("new.four@notoutlook.com", false),
    ] {
        let mut person = app.browser();
        person.sign_up(address).await;
        let end = if ready { "/ready" } else { "/sent" };
        assert!(person.at.ends_with(end), "{address}: {}", person.page);
        let mails = app.count(&address.to_ascii_lowercase()).await;
        assert_eq!(mails, usize::from(!ready), "{address}");
    }
    app.stop().await;
}

#[tokio::test]
async fn a_form_that_is_wrong_is_shown_again_with_what_was_typed() {
    let app = App::start().await;
    let mut person = app.browser();
    person.visit(SIGN_UP, "/").await;
    let typed = |password, again| {
        [
            ("name", "<b>Bo</b>"),
            ("address", "bo@nowhere.example"),
            ("password", password),
            ("again", again),
        ]
    };
    for (password, again, says) in [
        (NEW, "Bright-Otter8", "not the same"),
        ("short", "short", "8 to 256 characters"),
        ("password", "password", "kinds"),
    ] {
        person.press("Create account", &typed(password, again)).await;
        assert_eq!(person.status, 400, "{}", person.page);
        assert!(
            person.page.contains("role=\"alert\"") && person.page.contains("bo@nowhere.example"),
            "{}",
            person.page
        );
        assert!(
            !person.page.contains("<b>Bo") && !person.page.contains(NEW),
            "{}",
            person.page
        );
        let alert = person.page.split("role=\"alert\">").nth(1).unwrap();
        let alert = alert.split("</p>").next().unwrap();
        assert!(alert.len() > 20, "{says}: {alert}");
    }
    person
        .press(
            "Create account",
            &[
                ("address", "bo@contoso.com"),
                ("password", NEW),
                ("again", NEW),
                ("name", "Bo"),
            ],
        )
        .await;
    assert!(person.page.contains("work accounts"), "{}", person.page);
    app.stop().await;
}

#[tokio::test]
async fn pages_that_anybody_may_open_tell_nobody_who_exists() {
    testkit::rows!("003-08");
    let app = App::start().await;
    // An administrator, somebody whom the rules allow, somebody whom they refuse, somebody blocked, and nobody.
    let mut told = Vec::new();
    for name in [
        "admin@contoso.onmicrosoft.com",
        "anna@contoso.com",
        "ben@contoso.com",
        "dora@contoso.com",
        "nobody@contoso.com",
    ] {
        let mut person = app.browser();
        let watch = Stopwatch::start();
        person.forget(RESET, name).await;
        assert!(watch.elapsed() >= Duration::from_millis(300), "{name}");
        assert_eq!(person.status, 200);
        told.push(anonymous(&person.page, name));
    }
    told.dedup();
    assert_eq!(told.len(), 1, "{told:#?}");
    // A new account on an address that has one looks like any other; its owner is told.
    let mut told = Vec::new();
    for address in [
        "ulla@nowhere.example",
        "ulla@nowhere.example",
        "udo@nowhere.example",
    ] {
        let mut person = app.browser();
        let watch = Stopwatch::start();
        person.sign_up(address).await;
        assert!(watch.elapsed() >= Duration::from_millis(300), "{address}");
        told.push(anonymous(&person.page, address));
    }
    told.dedup();
    assert_eq!(told.len(), 1, "{told:#?}");
    let mails = app.mails("ulla@nowhere.example", "alert").await;
    assert!(
        mails[0]["text"].as_str().unwrap().contains("has one already"),
        "{mails:?}"
    );
    // Nor does asking for another link.
    let mut told = Vec::new();
    for address in ["ulla@nowhere.example", "rosa@outlook.com", "void@nowhere.example"] {
        let mut person = app.browser();
        let watch = Stopwatch::start();
        person.visit(ACCOUNT, "/again").await;
        person.press("Send it again", &[("address", address)]).await;
        assert!(watch.elapsed() >= Duration::from_millis(300), "{address}");
        told.push(anonymous(&person.page, address));
    }
    told.dedup();
    assert_eq!(told.len(), 1, "{told:#?}");
    app.stop().await;
}

/// A page without what is another one's each time: the name, and the values that bind it to a browser.
fn anonymous(page: &str, name: &str) -> String {
    let page = page
        .replace(name, "NAME")
        .replace(&name.replace('@', "%40"), "NAME");
    // Who administers the organization stands there whoever asks.
    let page = page.replace("admin@contoso.onmicrosoft.com", "NAME");
    let mut parts = page.split("value=\"");
    let mut plain = parts.next().unwrap().to_owned();
    for part in parts {
        plain.push_str(part.split_once('"').map_or(part, |(_, rest)| rest));
    }
    let at = plain.find("/journal?request=");
    match at {
        Some(at) => format!(
            "{}{}",
            &plain[..at],
            &plain[at + "/journal?request=".len() + 36..]
        ),
        None => plain,
    }
}

#[tokio::test]
async fn microsoft_accounts_have_a_path_of_their_own() {
    testkit::rows!("003-27");
    let app = App::start().await;
    let mut rosa = app.browser();
    rosa.forget(RESET, "rosa@outlook.com").await;
    assert!(
        rosa.page.contains("This looks like a Microsoft account") && !rosa.page.contains("Admin"),
        "{}",
        rosa.page
    );
    rosa.follow("Reset a Microsoft account’s password").await;
    assert!(
        rosa.at.contains(ACCOUNT) && rosa.page.contains("value=\"rosa@outlook.com\""),
        "{}: {}",
        rosa.at,
        rosa.page
    );
    rosa.press("Send me a link", &[]).await;
    let link = app.link("rosa@outlook.com", "reset").await;
    rosa.open(&link).await;
    rosa.choose(NEW).await;
    rosa.follow("Sign in").await;
    rosa.sign_in("rosa@outlook.com", NEW).await;
    assert!(
        rosa.at.contains(ACCOUNT) && rosa.page.contains("needs no verification"),
        "{}: {}",
        rosa.at,
        rosa.page
    );
    rosa.forget(ACCOUNT, "anna@contoso.com").await;
    assert!(rosa.page.contains("This is a work account"), "{}", rosa.page);
    app.stop().await;
}

#[tokio::test]
async fn an_invitation_is_for_the_invited_address() {
    testkit::rows!("003-21", "003-25");
    let app = App::start().await;
    let body =
        json!({ "address": "rosa@outlook.com", "name": "Rosa <i>Roams</i>", "organization": "contoso" });
    app.control(
        Method::POST,
        "/tenants/fabrikam.onmicrosoft.com/invitations",
        &json!({ "address": "rosa@outlook.com", "name": "Rosa" }),
    )
    .await;
    let link = app.link("rosa@outlook.com", "invitation").await;
    let mut olaf = app.browser();
    olaf.open(&link).await;
    assert!(
        olaf.page.contains("rosa@outlook.com") && olaf.page.contains("Fabrikam"),
        "{}",
        olaf.page
    );
    olaf.follow("Sign in to accept").await;
    olaf.sign_in("olaf@fabrikam.onmicrosoft.com", PASSWORD).await;
    assert_eq!(olaf.status, 403, "{}", olaf.page);
    assert!(
        olaf.page.contains("This invitation is for another address")
            && olaf.page.contains("rosa@outlook.com"),
        "{}",
        olaf.page
    );
    let mut rosa = app.browser();
    rosa.open(&link).await;
    rosa.follow("Sign in to accept").await;
    rosa.sign_in("rosa@outlook.com", PASSWORD).await;
    rosa.press("Accept", &[]).await;
    assert!(rosa.page.contains("The invitation is accepted"), "{}", rosa.page);
    rosa.open(&link).await;
    assert_eq!(rosa.status, 410);
    // One that leads to an organization names its address.
    app.control(Method::POST, &format!("/tenants/{CONTOSO}/invitations"), &body)
        .await;
    let link = app.link("rosa@outlook.com", "invitation").await;
    rosa.open(&link).await;
    assert!(rosa.page.contains("contoso.crm4.dynamics.com"), "{}", rosa.page);
    app.stop().await;
}

#[tokio::test]
async fn an_invitation_leads_to_a_new_account_and_back() {
    testkit::rows!("003-25");
    let app = App::start().await;
    let address = "nina@example.org";
    let body = json!({ "address": address, "name": "Nina", "organization": "contoso" });
    app.control(Method::POST, &format!("/tenants/{CONTOSO}/invitations"), &body)
        .await;
    let link = app.link(address, "invitation").await;
    let mut nina = app.browser();
    nina.open(&link).await;
    nina.follow("Create a Microsoft account").await;
    assert!(nina.page.contains("value=\"nina@example.org\""), "{}", nina.page);
    let typed = [
        ("name", "Nina New"),
        ("password", "Bright-Otter7"),
        ("again", "Bright-Otter7"),
    ];
    nina.press("Create account", &typed).await;
    nina.follow("sign in to accept").await;
    nina.sign_in(address, "Bright-Otter7").await;
    assert!(nina.page.contains("Verify your email"), "{}", nina.page);
    // The link in the message leads back to where the sign-in waits.
    let verify = app.link(address, "verification").await;
    nina.open(&verify).await;
    nina.follow("Continue where you were").await;
    nina.sign_in(address, "Bright-Otter7").await;
    nina.press("Accept", &[]).await;
    assert!(nina.page.contains("The invitation is accepted"), "{}", nina.page);
    app.stop().await;
}

#[tokio::test]
async fn a_form_of_another_site_changes_nothing() {
    let app = App::start().await;
    for (host, path, body) in [
        (RESET, "/", "username=admin%40contoso.onmicrosoft.com"),
        (
            SIGN_UP,
            "/",
            "name=A&address=a%40nowhere.example&password=Bright-Otter7&again=Bright-Otter7",
        ),
        (ACCOUNT, "/again", "address=ulla%40nowhere.example"),
    ] {
        for token in ["", "&token=", "&token=guess"] {
            let request = Request::post_form(app.url(host, path), format!("{body}{token}"))
                .with(header::ORIGIN, "https://evil.example");
            let answer = app.send(request).await;
            assert_eq!(answer.status, 400, "{host}{path}: {}", text(&answer));
        }
    }
    assert_eq!(app.count("adele.admin@adatum.example").await, 0);
    assert_eq!(app.count("a@nowhere.example").await, 0);
    app.stop().await;
}
