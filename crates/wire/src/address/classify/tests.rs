//! One row for each form of address.

use super::super::Address;
use super::*;
use proptest::prelude::*;

fn read(text: &str) -> Address {
    Address::read(text, &RegionTable::default())
}

#[test]
fn every_form_has_its_kind() {
    for (text, slug, corrected) in [
        (
            "https://contoso.crm4.dynamics.com/",
            "online",
            "https://contoso.crm4.dynamics.com/",
        ),
        (
            "contoso.crm4.dynamics.com",
            "online",
            "https://contoso.crm4.dynamics.com/",
        ),
        (
            "http://Contoso.CRM.dynamics.com:8080/main.aspx?etn=account",
            "online",
            "https://contoso.crm.dynamics.com/",
        ),
        (
            "https://contoso.api.crm11.dynamics.com/api/data/v9.2/",
            "online",
            "https://contoso.crm11.dynamics.com/",
        ),
        (
            "https://contoso--s.crm.dynamics.com",
            "online",
            "https://contoso.crm.dynamics.com/",
        ),
        (
            "https://org.crm4.dynamics.com/XRMServices/2011/Organization.svc",
            "online",
            "https://org.crm4.dynamics.com/",
        ),
        (
            "https://contoso.crm10.dynamics.com",
            "online",
            "https://contoso.crm10.dynamics.com/",
        ),
        (
            "https://contoso.crm.microsoftdynamics.us",
            "online",
            "https://contoso.crm.microsoftdynamics.us/",
        ),
        (
            "https://globaldisco.crm9.dynamics.com/x",
            "global-discovery",
            "https://globaldisco.crm9.dynamics.com/api/discovery/v2.0/Instances",
        ),
        (
            "https://disco.crm4.dynamics.com/XRMServices/2011/Discovery.svc",
            "regional-discovery",
            "",
        ),
        ("https://dev.crm.dynamics.com", "regional-discovery", ""),
        ("https://admin.services.crm4.dynamics.com", "other-service", ""),
        ("https://contoso.operations.dynamics.com", "other-service", ""),
        ("https://crm4.dynamics.com", "missing-organization", ""),
        (
            "https://.crm4.dynamics.com/XRMServices",
            "missing-organization",
            "",
        ),
        ("https://api.crm4.dynamics.com", "missing-organization", ""),
        ("https://contoso.dynamics.com", "missing-region", ""),
        ("https://contoso.crm13.dynamics.com", "unknown-region", ""),
        ("crm99.dynamics.com", "unknown-region", ""),
        ("https://a.b.crm.dynamics.com", "not-an-address", ""),
        ("https://fake-dynamics.com.evil.net", "look-alike", ""),
        ("https://contoso.crm4.dynamics.com.evil.net", "look-alike", ""),
        (
            "https://contoso.crm4.dynamic.com",
            "misspelled",
            "https://contoso.crm4.dynamics.com/",
        ),
        (
            "contoso.crm4.dynamics.con",
            "misspelled",
            "https://contoso.crm4.dynamics.com/",
        ),
        ("https://login.windows.net/common/oauth2/authorize", "sign-in", ""),
        ("https://sts.contoso.com/adfs/ls/", "sign-in", ""),
        (
            "https://make.powerapps.com/environments/9188040d-6c67-4c5b-b112-36a304b66dad/home",
            "portal",
            "",
        ),
        (
            "https://crmserver.contoso.com/contoso",
            "on-premises-path",
            "https://crmserver.contoso.com/contoso/",
        ),
        (
            "http://server:5555/org/main.aspx",
            "on-premises-path",
            "http://server:5555/org/",
        ),
        (
            "https://contoso.contoso.com",
            "on-premises-host",
            "https://contoso.contoso.com/",
        ),
        (
            "https://org.contoso.com/main.aspx",
            "on-premises-host",
            "https://org.contoso.com/",
        ),
        (
            "https://server/XRMServices/2011/Organization.svc",
            "on-premises-host",
            "https://server/",
        ),
        ("http://crmserver", "on-premises-host", "http://crmserver/"),
        (
            "https://dev.contoso.com/XRMServices/2011/Discovery.svc?wsdl",
            "on-premises-discovery",
            "https://dev.contoso.com/XRMServices/2011/Discovery.svc",
        ),
        ("contoso", "name", ""),
        ("Contoso Sales", "name", ""),
        ("9188040d-6c67-4c5b-b112-36a304b66dad", "id", ""),
        ("anna@contoso.com", "user-name", ""),
        ("", "not-an-address", ""),
        ("https://", "not-an-address", ""),
        ("https://contоso.crm4.dynamics.com", "not-an-address", ""),
    ] {
        let found = read(text);
        assert_eq!(found.kind.slug(), slug, "{text}: {found:?}");
        assert_eq!(found.kind.corrected().unwrap_or_default(), corrected, "{text}");
        assert!(!found.kind.sentence().is_empty());
    }
}

#[test]
fn claims_and_internet_facing_forms_are_told_apart_as_far_as_the_shape_tells() {
    testkit::rows!("001-06", "001-07");
    let parts = |text: &str| match read(text).kind {
        Kind::OnPremises(server) => (server.host.to_string(), server.organization),
        other => panic!("{other:?}"),
    };
    let claims = parts("https://crmserver.contoso.com/contoso");
    assert_eq!(
        claims,
        ("crmserver.contoso.com".to_owned(), Some("contoso".to_owned()))
    );
    // The organization is the first label, if it is internet-facing; only the deployment can tell.
    let (host, organization) = parts("https://contoso.contoso.com");
    assert_eq!((host.split('.').next(), organization), (Some("contoso"), None));
}

#[test]
fn each_repair_is_told() {
    for (text, part) in [
        ("contoso.crm4.dynamics.com", "https:// was added"),
        ("http://contoso.crm4.dynamics.com", "changed to https"),
        ("https://contoso.crm4.dynamics.com:8443", "port 8443 was dropped"),
        (
            "https://contoso.crm4.dynamics.com/main.aspx",
            "page of the application",
        ),
        (
            "https://contoso.crm10.dynamics.com",
            "not a region that Microsoft lists",
        ),
        ("https://contoso.crm.microsoftdynamics.de", "closed"),
        ("https://contoso.dynamics.com", "APAC"),
        ("https://contoso.contoso.com/contoso", "leave out `/contoso`"),
        ("https://my_org.contoso.com", "KB3092666"),
        ("http://server/org", "Windows authentication only"),
        (
            "https://anna:canary@contoso.crm4.dynamics.com",
            "must never carry a password",
        ),
        ("https://login.windows.net/", "login.microsoftonline.com"),
        (
            "https%3A%2F%2Fcontoso.crm4.dynamics.com",
            "encoded once; decoded it is `https://contoso.crm4.dynamics.com`",
        ),
        (
            "https://contoso.crm4.dynamics.com%252F",
            "encoded twice; decoded it is `https://contoso.crm4.dynamics.com/`",
        ),
        (
            "https%3A%2F%2Fanna%3Acanary%40contoso.crm4.dynamics.com",
            "encoded once.",
        ),
    ] {
        let notes = read(text).notes.join(" ");
        assert!(notes.contains(part), "{text}: {notes}");
        assert!(!notes.contains("canary"));
    }
    assert_eq!(
        read("https://contoso.crm4.dynamics.com/").notes,
        Vec::<String>::new()
    );
}

#[test]
fn an_encoded_address_is_the_address_it_stands_for() {
    let plain = read("https://contoso.crm4.dynamics.com/").kind;
    assert!(matches!(plain, Kind::Online(_)));
    for text in [
        "https%3A%2F%2Fcontoso.crm4.dynamics.com",
        "https%253A%252F%252Fcontoso.crm4.dynamics.com%252Fmain.aspx%253Fid%253D1",
        "https://contoso.crm4.dynamics.com%252F",
        "contoso.crm4.dynamics.com%2f",
    ] {
        assert_eq!(read(text).kind, plain, "{text}");
    }
    // What is no encoding stays what it was, and so does a query that is encoded by right.
    assert!(matches!(read("https://100%.example").kind, Kind::NotAnAddress(_)));
    let by_right = read("https://contoso.crm4.dynamics.com/main.aspx?a=%252F");
    assert!(!by_right.notes.join(" ").contains("encoded"), "{by_right:?}");
}

#[test]
fn a_sign_in_address_gives_up_its_resource() {
    let text = "https://login.windows.net/common/oauth2/authorize?resource=https%3A%2F%2Forgfb974624.crm4.dynamics.com%2F";
    let resource = Some("https://orgfb974624.crm4.dynamics.com/".to_owned());
    assert_eq!(read(text).kind, Kind::SignIn { resource });
}

proptest! {
    #[test]
    fn no_text_panics(text in "(https?:/{0,3}|[a-z]{1,6}\\.|crm[0-9]{0,2}\\.|dynamics\\.com|@|\\\\|:|é|/|\\PC{0,4}){0,10}") {
        let found = read(&text);
        let _ = (found.kind.sentence(), found.kind.corrected());
    }

    #[test]
    fn what_was_corrected_needs_no_correction(name in "[a-z][a-z0-9]{0,8}", tail in "(:[0-9]{2}|/main\\.aspx)?") {
        let first = read(&format!("{name}.crm4.dynamics.com{tail}")).kind;
        let again = read(&first.corrected().unwrap());
        prop_assert_eq!((again.kind, again.notes), (first, Vec::<String>::new()));
    }
}
