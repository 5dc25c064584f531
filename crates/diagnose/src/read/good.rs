//! What says that something works.

use evidence::Kind::Good;

use super::sentence::Says;

pub(super) const SAYS: &[Says] = &[
    (
        Good,
        "who-am-i",
        &[
            "crm WhoAmIResponse",
            "WhoAmI (ok|succeeded|successful)",
            "dynamics crm WhoAmIResponse",
            "BusinessUnitId … UserId … OrganizationId",
        ],
    ),
    (
        Good,
        "signed-in",
        &[
            "login status in connect is true",
            "token_type … access_token",
            "successfully (signed in|logged in|authenticated|connected to)",
            "authentication (succeeded|successful)",
        ],
    ),
    (
        Good,
        "configured",
        &[
            "configuration completed successfully",
            "has been tested and enabled",
            "tested and enabled",
        ],
    ),
    (
        Good,
        "mail",
        &[
            "incoming email status success",
            "outgoing email status success",
            "contacts and tasks status success",
        ],
    ),
    (Good, "tls", &["chain trusted"]),
];
