//! What the bodies of operations hold: every field with its kind of value and what it means, for the description.
//!
//! A test sends each operation a field that there is not, and holds what the operation then says it knows against what
//! stands here. To add a field: its line beside its operation.

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

use Kind::{Any, Flag, List, Number, Object, Text, Texts};

const NAME: Field = ("name", Text, "what people call it");
const TOKEN: Field = ("token", Text, "the token of the link in the mail");
const ADDRESS: Field = ("address", Text, "the mail address");
const PASSWORD: Field = ("password", Text, "the new password");
const SIGN_UP: &[Field] = &[ADDRESS, ("name", Text, "the person's name"), PASSWORD];
const ACCOUNT: &[Field] = &[
    ("id", Text, "the object id; made up without it"),
    ("upn", Text, "the user principal name"),
    ("aliases", Texts, "other names it signs in with"),
    ("name", Text, "the display name"),
    (
        "kind",
        Any,
        "how it came to be here: a word, or an object for a guest",
    ),
    ("enabled", Flag, "whether sign-in is allowed"),
    ("deleted", Flag, "deleted, and kept for thirty days"),
    (
        "password",
        Any,
        "a password to set, or an object with `value`, `must_change`, `expired_on_premises`",
    ),
    ("licenses", Texts, "licenses by part number, for example DYN365"),
    ("groups", Texts, "security groups by name"),
    ("roles", Texts, "directory roles"),
    ("mfa", Any, "the second factor"),
    ("risky", Flag, "judged to be at risk"),
    (
        "tokens_valid_from",
        Number,
        "grants from before this moment are revoked, in milliseconds since 1970",
    ),
    ("lockout", Object, "where smart lockout stands"),
    (
        "verification",
        Any,
        "whether a personal account's address was verified",
    ),
    ("invited_as", Text, "the address that a guest was invited at"),
    (
        "contact",
        Text,
        "where mail about the account goes when not to its own name",
    ),
];
const APP: &[Field] = &[
    ("id", Text, "the client id; made up without it"),
    ("object_id", Text, "the object id; made up without it"),
    NAME,
    (
        "audience",
        Text,
        "whose accounts it takes, for example AzureADMyOrg",
    ),
    (
        "redirects",
        Object,
        "redirect URIs by platform, for example `web`",
    ),
    (
        "logout_url",
        Text,
        "what a browser opens unseen when somebody signs out",
    ),
    (
        "optional_claims",
        Texts,
        "claims its id_tokens hold besides: login_hint",
    ),
    ("federated", List, "federated credentials"),
    (
        "allow_public_client",
        Flag,
        "public where no redirect URI says so",
    ),
    ("requires", List, "the permissions it asks for"),
    (
        "implicit_id_tokens",
        Flag,
        "the authorize endpoint may hand it id_tokens",
    ),
    (
        "implicit_access_tokens",
        Flag,
        "the authorize endpoint may hand it access tokens",
    ),
    (
        "identifier_uris",
        Texts,
        "App ID URIs, for applications that are resources",
    ),
    ("exposes", Texts, "scopes it exposes as a resource"),
    ("disabled", Flag, "disabled as a whole"),
    ("government", Flag, "belongs to a government cloud"),
    (
        "owners",
        Texts,
        "object ids of who may manage it without a directory role",
    ),
];
const SETTINGS: &[Field] = &[
    NAME,
    ("domains", List, "its domains; the first is the initial one"),
    ("cloud", Text, "the cloud it lives in"),
    (
        "region_scope",
        Text,
        "tenant_region_scope of its discovery document, for example EU",
    ),
    (
        "clock_offset_millis",
        Number,
        "how far its clock is ahead of the machine's, in milliseconds",
    ),
    (
        "user_consent",
        Text,
        "whether users may consent for themselves: allowed, admin-only, admin-workflow",
    ),
    (
        "security_defaults",
        Flag,
        "sign-ins that cannot do a second factor are refused",
    ),
    (
        "conditional_access",
        List,
        "Conditional Access rules in order; the first that is not met refuses",
    ),
    ("lockout", Object, "smart lockout"),
    (
        "strict_rotation",
        Flag,
        "a refresh token used twice revokes its whole family",
    ),
    (
        "loop_detection",
        Flag,
        "fifteen equal requests within five minutes are refused as a loop",
    ),
    (
        "guess_limit",
        Flag,
        "many wrong passwords or codes in a short time are refused",
    ),
    ("block_inbound", Flag, "users of other tenants are kept out"),
    ("block_outbound", Flag, "own users are kept from other tenants"),
    (
        "trusts_home_devices",
        Flag,
        "what a guest's home tenant says of a device counts here",
    ),
    (
        "throttled",
        Number,
        "every token request is throttled, with this Retry-After in seconds",
    ),
    (
        "transient_fault",
        Flag,
        "every token request meets a transient fault",
    ),
    (
        "access_token_seconds",
        Number,
        "how long access tokens live; 60 to 90 minutes by chance without it",
    ),
    (
        "refresh_inactive_seconds",
        Number,
        "a refresh token lapses when unused this long; 90 days without it",
    ),
    (
        "refresh_max_seconds",
        Number,
        "a refresh token lapses this long after the sign-in; never without it",
    ),
    (
        "service_protection",
        Object,
        "Dataverse's service protection limits",
    ),
    (
        "self_service_reset",
        Flag,
        "people may reset their own passwords, with a license for it",
    ),
    (
        "verified_mail_domains",
        Texts,
        "personal accounts at these domains need no verification",
    ),
    (
        "banned_words",
        Texts,
        "words that no password may be made of; at most 1000",
    ),
    ("new_users_at", Text, "the domain that new users get a name of"),
    (
        "users_may_register_apps",
        Flag,
        "members without a role may register applications",
    ),
];
const ORGANIZATION: &[Field] = &[
    NAME,
    (
        "environment",
        Text,
        "the id of its environment of the Power Platform",
    ),
    ("version", Text, "its version, in four parts"),
    (
        "state",
        Text,
        "whether anyone may come in: enabled, disabled, moving, not-configured",
    ),
    (
        "admin_mode",
        Flag,
        "only System Administrators and System Customizers may come in",
    ),
    (
        "admin_mode_text",
        Text,
        "what people are told in administration mode",
    ),
    ("sandbox", Flag, "a sandbox; production otherwise"),
    (
        "security_group",
        Text,
        "the group whose members, and only they, become users",
    ),
    (
        "ip_firewall",
        Texts,
        "the addresses and ranges that its IP firewall lets in; everybody where none is listed",
    ),
    (
        "organization_type",
        Number,
        "the kind of organization; 0 is a customer's own",
    ),
    (
        "trial_expires",
        Number,
        "when the trial ends, in milliseconds since 1970",
    ),
    (
        "roles_for_disabled_users",
        Flag,
        "disabled users may be given roles",
    ),
    (
        "allowed_apps",
        Texts,
        "client ids of the applications that its app access control admits; all where none is listed",
    ),
    (
        "session_rule",
        Text,
        "which rule its browser sessions follow: fixed, configurable",
    ),
    (
        "sessions",
        Object,
        "how long browser sessions last, under the rule `configurable`",
    ),
    (
        "cookie_lost",
        Flag,
        "browsers do not keep its cookie: a fault to be played",
    ),
];

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
            ("organization", Text, "which organization it is about"),
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
