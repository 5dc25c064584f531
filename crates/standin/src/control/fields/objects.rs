//! The fields of what can be changed in many ways.

use super::{
    Field,
    Kind::{Any, Flag, List, Number, Object, Text, Texts},
    NAME,
};

/// Of an account.
pub(super) const ACCOUNT: &[Field] = &[
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

/// Of an app registration.
pub(super) const APP: &[Field] = &[
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

/// Of a tenant's settings.
pub(super) const SETTINGS: &[Field] = &[
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

/// Of an organization.
pub(super) const ORGANIZATION: &[Field] = &[
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
