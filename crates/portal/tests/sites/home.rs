//! The welcome page, the Dynamics 365 home page, and Social Engagement: what licenses and roles give.

use crate::support::{App, Browser, PASSWORD};
use http::Method;
use serde_json::{Value, json};

const OFFICE: &str = "portal.office.com";
const HOME: &str = "home.dynamics.com";
const LISTENING: &str = "listening.microsoft.com";

async fn enter<'a>(app: &'a App, host: &str, path: &str, login: &str) -> Browser<'a> {
    let mut browser = app.browser();
    browser.visit(host, path).await;
    browser.sign_in(login, PASSWORD).await;
    browser
}

async fn license(app: &App, method: Method, user: &str, license: &str) {
    let path = format!("/tenants/contoso.com/accounts/{user}/licenses/{license}");
    app.control(method, &path, &Value::Null).await;
}

/// The names on the tiles of a page.
fn tiles(page: &str) -> Vec<String> {
    let tiles = page.split("<ul class=\"tiles\">").skip(1).flat_map(|part| {
        let part = part.split("</ul>").next().unwrap();
        part.split("<li>").skip(1).map(|tile| {
            let text = tile.split_once('>').unwrap().1;
            text.split('<').next().unwrap().to_owned()
        })
    });
    tiles.collect()
}

#[tokio::test]
async fn tiles_depend_on_licenses_and_the_launcher_is_another_route_to_them() {
    testkit::rows!("003-11", "003-12", "003-13", "003-17");
    let app = App::start().await;
    license(&app, Method::PUT, "ben@contoso.com", "ENTERPRISEPACK").await;
    let mut ben = enter(&app, OFFICE, "/", "ben@contoso.com").await;
    for name in ["Word", "OneDrive", "SharePoint", "Dynamics 365"] {
        assert!(
            tiles(&ben.page).contains(&name.to_owned()),
            "{name}: {}",
            ben.page
        );
        let link = format!(">{name}</a>");
        assert!(ben.page.contains(&link), "the launcher has {name}");
    }
    assert!(!tiles(&ben.page).contains(&"Admin".to_owned()), "{}", ben.page);
    ben.follow("Word").await;
    assert!(ben.page.contains("plays no Office application"), "{}", ben.page);
    ben.follow("Dynamics 365").await;
    assert!(
        ben.at.contains(HOME) && ben.page.contains("My apps"),
        "{}: {}",
        ben.at,
        ben.page
    );
    license(&app, Method::DELETE, "ben@contoso.com", "ENTERPRISEPACK").await;
    ben.visit(OFFICE, "/").await;
    assert_eq!(tiles(&ben.page), ["Dynamics 365"]);
    ben.visit(OFFICE, "/app/word").await;
    assert_eq!(ben.status, 404);
    app.stop().await;
}

#[tokio::test]
async fn administrators_see_the_admin_tile_and_who_has_no_license_sees_who_can_help() {
    testkit::rows!("003-14");
    let app = App::start().await;
    let admin = enter(&app, OFFICE, "/", "admin@contoso.onmicrosoft.com").await;
    assert!(tiles(&admin.page).contains(&"Admin".to_owned()), "{}", admin.page);
    assert!(
        admin
            .page
            .contains("href=\"https://admin.microsoft.com.localhost"),
        "{}",
        admin.page
    );
    let nora = enter(&app, OFFICE, "/", "nora@contoso.com").await;
    assert!(tiles(&nora.page).is_empty(), "{}", nora.page);
    for part in ["You have no license", "Adele Admin"] {
        assert!(nora.page.contains(part), "{part}: {}", nora.page);
    }
    app.stop().await;
}

#[tokio::test]
async fn the_home_page_opens_what_may_be_opened_and_says_why_the_rest_may_not() {
    testkit::rows!("003-18", "003-19");
    let app = App::start().await;
    let mut anna = enter(&app, HOME, "/", "anna@contoso.com").await;
    for part in [
        "Contoso Europe",
        "Contoso Laboratory",
        "/causes/user-not-in-security-group",
        "/causes/environment-admin-mode",
        "/causes/organization-disabled",
    ] {
        assert!(anna.page.contains(part), "{part}: {}", anna.page);
    }
    assert!(!anna.page.contains("Manage"), "{}", anna.page);
    let open = tiles(&anna.page).len();
    assert!(open >= 3, "{}", anna.page);
    anna.follow("Sales<span>Leads and opportunities</span>").await;
    assert!(
        anna.at.contains("/_pages/sales") && anna.status == 200,
        "{}: {}",
        anna.at,
        anna.page
    );
    anna.visit(HOME, "/?q=labs").await;
    assert!(
        anna.page.contains("Contoso Laboratory") && !anna.page.contains("Contoso Europe"),
        "{}",
        anna.page
    );
    anna.visit(HOME, "/?q=%3Cscript%3Enobody").await;
    assert!(
        anna.page.contains("No organization is called that") && !anna.page.contains("<script>no"),
        "{}",
        anna.page
    );
    let nora = enter(&app, HOME, "/", "nora@contoso.com").await;
    assert!(
        tiles(&nora.page).is_empty() && nora.page.contains("Who can help"),
        "{}",
        nora.page
    );
    let ben = enter(&app, HOME, "/", "ben@contoso.com").await;
    assert!(
        ben.page.contains("has not been assigned a security role"),
        "{}",
        ben.page
    );
    let admin = enter(&app, HOME, "/", "admin@contoso.onmicrosoft.com").await;
    assert!(admin.page.contains("Manage all organizations"), "{}", admin.page);
    assert!(admin.page.len() < 60_000);
    for cause in ["user-not-in-security-group", "user-no-security-role"] {
        assert_eq!(app.get(&format!("/causes/{cause}")).await.status, 200);
    }
    app.stop().await;
}

#[tokio::test]
async fn social_engagement_takes_licensed_work_accounts_by_either_name_and_no_microsoft_account() {
    testkit::rows!("003-02", "003-26", "003-28");
    let app = App::start().await;
    let anna = enter(&app, LISTENING, "/", "anna@contoso.com").await;
    assert!(
        anna.page
            .contains("You have no license for Microsoft Social Engagement"),
        "{}",
        anna.page
    );
    license(&app, Method::PUT, "anna@contoso.com", "NBENTERPRISE").await;
    let to = "/tenants/contoso.com/accounts/anna@contoso.com/address-mails";
    app.control(Method::POST, to, &json!({})).await;
    let found = "/tenants/contoso.com/mails?to=anna@contoso.com&kind=invitation";
    let mails = app.control(Method::GET, found, &Value::Null).await;
    let mail = mails["mails"][0]["id"].as_str().unwrap();
    let mail = app
        .control(
            Method::GET,
            &format!("/tenants/contoso.com/mails/{mail}"),
            &Value::Null,
        )
        .await;
    let mut anna = enter(&app, LISTENING, "/", "anna@contoso.com").await;
    anna.follow("Open the solution").await;
    assert!(
        anna.page.contains("You are in, <bdi>Anna Able</bdi>"),
        "{}",
        anna.page
    );
    let path = anna.at.split_once("/app/").unwrap().1.to_owned();
    assert!(
        path.ends_with('/')
            && path
                .trim_end_matches('/')
                .bytes()
                .all(|byte| byte.is_ascii_digit()),
        "{path}"
    );
    assert_eq!(mail["link"], app.url(LISTENING, &format!("/app/{path}")));
    let bare = format!("/app/{}", path.trim_end_matches('/'));
    let anna = enter(&app, LISTENING, &bare, "anna@contoso.onmicrosoft.com").await;
    assert!(
        anna.at.ends_with('/') && anna.page.contains("You are in"),
        "{}: {}",
        anna.at,
        anna.page
    );
    let ben = enter(&app, LISTENING, &format!("{bare}/"), "ben@contoso.com").await;
    assert_eq!(ben.status, 403, "{}", ben.page);
    let mut olaf = enter(
        &app,
        LISTENING,
        &format!("{bare}/"),
        "olaf@fabrikam.onmicrosoft.com",
    )
    .await;
    assert_eq!(olaf.status, 404, "{}", olaf.page);
    olaf.visit(LISTENING, "/").await;
    let account =
        json!({ "address": "ulf@outlook.com", "name": "Ulf Unwanted", "password": "Bright-Otter7" });
    app.control(Method::POST, "/microsoft-accounts", &account).await;
    let mut ulf = app.browser();
    ulf.visit(LISTENING, &format!("{bare}/")).await;
    ulf.sign_in("ulf@outlook.com", "Bright-Otter7").await;
    assert!(
        ulf.page.contains("AADSTS50020") && ulf.page.contains("live.com"),
        "{}: {}",
        ulf.at,
        ulf.page
    );
    app.stop().await;
}
