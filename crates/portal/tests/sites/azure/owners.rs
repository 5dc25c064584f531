//! Who owns a registration: they edit it without a role, hand it on, and leave.

use http::Method;
use serde_json::{Value, json};

use super::{AZURE, admin, at_azure, register};
use crate::support::{ADMIN, App};

const ANNA: &str = "anna@contoso.com";
const BEN: &str = "ben@contoso.com";

async fn owners(app: &App, id: &str) -> Vec<String> {
    let path = format!("/tenants/contoso.com/apps/{id}/owners");
    let all = app.control(Method::GET, &path, &Value::Null).await;
    let all = all["owners"].as_array().unwrap().iter();
    all.map(|one| one["upn"].as_str().unwrap_or("nobody").to_owned())
        .collect()
}

#[tokio::test]
async fn an_owner_without_a_role_edits_hands_on_and_leaves() {
    let app = App::start().await;
    let mut anna = at_azure(&app, ANNA, "/").await;
    let id = register(&mut anna, "Anna's app", "AzureADMyOrg").await;
    let path = format!("/apps/{id}/owners");
    let mut ben = at_azure(&app, BEN, "/").await;
    ben.visit(AZURE, &path).await;
    assert_eq!(ben.status, 403);
    // Who can be asked: she who owns it, and the administrators.
    for person in ["Anna Able", "Adele Admin"] {
        assert!(ben.page.contains(person), "{person}: {}", ben.page);
    }
    assert_eq!(
        ben.forged(&path, &format!("do=add&account={BEN}")).await,
        403,
        "{}",
        ben.page
    );
    anna.follow("Owners").await;
    assert!(anna.page.contains("Two owners are safer"), "{}", anna.page);
    anna.press("Add owner", &[("account", "nobody@contoso.com")])
        .await;
    assert!(
        anna.status == 404 && anna.page.contains("value=\"nobody@contoso.com\""),
        "{}",
        anna.page
    );
    anna.press("Add owner", &[("account", BEN)]).await;
    assert_eq!(owners(&app, &id).await.len(), 2);
    ben.visit(AZURE, &format!("/apps/{id}/branding")).await;
    ben.press("Save", &[("name", "Ben's app")]).await;
    assert!(
        ben.page.contains("The properties were saved") && ben.page.contains("Ben&#39;s app"),
        "{}",
        ben.page
    );
    // She leaves, and may not look back.
    anna.visit(AZURE, &path).await;
    anna.press("Remove yourself", &[]).await;
    assert!(
        anna.at.ends_with("/apps") && anna.page.contains("anna@contoso.com no longer owns"),
        "{}: {}",
        anna.at,
        anna.page
    );
    assert!(!anna.page.contains("Nobody owns it now"), "{}", anna.page);
    anna.visit(AZURE, &path).await;
    assert_eq!(anna.status, 403);
    // So does the last one, which is said.
    ben.visit(AZURE, &path).await;
    ben.press("Remove yourself", &[]).await;
    assert!(ben.page.contains("Nobody owns it now"), "{}", ben.page);
    assert!(owners(&app, &id).await.is_empty());
    let mut audit = app
        .entered("admin.microsoft.com", ADMIN, "/audit?operation=Owner")
        .await;
    // The one that was refused stands there too.
    for words in ["4 entries", ANNA, BEN, "Ben&#39;s app / ben@contoso.com"] {
        assert!(audit.page.contains(words), "{words}: {}", audit.page);
    }
    audit
        .visit("admin.microsoft.com", "/audit?operation=changeApp")
        .await;
    assert!(audit.page.contains(BEN), "{}", audit.page);
    app.stop().await;
}

#[tokio::test]
async fn an_administrator_removes_an_owner_who_is_not_there_any_more() {
    let app = App::start().await;
    let mut admin = admin(&app).await;
    let id = register(&mut admin, "Orphan", "AzureADMyOrg").await;
    let gone = app.id(ANNA).await;
    let patch = json!({ "owners": [gone] });
    app.control(Method::PATCH, &format!("/tenants/contoso.com/apps/{id}"), &patch)
        .await;
    let removed = json!({ "amendment": "account-removed", "user": ANNA });
    app.control(Method::POST, "/tenants/contoso.com/amendments", &removed)
        .await;
    assert_eq!(owners(&app, &id).await, ["nobody"]);
    admin.visit(AZURE, &format!("/apps/{id}/owners")).await;
    admin.press(&format!("Remove <bdi>{gone}</bdi>"), &[]).await;
    assert!(
        admin.at.ends_with("/owners") && admin.page.contains("Nobody owns it now"),
        "{}",
        admin.page
    );
    // Nobody who is deleted becomes one.
    let ben = app.id(BEN).await;
    let deleted = json!({ "deleted": true });
    app.control(
        Method::PATCH,
        &format!("/tenants/contoso.com/accounts/{BEN}"),
        &deleted,
    )
    .await;
    admin.press("Add owner", &[("account", &ben)]).await;
    assert!(
        admin.status == 409 && admin.page.contains("is deleted, and would own nothing"),
        "{}",
        admin.page
    );
    assert!(owners(&app, &id).await.is_empty());
    app.stop().await;
}
