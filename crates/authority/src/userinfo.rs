//! UserInfo (OpenID Connect Core 5.3): on the sign-in host in v1, on Microsoft Graph in v2.

use directory::Tenant;
use evidence::Decision;
use http::{Method, StatusCode, header};
use wire::{Answer, Call};

use crate::{
    Service,
    stop::{Done, Note},
};

impl Service {
    pub(crate) async fn userinfo(&self, call: &Call, note: &mut Note) -> Done<(Answer, Decision)> {
        let (answer, decision) = match call.method {
            Method::OPTIONS => (
                Answer::empty(StatusCode::OK),
                Decision::served("a browser asked whether it may send its request"),
            ),
            _ => self.profile(call, note).await?,
        };
        // Any page may ask: what counts is the token (OpenID Connect Core 5.3).
        let answer = answer
            .with(header::ACCESS_CONTROL_ALLOW_ORIGIN, "*")
            .with(header::ACCESS_CONTROL_ALLOW_METHODS, "GET, POST, OPTIONS")
            .with(
                header::ACCESS_CONTROL_ALLOW_HEADERS,
                "Authorization, Content-Type, client-request-id",
            );
        Ok((answer, decision))
    }

    async fn profile(&self, call: &Call, note: &mut Note) -> Done<(Answer, Decision)> {
        let bearer = call.header(header::AUTHORIZATION).and_then(|value| {
            let (scheme, token) = value.split_once(' ')?;
            scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
        });
        let Some(token) = bearer else {
            return Ok(refused("no bearer token was sent", ""));
        };
        let token = match self.parts.keyring.verify(token) {
            Ok(token) => token,
            Err(error) => return Ok(refused(&error.to_string(), "invalid_token")),
        };
        let claims = &token.claims;
        if !crate::documents::is_graph(&claims.aud) {
            return Ok(refused(
                &format!("the token is for {}, not for Microsoft Graph", claims.aud),
                "invalid_token",
            ));
        }
        let tenant = self.parts.store.view::<Tenant>(claims.tid).await?;
        self.enter(&tenant, note);
        if tenant.now(&*self.parts.clock).seconds() >= claims.exp {
            return Ok(refused("the token has expired", "invalid_token"));
        }
        let Some(account) = tenant
            .account(claims.oid)
            .filter(|account| account.enabled && !account.deleted)
        else {
            return Ok(refused("the token's user is gone or disabled", "invalid_token"));
        };
        note.subject = Some(account.upn.to_string());
        let body = serde_json::json!({
            "sub": claims.sub, "name": account.name, "email": account.upn,
            "given_name": account.name.split(' ').next(), "family_name": account.name.rsplit(' ').next(),
        });
        Ok((
            Answer::json(StatusCode::OK, &body).no_store(),
            Decision::granted("the person's profile"),
        ))
    }
}

/// RFC 6750 3: the challenge says what was wrong.
fn refused(why: &str, error: &str) -> (Answer, Decision) {
    let challenge = if error.is_empty() {
        "Bearer".to_owned()
    } else {
        format!("Bearer error=\"{error}\", error_description=\"{why}\"")
    };
    let answer = Answer::empty(StatusCode::UNAUTHORIZED).with(header::WWW_AUTHENTICATE, &challenge);
    (answer, Decision::refused(why.to_owned()))
}
