//! Redirect URIs: which are registered, and carrying an answer to one (facts/identity.md 2.3; RFC 8252 7.3).

use askama::Template;
use http::{StatusCode, header};
use types::Form;
use wire::{
    Answer,
    aadsts::{self, Refusal},
};

use crate::{App, Platform, endpoint::Face, first_party, grants::difference, stop::Done};

/// Where an answer goes: only [`check`] makes one, so no answer goes where the registration does not say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) uri: String,
    pub(crate) platform: Platform,
}

impl Target {
    /// Its origin as a content security policy writes it (CSP 3, 2.3.1): scheme, host and port, or for a program's own
    /// scheme that alone.
    pub(crate) fn origin(&self) -> String {
        match url::Url::parse(&self.uri) {
            Ok(url) if url.origin().is_tuple() => url.origin().ascii_serialization(),
            Ok(url) => format!("{}:", url.scheme()),
            Err(_) => "'none'".to_owned(),
        }
    }
}

/// Checks a redirect URI against the registration.
pub(crate) fn check(app: &App, sent: Option<&str>) -> Result<Target, Refusal> {
    let registered: Vec<(&str, Platform)> = app.redirects.each().collect();
    let Some(sent) = sent else {
        return match registered.as_slice() {
            [] => Err(none_registered(app)),
            [(uri, platform)] => Ok(Target {
                uri: (*uri).to_owned(),
                platform: *platform,
            }),
            _ => Err(Refusal::new(
                &aadsts::REDIRECT_MISSING,
                "redirect_uri is missing and several are registered",
            )),
        };
    };
    if registered.is_empty() {
        return Err(none_registered(app));
    }
    if url::Url::parse(sent).is_err() {
        let why = format!("redirect_uri '{sent}' is not an absolute URI");
        return Err(Refusal::new(&aadsts::NOT_ABSOLUTE, why).with("name", "redirect_uri"));
    }
    let hit = registered
        .iter()
        .find(|(uri, _)| *uri == sent || is_same_loopback(uri, sent) || is_ours(app, uri, sent));
    match hit {
        Some((_, platform)) => Ok(Target {
            uri: sent.to_owned(),
            platform: *platform,
        }),
        None => {
            let near = registered
                .iter()
                .map(|(uri, _)| *uri)
                .max_by_key(|uri| common(uri, sent));
            let why = difference("redirect", sent, near.unwrap_or_default());
            Err(Refusal::new(&aadsts::REDIRECT_MISMATCH, why)
                .with("uri", sent)
                .with("app", app.id))
        }
    }
}

fn none_registered(app: &App) -> Refusal {
    Refusal::new(
        &aadsts::NO_REDIRECT_REGISTERED,
        format!("'{}' has no redirect URI", app.name),
    )
}

fn common(a: &str, b: &str) -> usize {
    a.bytes().zip(b.bytes()).take_while(|(a, b)| a == b).count()
}

/// For `http://localhost` and `http://127.0.0.1` the port does not count; everything else does.
fn is_same_loopback(registered: &str, sent: &str) -> bool {
    let without_port = |uri: &str| {
        let mut url = url::Url::parse(uri).ok()?;
        let loopback = url.scheme() == "http" && matches!(url.host_str(), Some("localhost" | "127.0.0.1"));
        (loopback && url.set_port(None).is_ok()).then_some(url)
    };
    match (without_port(registered), without_port(sent)) {
        (Some(a), Some(b)) => a == b,
        _ => false,
    }
}

/// Pages of the sign-in service itself (`…/oauth2/nativeclient`) and of Microsoft's sites, whichever form they were
/// written in.
fn is_ours(app: &App, registered: &str, sent: &str) -> bool {
    let host = || url::Url::parse(registered).ok()?.host_str()?.parse().ok();
    let ours = first_party::site(app.id).is_some() || host().is_some_and(|host| Face::of(&host).is_some());
    ours && Form::undress(sent) == registered
}

/// How an answer travels: `response_mode`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    Query,
    Fragment,
    FormPost,
}

#[derive(Template)]
#[template(path = "form_post.html")]
struct FormPost<'a> {
    action: &'a str,
    fields: &'a [(&'static str, String)],
}

/// The page runs one script, the one that sends its form; the hash is of that line of the template. (It may stand in a
/// frame, where an application renews its tokens.)
fn form_post_policy(target: &Target) -> String {
    format!(
        "default-src 'none'; style-src 'self'; form-action {}; base-uri 'none'; \
         script-src 'sha256-ePniVEkSivX/c7XWBGafqh8tSpiRrKiqYeqbG7N1TOE='",
        target.origin()
    )
}

/// Carries `fields` to the target.
pub(crate) fn carry(target: &Target, mode: Mode, fields: &[(&'static str, String)]) -> Done<Answer> {
    if mode == Mode::FormPost {
        let page = FormPost {
            action: &target.uri,
            fields,
        }
        .render()?;
        return Ok(Answer::html(StatusCode::OK, page)
            .no_store()
            .with(header::CONTENT_SECURITY_POLICY, &form_post_policy(target))
            .with(header::X_CONTENT_TYPE_OPTIONS, "nosniff")
            .with(header::REFERRER_POLICY, "no-referrer"));
    }
    let encoded = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .finish();
    // A URI registered without a path comes back with one (facts/identity.md 1.3).
    let mut uri = target.uri.clone();
    if url::Url::parse(&uri).is_ok_and(|url| url.has_authority() && url.path() == "/" && !uri.ends_with('/'))
        && !uri.contains('?')
    {
        uri.push('/');
    }
    let location = match mode {
        // Every redirect of the service ends in an empty fragment, so that none is inherited (1.3).
        Mode::Query => format!("{uri}{}{encoded}#", if uri.contains('?') { '&' } else { '?' }),
        Mode::Fragment | Mode::FormPost => format!("{uri}#{encoded}"),
    };
    Ok(Answer::empty(StatusCode::FOUND)
        .with(header::LOCATION, &location)
        .no_store())
}

#[cfg(test)]
mod tests {
    use super::*;
    use types::{AppId, ObjectId, Uuid};

    fn app(web: &[&str], public: &[&str]) -> App {
        let mut app = App::new(AppId::new(Uuid::nil()), ObjectId::new(Uuid::nil()), "a");
        app.redirects.web = web.iter().map(|&u| u.to_owned()).collect();
        app.redirects.public_client = public.iter().map(|&u| u.to_owned()).collect();
        app
    }

    #[test]
    fn everything_counts_but_the_port_of_loopback() {
        testkit::rows!("004-05");
        let app = app(
            &["https://a.example/callback/oauth2"],
            &["http://localhost", "http://127.0.0.1/cb"],
        );
        let ok = |uri| {
            check(&app, Some(uri))
                .map(|t| t.platform)
                .map_err(|r| r.entry.code)
        };
        assert_eq!(ok("https://a.example/callback/oauth2"), Ok(Platform::Web));
        assert_eq!(ok("http://localhost:51234"), Ok(Platform::PublicClient));
        assert_eq!(ok("http://127.0.0.1:9/cb"), Ok(Platform::PublicClient));
        for bad in [
            "https://a.example/callback/oauth2/",
            "https://a.example/Callback/oauth2",
            "http://a.example/callback/oauth2",
            "https://a.example:8443/callback/oauth2",
            "https://a.example/callback/oauth2?x=1",
            "https://localhost:1",
            "http://127.0.0.1/other",
            "https://a.example.evil.net/callback/oauth2",
        ] {
            assert_eq!(ok(bad), Err(50011), "{bad}");
        }
        assert_eq!(ok("callback"), Err(90102));
    }

    #[test]
    fn the_journal_counts_for_the_reader() {
        let refusal = check(&app(&["https://a.example/x"], &[]), Some("https://a.example/x/")).unwrap_err();
        assert_eq!(
            refusal.why,
            "redirect differs at character 20: '/' was sent where '' is registered"
        );
    }

    #[test]
    fn none_one_or_several_registered() {
        assert_eq!(check(&app(&[], &[]), None).unwrap_err().entry.code, 500113);
        assert_eq!(
            check(&app(&["https://a/x"], &[]), None).unwrap().uri,
            "https://a/x"
        );
        assert_eq!(
            check(&app(&["https://a/x", "https://a/y"], &[]), None)
                .unwrap_err()
                .entry
                .code,
            900971
        );
    }

    #[test]
    fn a_target_is_let_through_by_its_origin_alone() {
        let origin = |uri: &str| {
            let target = Target {
                uri: uri.to_owned(),
                platform: Platform::Web,
            };
            target.origin()
        };
        assert_eq!(origin("https://a.example/callback?x=1"), "https://a.example");
        assert_eq!(origin("http://localhost:51234/"), "http://localhost:51234");
        assert_eq!(
            origin("https://portal.azure.com.localhost:8443/signin-oidc"),
            "https://portal.azure.com.localhost:8443"
        );
        assert_eq!(origin("msal1234://auth"), "msal1234:");
        assert_eq!(origin("urn:ietf:wg:oauth:2.0:oob"), "urn:");
        // A registration may hold anything; nothing of it may end the directive.
        assert_eq!(origin("x; script-src *"), "'none'");
    }

    #[test]
    fn answers_travel_three_ways() {
        let target = Target {
            uri: "https://a.example".into(),
            platform: Platform::Web,
        };
        let fields = [("code", "a b".to_owned()), ("state", "\"><script>".to_owned())];
        let location = |mode| {
            let answer = carry(&target, mode, &fields).unwrap();
            answer.headers[header::LOCATION].to_str().unwrap().to_owned()
        };
        assert_eq!(
            location(Mode::Query),
            "https://a.example/?code=a+b&state=%22%3E%3Cscript%3E#"
        );
        assert!(location(Mode::Fragment).starts_with("https://a.example/#code=a+b&"));
        let page = carry(&target, Mode::FormPost, &fields).unwrap();
        assert!(!String::from_utf8_lossy(&page.body).contains("<script>\""));
        assert!(!String::from_utf8_lossy(&page.body).contains("\"><script>"));
    }
}
