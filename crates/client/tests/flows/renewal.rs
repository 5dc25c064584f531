//! Tokens without a person.

use std::{sync::Arc, time::Duration};

use client::{Class, ClientError, MethodName, Profile, ProfileName, Secrets, access_token, prove_profile};
use evidence::Steps;
use serde_json::json;
use wire::oauth::SecretText;

use crate::world::{CLIENT, NOW, Reply, TENANT, World, vault};

fn name() -> ProfileName {
    "p".parse().unwrap()
}

fn profile(world: &World) -> Profile {
    let id = "00000000-0000-0000-0000-000000000001";
    let url = world.url("contoso.crm4.dynamics.com", "/");
    Profile {
        method: MethodName::DeviceCode,
        client_id: CLIENT.into(),
        authority: world.url("login.microsoftonline.com", ""),
        tenant: TENANT.into(),
        account: "anna@contoso.com".into(),
        user_id: id.parse().unwrap(),
        connected_at: NOW,
        key_file: None,
        certificate_file: None,
        rs256: false,
        redirect_uri: None,
        organization: client::Organization {
            resource: url.clone(),
            url,
            id: id.parse().unwrap(),
            friendly_name: None,
            unique_name: None,
        },
    }
}

/// A refresh token, and an access token with this much life.
fn kept(resource: &str, life: i64) -> Secrets {
    let mut secrets = Secrets {
        refresh_token: Some(SecretText::new("0.first")),
        ..Secrets::default()
    };
    let token = client::KeptToken {
        token: SecretText::new("old"),
        expires_on: NOW.seconds() + life,
    };
    secrets.tokens.insert(resource.to_owned(), token);
    secrets
}

#[tokio::test]
async fn many_need_a_token_and_one_asks() {
    let world = Arc::new(World::start(|_| None).await);
    let profile = profile(&world);
    let directory = tempfile::tempdir().unwrap();
    vault(directory.path())
        .write(&name(), &kept(&profile.organization.resource, 60))
        .unwrap();
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..6 {
        // A vault of its own, as another process would have.
        let (world, profile, vault) = (world.clone(), profile.clone(), vault(directory.path()));
        tasks.spawn(async move {
            let resource = profile.organization.resource.clone();
            let found = access_token(
                &world.outside(),
                &vault,
                (&name(), &profile),
                &resource,
                &mut Steps::default(),
            )
            .await;
            found.unwrap().token.expose().to_owned()
        });
    }
    let tokens = tasks.join_all().await;
    assert!(
        tokens.iter().all(|token| *token == tokens[0] && token != "old"),
        "{tokens:?}"
    );
    assert_eq!(
        world
            .paths()
            .iter()
            .filter(|path| path.ends_with("/token"))
            .count(),
        1
    );
    let after = vault(directory.path()).read(&name()).unwrap();
    assert_eq!(
        after.refresh_token,
        Some(SecretText::new("0.next")),
        "the renewed refresh token is kept"
    );
}

#[tokio::test]
async fn a_living_token_needs_nobody() {
    let world = World::start(|_| None).await;
    let profile = profile(&world);
    let directory = tempfile::tempdir().unwrap();
    let resource = profile.organization.resource.clone();
    vault(directory.path())
        .write(&name(), &kept(&resource, 3600))
        .unwrap();
    let found = access_token(
        &world.outside(),
        &vault(directory.path()),
        (&name(), &profile),
        &resource,
        &mut Steps::default(),
    )
    .await;
    let found = found.unwrap();
    assert_eq!(
        (found.token.expose(), found.expires_on),
        ("old", NOW + Duration::from_secs(3600))
    );
    assert!(world.heard().is_empty());
}

#[tokio::test]
async fn a_renewal_that_is_refused_needs_a_person() {
    let world = World::start(|request| {
        request.path.ends_with("/token").then(|| Reply::json(400, &json!({
            "error": "invalid_grant", "suberror": "bad_token",
            "error_description": "AADSTS50173: The provided grant has expired due to it being revoked. Trace ID: t",
        })))
    })
    .await;
    let profile = profile(&world);
    let directory = tempfile::tempdir().unwrap();
    let resource = profile.organization.resource.clone();
    let vault = vault(directory.path());
    vault.write(&name(), &kept(&resource, 60)).unwrap();
    let ended = access_token(
        &world.outside(),
        &vault,
        (&name(), &profile),
        &resource,
        &mut Steps::default(),
    )
    .await;
    let error = ended.unwrap_err();
    assert_eq!(error.class(), Class::NotSignedIn);
    assert_eq!(
        error.said().unwrap().code,
        "AADSTS50173 (invalid_grant/bad_token)"
    );
    assert!(error.hint().contains("keyway auth update p"), "{}", error.hint());
    assert_eq!(
        vault.read(&name()).unwrap(),
        kept(&resource, 60),
        "nothing that was kept is lost"
    );
}

#[tokio::test]
async fn while_nobody_answers_the_old_token_serves_to_its_end() {
    let world = World::start(|_| None).await;
    let mut profile = profile(&world);
    // Nobody listens at this port: it was free a moment ago and is reserved.
    profile.authority = "https://login.microsoftonline.com.localhost:1".into();
    let directory = tempfile::tempdir().unwrap();
    let resource = profile.organization.resource.clone();
    let vault = vault(directory.path());
    for (life, good) in [(60, true), (0, false)] {
        vault.write(&name(), &kept(&resource, life)).unwrap();
        let ended = access_token(
            &world.outside(),
            &vault,
            (&name(), &profile),
            &resource,
            &mut Steps::default(),
        )
        .await;
        assert_eq!(ended.is_ok(), good);
        if let Err(error) = ended {
            assert_eq!(error.class(), Class::Network);
        }
    }
    let nothing: ProfileName = "nothing".parse().unwrap();
    let ended = access_token(
        &world.outside(),
        &vault,
        (&nothing, &profile),
        &resource,
        &mut Steps::default(),
    )
    .await;
    assert!(matches!(ended, Err(ClientError::NotSignedIn { .. })));
}

#[tokio::test]
async fn a_token_that_is_no_longer_accepted_is_replaced_once() {
    let world = World::start(|request| {
        let refused = request.bearer.as_deref() == Some("old");
        refused.then(|| {
            Reply::json(
                401,
                &json!({"error": {"code": "0x80048306", "message": "expired"}}),
            )
        })
    })
    .await;
    let profile = profile(&world);
    let directory = tempfile::tempdir().unwrap();
    let organization = (
        profile.organization.url.as_str(),
        profile.organization.resource.as_str(),
    );
    let vault = vault(directory.path());
    vault.write(&name(), &kept(organization.1, 3600)).unwrap();
    let proved = prove_profile(
        &world.outside(),
        &vault,
        (&name(), &profile),
        organization,
        &mut Steps::default(),
    )
    .await;
    let (token, _, at) = proved.unwrap();
    assert_eq!((token.token.expose(), at), ("eyJ0.eyJh.c2ln", NOW));
    assert_eq!(
        vault.read(&name()).unwrap().tokens[organization.1].token,
        SecretText::new("eyJ0.eyJh.c2ln")
    );

    let never = World::start(|request| request.bearer.as_ref().map(|_| Reply::json(401, &json!({})))).await;
    let profile = self::profile(&never);
    let organization = (
        profile.organization.url.as_str(),
        profile.organization.resource.as_str(),
    );
    vault.write(&name(), &kept(organization.1, 3600)).unwrap();
    let ended = prove_profile(
        &never.outside(),
        &vault,
        (&name(), &profile),
        organization,
        &mut Steps::default(),
    )
    .await;
    assert_eq!(ended.unwrap_err().class(), Class::RefusedAuthentication);
    assert_eq!(
        never
            .heard()
            .iter()
            .filter(|request| request.bearer.is_some())
            .count(),
        2,
        "once, not for ever"
    );
}
