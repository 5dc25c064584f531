//! What goes back to the application.

use std::collections::BTreeSet;

use directory::Located;
use store::Ticket;
use types::Timestamp;
use wire::{Answer, Call, aadsts::Refusal};

use super::{Code, KIND_CODE, NEW, request::Authorize};
use crate::{
    Service,
    application::Proof,
    grants::CODE_LIFETIME,
    issue::{Grant, Issue},
    redirect::carry,
    resource::Resource,
    stop::{Done, Note},
};

impl Service {
    /// Issues what was wanted and carries it to the redirect URI. A code's ticket is still to be written.
    #[expect(
        clippy::too_many_arguments,
        reason = "the last step of the flow, with all that the flow knows"
    )]
    pub(super) fn complete(
        &self,
        call: &Call,
        request: &Authorize,
        located: &Located,
        grant: &Grant,
        resource: &Resource,
        scopes: &BTreeSet<String>,
        now: Timestamp,
    ) -> Done<(Answer, Option<Ticket>)> {
        let mut fields = Vec::new();
        let (code, ticket) = match request.wanted.code {
            true => self
                .new_code(request, grant, now)
                .map(|(code, ticket)| (Some(code), Some(ticket)))?,
            false => (None, None),
        };
        let issue = Issue {
            call,
            version: request.version,
            tenant: &located.tenant,
            account: &located.account,
            caller: &request.caller,
            proof: Proof::None,
            resource,
            scopes,
            everything: request.ask.everything,
            grant,
            nonce: request.params.get("nonce").map(str::to_owned),
            client_info: request.params.get("client_info") == Some("1"),
            now,
        };
        let token = if request.wanted.token {
            Some(self.access_token(&issue)?)
        } else {
            None
        };
        if request.wanted.id_token {
            let access = token.as_ref().map(|(token, _)| token.as_str());
            fields.push(("id_token", self.id_token(&issue, code.as_deref(), access)?));
        }
        if let Some((token, lifetime)) = token {
            fields.push(("access_token", token));
            fields.push(("token_type", "Bearer".to_owned()));
            fields.push(("expires_in", lifetime.to_string()));
        }
        if let Some(code) = code {
            fields.push(("code", code));
        }
        if let Some(info) = issue.who() {
            fields.push(("client_info", info));
        }
        if let Some(state) = request.state() {
            fields.push(("state", state.to_owned()));
        }
        if let Some(sid) = grant.session {
            fields.push(("session_state", sid.to_string()));
        }
        Ok((carry(&request.target, request.mode, &fields)?, ticket))
    }

    fn new_code(&self, request: &Authorize, grant: &Grant, now: Timestamp) -> Done<(String, Ticket)> {
        let value = crypt::opaque(&*self.parts.chance, "0.");
        let code = Code {
            grant: grant.clone(),
            redirect_uri: request.target.uri.clone(),
            challenge: request.challenge.clone(),
            nonce: request.params.get("nonce").map(str::to_owned),
            issued: now,
            resource: request.ask.resource.clone(),
            everything: request.ask.everything,
            text: request.ask.text.clone(),
        };
        let ticket = Ticket {
            id: crypt::digest(value.expose()),
            tenant: grant.tenant,
            kind: KIND_CODE.to_owned(),
            state: NEW.to_owned(),
            group: grant.family.to_string(),
            // Kept a while after it expired, so that a late or second redeemer is told which it was.
            expires: now + CODE_LIFETIME * 6,
            body: serde_json::to_string(&code)?,
        };
        Ok((value.expose().to_owned(), ticket))
    }
}

/// The person pressed Cancel (facts/identity.md 1.3).
pub(super) fn canceled(request: &Authorize) -> Done<Answer> {
    let mut fields = vec![
        ("error", "access_denied".to_owned()),
        (
            "error_description",
            "the user canceled the authentication".to_owned(),
        ),
    ];
    fields.extend(request.state().map(|state| ("state", state.to_owned())));
    carry(&request.target, request.mode, &fields)
}

/// A refusal as the application gets it: `invalid_grant` is a word of the token endpoint, here it says
/// what interaction is needed (facts/identity.md 1.3).
pub(super) fn refusal_fields(
    call: &Call,
    refusal: &Refusal,
    note: &Note,
    state: Option<&str>,
    now: Timestamp,
) -> Vec<(&'static str, String)> {
    let error = match (refusal.error, refusal.entry.code) {
        ("invalid_grant", 65001) => "consent_required",
        ("invalid_grant", 53003) => "access_denied",
        ("invalid_grant", _) => "interaction_required",
        (error, _) => error,
    };
    let body = refusal.body(&call.url(""), call.request, note.correlation, now);
    let mut fields = vec![
        ("error", error.to_owned()),
        ("error_description", body.error_description.unwrap_or_default()),
        ("error_uri", body.error_uri.unwrap_or_default()),
    ];
    if !refusal.suberror.is_empty() {
        fields.push(("error_subcode", refusal.suberror.to_owned()));
    }
    fields.extend(state.map(|state| ("state", state.to_owned())));
    fields
}
