//! Consent, resources and scopes (facts/identity.md 3.3 F).

super::entries! { CONSENT:
    NOT_CONSENTED = 65001 invalid_grant / consent_required 400 Literal Redirect "admin-consent-missing":
        "The user or administrator has not consented to use the application with ID '{app}' named '{name}'. Send an interactive authorization request for this user and resource."
        => "Sign in interactively once and accept, or have an administrator grant consent for the tenant.";
    CONSENT_DECLINED = 65004 access_denied 400 Recalled Redirect "admin-consent-missing":
        "User declined to consent to access the app."
        => "Start again and accept the permissions the application asks for.";
    NO_SUBSCRIPTION = 650052 invalid_client 400 Reconstructed Page:
        "The app is trying to access a service '{resource}'({name}) that your organization '{tenant}' lacks a service principal for. Contact your IT Admin to review the configuration of your service subscriptions or consent to the application in order to create the required service principal."
        => "Subscribe the tenant to Dynamics 365 or Power Apps, or use the tenant that has it.";
    UNKNOWN_SCOPE = 650053 invalid_client 400 Literal Redirect "oauth-scope-malformed":
        "The application '{name}' asked for scope '{scope}' that doesn't exist on the resource '{resource}'. Contact the app vendor."
        => "Write the scope with its resource in front: https://org.crm.dynamics.com/user_impersonation.";
    NO_PERMISSIONS_LISTED = 650056 invalid_client 400 Reconstructed Page "api-permission-missing":
        "Misconfigured application. This could be due to one of the following: the client has not listed any permissions for '{resource}' in the requested permissions in the client's application registration. Or, the admin has not consented in the tenant. Or, check the application identifier in the request to ensure it matches the configured client application identifier."
        => "Add the permission Dynamics CRM / user_impersonation to the registration and grant consent.";
    PERMISSION_NOT_LISTED = 650057 invalid_resource 400 Reconstructed Page "api-permission-missing":
        "Invalid resource. The client has requested access to a resource which is not listed in the requested permissions in the client's application registration. Client app ID: {app}({name}). Resource value from request: {resource}. Resource app ID: {resource_app}. List of valid resources from app registration: {list}."
        => "Add the permission Dynamics CRM / user_impersonation to the registration.";
    RESOURCE_NOT_FOUND = 500011 invalid_resource 400 Literal Page "resource-url-wrong":
        "The resource principal named {resource} was not found in the tenant named {tenant}. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You might have sent your authentication request to the wrong tenant."
        => "Check the organization's address, its region label, and that it belongs to this tenant.";
    RESOURCE_DISABLED = 50001 invalid_resource 400 Recalled Page "resource-disabled":
        "The resource '{resource}' is disabled or does not exist."
        => "Enable the resource's enterprise application in this tenant.";
    SELF_WITHOUT_GRAPH = 90008 invalid_grant 400 Reconstructed Page "api-permission-missing":
        "The user or administrator has not consented to use the application with ID '{app}'. This happened because the application is misconfigured: it must require access to Microsoft Graph by specifying at least 'Sign in and read user profile' permission."
        => "Add the permission Microsoft Graph / User.Read to the registration.";
    SELF_BY_URI = 90009 invalid_resource 400 Recalled Page:
        "Application '{app}'({name}) is requesting a token for itself. This scenario is supported only if resource is specified using the GUID based App Identifier."
        => "Ask for the application's client id as the resource.";
    ADMIN_CONSENT_REQUIRED = 90094 access_denied 400 Recalled Redirect "admin-consent-missing":
        "The grant requires admin permission."
        => "Have an administrator grant consent for the tenant; users may not consent for themselves here.";
    ADMIN_CONSENT_WORKFLOW = 90095 access_denied 400 Reconstructed Redirect "admin-consent-missing":
        "Admin consent is required for the permissions requested by this application. An admin consent request may be sent to the admin."
        => "Wait until a reviewer has approved the request, then sign in again.";
    RESOURCE_PARAMETER_ON_V2 = 901002 invalid_request 400 Reconstructed Redirect "oauth-token-endpoint-wrong":
        "The 'resource' request parameter is not supported."
        => "Send scope={resource}/.default to the v2.0 endpoint, or use the v1 endpoint.";
    CODE_SCOPE_INVALID = 28002 invalid_scope 400 Reconstructed Page "oauth-scope-malformed":
        "Provided value for the input parameter scope '{scope}' is not valid when requesting an access token using the provided authorization code. Please specify a valid scope."
        => "Send the scope that was asked for at the authorize endpoint, or leave it out.";
    CODE_SCOPE_EMPTY = 28003 invalid_scope 400 Reconstructed Page "oauth-scope-malformed":
        "Provided value for the input parameter scope cannot be empty when requesting an access token using the provided authorization code. Please specify a valid scope."
        => "Leave the scope parameter out or give it a value.";
    BAD_SCOPE = 70011 invalid_scope 400 Literal Redirect "oauth-scope-malformed":
        "The provided value for the input parameter 'scope' is not valid. The scope {scope} is not valid."
        => "For an application, ask for {resource}/.default; never mix .default with named scopes.";
    SEVERAL_RESOURCES = 700022 invalid_scope 400 Reconstructed Page "oauth-scope-malformed":
        "The provided value for the input parameter scope is not valid because it contains more than one resource. Scope '{scope}' is not valid."
        => "Ask for one resource in each token request.";
}
