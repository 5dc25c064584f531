//! The public documents: who answers for a domain, and under which names a cloud answers.

mod support;

use http::Method;
use support::*;

#[tokio::test]
async fn a_personal_account_is_federated_with_the_old_passport() {
    let bench = Bench::new().await;
    let realm = "https://login.microsoftonline.com/common/UserRealm/rosa@Outlook.com?api-version=1.0";
    let personal = json(&bench.get(realm).await.0);
    assert_eq!(
        (&personal["account_type"], &personal["domain_name"]),
        (&"Federated".into(), &"live.com".into())
    );
    assert_eq!(
        personal["federation_active_auth_url"],
        "https://login.live.com/rst2.srf"
    );
    let known = json(
        &bench
            .get(&realm.replace("rosa@Outlook.com", "anna@contoso.com"))
            .await
            .0,
    );
    assert_eq!(known["account_type"], "Managed");
    let unknown = json(
        &bench
            .get(&realm.replace("rosa@Outlook.com", "a@nobody.example"))
            .await
            .0,
    );
    assert_eq!(unknown["account_type"], "Unknown");
}

#[tokio::test]
async fn the_older_realm_document_says_the_same_as_xml_and_as_json() {
    let bench = Bench::new().await;
    let address = "https://login.microsoftonline.com/GetUserRealm.srf";
    for (login, kind, federated, signs_in_at) in [
        ("anna@contoso.com", "Managed", false, None),
        (
            "rosa@outlook.com",
            "Federated",
            true,
            Some("https://login.live.com/rst2.srf"),
        ),
        ("<a>@nobody.example", "Unknown", false, None),
    ] {
        let (answer, _) = bench.post(address, &[("login", login), ("xml", "1")]).await;
        let xml = text(&answer);
        assert_eq!(answer.headers["content-type"], "text/xml; charset=utf-8");
        assert!(
            xml.contains(&format!("<NameSpaceType>{kind}</NameSpaceType>")),
            "{xml}"
        );
        assert!(
            xml.contains(&format!("<IsFederatedNS>{federated}</IsFederatedNS>")),
            "{xml}"
        );
        assert!(!xml.contains("<a>"), "{xml}");
        let sts = signs_in_at.map(|url| format!("<STSAuthURL>{url}</STSAuthURL>"));
        assert_eq!(xml.contains("<STSAuthURL>"), sts.is_some(), "{xml}");
        assert!(xml.contains(&sts.unwrap_or_default()), "{xml}");
        let read = json(&bench.get(&format!("{address}?login={login}")).await.0);
        assert_eq!(read["NameSpaceType"], kind);
        assert_eq!(read["AuthURL"].as_str(), signs_in_at);
    }
}

#[tokio::test]
async fn every_sign_in_host_is_in_the_list_of_its_own_cloud() {
    let bench = Bench::new().await;
    for (host, network) in [
        ("login.windows.net", "login.microsoftonline.com"),
        ("login.microsoftonline.us", "login.microsoftonline.us"),
        ("login.usgovcloudapi.net", "login.microsoftonline.us"),
        ("login.chinacloudapi.cn", "login.partner.microsoftonline.cn"),
    ] {
        let url = format!(
            "https://{host}/common/discovery/instance?api-version=1.1&authorization_endpoint=https://{host}/common/oauth2/v2.0/authorize"
        );
        let known = json(&bench.get(&url).await.0);
        let clouds = known["metadata"].as_array().unwrap();
        let names = |cloud: &serde_json::Value| cloud["aliases"].as_array().unwrap().contains(&host.into());
        let own: Vec<_> = clouds.iter().filter(|cloud| names(cloud)).collect();
        assert_eq!(own.len(), 1, "{host}: {known}");
        assert_eq!(own[0]["preferred_network"], network);
    }
}

#[tokio::test]
async fn a_page_of_another_origin_may_ask_for_the_profile() {
    let bench = Bench::new().await;
    let url = "https://graph.microsoft.com/oidc/userinfo";
    let asks = [
        ("origin", "https://app.example"),
        ("access-control-request-method", "GET"),
        ("access-control-request-headers", "authorization"),
    ];
    let (answer, _) = bench.send(Method::OPTIONS, url, &asks, String::new()).await;
    assert_eq!((answer.status.as_u16(), text(&answer).as_str()), (200, ""));
    let allowed = answer.headers["access-control-allow-headers"].to_str().unwrap();
    assert!(allowed.contains("Authorization"), "{allowed}");
    // The refusal can be read as well.
    let (answer, _) = bench.send(Method::GET, url, &asks[..1], String::new()).await;
    assert_eq!(answer.status.as_u16(), 401);
    assert_eq!(answer.headers["access-control-allow-origin"], "*");
}

#[tokio::test]
async fn a_secret_from_the_future_is_not_called_expired() {
    let bench = Bench::new().await;
    bench
        .settings(|settings| settings.clock_offset_millis = -10 * 365 * 86_400_000)
        .await;
    let app = bench.web.to_string();
    let (answer, decision) = bench
        .post(
            &bench.login("/oauth2/v2.0/token"),
            &[
                ("grant_type", "client_credentials"),
                ("client_id", &app),
                ("client_secret", SECRET),
                ("scope", &format!("{ORG}/.default")),
            ],
        )
        .await;
    assert_eq!(code_of(&json(&answer)), 7_000_215);
    assert!(decision.why.contains("is valid from"), "{}", decision.why);
}
