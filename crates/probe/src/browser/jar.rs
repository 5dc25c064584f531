//! A cookie jar that keeps and sends cookies as browsers do (RFC 6265bis 5.6 and 5.7), and says why not where it does
//! not. It has no list of public suffixes: a cookie for a whole domain needs two labels, and two hosts are one site when
//! their last two labels are the same.
//!
//! Reading a `Set-Cookie` is the `cookie` crate's. Its store, `cookie_store`, knows neither the prefixes of names nor
//! `SameSite`, reads the clock itself, and does not say why it keeps nothing.

use cookie::{Cookie, SameSite};
use types::{Secret, Timestamp};
use url::{Host, Url};

/// The most cookies that are kept, of one host and of all; servers that set more lose the oldest.
const MOST_OF_HOST: usize = 60;
const MOST: usize = 300;
/// The longest name and value together, in bytes (RFC 6265bis 5.6).
const LONGEST: usize = 4096;

/// A browser's cookies.
#[derive(Default)]
pub struct Jar {
    pub(super) cookies: Vec<Kept>,
}

/// One cookie.
pub(super) struct Kept {
    pub(super) name: String,
    pub(super) value: Secret,
    pub(super) domain: String,
    /// Whether it goes to that host only, and not to those below it.
    pub(super) host_only: bool,
    pub(super) path: String,
    pub(super) secure: bool,
    pub(super) http_only: bool,
    pub(super) same_site: Option<SameSite>,
    /// With the browser's session, without a date.
    pub(super) expires: Option<Timestamp>,
}

/// What became of a cookie that a server set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Became {
    /// It is kept, for this path.
    Kept(String),
    /// It was taken back.
    Removed,
    /// It is not kept, because of this.
    Refused(String),
}

/// How a request comes about.
#[derive(Clone, Copy, Default)]
pub(super) struct Way {
    /// From a page of another site.
    pub(super) cross_site: bool,
    /// By a form.
    pub(super) posted: bool,
}

impl Jar {
    /// Takes what a server at `url` set: the cookie's name, and what became of it.
    pub(super) fn take(&mut self, url: &Url, header: &str, now: Timestamp) -> (String, Became) {
        let Ok(parsed) = Cookie::parse(header) else {
            return (String::new(), Became::Refused("it is no cookie".to_owned()));
        };
        let name = parsed.name().to_owned();
        let kept = match read(url, &parsed, now) {
            Ok(kept) => kept,
            Err(why) => return (name, Became::Refused(why)),
        };
        let same = |one: &Kept| (&one.name, &one.domain, &one.path) == (&kept.name, &kept.domain, &kept.path);
        self.cookies.retain(|one| !same(one));
        if kept.expires.is_some_and(|at| at <= now) {
            return (name, Became::Removed);
        }
        let path = kept.path.clone();
        self.keep(kept);
        (name, Became::Kept(path))
    }

    /// Keeps a cookie; the oldest go where there are too many.
    pub(super) fn keep(&mut self, kept: Kept) {
        let of_host = |one: &Kept| one.domain == kept.domain;
        if self.cookies.iter().filter(|one| of_host(one)).count() >= MOST_OF_HOST
            && let Some(oldest) = self.cookies.iter().position(of_host)
        {
            self.cookies.remove(oldest);
        } else if self.cookies.len() >= MOST {
            self.cookies.remove(0);
        }
        self.cookies.push(kept);
    }

    /// What a browser sends to `url`: the cookies' names, and the header with their values.
    pub(super) fn send(&self, url: &Url, way: Way, now: Timestamp) -> (Vec<String>, Secret) {
        let mut due: Vec<&Kept> = self
            .cookies
            .iter()
            .filter(|one| one.goes_to(url, way, now))
            .collect();
        due.sort_by_key(|one| std::cmp::Reverse(one.path.len()));
        let names = due.iter().map(|one| one.name.clone()).collect();
        let pairs: Vec<String> = due
            .iter()
            .map(|one| match one.name.as_str() {
                "" => one.value.expose().to_owned(),
                name => format!("{name}={}", one.value.expose()),
            })
            .collect();
        (names, Secret::new(pairs.join("; ")))
    }

    /// The values that must not be seen. A short one is no secret, and stands by chance in any text.
    pub(super) fn secrets(&self) -> Vec<&str> {
        let values = self.cookies.iter().map(|one| one.value.expose());
        values.filter(|value| value.len() >= 12).collect()
    }
}

impl Kept {
    fn goes_to(&self, url: &Url, way: Way, now: Timestamp) -> bool {
        let host = url.host_str().unwrap_or_default();
        (host == self.domain || !self.host_only && is_below(host, &self.domain))
            && is_under(url.path(), &self.path)
            && (!self.secure || url.scheme() == "https")
            && self.expires.is_none_or(|at| now < at)
            && (!way.cross_site
                || match self.same_site {
                    Some(SameSite::Strict) => false,
                    Some(SameSite::Lax) => !way.posted,
                    // Without the attribute browsers send one that is as young as these.
                    Some(SameSite::None) | None => true,
                })
    }
}

/// The cookie as it is kept, or why a browser does not keep it.
fn read(url: &Url, parsed: &Cookie<'_>, now: Timestamp) -> Result<Kept, String> {
    let (name, value) = parsed.name_value();
    if name.len() + value.len() > LONGEST {
        return Err(format!("it is longer than {LONGEST} bytes"));
    }
    if !(name.bytes().chain(value.bytes())).all(|byte| (b' '..=b'~').contains(&byte)) {
        return Err("it has characters that no header carries".to_owned());
    }
    let host = url.host_str().unwrap_or_default();
    let secure = parsed.secure() == Some(true);
    let path = parsed.path().filter(|path| path.starts_with('/'));
    let domain = parsed
        .domain()
        .map(|domain| domain.trim_start_matches('.').to_ascii_lowercase())
        .filter(|domain| !domain.is_empty());
    if let Some(domain) = &domain {
        let named = matches!(url.host(), Some(Host::Domain(_)));
        if domain != host && !(named && domain.contains('.') && is_below(host, domain)) {
            return Err(format!("it is for {domain}, and {host} may not set it there"));
        }
    }
    let lower = name.to_ascii_lowercase();
    if (lower.starts_with("__secure-") || lower.starts_with("__host-")) && !secure {
        return Err("the prefix of its name demands Secure, and it has none".to_owned());
    }
    if lower.starts_with("__host-") {
        if domain.is_some() {
            return Err("the prefix `__Host-` of its name forbids a Domain, and it has one".to_owned());
        }
        if path != Some("/") {
            let asked = path.map_or("no path".to_owned(), |path| format!("`{path}`"));
            return Err(format!(
                "the prefix `__Host-` of its name demands the path `/`, and it asks for {asked}"
            ));
        }
    }
    if parsed.same_site() == Some(SameSite::None) && !secure {
        return Err("SameSite=None demands Secure, and it has none".to_owned());
    }
    if secure && url.scheme() != "https" {
        return Err("it is Secure, and its server was not reached by https".to_owned());
    }
    let expires = match (parsed.max_age(), parsed.expires_datetime()) {
        (Some(age), _) => Some(Timestamp::from_seconds(
            now.seconds().saturating_add(age.whole_seconds()),
        )),
        (None, Some(at)) => Some(Timestamp::from_seconds(at.unix_timestamp())),
        (None, None) => None,
    };
    Ok(Kept {
        name: name.to_owned(),
        value: Secret::new(value),
        host_only: domain.is_none(),
        domain: domain.unwrap_or_else(|| host.to_owned()),
        path: path.map_or_else(|| folder(url.path()), ToOwned::to_owned),
        secure,
        http_only: parsed.http_only() == Some(true),
        same_site: parsed.same_site(),
        expires,
    })
}

/// Whether two addresses are pages of one site.
pub(super) fn is_one_site(a: &Url, b: &Url) -> bool {
    let site = |url: &Url| match url.host() {
        Some(Host::Domain(name)) => {
            let labels: Vec<&str> = name.rsplit('.').take(2).collect();
            labels.join(".")
        }
        _ => url.host_str().unwrap_or_default().to_owned(),
    };
    site(a) == site(b)
}

fn is_below(host: &str, domain: &str) -> bool {
    host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'))
}

fn is_under(path: &str, of: &str) -> bool {
    path.strip_prefix(of)
        .is_some_and(|rest| rest.is_empty() || of.ends_with('/') || rest.starts_with('/'))
}

/// Where a cookie without a path belongs (RFC 6265bis 5.1.4).
fn folder(path: &str) -> String {
    match path.rsplit_once('/') {
        Some(("", _)) | None => "/".to_owned(),
        Some((folder, _)) => folder.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_700_000_000);

    fn url(text: &str) -> Url {
        text.parse().unwrap()
    }

    fn sent(jar: &Jar, to: &str, way: Way) -> String {
        jar.send(&url(to), way, NOW).1.expose().to_owned()
    }

    fn became(header: &str) -> Became {
        Jar::default()
            .take(&url("https://a.b.example/x/y"), header, NOW)
            .1
    }

    #[test]
    fn what_browsers_refuse_is_refused_and_why_is_said() {
        for (header, why) in [
            ("__Host-s=1; Secure; Path=/elsewhere/", "demands the path `/`"),
            ("__Host-s=1; Secure", "asks for no path"),
            ("__HOST-s=1; Secure; Path=/; Domain=b.example", "forbids a Domain"),
            ("__Host-s=1; Path=/", "demands Secure"),
            ("__Secure-s=1; Path=/", "demands Secure"),
            ("s=1; SameSite=None", "demands Secure"),
            ("s=1; Domain=other.example", "may not set it"),
            ("s=1; Domain=example", "may not set it"),
            ("s=1; Domain=x.a.b.example", "may not set it"),
            ("s=\u{7f}", "characters"),
        ] {
            match became(header) {
                Became::Refused(told) => assert!(told.contains(why), "{header}: {told}"),
                other => panic!("{header}: {other:?}"),
            }
        }
        assert!(matches!(
            became(&format!("s={}", "x".repeat(5000))),
            Became::Refused(_)
        ));
        assert_eq!(became("s=1"), Became::Kept("/x".to_owned()));
        assert_eq!(became("__Host-s=1; Secure; Path=/"), Became::Kept("/".to_owned()));
        assert_eq!(became("s=1; Max-Age=0"), Became::Removed);
        assert_eq!(
            became("s=1; Expires=Thu, 01-Jan-1970 00:00:00 GMT"),
            Became::Removed
        );
    }

    #[test]
    fn a_cookie_goes_where_it_belongs_and_nowhere_else() {
        let mut jar = Jar::default();
        let at = url("https://a.b.example/x/y");
        for header in [
            "host=1; Path=/",
            "wide=2; Path=/; Domain=.B.example",
            "deep=3",
            "safe=4; Path=/; Secure",
            "late=5; Path=/; Max-Age=60",
            "none=6; Path=/; Secure; SameSite=None",
            "lax=7; Path=/; SameSite=Lax",
            "strict=8; Path=/; SameSite=Strict",
        ] {
            jar.take(&at, header, NOW);
        }
        let same = Way::default();
        assert_eq!(
            sent(&jar, "https://a.b.example/x/z", same),
            "deep=3; host=1; wide=2; safe=4; late=5; none=6; lax=7; strict=8"
        );
        assert_eq!(sent(&jar, "https://c.b.example/x/z", same), "wide=2");
        assert_eq!(sent(&jar, "https://ab.example/", same), "");
        assert!(!sent(&jar, "https://a.b.example/xx", same).contains("deep"));
        assert!(!sent(&jar, "http://a.b.example/", same).contains("safe"));
        let from_elsewhere = |posted| Way {
            cross_site: true,
            posted,
        };
        let got = sent(&jar, "https://a.b.example/", from_elsewhere(false));
        assert!(got.contains("lax") && !got.contains("strict"), "{got}");
        let posted = sent(&jar, "https://a.b.example/", from_elsewhere(true));
        assert!(posted.contains("none") && !posted.contains("lax"), "{posted}");
        let later = jar.send(&at, same, Timestamp::from_seconds(NOW.seconds() + 60)).0;
        assert!(!later.contains(&"late".to_owned()));
        jar.take(&at, "host=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT", NOW);
        assert!(!sent(&jar, "https://a.b.example/", same).contains("host"));
    }

    #[test]
    fn a_server_cannot_fill_the_memory() {
        let mut jar = Jar::default();
        for at in 0..1000 {
            jar.take(&url("https://a.example/"), &format!("c{at}=1; Path=/"), NOW);
            jar.take(&url(&format!("https://h{at}.example/")), "c=1", NOW);
        }
        assert!(jar.cookies.len() <= MOST);
        assert!(sent(&jar, "https://a.example/", Way::default()).starts_with("c9"));
    }
}
