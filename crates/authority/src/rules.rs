//! What a registration may be (facts/identity.md 2.1 to 2.3): each rule with its own sentence.
//!
//! To add a rule: its variant of [`BadRegistration`] or [`BadRedirect`], with the sentence, and its line in the function
//! that judges.

use types::{AppId, Host};
use url::Url;

use crate::{App, Audience, Platform, issue::LOGIN_HINT};

/// Who writes a redirect URI: the manifest takes what the portal's form does not (facts/identity.md 2.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Writer {
    /// A person with the portal's form.
    Portal,
    /// A program, or a person who edits the manifest.
    Manifest,
}

/// Why something cannot be a redirect URI.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadRedirect {
    /// Nothing, or no URI with a scheme.
    #[error("is not a whole address; write it like https://your-tenant-address/callback/oauth2")]
    NotAbsolute,
    /// Longer than [`MOST_REDIRECT`].
    #[error("is longer than 256 characters")]
    TooLong,
    /// `http` to somewhere else than this machine.
    #[error("must begin with https; http is accepted for http://localhost alone")]
    NotHttps,
    /// `http://127.0.0.1` by the form.
    #[error("names 127.0.0.1, which only the manifest accepts; register http://localhost instead")]
    LoopbackAddress,
    /// `http://[::1]`.
    #[error("names the IPv6 loopback address, which is not supported; register http://localhost instead")]
    LoopbackSix,
    /// `#`.
    #[error("has a fragment; leave out the # and what follows it")]
    Fragment,
    /// One of ``! $ ' ( ) , ;``.
    #[error("contains the character {0}, which is not supported; none of ! $ ' ( ) , ; is")]
    Character(char),
    /// `*` where no wildcard may be.
    #[error("contains a wildcard; the form accepts none, so register every address by itself")]
    Wildcard,
    /// `?` of an application that takes personal accounts.
    #[error("has a query, which is accepted only while the application takes no personal accounts")]
    Query,
    /// The sign-in service's own page for programs.
    #[error(
        "is the sign-in service's own page for programs, so it belongs to Mobile and desktop applications"
    )]
    NativeClient,
    /// A scheme of a program's own.
    #[error("has a scheme of a program’s own, so it belongs to Mobile and desktop applications")]
    OwnScheme,
}

/// Why a registration cannot be as it was asked for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadRegistration {
    /// No name.
    #[error("an application needs a name")]
    NoName,
    /// Longer than an audience allows.
    #[error("the name is longer than {0} characters")]
    NameTooLong(usize),
    /// One redirect URI is wrong.
    #[error("the redirect URI `{0}` {1}")]
    Redirect(String, BadRedirect),
    /// The front-channel logout URL is wrong.
    #[error("the front-channel logout URL `{0}` {1}")]
    LogoutUrl(String, BadRedirect),
    /// A claim that is not built.
    #[error("the optional claim `{0}` is not built in this stand-in; `login_hint` is")]
    OptionalClaim(String),
    /// The same one twice, whatever the platforms.
    #[error("the redirect URI `{0}` is registered twice; one platform can have it")]
    Twice(String),
    /// More than an audience allows.
    #[error("more than {0} redirect URIs are registered; take away those that nothing uses")]
    TooMany(usize),
    /// An App ID URI that belongs to nobody here.
    #[error(
        "the Application ID URI `{0}` is not on a verified domain of this directory; use api:// followed by the \
         application's client id (HostNameNotOnVerifiedDomain)"
    )]
    Identifier(String),
}

/// The longest redirect URI, in characters.
pub const MOST_REDIRECT: usize = 256;
/// Secrets of an application that takes personal accounts.
pub const MOST_SECRETS_PERSONAL: usize = 2;
/// Where programs without a listener of their own end.
const NATIVE_CLIENT: &str = "/common/oauth2/nativeclient";

impl Audience {
    /// The longest name, in characters.
    pub const fn most_name(self) -> usize {
        if self.takes_personal() { 90 } else { 120 }
    }

    /// How many redirect URIs there may be.
    pub const fn most_redirects(self) -> usize {
        if self.takes_personal() { 100 } else { 256 }
    }
}

/// Judges a redirect URI.
///
/// # Errors
/// [`BadRedirect`], the first rule it breaks.
pub fn redirect(
    uri: &str,
    platform: Platform,
    audience: Audience,
    writer: Writer,
) -> Result<(), BadRedirect> {
    use BadRedirect as Bad;
    if uri.chars().count() > MOST_REDIRECT {
        return Err(Bad::TooLong);
    }
    if uri.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Err(Bad::NotAbsolute);
    }
    let url = Url::parse(uri).map_err(|_| match uri.contains('*') {
        true => Bad::Wildcard,
        false => Bad::NotAbsolute,
    })?;
    if uri.contains('#') {
        return Err(Bad::Fragment);
    }
    if let Some(bad) = uri.chars().find(|c| "!$'(),;".contains(*c)) {
        return Err(Bad::Character(bad));
    }
    if uri.contains('*') && (writer == Writer::Portal || audience.takes_personal()) {
        return Err(Bad::Wildcard);
    }
    if uri.contains('?') && audience.takes_personal() {
        return Err(Bad::Query);
    }
    match url.scheme() {
        "https" if url.host_str().is_none() => Err(Bad::NotAbsolute),
        "https" if platform != Platform::PublicClient && is_native_client(&url) => Err(Bad::NativeClient),
        "https" => Ok(()),
        "http" => match url.host_str() {
            Some("localhost") => Ok(()),
            Some("127.0.0.1") if writer == Writer::Manifest => Ok(()),
            Some("127.0.0.1") => Err(Bad::LoopbackAddress),
            Some("[::1]") => Err(Bad::LoopbackSix),
            _ => Err(Bad::NotHttps),
        },
        "javascript" | "data" | "vbscript" | "file" => Err(Bad::NotAbsolute),
        _ if platform != Platform::PublicClient && !uri.contains("://") => Err(Bad::NotAbsolute),
        _ if platform != Platform::PublicClient => Err(Bad::OwnScheme),
        _ => Ok(()),
    }
}

fn is_native_client(url: &Url) -> bool {
    let ours = url.host_str().and_then(|host| host.parse::<Host>().ok());
    ours.is_some_and(|host| crate::endpoint::Face::of(&host).is_some()) && url.path() == NATIVE_CLIENT
}

/// Judges a whole registration, for a directory with these verified domains.
///
/// # Errors
/// [`BadRegistration`], the first rule it breaks.
pub fn registration<'d>(
    app: &App,
    domains: impl Iterator<Item = &'d str>,
    tenant: types::TenantId,
    writer: Writer,
) -> Result<(), BadRegistration> {
    use BadRegistration as Bad;
    if app.name.trim().is_empty() {
        return Err(Bad::NoName);
    }
    if app.name.chars().count() > app.audience.most_name() {
        return Err(Bad::NameTooLong(app.audience.most_name()));
    }
    let mut known: Vec<&str> = Vec::new();
    for (uri, platform) in app.redirects.each() {
        redirect(uri, platform, app.audience, writer).map_err(|bad| Bad::Redirect(uri.to_owned(), bad))?;
        if known.contains(&uri) {
            return Err(Bad::Twice(uri.to_owned()));
        }
        known.push(uri);
    }
    if known.len() > app.audience.most_redirects() {
        return Err(Bad::TooMany(app.audience.most_redirects()));
    }
    if let Some(url) = &app.logout_url {
        redirect(url, Platform::Web, app.audience, writer).map_err(|bad| Bad::LogoutUrl(url.clone(), bad))?;
    }
    if let Some(unknown) = app.optional_claims.iter().find(|claim| *claim != LOGIN_HINT) {
        return Err(Bad::OptionalClaim(unknown.clone()));
    }
    let domains: Vec<&str> = domains.collect();
    let ours = |uri: &&String| identifier(uri, app.id, tenant, &domains);
    match app.identifier_uris.iter().find(|uri| !ours(uri)) {
        Some(foreign) => Err(Bad::Identifier(foreign.clone())),
        None => Ok(()),
    }
}

/// Whether an App ID URI may be taken here: by the application's own id, the tenant's, or a verified domain.
fn identifier(uri: &str, app: AppId, tenant: types::TenantId, domains: &[&str]) -> bool {
    let Ok(url) = Url::parse(uri) else { return false };
    let host = url.host_str().unwrap_or_default().to_ascii_lowercase();
    let on = |domain: &&str| {
        let domain = domain.to_ascii_lowercase();
        host == domain || host.strip_suffix(&domain).is_some_and(|rest| rest.ends_with('.'))
    };
    uri.chars().count() <= 255
        && matches!(url.scheme(), "api" | "https")
        && (url.scheme() == "api" && (host == app.to_string() || host == tenant.to_string())
            || domains.iter().any(on))
}

#[cfg(test)]
mod tests {
    use super::*;
    use types::{ObjectId, TenantId, Uuid};

    fn judged(uri: &str) -> Option<BadRedirect> {
        redirect(uri, Platform::Web, Audience::AzureADMyOrg, Writer::Portal).err()
    }

    #[test]
    fn each_rule_of_redirect_uris_has_its_own_sentence() {
        use BadRedirect as Bad;
        testkit::rows!("004-05");
        for good in [
            "https://your-tenant-address/callback/oauth2",
            "http://localhost:8400/callback",
            "https://a.example/cb?x=1",
        ] {
            assert_eq!(judged(good), None, "{good}");
        }
        for (bad, why) in [
            ("", Bad::NotAbsolute),
            ("your-tenant-address/callback", Bad::NotAbsolute),
            ("https://a.example/a b", Bad::NotAbsolute),
            ("javascript:alert", Bad::NotAbsolute),
            ("http://a.example/cb", Bad::NotHttps),
            ("http://127.0.0.1/cb", Bad::LoopbackAddress),
            ("http://[::1]/cb", Bad::LoopbackSix),
            ("https://a.example/cb#x", Bad::Fragment),
            ("https://a.example/(cb)", Bad::Character('(')),
            ("https://*.a.example/cb", Bad::Wildcard),
            (
                "https://login.microsoftonline.com/common/oauth2/nativeclient",
                Bad::NativeClient,
            ),
            ("myapp://auth", Bad::OwnScheme),
        ] {
            assert_eq!(judged(bad), Some(why), "{bad}");
        }
        let long = format!("https://a.example/{}", "x".repeat(240));
        assert_eq!(judged(&long), Some(Bad::TooLong));
    }

    #[test]
    fn the_manifest_and_other_platforms_and_audiences_differ() {
        let manifest = |uri, platform, audience| redirect(uri, platform, audience, Writer::Manifest);
        let (web, public) = (Platform::Web, Platform::PublicClient);
        let own = Audience::AzureADMyOrg;
        assert!(manifest("http://127.0.0.1:8400/cb", web, own).is_ok());
        assert!(manifest("https://*.a.example/cb", web, own).is_ok());
        for uri in ["msal00000000://auth", "urn:ietf:wg:oauth:2.0:oob"] {
            assert!(manifest(uri, public, own).is_ok(), "{uri}");
        }
        let personal = Audience::AzureADandPersonalMicrosoftAccount;
        assert_eq!(
            manifest("https://a.example/cb?x=1", web, personal),
            Err(BadRedirect::Query)
        );
    }

    #[test]
    fn a_registration_is_judged_as_a_whole() {
        let mut app = App::new(AppId::new(Uuid::nil()), ObjectId::new(Uuid::nil()), "a");
        let judge = |app: &App| {
            registration(
                app,
                ["contoso.com"].into_iter(),
                TenantId::CONSUMERS,
                Writer::Portal,
            )
        };
        assert_eq!(judge(&app), Ok(()));
        app.identifier_uris = vec![
            format!("api://{}", app.id),
            "https://api.contoso.com/x".to_owned(),
        ];
        assert_eq!(judge(&app), Ok(()));
        for foreign in ["https://evilcontoso.com", "api://mine", "contoso.com"] {
            app.identifier_uris = vec![foreign.to_owned()];
            assert_eq!(judge(&app), Err(BadRegistration::Identifier(foreign.to_owned())));
        }
        app.identifier_uris.clear();
        app.redirects.web = vec!["https://a.example/".to_owned()];
        app.redirects.spa = vec!["https://a.example/".to_owned()];
        assert_eq!(
            judge(&app),
            Err(BadRegistration::Twice("https://a.example/".to_owned()))
        );
        app.redirects.spa.clear();
        app.redirects.web = (0..257).map(|n| format!("https://a.example/{n}")).collect();
        assert_eq!(judge(&app), Err(BadRegistration::TooMany(256)));
        app.redirects.web.clear();
        app.optional_claims = ["login_hint".to_owned(), "acct".to_owned()].into();
        assert_eq!(
            judge(&app),
            Err(BadRegistration::OptionalClaim("acct".to_owned()))
        );
        app.optional_claims.remove("acct");
        app.logout_url = Some("https://a.example/out".to_owned());
        assert_eq!(judge(&app), Ok(()));
        app.logout_url = Some("a.example".to_owned());
        let bad = BadRegistration::LogoutUrl("a.example".to_owned(), BadRedirect::NotAbsolute);
        assert_eq!(judge(&app), Err(bad));
        app.logout_url = None;
        app.name = "x".repeat(100);
        assert_eq!(judge(&app), Ok(()));
        app.audience = Audience::PersonalMicrosoftAccount;
        assert_eq!(judge(&app), Err(BadRegistration::NameTooLong(90)));
        app.name = " ".to_owned();
        assert_eq!(judge(&app), Err(BadRegistration::NoName));
    }
}
