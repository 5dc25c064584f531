//! Service health on Microsoft Graph: the incidents of a tenant, for its administrators (row 003-03).

use directory::{
    Tenant,
    health::{Class, Health, Incident},
};
use evidence::Decision;
use http::{StatusCode, header};
use wire::{
    Answer, Call,
    announcements::{Issue, Issues, PERMISSION, Post, Text},
};

use crate::{
    Service,
    stop::{Done, Note},
};

impl Service {
    pub(crate) async fn issues(&self, call: &Call, note: &mut Note) -> Done<(Answer, Decision)> {
        let token = call
            .header(header::AUTHORIZATION)
            .and_then(|value| value.split_once(' '))
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .and_then(|(_, token)| self.parts.keyring.verify(token.trim()).ok());
        let Some(token) = token.filter(|token| crate::documents::is_graph(&token.claims.aud)) else {
            let why = "no token for Microsoft Graph was sent";
            return Ok(refused(
                StatusCode::UNAUTHORIZED,
                "InvalidAuthenticationToken",
                why,
            ));
        };
        let claims = &token.claims;
        let tenant = self.parts.store.view::<Tenant>(claims.tid).await?;
        self.enter(&tenant, note);
        let now = tenant.now(&*self.parts.clock);
        if now.seconds() >= claims.exp {
            let why = "the token has expired";
            return Ok(refused(
                StatusCode::UNAUTHORIZED,
                "InvalidAuthenticationToken",
                why,
            ));
        }
        let mut scopes = claims.scp.as_deref().unwrap_or_default().split(' ');
        if !scopes.any(|scope| scope == PERMISSION) {
            let why = format!("the token has not the permission {PERMISSION}");
            return Ok(refused(StatusCode::FORBIDDEN, "Forbidden", &why));
        }
        // A permission that a person lends to an application is worth what the person may.
        let account = tenant
            .account(claims.oid)
            .filter(|account| account.enabled && !account.deleted);
        note.subject = account.map(|account| account.upn.to_string());
        if !account.is_some_and(directory::Account::is_administrator) {
            let why = "only administrators may read the health of services";
            return Ok(refused(StatusCode::FORBIDDEN, "Forbidden", why));
        }
        if !call.query.is_empty() {
            let why = "the query options of this list are not understood here; read it whole";
            return Ok(refused(StatusCode::NOT_IMPLEMENTED, "NotImplemented", why));
        }
        let health = self.parts.store.view::<Health>(claims.tid).await?;
        let begun = health.incidents().filter(|incident| incident.started <= now);
        let issues = Issues {
            context: Some(call.url("/v1.0/$metadata#admin/serviceAnnouncement/issues")),
            value: begun.map(issue).collect(),
        };
        let why = format!("{} issues, {} open", issues.value.len(), health.open(now).count());
        Ok((
            Answer::json(StatusCode::OK, &issues).no_store(),
            Decision::granted(why),
        ))
    }
}

fn issue(incident: &Incident) -> Issue {
    let posts = incident.messages.iter().map(|message| Post {
        created_date_time: message.at.rfc3339_seconds(),
        description: Text {
            content_type: "text".to_owned(),
            content: message.text.clone(),
        },
    });
    Issue {
        id: incident.id.to_string(),
        title: incident.title.clone(),
        classification: match incident.class {
            Class::Incident => "incident".to_owned(),
            // Announced work has a list of its own there, the message center; here it is one of these.
            Class::Advisory | Class::Maintenance => "advisory".to_owned(),
        },
        status: incident.state.graph().to_owned(),
        service: incident.service.clone(),
        is_resolved: incident.ended.is_some(),
        start_date_time: incident.started.rfc3339_seconds(),
        end_date_time: incident.ended.map(types::Timestamp::rfc3339_seconds),
        posts: posts.collect(),
    }
}

fn refused(status: StatusCode, code: &str, why: &str) -> (Answer, Decision) {
    let body = serde_json::json!({ "error": { "code": code, "message": why } });
    let mut answer = Answer::json(status, &body).no_store();
    if status == StatusCode::UNAUTHORIZED {
        answer = answer.with(header::WWW_AUTHENTICATE, "Bearer");
    }
    (answer, Decision::refused(why))
}
