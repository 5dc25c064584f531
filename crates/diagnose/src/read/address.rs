//! Addresses: what each one in the text is.

use std::collections::HashSet;

use evidence::Kind;
use types::RegionTable;
use wire::address::{Address, Kind as What, OnPremises};

use super::{Context, Notes, Reader};
use crate::page::Page;

pub(super) const READER: Reader = Reader {
    name: "address",
    about: "addresses: organizations, discovery, sign-in, and what is wrong with one",
    read,
};

/// More different addresses than this say nothing new.
const MOST: usize = 500;

fn read(page: &Page, _: &Context<'_>, notes: &mut Notes<'_>) {
    let regions = RegionTable::default();
    let mut seen = HashSet::new();
    for chunk in page.chunks() {
        let lower = chunk.text.to_ascii_lowercase();
        for address in addresses(&lower) {
            if seen.len() < MOST && seen.insert(address.to_owned()) {
                by_shape(address, chunk.line, notes);
                by_kind(address, &regions, chunk.line, notes);
            }
        }
    }
}

/// Everything in a chunk that begins like an address, or is a host of the service.
fn addresses(chunk: &str) -> impl Iterator<Item = &str> {
    let pieces = chunk.split(|c: char| {
        matches!(
            c,
            '"' | '\'' | '<' | '>' | '(' | ')' | '[' | ']' | ';' | ',' | '|' | '{' | '}'
        )
    });
    pieces.filter_map(|piece| {
        let at = piece
            .find("http")
            .filter(|at| piece[*at..].starts_with("http://") || piece[*at..].starts_with("https://"));
        match at {
            Some(at) => Some(piece[at..].trim_end_matches(['.', ':', '\\'])),
            None if piece.contains(".dynamics.com") => {
                Some(piece.trim_matches(|c: char| !c.is_ascii_alphanumeric()))
            }
            None => None,
        }
    })
}

/// What path and spelling tell, whatever the host.
fn by_shape(address: &str, line: usize, notes: &mut Notes<'_>) {
    let (place, query) = address.split_once('?').unwrap_or((address, ""));
    let mut see = |what: &str| notes.see(Kind::Url, what, line);
    let marks: [(&str, &str); 15] = [
        ("/xrmservices/2011/discovery.svc", "discovery-service"),
        ("/xrmservices/2011/organization", "organization-service"),
        ("/api/data/", "web-api"),
        ("/oauth2/authorize", "v1-endpoint"),
        ("/oauth2/token", "v1-endpoint"),
        ("/oauth2/v2.0/", "v2-endpoint"),
        ("/common/", "common-tenant"),
        ("/ews/exchange.asmx", "ews"),
        ("/autodiscover/", "autodiscover"),
        ("/adfs/", "federation"),
        ("cloudredirector", "redirector"),
        ("login.live.com", "live-id"),
        ("/authorize", "authorize"),
        ("/token", "token-endpoint"),
        ("/rst2.srf", "live-id"),
    ];
    for (mark, what) in marks {
        if place.contains(mark) {
            see(what);
        }
    }
    if place.matches("://").count() > 1 || place.contains("https//") || place.contains("https:/https") {
        see("doubled-scheme");
    }
    if query.contains("%253a") || query.contains("%252f") || place.contains("%252f") {
        see("encoded-twice");
    }
    if place.starts_with("http://")
        && !place.starts_with("http://schemas.")
        && !place.starts_with("http://localhost")
    {
        see("plain-http");
    }
    let host = host(place);
    if host.contains('_') {
        see("underscore-host");
    }
}

fn host(address: &str) -> &str {
    let behind = address.split_once("://").map_or(address, |(_, rest)| rest);
    behind.split(['/', ':', '?']).next().unwrap_or_default()
}

/// Hosts of documentation and of namespaces, which are nobody's server.
const NOBODYS: [&str; 9] = [
    "microsoft.com",
    "aka.ms",
    "office.com",
    "office365.com",
    "w3.org",
    "xmlsoap.org",
    "oasis-open.org",
    "github.com",
    "tempuri.org",
];

fn is_nobodys(address: &str) -> bool {
    let host = host(address);
    NOBODYS.iter().any(|name| {
        host.strip_suffix(name)
            .is_some_and(|before| before.is_empty() || before.ends_with('.'))
    })
}

/// What the host is.
fn by_kind(address: &str, regions: &RegionTable, line: usize, notes: &mut Notes<'_>) {
    let what = match Address::read(address, regions).kind {
        What::Online(_) => "organization-online",
        What::OnPremises(_) if is_nobodys(address) => return,
        What::OnPremises(OnPremises {
            organization: Some(_),
            ..
        }) => "on-premises-with-organization",
        What::OnPremises(_) => "on-premises-without-organization",
        What::OnPremisesDiscovery(_) => "on-premises",
        What::GlobalDiscovery(_) => "global-discovery",
        What::RegionalDiscovery(_) => "regional-discovery",
        What::SignIn { .. } => "sign-in",
        What::Portal { .. } => "portal",
        What::MissingRegion(_) => "missing-region",
        What::MissingOrganization(_) => "missing-organization",
        What::UnknownRegion { .. } => "unknown-region",
        What::Misspelled(_) => "misspelled",
        What::LookAlike(_) => "look-alike",
        What::OtherService | What::Name(_) | What::Id(_) | What::UserName(_) | What::NotAnAddress(_) => {
            return;
        }
    };
    notes.see(Kind::Url, what, line);
    if what.starts_with("on-premises-") {
        notes.see(Kind::Url, "on-premises", line);
    }
}

#[cfg(test)]
mod tests {
    use evidence::Kind::Url;

    use crate::read::tests::reads;

    #[test]
    fn what_addresses_are() {
        let discovery = "URL: https://disco.crm.dynamics.com/XRMServices/2011/Discovery.svc Exception:";
        reads(discovery, Url, "regional-discovery");
        reads(discovery, Url, "discovery-service");
        reads(
            "Url=https://contoso.crm4.dynamics.com;Username=a",
            Url,
            "organization-online",
        );
        reads(
            "https://crmserver.contoso.com/contoso",
            Url,
            "on-premises-with-organization",
        );
        reads(
            "https://crmserver.contoso.com",
            Url,
            "on-premises-without-organization",
        );
        reads(
            "https://login.windows.net/common/oauth2/authorize?resource=x",
            Url,
            "common-tenant",
        );
        reads(
            "https://login.windows.net/common/oauth2/authorize?resource=x",
            Url,
            "authorize",
        );
        reads(
            "resource=https%253A%252F%252Fx https://a.b/c?d=https%253A%252F%252F",
            Url,
            "encoded-twice",
        );
        reads("http://https://contoso.crm.dynamics.com", Url, "doubled-scheme");
        reads("http://crm_server.contoso.com/org", Url, "underscore-host");
    }
}
