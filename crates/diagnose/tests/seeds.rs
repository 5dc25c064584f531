//! The five documents that Keyway grew from: what they show is recognized, told apart, and answered as they answer it.

#![expect(clippy::expect_used, reason = "a test that cannot go on says why")]

use catalog::{Catalog, Cause};
use diagnose::{Diagnosis, Explainer, Verdict};
use evidence::Kind;
use types::Timestamp;

const NOW: Timestamp = Timestamp::from_seconds(1_795_000_000);

const DIALOG: &str = "Cannot connect to Microsoft Dynamics CRM server because we cannot authenticate your credentials. \
    Check your connection or contact your administrator for more help.";

/// KB 2666080 as its page wraps it: quoted, with escaped back-ticks and two blanks at the end of lines.
const UNVERIFIED_QUOTED: &str = "\
> Error| Error connecting to URL: `https://disco.crm.dynamics.com/XRMServices/2011/Discovery.svc` Exception: Microsoft.Crm.CrmException: Logon failed because credentials are invalid --->  
Microsoft.Crm.Passport.IdCrl.IdCrlException: GetAuthState() - Request Status:  
at Microsoft.Crm.Passport.IdCrl.OnlineServicesFederationLogOnManager.LogonOrgId(String policy, String partner, LOGON_FLAG logonFlag)  
at Microsoft.Crm.Passport.IdCrl.OnlineServicesFederationLogOnManager.Logon(String userName, String password, String partner, String policy, String& memberName)  
at Microsoft.Crm.Outlook.ClientAuth.PassportAuthProvider\\`1.SignIn()  
--- End of inner exception stack trace ---  
at Microsoft.Crm.Outlook.ClientAuth.ClientAuthProvidersFactory\\`1.RetrieveUserCredentialsAndSignIn(Uri endPoint, Credential credentials, Form parentWindow, Boolean retryOnError, IClientOrganizationContext context)  
at Microsoft.Crm.Application.Outlook.Config.DeploymentsInfo.DeploymentInfo.LoadOrganizations(AuthUIMode uiMode, Form parentWindow, Credential credentials)";

/// KB 3088205's details.
const ACCESS_DENIED: &str = "\
Access is denied.

Server stack trace:
 at System.ServiceModel.Channels.ServiceChannel.ThrowIfFaultUnderstood(Message reply, MessageFault fault, String action, MessageVersion version, FaultConverter faultConverter)
 at System.ServiceModel.Channels.ServiceChannel.HandleReply(ProxyOperationRuntime operation, ProxyRpc& rpc)
Exception rethrown at [0]:
 at Microsoft.Crm.Outlook.ClientAuth.ClientAuthProvider`1.RetrieveUserCredentialsAndSignIn(Control parentWindow, Boolean retryOnError, IClientOrganizationContext context)
 at Microsoft.Crm.Application.Outlook.Config.DeploymentsInfo`1.DeploymentInfo`1.LoadOrganizationsInternal(AuthUIMode uiMode, Control parentWindow)";

/// KB 4493267's second message.
const TEST_TIMED_OUT: &str = "System.Net.WebException: The operation has timed out\n\
    at System.Net.HttpWebRequest.GetResponse()\n\
    at Microsoft.Crm.Asynchronous.EmailConnector.ExchangeConnectivityDiscoverer.ValidateServerUrl(EmailDirectionCode emailDirection)";

const TEST_REFUSED: &str = "Remote server error: (401) Unauthorized. Make sure the user name and password you entered are correct and try again.";

/// The log without what the page put around it.
fn unverified_raw() -> String {
    UNVERIFIED_QUOTED
        .replace("> ", "")
        .replace("  \n", "\n")
        .replace("\\`", "`")
        .replace("`https", "https")
        .replace("svc`", "svc")
}

fn explain(text: &str) -> Diagnosis {
    Explainer::new(Catalog::embedded())
        .explain(text.as_bytes(), NOW)
        .expect("a text")
}

fn first(text: &str) -> String {
    let diagnosis = explain(text);
    diagnosis
        .causes
        .first()
        .map_or_else(String::new, |cause| cause.id.clone())
}

fn cause(id: &str) -> &'static Cause {
    Catalog::embedded().get(id).expect("a cause")
}

fn searched(search: &str) -> Vec<&'static str> {
    let causes = Catalog::embedded().causes().iter();
    causes
        .filter(|cause| cause.is_about(search))
        .map(|cause| cause.id.as_str())
        .collect()
}

fn clients(text: &str) -> Vec<String> {
    let reading = Explainer::new(Catalog::embedded())
        .read(text.as_bytes(), NOW)
        .expect("a text");
    reading
        .facts
        .of(Kind::Client)
        .map(|fact| fact.value.clone())
        .collect()
}

#[test]
fn an_article_is_found_by_number_by_phrase_and_by_log() {
    testkit::rows!("000-01");
    let id = "account-email-unverified";
    for search in [
        "2666080",
        "KB2666080",
        "logon failed because credentials are invalid",
    ] {
        assert!(searched(search).contains(&id), "{search}: {:?}", searched(search));
    }
    assert_eq!(first(UNVERIFIED_QUOTED), id);
}

#[test]
fn the_articles_carry_what_their_pages_say_about_themselves() {
    testkit::rows!("000-02", "001-01", "002-01", "003-01");
    let unverified = cause("account-email-unverified");
    assert!(
        unverified.article.title.contains("Cannot connect"),
        "{}",
        unverified.article.title
    );
    assert_eq!(unverified.meta.products, ["Microsoft Dynamics CRM"]);
    assert_eq!(unverified.meta.topic.as_deref(), Some("troubleshooting"));
    assert_eq!(unverified.meta.date.as_deref(), Some("2021-03-31"));
    assert_eq!(unverified.meta.reviewer.as_deref(), Some("chanson"));
    let claims = cause("url-missing-organization");
    assert_eq!(claims.meta.numbers, ["3088205"]);
    assert_eq!(
        claims.meta.products,
        ["Microsoft Dynamics CRM 2015", "Microsoft Dynamics CRM 2013"]
    );
    assert_eq!(
        (claims.meta.date.as_deref(), claims.meta.reviewer.as_deref()),
        (Some("2021-03-31"), Some(""))
    );
    let mail = cause("email-credentials-rejected");
    assert!(mail.meta.numbers.iter().any(|number| number == "4493267"));
    assert_eq!(
        mail.meta.service.as_deref(),
        Some("d365-sales-email-office-integration")
    );
    let versions = &cause("user-no-security-role").meta.versions;
    assert!(
        ["9.x", "8.x"]
            .iter()
            .all(|version| versions.iter().any(|known| known == version)),
        "{versions:?}"
    );
}

#[test]
fn a_wrapped_log_and_a_raw_one_read_alike() {
    testkit::rows!("000-14", "000-20");
    assert_eq!(first(UNVERIFIED_QUOTED), "account-email-unverified");
    assert_eq!(first(&unverified_raw()), "account-email-unverified");
    assert_eq!(explain(&unverified_raw()).verdict, Verdict::CauseFound);
}

#[test]
fn the_remedy_is_the_mail_and_then_to_go_on() {
    testkit::rows!("000-21");
    let fix = cause("account-email-unverified")
        .article
        .steps()
        .join(" ")
        .to_lowercase();
    for word in ["mailbox", "link", "configuration"] {
        assert!(fix.contains(word), "{word}: {fix}");
    }
}

#[test]
fn one_sentence_two_causes_and_the_log_decides() {
    testkit::rows!("000-23", "001-05");
    let alone = explain(DIALOG);
    assert_eq!(alone.verdict, Verdict::Unknown, "{:?}", alone.causes.first());
    assert!(alone.question.is_some());
    for possible in ["account-email-unverified", "url-missing-organization"] {
        let is_told = alone.causes.iter().any(|cause| cause.id == possible);
        assert!(is_told, "{possible} is not among {:?}", alone.causes);
    }
    let with_details = format!("{DIALOG}\n\n{ACCESS_DENIED}");
    let decided = explain(&with_details);
    assert_eq!(decided.causes[0].id, "url-missing-organization");
    assert!(!decided.causes[0].evidence.is_empty());
    assert_eq!(
        first(&format!("{DIALOG}\n\n{}", unverified_raw())),
        "account-email-unverified"
    );
}

#[test]
fn the_two_generations_of_the_outlook_client_are_told_apart() {
    testkit::rows!("001-15");
    assert!(clients(UNVERIFIED_QUOTED).contains(&"outlook-2011".to_owned()));
    assert!(clients(ACCESS_DENIED).contains(&"outlook-2013".to_owned()));
    assert!(!clients(ACCESS_DENIED).contains(&"outlook-2011".to_owned()));
}

#[test]
fn a_refused_test_connection_is_the_credential_and_a_silent_one_the_firewall() {
    testkit::rows!("002-07", "002-09");
    assert_eq!(first(TEST_REFUSED), "email-credentials-rejected");
    assert_eq!(first(TEST_TIMED_OUT), "email-firewall-blocked");
}

/// {Test Connection} × {analyzer} × {Test & Enable}: each of the eight cells has one verdict.
#[test]
fn what_the_mailboxes_say_decides_and_the_analyzer_speaks_for_the_credentials() {
    for (connection, is_refused) in [("failed with (401) Unauthorized", true), ("succeeded", false)] {
        for analyzer in ["passes", "fails"] {
            let told = |mailboxes| {
                explain(&format!(
                    "Test Connection {connection}. The Microsoft Remote Connectivity Analyzer {analyzer} with the same user \
                     name and password. Test & Enable Mailboxes {mailboxes} for all of them."
                ))
            };
            let cell = format!("{connection}, {analyzer}");
            let works = told("gives Success");
            let first = works.causes.first().map(|cause| cause.id.as_str());
            match is_refused {
                true => assert_eq!(
                    (works.verdict, first),
                    (
                        Verdict::NotAuthoritative,
                        Some("email-test-connection-unreliable")
                    ),
                    "{cell}"
                ),
                false => assert_eq!((works.verdict, first), (Verdict::Healthy, None), "{cell}"),
            }
            let is_rejected = |found: &Diagnosis| {
                found
                    .causes
                    .iter()
                    .any(|cause| cause.id == "email-credentials-rejected")
            };
            assert!(!is_rejected(&works), "{cell}");
            let fails = told("fails");
            let is_in_question = is_rejected(&fails);
            assert_eq!(is_in_question, analyzer == "fails", "{cell}");
            let is_found = fails.verdict == Verdict::CauseFound;
            assert_eq!(is_found, is_refused && is_in_question, "{cell}");
            let asks = fails
                .question
                .is_some_and(|question| question.contains("Alerts tab"));
            assert_eq!(asks, !is_found, "{cell}");
        }
    }
}

#[test]
fn what_the_mail_article_advises_is_advised() {
    testkit::rows!("002-10", "002-12", "002-13", "002-14");
    let steps = |id: &str| cause(id).article.resolution.to_lowercase();
    let firewall = steps("email-firewall-blocked");
    assert!(
        firewall.contains("2728473") && firewall.contains("azure"),
        "{firewall}"
    );
    let unreliable = steps("email-test-connection-unreliable");
    for word in ["remote connectivity analyzer", "test & enable"] {
        assert!(unreliable.contains(word), "{word}: {unreliable}");
    }
}

#[test]
fn no_role_is_told_with_those_who_can_give_one() {
    testkit::rows!("003-29", "003-30");
    let text = "The selected user or the user trying to log on has not been assigned a security role, and does not \
                have sufficient privileges for this action";
    assert_eq!(first(text), "user-no-security-role");
    let fix = cause("user-no-security-role").article.resolution.to_lowercase();
    assert!(fix.contains("system administrator"), "{fix}");
}

#[test]
fn the_trusted_sites_cure_has_its_six_steps_in_order() {
    testkit::rows!("003-31", "003-32");
    assert_eq!(
        first(
            "Internet Explorer keeps redirecting to another web page and gets into a loop until I close its window"
        ),
        "browser-trusted-sites-loop"
    );
    let cure = cause("browser-trusted-sites-loop")
        .article
        .resolution
        .to_lowercase();
    let order = [
        "internet options",
        "trusted sites",
        "sites",
        "add",
        "require server verification",
        "close",
    ];
    let mut at = 0;
    for word in order {
        let found = cure[at..].find(word);
        assert!(found.is_some(), "{word} is not in its place: {cure}");
        at += found.unwrap_or(0);
    }
}

#[test]
fn a_session_has_its_length_and_its_warning() {
    testkit::rows!("003-33");
    assert_eq!(
        first(
            "Your session is about to expire. It was started 7 hours 40 minutes ago; respond within 20 minutes."
        ),
        "session-expired"
    );
}

#[test]
fn duplicates_of_a_credential_and_the_shared_endpoint_have_their_causes() {
    testkit::rows!("004-17", "004-19");
    let twice = "two auth clients of the platform hold the same client id and client secret, and one's refresh breaks the other";
    assert_eq!(first(twice), "oauth-duplicate-credential");
    let shared = "AADSTS50194: Application 'x' is not configured as a multi-tenant application. Usage of the /common endpoint is \
                  not supported for such apps created after '10/15/2018'.";
    assert_eq!(first(shared), "single-tenant-app-on-common");
    let fix = cause("single-tenant-app-on-common")
        .article
        .resolution
        .to_lowercase();
    assert!(fix.contains("tenant"), "{fix}");
}
