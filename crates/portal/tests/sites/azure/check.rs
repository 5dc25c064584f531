//! *Check my settings* and the endpoints it proposes: each contradiction is found before it is tried, and the settings
//! that it finds nothing wrong with work.

use crate::support::{App, Browser, PASSWORD};
use http::Method;
use serde_json::{Value, json};

const AZURE: &str = "portal.azure.com";
const ORG: &str = "https://contoso.crm4.dynamics.com/";
const ENCODED: &str = "https%3A%2F%2Fcontoso.crm4.dynamics.com%2F";

struct Bench<'a> {
    app: &'a App,
    admin: Browser<'a>,
    tenant: String,
    client: String,
    organization: String,
}

impl<'a> Bench<'a> {
    async fn new(app: &'a App, name: &str) -> Self {
        let tenant = app
            .control(Method::GET, "/tenants/contoso.com", &Value::Null)
            .await;
        let found = app
            .control(
                Method::GET,
                &format!("/tenants/contoso.com/apps/{}", name.replace(' ', "%20")),
                &Value::Null,
            )
            .await;
        let organization = app
            .control(
                Method::GET,
                "/tenants/contoso.com/organizations/contoso",
                &Value::Null,
            )
            .await;
        let mut admin = app.browser();
        admin.visit(AZURE, "/").await;
        admin.sign_in("admin@contoso.onmicrosoft.com", PASSWORD).await;
        let text = |value: &Value| value["id"].as_str().unwrap().to_owned();
        Self {
            app,
            admin,
            tenant: text(&tenant),
            client: text(&found),
            organization: text(&organization),
        }
    }

    /// Presses the button: the causes that it names as failing, and the whole page.
    async fn check(&mut self, typed: &[(&str, &str)]) -> (Vec<String>, String) {
        let path = format!("/apps/{}/check", self.client);
        self.admin.visit(AZURE, &path).await;
        let mut all = vec![("organization", self.organization.as_str())];
        all.extend_from_slice(typed);
        self.admin.press("Check my settings", &all).await;
        assert_eq!(self.admin.status, 200, "{}", self.admin.page);
        let page = self.admin.page.clone();
        let failing = page
            .split("<li><strong class=\"bad\">")
            .skip(1)
            .filter_map(|item| {
                item.split("</li>")
                    .next()?
                    .split("/causes/")
                    .nth(1)?
                    .split('"')
                    .next()
            })
            .map(ToOwned::to_owned)
            .collect();
        for id in page.split("/causes/").skip(1) {
            let id = id.split('"').next().unwrap();
            let cause = self.app.get(&format!("/causes/{id}")).await;
            assert_eq!(cause.status, 200, "{id}");
        }
        (failing, page)
    }
}

#[tokio::test]
async fn a_single_tenant_app_at_common_is_found_and_the_proposal_is_right() {
    testkit::rows!("004-13", "004-14", "004-15", "004-19", "004-20");
    let app = App::start().await;
    let mut bench = Bench::new(&app, "Contoso Connector").await;
    // As document 004 has it.
    let (failing, page) = bench
        .check(&[
            (
                "authorize",
                &format!("https://login.windows.net/common/oauth2/authorize?resource={ENCODED}"),
            ),
            ("token_endpoint", "https://login.windows.net/common/oauth2/token"),
        ])
        .await;
    assert_eq!(failing, ["single-tenant-app-on-common"; 2], "{page}");
    assert!(page.contains("an older name that is still accepted"), "{page}");
    let proposed = format!(
        "https://login.microsoftonline.com/{}/oauth2/authorize?resource={ENCODED}",
        bench.tenant
    );
    assert!(page.contains(&proposed), "{page}");
    let (failing, page) = bench
        .check(&[
            ("authorize", &proposed),
            (
                "token_endpoint",
                &format!("https://login.microsoftonline.com/{}/oauth2/token", bench.tenant),
            ),
            ("redirect", "https://connector.contoso.com/callback/oauth2"),
        ])
        .await;
    assert!(failing.is_empty(), "{failing:?}: {page}");
    assert!(page.contains("Nothing contradicts itself."), "{page}");
    // Today's world: the same app for all directories, and nothing is found at /common.
    app.control(
        Method::PATCH,
        &format!("/tenants/contoso.com/apps/{}", bench.client),
        &json!({"audience": "AzureADMultipleOrgs"}),
    )
    .await;
    let common = format!("https://login.microsoftonline.com/common/oauth2/authorize?resource={ENCODED}");
    let (failing, page) = bench.check(&[("authorize", &common)]).await;
    assert!(failing.is_empty(), "{failing:?}: {page}");
    app.stop().await;
}

#[tokio::test]
async fn endpoints_are_made_from_an_organizations_address() {
    testkit::rows!("004-13", "004-14", "004-15", "004-20");
    let app = App::start().await;
    let mut bench = Bench::new(&app, "Contoso Connector").await;
    let page = format!("/apps/{}/endpoints", bench.client);
    bench
        .admin
        .visit(
            AZURE,
            &format!("{page}?url=https://orgfb974624.crm4.dynamics.com"),
        )
        .await;
    for part in [
        "https%3A%2F%2Forgfb974624.crm4.dynamics.com%2F</code>",
        "https://login.windows.net/common/oauth2/authorize?resource=https%3A%2F%2Forgfb974624.crm4.dynamics.com%2F</code>",
        "https://login.windows.net/common/oauth2/token</code>",
        "older name",
        "/causes/single-tenant-app-on-common",
    ] {
        assert!(bench.admin.page.contains(part), "{part}: {}", bench.admin.page);
    }
    let own = format!("/{}/oauth2/v2.0/authorize", bench.tenant);
    assert!(bench.admin.page.contains(&own), "{}", bench.admin.page);
    for (bad, sentence) in [
        ("anna@contoso.com", "not an address"),
        ("https://contoso.dynamics.com", "without its region"),
        ("https://portal.azure.com", "not an organization"),
    ] {
        bench.admin.visit(AZURE, &format!("{page}?url={bad}")).await;
        assert!(
            bench.admin.page.contains(sentence) && bench.admin.page.contains("role=\"alert\""),
            "{bad}: {}",
            bench.admin.page
        );
    }
    app.stop().await;
}

#[tokio::test]
async fn ids_and_secrets_that_are_mixed_up_are_named() {
    testkit::rows!("004-10", "004-12");
    let app = App::start().await;
    let mut bench = Bench::new(&app, "Contoso Connector").await;
    let kept = app
        .control(
            Method::GET,
            &format!("/tenants/contoso.com/apps/{}", bench.client),
            &Value::Null,
        )
        .await;
    let (object, secret_id) = (
        kept["object_id"].as_str().unwrap().to_owned(),
        kept["secrets"][0]["id"].as_str().unwrap().to_owned(),
    );
    let tenant = bench.tenant.clone();
    for (client, sentence) in [
        (tenant.as_str(), "the tenant id are the same"),
        (&object, "object id"),
        (&secret_id, "id of a client secret"),
        ("Contoso Connector", "is not a GUID"),
        (
            "5fcc896c-25dd-4ecc-b9d9-6dca567731a3",
            "belongs to another application",
        ),
    ] {
        let (failing, page) = bench.check(&[("client_id", client)]).await;
        assert_eq!(failing, ["app-not-found-in-tenant"], "{client}: {page}");
        assert!(page.contains(sentence), "{client}: {page}");
    }
    for (secret, sentence) in [
        (secret_id.as_str(), "not its value"),
        (
            "demo-secret-of-contoso-connector-a5af2c5d ",
            "begins or ends with a blank",
        ),
        ("dem8Q~something-else", "is not its value: something was lost"),
        ("zzz8Q~something-else", "No client secret of this application"),
    ] {
        let (failing, page) = bench.check(&[("secret", secret)]).await;
        assert_eq!(failing, ["client-secret-invalid"], "{secret}: {page}");
        assert!(page.contains(sentence), "{secret}: {page}");
        // A secret is not shown again; its id names an entry and is no secret.
        assert!(!page.contains("something-else"), "{page}");
    }
    let right = "demo-secret-of-contoso-connector-a5af2c5d";
    let (failing, page) = bench.check(&[("secret", right)]).await;
    assert!(failing.is_empty(), "{failing:?}: {page}");
    assert!(page.contains("good until") && !page.contains(right), "{page}");
    app.stop().await;
}

#[tokio::test]
async fn what_the_registration_lacks_is_named() {
    let app = App::start().await;
    let program = [("flow", "program")];
    for (name, typed, wanted) in [
        ("Contoso Connector", &program[..], &[][..]),
        (
            "Contoso Connector without a user",
            &program,
            &["application-user-missing"],
        ),
        (
            "Contoso Connector without a role",
            &program,
            &["user-no-security-role"],
        ),
        (
            "Contoso Connector with an expired secret",
            &program,
            &["client-secret-expired"],
        ),
        ("Contoso Connector with a certificate", &program, &[]),
        (
            "Contoso Retired",
            &program,
            &["app-disabled-in-tenant", "application-user-missing"],
        ),
        (
            "Contoso Blocked",
            &program,
            &["app-disabled-in-tenant", "application-user-missing"],
        ),
        (
            "Contoso without a principal",
            &program,
            &["app-not-found-in-tenant", "application-user-missing"],
        ),
        ("Contoso without permissions", &[], &["api-permission-missing"]),
        ("Contoso Desktop", &[], &[]),
    ] {
        let mut bench = Bench::new(&app, name).await;
        let (failing, page) = bench.check(typed).await;
        assert_eq!(failing, wanted, "{name}: {page}");
    }
    // What may fail and need not.
    let mut bench = Bench::new(&app, "Contoso without consent").await;
    let (failing, page) = bench.check(&[]).await;
    assert!(
        failing.is_empty() && page.contains("/causes/admin-consent-missing"),
        "{page}"
    );
    app.control(
        Method::PATCH,
        "/tenants/contoso.com/settings",
        &json!({"user_consent": "admin-only"}),
    )
    .await;
    let (failing, page) = bench.check(&[]).await;
    assert_eq!(failing, ["admin-consent-missing"], "{page}");
    // A secret that ends soon: eleven months and a bit later, by the tenant's clock.
    let mut bench = Bench::new(&app, "Contoso Connector").await;
    let (_, page) = bench.check(&program).await;
    assert!(!page.contains("client-secret-expired"), "{page}");
    app.control(
        Method::POST,
        &format!("/tenants/contoso.com/apps/{}/secrets", bench.client),
        &json!({"name": "another", "ends": "+13 months"}),
    )
    .await;
    let (failing, page) = bench.check(&program).await;
    assert!(failing.is_empty() && page.contains("another"), "{page}");
    app.stop().await;
}

#[tokio::test]
async fn addresses_that_cannot_work_are_named() {
    let app = App::start().await;
    let mut bench = Bench::new(&app, "Contoso Connector").await;
    let tenant = bench.tenant.clone();
    let own = |path: &str| format!("https://login.microsoftonline.com/{tenant}{path}");
    for (authorize, cause) in [
        ("not an address".to_owned(), "oauth-token-endpoint-wrong"),
        (
            "https://login.example.com/x/oauth2/authorize".to_owned(),
            "oauth-token-endpoint-wrong",
        ),
        (own("/oauth2/token"), "oauth-token-endpoint-wrong"),
        (
            own(&format!("/oauth2/v2.0/authorize?resource={ENCODED}")),
            "oauth-token-endpoint-wrong",
        ),
        (
            own("/oauth2/authorize?resource=https%253A%252F%252Fcontoso.crm4.dynamics.com%252F"),
            "resource-url-wrong",
        ),
        (
            own("/oauth2/authorize?resource=https%3A%2F%2Fcontoso.crm4.dynamics.com%2Fapi%2Fdata%2Fv9.2"),
            "resource-url-wrong",
        ),
        (
            own("/oauth2/authorize?resource=https%3A%2F%2Ffabrikam.crm.dynamics.com%2F"),
            "resource-url-wrong",
        ),
        (
            format!(
                "https://login.microsoftonline.com/fabrikam.onmicrosoft.com/oauth2/authorize?resource={ENCODED}"
            ),
            "tenant-id-wrong",
        ),
    ] {
        let (failing, page) = bench.check(&[("authorize", &authorize)]).await;
        assert_eq!(failing, [cause], "{authorize}: {page}");
    }
    let (failing, page) = bench
        .check(&[
            (
                "authorize",
                &own(&format!("/oauth2/authorize?resource={ENCODED}")),
            ),
            ("token_endpoint", &own("/oauth2/v2.0/token")),
        ])
        .await;
    assert_eq!(failing, ["oauth-token-endpoint-wrong"], "{page}");
    let (failing, page) = bench
        .check(&[("redirect", "https://connector.contoso.com/callback/oauth2/")])
        .await;
    assert_eq!(failing, ["redirect-uri-mismatch"], "{page}");
    // The way a browser shows it here is as good.
    let dressed = app.url(
        "login.microsoftonline.com",
        &format!("/{tenant}/oauth2/authorize"),
    );
    let resource = app.url(ORG.trim_start_matches("https://").trim_end_matches('/'), "/");
    let dressed = format!(
        "{dressed}?resource={}",
        resource.replace(':', "%3A").replace('/', "%2F")
    );
    let (failing, page) = bench.check(&[("authorize", &dressed)]).await;
    assert!(failing.is_empty(), "{failing:?}: {page}");
    app.stop().await;
}
