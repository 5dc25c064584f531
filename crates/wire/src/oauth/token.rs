//! What the token endpoint answers when all is well (facts/identity.md 1.5; RFC 6749 5.1).

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use types::{Secret, Timestamp};

use super::WireNumber;

/// A secret that goes over the wire: written in full there, shown nowhere else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretText(pub Secret);

impl SecretText {
    /// Takes the text in.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Secret::new(text))
    }

    /// Lends the text out.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }
}

impl Serialize for SecretText {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.0.expose())
    }
}

impl<'de> Deserialize<'de> for SecretText {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from).map(Self::new)
    }
}

/// Tokens. Which members are there depends on the grant, which form the numbers have on the endpoint:
/// start from [`TokenResponse::v1`] or [`TokenResponse::v2`] and fill in the rest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenResponse {
    /// Always `Bearer`; compared without case (RFC 6749 5.1).
    pub token_type: String,
    /// Granted scopes, separated by spaces: bare in version 1, with their resource in version 2.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// Lifetime in seconds. MSAL Python takes 600 when it is missing, azure-identity fails.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_in: Option<WireNumber>,
    /// Lifetime in seconds while the service is down.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ext_expires_in: Option<WireNumber>,
    /// Version 1: end of life, in seconds since the epoch, as text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_on: Option<WireNumber>,
    /// Version 1: start of life, in seconds since the epoch, as text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_before: Option<WireNumber>,
    /// Version 1: the resource as it was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource: Option<String>,
    /// The token itself; opaque to clients.
    pub access_token: SecretText,
    /// With user grants: always in version 1, for `offline_access` in version 2.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<SecretText>,
    /// AD FS only: lifetime of the refresh token in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refresh_token_expires_in: Option<WireNumber>,
    /// When to refresh ahead of time, in seconds. Text here makes MSAL Python raise a `TypeError`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refresh_in: Option<WireNumber>,
    /// Who signed in: always with version 1 user grants, for `openid` in version 2.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id_token: Option<SecretText>,
    /// For `client_info=1`: base64url of `{"uid":…,"utid":…}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_info: Option<String>,
    /// `"1"` for clients of the Microsoft family.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub foci: Option<String>,
}

/// Room for an answer's other members, in bytes: growing is what costs.
const USUAL_REST: usize = 400;

impl TokenResponse {
    /// The members that every version 2 answer has; `lifetime` in seconds.
    pub fn v2(access_token: SecretText, lifetime: i64) -> Self {
        Self {
            token_type: "Bearer".to_owned(),
            scope: None,
            expires_in: Some(WireNumber::number(lifetime)),
            ext_expires_in: Some(WireNumber::number(lifetime)),
            expires_on: None,
            not_before: None,
            resource: None,
            access_token,
            refresh_token: None,
            refresh_token_expires_in: None,
            refresh_in: None,
            id_token: None,
            client_info: None,
            foci: None,
        }
    }

    /// The members that every version 1 answer has; `lifetime` in seconds, `issued` when the token was made.
    /// `not_before` lies five minutes earlier (unverified, facts/identity.md 1.5).
    pub fn v1(access_token: SecretText, lifetime: i64, issued: Timestamp, resource: &str) -> Self {
        Self {
            expires_in: Some(WireNumber::text(lifetime)),
            ext_expires_in: Some(WireNumber::text(lifetime)),
            expires_on: Some(WireNumber::text(issued.seconds().saturating_add(lifetime))),
            not_before: Some(WireNumber::text(issued.seconds().saturating_sub(300))),
            resource: Some(resource.to_owned()),
            ..Self::v2(access_token, lifetime)
        }
    }

    /// As JSON. The access token is by far the longest member and a token's letters are never escaped (RFC 7515 7.1): it
    /// is put into the written rest as a whole, which is quicker than letter by letter.
    pub fn into_json(mut self) -> serde_json::Result<Vec<u8>> {
        const EMPTY: &[u8] = br#""access_token":"""#;
        // Of what JSON escapes only the backslash comes after the hyphen, the first of a token's letters.
        let text = self.access_token.expose().as_bytes();
        let lowest = text.iter().copied().fold(u8::MAX, u8::min);
        if lowest < b'-' || memchr::memchr(b'\\', text).is_some() {
            return serde_json::to_vec(&self);
        }
        let token = std::mem::replace(&mut self.access_token, SecretText::new(""));
        let mut json = Vec::with_capacity(USUAL_REST + token.expose().len());
        serde_json::to_writer(&mut json, &self)?;
        if let Some(start) = memchr::memmem::find(&json, EMPTY) {
            let after = json.split_off(start + EMPTY.len() - 1);
            json.extend_from_slice(token.expose().as_bytes());
            json.extend_from_slice(&after);
        }
        Ok(json)
    }

    /// When the access token ends, for a client that read this answer at `received`: `expires_on`, else
    /// `expires_in`, else ten minutes (what MSAL Python assumes, facts/identity.md 6.3).
    pub fn ends(&self, received: Timestamp) -> Timestamp {
        match (self.expires_in, self.expires_on) {
            // Relative first: it does not depend on both clocks agreeing.
            (Some(lifetime), _) => {
                Timestamp::from_seconds(received.seconds().saturating_add(lifetime.get().max(0)))
            }
            (None, Some(end)) => Timestamp::from_seconds(end.get()),
            (None, None) => Timestamp::from_seconds(received.seconds().saturating_add(600)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oauth::golden::both_ways;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn json_is_json_whatever_the_token(
            token in "[A-Za-z0-9._-]{0,40}|\\PC{0,12}|[\"\\\\\n]{1,4}",
            rest in "\\PC{0,12}|\"access_token\":\"\"",
        ) {
            let mut answer = TokenResponse::v2(SecretText::new(token), 3599);
            answer.scope = Some(rest);
            answer.refresh_token = Some(SecretText::new("1.r"));
            prop_assert_eq!(answer.clone().into_json().unwrap(), serde_json::to_vec(&answer).unwrap());
        }
    }

    #[test]
    fn version_one_writes_text() {
        let read: TokenResponse = both_ways(include_str!("../../golden/oauth/token-v1.json"));
        let mut made = TokenResponse::v1(
            SecretText::new("eyJ0.eyJh.c2ln"),
            3599,
            Timestamp::from_seconds(1_714_558_830),
            "https://contoso.crm4.dynamics.com/",
        );
        assert_ne!(read, made, "the golden answer is a user's");
        made.scope = Some("user_impersonation".to_owned());
        made.refresh_token = Some(SecretText::new("0.AS8A"));
        made.id_token = Some(SecretText::new("eyJ0.eyJp."));
        assert_eq!(read, made);
    }

    #[test]
    fn version_two_writes_numbers() {
        let read: TokenResponse = both_ways(include_str!("../../golden/oauth/token-v2-app.json"));
        assert_eq!(read, TokenResponse::v2(SecretText::new("eyJ0.eyJh.c2ln"), 3599));
        let user: TokenResponse = both_ways(include_str!("../../golden/oauth/token-v2-user.json"));
        assert!(user.client_info.is_some() && user.refresh_in.is_some());
    }

    #[test]
    fn the_end_is_relative_first() {
        let now = Timestamp::from_seconds(1000);
        let mut answer = TokenResponse::v1(SecretText::new("t"), 60, Timestamp::from_seconds(9000), "r");
        assert_eq!(answer.ends(now).seconds(), 1060);
        answer.expires_in = None;
        assert_eq!(answer.ends(now).seconds(), 9060);
        answer.expires_on = None;
        assert_eq!(answer.ends(now).seconds(), 1600);
        answer.expires_in = Some(WireNumber::number(-5));
        assert_eq!(answer.ends(now), now, "a negative lifetime has ended");
    }

    #[test]
    fn tokens_are_not_shown() {
        let answer = TokenResponse::v2(SecretText::new("canary-1c9e"), 1);
        assert!(!format!("{answer:?}").contains("canary"));
    }
}
