//! The Office 365 Admin Center, as others are kept from it, and as somebody attacks it.

use crate::support::{App, Browser, PASSWORD};
use http::{Method, header};
use net::Request;
use serde_json::{Value, json};

const HOST: &str = "admin.microsoft.com";
const CONTOSO: &str = "/tenants/contoso.com";
const ADMIN: &str = "admin@contoso.onmicrosoft.com";

async fn administrator(app: &App) -> Browser<'_> {
    entered(app, ADMIN, "/").await
}

async fn entered<'a>(app: &'a App, login: &str, path: &str) -> Browser<'a> {
    let mut browser = app.browser();
    browser.visit(HOST, path).await;
    browser.sign_in(login, PASSWORD).await;
    browser
}

async fn id(app: &App, login: &str) -> String {
    let path = match login.ends_with("fabrikam.onmicrosoft.com") {
        true => format!("/tenants/fabrikam.onmicrosoft.com/accounts/{login}"),
        false => format!("{CONTOSO}/accounts/{login}"),
    };
    let account = app.control(Method::GET, &path, &Value::Null).await;
    account["id"].as_str().unwrap().to_owned()
}

async fn account(app: &App, login: &str) -> Value {
    let path = format!("{CONTOSO}/accounts/{login}");
    app.control(Method::GET, &path, &Value::Null).await
}

/// A form that no page shows, with the token of a page that is shown.
async fn forged(app: &App, browser: &Browser<'_>, path: &str, body: &str) -> u16 {
    let url = app.url(HOST, path);
    let host = url.trim_start_matches("https://").split('/').next().unwrap();
    let cookies: Vec<_> = browser.cookies[host]
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    let token = browser.page.split("name=\"token\" value=\"").nth(1).unwrap();
    let token = token.split('"').next().unwrap();
    let request = Request::post_form(&*url, format!("token={token}&{body}"));
    let answer = app.send(request.with(header::COOKIE, &cookies.join("; "))).await;
    answer.status.as_u16()
}

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
        format!("/users/{}", id(&app, ADMIN).await),
        format!("/users/{}", id(&app, "ben@contoso.com").await),
        format!("/users/{}", id(&app, "anna@contoso.com").await),
    );
    let mut helper = entered(&app, "anna@contoso.com", &ben).await;
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
        (&chief, "do=unenroll"),
        (&anna, "do=give-role&role=0"),
        (&ben, "do=block"),
        (&ben, "do=enroll"),
        (&ben, "do=rename&name=x&upn=x@contoso.com"),
    ] {
        assert_eq!(forged(&app, &helper, path, body).await, 403, "{path} {body}");
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
        assert_eq!(forged(&app, &helper, path, body).await, 403, "{path} {body}");
    }
    assert_eq!(
        account(&app, "anna@contoso.com").await["roles"],
        json!(["password-administrator"])
    );
    app.stop().await;
}

#[tokio::test]
async fn the_last_global_administrator_stays() {
    let app = App::start().await;
    let mut admin = administrator(&app).await;
    let own = format!("/users/{}", id(&app, ADMIN).await);
    admin.visit(HOST, &own).await;
    for body in ["do=block", "do=delete", "do=take-role&role=0"] {
        assert_eq!(forged(&app, &admin, &own, body).await, 400, "{body}");
    }
    let known = account(&app, ADMIN).await;
    assert_eq!(known["enabled"], true);
    assert_eq!(known["roles"], json!(["global-administrator"]));
    app.stop().await;
}

#[tokio::test]
async fn another_tenant_is_neither_seen_nor_changed() {
    let app = App::start().await;
    let stranger = id(&app, "tom@fabrikam.onmicrosoft.com").await;
    let mut admin = administrator(&app).await;
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
        assert_eq!(forged(&app, &admin, &theirs, body).await, 404, "{body}");
    }
    let joined = format!("do=join&account={stranger}&tenant=fabrikam.onmicrosoft.com");
    assert_eq!(forged(&app, &admin, "/groups/Sales", &joined).await, 404);
    let named = "do=join&account=tom%40fabrikam.onmicrosoft.com";
    assert_eq!(forged(&app, &admin, "/groups/Sales", named).await, 404);
    let taken = "do=add&name=fabrikam.onmicrosoft.com";
    assert_eq!(forged(&app, &admin, "/domains", taken).await, 409);
    let own = format!("/users/{}", id(&app, "ben@contoso.com").await);
    let rename = "do=rename&name=Ben&upn=ben%40contoso.com&aliases=tom%40fabrikam.onmicrosoft.com";
    assert_eq!(forged(&app, &admin, &own, rename).await, 400);
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
    let mut admin = administrator(&app).await;
    let anna = format!("/users/{}", id(&app, "anna@contoso.com").await);
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
    let admin = administrator(&app).await;
    let ben = format!("/users/{}", id(&app, "ben@contoso.com").await);
    let url = app.url(HOST, &ben);
    let host = url.trim_start_matches("https://").split('/').next().unwrap();
    let cookies: Vec<_> = admin.cookies[host]
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    let request = Request::post_form(&*url, "do=block".to_owned()).with(header::COOKIE, &cookies.join("; "));
    assert_eq!(app.send(request).await.status, 400);
    assert_eq!(account(&app, "ben@contoso.com").await["enabled"], true);
    app.stop().await;
}

#[tokio::test]
async fn somebody_without_a_role_is_told_who_has_one() {
    let app = App::start().await;
    let mut anna = entered(&app, "anna@contoso.com", "/users").await;
    assert_eq!(anna.status, 403, "{}", anna.page);
    assert!(anna.page.contains("Adele Admin"), "{}", anna.page);
    let target = format!("/users/{}", id(&app, "ben@contoso.com").await);
    for page in ["/", "/audit", "/sign-ins", "/settings", &target] {
        anna.visit(HOST, page).await;
        assert_eq!(anna.status, 403, "{page}");
    }
    assert_eq!(forged(&app, &anna, &target, "do=block").await, 403);
    assert_eq!(account(&app, "ben@contoso.com").await["enabled"], true);
    app.stop().await;
}
