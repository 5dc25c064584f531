//! Which program wrote the text (row 001-15 for the two generations of the Outlook client).

use evidence::Kind::Client;

use super::sentence::Says;

pub(super) const SAYS: &[Says] = &[
    (
        Client,
        "outlook-2011",
        &[
            "ClientAuthProvidersFactory",
            "OnlineServicesFederationLogOnManager",
            "PassportAuthProvider",
            "OrganizationDetailCollection",
        ],
    ),
    (
        Client,
        "outlook-2013",
        &[
            "ClientAuthProvider RetrieveUserCredentialsAndSignIn",
            "DeploymentInfo LoadOrganizationsInternal",
            "DataCollection orgs AuthUIMode",
        ],
    ),
    (
        Client,
        "outlook",
        &[
            "Microsoft Crm Application Outlook",
            "Microsoft Crm Outlook",
            "(CRM|365) for (Office Outlook|Outlook)",
            "HrActivateAddin",
        ],
    ),
    (Client, "app-for-outlook", &["(365|CRM) App for Outlook"]),
    (
        Client,
        "email-router",
        &[
            "(email router|e mail router)",
            "EmailRouter",
            "Microsoft Crm Tools Email",
        ],
    ),
    (
        Client,
        "xrm-tooling",
        &[
            "Xrm Tooling Connector",
            "Xrm Tooling CrmConnectControl",
            "CrmServiceClient",
        ],
    ),
    (
        Client,
        "serviceclient",
        &["PowerPlatform Dataverse Client", "ServiceClient"],
    ),
    (
        Client,
        "adal",
        &[
            "IdentityModel Clients ActiveDirectory",
            "AdalServiceException",
            "AdalException",
        ],
    ),
    (
        Client,
        "msal",
        &[
            "MsalServiceException",
            "MsalUiRequiredException",
            "MsalClientException",
            "Microsoft Identity Client",
            "msal",
        ],
    ),
    (
        Client,
        "pac",
        &[
            "pac (auth|admin|solution) (create|list|select|who)",
            "Microsoft PowerApps CLI",
        ],
    ),
    (
        Client,
        "power-automate",
        &["Power Automate", "shared_commondataserviceforapps"],
    ),
    (Client, "postman", &["Postman"]),
    (Client, "azure-cli", &["azure cli", "az (login|account)"]),
    (Client, "xrmtoolbox", &["XrmToolBox"]),
    (
        Client,
        "mobile",
        &[
            "(iPad|iPhone|Android) … (trace|log|app|device)",
            "CRM for (tablets|phones)",
            "365 for (tablets|phones)",
        ],
    ),
];
