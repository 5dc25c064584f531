//! HTTP proxies: which one to use for a host, and the CONNECT handshake (RFC 9110 9.3.6).

use std::fmt;

use base64::{Engine, engine::general_purpose::STANDARD};
use evidence::shown;
use percent_encoding::percent_decode_str;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use types::Secret;

use crate::{NetError, error::is_localhost, resolve::bare};

/// Longest head of a proxy's answer, in bytes.
const HEAD_LIMIT: usize = 16 * 1024;

/// A proxy setting cannot be used. The text never holds the credentials.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadProxy {
    /// A scheme other than `http`.
    #[error("the proxy URL begins with `{0}://`, which is not supported")]
    Scheme(String),
    /// Not a URL.
    #[error("the proxy setting is not a URL of the form http://[name:password@]host:port")]
    NotAUrl,
}

impl BadProxy {
    /// What to do next.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Scheme(_) => {
                "Use an HTTP proxy: http://host:port. HTTPS goes through it by CONNECT and stays encrypted end to end."
            }
            Self::NotAUrl => {
                "Correct HTTPS_PROXY (or --proxy); special characters in the name or password must be percent-encoded."
            }
        }
    }
}

/// One HTTP proxy.
#[derive(Clone, PartialEq, Eq)]
pub struct Proxy {
    host: String,
    port: u16,
    /// Base64 of `name:password`, ready for the header.
    basic: Option<Secret>,
}

impl Proxy {
    /// Reads `http://[name:password@]host[:port]`; the scheme may be missing, the port is then 80
    /// (what `http` means; curl takes 1080, nobody else does).
    ///
    /// # Errors
    /// [`BadProxy`] names the flaw without repeating the credentials.
    pub fn parse(text: &str) -> Result<Self, BadProxy> {
        let rest = match text.trim().split_once("://") {
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("http") => rest,
            Some((scheme, _)) => return Err(BadProxy::Scheme(scheme.to_ascii_lowercase())),
            None => text.trim(),
        };
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let (user, place) = match authority.rsplit_once('@') {
            Some((user, place)) => (Some(user), place),
            None => (None, authority),
        };
        let (host, port) = host_and_port(place, 80).ok_or(BadProxy::NotAUrl)?;
        let decode = |text: &str| percent_decode_str(text).collect::<Vec<u8>>();
        let basic = user.map(|user| {
            let (name, password) = user.split_once(':').unwrap_or((user, ""));
            Secret::new(STANDARD.encode([decode(name), decode(password)].join(&b':')))
        });
        Ok(Self { host, port, basic })
    }

    /// Its host, without brackets.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Asks it to connect `stream` to `target` (`host:port`).
    ///
    /// # Errors
    /// [`NetError::ProxyCredentials`] and [`NetError::ProxyRefused`].
    pub async fn connect(&self, stream: &mut TcpStream, target: &str) -> Result<(), NetError> {
        let broken = |error: std::io::Error| self.refused(target, format!("the connection broke ({error})"));
        let mut request = format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n");
        if let Some(basic) = &self.basic {
            request.push_str(&format!("Proxy-Authorization: Basic {}\r\n", basic.expose()));
        }
        request.push_str("\r\n");
        let request = Secret::new(request);
        stream
            .write_all(request.expose().as_bytes())
            .await
            .map_err(broken)?;
        let head = read_head(stream).await.map_err(broken)?;
        self.judge(&head, target)
    }

    fn judge(&self, head: &str, target: &str) -> Result<(), NetError> {
        let mut lines = head.split("\r\n");
        let status_line = lines.next().unwrap_or_default();
        let status = status_line
            .split(' ')
            .nth(1)
            .and_then(|status| status.parse::<u16>().ok());
        match status {
            Some(200..=299) if status_line.starts_with("HTTP/1.") => Ok(()),
            Some(407) => {
                let schemes = lines.filter_map(|line| {
                    let (name, value) = line.split_once(':')?;
                    let scheme = value.trim().split([' ', ',']).next()?;
                    name.eq_ignore_ascii_case("proxy-authenticate").then_some(scheme)
                });
                Err(NetError::ProxyCredentials {
                    proxy: self.to_string(),
                    target: target.to_owned(),
                    schemes: schemes.collect::<Vec<_>>().join(", "),
                    sent: self.basic.is_some(),
                })
            }
            Some(_) => Err(self.refused(target, printable(status_line))),
            None => Err(self.refused(
                target,
                format!("it answered `{}`, which is not HTTP", printable(status_line)),
            )),
        }
    }

    fn refused(&self, target: &str, answer: String) -> NetError {
        NetError::ProxyRefused {
            proxy: self.to_string(),
            target: target.to_owned(),
            answer,
        }
    }
}

/// Reads up to the empty line. After a CONNECT the other side waits for us, so nothing may follow it.
async fn read_head(stream: &mut TcpStream) -> std::io::Result<String> {
    let mut head = Vec::new();
    let mut chunk = [0; 1024];
    loop {
        let count = stream.read(&mut chunk).await?;
        head.extend_from_slice(&chunk[..count]);
        let ended = head.windows(4).any(|window| window == b"\r\n\r\n");
        if ended || count == 0 || head.len() > HEAD_LIMIT {
            return Ok(String::from_utf8_lossy(&head).into_owned());
        }
    }
}

/// The beginning of a foreign text, fit for a terminal.
fn printable(text: &str) -> String {
    shown(&text.chars().take(80).collect::<String>())
}

impl fmt::Display for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = &self.host;
        if host.contains(':') {
            write!(f, "http://[{host}]:{}", self.port)
        } else {
            write!(f, "http://{host}:{}", self.port)
        }
    }
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// `host`, `host:port` or `[v6]:port`; the host comes back without brackets.
fn host_and_port(text: &str, default: u16) -> Option<(String, u16)> {
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') && (host.starts_with('[') || !host.contains(':')) => {
            (host, port.parse().ok()?)
        }
        _ => (text, default),
    };
    let host = bare(host);
    let fits = !host.is_empty()
        && host
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "-._:".contains(c));
    fits.then(|| (host.to_ascii_lowercase(), port))
}

/// Which hosts go through which proxy.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProxyRules {
    https: Option<Proxy>,
    except: Vec<String>,
}

impl ProxyRules {
    /// Always directly.
    pub fn none() -> Self {
        Self::default()
    }

    /// From `HTTPS_PROXY`/`https_proxy` and `NO_PROXY`/`no_proxy`, as `lookup` gives them; `chosen` wins over
    /// the first two. The lower-case names win, as in curl.
    ///
    /// # Errors
    /// [`BadProxy`] when the setting that counts cannot be used.
    pub fn from_settings(
        chosen: Option<&str>,
        lookup: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, BadProxy> {
        let first = |names: [&str; 2]| {
            names
                .iter()
                .filter_map(|name| lookup(name))
                .find(|value| !value.trim().is_empty())
        };
        let url = chosen
            .map(ToOwned::to_owned)
            .or_else(|| first(["https_proxy", "HTTPS_PROXY"]));
        let except = first(["no_proxy", "NO_PROXY"]).unwrap_or_default();
        Ok(Self {
            https: url.as_deref().map(Proxy::parse).transpose()?,
            except: except
                .split([',', ' '])
                .map(|name| name.trim().to_ascii_lowercase())
                .filter(|n| !n.is_empty())
                .collect(),
        })
    }

    /// The proxy for an HTTPS connection to `host`. Loopback is never reached through a proxy: on the proxy's
    /// machine it would be another one.
    pub fn proxy_for(&self, host: &str, port: u16) -> Option<&Proxy> {
        let host = bare(host).to_ascii_lowercase();
        let loopback = host
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback());
        let excepted = self.except.iter().any(|rule| matches(rule, &host, port));
        self.https
            .as_ref()
            .filter(|_| !loopback && !is_localhost(&host) && !excepted)
    }
}

/// `*`, `example.com` (and everything below it), `.example.com`, each with an optional port; or an address.
fn matches(rule: &str, host: &str, port: u16) -> bool {
    if rule == "*" {
        return true;
    }
    let rule = rule.strip_prefix('*').unwrap_or(rule);
    let Some((name, rule_port)) = host_and_port(rule.strip_prefix('.').unwrap_or(rule), port) else {
        return false;
    };
    let below = host
        .strip_suffix(name.as_str())
        .is_some_and(|head| head.is_empty() || head.ends_with('.'));
    rule_port == port && below
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(proxy: &str, except: &str) -> ProxyRules {
        ProxyRules::from_settings(Some(proxy), |name| {
            (name == "NO_PROXY").then(|| except.to_owned())
        })
        .unwrap()
    }

    #[test]
    fn credentials_come_from_the_url_and_are_never_shown() {
        let proxy = Proxy::parse("http://anna:p%40ss%3A@proxy.contoso.com:8080/").unwrap();
        assert_eq!(
            STANDARD.decode(proxy.basic.as_ref().unwrap().expose()).unwrap(),
            b"anna:p@ss:"
        );
        assert_eq!(
            format!("{proxy} {proxy:?}"),
            "http://proxy.contoso.com:8080 http://proxy.contoso.com:8080"
        );
        assert_eq!(
            Proxy::parse("[::1]:3128").unwrap().to_string(),
            "http://[::1]:3128"
        );
        assert_eq!(Proxy::parse("proxy").unwrap().port(), 80);
    }

    #[test]
    fn a_bad_setting_is_named_without_its_secret() {
        assert_eq!(
            Proxy::parse("socks5://u:canary@h:1"),
            Err(BadProxy::Scheme("socks5".into()))
        );
        for bad in [
            "",
            "http://",
            "http://u:canary@",
            "http://h:notaport",
            "http://a b:1",
        ] {
            let error = Proxy::parse(bad).unwrap_err();
            assert!(!error.to_string().contains("canary"), "{bad}: {error}");
        }
    }

    #[test]
    fn exceptions_go_directly() {
        let rules = rules(
            "http://p:1",
            "contoso.com, .fabrikam.com,*.adatum.com,10.0.0.1,example.org:8443",
        );
        for direct in [
            "contoso.com",
            "crm.contoso.com",
            "a.fabrikam.com",
            "x.adatum.com",
            "10.0.0.1",
            "LOCALHOST",
            "a.localhost",
            "127.0.0.1",
            "[::1]",
        ] {
            assert_eq!(rules.proxy_for(direct, 443), None, "{direct}");
        }
        for through in [
            "notcontoso.com",
            "login.microsoftonline.com",
            "10.0.0.11",
            "example.org",
        ] {
            assert!(rules.proxy_for(through, 443).is_some(), "{through}");
        }
        assert_eq!(rules.proxy_for("example.org", 8443), None);
        assert_eq!(self::rules("http://p:1", "*").proxy_for("a.com", 443), None);
    }

    #[test]
    fn the_environment_is_read_in_either_case() {
        let found = |set: &'static str| {
            ProxyRules::from_settings(None, |name| (name == set).then(|| "http://p:8080".to_owned())).unwrap()
        };
        assert!(found("https_proxy").proxy_for("a.com", 443).is_some());
        assert!(found("HTTPS_PROXY").proxy_for("a.com", 443).is_some());
        assert_eq!(found("HTTP_PROXY").proxy_for("a.com", 443), None);
    }

    #[test]
    fn each_answer_is_judged() {
        let proxy = Proxy::parse("http://u:p@h:1").unwrap();
        let judge = |head: &str| proxy.judge(head, "a.com:443");
        assert!(judge("HTTP/1.1 200 Connection established\r\n\r\n").is_ok());
        let refusal = judge(
            "HTTP/1.1 407 Nope\r\nProxy-Authenticate: NTLM\r\nproxy-authenticate: Basic realm=x\r\n\r\n",
        );
        assert!(
            matches!(refusal, Err(NetError::ProxyCredentials { ref schemes, sent: true, .. }) if schemes == "NTLM, Basic"),
            "{refusal:?}"
        );
        assert!(matches!(
            judge("HTTP/1.1 403 Forbidden\r\n\r\n"),
            Err(NetError::ProxyRefused { .. })
        ));
        assert!(
            judge("SSH-2.0-OpenSSH\u{7}\r\n")
                .unwrap_err()
                .to_string()
                .contains("not HTTP")
        );
    }
}
