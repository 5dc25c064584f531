//! `/apps/{app}/manifest`: the registration as Microsoft Graph writes it (facts/identity.md 2.1); it is read, not edited.

use askama::Template;
use authority::{App, Platform};
use evidence::Decision;
use http::StatusCode;
use serde_json::{Value, json};
use types::{AppId, Timestamp};

use super::desk::{Desk, Menu};
use crate::{
    frame::Frame,
    page::{Ask, Needs, Page, Reply},
    shell,
    text::shown,
};

pub(crate) const PAGE: Page = Page {
    path: "/apps/{app}/manifest",
    about: "Manifest: the registration as JSON",
    needs: Needs::Visitor,
    most_body: 0,
    handle: |ask| Box::pin(show(ask)),
};

#[derive(Template)]
#[template(path = "azure/manifest/template.html")]
struct View {
    frame: Frame,
    menu: Menu,
    json: String,
}

async fn show(ask: &Ask<'_>) -> Reply {
    let desk = Desk::open(ask).await?;
    let json = serde_json::to_string_pretty(&manifest(&desk.app))?;
    let view = View {
        frame: ask.frame(),
        menu: desk.menu("/manifest"),
        // Line by line, because the ends of lines would be shown as what acts instead of being seen.
        json: json.lines().map(shown).collect::<Vec<_>>().join("\n"),
    };
    shell::page(
        StatusCode::OK,
        &view,
        Decision::served("a registration's manifest"),
    )
}

/// Scopes whose ids are known (facts/identity.md 2.7); the manifest names scopes by id alone.
const SCOPES: &[(AppId, &str, &str)] = &[
    (
        AppId::DATAVERSE,
        "user_impersonation",
        "78ce3f0f-a1ce-49c2-8cde-64b5c0896db4",
    ),
    (AppId::GRAPH, "User.Read", "e1fe6dd8-ba31-4d61-89e7-88639da4683d"),
    (
        AppId::AZURE_MANAGEMENT,
        "user_impersonation",
        "41094075-9dad-400e-a0bd-54e686782033",
    ),
];

fn manifest(app: &App) -> Value {
    let uris = |wanted: Platform| {
        let of = app.redirects.each().filter(|(_, platform)| *platform == wanted);
        of.map(|(uri, _)| uri.to_owned()).collect::<Vec<_>>()
    };
    let moment = |moment: Timestamp| moment.rfc3339_seconds();
    let secrets = app.secrets.iter().map(|secret| {
        json!({
            "keyId": secret.id,
            "displayName": secret.name,
            "hint": secret.hint,
            "startDateTime": moment(secret.starts),
            "endDateTime": moment(secret.ends),
            "secretText": null,
            "customKeyIdentifier": null,
        })
    });
    let certificates = app.certificates.iter().map(|kept| {
        let read = crypt::Certificate::read(kept.certificate.as_bytes()).ok();
        let validity = read.as_ref().map(crypt::Certificate::validity);
        json!({
            "keyId": kept.id,
            "displayName": kept.name,
            "type": "AsymmetricX509Cert",
            "usage": "Verify",
            "customKeyIdentifier": read.as_ref().map(crypt::Certificate::thumbprint),
            "startDateTime": validity.map(|(from, _)| moment(from)),
            "endDateTime": validity.map(|(_, until)| moment(until)),
        })
    });
    let requires = app.requires.iter().map(|required| {
        let access = required.scopes.iter().map(|scope| {
            let known = SCOPES
                .iter()
                .find(|(resource, name, _)| *resource == required.resource && name == scope);
            match known {
                Some((_, _, id)) => json!({ "id": id, "type": "Scope" }),
                None => json!({ "value": scope, "type": "Scope" }),
            }
        });
        json!({
            "resourceAppId": required.resource,
            "resourceAccess": access.collect::<Vec<_>>(),
        })
    });
    let scopes = app
        .exposes
        .iter()
        .map(|scope| json!({ "value": scope, "type": "User", "isEnabled": true }));
    let claims = app.optional_claims.iter().map(|name| json!({ "name": name }));
    json!({
        "id": app.object_id,
        "appId": app.id,
        "displayName": app.name,
        "signInAudience": app.audience,
        "identifierUris": app.identifier_uris,
        "isFallbackPublicClient": app.allow_public_client,
        "web": {
            "redirectUris": uris(Platform::Web),
            "logoutUrl": app.logout_url,
            "implicitGrantSettings": {
                "enableIdTokenIssuance": app.implicit_id_tokens,
                "enableAccessTokenIssuance": app.implicit_access_tokens,
            },
        },
        "optionalClaims": { "idToken": claims.collect::<Vec<_>>() },
        "spa": { "redirectUris": uris(Platform::Spa) },
        "publicClient": { "redirectUris": uris(Platform::PublicClient) },
        "passwordCredentials": secrets.collect::<Vec<_>>(),
        "keyCredentials": certificates.collect::<Vec<_>>(),
        "requiredResourceAccess": requires.collect::<Vec<_>>(),
        "api": { "oauth2PermissionScopes": scopes.collect::<Vec<_>>() },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use authority::Required;
    use types::{ObjectId, Uuid};

    #[test]
    fn the_snippet_that_other_tools_have() {
        let mut app = App::new(AppId::new(Uuid::nil()), ObjectId::new(Uuid::nil()), "a");
        app.requires = vec![Required {
            resource: AppId::DATAVERSE,
            scopes: ["user_impersonation".to_owned()].into(),
        }];
        assert_eq!(
            manifest(&app)["requiredResourceAccess"][0],
            json!({"resourceAppId":"00000007-0000-0000-c000-000000000000","resourceAccess":[{"id":"78ce3f0f-a1ce-49c2-8cde-64b5c0896db4","type":"Scope"}]})
        );
    }
}
