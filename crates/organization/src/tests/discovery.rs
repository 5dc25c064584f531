use http::Method;
use serde_json::json;
use types::Form;

use super::world::{
    ADMIN, ANNA, BEN, CONNECTOR, CORA, DISCOVERY, DORA, HOST, NOBODY, ORG, TENANT, UNA, World, id,
};
use crate::{AccessMode, OrganizationState, standing::DYNAMICS_PLAN};

const LIST: &str = "/api/discovery/v2.0/Instances";

async fn names(world: &World, who: u128) -> usize {
    let seen = world.discover(LIST).person(who).go().await.ok();
    seen.json()["value"].as_array().unwrap().len()
}

#[tokio::test]
async fn the_challenge_has_an_address_of_its_own() {
    let world = World::new().await;
    for path in ["/api/aad/challenge", LIST, "/api/discovery/v2.0/"] {
        let seen = world.discover(path).go().await;
        assert_eq!((seen.status(), seen.text().as_str()), (401, ""), "{path}");
        let challenge = seen.header("www-authenticate").unwrap();
        assert_eq!(
            challenge,
            "Bearer authorization_uri=https://login.microsoftonline.com/common/oauth2/authorize, resource_id=https://globaldisco.crm.dynamics.com/"
        );
    }
    let seen = world
        .discover(LIST)
        .at("globaldisco.crm.microsoftdynamics.us")
        .go()
        .await;
    assert!(
        seen.header("www-authenticate")
            .unwrap()
            .contains("https://login.microsoftonline.us/common/")
    );
}

#[tokio::test]
async fn an_entry_has_what_the_official_client_needs() {
    let world = World::new().await;
    let seen = world.discover(LIST).person(ADMIN).go().await.ok();
    let json = seen.json();
    assert_eq!(
        json["@odata.context"],
        json!(format!(
            "https://{DISCOVERY}/api/discovery/v2.0/$metadata#Instances"
        ))
    );
    let entry = &json["value"][0];
    for (name, value) in [
        ("Id", json!(ORG)),
        ("TenantId", json!(TENANT)),
        ("UniqueName", json!("unq111")),
        ("UrlName", json!("contoso")),
        ("FriendlyName", json!("Contoso")),
        ("Url", json!("https://contoso.crm4.dynamics.com/")),
        ("ApiUrl", json!("https://contoso.api.crm4.dynamics.com")),
        ("Version", json!("9.2.24094.00196")),
        ("State", json!(0)),
        ("Region", json!("EMEA")),
        ("OrganizationType", json!(0)),
        ("TrialExpirationDate", json!("0001-01-01T00:00:00Z")),
        ("IsUserSysAdmin", json!(true)),
    ] {
        assert_eq!(entry[name], value, "{name}");
    }
    let seen = world
        .discover(LIST)
        .person(ANNA)
        .form(Form::Localhost { port: 8443 })
        .go()
        .await
        .ok();
    assert_eq!(
        seen.json()["value"][0]["Url"],
        json!("https://contoso.crm4.dynamics.com.localhost:8443/")
    );
    assert_eq!(
        seen.json()["value"][0]["ApiUrl"],
        json!("https://contoso.api.crm4.dynamics.com.localhost:8443")
    );
    assert_eq!(seen.json()["value"][0]["IsUserSysAdmin"], json!(false));
}

#[tokio::test]
async fn keys_and_filters() {
    let world = World::new().await;
    let ask = async |rest: &str| {
        let seen = world.discover(&format!("{LIST}{rest}")).person(ANNA).go().await;
        (seen.status(), seen.json()["value"].as_array().map(Vec::len))
    };
    let id = format!("({ORG})");
    for (rest, count) in [
        (id.as_str(), 1),
        ("(00000000-0000-0000-0000-000000000001)", 0),
        ("(UniqueName='unq111')", 1),
        ("(UniqueName='UNQ111')", 0),
        ("(Region='EMEA')", 1),
        ("(State=0)", 1),
        ("?$filter=UrlName%20eq%20'contoso'", 1),
        ("?$filter=UrlName+eq+'Contoso'", 0),
        ("?%24filter=contains(Url,'crm4')+and+not+(State+eq+1)", 1),
        (
            "?$filter=startswith(FriendlyName,'Con') or endswith(FriendlyName,'x')",
            1,
        ),
        ("?$filter=State lt 0", 0),
        ("?$select=UrlName,Url", 1),
    ] {
        assert_eq!(ask(rest).await, (200, Some(count)), "{rest}");
    }
    let seen = world
        .discover(&format!("{LIST}?$select=UrlName"))
        .person(ANNA)
        .go()
        .await
        .ok();
    assert_eq!(seen.json()["value"], json!([{"UrlName": "contoso"}]));
    assert_eq!(ask("?$top=1").await.0, 501);
    assert_eq!(ask("?$filter=Nosuch eq 1").await.0, 400);
    assert_eq!(ask("(Nosuch='x')").await.0, 400);
    assert_eq!(ask("?$select=Nosuch").await.0, 400);
}

#[tokio::test]
async fn who_is_left_out() {
    let world = World::new().await;
    for (who, count) in [(ADMIN, 1), (ANNA, 1), (BEN, 1), (CORA, 1), (UNA, 0), (DORA, 0)] {
        assert_eq!(names(&world, who).await, count, "{who:x}");
    }
    world
        .account(UNA, |account| {
            account.licenses.insert(DYNAMICS_PLAN.into());
        })
        .await;
    assert_eq!(names(&world, UNA).await, 1);

    let anna = types::SystemUserId::new(super::world::user_id(ANNA));
    world
        .edit(|editor| {
            editor
                .change_user(anna, |user| {
                    user.disabled = Some(crate::DisabledBy::Administrator);
                })
                .unwrap();
        })
        .await;
    assert_eq!(names(&world, ANNA).await, 0);
    world
        .edit(|editor| {
            editor
                .change_user(anna, |user| {
                    user.disabled = None;
                    user.access_mode = AccessMode::DelegatedAdmin;
                })
                .unwrap();
        })
        .await;
    assert_eq!(names(&world, ANNA).await, 0);

    world
        .edit(|editor| editor.set_security_group(Some("crm".into())))
        .await;
    assert_eq!((names(&world, CORA).await, names(&world, ADMIN).await), (0, 1));
    world
        .account(CORA, |account| {
            account.groups.insert("crm".into());
        })
        .await;
    assert_eq!(names(&world, CORA).await, 1);

    world
        .edit(|editor| editor.set_state(OrganizationState::Disabled))
        .await;
    let seen = world.discover(LIST).person(ADMIN).go().await.ok();
    assert_eq!(
        seen.json()["value"][0]["State"],
        json!(1),
        "a disabled organization is listed as such"
    );

    let seen = world
        .discover(LIST)
        .at("globaldisco.crm9.dynamics.com")
        .person(ADMIN)
        .go()
        .await
        .ok();
    assert_eq!(
        seen.json()["value"],
        json!([]),
        "another cloud's discovery does not know it"
    );
}

#[tokio::test]
async fn applications_see_where_they_have_a_user() {
    let world = World::new().await;
    let seen = world.discover(LIST).app(CONNECTOR).go().await.ok();
    assert_eq!(seen.json()["value"].as_array().unwrap().len(), 1);
    let seen = world.discover(LIST).app(NOBODY).go().await.ok();
    assert_eq!(seen.json()["value"], json!([]));
}

#[tokio::test]
async fn documents_and_tokens() {
    let world = World::new().await;
    let seen = world
        .discover("/api/discovery/v2.0/")
        .person(ANNA)
        .go()
        .await
        .ok();
    assert_eq!(seen.json()["value"][0]["name"], json!("Instances"));
    let seen = world
        .discover("/api/discovery/v2.0/$metadata")
        .person(ANNA)
        .go()
        .await
        .ok();
    assert!(
        seen.text()
            .contains(r#"<Property Name="Id" Type="Edm.Guid" Nullable="false" />"#)
    );
    let token = super::world::token(&super::world::person(ANNA, &format!("https://{HOST}/")));
    assert_eq!(
        world.discover(LIST).with(&token).go().await.status(),
        401,
        "a token for the organization"
    );
    let mut claims = super::world::person(ANNA, &format!("https://{DISCOVERY}/"));
    claims["tid"] = json!(id(0x77));
    assert_eq!(
        world
            .discover(LIST)
            .with(&super::world::token(&claims))
            .go()
            .await
            .status(),
        401
    );
    assert_eq!(
        world
            .discover("/api/discovery/v2.0/Nosuch")
            .person(ANNA)
            .go()
            .await
            .status(),
        404
    );
    assert_eq!(
        world
            .ask(Method::POST, LIST)
            .at(DISCOVERY)
            .person(ANNA)
            .go()
            .await
            .status(),
        405
    );
}
