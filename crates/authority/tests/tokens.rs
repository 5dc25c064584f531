//! What a token says, beside whom it is for (facts/identity.md 1.7).

mod support;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use support::*;

#[tokio::test]
async fn each_version_has_its_own_header_and_its_own_claims() {
    let bench = Bench::new().await;
    let desktop = bench.desktop.to_string();
    let given = [
        ("grant_type", "password"),
        ("client_id", &desktop),
        ("username", "anna@contoso.com"),
        ("password", PASSWORD),
    ];
    let v1 = [given.as_slice(), &[("resource", ORG)]].concat();
    let v1 = json(&bench.post(&bench.login("/oauth2/token"), &v1).await.0);
    let scope = format!("{ORG}/user_impersonation openid");
    let v2 = bench
        .token(&[given.as_slice(), &[("scope", &scope)]].concat())
        .await;
    let header = |token: &serde_json::Value| {
        let part = token.as_str().unwrap().split('.').next().unwrap();
        let read = URL_SAFE_NO_PAD.decode(part).unwrap();
        serde_json::from_slice::<serde_json::Value>(&read).unwrap()
    };
    for (token, has_x5t, amr) in [
        (&v1["access_token"], true, true),
        (&v1["id_token"], true, true),
        // Dataverse takes v1, whichever endpoint gave it.
        (&v2["access_token"], true, true),
        (&v2["id_token"], false, false),
    ] {
        let (head, claims) = (header(token), claims(token));
        assert!(head["kid"].is_string());
        assert_eq!(head["x5t"] == head["kid"], has_x5t, "{head}");
        assert_eq!(claims["amr"].is_array(), amr, "{claims}");
        for opaque in ["aio", "rh"] {
            assert!(claims[opaque].is_string(), "{opaque} in {claims}");
        }
    }
    let fresh = |claim: &str| claims(&v1["access_token"])[claim] != claims(&v2["access_token"])[claim];
    assert!(fresh("aio") && fresh("rh"));
}
