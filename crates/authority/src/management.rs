//! Azure Resource Manager, as little as `az login` needs to end well: no subscriptions, one tenant.

use evidence::Decision;
use http::{StatusCode, header};
use wire::{Answer, Call, claims::Presented};

use crate::{Service, stop::Done};

impl Service {
    pub(crate) fn subscriptions(&self, call: &Call) -> Done<(Answer, Decision)> {
        Ok(self.managed(
            call,
            |_| serde_json::json!({"value": [], "count": {"type": "Total", "value": 0}}),
        ))
    }

    pub(crate) fn tenants(&self, call: &Call) -> Done<(Answer, Decision)> {
        Ok(self.managed(call, |claims| {
            let id = claims.tid;
            serde_json::json!({"value": [{"id": format!("/tenants/{id}"), "tenantId": id}]})
        }))
    }

    fn managed(&self, call: &Call, body: impl Fn(&Presented) -> serde_json::Value) -> (Answer, Decision) {
        let token = call
            .header(header::AUTHORIZATION)
            .and_then(|value| value.strip_prefix("Bearer "));
        let verified = token.and_then(|token| self.parts.keyring.verify(token).ok());
        match verified.filter(|token| token.claims.aud.contains("management")) {
            Some(token) => {
                let decision =
                    Decision::granted("an empty list of what Azure holds").tenant(token.claims.tid);
                (Answer::json(StatusCode::OK, &body(&token.claims)), decision)
            }
            None => {
                let body = serde_json::json!({"error": {
                    "code": "AuthenticationFailed", "message": "Authentication failed.",
                }});
                let answer = Answer::json(StatusCode::UNAUTHORIZED, &body).with(
                    header::WWW_AUTHENTICATE,
                    "Bearer authorization_uri=\"https://login.microsoftonline.com/common\"",
                );
                (
                    answer,
                    Decision::refused("no token for Azure Resource Manager was sent"),
                )
            }
        }
    }
}
