//! Where connections to other people's hosts go: through the proxy that was set before, directly, or nowhere.
//!
//! The caller says which in its proxy credentials (docs/adr/0003-sealed-or-forwarded.md): the user `keyway`
//! with the password `sealed`, or `forward`, or `forward.` and the settings that were there before. So one
//! proxy serves sealed and open programs at once, keeps no state about them, and no second process is needed.

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use http::{HeaderMap, header};
use net::{NetError, ProxyRules};
use tokio::net::TcpStream;

/// The user name in the proxy's URL.
const USER: &str = "keyway";
const SEALED: &str = "sealed";
const FORWARD: &str = "forward";

/// What happens to hosts that are not the stand-in's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Others {
    /// The caller did not say: it is asked to (407), since some clients say so only then.
    Unsaid,
    /// They are refused. Nothing leaves the machine.
    Sealed,
    /// They are connected to, through the proxy that was set before where one was.
    Forwarded(ProxyRules),
}

/// The proxy settings of an environment, to be restored for foreign hosts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Before {
    /// `HTTPS_PROXY`.
    pub https_proxy: Option<String>,
    /// `NO_PROXY`.
    pub no_proxy: Option<String>,
}

impl Others {
    /// Reads the choice from `Proxy-Authorization`.
    ///
    /// # Errors
    /// A sentence about credentials that are none of ours, or hold settings that cannot be used.
    pub fn of(headers: &HeaderMap) -> Result<Self, String> {
        let Some(given) = headers.get(header::PROXY_AUTHORIZATION) else {
            return Ok(Self::Unsaid);
        };
        let unknown =
            || "the proxy's user must be `keyway` and its password `sealed` or `forward`".to_owned();
        let basic = given
            .to_str()
            .ok()
            .and_then(|given| given.split_once(' '))
            .ok_or_else(unknown)?;
        let pair = STANDARD
            .decode(basic.1.trim())
            .ok()
            .and_then(|pair| String::from_utf8(pair).ok());
        let pair = pair.ok_or_else(unknown)?;
        match pair.split_once(':') {
            Some((USER, SEALED)) => Ok(Self::Sealed),
            Some((USER, FORWARD)) => Ok(Self::Forwarded(ProxyRules::none())),
            Some((USER, choice)) => {
                let packed = choice
                    .strip_prefix(FORWARD)
                    .and_then(|rest| rest.strip_prefix('.'))
                    .ok_or_else(unknown)?;
                Before::unpack(packed)
                    .ok_or_else(unknown)?
                    .rules()
                    .map(Self::Forwarded)
            }
            _ => Err(unknown()),
        }
    }
}

impl Before {
    /// The URL of the stand-in's proxy at `address` (`host:port`) that seals, or forwards as it was before.
    pub fn proxy_url(before: Option<&Self>, address: &str) -> String {
        match before {
            None => format!("http://{USER}:{SEALED}@{address}"),
            Some(before) if *before == Self::default() => format!("http://{USER}:{FORWARD}@{address}"),
            Some(before) => format!("http://{USER}:{FORWARD}.{}@{address}", before.pack()),
        }
    }

    fn pack(&self) -> String {
        let line = |text: &Option<String>| text.clone().unwrap_or_default().replace('\n', " ");
        URL_SAFE_NO_PAD.encode(format!("{}\n{}", line(&self.https_proxy), line(&self.no_proxy)))
    }

    fn unpack(packed: &str) -> Option<Self> {
        let text = String::from_utf8(URL_SAFE_NO_PAD.decode(packed).ok()?).ok()?;
        let (https_proxy, no_proxy) = text.split_once('\n')?;
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Some(Self {
            https_proxy: some(https_proxy),
            no_proxy: some(no_proxy),
        })
    }

    fn rules(&self) -> Result<ProxyRules, String> {
        let lookup = |name: &str| match name {
            "HTTPS_PROXY" => self.https_proxy.clone(),
            "NO_PROXY" => self.no_proxy.clone(),
            _ => None,
        };
        ProxyRules::from_settings(None, lookup)
            .map_err(|error| format!("the proxy that was set before: {error}"))
    }
}

/// A connection to somebody else's host.
pub(crate) async fn connect(rules: &ProxyRules, host: &str, port: u16) -> Result<TcpStream, String> {
    let target = if host.contains(':') {
        format!("[{host}]:{port}")
    } else {
        format!("{host}:{port}")
    };
    let Some(proxy) = rules.proxy_for(host, port) else {
        return TcpStream::connect((host, port))
            .await
            .map_err(|error| format!("{target} cannot be reached: {error}"));
    };
    let mut stream = TcpStream::connect((proxy.host(), proxy.port()))
        .await
        .map_err(|error| format!("the proxy that was set before, {proxy}, cannot be reached: {error}"))?;
    proxy
        .connect(&mut stream, &target)
        .await
        .map_err(|error: NetError| error.to_string())?;
    Ok(stream)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(url: &str) -> Result<Others, String> {
        let pair = url.strip_prefix("http://").unwrap().split('@').next().unwrap();
        let mut headers = HeaderMap::new();
        headers.insert(
            header::PROXY_AUTHORIZATION,
            format!("Basic {}", STANDARD.encode(pair)).parse().unwrap(),
        );
        Others::of(&headers)
    }

    #[test]
    fn the_choice_travels_in_the_url() {
        assert_eq!(
            said(&Before::proxy_url(None, "127.0.0.1:8480")),
            Ok(Others::Sealed)
        );
        let none = Before::default();
        assert_eq!(
            said(&Before::proxy_url(Some(&none), "h:1")),
            Ok(Others::Forwarded(ProxyRules::none()))
        );
        let before = Before {
            https_proxy: Some("http://anna:p%40ss@proxy.contoso.com:8080".into()),
            no_proxy: Some(".intra.contoso.com,10.0.0.1".into()),
        };
        let Ok(Others::Forwarded(rules)) = said(&Before::proxy_url(Some(&before), "h:1")) else {
            panic!()
        };
        assert_eq!(
            rules.proxy_for("example.com", 443).unwrap().to_string(),
            "http://proxy.contoso.com:8080"
        );
        assert_eq!(rules.proxy_for("a.intra.contoso.com", 443), None);
    }

    #[test]
    fn who_does_not_say_is_asked_and_nonsense_is_refused() {
        assert_eq!(Others::of(&HeaderMap::new()), Ok(Others::Unsaid));
        for nonsense in [
            "http://anna:sealed@h",
            "http://keyway:open@h",
            "http://keyway:forward.!@h",
            "http://keyway@h",
        ] {
            assert!(said(nonsense).is_err(), "{nonsense}");
        }
        let socks = Before {
            https_proxy: Some("socks5://h:1".into()),
            no_proxy: None,
        };
        assert!(
            said(&Before::proxy_url(Some(&socks), "h:1"))
                .unwrap_err()
                .contains("before")
        );
    }
}
