//! From the parts of an address to what it is.

use types::{Cloud, Form, Host, Region, RegionTable, Upn, Uuid};

use super::{
    Kind, OnPremises, Online,
    tidy::{self, Parts},
};

/// Web sites that people paste instead of an organization's address.
const PORTALS: [&str; 10] = [
    "home.dynamics.com",
    "portal.office.com",
    "www.office.com",
    "portal.azure.com",
    "entra.microsoft.com",
    "admin.microsoft.com",
    "admin.powerplatform.microsoft.com",
    "make.powerapps.com",
    "graph.microsoft.com",
    "passwordreset.microsoftonline.com",
];

/// Rings inside Microsoft (facts/organization.md 1.1); not for customers.
const INTERNAL: [&str; 4] = [
    "crmppeau.dynamics.com",
    "crm.crmlivetoday.com",
    "crmlivetie.com",
    "dynamics-int.com",
];

/// Texts that make a host look like Microsoft's.
const MARKS: [&str; 6] = [
    "dynamics.com",
    "microsoftdynamics",
    "dynamics.cn",
    "appsplatform.us",
    "microsoftonline",
    "dynamics-com",
];

pub(super) fn classify(text: &str, regions: &RegionTable, notes: &mut Vec<String>) -> Kind {
    let text = tidy::decode(text, notes);
    let text = tidy::unwrap(&text, notes);
    if let Some(kind) = bare_word(&text) {
        return kind;
    }
    let mut parts = tidy::split(&text, notes);
    if let Some((_, place)) = parts.authority.rsplit_once('@') {
        notes.push("A user name before the @ was dropped; an address must never carry a password.".into());
        parts.authority = place;
    }
    if let Some(region) = parts
        .authority
        .strip_prefix('.')
        .and_then(|suffix| regions.find(suffix))
    {
        return missing_organization(region, notes);
    }
    match Form::split(parts.authority) {
        Ok((host, form)) => by_host(&parts, &host, form, regions, notes),
        Err(_) => Kind::NotAnAddress(why_no_host(parts.authority)),
    }
}

/// What has neither scheme nor dot nor slash is no address: an id, a user name, or a name.
fn bare_word(text: &str) -> Option<Kind> {
    if text.is_empty() {
        return Some(Kind::NotAnAddress("the text is empty".into()));
    }
    if let Ok(id) = Uuid::try_parse(text) {
        return Some(Kind::Id(id));
    }
    if text.contains("://") || text.contains('/') {
        return None;
    }
    if text.contains('@') {
        return text.parse::<Upn>().ok().map(Kind::UserName);
    }
    let is_name = !text.contains(['.', ':']) && !text.eq_ignore_ascii_case("localhost");
    is_name.then(|| Kind::Name(text.to_owned()))
}

fn why_no_host(authority: &str) -> String {
    if authority.is_empty() {
        return "it has no host".into();
    }
    if let Some(odd) = authority.chars().find(|c| !c.is_ascii()) {
        let code = u32::from(odd);
        return format!(
            "the host has the character `{odd}` (U+{code:04X}), which may only look like a letter; type it by hand"
        );
    }
    if authority.starts_with('[') {
        return "it is an IPv6 address; organizations are reached by name".into();
    }
    format!("`{authority}` is not a host name")
}

fn by_host(
    parts: &Parts<'_>,
    host: &Host,
    form: Form,
    regions: &RegionTable,
    notes: &mut Vec<String>,
) -> Kind {
    let name = host.as_str();
    if Cloud::of_login_host(name).is_some() {
        return sign_in(parts, name, notes);
    }
    if PORTALS.contains(&name) {
        return portal(parts, notes);
    }
    if let Some((region, before)) = regions.of_host(host) {
        return in_region(parts, region, before, form, notes);
    }
    if let Some(region) = regions.iter().find(|region| region.suffix == name) {
        return missing_organization(region, notes);
    }
    if INTERNAL.iter().any(|ring| below(name, ring)) {
        notes.push("This is one of Microsoft's own test rings.".into());
        return Kind::OtherService;
    }
    if let Some(before) = name.strip_suffix(".dynamics.com") {
        return below_dynamics(before, regions, notes);
    }
    if MARKS.iter().any(|mark| name.contains(mark)) {
        notes.push("Do not sign in there. Some clients take it for online, because they only search for `dynamics.com`.".into());
        return Kind::LookAlike(host.clone());
    }
    if let Some(meant) = misspelled(host, form, regions) {
        return Kind::Misspelled(meant);
    }
    on_premises(parts, host, notes)
}

fn below(name: &str, suffix: &str) -> bool {
    name.strip_suffix(suffix)
        .is_some_and(|head| head.is_empty() || head.ends_with('.'))
}

fn sign_in(parts: &Parts<'_>, host: &str, notes: &mut Vec<String>) -> Kind {
    if host == "login.windows.net" {
        notes.push(
            "login.windows.net is an old alias; login.microsoftonline.com is the name to use today.".into(),
        );
    }
    let wanted = form_urlencoded::parse(parts.query.as_bytes()).find(|(key, _)| key == "resource");
    Kind::SignIn {
        resource: wanted.map(|(_, value)| value.into_owned()),
    }
}

fn portal(parts: &Parts<'_>, notes: &mut Vec<String>) -> Kind {
    // `/environments/{id}` and `/environments/Default-{tenant}`; only the first is an id discovery knows.
    let mut segments = parts
        .path
        .split('/')
        .skip_while(|segment| !segment.eq_ignore_ascii_case("environments"));
    let environment = segments.nth(1).and_then(|id| Uuid::try_parse(id).ok());
    notes.push(match environment {
        Some(id) => format!("Its path names the environment {id}; connect with that id."),
        None => "Open the organization itself and copy the address from there, or list them with `keyway org list`.".into(),
    });
    Kind::Portal { environment }
}

fn in_region(parts: &Parts<'_>, region: &Region, before: &str, form: Form, notes: &mut Vec<String>) -> Kind {
    match before {
        "globaldisco" => return Kind::GlobalDiscovery(region.cloud),
        "disco" | "dev" => {
            notes.push("Regional discovery was switched off in 2021; global discovery replaces it.".into());
            return Kind::RegionalDiscovery(region.clone());
        }
        "admin.services" => return Kind::OtherService,
        "api" => return missing_organization(region, notes),
        _ => {}
    }
    let mut name = before;
    if let Some(head) = name.strip_suffix(".api") {
        name = head;
        notes.push(
            "`.api` was dropped: that is the twin for programs; people use the name without it.".into(),
        );
    }
    if let Some(head) = name.strip_suffix("--s") {
        name = head;
        notes.push("`--s` was dropped: that is the failover twin of the organization.".into());
    }
    if name.contains('.') {
        return Kind::NotAnAddress(format!(
            "`{name}` before the region has more than one part; an organization has one"
        ));
    }
    tell_about(region, notes);
    tell_about_writing(parts, form, notes);
    Kind::Online(Online {
        name: name.to_owned(),
        region: region.clone(),
        form,
    })
}

fn tell_about(region: &Region, notes: &mut Vec<String>) {
    if region.cloud == Cloud::GermanyClosed {
        notes
            .push("This cloud is closed; its organizations moved to crm16.dynamics.com or elsewhere.".into());
    } else if !region.listed {
        notes.push(format!(
            "{} is not a region that Microsoft lists for customers.",
            region.suffix
        ));
    }
}

fn tell_about_writing(parts: &Parts<'_>, form: Form, notes: &mut Vec<String>) {
    match parts.scheme {
        None => notes.push("https:// was added.".into()),
        Some("http") => notes.push("http was changed to https; online there is nothing else.".into()),
        Some(_) => {}
    }
    let port = parts
        .authority
        .rsplit_once(':')
        .map(|(_, port)| port)
        .filter(|port| *port != "443");
    if let (Form::True, Some(port)) = (form, port) {
        notes.push(format!(
            "The port {port} was dropped; organizations online answer on 443 only."
        ));
    }
    if let Some(what) = pasted(parts.path) {
        notes.push(format!("`{}` was dropped: {what}.", parts.path));
    }
}

/// What a path was copied from.
fn pasted(path: &str) -> Option<&'static str> {
    let first = path
        .trim_start_matches('/')
        .split('/')
        .next()
        .unwrap_or_default()
        .to_ascii_lowercase();
    match first.as_str() {
        "" => None,
        "main.aspx" | "default.aspx" | "apps" => Some("it is a page of the application"),
        "xrmservices" => Some("it is a service below the organization"),
        "api" => Some("it is a path of the Web API"),
        _ => Some("an organization online has no path"),
    }
}

fn missing_organization(region: &Region, notes: &mut Vec<String>) -> Kind {
    notes.push(format!(
        "Put the organization's name first: https://contoso.{}/",
        region.suffix
    ));
    Kind::MissingOrganization(region.clone())
}

/// `contoso` of `contoso.dynamics.com`, `contoso.crm13`, `x.operations`.
fn below_dynamics(before: &str, regions: &RegionTable, notes: &mut Vec<String>) -> Kind {
    let (name, label) = match before.rsplit_once('.') {
        Some((name, label)) => (name, label),
        None if looks_like_region(before) => ("", before),
        None => {
            notes.push(format!(
                "Add the region, for example https://{before}.crm4.dynamics.com/ for EMEA. The official .NET client \
                 takes such an address for APAC without a word."
            ));
            return Kind::MissingRegion(before.to_owned());
        }
    };
    if looks_like_region(label) {
        let listed = regions
            .iter()
            .filter(|region| region.listed && region.suffix.ends_with(".dynamics.com"));
        let labels: Vec<&str> = listed
            .filter_map(|region| region.suffix.split('.').next())
            .collect();
        notes.push(format!("The regions are {}.", labels.join(", ")));
        return Kind::UnknownRegion {
            name: name.to_owned(),
            label: label.to_owned(),
        };
    }
    // `operations.dynamics.com` is Finance and Operations (unverified; not in the fact sheets).
    Kind::OtherService
}

fn looks_like_region(label: &str) -> bool {
    label
        .strip_prefix("crm")
        .is_some_and(|digits| digits.bytes().all(|b| b.is_ascii_digit()))
}

/// The address meant, when what follows the first label is one letter away from a region.
fn misspelled(host: &Host, form: Form, regions: &RegionTable) -> Option<String> {
    let tail = host.parent()?;
    let region = regions
        .iter()
        .find(|region| one_edit_apart(tail, &region.suffix))?;
    let name = host.first_label().to_owned();
    Some(
        Online {
            name,
            region: region.clone(),
            form,
        }
        .url(),
    )
}

/// Whether one insertion, deletion or replacement turns `a` into `b`.
fn one_edit_apart(a: &str, b: &str) -> bool {
    let same_head = a.bytes().zip(b.bytes()).take_while(|(x, y)| x == y).count();
    let (rest_a, rest_b) = (&a.as_bytes()[same_head..], &b.as_bytes()[same_head..]);
    match rest_a.len().abs_diff(rest_b.len()) {
        0 => !rest_a.is_empty() && rest_a[1..] == rest_b[1..],
        1 if rest_a.len() > rest_b.len() => rest_a[1..] == *rest_b,
        1 => *rest_a == rest_b[1..],
        _ => false,
    }
}

fn on_premises(parts: &Parts<'_>, host: &Host, notes: &mut Vec<String>) -> Kind {
    let scheme = parts.scheme.unwrap_or("https");
    if parts.scheme.is_none() {
        notes.push("https:// was added; a server with Windows authentication may speak http only.".into());
    }
    let authority = parts.authority.to_ascii_lowercase();
    let mut segments = parts.path.split('/').filter(|segment| !segment.is_empty());
    let first = segments.next().unwrap_or_default();
    let is = |text: &str| first.eq_ignore_ascii_case(text);
    if is("adfs") {
        return Kind::SignIn { resource: None };
    }
    let discovery = parts
        .path
        .to_ascii_lowercase()
        .contains("/xrmservices/2011/discovery.svc");
    if discovery && is("XRMServices") {
        return Kind::OnPremisesDiscovery(format!("{scheme}://{authority}"));
    }
    let no_organization = first.is_empty()
        || first.contains('.')
        || first.starts_with('_')
        || is("XRMServices")
        || is("api")
        || is("apps");
    let organization = (!no_organization).then(|| first.to_owned());
    if parts.path.trim_matches('/') != organization.as_deref().unwrap_or_default() {
        notes.push("The path behind the organization was dropped: it is a page or a service.".into());
    }
    tell_about_server(scheme, host, organization.as_deref(), notes);
    Kind::OnPremises(OnPremises {
        scheme,
        authority,
        host: host.clone(),
        organization,
    })
}

fn tell_about_server(scheme: &str, host: &Host, organization: Option<&str>, notes: &mut Vec<String>) {
    if scheme == "http" {
        notes.push("http works with Windows authentication only; claims and internet-facing deployments answer on https.".into());
    }
    if host.as_str().contains('_') {
        notes.push(
            "The host has an underscore; browsers refuse cookies for it (KB3092666). Rename the host.".into(),
        );
    }
    match organization {
        Some(name) if host.first_label().eq_ignore_ascii_case(name) => notes.push(format!(
            "The organization stands in the host and in the path. If this is an internet-facing deployment, leave out `/{name}`."
        )),
        None if host.parent().is_some() => {
            notes.push("If this is not an internet-facing deployment, append the organization: /name.".into());
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests;
