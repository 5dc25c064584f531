//! People: sign up and verify, license; as a test does it, by the control API.

use serde_json::{Value, json};

use super::{Got, World, calls::tenant};

pub(super) const CONSUMERS: &str = "9188040d-6c67-4c5b-b112-36a304b66dad";

impl World {
    pub(super) async fn post(&self, path: &str, body: Value) -> Got {
        self.control("POST", path, &body.to_string()).await
    }

    /// The newest mail to an address, waited for.
    pub(super) async fn mail(&self, tenant: &str, to: &str) -> Value {
        let found = self
            .control(
                "GET",
                &format!("/tenants/{tenant}/mails?wait_seconds=5&to={to}"),
                "",
            )
            .await;
        found.json()["mails"][0].clone()
    }

    pub(super) async fn contoso(&self) -> String {
        tenant(self, "Contoso").id.to_string()
    }
}

/// The token of a mail's link.
pub(super) fn token(mail: &Value) -> String {
    let link = mail["link"].as_str().unwrap_or_else(|| panic!("no link: {mail}"));
    link.split_once("token=").unwrap().1.to_owned()
}

pub(super) fn next(got: &Got) -> String {
    format!(
        "{} {}",
        got.status,
        got.json()["error"]["message"].as_str().unwrap_or_default()
    )
}

#[tokio::test]
async fn an_address_is_verified_once_by_the_newest_link() {
    testkit::rows!("000-16", "000-17");
    let world = World::demo().await;
    let new = |address: &str| json!({ "address": address, "name": "Ulla", "password": "Bright-Otter7" });
    let made = world.post("/microsoft-accounts", new("ulla@example.org")).await;
    assert_eq!(made.status, 201, "{}", made.text());
    assert!(
        made.json()["verification"]["unverified"].is_object(),
        "{}",
        made.text()
    );
    assert_eq!(
        world
            .post("/microsoft-accounts", new("ULLA@example.org"))
            .await
            .status,
        409
    );
    let first = world.mail(CONSUMERS, "ulla@example.org").await;
    let link = first["link"].as_str().unwrap();
    let port = world.port();
    assert!(
        link.starts_with(&format!(
            "https://account.live.com.localhost:{port}/verify?token="
        )),
        "{link}"
    );

    let again = json!({ "address": "ulla@example.org" });
    assert_eq!(
        world
            .post("/microsoft-accounts/verification-mails", again.clone())
            .await
            .status,
        429
    );
    world.clock.advance(std::time::Duration::from_secs(61));
    assert_eq!(
        world
            .post("/microsoft-accounts/verification-mails", again.clone())
            .await
            .status,
        200
    );
    let second = world.mail(CONSUMERS, "ulla@example.org").await;
    let follow = async |mail: &Value| {
        world
            .post(
                "/microsoft-accounts/verifications",
                json!({ "token": token(mail) }),
            )
            .await
    };
    assert_eq!(
        next(&follow(&first).await),
        "410 a newer link was sent; use the newest mail's"
    );
    let verified = follow(&second).await;
    assert!(
        verified.json()["verification"]["verified"].is_object(),
        "{}",
        verified.text()
    );
    assert_eq!(next(&follow(&second).await), "410 this link was used before");
    assert_eq!(
        world
            .post("/microsoft-accounts/verification-mails", again)
            .await
            .status,
        409
    );
    let unknown = world
        .post("/microsoft-accounts/verifications", json!({ "token": "x" }))
        .await;
    assert_eq!(unknown.status, 404);
}

#[tokio::test]
async fn two_domains_need_no_verification_and_those_that_look_like_them_do() {
    testkit::rows!("000-18");
    let world = World::demo().await;
    for (address, needs) in [
        ("ulla@outlook.com", false),
        ("ulla@LIVE.com", false),
        ("ulla@Outlook.COM.example", true),
        ("ulla@live.com.example", true),
        ("ulla@mylive.com", true),
        ("ulla@hotmail.com", true),
    ] {
        let new = json!({ "address": address, "name": "Ulla", "password": "Bright-Otter7" });
        let made = world.post("/microsoft-accounts", new).await;
        assert_eq!(
            made.json()["verification"].is_object(),
            needs,
            "{address}: {}",
            made.text()
        );
        let mails = world
            .control("GET", &format!("/tenants/{CONSUMERS}/mails?to={address}"), "")
            .await;
        assert_eq!(
            mails.json()["mails"].as_array().unwrap().len(),
            usize::from(needs),
            "{address}"
        );
    }
    let work = json!({ "address": "ulla@contoso.com", "name": "Ulla", "password": "Bright-Otter7" });
    assert_eq!(world.post("/microsoft-accounts", work).await.status, 409);
}

#[tokio::test]
async fn a_verification_link_holds_for_a_day() {
    let world = World::demo().await;
    let new = json!({ "address": "ulla@example.org", "name": "Ulla", "password": "Bright-Otter7" });
    world.post("/microsoft-accounts", new).await;
    let mail = world.mail(CONSUMERS, "ulla@example.org").await;
    let follow = json!({ "token": token(&mail) });
    world.clock.advance(std::time::Duration::from_secs(86_400));
    let late = world
        .post("/microsoft-accounts/verifications", follow.clone())
        .await;
    assert_eq!(next(&late), "410 this link has expired; ask for another one");
    let turned = world
        .post(
            &format!("/tenants/{CONSUMERS}/clock"),
            json!({ "advance_seconds": -2 }),
        )
        .await;
    assert_eq!(turned.status, 200, "{}", turned.text());
    assert_eq!(
        world
            .post("/microsoft-accounts/verifications", follow)
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn licenses_groups_domains_incidents_and_administrators() {
    testkit::rows!("003-10");
    let world = World::demo().await;
    let id = world.contoso().await;
    let ben = format!("/tenants/{id}/accounts/ben@contoso.com/licenses");
    let names = |got: &Got| {
        let services = got.json()["services"].as_array().unwrap().clone();
        services
            .iter()
            .map(|s| s["name"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let got = world.control("PUT", &format!("{ben}/SPB"), "").await;
    assert!(names(&got).contains(&"Word".to_owned()), "{}", got.text());
    let got = world.control("DELETE", &format!("{ben}/spb"), "").await;
    assert!(!names(&got).contains(&"Word".to_owned()), "{}", got.text());
    assert_eq!(
        world.control("DELETE", &format!("{ben}/SPB"), "").await.status,
        409
    );
    assert_eq!(world.control("PUT", &format!("{ben}/MOON"), "").await.status, 404);

    let member = format!("/tenants/{id}/groups/New%20People/members/ben@contoso.com");
    assert_eq!(world.control("PUT", &member, "").await.status, 204);
    assert!(
        world
            .control("GET", &format!("/tenants/{id}/groups"), "")
            .await
            .text()
            .contains("New People")
    );
    assert_eq!(world.control("DELETE", &member, "").await.status, 204);
    assert_eq!(world.control("DELETE", &member, "").await.status, 404);

    let domains = format!("/tenants/{id}/domains");
    assert_eq!(
        world
            .post(&domains, json!({ "name": "Fourth.example" }))
            .await
            .status,
        201
    );
    assert_eq!(
        world
            .post(&domains, json!({ "name": "fourth.example" }))
            .await
            .status,
        409
    );
    assert_eq!(
        world
            .post(&domains, json!({ "name": "fabrikam.onmicrosoft.com" }))
            .await
            .status,
        409
    );
    assert_eq!(
        world.post(&domains, json!({ "name": "nothing" })).await.status,
        400
    );
    assert_eq!(
        world
            .control("DELETE", &format!("{domains}/contoso.com"), "")
            .await
            .status,
        409
    );
    assert_eq!(
        world
            .control("DELETE", &format!("{domains}/contoso.onmicrosoft.com"), "")
            .await
            .status,
        409
    );
    assert_eq!(
        world
            .control("DELETE", &format!("{domains}/fourth.example"), "")
            .await
            .status,
        204
    );

    let incidents = format!("/tenants/{id}/incidents");
    let before = world.control("GET", &incidents, "").await.json()["open"]
        .as_u64()
        .unwrap();
    let new = json!({ "service": "Dynamics 365", "title": "Slow", "message": "We see it." });
    let raised = world.post(&incidents, new).await;
    assert_eq!(raised.status, 201, "{}", raised.text());
    assert_eq!(
        world.control("GET", &incidents, "").await.json()["open"],
        before + 1
    );
    let one = format!("{incidents}/{}", raised.json()["id"].as_str().unwrap());
    let over = r#"{"message":"It is over.","state":"service-restored"}"#;
    let over = world.control("PATCH", &one, over).await.json();
    assert_eq!(over["messages"].as_array().unwrap().len(), 2);
    assert!(over["ended"].is_string(), "{over}");
    assert_eq!(world.control("GET", &incidents, "").await.json()["open"], before);
    assert_eq!(world.control("DELETE", &one, "").await.status, 204);
    assert_eq!(world.control("DELETE", &one, "").await.status, 404);

    let people = world
        .control("GET", &format!("/tenants/{id}/administrators"), "")
        .await
        .json();
    assert_eq!(people["administrators"][0]["name"], "Adele Admin", "{people}");
}

#[tokio::test]
async fn an_outbox_can_be_searched_and_emptied() {
    let world = World::demo().await;
    for name in ["one", "two"] {
        let new =
            json!({ "address": format!("{name}@example.org"), "name": name, "password": "Bright-Otter7" });
        assert_eq!(world.post("/microsoft-accounts", new).await.status, 201);
    }
    let list = async |query: &str| {
        let got = world
            .control("GET", &format!("/tenants/{CONSUMERS}/mails{query}"), "")
            .await;
        got.json()["mails"].as_array().map_or(0, Vec::len)
    };
    assert_eq!(list("").await, 2);
    assert_eq!(list("?limit=1").await, 1);
    assert_eq!(list("?kind=verification&q=TWO").await, 1);
    assert_eq!(list("?kind=alert").await, 0);
    assert_eq!(list("?since=2999-01-01T00:00:00Z").await, 0);
    let bad = world
        .control("GET", &format!("/tenants/{CONSUMERS}/mails?kind=letter"), "")
        .await;
    assert_eq!(bad.status, 400);
    assert_eq!(
        world.control("GET", "/mails?to=one@example.org", "").await.json()["mails"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    let mail = world.mail(CONSUMERS, "one@example.org").await;
    let one = format!("/tenants/{CONSUMERS}/mails/{}", mail["id"].as_str().unwrap());
    let whole = world.control("GET", &one, "").await.json();
    assert!(whole["html"].as_str().unwrap().contains("<h1"), "{whole}");
    assert_eq!(whole["delivery"]["state"], "waiting");
    assert_eq!(world.control("DELETE", &one, "").await.status, 204);
    assert_eq!(world.control("GET", &one, "").await.status, 404);
    let cleared = world
        .control("DELETE", &format!("/tenants/{CONSUMERS}/mails"), "")
        .await;
    assert_eq!(cleared.json()["removed"], 1);
}

#[tokio::test]
async fn the_legacy_sign_in_tells_who_knows_the_password_that_the_address_is_not_verified() {
    let world = World::demo().await;
    let sign_in = async |user: &str, password: &str| {
        let request = wire::rst2::Request {
            user: user.to_owned(),
            password: types::Secret::new(password),
            applies_to: "urn:crmna:dynamics.com".to_owned(),
            policy: wire::rst2::POLICY.to_owned(),
        };
        let body = request.to_xml(types::Clock::now(&*world.clock), "1");
        let host = format!("login.live.com.localhost:{}", world.port());
        let headers = [("content-type", wire::rst2::MEDIA_TYPE)];
        let got = world
            .ask("POST", &host, "/RST2.srf", &headers, body.expose())
            .await;
        assert_eq!(got.status, 200);
        match wire::rst2::Answer::parse(&got.text()).unwrap() {
            wire::rst2::Answer::Granted(token) => {
                assert!(token.value.expose().starts_with("t="));
                String::new()
            }
            wire::rst2::Answer::Refused(fault) => fault.code,
        }
    };
    assert_eq!(sign_in("vera@wingtip.example", "Keyway!Demo1").await, "");
    assert_eq!(sign_in("rosa@outlook.com", "Keyway!Demo1").await, "");
    assert_eq!(
        sign_in("ulla@wingtip.example", "Keyway!Demo1").await,
        "0x80048836"
    );
    assert_eq!(sign_in("ulla@wingtip.example", "wrong").await, "0x80048821");
    assert_eq!(
        sign_in("nobody@wingtip.example", "Keyway!Demo1").await,
        "0x80048821"
    );
    assert_eq!(sign_in("anna@contoso.com", "Keyway!Demo1").await, "0x80048821");
    let lines = world.journal().await;
    assert!(
        lines
            .iter()
            .any(|line| line["cause"] == "account-email-unverified"),
        "{lines:?}"
    );

    // The link is followed, and the same password works (row 000-22).
    let again = json!({ "address": "ulla@wingtip.example" });
    assert_eq!(
        world
            .post("/microsoft-accounts/verification-mails", again)
            .await
            .status,
        200
    );
    let mail = world.mail(CONSUMERS, "ulla@wingtip.example").await;
    world
        .post(
            "/microsoft-accounts/verifications",
            json!({ "token": token(&mail) }),
        )
        .await;
    assert_eq!(sign_in("ulla@wingtip.example", "Keyway!Demo1").await, "");
    let account = format!("/tenants/{CONSUMERS}/accounts/vera@wingtip.example");
    world
        .control("PATCH", &account, r#"{"password":{"must_change":true}}"#)
        .await;
    assert_eq!(
        sign_in("vera@wingtip.example", "Keyway!Demo1").await,
        "0x80048827"
    );
    for wrong in 0..10 {
        sign_in("rosa@outlook.com", &format!("wrong {wrong}")).await;
    }
    assert_eq!(sign_in("rosa@outlook.com", "Keyway!Demo1").await, "0x80048823");
}

#[tokio::test]
async fn administrators_read_the_health_of_services_through_an_application_that_may() {
    let world = World::demo().await;
    let desktop = tenant(&world, "Contoso")
        .apps
        .iter()
        .find(|app| app.name == "Contoso Desktop")
        .unwrap();
    let issues = async |client: &str, user: &str, scope: &str| {
        let form = [
            ("grant_type", "password"),
            ("client_id", client),
            ("username", user),
            ("password", "Keyway!Demo1"),
            ("scope", scope),
        ];
        let answer = super::calls::token(&world, &form, "contoso.onmicrosoft.com").await;
        let token = answer.json()["access_token"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        assert_ne!(token, "", "{}", answer.text());
        let host = format!("graph.microsoft.com.localhost:{}", world.port());
        let bearer = format!("Bearer {token}");
        let path = wire::announcements::ISSUES;
        world
            .ask("GET", &host, path, &[("authorization", &bearer)], "")
            .await
    };
    let (admin, anna) = ("admin@contoso.onmicrosoft.com", "anna@contoso.com");
    let (may, may_not) = (desktop.client_id.as_str(), "51f81489-12ee-4a9e-aaae-a2591f45987d");
    let scope = "https://graph.microsoft.com/ServiceHealth.Read.All";
    assert_eq!(issues(may, anna, scope).await.status, 403);
    let read = "https://graph.microsoft.com/User.Read";
    assert_eq!(issues(may_not, admin, read).await.status, 403);
    let listed: wire::announcements::Issues =
        serde_json::from_slice(&issues(may, admin, scope).await.body).unwrap();
    let open: Vec<_> = listed.value.iter().filter(|issue| !issue.is_resolved).collect();
    assert_eq!((listed.value.len(), open.len()), (2, 1), "{listed:?}");
    assert_eq!(open[0].status, "serviceDegradation");
}
