//! B7: sign-ins by people, through the form, as a browser makes them: with a password, and with a session.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::Value;
use types::Stopwatch;

use super::protections;
use crate::{
    Lab, Outcome,
    load::{Awake, Connection, Round, Target},
    raw::{self, Work},
    report::{Row, Series, say},
    server::Server,
};

/// Browsers at once where passwords are typed: hashing takes the whole core anyhow.
const TYPING: u32 = 8;
/// Where the demo's web application takes codes; nothing is ever sent there.
const REDIRECT: &str = "http://localhost:8400/callback";

pub(crate) async fn measure(lab: &Lab) -> Outcome<Vec<Row>> {
    let mut rows = Vec::new();
    for (kept, durable) in [("in memory", false), ("durable", true)] {
        let server = Server::start(lab, &format!("sign-in-{}", kept.replace(' ', "-")), durable).await?;
        // A browser that signs in again and again with one session is what loop detection is there to stop.
        protections::set(
            &server,
            r#"{"service_protection":{"enabled":false},"loop_detection":false}"#,
        )
        .await?;
        let (mut typed, mut remembered) = (Series::default(), Series::default());
        for _ in 0..lab.settings.rounds {
            let hashing = raw::rate(lab, Work::Hash).await?;
            let name = format!("with a password, {kept}");
            typed.add(&name, browsers(lab, &server, false).await?, hashing);
            let signing = raw::rate(lab, Work::Sign).await?;
            let name = format!("with a session, {kept}");
            remembered.add(&name, browsers(lab, &server, true).await?, signing);
        }
        let what = format!("sign-ins with form and password, {kept} / raw Argon2id");
        rows.push(row(&what, &typed, 0.85));
        let what = format!("sign-ins with a session, {kept} / raw signing");
        rows.push(row(&what, &remembered, 0.25));
    }
    Ok(rows)
}

/// Met where the ratio is reached and nobody was refused.
fn row(what: &str, series: &Series, bar: f64) -> Row {
    let mut row = Row::at_least("B7", what, series.ratio(), bar, &series.detail());
    row.met &= series.refused() == 0;
    row
}

/// Several browsers sign in over and over for one round.
async fn browsers(lab: &Lab, server: &Server, keep_session: bool) -> Outcome<Round> {
    let mut tasks = tokio::task::JoinSet::new();
    let time = lab.round();
    let mut prepared = Vec::new();
    let count = if keep_session {
        lab.settings.connections
    } else {
        TYPING
    };
    for _ in 0..count {
        let mut browser = Browser::open(server).await?;
        browser.sign_in().await?;
        prepared.push(browser);
    }
    let _awake = Awake::keep();
    let (busy, watch) = (server.login().processor_seconds(), Stopwatch::start());
    for mut browser in prepared {
        tasks.spawn_local(async move {
            let (mut failed, mut micros) = (0, Vec::new());
            while failed == 0 && watch.elapsed() < time {
                if !keep_session {
                    browser.forget();
                }
                let one = Stopwatch::start();
                if let Err(why) = browser.sign_in().await {
                    say(&format!("a sign-in failed: {why}"));
                    failed += 1;
                }
                micros.push(u32::try_from(one.elapsed().as_micros()).unwrap_or(u32::MAX));
            }
            (failed, micros)
        });
    }
    let (mut failed, mut micros) = (0, Vec::new());
    while let Some(ended) = tasks.join_next().await {
        let (bad, times) = ended.map_err(|error| error.to_string())?;
        failed += bad;
        micros.extend(times);
    }
    Ok(Round::of(
        watch.elapsed(),
        server.login().processor_seconds() - busy,
        failed,
        micros,
    ))
}

/// A person at a browser: one connection, cookies, and the demo's user.
pub(crate) struct Browser {
    connection: Connection,
    login: Target,
    cookies: Vec<(String, String)>,
    authorize: String,
    token_path: String,
    client: (String, String),
    person: (String, String),
}

/// 32 bytes of the verifier, always the same: what is measured does not depend on it.
const VERIFIER: &str = "a-verifier-of-forty-three-characters-or-more";

impl Browser {
    /// A browser without cookies.
    pub(crate) async fn open(server: &Server) -> Outcome<Self> {
        let own = |name| server.env(name).map(ToOwned::to_owned);
        let scope = format!(
            "openid offline_access {}/user_impersonation",
            server.env("DATAVERSE_URL")?.trim_end_matches('/')
        );
        let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, VERIFIER.as_bytes());
        let challenge = URL_SAFE_NO_PAD.encode(digest);
        let query = form_urlencoded::Serializer::new(String::new())
            .extend_pairs([
                ("client_id", server.env("AZURE_CLIENT_ID")?),
                ("response_type", "code"),
                ("redirect_uri", REDIRECT),
                ("scope", &scope),
                ("state", "s"),
                ("nonce", "n"),
                ("code_challenge", &challenge),
                ("code_challenge_method", "S256"),
            ])
            .finish();
        Ok(Self {
            connection: Connection::open(server.login()).await?,
            login: server.login().clone(),
            cookies: Vec::new(),
            authorize: format!(
                "/{}/oauth2/v2.0/authorize?{query}",
                server.env("AZURE_TENANT_ID")?
            ),
            token_path: server.token_path()?,
            client: (own("AZURE_CLIENT_ID")?, own("AZURE_CLIENT_SECRET")?),
            person: (own("KEYWAY_DEMO_USER")?, own("KEYWAY_DEMO_PASSWORD")?),
        })
    }

    /// Throws the cookies away.
    pub(crate) fn forget(&mut self) {
        self.cookies.clear();
    }

    /// From the authorize address to tokens.
    pub(crate) async fn sign_in(&mut self) -> Outcome<()> {
        let request = self.login.get(&self.authorize, &self.cookie_line());
        let mut answer = self.ask(&request).await?;
        if let Answer::Page(page) = &answer {
            let ctx = between(page, "name=\"ctx\" value=\"").ok_or_else(|| format!("no form in {page}"))?;
            let action = between(page, "action=\"").ok_or_else(|| format!("no form in {page}"))?;
            let fields = [
                ("ctx", ctx.as_str()),
                ("login", &self.person.0),
                ("passwd", &self.person.1),
            ];
            let request = self.login.post(&action, &self.cookie_line(), &fields);
            answer = self.ask(&request).await?;
        }
        let Answer::Redirect(to) = answer else {
            return Err("a page came where a code was due".to_owned());
        };
        let query = to
            .strip_prefix(REDIRECT)
            .and_then(|rest| rest.strip_prefix('?'))
            .unwrap_or_default();
        let code = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "code");
        let code = code.ok_or_else(|| format!("no code in {to}"))?.1.into_owned();
        let fields = [
            ("grant_type", "authorization_code"),
            ("client_id", &self.client.0),
            ("client_secret", &self.client.1),
            ("redirect_uri", REDIRECT),
            ("code_verifier", VERIFIER),
            ("code", &code),
        ];
        let request = self.login.post(&self.token_path, "", &fields);
        let reply = self.connection.exchange(&request).await?;
        let answer: Value = serde_json::from_slice(reply.body).unwrap_or_default();
        if reply.status == 200 && answer["access_token"].is_string() && answer["refresh_token"].is_string() {
            return Ok(());
        }
        Err(format!(
            "the code was not redeemed: {} {}",
            reply.status,
            reply.text()
        ))
    }

    async fn ask(&mut self, request: &[u8]) -> Outcome<Answer> {
        let reply = self.connection.exchange(request).await?;
        for cookie in reply.headers("set-cookie") {
            let pair = cookie.split(';').next().unwrap_or_default();
            if let Some((name, value)) = pair.split_once('=') {
                self.cookies.retain(|(known, _)| known != name);
                self.cookies.push((name.to_owned(), value.to_owned()));
            }
        }
        match (reply.status, reply.header("location")) {
            (302, Some(to)) => Ok(Answer::Redirect(to.to_owned())),
            (200, _) => Ok(Answer::Page(reply.text())),
            (status, _) => Err(format!("the sign-in page answered {status}: {}", reply.text())),
        }
    }

    fn cookie_line(&self) -> String {
        if self.cookies.is_empty() {
            return String::new();
        }
        let pairs: Vec<String> = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        format!("Cookie: {}\r\n", pairs.join("; "))
    }
}

enum Answer {
    Page(String),
    Redirect(String),
}

/// What stands between a mark and the next quotation mark, without HTML's escapes.
fn between(page: &str, mark: &str) -> Option<String> {
    let rest = &page[page.find(mark)? + mark.len()..];
    let value = &rest[..rest.find('"')?];
    Some(
        value
            .replace("&#38;", "&")
            .replace("&amp;", "&")
            .replace("&#34;", "\"")
            .replace("&#61;", "="),
    )
}
