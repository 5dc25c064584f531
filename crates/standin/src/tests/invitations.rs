//! Invitations, by the control API: for who has an account elsewhere, and for who is still to make one.

use serde_json::json;

use super::{
    World,
    people::{next, token},
};

#[tokio::test]
async fn an_invitation_is_accepted_with_the_invited_address_only() {
    testkit::rows!("003-21");
    let world = World::demo().await;
    let id = world.contoso().await;
    let invite = json!({ "address": "sven@hotmail.com", "name": "Sven", "organization": "contoso" });
    let made = world.post(&format!("/tenants/{id}/invitations"), invite).await;
    assert_eq!(made.status, 201, "{}", made.text());
    assert_eq!(made.json()["invited_as"], "sven@hotmail.com");
    let mail = world.mail(&id, "sven@hotmail.com").await;
    let direct = format!("https://contoso.crm4.dynamics.com.localhost:{}/", world.port());
    assert!(mail["text"].as_str().unwrap().contains(&direct), "{mail}");
    let accept = async |address: &str| {
        let body = json!({ "token": token(&mail), "address": address });
        world.post("/invitations", body).await
    };
    let other = accept("rosa@outlook.com").await;
    assert!(
        next(&other).contains("sign in with the invited address"),
        "{}",
        other.text()
    );
    assert_eq!(
        accept("Sven@hotmail.com").await.json()["kind"]["guest"]["pending"],
        false
    );
    assert_eq!(accept("sven@hotmail.com").await.status, 410);
}

#[tokio::test]
async fn whoever_has_no_account_yet_is_invited_and_makes_one_to_accept() {
    testkit::rows!("003-25");
    let world = World::demo().await;
    let id = world.contoso().await;
    let address = "nina@example.org";
    let invite = json!({ "address": address, "name": "Nina", "organization": "contoso" });
    let made = world.post(&format!("/tenants/{id}/invitations"), invite).await;
    assert_eq!(made.status, 201, "{}", made.text());
    assert_eq!(made.json()["kind"]["guest"]["pending"], true);
    let mail = world.mail(&id, address).await;
    let says = mail["text"].as_str().unwrap();
    assert!(says.contains("you can make one on the way"), "{says}");
    let read = async || {
        let body = json!({ "token": token(&mail) });
        world.post("/invitations/link", body).await.json()["sign_up"].clone()
    };
    assert_eq!(read().await, true);
    let accept = async || {
        let body = json!({ "token": token(&mail), "address": address });
        world.post("/invitations", body).await
    };
    let early = accept().await;
    assert_eq!(early.status, 409);
    assert!(early.text().contains("make it first"), "{}", early.text());
    let sign_up = json!({ "address": address, "name": "Nina", "password": "Bright-Otter7" });
    assert_eq!(world.post("/microsoft-accounts", sign_up).await.status, 201);
    assert_eq!(read().await, false);
    let accepted = accept().await.json();
    assert_eq!(accepted["kind"]["guest"]["pending"], false, "{accepted}");
    // An organization's people sign up nowhere.
    let work = json!({ "address": "nobody@fabrikam.onmicrosoft.com", "name": "N" });
    world.post(&format!("/tenants/{id}/invitations"), work).await;
    let mail = world.mail(&id, "nobody@fabrikam.onmicrosoft.com").await;
    let body = json!({ "token": token(&mail) });
    assert_eq!(
        world.post("/invitations/link", body).await.json()["sign_up"],
        false
    );
    // Its own need no invitation.
    let own = json!({ "address": "anna@contoso.com", "name": "Anna" });
    let refused = world.post(&format!("/tenants/{id}/invitations"), own).await;
    assert_eq!(refused.status, 409, "{}", refused.text());
}
