//! The Office 365 Admin Center, as others are kept from it, and as somebody attacks it.

use crate::support::{ADMIN, App, PASSWORD};
use http::Method;
use serde_json::json;

const HOST: &str = "admin.microsoft.com";
const CONTOSO: &str = "/tenants/contoso.com";

#[tokio::test]
async fn a_password_administrator_helps_and_does_not_climb() {
    let app = App::start().await;
    let path = format!("{CONTOSO}/accounts/anna@contoso.com");
    app.control(
        Method::PATCH,
        &path,
        &json!({ "roles": ["password-administrator"] }),
    )
    .await;
    let (chief, ben, anna) = (
        format!("/users/{}", app.id(ADMIN).await),
        format!("/users/{}", app.id("ben@contoso.com").await),
        format!("/users/{}", app.id("anna@contoso.com").await),
    );
    let mut helper = app.entered(HOST, "anna@contoso.com", &ben).await;
    helper.press("Reset password", &[]).await;
    assert!(helper.page.contains("Temporary password"), "{}", helper.page);
    helper.visit(HOST, &chief).await;
    assert!(
        !helper.page.contains("Reset password</button>"),
        "{}",
        helper.page
    );
    for (path, body) in [
        (&chief, "do=reset"),
        (&chief, "do=sign-out"),
        (&chief, "do=end-session&session=x"),
        (&chief, "do=unenroll"),
        (&anna, "do=give-role&role=0"),
        (&ben, "do=block"),
        (&ben, "do=enroll"),
        (&ben, "do=rename&name=x&upn=x@contoso.com"),
    ] {
        assert_eq!(helper.forged(path, body).await, 403, "{path} {body}");
    }
    for (path, body) in [
        ("/settings", "consent=allowed"),
        ("/domains", "do=add&name=evil.example"),
        (
            "/health",
            "do=raise&service=a&title=b&message=c&class=incident&state=investigating",
        ),
        ("/password-reset", "self_service=on"),
        ("/groups/Laboratory", "account=anna%40contoso.com"),
        ("/users/new", "name=x&local=x&domain=contoso.com"),
        ("/users/invite", "name=x&address=rosa%40outlook.com"),
    ] {
        assert_eq!(helper.forged(path, body).await, 403, "{path} {body}");
    }
    assert_eq!(
        app.account("anna@contoso.com").await["roles"],
        json!(["password-administrator"])
    );
    app.stop().await;
}

#[tokio::test]
async fn the_last_global_administrator_stays() {
    let app = App::start().await;
    let mut admin = app.entered(HOST, ADMIN, "/").await;
    let own = format!("/users/{}", app.id(ADMIN).await);
    admin.visit(HOST, &own).await;
    for body in ["do=block", "do=delete", "do=take-role&role=0"] {
        assert_eq!(admin.forged(&own, body).await, 400, "{body}");
    }
    let known = app.account(ADMIN).await;
    assert_eq!(known["enabled"], true);
    assert_eq!(known["roles"], json!(["global-administrator"]));
    app.stop().await;
}

#[tokio::test]
async fn another_tenant_is_neither_seen_nor_changed() {
    let app = App::start().await;
    let stranger = app.id("tom@fabrikam.onmicrosoft.com").await;
    let mut admin = app.entered(HOST, ADMIN, "/").await;
    let theirs = format!("/users/{stranger}");
    admin.visit(HOST, &theirs).await;
    assert_eq!(admin.status, 404, "{}", admin.page);
    admin.visit(HOST, "/users?q=tom").await;
    assert!(!admin.page.contains("Tom Throttled"), "{}", admin.page);
    admin.visit(HOST, "/users/new").await;
    for body in [
        "do=reset",
        "do=block",
        "do=delete",
        "do=give-role&role=0&tenant=fabrikam.onmicrosoft.com",
    ] {
        assert_eq!(admin.forged(&theirs, body).await, 404, "{body}");
    }
    let joined = format!("do=join&account={stranger}&tenant=fabrikam.onmicrosoft.com");
    assert_eq!(admin.forged("/groups/Sales", &joined).await, 404);
    let named = "do=join&account=tom%40fabrikam.onmicrosoft.com";
    assert_eq!(admin.forged("/groups/Sales", named).await, 404);
    let taken = "do=add&name=fabrikam.onmicrosoft.com";
    assert_eq!(admin.forged("/domains", taken).await, 409);
    let own = format!("/users/{}", app.id("ben@contoso.com").await);
    let rename = "do=rename&name=Ben&upn=ben%40contoso.com&aliases=tom%40fabrikam.onmicrosoft.com";
    assert_eq!(admin.forged(&own, rename).await, 400);
    // What happened in one tenant stands in no other's logs.
    let mut other = app.browser();
    other.visit(HOST, "/audit").await;
    other.sign_in("admin@fabrikam.onmicrosoft.com", PASSWORD).await;
    assert!(other.page.contains("0 entries"), "{}", other.page);
    other.visit(HOST, "/sign-ins").await;
    assert!(!other.page.contains("contoso"), "{}", other.page);
    app.stop().await;
}

#[tokio::test]
async fn a_name_is_never_markup() {
    let app = App::start().await;
    let name = "<script>alert(1)</script>\u{202e}\"'><img src=x onerror=alert(1)>";
    let path = format!("{CONTOSO}/accounts/anna@contoso.com");
    let evil = json!({ "name": name, "groups": [name], "licenses": ["DYN365", "<b>EVIL</b>"] });
    app.control(Method::PATCH, &path, &evil).await;
    let tester = json!({ "service": name, "title": name, "message": name });
    app.control(Method::POST, &format!("{CONTOSO}/incidents"), &tester)
        .await;
    let mut admin = app.entered(HOST, ADMIN, "/").await;
    let anna = format!("/users/{}", app.id("anna@contoso.com").await);
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("group", name)
        .finish();
    let group = query.trim_start_matches("group=").replace('+', "%20");
    let group = format!("/groups/{group}");
    let searched = format!("/users?{}", query.replacen("group", "q", 1));
    for page in [
        "/",
        "/users",
        &searched,
        &anna,
        "/groups",
        &group,
        "/health",
        "/audit",
        "/sign-ins",
    ] {
        admin.visit(HOST, page).await;
        assert_eq!(admin.status, 200, "{page}");
        for markup in ["<script>alert", "<img", "<b>EVIL", "\u{202e}"] {
            assert!(
                !admin.page.contains(markup),
                "{page} shows {markup}: {}",
                admin.page
            );
        }
    }
    app.stop().await;
}

#[tokio::test]
async fn a_form_of_another_site_changes_nothing() {
    let app = App::start().await;
    let admin = app.entered(HOST, ADMIN, "/").await;
    let ben = format!("/users/{}", app.id("ben@contoso.com").await);
    assert_eq!(admin.post(&ben, "do=block").await.status, 400);
    assert_eq!(app.account("ben@contoso.com").await["enabled"], true);
    app.stop().await;
}

#[tokio::test]
async fn somebody_without_a_role_is_told_who_has_one() {
    let app = App::start().await;
    let mut anna = app.entered(HOST, "anna@contoso.com", "/users").await;
    assert_eq!(anna.status, 403, "{}", anna.page);
    assert!(anna.page.contains("Adele Admin"), "{}", anna.page);
    let target = format!("/users/{}", app.id("ben@contoso.com").await);
    for page in ["/", "/audit", "/sign-ins", "/settings", &target] {
        anna.visit(HOST, page).await;
        assert_eq!(anna.status, 403, "{page}");
    }
    assert_eq!(anna.forged(&target, "do=block").await, 403);
    assert_eq!(app.account("ben@contoso.com").await["enabled"], true);
    app.stop().await;
}
