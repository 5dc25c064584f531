//! What a text does with an error beside showing one: it tells that it is solved, plans, explains, lists changes, asks how
//! to set something up; or it is about another product. `crate::bearing` says what follows from that.

use evidence::Kind::About;

use super::{Context, Notes, Reader, sentence::Says};
use crate::page::{Chunk, Page};

pub(super) const READER: Reader = Reader {
    name: "bearing",
    about: "whether a number of the sign-in service stands with its message, or in a sentence about it",
    read,
};

/// So many words behind a number and its colon are its message.
const MESSAGE: usize = 3;
/// A text with fewer words than this is no talk about anything.
const TALK: usize = 8;

fn read(page: &Page, _: &Context<'_>, notes: &mut Notes<'_>) {
    let chunks: Vec<Chunk<'_>> = page.chunks().collect();
    let mut mentioned = None;
    for (at, chunk) in chunks.iter().enumerate() {
        if !is_number(chunk.text) {
            continue;
        }
        // A line that a program stamped is its log, however terse.
        if page.is_logged(chunk.line) {
            notes.see(About, "logged", chunk.line);
            continue;
        }
        if is_shown(&chunks, at) {
            notes.see(About, "message", chunk.line);
            return;
        }
        mentioned.get_or_insert(chunk.line);
    }
    if let Some(line) = mentioned.filter(|_| chunks.len() >= TALK) {
        notes.see(About, "mentioned", line);
    }
}

/// `AADSTS50126`, whatever stands around it.
fn is_number(chunk: &str) -> bool {
    let lower = chunk.to_ascii_lowercase();
    lower
        .split("aadsts")
        .skip(1)
        .any(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
}

/// Whether a number is there as a program tells it: with its message behind it, announced with a colon, as a member's
/// value, on a line of its own, or beginning a sentence.
fn is_shown(chunks: &[Chunk<'_>], at: usize) -> bool {
    let Some(chunk) = chunks.get(at) else {
        return false;
    };
    let before = at.checked_sub(1).and_then(|before| chunks.get(before));
    let before = before.filter(|before| before.line == chunk.line);
    let behind = chunks.get(at + 1).filter(|behind| behind.line == chunk.line);
    let begins = |fits: fn(char) -> bool| behind.is_some_and(|behind| behind.text.starts_with(fits));
    // A sentence about it goes on, and so does the row of a table.
    let is_sentence = begins(|c| c.is_lowercase() || c == '|');
    let is_alone = before.is_none() && !is_sentence;
    let is_announced = before.is_some_and(|before| before.text.ends_with([':', '='])) && !is_sentence;
    let is_member = chunk.text.contains("\":") || chunk.text.contains('=');
    let has_message = chunk.text.ends_with(':') && chunks.len() > at + MESSAGE;
    is_alone || is_announced || is_member || has_message
}

pub(super) const SAYS: &[Says] = &[
    (
        About,
        "solved",
        &[
            "(issue|problem|ticket|incident|error) (solved|resolved|closed|fixed)",
            "(issue|problem|ticket|incident|error) (is|was|has been|got) (solved|resolved|closed|fixed|gone)",
            "(issue|problem|ticket|incident|error) (is now|has now been) (solved|resolved|closed|fixed|gone)",
            "(solved|resolved|fixed) (it|this|that|we|i|thanks|after|turned|found)",
            "(solved|fixed) (the|my|our) (issue|problem|error)",
            "turned out",
            "everything works (now|again|fine)",
            "(works|working) (now|again) (thanks|thank)",
            "(it is|is) fixed now",
            "(root cause|the fix|the solution|the culprit) was",
            "users confirmed",
            "figured (it out|out)",
            "all good (now|again)",
            "did the trick",
            "(never mind|nevermind)",
            "(got|getting) it (working|to work)",
            "(for others|for anyone|anyone else|for everyone) who (find|finds|has|have|hit|hits|run|runs)",
            "(this|that|which) (solved|fixed|resolved) (it|the|my|our)",
            "(mystery solved|case closed|back to normal)",
            "(now works|works now|working now|now resolved|resolved now|sorted now|now sorted)",
            "previously failed with",
            "solved (connection|login|sign in|error|issue|problem|unable|can not|xrmtoolbox|dynamics|power|aadsts~)",
            "why (do|does|did) … because",
            "marked as (answer|answered|solved|solution)",
            "accepted (answer|solution)",
            "(post mortem|postmortem|lessons learned)",
            "(close|closure|resolution) (notes|code)",
            "user confirmed",
            "recovered (at|after|since)",
            "(thanks|thank you) for (fixing|solving|your help with|the help with)",
            "has been working since",
            "(läuft|funktioniert|geht) (alles|jetzt|es jetzt) wieder",
            "(problem|fehler) (ist|wurde) (behoben|gelöst|erledigt)",
            "(erledigt|behoben|gelöst) (der|die|das|durch|danke|wir|war)",
            "(problème|erreur) (est|a été) (résolu|résolue|corrigée|corrigé)",
            "(problema|error) (resuelto|solucionado|risolto|resolvido)",
        ],
    ),
    (
        About,
        "planned",
        &[
            "next (week|month|monday|weekend|quarter|sprint)",
            "we (plan|intend|are planning) to",
            "we will (rotate|renew|move|enable|disable|replace|upgrade|migrate|switch|retire|block|enforce|turn)",
            "before it expires",
            "no action is (needed|required)",
            "(stops|stop) working (on|in) _ (january|february|march|april|may|june|july|august|september|october|november|december)",
            "(maintenance window|change request|go live)",
        ],
    ),
    (
        About,
        "explained",
        &[
            "in this (post|article|blog|guide|tutorial|section|video|chapter|document|lesson|course)",
            "this (article|post|page|guide|document|topic|section|table) (describes|explains|shows|covers|lists)",
            "what … (aadsts|error|code|status|message) … (means|mean)",
            "code (description|meaning)",
            "(list|table|overview) of … (errors|codes|causes)",
            "(when|if) (a user|an organization|your company) (types|enters|signs|tries|has|is)",
            "(you|administrators) can (set|control|enable|disable|configure|restrict|assign)",
            "administrators (assign|manage|configure|grant|reset) (roles|licenses|permissions|access|passwords|users)",
            "(a|recommended) best practice~",
            "best practices",
            "learn how",
            "(if|whenever|unless|in case) … aadsts~",
            "aadsts~ (typically|usually|often|commonly|occurs|happens|appears|means|indicates|was|came)",
            "as (a|an) _ i want",
            "see the (article|page|section|documentation|guide) (on|about)",
            "(incidents|tickets) last (week|month|year)",
            "(meeting minutes|next topic|agenda)",
            "is (returned|raised|issued) if",
            "(faq|training handout|compatibility table|release plan)",
            "(so that|if) (users|people) do not",
            "(must have a unique|if your mailboxes|is being retired)",
            "(catch|handle) … and (fall|retry|ask)",
            "(handle|handles|handled) … by (asking|retrying|refreshing|prompting)",
        ],
    ),
    (
        About,
        "example",
        &[
            "(example|such as|instead of) aadsts~",
            "expected result … aadsts~",
            "difference between (aadsts~|error|code)",
            "(clearer|better) (texts|messages|message) for",
        ],
    ),
    (
        About,
        "changed",
        &[
            "release notes",
            "(changelog|change log|version history)",
            "what s new",
            "(bug fixes|bugfixes|bug fix)",
            "(fix|fixes|fixed) for",
            "(what s changed|what is changed)",
            "thanks to (all|our) contributors",
            "better (message|messages|error|handling)",
            "(handle|handles|handled|support|supports|supported) aadsts~",
            "(treat|treats|treated|translate|translates|map|maps) aadsts~",
            "fixed (a|an|the) (bug|issue|crash|regression)",
            "no longer (throws|fails|returns|crashes|raises)",
            "is now (surfaced|supported|reported|handled|retried|logged)",
            "added (support|retry|retries|handling|option)",
            "improved (error|handling|performance|message)",
        ],
    ),
    (
        About,
        "source",
        &[
            "public (void|static|class|async|task|override)",
            "case … return",
            "assert (equal|equals|true|that)",
            "(tests|test suites) _ passed",
            "(pass|fail) (tests|test|src)",
            "expect … (tobe|toequal|tothrow|tocontain)",
            "def test_~",
            "grep _ aadsts~",
            "where … summarize",
            "alert … expr",
        ],
    ),
    (
        About,
        "asked",
        &[
            "how (do|can|should|would) (i|we|one) (configure|enable|disable|set up|exclude|assign|create|rotate|renew|connect)",
            "is it possible to",
            "what is the (difference|best way)",
        ],
    ),
    (
        About,
        "another-product",
        &[
            "(gitlab|bitbucket|postgres|postgresql|psql|mysql|mysqli|mariadb|mongodb|mongoose|redis|docker|kubernetes|kubectl|jenkins|wordpress|salesforce)",
            "(googleapis|gstatic|cloudfront|icloud|dropbox|twilio|sendgrid|mailchimp|hubspot|paypal|okta|auth0|servicenow|workday|mongo~|pymongo)",
            "(npmjs|pypi|maven|gradle|artifactory|nuget|sqlclient|sqlexception|sqlstate|openssh|sshd|publickey|amazonaws|botocore|boto3|slack|slack_sdk|jira|confluence|stripe)",
            "(elasticsearch|rabbitmq|kafka|oracle|minio|ansible|terraform|sharepoint|ftplib|ldap_bind|ldaperr|printer|printers|wuauclt|woocommerce|magento|drupal|shopify|prestashop|laravel)",
            "(gmail|googlemail|yahoo|netflix|spotify|facebook|instagram|whatsapp|tiktok|steam|kinit|klist|nginx|printer~)",
            "(apple id|amazon prime|google account)",
            "npm (err|error|warn|install|registry|run)",
            "(pip install|apt get|docker pull|windows update)",
            "git (clone|fetch|push|pull)",
            "unable to access https (github|gitlab)",
            "php (warning|fatal|notice|parse)",
            "(blob|table|queue|file) core windows net",
            "(servicebus|database|vault) (windows|azure) net",
            "google (auth|api|cloud)",
            "(atlassian|bitwarden|cisco|citrix|sap|xbox)",
        ],
    ),
    (
        About,
        "this-product",
        &[
            "(dynamics|dataverse|crm|crmserviceclient|mscrm|xrm|xrmservices|xrmtoolbox|powerapps|powerplatform|microsoftonline|msal|adal|entra|adfs)",
            "(power platform|power apps|power automate|ad fs|azure ad)",
            "(exchange|outlook|office365|office 365|mailbox|mailboxes|smtp|imap|ews|autodiscover|email|e mail)",
        ],
    ),
    (
        About,
        "shown",
        &[
            "(trace|correlation|request|activity|session) id",
            "(trace_id|correlation_id|error_description|error_codes|activityid|requestid|correlationid)",
            "end of inner exception",
            "(i|we) (get|got|see|receive|received|am getting|are getting|keep getting) … aadsts~",
        ],
    ),
    (
        About,
        "met",
        &[
            "(fail|fails|failed|failing|failure|unable|stopped working)",
            "(i|we|he|she|they|users|user|everybody) (get|gets|got|see|sees|receive|receives)",
            "(can not|could not|does not work|not able to)",
            "(ends|exits|stops|answers|comes back|breaks|dies|aborts) with",
            "since (today|yesterday|this|monday|last|the|we|a|some)",
            "(please help|any idea|anyone|what does|why)",
        ],
    ),
];
