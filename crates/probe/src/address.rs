//! What the address is, by its form alone.

use std::time::Duration;

use evidence::{Findings, Kind, Seen};
use types::RegionTable;
use wire::address::{Address, Kind as What, OnPremises};

use crate::Probe;

pub(crate) const PROBE: Probe = Probe {
    name: "address",
    about: "the address by its form: organization, region, retired or mistaken forms",
    needs: "nothing",
};

/// Reads an address as a person gave it; what is wrong with it is seen without asking anybody.
pub(crate) fn look(given: &str, findings: &mut Findings) -> Address {
    let address = Address::read(given, &RegionTable::default());
    let usable = matches!(
        address.kind,
        What::Online(_) | What::OnPremises(_) | What::Name(_) | What::Id(_)
    ) || matches!(
        address.kind,
        What::Portal { environment: Some(_) } | What::SignIn { resource: Some(_) }
    );
    let mut text = address.kind.sentence();
    for note in &address.notes {
        text.push_str("; ");
        text.push_str(note.trim_end_matches('.'));
    }
    if matches!(address.kind, What::Portal { environment: None }) {
        text.push_str("; --page opens a web site as a browser does");
    }
    let seen = if usable {
        Seen::Ok(text)
    } else {
        Seen::Failed(text)
    };
    let shown = given.split('?').next().unwrap_or_default();
    findings.step(format!("read the address {shown}"), seen, Duration::ZERO);
    for value in facts(&address.kind) {
        findings.see(Kind::Url, value);
    }
    by_shape(given, findings);
    address
}

/// The kind in the words of the reader of pasted text.
pub(crate) fn facts(kind: &What) -> &'static [&'static str] {
    match kind {
        What::Online(_) => &["organization-online"],
        What::OnPremises(OnPremises {
            organization: Some(_),
            ..
        }) => &["on-premises-with-organization", "on-premises"],
        What::OnPremises(_) => &["on-premises-without-organization", "on-premises"],
        What::OnPremisesDiscovery(_) => &["on-premises"],
        What::GlobalDiscovery(_) => &["global-discovery"],
        What::RegionalDiscovery(_) => &["regional-discovery"],
        What::SignIn { .. } => &["sign-in"],
        What::Portal { .. } => &["portal"],
        What::MissingRegion(_) => &["missing-region"],
        What::MissingOrganization(_) => &["missing-organization"],
        What::UnknownRegion { .. } => &["unknown-region"],
        What::Misspelled(_) => &["misspelled"],
        What::LookAlike(_) => &["look-alike"],
        What::UserName(_) => &["user-name"],
        What::OtherService | What::Name(_) | What::Id(_) | What::NotAnAddress(_) => &[],
    }
}

/// Mistakes of spelling that leave the kind as it is.
fn by_shape(given: &str, findings: &mut Findings) {
    let lower = given.trim().to_ascii_lowercase();
    let (place, query) = lower.split_once('?').unwrap_or((&lower, ""));
    if place.matches("://").count() > 1 || place.contains("https//") || place.contains("https:/https") {
        findings.see(Kind::Url, "doubled-scheme");
    }
    if query.contains("%253a")
        || query.contains("%252f")
        || place.contains("%253a")
        || place.contains("%252f")
    {
        findings.see(Kind::Url, "encoded-twice");
    }
    if place.starts_with("http://") {
        findings.see(Kind::Url, "plain-http");
    }
    if place.contains("cloudredirector") {
        findings.see(Kind::Url, "redirector");
    }
    let host = place.split_once("://").map_or(place, |(_, rest)| rest);
    if host.split(['/', ':']).next().unwrap_or_default().contains('_') {
        findings.see(Kind::Url, "underscore-host");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(given: &str) -> Vec<String> {
        let mut findings = Findings::default();
        look(given, &mut findings);
        findings.facts.iter().map(|fact| fact.value.clone()).collect()
    }

    #[test]
    fn the_form_is_told_in_the_catalogs_words() {
        assert_eq!(seen("contoso.crm4.dynamics.com"), ["organization-online"]);
        assert_eq!(seen("https://contoso.crm13.dynamics.com"), ["unknown-region"]);
        assert_eq!(seen("https://disco.crm4.dynamics.com"), ["regional-discovery"]);
        assert!(seen("https://my_org.contoso.com/crm").contains(&"underscore-host".to_owned()));
        assert!(seen("http://crm.contoso.com/contoso").contains(&"plain-http".to_owned()));
    }
}
