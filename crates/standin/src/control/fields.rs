//! What the bodies of operations hold: every field with its kind of value and what it means, for the description.
//!
//! A test sends each operation a field that there is not, and holds what the operation then says it knows against what
//! stands here. To add a field: its line beside its operation.

mod objects;

use objects::{ACCOUNT, APP, ORGANIZATION, SETTINGS};
use serde_json::{Value, json};

/// A field: its name, its kind of value, what it means.
pub(super) type Field = (&'static str, Kind, &'static str);

/// A kind of value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Flag,
    Number,
    Texts,
    List,
    Object,
    /// One of several kinds, as its meaning says.
    Any,
}

use Kind::{Any, Flag, Number, Object, Text, Texts};

const NAME: Field = ("name", Text, "what people call it");
const TOKEN: Field = ("token", Text, "the token of the link in the mail");
const ADDRESS: Field = ("address", Text, "the mail address");
const PASSWORD: Field = ("password", Text, "the new password");
const SIGN_UP: &[Field] = &[ADDRESS, ("name", Text, "the person's name"), PASSWORD];

impl Kind {
    /// As JSON Schema. In a merge patch `null` takes a value away.
    pub(super) fn schema(self, patch: bool) -> Value {
        let (kind, items) = match self {
            Self::Any => return json!({}),
            Self::Text => ("string", None),
            Self::Flag => ("boolean", None),
            Self::Number => ("integer", None),
            Self::Texts => ("array", Some(json!({ "type": "string" }))),
            Self::List => ("array", Some(json!({}))),
            Self::Object => ("object", None),
        };
        let mut schema = match patch {
            true => json!({ "type": [kind, "null"] }),
            false => json!({ "type": kind }),
        };
        if let Some(items) = items {
            schema["items"] = items;
        }
        schema
    }
}

/// The fields of an operation's body.
pub(super) fn of(id: &str) -> &'static [Field] {
    match id {
        "openLink" => &[("to", Text, "what it leads to: https, proxy")],
        "turnLink" => &[(
            "way",
            Any,
            "the way the network fails, of those that listLinks names; null for none",
        )],
        "createTenant" => &[("template", Text, "the template to copy, for example contoso")],
        "turnClock" => &[
            (
                "advance_seconds",
                Number,
                "forward by so many seconds; negative turns it back",
            ),
            ("set", Text, "to this moment (RFC 3339)"),
            ("reset", Flag, "back to the machine's"),
        ],
        "changeSettings" => SETTINGS,
        "applyAmendment" => &[
            ("amendment", Text, "one of those that listWays names"),
            ("user", Text, "whom it is about, by user principal name"),
            ("app", Text, "which application it is about, by client id or name"),
            (
                "organization",
                Text,
                "which organization it is about, by unique name; where there is one only, that one",
            ),
            ("with", Object, "what else the amendment takes"),
        ],
        "createAccount" => ACCOUNT,
        // Its id stays.
        "changeAccount" => ACCOUNT.split_at(1).1,
        "createApp" => APP,
        // Both its ids stay.
        "changeApp" => APP.split_at(2).1,
        "checkSettings" => &[
            ("flow", Text, "how the program signs in: person, program"),
            (
                "organization",
                Text,
                "the organization it connects to, by id, unique name or host",
            ),
            ("client_id", Text, "the client id it was given"),
            (
                "secret",
                Text,
                "the client secret it was given; compared and forgotten",
            ),
            ("redirect", Text, "the redirect URI it sends"),
            ("authorize", Text, "the authorization endpoint it was given"),
            ("token_endpoint", Text, "the token endpoint it was given"),
        ],
        "addSecret" => &[
            ("name", Text, "what it is for"),
            (
                "ends",
                Text,
                "when it ends: a moment, or `+12 months`; 24 months from now without it",
            ),
            ("value", Text, "a value of one's own; fresh without it"),
        ],
        "addCertificate" => &[
            ("name", Text, "what it is for"),
            ("certificate", Text, "the certificate as PEM"),
        ],
        "changePrincipal" => &[
            NAME,
            ("enabled", Flag, "users may sign in to it"),
            ("assignment_required", Flag, "only who is assigned may use it"),
            (
                "assigned",
                Texts,
                "who is assigned: user principal names, object ids, groups",
            ),
        ],
        "grantConsent" => &[
            ("app", Text, "the application, by client id or name"),
            (
                "resource",
                Text,
                "the resource: dataverse, graph, azure-management, or an application",
            ),
            ("scopes", Texts, "the permissions"),
            ("user", Text, "the one user it is for; everybody without it"),
        ],
        "createOrganization" => &[
            NAME,
            ("host", Text, "its true host; the region is read from it"),
            ("unique_name", Text, "the database's name; made up without it"),
            ("version", Text, "its version, in four parts"),
            (
                "security_group",
                Text,
                "the group whose members, and only they, become users",
            ),
        ],
        "changeOrganization" => ORGANIZATION,
        "addBusinessUnit" => &[
            NAME,
            (
                "parent",
                Text,
                "the unit above it, by id or name; the root without it",
            ),
        ],
        "changeBusinessUnit" => &[("disabled", Flag, "whether it is disabled")],
        "addSystemUser" => &[
            ("upn", Text, "a person, by user principal name; or give `app`"),
            ("app", Text, "an application, by client id or name; or give `upn`"),
            ("roles", Texts, "security roles by name"),
            ("access_mode", Text, "the kind of access, for example read-write"),
            ("disabled", Flag, "whether the user begins disabled"),
        ],
        "changeSystemUser" => &[
            ("disabled", Flag, "whether the user is disabled"),
            ("access_mode", Text, "the kind of access, for example read-write"),
            ("unit", Text, "the business unit to move to, by id or name"),
        ],
        "createSecurityRole" => &[
            NAME,
            (
                "unit",
                Text,
                "the business unit, by id or name; the root without it",
            ),
            (
                "copy",
                Text,
                "the role to copy, by id or name; nothing is allowed without it",
            ),
        ],
        "renameSecurityRole" => &[NAME],
        "givePrivilege" => &[("depth", Text, "how far it reaches: basic, local, deep, global")],
        "signUp" | "requestAccount" => SIGN_UP,
        "sendVerification" => &[ADDRESS],
        "verifyAddress" | "readReset" | "readInvitation" => &[TOKEN],
        "changePassword" => &[
            ("current", Text, "the password until now"),
            ("new", Text, "the new one"),
        ],
        "requestReset" | "forgotPassword" => &[("user", Text, "the user principal name")],
        "completeReset" => &[
            TOKEN,
            PASSWORD,
            ("code", Text, "the code, where two methods are needed"),
        ],
        "invite" => &[
            ADDRESS,
            ("name", Text, "the person's name"),
            ("organization", Text, "whose direct address the mail holds"),
        ],
        "sendAddress" => &[(
            "organization",
            Text,
            "the organization; Social Engagement without it",
        )],
        "acceptInvitation" => &[TOKEN, ("address", Text, "the address that signed in")],
        "addDomain" => &[
            ("name", Text, "the domain"),
            (
                "kind",
                Any,
                "who keeps its users' passwords: managed, or an object for a federation server",
            ),
        ],
        "changeDomain" => &[
            (
                "kind",
                Any,
                "who keeps its users' passwords: managed, or an object for a federation server",
            ),
            ("default", Flag, "new users get a name of it"),
        ],
        "raiseIncident" => &[
            ("service", Text, "the service it is about"),
            ("title", Text, "what is wrong, in a line"),
            ("class", Text, "incident, advisory, maintenance"),
            ("state", Text, "where it stands, for example service-degradation"),
            ("message", Text, "what people are told"),
        ],
        "updateIncident" => &[
            ("message", Text, "what people are told"),
            ("state", Text, "where it stands now; `service-restored` ends it"),
        ],
        _ => &[],
    }
}
