//! The claims of the tokens this field uses (facts/identity.md 1.7).

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use types::{AppId, ObjectId, TenantId};

/// What an access token says, as it is issued. Every one is v1: Dataverse gets v1 tokens from either endpoint
/// (unverified for Dataverse in particular; the shape is that of a captured v1 token), and no other resource here asks
/// for v2.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AccessClaims<'a> {
    /// The resource, exactly as it was asked for, trailing slash included.
    pub aud: &'a str,
    /// `https://sts.windows.net/{tid}/`.
    pub iss: &'a str,
    /// Issued at, in seconds.
    pub iat: i64,
    /// Not before, in seconds.
    pub nbf: i64,
    /// Expires, in seconds.
    pub exp: i64,
    /// Authentication context class: `"1"` for users, absent in app tokens.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub acr: Option<&'static str>,
    /// Opaque to clients.
    pub aio: String,
    /// How the user proved who they are: `pwd`, `mfa`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub amr: Vec<String>,
    /// The calling application.
    pub appid: AppId,
    /// How the application proved itself: 0 not at all, 1 secret, 2 certificate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub appidacr: Option<&'static str>,
    /// The identity provider, when it is not the issuer: guests and personal accounts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub idp: Option<Cow<'a, str>>,
    /// Who acts.
    pub idtyp: Acting,
    /// Display name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<&'a str>,
    /// The user's or the service principal's object id.
    pub oid: ObjectId,
    /// Opaque to resources.
    pub rh: String,
    /// Delegated permissions, separated by blanks; users only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scp: Option<String>,
    /// Pairwise subject; equals `oid` in app tokens (unverified).
    pub sub: String,
    /// The tenant.
    pub tid: TenantId,
    /// The user name to show.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unique_name: Option<&'a str>,
    /// The user principal name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub upn: Option<&'a str>,
    /// This token's id.
    pub uti: String,
    /// `1.0`.
    pub ver: &'static str,
}

/// Who acts with an access token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Acting {
    /// An application, for itself.
    App,
    /// A user, with an application.
    User,
}

/// What a resource reads in a token that is shown to it. The rest of [`AccessClaims`] is told and never asked for; a
/// token is read for each first request, so nothing is copied that nobody looks at.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Presented {
    /// What it is for.
    pub aud: String,
    /// Who issued it.
    pub iss: String,
    /// Issued at, in seconds.
    pub iat: i64,
    /// Not before, in seconds.
    pub nbf: i64,
    /// Expires, in seconds.
    pub exp: i64,
    /// The calling application.
    #[serde(default)]
    pub appid: Option<AppId>,
    /// Who acts; every access token says so, and no id_token does.
    #[serde(default)]
    pub idtyp: Option<Acting>,
    /// The user's or the service principal's object id.
    pub oid: ObjectId,
    /// Delegated permissions, separated by blanks; users only.
    #[serde(default)]
    pub scp: Option<String>,
    /// Pairwise subject.
    pub sub: String,
    /// The tenant.
    pub tid: TenantId,
    /// The user principal name.
    #[serde(default)]
    pub upn: Option<String>,
}

/// What an id_token says (facts/identity.md 1.7; OpenID Connect Core 2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdClaims {
    /// The client.
    pub aud: AppId,
    /// The endpoint's issuer.
    pub iss: String,
    /// Issued at, in seconds.
    pub iat: i64,
    /// Not before, in seconds.
    pub nbf: i64,
    /// Expires, in seconds.
    pub exp: i64,
    /// When the user last proved who they are, in seconds.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub auth_time: Option<i64>,
    /// Opaque to clients.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub aio: Option<String>,
    /// v1: how the user proved who they are: `pwd`, `mfa`.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub amr: Vec<String>,
    /// Half of the access token's digest; only from the authorize endpoint.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub at_hash: Option<String>,
    /// Half of the code's digest; only from the authorize endpoint.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub c_hash: Option<String>,
    /// The mail address, with scope `email` and a verified domain.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub email: Option<String>,
    /// Display name.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub name: Option<String>,
    /// What `logout_hint` takes; of an application that asks for this optional claim.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub login_hint: Option<String>,
    /// The client's nonce, as sent.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub nonce: Option<String>,
    /// The user's object id.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub oid: Option<ObjectId>,
    /// v2: the user name to show.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub preferred_username: Option<String>,
    /// Opaque to clients.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub rh: Option<String>,
    /// The session at the sign-in service.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub sid: Option<String>,
    /// Pairwise subject.
    pub sub: String,
    /// The tenant.
    pub tid: TenantId,
    /// v1: the user name to show.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub unique_name: Option<String>,
    /// v1: the user principal name.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub upn: Option<String>,
    /// This token's id.
    pub uti: String,
    /// `1.0` or `2.0`.
    pub ver: String,
}
