//! A stand-in of its own for each test, and a browser that does what a person does: follows links, fills in forms,
//! keeps cookies by host. No script runs in it, so what works here works without.

use std::{collections::BTreeMap, sync::Arc};

use evidence::Steps;
use http::{Method, header};
use net::{Net, Request, Response, Settings};
use standin::{Config, Location, Running, Source, edge::Limits};
use tempfile::TempDir;
use types::{Clock, Secret, SystemChance, SystemClock};

/// Who may do everything at Contoso.
pub(crate) const ADMIN: &str = "admin@contoso.onmicrosoft.com";
/// The password of everybody in the demo world.
pub(crate) const PASSWORD: &str = "Keyway!Demo1";

pub(crate) struct App {
    running: Option<Running>,
    _directory: TempDir,
    pub(crate) net: Net,
}

impl App {
    pub(crate) async fn start() -> Self {
        Self::start_with(Arc::new(SystemClock), None).await
    }

    /// By a clock that the test turns, or that stands still.
    pub(crate) async fn start_by(clock: Arc<dyn Clock>) -> Self {
        Self::start_with(clock, None).await
    }

    /// With a control token.
    pub(crate) async fn start_guarded(token: &str) -> Self {
        Self::start_with(Arc::new(SystemClock), Some(Secret::new(token))).await
    }

    async fn start_with(clock: Arc<dyn Clock>, token: Option<Secret>) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let config = Config {
            world: Source::Demo,
            location: Location::Memory,
            listen: "127.0.0.1:0".parse().unwrap(),
            proxy: "127.0.0.1:0".parse().unwrap(),
            allow_public: false,
            control_token: token,
            seal_key: None,
            state_directory: directory.path().to_owned(),
            ready_file: None,
            limits: Limits::default(),
            pages: Some(portal::pages()),
            smtp: None,
        };
        let running = standin::start(config, clock, Arc::new(SystemChance))
            .await
            .unwrap();
        let settings = Settings {
            extra_ca: vec![running.ready.ca.clone()],
            ..Settings::default()
        };
        Self {
            running: Some(running),
            _directory: directory,
            net: Net::new(settings, Arc::new(SystemClock)),
        }
    }

    /// An address of a true name, as this stand-in is reached.
    pub(crate) fn url(&self, host: &str, path: &str) -> String {
        let port = self.running.as_ref().unwrap().ready.port();
        match host {
            "localhost" => format!("https://localhost:{port}{path}"),
            host => format!("https://{host}.localhost:{port}{path}"),
        }
    }

    pub(crate) async fn send(&self, request: Request) -> Response {
        self.net.send(&request, &mut Steps::default()).await.unwrap()
    }

    /// A page of ours on `localhost`.
    pub(crate) async fn get(&self, path: &str) -> Response {
        self.send(Request::get(self.url("localhost", path))).await
    }

    /// An operation of the control API: its answer, which must be a success.
    pub(crate) async fn control(
        &self,
        method: Method,
        path: &str,
        body: &serde_json::Value,
    ) -> serde_json::Value {
        let url = self.url("localhost", &format!("/_keyway/v1{path}"));
        let body = match body {
            serde_json::Value::Null => Vec::new(),
            body => serde_json::to_vec(body).unwrap(),
        };
        let answer = self.send(Request::json(method, url, body)).await;
        assert!(
            answer.status.is_success(),
            "{path}: {} {}",
            answer.status,
            text(&answer)
        );
        serde_json::from_slice(&answer.body).unwrap_or_default()
    }

    pub(crate) fn browser(&self) -> Browser<'_> {
        Browser {
            app: self,
            cookies: BTreeMap::new(),
            at: String::new(),
            page: String::new(),
            status: 0,
            hops: Vec::new(),
            agent: None,
        }
    }

    /// Somebody signed in to a site, on one of its pages.
    pub(crate) async fn entered(&self, host: &str, login: &str, path: &str) -> Browser<'_> {
        let mut browser = self.browser();
        browser.visit(host, path).await;
        browser.sign_in(login, PASSWORD).await;
        browser
    }

    /// An account as the control API shows it, in the tenant of its user name's domain.
    pub(crate) async fn account(&self, login: &str) -> serde_json::Value {
        let (_, domain) = login.split_once('@').unwrap();
        let path = format!("/tenants/{domain}/accounts/{login}");
        self.control(Method::GET, &path, &serde_json::Value::Null).await
    }

    /// Its object id.
    pub(crate) async fn id(&self, login: &str) -> String {
        self.account(login).await["id"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn stop(mut self) {
        self.running.take().unwrap().stop().await;
    }
}

pub(crate) fn text(response: &Response) -> String {
    String::from_utf8(response.body.to_vec()).unwrap()
}

/// Somebody at a window.
pub(crate) struct Browser<'a> {
    app: &'a App,
    /// By host, then by name.
    pub(crate) cookies: BTreeMap<String, BTreeMap<String, String>>,
    /// The address of the page shown.
    pub(crate) at: String,
    /// The page shown.
    pub(crate) page: String,
    /// Its status.
    pub(crate) status: u16,
    /// Every address on the way to it.
    pub(crate) hops: Vec<String>,
    /// What the browser calls itself.
    pub(crate) agent: Option<&'static str>,
}

/// More redirects than browsers follow.
const MOST_HOPS: usize = 20;

impl Browser<'_> {
    /// Opens an address and follows where it leads.
    pub(crate) async fn open(&mut self, url: &str) -> &mut Self {
        self.go(url.to_owned(), None).await
    }

    /// Opens a page of a true name.
    pub(crate) async fn visit(&mut self, host: &str, path: &str) -> &mut Self {
        let url = self.app.url(host, path);
        self.open(&url).await
    }

    async fn go(&mut self, url: String, form: Option<String>) -> &mut Self {
        self.hops.clear();
        let (mut url, mut form) = (url, form);
        loop {
            assert!(
                self.hops.len() < MOST_HOPS,
                "an endless redirect: {:?}",
                self.hops
            );
            let host = host_of(&url);
            let request = match form.take() {
                Some(body) => Request::post_form(&*url, body),
                None => Request::get(&*url),
            };
            let cookies = self.cookies.entry(host).or_default();
            let sent: Vec<_> = cookies
                .iter()
                .map(|(name, value)| format!("{name}={value}"))
                .collect();
            let mut request = request.with(header::COOKIE, &sent.join("; "));
            if let Some(agent) = self.agent {
                request = request.with(header::USER_AGENT, agent);
            }
            let answer = self.app.send(request).await;
            for set in answer.headers.get_all(header::SET_COOKIE) {
                let (pair, attributes) = set.to_str().unwrap().split_once(';').unwrap();
                let (name, value) = pair.split_once('=').unwrap();
                // A browser keeps such a cookie for the whole host or not at all (RFC 6265bis 4.1.3.2).
                if name.starts_with("__Host-") && !attributes.contains("Path=/;") {
                    continue;
                }
                match value.is_empty() || attributes.contains("Max-Age=0") {
                    true => cookies.remove(name),
                    false => cookies.insert(name.to_owned(), value.to_owned()),
                };
            }
            self.hops.push(url.clone());
            if let (true, Some(location)) = (answer.status.is_redirection(), answer.header("location")) {
                url = absolute(&url, location);
                if !is_here(&url) {
                    // Somebody else's address: the browser would leave this stand-in, with what is in it.
                    self.status = answer.status.as_u16();
                    self.page.clear();
                    self.at = url;
                    return self;
                }
                continue;
            }
            self.status = answer.status.as_u16();
            self.page = text(&answer);
            self.at = url;
            return self;
        }
    }

    /// Follows the first link with this text.
    pub(crate) async fn follow(&mut self, words: &str) -> &mut Self {
        let end = self.page.find(&format!(">{words}</a>"));
        let end = end.unwrap_or_else(|| panic!("there is no link “{words}” on {}", self.page));
        let link = self.page[..end].rsplit("href=\"").next().unwrap();
        let link = unescaped(link.split('"').next().unwrap());
        let url = absolute(&self.at, &link);
        self.open(&url).await
    }

    /// Fills in the form that has a button of this name and sends it by that button. What is typed replaces what the
    /// form came with.
    pub(crate) async fn press(&mut self, button: &str, typed: &[(&str, &str)]) -> &mut Self {
        let form = self.form_with(button).or_else(|| self.form_from_outside(button));
        let (action, mut fields) =
            form.unwrap_or_else(|| panic!("there is no button “{button}” on {}", self.page));
        for (name, value) in typed {
            fields.retain(|(known, _)| known != name);
            fields.push(((*name).to_owned(), (*value).to_owned()));
        }
        let body = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish();
        let url = absolute(&self.at, &action);
        self.go(url, Some(body)).await
    }

    /// Sends a form that no page shows to this site, with the cookies of the browser.
    pub(crate) async fn post(&self, path: &str, body: &str) -> Response {
        let url = format!("https://{}{path}", host_of(&self.at));
        self.with_cookies(Request::post_form(url, body.to_owned())).await
    }

    /// A page of this site, with its headers and whatever its status.
    pub(crate) async fn read(&self, path: &str) -> Response {
        let url = format!("https://{}{path}", host_of(&self.at));
        self.with_cookies(Request::get(url)).await
    }

    async fn with_cookies(&self, request: Request) -> Response {
        let cookies = self.cookies.get(&host_of(&self.at)).into_iter().flatten();
        let cookies: Vec<_> = cookies.map(|(name, value)| format!("{name}={value}")).collect();
        let request = request.with(header::COOKIE, &cookies.join("; "));
        self.app.send(request).await
    }

    /// The same with the token of the page that is shown; the answer's status.
    pub(crate) async fn forged(&self, path: &str, body: &str) -> u16 {
        let token = self.page.split("name=\"token\" value=\"").nth(1).unwrap();
        let token = token.split('"').next().unwrap();
        let answer = self.post(path, &format!("token={token}&{body}")).await;
        answer.status.as_u16()
    }

    /// The action of the form that has this button, and what it sends untouched.
    fn form_with(&self, button: &str) -> Option<(String, Vec<(String, String)>)> {
        self.page.split("<form").skip(1).find_map(|part| {
            let form = part.split("</form>").next()?;
            let pressed = form.split("<button").skip(1).find(|b| {
                let label = b
                    .split_once('>')
                    .map_or("", |(_, rest)| rest.split("</button>").next().unwrap_or(""));
                label.trim() == button
            })?;
            let (head, inside) = form.split_once('>')?;
            let mut fields: Vec<_> = inside
                .split("<input")
                .skip(1)
                .map(|input| input.split('>').next().unwrap_or_default())
                .filter(|input| {
                    let choice = input.contains("type=\"checkbox\"") || input.contains("type=\"radio\"");
                    !choice || input.contains("checked")
                })
                .filter_map(|input| {
                    Some((
                        attribute(input, "name")?,
                        attribute(input, "value").unwrap_or_default(),
                    ))
                })
                .collect();
            fields.extend(inside.split("<select").skip(1).filter_map(|select| {
                let name = attribute(select.split('>').next()?, "name")?;
                let chosen = select
                    .split("<option")
                    .skip(1)
                    .find(|option| option.contains("selected"));
                let chosen = chosen.or_else(|| select.split("<option").nth(1))?;
                Some((
                    name,
                    attribute(chosen.split('>').next()?, "value").unwrap_or_default(),
                ))
            }));
            let pressed = pressed.split('>').next()?;
            if let Some(name) = attribute(pressed, "name") {
                fields.push((name, attribute(pressed, "value").unwrap_or_default()));
            }
            Some((attribute(head, "action").unwrap_or_default(), fields))
        })
    }

    /// The form that a button outside of it sends, and where to.
    fn form_from_outside(&self, label: &str) -> Option<(String, Vec<(String, String)>)> {
        let button = self.page.split("<button").skip(1).find(|button| {
            let text = button.split_once('>').map_or("", |(_, rest)| rest);
            text.split("</button>").next().unwrap_or("").trim() == label
        })?;
        let button = button.split('>').next()?;
        let (form, action) = (attribute(button, "form")?, attribute(button, "formaction")?);
        let (_, form) = self.page.split_once(&format!("<form id=\"{form}\""))?;
        let own = form.split("<button").nth(1)?.split_once('>')?.1;
        let (_, fields) = self.form_with(own.split("</button>").next()?.trim())?;
        Some((action, fields))
    }

    /// Signs in where the sign-in service asks, whichever of its pages come.
    pub(crate) async fn sign_in(&mut self, login: &str, password: &str) -> &mut Self {
        for _ in 0..4 {
            if !self.at.contains("login.microsoftonline.com") {
                break;
            }
            let typed: Vec<_> = [("login", login), ("passwd", password)]
                .into_iter()
                .filter(|(name, _)| self.page.contains(&format!("name=\"{name}\"")))
                .collect();
            let button = ["Sign in", "Next", "Yes", "Continue"]
                .into_iter()
                .find(|button| self.form_with(button).is_some());
            let Some(button) = button else { break };
            self.press(button, &typed).await;
        }
        self
    }
}

pub(crate) fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
    Some(unescaped(rest.split('"').next()?))
}

pub(crate) fn unescaped(text: &str) -> String {
    text.replace("&#38;", "&")
        .replace("&#39;", "'")
        .replace("&#34;", "\"")
        .replace("&#60;", "<")
        .replace("&#62;", ">")
        .replace("&amp;", "&")
        .replace("&quot;", "\"")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
}

fn host_of(url: &str) -> String {
    let rest = url.strip_prefix("https://").unwrap_or(url);
    rest.split(['/', '?', '#']).next().unwrap_or_default().to_owned()
}

fn is_here(url: &str) -> bool {
    let host = host_of(url);
    let name = host.split(':').next().unwrap_or_default();
    name == "localhost" || name.ends_with(".localhost")
}

fn absolute(from: &str, link: &str) -> String {
    match link {
        "" => from.to_owned(),
        link if link.starts_with("https://") => link.to_owned(),
        link if link.starts_with('/') => format!("https://{}{link}", host_of(from)),
        link => panic!("{link} is no address that a page of ours should have"),
    }
}
