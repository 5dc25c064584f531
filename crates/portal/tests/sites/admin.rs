//! The Office 365 Admin Center, as an administrator uses it.

use crate::support::{ADMIN, App, PASSWORD};
use http::Method;
use serde_json::{Value, json};

const HOST: &str = "admin.microsoft.com";
const CONTOSO: &str = "/tenants/contoso.com";
/// Where Microsoft accounts live.
const CONSUMERS: &str = "9188040d-6c67-4c5b-b112-36a304b66dad";

#[tokio::test]
async fn an_administrator_finds_health_people_and_licenses() {
    testkit::rows!("003-14", "003-15", "003-16");
    let app = App::start().await;
    let mut admin = app.entered(HOST, ADMIN, "/").await;
    assert_eq!(admin.status, 200, "{}", admin.page);
    for words in [
        "Service health",
        "Users",
        "Licenses",
        "Some users see an old picture of themselves",
    ] {
        assert!(admin.page.contains(words), "{words}: {}", admin.page);
    }
    for page in [
        "/users",
        "/users/new",
        "/users/invite",
        "/groups",
        "/groups/Sales",
        "/licenses",
        "/domains",
        "/password-reset",
        "/settings",
        "/health",
        "/audit",
        "/sign-ins",
        "/admin-centers",
    ] {
        admin.visit(HOST, page).await;
        assert_eq!(admin.status, 200, "{page}: {}", admin.page);
        assert_eq!(admin.page.matches("<h1>").count(), 1, "{page}");
        assert!(admin.page.len() < 60_000, "{page}: {} bytes", admin.page.len());
    }
    let centers = app.url("admin.powerplatform.microsoft.com", "/");
    assert!(
        admin
            .page
            .contains(&format!("<a href=\"{centers}\">Dynamics 365</a>")),
        "{}",
        admin.page
    );
    admin.open(&centers).await;
    assert!(admin.page.contains("Contoso Europe"), "{}", admin.page);
    app.stop().await;
}

#[tokio::test]
async fn a_reset_shows_a_password_once_mails_it_and_demands_a_new_one() {
    testkit::rows!("003-07", "003-09");
    let app = App::start().await;
    let mut admin = app.entered(HOST, ADMIN, "/").await;
    admin.visit(HOST, "/users?q=anna").await;
    admin.follow("<bdi>Anna Able</bdi>").await;
    assert!(
        admin.page.contains("anna@contoso.com") && admin.page.contains("anna@contoso.onmicrosoft.com"),
        "both forms of her name: {}",
        admin.page
    );
    admin.press("Reset password", &[]).await;
    let shown = admin.page.split("class=\"once\">").nth(1).unwrap();
    let password = crate::support::unescaped(shown.split('<').next().unwrap());
    admin.follow("Back to the user").await;
    assert!(!admin.page.contains(&password), "it is shown once");
    let mails = app
        .control(
            Method::GET,
            &format!("{CONTOSO}/mails?to=anna@contoso.com"),
            &Value::Null,
        )
        .await;
    assert_eq!(mails["mails"].as_array().unwrap().len(), 1, "{mails}");
    let mut anna = app.browser();
    anna.visit("portal.office.com", "/").await;
    anna.sign_in("anna@contoso.com", &password).await;
    assert!(
        anna.page.contains("name=\"newpasswd\"") || anna.page.contains("new password"),
        "{}",
        anna.page
    );
    // Who did what to whom, by name; and no password in it.
    admin
        .visit(HOST, "/audit?actor=admin&operation=resetPassword")
        .await;
    assert!(
        admin.page.contains(ADMIN) && admin.page.contains("anna@contoso.com"),
        "{}",
        admin.page
    );
    assert!(!admin.page.contains(&password));
    app.stop().await;
}

#[tokio::test]
async fn an_administrator_who_turns_on_security_defaults_is_not_locked_out() {
    let app = App::start().await;
    let mut admin = app.entered(HOST, ADMIN, "/settings").await;
    let warned = "Administrators without a second factor: <bdi>Adele Admin";
    assert!(admin.page.contains(warned), "{}", admin.page);
    let fields = [("consent", "allowed"), ("defaults", "on")];
    admin.press("Save", &fields).await;
    assert!(admin.page.contains("The settings were saved"), "{}", admin.page);
    let mut again = app.browser();
    again.visit(HOST, "/settings").await;
    again.sign_in(ADMIN, PASSWORD).await;
    assert!(again.page.contains("More information required"), "{}", again.page);
    let account = format!("/tenants/contoso.com/accounts/{ADMIN}/authenticator");
    app.control(Method::PUT, &account, &Value::Null).await;
    admin.visit(HOST, "/settings").await;
    assert!(!admin.page.contains(warned), "{}", admin.page);
    app.stop().await;
}

#[tokio::test]
async fn people_are_blocked_licensed_grouped_given_roles_renamed_deleted_and_restored() {
    let app = App::start().await;
    let mut admin = app.entered(HOST, ADMIN, "/").await;
    let ben = format!("/users/{}", app.id("ben@contoso.com").await);
    admin.visit(HOST, &ben).await;
    admin.press("Block sign-in", &[]).await;
    assert!(admin.page.contains("can no longer sign in"), "{}", admin.page);
    assert_eq!(app.account("ben@contoso.com").await["enabled"], false);
    admin.press("Unblock sign-in", &[]).await;
    admin
        .press("Assign license", &[("license", "ENTERPRISEPACK")])
        .await;
    assert!(admin.page.contains("Office 365 E3"), "{}", admin.page);
    admin.press("Remove Office 365 E3", &[]).await;
    admin.press("Add to group", &[("group", "Laboratory")]).await;
    admin.press("Assign role", &[("role", "4")]).await;
    admin.press("Ask for a second factor", &[]).await;
    assert!(admin.page.contains("asked for at each sign-in"), "{}", admin.page);
    admin.press("Stop asking for a second factor", &[]).await;
    admin.press("Register an authenticator", &[]).await;
    assert!(admin.page.contains("otpauth://totp/"), "{}", admin.page);
    admin.visit(HOST, &ben).await;
    admin.press("Remove the second factor", &[]).await;
    admin.press("Sign out of all sessions", &[]).await;
    let known = app.account("ben@contoso.com").await;
    assert_eq!(known["groups"], json!(["Laboratory"]));
    assert_eq!(known["roles"], json!(["password-administrator"]));
    assert!(!known["licenses"].to_string().contains("ENTERPRISEPACK"));
    assert!(known["tokens_valid_from"].is_number(), "{known}");
    admin.press("Remove Password Administrator", &[]).await;
    admin
        .press(
            "Save names",
            &[("name", "Ben Bold"), ("aliases", "bold@contoso.com")],
        )
        .await;
    assert!(admin.page.contains("Ben Bold"), "{}", admin.page);
    admin.press("Delete the user", &[]).await;
    assert!(admin.at.ends_with("/users"), "{}", admin.at);
    admin.visit(HOST, "/users?state=deleted&q=ben").await;
    admin.follow("<bdi>Ben Bold</bdi>").await;
    admin.press("Erase for good", &[]).await;
    assert_eq!(admin.status, 400, "{}", admin.page);
    admin.press("Restore the user", &[]).await;
    assert_eq!(app.account("bold@contoso.com").await["deleted"], false);
    app.stop().await;
}

#[tokio::test]
async fn a_password_that_is_kept_elsewhere_is_not_offered_to_be_reset() {
    testkit::rows!("003-27");
    let app = App::start().await;
    let mut admin = app.entered(HOST, ADMIN, "/").await;
    let offers = ["Reset password</button>", "Register an authenticator</button>"];
    let accounts = app
        .control(Method::GET, &format!("{CONTOSO}/accounts"), &Value::Null)
        .await;
    let accounts = accounts["accounts"].as_array().unwrap();
    let guest = |personal: bool| {
        let is_of = |one: &&Value| {
            let kind = one["kind"].to_string();
            kind.contains("guest") && kind.contains(CONSUMERS) == personal
        };
        accounts.iter().find(is_of).unwrap()["id"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    let federated = json!({ "name": "federated.example", "kind": { "federated": { "sts": "sts.example" } } });
    app.control(Method::POST, &format!("{CONTOSO}/domains"), &federated)
        .await;
    let fay = json!({ "upn": "fay@federated.example", "name": "Fay" });
    let fay = app
        .control(Method::POST, &format!("{CONTOSO}/accounts"), &fay)
        .await;
    // Whether a password can be reset, and an authenticator registered: a guest's factor is of this tenant.
    for (id, offered, says) in [
        (
            app.id("anna@contoso.com").await,
            [true, true],
            "A reset makes a temporary password",
        ),
        (guest(true), [false, true], "at account.live.com"),
        (
            guest(false),
            [false, true],
            "The guest’s own organization keeps the password",
        ),
        (
            fay["id"].as_str().unwrap().to_owned(),
            [false, false],
            "The federation server of federated.example",
        ),
    ] {
        admin.visit(HOST, &format!("/users/{id}")).await;
        for (button, offered) in offers.into_iter().zip(offered) {
            assert_eq!(admin.page.contains(button), offered, "{button}: {}", admin.page);
        }
        assert!(admin.page.contains(says), "{says}: {}", admin.page);
    }
    app.stop().await;
}

#[tokio::test]
async fn somebody_locked_out_is_let_in_again() {
    let app = App::start().await;
    let mut ida = app.browser();
    for at in 0..10 {
        ida.visit("portal.office.com", "/").await;
        ida.sign_in("ida@contoso.com", &format!("wrong-{at}")).await;
    }
    let mut admin = app.entered(HOST, ADMIN, "/").await;
    admin.visit(HOST, "/users?state=locked").await;
    admin.follow("<bdi>Ida Impatient</bdi>").await;
    admin.press("Unlock", &[]).await;
    assert_eq!(app.account("ida@contoso.com").await["lockout"]["failures"], 0);
    // The log says what happened to her, with the code, the cause and the application.
    admin.visit(HOST, "/sign-ins?who=ida&result=failure").await;
    assert!(
        admin.page.contains("AADSTS50126")
            && admin.page.contains("/causes/")
            && admin.page.contains("Office 365"),
        "{}",
        admin.page
    );
    admin.visit(HOST, "/sign-ins?code=AADSTS50053").await;
    assert!(admin.page.contains("/causes/account-locked"), "{}", admin.page);
    admin
        .visit(HOST, "/sign-ins?who=admin&result=success&app=admin+center")
        .await;
    assert!(admin.page.contains("Office 365 Admin Center"), "{}", admin.page);
    app.stop().await;
}

#[tokio::test]
async fn a_new_user_comes_in_with_the_temporary_password_and_a_guest_by_mail() {
    testkit::rows!("003-21");
    let app = App::start().await;
    let mut admin = app.entered(HOST, ADMIN, "/").await;
    admin.visit(HOST, "/users/new").await;
    admin
        .press(
            "Add",
            &[
                ("name", "Nina New"),
                ("local", "nina@"),
                ("domain", "contoso.com"),
            ],
        )
        .await;
    assert_eq!(admin.status, 400, "{}", admin.page);
    assert!(
        admin.page.contains("value=\"Nina New\""),
        "what was typed stays: {}",
        admin.page
    );
    admin
        .press(
            "Add",
            &[
                ("local", "nina"),
                ("domain", "contoso.com"),
                ("license.DYN365", "yes"),
                ("contact", "nina@outlook.com"),
            ],
        )
        .await;
    assert!(admin.page.contains("Temporary password"), "{}", admin.page);
    let nina = app.account("nina@contoso.com").await;
    assert_eq!(nina["password"]["must_change"], true);
    assert_eq!(nina["licenses"], json!(["DYN365"]));
    admin.visit(HOST, "/users/new").await;
    admin
        .press(
            "Add",
            &[("name", "Again"), ("local", "nina"), ("domain", "contoso.com")],
        )
        .await;
    assert_eq!(admin.status, 409, "{}", admin.page);
    // Nobody is made at somebody else's domain.
    admin
        .press(
            "Add",
            &[("local", "evil"), ("domain", "fabrikam.onmicrosoft.com")],
        )
        .await;
    assert_eq!(admin.status, 400, "{}", admin.page);
    admin.visit(HOST, "/users/invite").await;
    admin
        .press(
            "Invite",
            &[
                ("address", "sven@hotmail.com"),
                ("name", "Sven"),
                ("organization", "contoso"),
            ],
        )
        .await;
    assert!(
        admin.page.contains("An invitation was sent to sven@hotmail.com"),
        "{}",
        admin.page
    );
    let mails = app
        .control(
            Method::GET,
            &format!("{CONTOSO}/mails?to=sven@hotmail.com"),
            &Value::Null,
        )
        .await;
    assert!(mails.to_string().contains("contoso.crm4.dynamics.com"), "{mails}");
    app.stop().await;
}

#[tokio::test]
async fn domains_settings_and_incidents_are_kept() {
    testkit::rows!("003-03");
    let app = App::start().await;
    let mut admin = app.entered(HOST, ADMIN, "/").await;
    admin.visit(HOST, "/domains").await;
    admin
        .press("Add domain", &[("name", "fourthcoffee.example")])
        .await;
    admin
        .press("Make default", &[("domain", "fourthcoffee.example")])
        .await;
    admin
        .press(
            "Make federated",
            &[
                ("domain", "fourthcoffee.example"),
                ("sts", "sts.fourthcoffee.example"),
            ],
        )
        .await;
    assert!(
        admin.page.contains("Federated: sts.fourthcoffee.example"),
        "{}",
        admin.page
    );
    admin
        .press("Make managed", &[("domain", "fourthcoffee.example")])
        .await;
    admin.press("Remove domain", &[("domain", "contoso.com")]).await;
    assert_eq!(admin.status, 409, "{}", admin.page);
    admin
        .press("Remove domain", &[("domain", "fourthcoffee.example")])
        .await;
    assert_eq!(admin.status, 200, "{}", admin.page);
    admin.visit(HOST, "/password-reset").await;
    admin.press("Save", &[("self_service", "on")]).await;
    admin.visit(HOST, "/settings").await;
    admin.press("Save", &[("consent", "admin-only")]).await;
    let settings = app
        .control(Method::GET, &format!("{CONTOSO}/settings"), &Value::Null)
        .await;
    assert_eq!(settings["self_service_reset"], true);
    assert_eq!(settings["user_consent"], "admin-only");
    admin.visit(HOST, "/health").await;
    let incident = [
        ("service", "Dynamics 365"),
        ("title", "Slow <b>sign-in</b>"),
        ("message", "We look into it."),
    ];
    admin.press("Report the incident", &incident).await;
    assert!(admin.page.contains("Slow &#60;b&#62;sign-in"), "{}", admin.page);
    admin.visit(HOST, "/").await;
    assert!(admin.page.contains("Slow &#60;b&#62;sign-in"), "{}", admin.page);
    admin.visit(HOST, "/health").await;
    admin
        .press(
            "Add to its history",
            &[("message", "It is a disk."), ("state", "restoring-service")],
        )
        .await;
    admin.press("Resolve", &[]).await;
    let incidents = app
        .control(Method::GET, &format!("{CONTOSO}/incidents"), &Value::Null)
        .await;
    let slow = &incidents["incidents"][0];
    assert_eq!(
        (slow["state"].as_str(), slow["messages"].as_array().map(Vec::len)),
        (Some("service-restored"), Some(3)),
        "{slow}"
    );
    app.stop().await;
}

#[tokio::test]
async fn long_lists_come_in_pages() {
    let app = App::start().await;
    for at in 0..60 {
        let body = json!({ "upn": format!("many{at}@contoso.com"), "name": format!("Many {at:02}") });
        app.control(Method::POST, &format!("{CONTOSO}/accounts"), &body)
            .await;
    }
    let mut admin = app.entered(HOST, ADMIN, "/").await;
    admin.visit(HOST, "/users?q=many").await;
    assert!(
        admin.page.contains("Page 1 of 2") && !admin.page.contains("Many 55"),
        "{}",
        admin.page
    );
    admin.follow("Next page").await;
    assert!(
        admin.page.contains("Many 55") && admin.at.contains("q=many"),
        "{}",
        admin.at
    );
    admin.visit(HOST, "/audit").await;
    assert!(
        admin.page.contains("control API") && admin.page.contains("Page 1 of 2"),
        "{}",
        admin.page
    );
    assert!(admin.page.len() < 60_000, "{}", admin.page.len());
    app.stop().await;
}
