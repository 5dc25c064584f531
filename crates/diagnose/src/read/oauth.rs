//! OAuth answers, and SOAP faults: the names by which a token service refuses.

use evidence::Kind;

use super::{Context, Notes, Reader};
use crate::page::Page;

pub(super) const READER: Reader = Reader {
    name: "oauth",
    about: "OAuth errors and suberrors, SOAP and WS-Trust fault codes",
    read,
};

/// Errors of OAuth 2.0 (RFC 6749 4.1.2.1 and 5.2, RFC 8628 3.5, OpenID Connect Core 3.1.2.6) and of Entra.
const ERRORS: [&str; 22] = [
    "invalid_request",
    "invalid_client",
    "invalid_grant",
    "invalid_scope",
    "invalid_resource",
    "invalid_target",
    "invalid_token",
    "invalid_instance",
    "invalid_tenant",
    "unauthorized_client",
    "unsupported_grant_type",
    "unsupported_response_type",
    "access_denied",
    "server_error",
    "temporarily_unavailable",
    "interaction_required",
    "consent_required",
    "login_required",
    "authorization_pending",
    "authorization_declined",
    "expired_token",
    "slow_down",
];

/// The `suberror`s of Entra (facts/identity.md 3.2).
const SUBERRORS: [&str; 14] = [
    "bad_token",
    "token_expired",
    "basic_action",
    "additional_action",
    "message_only",
    "consent_required",
    "user_password_expired",
    "client_mismatch",
    "device_authentication_failed",
    "protection_policy_required",
    "protection_policies_required",
    "unauthorized_client",
    "first_party_bad_token",
    "transfer_token_expired",
];

/// Fault codes of WS-Trust 1.3 and 1.4, WS-Security and the older dialects (facts/identity.md 5.5).
const FAULTS: [&str; 16] = [
    "failedauthentication",
    "invalidrequest",
    "requestfailed",
    "invalidsecuritytoken",
    "invalidsecurity",
    "invalidscope",
    "badrequest",
    "expireddata",
    "authenticationbadelements",
    "failedcheck",
    "securitytokenunavailable",
    "unsupportedsecuritytoken",
    "messageexpired",
    "securitycontexttokenvalidationfailed",
    "actionnotsupported",
    "deserializationfailed",
];

fn read(page: &Page, _: &Context<'_>, notes: &mut Notes<'_>) {
    let words = page.words();
    for at in 0..words.len() {
        let word = words.text(at);
        let line = words.word(at).map_or(0, |word| word.line as usize);
        let behind =
            |name: &str| (1..=2).any(|steps| at.checked_sub(steps).is_some_and(|at| words.text(at) == name));
        if ERRORS.contains(&word) {
            notes.see(Kind::OAuth, word, line);
        }
        if SUBERRORS.contains(&word)
            && (behind("suberror") || !ERRORS.contains(&word))
            && (word.contains('_'))
        {
            notes.see(Kind::Suberror, word, line);
        }
        if FAULTS.contains(&word) {
            notes.see(Kind::Fault, word, line);
        }
    }
}

#[cfg(test)]
mod tests {
    use evidence::Kind::{Fault, OAuth, Suberror};

    use crate::read::tests::{reads, silent};

    #[test]
    fn names_of_refusals() {
        reads(
            "{\"error\":\"invalid_grant\",\"suberror\":\"bad_token\"}",
            OAuth,
            "invalid_grant",
        );
        reads(
            "{\"error\":\"invalid_grant\",\"suberror\":\"bad_token\"}",
            Suberror,
            "bad_token",
        );
        reads(
            "?error=access_denied&error_subcode=cancel",
            OAuth,
            "access_denied",
        );
        reads(
            "<S:Value>wst:FailedAuthentication</S:Value>",
            Fault,
            "failedauthentication",
        );
        silent("the grant was invalid", OAuth);
    }
}
