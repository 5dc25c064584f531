//! Opens a page as a browser does: with cookies, from redirect to redirect, through the sign-in form once.
//!
//! No script is run. A form that a script would send at once is sent (that is how the sign-in service answers by
//! `form_post`); nothing else is clicked. The password goes to the sign-in service that was named, over https, and
//! nowhere else; it is not sent again where a redirect asks for it (307, 308).

mod circle;
mod file;
mod html;
mod jar;
mod place;
mod program;

use std::time::Duration;

use evidence::{Findings, Kind, Open, Seen, Steps};
use http::{StatusCode, header};
use net::{Request, Response};
use types::{Form, RegionTable, Secret, Stopwatch, Upn};
use url::Url;
use wire::{
    address::{Address, Kind as What},
    form::Params,
};

use crate::{Probe, World, clock, observe, walk};
use circle::Stop;
use html::{Field, Kind as Typed, Page};
use place::{asks_anew, asks_to_sign_in, bare, begin, place};
use program::Begun;

pub use file::BadCookies;
pub use jar::Jar;
pub use program::Program;

pub(crate) const PROBE: Probe = Probe {
    name: "page",
    about: "with --page or --program: what a browser meets, its cookies, redirects in a circle, a session that ended",
    needs: "an address",
};

/// How many addresses are opened: browsers give up after twenty redirects, and there are two forms.
const MOST: usize = 24;
/// How long it may take in all; every answer alone may be slow.
const BUDGET: Duration = Duration::from_secs(60);

/// A page to be opened.
pub struct Visit<'v> {
    /// Its address.
    pub address: &'v str,
    /// The sign-in service, to which the password may go.
    pub login: &'v str,
    /// Who signs in, where the page asks.
    pub account: Option<(&'v Upn, &'v Secret)>,
    /// Whether the cookies are those of an earlier visit.
    pub returning: bool,
    /// The program whose sign-in is opened in place of the address, which is the organization it signs in for.
    pub program: Option<Program<'v>>,
}

impl Visit<'_> {
    /// Where the password may go: the sign-in service that was named, and the one of the address's own cloud, in the form
    /// of the address.
    pub fn sign_in_services(&self) -> Vec<String> {
        let mut services = vec![self.login.to_owned()];
        let split = begin(self.address).ok().map(|url| Form::split(&place(&url)));
        if let Some(Ok((host, form))) = split {
            let regions = RegionTable::default();
            let cloud = regions
                .of_host(&host)
                .map(|(region, _)| region.cloud.login_host());
            services[0] = form.dress(self.login);
            services.extend(cloud.map(|host| form.dress(&format!("https://{host}"))));
            services.dedup();
        }
        services
    }
}

/// Opens a page. What servers set stands in `jar` afterwards, and its values in no finding.
pub async fn browse(world: &World<'_>, visit: &Visit<'_>, jar: &mut Jar) -> Findings {
    let mut findings = Findings::default();
    world.begins(&PROBE);
    let address = Address::read(visit.address, &RegionTable::default()).kind;
    let text = address.sentence();
    findings.step(
        format!("read the address {}", bare(visit.address)),
        Seen::Ok(text),
        Duration::ZERO,
    );
    if matches!(address, What::Online(_) | What::OnPremises(_)) {
        for fact in crate::address::facts(&address) {
            findings.see(Kind::Url, fact);
        }
    }
    let mut begun = None;
    if let Some(program) = &visit.program {
        begun = program.begin(world, visit, &mut findings).await;
        if begun.is_none() {
            return findings;
        }
    }
    let start = match &begun {
        Some(begun) => Ok(begun.url.clone()),
        None => begin(visit.address),
    };
    match start {
        Ok(url) => {
            let tab = Tab {
                world,
                visit,
                jar,
                begun,
                start: url.clone(),
                trail: Vec::new(),
                typed: false,
                asked: false,
            };
            tab.open(url, &mut findings).await;
        }
        Err(why) => {
            findings.step(
                format!("open {}", bare(visit.address)),
                Seen::Failed(why),
                Duration::ZERO,
            );
            if visit.address.starts_with("http://") {
                findings.see(Kind::Url, "plain-http");
            }
        }
    }
    let password = visit.account.map(|(_, password)| password.expose());
    let secrets: Vec<&str> = jar.secrets().into_iter().chain(password).collect();
    findings.scrub(&secrets);
    findings
}

/// One tab of a browser.
struct Tab<'t> {
    world: &'t World<'t>,
    visit: &'t Visit<'t>,
    jar: &'t mut Jar,
    /// The sign-in of a program, where one is opened.
    begun: Option<Begun>,
    start: Url,
    trail: Vec<Stop>,
    /// Whether the form was filled in.
    typed: bool,
    /// Whether the site that knew the browser asked to sign in.
    asked: bool,
}

/// What is opened next.
struct Next {
    url: Url,
    /// What is sent with a form.
    body: Option<Secret>,
    /// The page it comes from; none where the address was typed.
    from: Option<Url>,
}

impl Tab<'_> {
    async fn open(mut self, url: Url, findings: &mut Findings) {
        let watch = Stopwatch::start();
        let mut next = Next {
            url,
            body: None,
            from: None,
        };
        while self.trail.len() < MOST && watch.elapsed() < BUDGET {
            let Some(response) = self.get(&next, findings).await else {
                return;
            };
            if let Some(circle) = circle::find(&self.trail) {
                if let Some(date) = response.date() {
                    clock::compare(self.world.outside.now(), date, next.url.as_str(), findings);
                }
                return circle.tell(findings);
            }
            let onward = match self.redirected(&next, &response, findings) {
                Onward::Here => self.arrived(&next.url, &response, findings),
                other => other,
            };
            match onward {
                Onward::To(to) => next = to,
                Onward::Here | Onward::End => return,
            }
        }
        let text = format!(
            "it did not end after {} addresses and {} s; the last was {}",
            self.trail.len(),
            watch.elapsed().as_secs(),
            bare(next.url.as_str())
        );
        findings.step("follow the redirects", Seen::Failed(text), Duration::ZERO);
    }

    /// One request. `None` when nobody answered; why stands in the findings.
    async fn get(&mut self, next: &Next, findings: &mut Findings) -> Option<Response> {
        let now = self.world.outside.now();
        let way = jar::Way {
            cross_site: next
                .from
                .as_ref()
                .is_some_and(|from| !jar::is_one_site(from, &next.url)),
            posted: next.body.is_some(),
        };
        let (sent, cookies) = self.jar.send(&next.url, way, now);
        if self.visit.returning && self.trail.is_empty() && sent.is_empty() {
            let text = format!(
                "none of them is for {} and still good. Export them while its page is open in the browser, those of the \
                 browser's session too",
                bare(next.url.as_str())
            );
            findings.step("use the kept cookies", Seen::Skipped(text), Duration::ZERO);
        }
        let request = match &next.body {
            Some(body) => {
                let from = next.from.as_ref().unwrap_or(&next.url).origin();
                Request::post_form(next.url.as_str(), body.expose().to_owned())
                    .with(header::ORIGIN, &from.ascii_serialization())
            }
            None => Request::get(next.url.as_str()),
        };
        let mut request = request.with(header::ACCEPT, "text/html,application/xhtml+xml,*/*;q=0.8");
        if !cookies.is_empty() {
            request = request.with(header::COOKIE, cookies.expose());
        }
        let mut steps = Steps::default();
        let answer = self.world.outside.net.send(&request, &mut steps).await;
        // Queries are long, and carry what may be secret.
        for step in steps.iter() {
            findings.step(
                bare(&step.what),
                step.seen.clone(),
                Duration::from_millis(step.millis),
            );
        }
        let mut stop = Stop {
            address: bare(next.url.as_str()),
            host: place(&next.url),
            signs_in: asks_to_sign_in(&next.url),
            sent,
            set: Vec::new(),
        };
        let answer = match answer {
            Ok(response) => {
                for header in response.headers.get_all(header::SET_COOKIE) {
                    let text = header.to_str().unwrap_or_default();
                    stop.set.push(self.jar.take(&next.url, text, now));
                }
                Some(response)
            }
            Err(error) => {
                observe::net(&error, findings);
                walk::look_closer(self.world, next.url.as_str(), &error, findings).await;
                None
            }
        };
        self.trail.push(stop);
        answer
    }

    /// Where a redirect leads.
    fn redirected(&mut self, at: &Next, response: &Response, findings: &mut Findings) -> Onward {
        let location = response
            .header("location")
            .filter(|_| response.status.is_redirection());
        let Some(location) = location else {
            return Onward::Here;
        };
        let what = format!("follow the redirect of {}", bare(at.url.as_str()));
        let mut fail = |why: String| {
            findings.step(&what, Seen::Failed(why), Duration::ZERO);
            Onward::End
        };
        let Ok(to) = at.url.join(location) else {
            return fail(format!("it leads to `{}`, which is no address", bare(location)));
        };
        if let Some(begun) = self.begun.as_ref().filter(|begun| begun.ends_at(&to)) {
            begun.tell(&to, findings);
            return Onward::End;
        }
        if to.scheme() != "https" {
            let end = fail(format!("it leads to {}, which is not https", bare(to.as_str())));
            findings.see(Kind::Url, "plain-http");
            return end;
        }
        let again = matches!(
            response.status,
            StatusCode::TEMPORARY_REDIRECT | StatusCode::PERMANENT_REDIRECT
        );
        if again && at.body.is_some() {
            return fail(format!(
                "it asks to send the form once more, to {}; a form is sent once",
                bare(to.as_str())
            ));
        }
        self.returned(&at.url, &to, findings);
        Onward::To(Next {
            url: to,
            body: None,
            from: Some(at.url.clone()),
        })
    }

    /// What a site says of a kept session by where it sends the browser: to prove anew who one is, or just to sign in.
    fn returned(&mut self, at: &Url, to: &Url, findings: &mut Findings) {
        let came = self.trail.last().is_some_and(|stop| !stop.sent.is_empty());
        let due = self.visit.returning && came && !self.asked;
        if !due || place(at) != place(&self.start) || !asks_to_sign_in(to) {
            return;
        }
        self.asked = true;
        let site = at.host_str().unwrap_or_default();
        let (text, fact) = match asks_anew(to) {
            true => (
                format!(
                    "{site} knows the session and asks to sign in anew: it has reached its length, or nobody used it for \
                     too long"
                ),
                "session-over",
            ),
            false => (
                format!("{site} does not know the session of these cookies any more, and does not say why"),
                "session-unknown",
            ),
        };
        findings.step(
            "come back with the kept session",
            Seen::Failed(text),
            Duration::ZERO,
        );
        findings.see(Kind::State, fact);
    }

    /// A page is there: where one wanted to go, or a form on the way.
    fn arrived(&mut self, at: &Url, response: &Response, findings: &mut Findings) -> Onward {
        let html = String::from_utf8_lossy(&response.body);
        let page = Page::read(&html);
        if let Some(next) = page
            .forms
            .iter()
            .find_map(|form| self.sends_itself(at, &page, form))
        {
            self.returned(at, &next.url, findings);
            return Onward::To(next);
        }
        let form = page.forms.iter().find(|form| form.password().is_some());
        let what = format!("read the page {}", bare(at.as_str()));
        let called = match page.title.as_str() {
            "" => "a page without a title".to_owned(),
            title => format!("\"{title}\""),
        };
        if let Some(form) = form {
            return self.sign_in(at, &page, form, findings);
        }
        if response.status.is_success()
            && !self
                .trail
                .iter()
                .any(|stop| stop.signs_in && stop.host == place(at))
        {
            findings.step(&what, Seen::Ok(format!("it is open: {called}")), Duration::ZERO);
            findings.see(Kind::Good, "page");
            return Onward::End;
        }
        let text = match response.status.is_success() {
            true => format!("it ends at the sign-in service: {called}"),
            false => format!("it answers {}: {called}", response.status),
        };
        findings.step(&what, Seen::Failed(text), Duration::ZERO);
        observe::status(response.status, findings);
        findings.said(&page.text);
        if response.status.is_success() {
            findings.open = Some(Open::Unmeasured(format!(
                "The sign-in at {} goes on with {called}, which is not answered here: it is made by script, or asks for a \
                 second factor, a consent, a new password. Sign in with a browser, export its cookies in the Netscape \
                 format (cookies.txt), and give them with --cookies FILE.",
                at.host_str().unwrap_or_default()
            )));
        }
        Onward::End
    }

    /// A form that nobody has to fill in, and that its page sends by itself.
    fn sends_itself(&self, at: &Url, page: &Page, form: &html::Form) -> Option<Next> {
        let url = at.join(&form.action).ok()?;
        let sent = page.sends_itself && form.posts && form.is_filled_in() && url.scheme() == "https";
        sent.then(|| Next {
            url,
            body: Some(filled(form, |field| &field.value)),
            from: Some(at.clone()),
        })
    }

    /// The sign-in form: it is filled in once.
    fn sign_in(&mut self, at: &Url, page: &Page, form: &html::Form, findings: &mut Findings) -> Onward {
        let what = format!(
            "fill in the sign-in form of {}",
            at.host_str().unwrap_or_default()
        );
        if self.typed {
            let text = format!("it was sent, and the page asks again: \"{}\"", page.title);
            findings.step(&what, Seen::Failed(text), Duration::ZERO);
            findings.see(Kind::OAuth, "password");
            findings.said(&page.text);
            return Onward::End;
        }
        let Some((upn, password)) = self.visit.account else {
            let text = "everything up to it works, and no account was given".to_owned();
            findings.step(&what, Seen::Skipped(text), Duration::ZERO);
            if !self.asked {
                findings.open = Some(Open::Question(
                    "Everything up to the sign-in page works. With which account does it fail? Give --username, or a \
                     browser's cookies with --cookies FILE."
                        .to_owned(),
                ));
            }
            return Onward::End;
        };
        let url = at
            .join(&form.action)
            .ok()
            .filter(|url| form.posts && self.may_know(url));
        let Some(url) = url.filter(|_| self.may_know(at)) else {
            let text = format!(
                "the password was not sent: it is for {}, and this page is not there",
                self.visit.login
            );
            findings.step(&what, Seen::Skipped(text), Duration::ZERO);
            findings.open = Some(Open::Unmeasured(format!(
                "The sign-in page is at {}, which is not the sign-in service that was named. If it is your own, give \
                 --authority https://{}.",
                place(at),
                place(at)
            )));
            return Onward::End;
        };
        self.typed = true;
        let text = format!("as {upn}, with the password, which is not sent again");
        findings.step(&what, Seen::Ok(text), Duration::ZERO);
        let user = form.user().map(|field| field.name.as_str());
        let body = filled(form, |field| match field.kind {
            Typed::Password => password.expose(),
            Typed::Text if Some(field.name.as_str()) == user => upn.as_str(),
            _ => &field.value,
        });
        Onward::To(Next {
            url,
            body: Some(body),
            from: Some(at.clone()),
        })
    }

    /// Whether the password may go there.
    fn may_know(&self, url: &Url) -> bool {
        let known = self.visit.sign_in_services();
        let mut known = known.iter().filter_map(|login| Url::parse(login).ok());
        url.scheme() == "https" && known.any(|login| login.origin() == url.origin())
    }
}

/// What follows an answer.
enum Onward {
    /// Another address.
    To(Next),
    /// This page is to be read.
    Here,
    /// Nothing.
    End,
}

/// A form's fields, encoded.
fn filled<'f>(form: &'f html::Form, value: impl Fn(&'f Field) -> &'f str) -> Secret {
    let pairs = form
        .fields
        .iter()
        .map(|field| (field.name.as_str(), value(field)));
    Secret::new(Params::of(pairs).encode())
}
