//! The Dynamics 365 admin center: organizations, their users, security roles and business units.

use crate::support::{ADMIN, App, PASSWORD};
use http::Method;
use serde_json::{Value, json};

const HOST: &str = "admin.powerplatform.microsoft.com";
const EUROPE: &str = "/organizations/54d35fdb-7c44-42c9-8bd3-4613a9daf889";
const FABRIKAM: &str = "/organizations/a25c6956-4aa7-433f-adf1-5637abf44f46";
const API: &str = "/tenants/contoso.com/organizations/contoso";

async fn user(app: &App, login: &str) -> Value {
    let users = app
        .control(Method::GET, &format!("{API}/users"), &Value::Null)
        .await;
    let users = users["users"].as_array().unwrap();
    let found = users.iter().find(|user| user["domain_name"] == login);
    found
        .unwrap_or_else(|| panic!("{login} is no user: {users:?}"))
        .clone()
}

#[tokio::test]
async fn organizations_are_listed_made_switched_and_deleted() {
    testkit::rows!("003-16");
    let app = App::start().await;
    let mut admin = app.entered(HOST, ADMIN, "/").await;
    for words in [
        "Contoso Europe",
        "Administration mode",
        "Disabled",
        "contoso-uk.crm11.dynamics.com",
    ] {
        assert!(admin.page.contains(words), "{words}: {}", admin.page);
    }
    assert!(!admin.page.contains("Fabrikam"), "{}", admin.page);
    admin.follow("<bdi>Contoso Europe</bdi>").await;
    admin.press("Disable", &[]).await;
    let read = || app.control(Method::GET, API, &Value::Null);
    assert_eq!(read().await["state"], "disabled");
    admin.press("Enable", &[]).await;
    admin
        .press("Turn on administration mode", &[("text", "Back at noon")])
        .await;
    assert!(admin.page.contains("Back at noon"), "{}", admin.page);
    let mut anna = app.browser();
    anna.visit("contoso.crm4.dynamics.com", "/").await;
    anna.sign_in("anna@contoso.com", PASSWORD).await;
    assert!(anna.page.contains("Back at noon"), "{}", anna.page);
    admin.press("Turn off administration mode", &[]).await;
    admin.press("Set the group", &[("group", "Laboratory")]).await;
    assert_eq!(read().await["security_group"], "Laboratory");
    admin.press("Remove the group", &[]).await;
    assert!(read().await["security_group"].is_null());
    admin.press("Convert to sandbox", &[]).await;
    assert_eq!(read().await["kind"], "sandbox");
    admin.visit(HOST, "/new").await;
    for (offered, suffix) in [
        (true, "crm5"),
        (true, "crm21"),
        (false, "crm10"),
        (false, "crm22"),
        (false, "crm24"),
    ] {
        let option = format!("<option value=\"{suffix}.dynamics.com\">");
        assert_eq!(admin.page.contains(&option), offered, "{suffix}: {}", admin.page);
    }
    let new = [
        ("name", "Contoso Asia"),
        ("label", "contoso-asia"),
        ("region", "crm5.dynamics.com"),
    ];
    admin
        .press(
            "Create",
            &[("name", "Bad"), ("label", "a.b"), ("region", "crm5.dynamics.com")],
        )
        .await;
    assert_eq!(admin.status, 400, "{}", admin.page);
    let ring = [
        ("name", "Ring"),
        ("label", "ring"),
        ("region", "crm10.dynamics.com"),
    ];
    admin.press("Create", &ring).await;
    assert_eq!(admin.status, 400, "{}", admin.page);
    admin.press("Create", &new).await;
    assert!(
        admin.page.contains("contoso-asia.crm5.dynamics.com"),
        "{}",
        admin.page
    );
    admin
        .press("Delete the organization", &[("sure", "contoso")])
        .await;
    assert_eq!(admin.status, 400, "{}", admin.page);
    let unique = admin.page.split("Unique name</dt><dd><code>").nth(1).unwrap();
    let unique = unique.split('<').next().unwrap().to_owned();
    admin.press("Delete the organization", &[("sure", &unique)]).await;
    assert!(
        admin.page.contains("was deleted with everything in it"),
        "{}",
        admin.page
    );
    app.stop().await;
}

#[tokio::test]
async fn a_security_role_is_given_by_those_who_may_and_others_are_told_who_may() {
    testkit::rows!("003-30");
    let app = App::start().await;
    let ben = user(&app, "ben@contoso.com").await;
    let page = format!("{EUROPE}/users/{}", ben["id"].as_str().unwrap());
    let mut anna = app.entered(HOST, "anna@contoso.com", &page).await;
    assert_eq!(anna.status, 403, "{}", anna.page);
    assert!(anna.page.contains("Adele Admin"), "{}", anna.page);
    assert_eq!(anna.forged(&page, "do=disable").await, 403);
    let mut admin = app.entered(HOST, ADMIN, &page).await;
    assert!(
        admin
            .page
            .contains("Without a security role nobody can work here"),
        "{}",
        admin.page
    );
    let role = admin
        .page
        .split("value=\"")
        .find(|part| part.contains(">Basic User</option>"));
    let role = role.unwrap().split('"').next().unwrap().to_owned();
    admin.press("Give role", &[("role", &role)]).await;
    assert_eq!(
        user(&app, "ben@contoso.com").await["roles"],
        json!(["Basic User"])
    );
    admin.press("Remove Basic User", &[]).await;
    assert_eq!(user(&app, "ben@contoso.com").await["roles"], json!([]));
    // Somebody the organization itself made its administrator may, without a role of the directory.
    app.control(
        Method::PUT,
        &format!("{API}/users/anna@contoso.com/roles/System%20Administrator"),
        &Value::Null,
    )
    .await;
    anna.visit(HOST, &page).await;
    anna.press("Give role", &[("role", &role)]).await;
    assert_eq!(
        user(&app, "ben@contoso.com").await["roles"],
        json!(["Basic User"])
    );
    // There, and nowhere else.
    anna.visit(HOST, "/").await;
    assert!(
        anna.page.contains("Contoso Europe") && !anna.page.contains("Laboratory"),
        "{}",
        anna.page
    );
    anna.visit(HOST, "/organizations/bf79665e-f461-429c-b46c-1df8a924b9fd")
        .await;
    assert_eq!(anna.status, 403, "{}", anna.page);
    anna.visit(HOST, "/new").await;
    assert_eq!(anna.status, 403, "{}", anna.page);
    anna.visit(HOST, EUROPE).await;
    assert_eq!(anna.forged(EUROPE, "do=delete&sure=contoso").await, 403);
    let audit = app
        .control(
            Method::GET,
            "/tenants/contoso.com/audit?operation=giveRole&actor=anna@contoso.com",
            &Value::Null,
        )
        .await;
    assert_eq!(audit["entries"].as_array().unwrap().len(), 1, "{audit}");
    app.stop().await;
}

#[tokio::test]
async fn users_and_programs_are_added_switched_and_moved() {
    let app = App::start().await;
    let mut admin = app.entered(HOST, ADMIN, &format!("{EUROPE}/users")).await;
    admin
        .press("Add", &[("who", "dora@contoso.com"), ("role", "Basic User")])
        .await;
    assert!(
        admin.page.contains("is a user of the organization now"),
        "{}",
        admin.page
    );
    admin.press("Disable the user", &[]).await;
    assert_eq!(user(&app, "dora@contoso.com").await["disabled"], "administrator");
    admin.press("Enable the user", &[]).await;
    admin.press("Change access mode", &[("mode", "2")]).await;
    assert_eq!(user(&app, "dora@contoso.com").await["access_mode"], "read");
    let page = admin.at.clone();
    admin.visit(HOST, &format!("{EUROPE}/units")).await;
    admin.press("Add business unit", &[("name", "North")]).await;
    admin.press("Add business unit", &[("name", "north")]).await;
    assert_eq!(admin.status, 409, "{}", admin.page);
    admin.press("Disable North", &[]).await;
    admin.press("Enable North", &[]).await;
    admin.open(&page).await;
    let unit = admin
        .page
        .split("value=\"")
        .find(|part| part.contains(">North</option>"));
    let unit = unit.unwrap().split('"').next().unwrap().to_owned();
    admin.press("Move", &[("unit", &unit)]).await;
    assert!(admin.page.contains("without any security role"), "{}", admin.page);
    assert_eq!(user(&app, "dora@contoso.com").await["roles"], json!([]));
    admin.visit(HOST, &format!("{EUROPE}/applications")).await;
    assert!(admin.page.contains("Contoso Connector"), "{}", admin.page);
    let desktop = "cfad0e7f-1fd4-46e4-bdb5-1dfc9f6f0548";
    admin
        .press("Add", &[("who", desktop), ("role", "Basic User")])
        .await;
    assert!(admin.page.contains("Contoso Desktop"), "{}", admin.page);
    admin.visit(HOST, &format!("{EUROPE}/users")).await;
    admin.press("Add", &[("who", "nobody@contoso.com")]).await;
    assert_eq!(admin.status, 400, "{}", admin.page);
    assert!(
        admin.page.contains("value=\"nobody@contoso.com\""),
        "{}",
        admin.page
    );
    app.stop().await;
}

#[tokio::test]
async fn a_privilege_is_taken_and_given() {
    let app = App::start().await;
    let mut admin = app.entered(HOST, ADMIN, &format!("{EUROPE}/roles")).await;
    admin.follow("<bdi>Basic User</bdi>").await;
    assert!(admin.page.contains("prvReadUser"), "{}", admin.page);
    admin
        .press("Take privilege away", &[("privilege", "prvReadUser")])
        .await;
    admin
        .press("Take privilege away", &[("privilege", "prvReadUser")])
        .await;
    assert_eq!(admin.status, 409, "{}", admin.page);
    admin
        .press(
            "Give privilege",
            &[("privilege", "prvReadUser"), ("depth", "Local")],
        )
        .await;
    let changed = admin.at.clone();
    let unit = json!({ "name": "North" });
    app.control(Method::POST, &format!("{API}/units"), &unit).await;
    let roles = app
        .control(Method::GET, &format!("{API}/roles"), &Value::Null)
        .await;
    let both: Vec<_> = roles["roles"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|role| role["name"] == "Basic User")
        .collect();
    assert_eq!(both.len(), 2);
    assert!(
        both.iter()
            .all(|role| role["privileges"]["prvReadUser"] == "local")
    );
    // The copy of North leads to what it is a copy of, and is not changed by itself.
    let copy = both
        .iter()
        .find(|role| !changed.contains(role["id"].as_str().unwrap()));
    let copy = format!("{EUROPE}/roles/{}", copy.unwrap()["id"].as_str().unwrap());
    admin.visit(HOST, &copy).await;
    assert!(!admin.page.contains("Take privilege away"), "{}", admin.page);
    admin.follow("change that one").await;
    assert!(admin.page.contains("Take privilege away"), "{}", admin.page);
    app.stop().await;
}

#[tokio::test]
async fn a_security_role_is_copied_named_and_deleted() {
    let app = App::start().await;
    let mut admin = app.entered(HOST, ADMIN, &format!("{EUROPE}/roles")).await;
    admin
        .press("Create security role", &[("name", "basic user"), ("copy", "")])
        .await;
    assert!(
        admin.status == 409 && admin.page.contains("value=\"basic user\""),
        "{}",
        admin.page
    );
    admin
        .press(
            "Create security role",
            &[("name", "Reader"), ("copy", "Basic User")],
        )
        .await;
    assert!(
        admin
            .page
            .contains("The security role Reader was made, with the privileges of the other."),
        "{}",
        admin.page
    );
    let page = admin.at.clone();
    admin.press("Rename", &[("name", "Sales Reader")]).await;
    assert!(
        admin.page.contains("Security role <bdi>Sales Reader"),
        "{}",
        admin.page
    );
    let held = format!("{API}/users/ben@contoso.com/roles/Sales%20Reader");
    app.control(Method::PUT, &held, &Value::Null).await;
    admin.press("Delete security role", &[]).await;
    assert!(
        admin.status == 409 && admin.page.contains("ben@contoso.com has it"),
        "{}",
        admin.page
    );
    app.control(Method::DELETE, &held, &Value::Null).await;
    admin.open(&page).await;
    admin.press("Delete security role", &[]).await;
    assert!(
        admin.page.contains("The security role Sales Reader was deleted")
            && !admin.page.contains("<bdi>Sales Reader"),
        "{}",
        admin.page
    );
    admin.follow("<bdi>System Administrator</bdi>").await;
    assert!(
        admin
            .page
            .contains("it can be copied, and neither changed nor deleted")
            && !admin.page.contains("Delete security role"),
        "{}",
        admin.page
    );
    app.stop().await;
}

#[tokio::test]
async fn session_settings_are_there_under_the_newer_rule_alone() {
    testkit::rows!("003-36");
    let app = App::start().await;
    let mut admin = app.entered(HOST, ADMIN, EUROPE).await;
    assert!(!admin.page.contains("Save session settings"), "{}", admin.page);
    let typed = "do=sessions&length=600&warning=30&inactivity=";
    assert_eq!(admin.forged(EUROPE, typed).await, 409);
    app.control(Method::PATCH, API, &json!({ "session_rule": "configurable" }))
        .await;
    admin.visit(HOST, EUROPE).await;
    let short = [("length", "10"), ("warning", "5"), ("inactivity", "")];
    admin.press("Save session settings", &short).await;
    assert_eq!(admin.status, 400, "{}", admin.page);
    assert!(
        admin.page.contains("name=\"length\" value=\"10\""),
        "what was typed stays: {}",
        admin.page
    );
    let fine = [("length", "600"), ("warning", "30"), ("inactivity", "45")];
    admin.press("Save session settings", &fine).await;
    let read = app.control(Method::GET, API, &Value::Null).await;
    assert_eq!(
        read["sessions"],
        json!({ "length_minutes": 600, "warning_minutes": 30, "inactivity_minutes": 45 })
    );
    app.stop().await;
}

#[tokio::test]
async fn another_tenants_organization_is_neither_seen_nor_changed() {
    let app = App::start().await;
    let mut admin = app.entered(HOST, ADMIN, EUROPE).await;
    for tail in ["", "/users", "/applications", "/roles", "/units"] {
        admin.visit(HOST, &format!("{FABRIKAM}{tail}")).await;
        assert_eq!(admin.status, 404, "{tail}: {}", admin.page);
    }
    admin.visit(HOST, EUROPE).await;
    for (tail, body) in [
        ("", "do=disable"),
        ("", "do=delete&sure=fabrikam"),
        ("/users", "who=anna%40contoso.com&role=System+Administrator"),
        ("/units", "do=add&name=Evil"),
    ] {
        assert_eq!(
            admin.forged(&format!("{FABRIKAM}{tail}"), body).await,
            404,
            "{tail} {body}"
        );
    }
    // A role or a user of another organization is none of this one's.
    let labs = "/tenants/contoso.com/organizations/contosolabs";
    let roles = app
        .control(Method::GET, &format!("{labs}/roles"), &Value::Null)
        .await;
    let role = roles["roles"][0]["id"].as_str().unwrap();
    let ben = user(&app, "ben@contoso.com").await["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let page = format!("{EUROPE}/users/{ben}");
    assert_eq!(admin.forged(&page, &format!("do=give&role={role}")).await, 400);
    assert_eq!(
        admin
            .forged(&format!("{EUROPE}/roles/{role}"), "do=take&privilege=prvReadUser")
            .await,
        404
    );
    let theirs = app
        .control(
            Method::GET,
            "/tenants/fabrikam.onmicrosoft.com/organizations/fabrikam",
            &Value::Null,
        )
        .await;
    assert_eq!(theirs["state"], "enabled", "{theirs}");
    app.stop().await;
}

#[tokio::test]
async fn a_name_is_never_markup() {
    let app = App::start().await;
    let name = "<script>alert(1)</script>\u{202e}\"'><img src=x>";
    app.control(
        Method::PATCH,
        API,
        &json!({ "name": name, "admin_mode": true, "admin_mode_text": name }),
    )
    .await;
    app.control(Method::POST, &format!("{API}/units"), &json!({ "name": name }))
        .await;
    let path = "/tenants/contoso.com/accounts";
    app.control(
        Method::POST,
        path,
        &json!({ "upn": "xss@contoso.com", "name": name }),
    )
    .await;
    app.control(
        Method::POST,
        &format!("{API}/users"),
        &json!({ "upn": "xss@contoso.com" }),
    )
    .await;
    let mut admin = app.entered(HOST, ADMIN, "/").await;
    let one = format!(
        "{EUROPE}/users/{}",
        user(&app, "xss@contoso.com").await["id"].as_str().unwrap()
    );
    let pages = ["", "/users", "/applications", "/roles", "/units"].map(|tail| format!("{EUROPE}{tail}"));
    for page in pages.iter().chain([&one, &"/".to_owned()]) {
        admin.visit(HOST, page).await;
        assert_eq!(admin.status, 200, "{page}: {}", admin.page);
        assert!(admin.page.len() < 60_000, "{page}: {} bytes", admin.page.len());
        assert_eq!(admin.page.matches("<h1>").count(), 1, "{page}");
        for markup in ["<script>alert", "<img", "\u{202e}"] {
            assert!(
                !admin.page.contains(markup),
                "{page} shows {markup}: {}",
                admin.page
            );
        }
    }
    app.stop().await;
}
