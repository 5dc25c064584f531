//! How connecting can fail, sorted by whose move it is.

use std::{path::PathBuf, time::Duration};

use http::StatusCode;
use net::NetError;
use types::{RegionTable, Timestamp};
use wire::{
    address::{Address, Kind},
    challenge::BadChallenge,
    oauth::OAuthError,
};

use crate::{preflight::Mistake, store::vault::VaultError};

/// What kind of failure it is; the binary gives each an exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Class {
    /// Our own fault, or the disk's.
    Internal,
    /// The person asked wrongly.
    Usage,
    /// There is no usable sign-in.
    NotSignedIn,
    /// The sign-in service, or the organization, does not accept who this is.
    RefusedAuthentication,
    /// It does, but this is not allowed.
    RefusedAuthorization,
    /// The server was not reached, or something else answered in its place.
    Network,
    /// No such thing, or more than one.
    NotFound,
    /// It exists already.
    Conflict,
    /// It took too long.
    TimedOut,
}

/// The sign-in service said no.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignInRefusal {
    /// What was asked for: `a token with the client secret`.
    pub asked: &'static str,
    /// Which endpoint.
    pub endpoint: String,
    /// HTTP status; `None` when it came through the browser.
    pub status: Option<u16>,
    /// Everything it said.
    pub said: OAuthError,
}

/// The organization, or discovery, said no.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrganizationRefusal {
    /// Which address.
    pub url: String,
    /// HTTP status.
    pub status: u16,
    /// `0x80072560`; empty where the body was no error of Dataverse.
    pub code: String,
    /// The innermost sentence; empty likewise.
    pub message: String,
    /// The id we gave the request, which the server's logs carry.
    pub correlation_id: String,
    /// The server's own id for the request.
    pub request_id: Option<String>,
    /// The time of the answer, by the server's `Date`, else by our clock.
    pub time: String,
}

/// Connecting failed.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// A mistake that was seen before anything was sent.
    #[error(transparent)]
    Mistake(#[from] Mistake),
    /// A server was not reached.
    #[error(transparent)]
    Net(#[from] NetError),
    /// The address answered, but not as an organization does.
    #[error("{url} does not answer like a Dynamics 365 organization: HTTP {status} where 401 was expected{}", leads(.location))]
    NotAnOrganization {
        /// The address that was asked.
        url: String,
        /// What it answered.
        status: StatusCode,
        /// Where it wanted to send a browser.
        location: Option<String>,
    },
    /// It answered 401, but did not say who signs people in.
    #[error("{url} answers 401, but {reason}{}", offers(.schemes))]
    NoAuthority {
        /// The address that was asked.
        url: String,
        /// What is missing.
        reason: BadChallenge,
        /// The schemes it offers.
        schemes: Vec<String>,
    },
    /// The sign-in service said no.
    #[error("the sign-in service refused {}", .0.asked)]
    SignIn(Box<SignInRefusal>),
    /// The kept sign-in of a profile is no longer good; a person must sign in again.
    #[error("the sign-in of profile `{profile}` is no longer accepted")]
    SignInAgain {
        /// The profile.
        profile: String,
        /// What the sign-in service said.
        refusal: Box<SignInRefusal>,
    },
    /// There is nothing from which a token could be got without a person.
    #[error("profile `{profile}` is not signed in to {resource}")]
    NotSignedIn {
        /// The profile.
        profile: String,
        /// What a token was wanted for.
        resource: String,
    },
    /// The organization, or discovery, said no.
    #[error("{} refused the request (HTTP {})", .0.url, .0.status)]
    Organization(Box<OrganizationRefusal>),
    /// Still throttled after waiting as asked.
    #[error("{url} is busy (HTTP {status}) and asks to come back in {} s", .wait.as_secs())]
    Throttled {
        /// The address.
        url: String,
        /// 429 or 503.
        status: u16,
        /// How long it wants to be left alone.
        wait: Duration,
    },
    /// An answer could not be read.
    #[error("{url} answered something unexpected: {why}")]
    Garbled {
        /// The address.
        url: String,
        /// What is wrong with it.
        why: String,
    },
    /// The person did not come back from the browser.
    #[error("nobody came back from the browser within {} minutes", .0.as_secs() / 60)]
    BrowserTimedOut(Duration),
    /// The browser came back with somebody else's answer.
    #[error("the sign-in that came back is not the one that was started: {0}")]
    ForeignAnswer(&'static str),
    /// Nobody typed the code in time.
    #[error("the code {0} was not entered in time")]
    DeviceCodeExpired(String),
    /// No organization fits.
    #[error("no organization that this account may enter fits `{wanted}`")]
    NoOrganization {
        /// What was looked for.
        wanted: String,
        /// What there is.
        known: Vec<String>,
    },
    /// More than one fits.
    #[error("`{wanted}` fits {} organizations", .candidates.len())]
    Ambiguous {
        /// What was looked for.
        wanted: String,
        /// What fits: name, unique name and address.
        candidates: Vec<String>,
    },
    /// No such profile.
    #[error("there is no profile `{name}`")]
    NoProfile {
        /// Its name.
        name: String,
        /// Those there are.
        known: Vec<String>,
    },
    /// There is no profile at all, or none is selected.
    #[error("no profile is selected")]
    NothingSelected,
    /// A profile of that name exists.
    #[error("a profile `{0}` exists already")]
    ProfileExists(String),
    /// Secrets could not be kept or read.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// A file could not be read or written.
    #[error("{} could not be {doing}", .path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// `read`, `written`.
        doing: &'static str,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file holds something else than it should.
    #[error("{} cannot be understood: {why}", .path.display())]
    BadFile {
        /// Which.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
}

fn leads(location: &Option<String>) -> String {
    location
        .as_ref()
        .map(|to| format!(" (it sends browsers to {to})"))
        .unwrap_or_default()
}

fn offers(schemes: &[String]) -> String {
    if schemes.is_empty() {
        String::new()
    } else {
        format!(" (it offers {})", schemes.join(", "))
    }
}

/// What the innermost server said, ready to be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerSaid {
    /// `AADSTS50126` or `0x80072560`, with the OAuth word where there is one.
    pub code: String,
    /// Its sentence.
    pub sentence: String,
    /// The id to quote to whoever runs the server.
    pub correlation_id: Option<String>,
    /// The server's own id for the request.
    pub request_id: Option<String>,
    /// When, as the server wrote it.
    pub time: Option<String>,
}

impl ClientError {
    /// What kind of failure it is.
    pub fn class(&self) -> Class {
        match self {
            Self::Mistake(_) => Class::Usage,
            Self::Net(NetError::TimedOut { .. }) | Self::Throttled { .. } => Class::TimedOut,
            Self::Net(_) | Self::Garbled { .. } => Class::Network,
            Self::NotAnOrganization { .. } | Self::NoAuthority { .. } => Class::NotFound,
            Self::SignIn(_) | Self::ForeignAnswer(_) => Class::RefusedAuthentication,
            Self::SignInAgain { .. } | Self::NotSignedIn { .. } | Self::NothingSelected => Class::NotSignedIn,
            Self::Organization(refusal) => match refusal.status {
                401 => Class::RefusedAuthentication,
                403 => Class::RefusedAuthorization,
                404 | 410 => Class::NotFound,
                408 | 429 | 504 => Class::TimedOut,
                409 | 412 => Class::Conflict,
                _ => Class::Network,
            },
            Self::BrowserTimedOut(_) | Self::DeviceCodeExpired(_) => Class::TimedOut,
            Self::NoOrganization { .. } | Self::Ambiguous { .. } | Self::NoProfile { .. } => Class::NotFound,
            Self::ProfileExists(_) => Class::Conflict,
            Self::Vault(error) => error.class(),
            Self::File { .. } | Self::BadFile { .. } => Class::Internal,
        }
    }

    /// What the server said, where one did.
    pub fn said(&self) -> Option<ServerSaid> {
        match self {
            Self::SignIn(refusal) | Self::SignInAgain { refusal, .. } => Some(said_at_sign_in(&refusal.said)),
            Self::Organization(refusal) => Some(ServerSaid {
                code: if refusal.code.is_empty() {
                    format!("HTTP {}", refusal.status)
                } else {
                    refusal.code.clone()
                },
                sentence: if refusal.message.is_empty() {
                    "(no message)".into()
                } else {
                    refusal.message.clone()
                },
                correlation_id: Some(refusal.correlation_id.clone()),
                request_id: refusal.request_id.clone(),
                time: Some(refusal.time.clone()),
            }),
            _ => None,
        }
    }

    /// What to do next.
    pub fn hint(&self) -> String {
        match self {
            Self::Mistake(mistake) => mistake.hint(),
            Self::Net(error) => format!("{}{}", error.hint(), elsewhere(error)),
            Self::NotAnOrganization { status, .. } if *status == StatusCode::NOT_FOUND => {
                "Check the name before the region with `keyway url`, or list what you may enter with `keyway org list`.".into()
            }
            Self::NotAnOrganization { location: Some(_), .. } => {
                "It signs browsers in by itself, as claims and internet-facing deployments do; they need OAuth switched on for programs.".into()
            }
            Self::NotAnOrganization { .. } => "Check the address with `keyway url ADDRESS`.".into(),
            Self::NoAuthority { schemes, .. } if !schemes.is_empty() => {
                "This looks like an on-premises server with Windows authentication, which this client does not speak.".into()
            }
            Self::NoAuthority { .. } => "Something between here and the organization may be removing the header; or name the tenant with --tenant.".into(),
            Self::SignIn(refusal) => sign_in_hint(&refusal.said),
            Self::SignInAgain { profile, refusal } => {
                let why = sign_in_hint(&refusal.said);
                format!("Sign in again with `keyway auth update {profile}`. {why}")
            }
            Self::NotSignedIn { profile, .. } => format!("Sign in with `keyway auth update {profile}`."),
            Self::Organization(refusal) => organization_hint(refusal),
            Self::Throttled { wait, .. } => format!("Wait {} seconds and send fewer requests at a time.", wait.as_secs()),
            Self::Garbled { .. } => "A proxy or a captive portal may be answering in its place; open the address in a browser.".into(),
            Self::BrowserTimedOut(_) => "Start again, or use --device-code. If the page showed AADSTS50011, the app registration lacks http://localhost among its mobile and desktop redirects.".into(),
            Self::ForeignAnswer(_) => "Close old sign-in windows and start again.".into(),
            Self::DeviceCodeExpired(_) => "Start again and enter the code within its time.".into(),
            Self::NoOrganization { known, .. } if known.is_empty() => {
                "This account may enter no organization: it may be disabled there, outside the security group, or in another tenant or cloud. Give the address itself with --url to see the organization's own answer.".into()
            }
            Self::NoOrganization { known, .. } => format!("There are: {}.", known.join("; ")),
            Self::Ambiguous { candidates, .. } => format!("Give one of them in full: {}.", candidates.join("; ")),
            Self::NoProfile { known, .. } if known.is_empty() => "Make one with `keyway auth create`.".into(),
            Self::NoProfile { known, .. } => format!("There are: {}.", known.join(", ")),
            Self::NothingSelected => "Choose one with `keyway auth select NAME` or --profile, or make one with `keyway auth create`.".into(),
            Self::ProfileExists(name) => {
                format!("Choose another with --name, renew it with `keyway auth update {name}`, or remove it with `keyway auth delete {name}`.")
            }
            Self::Vault(error) => error.hint(),
            Self::File { .. } => "Check that the directory exists, is yours, and the disk is not full.".into(),
            Self::BadFile { .. } => "Correct the file, or move it away to begin anew.".into(),
        }
    }
}

/// Regions are easily mixed up (row 003-23): an organization that is not found may live in another one.
fn elsewhere(error: &NetError) -> String {
    let (NetError::NameNotFound { host, .. } | NetError::ProxyRefused { target: host, .. }) = error else {
        return String::new();
    };
    let host = host.split(':').next().unwrap_or_default();
    match Address::read(host, &RegionTable::default()).kind {
        Kind::Online(online) => format!(
            " If `{0}` lives in another region, `--environment {0}` finds it by name.",
            online.name
        ),
        _ => String::new(),
    }
}

fn said_at_sign_in(said: &OAuthError) -> ServerSaid {
    let word = said
        .suberror
        .as_ref()
        .map_or_else(|| said.error.to_string(), |sub| format!("{}/{sub}", said.error));
    ServerSaid {
        code: said
            .code()
            .map_or_else(|| word.clone(), |code| format!("AADSTS{code} ({word})")),
        sentence: said.sentence().unwrap_or("(no description)").to_owned(),
        correlation_id: said.correlation().map(ToOwned::to_owned),
        request_id: said.trace().map(ToOwned::to_owned),
        time: said.time().map(ToOwned::to_owned),
    }
}

/// The table that owns the code knows what to do about it.
fn sign_in_hint(said: &OAuthError) -> String {
    let entry = said
        .code()
        .and_then(|code| wire::aadsts::table().find(|entry| entry.code == code));
    let mut hint = match (entry, said.error.as_ref()) {
        (Some(entry), _) => entry.next.to_owned(),
        (None, "interaction_required" | "login_required") => {
            "Sign in interactively: with the browser or --device-code.".into()
        }
        (None, "consent_required") => "An administrator must consent to the application.".into(),
        (None, "authorization_declined" | "access_denied") => {
            "The sign-in was declined; start again and confirm it.".into()
        }
        (None, _) => "Look the code up at https://login.microsoftonline.com/error.".into(),
    };
    // The refusals whose cure is to name the tenant (facts/identity.md 3.3 C).
    if matches!(
        said.code(),
        Some(50059 | 50128 | 50194 | 90019 | 90133 | 9_001_023)
    ) {
        hint.push_str(" Here that is --tenant.");
    }
    if let Some(url) = &said.password_change_url {
        hint.push_str(&format!(" The password is changed at {url}."));
    }
    hint
}

fn organization_hint(refusal: &OrganizationRefusal) -> String {
    use wire::dataverse as table;
    let found = table::find(&refusal.code);
    let is = |fault: &'static table::Fault| found == Some(fault);
    if is(&table::USER_NOT_ASSIGNED_ROLES) || is(&table::PRIVILEGE_DENIED) {
        return "Somebody who may assign security roles there, for example a System Administrator, must give this user one.".into();
    }
    if is(&table::USER_NOT_MEMBER_OF_ORG) {
        return "An administrator must add this user to the organization; for an application, create an application user with its client id.".into();
    }
    if is(&table::USER_NOT_ENABLED) || is(&table::SYSTEM_USER_DISABLED) {
        return "The user is disabled in the organization; an administrator must enable it.".into();
    }
    if is(&table::USER_NOT_ASSIGNED_LICENSE) {
        return "The user has no license for this organization; an administrator must assign one.".into();
    }
    if is(&table::ORGANIZATION_DISABLED) || is(&table::ADMIN_ONLY_MODE) {
        return "The organization is closed to users at the moment; ask its administrator when it opens."
            .into();
    }
    if is(&table::ORGANIZATION_MOVING) {
        return "Try again later; until the move is over nobody gets in.".into();
    }
    if is(&table::ORGANIZATION_NOT_CONFIGURED) {
        return "An administrator must finish setting the organization up.".into();
    }
    match refusal.status {
        401 => "The organization does not accept the token: check that it belongs to this tenant, with `keyway token inspect`.".into(),
        403 => "Somebody who administers the organization must allow this.".into(),
        404 => "Check the address with `keyway url`.".into(),
        _ => "Try again later; if it stays so, give the request id to whoever runs the server.".into(),
    }
}

impl OrganizationRefusal {
    /// Makes the most of an answer that is not a success.
    pub(crate) fn of(url: &str, response: &net::Response, correlation_id: String, now: Timestamp) -> Self {
        let body: Option<wire::odata::ErrorBody> = serde_json::from_slice(&response.body).ok();
        let detail = body.map(|body| body.error).unwrap_or_default();
        let inner = detail
            .innererror
            .map(|inner| inner.message)
            .filter(|text| !text.is_empty());
        let inner = detail.inner_message.filter(|text| !text.is_empty()).or(inner);
        let header = |name: &str| response.header(name).map(ToOwned::to_owned);
        Self {
            url: url.split('?').next().unwrap_or_default().to_owned(),
            status: response.status.as_u16(),
            code: detail.code,
            message: inner.unwrap_or(detail.message),
            request_id: header("x-ms-service-request-id").or_else(|| header("req_id")),
            time: response.date().unwrap_or(now).rfc3339_seconds(),
            correlation_id,
        }
    }
}
