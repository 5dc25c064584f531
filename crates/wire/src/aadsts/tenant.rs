//! Tenants, clouds and which accounts a tenant takes (facts/identity.md 3.3 C).

super::entries! { TENANT:
    UNKNOWN_TENANT = 90002 invalid_request 400 Literal Page "tenant-id-wrong":
        "Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud. Check with your subscription administrator, this may happen if there are no active subscriptions for the tenant."
        => "Check the tenant's id or domain name, and the cloud it lives in.";
    TENANT_NAME_INVALID = 900023 invalid_request 400 Recalled Page "tenant-id-wrong":
        "Specified tenant identifier '{tenant}' is neither a valid DNS name, nor a valid external domain."
        => "Use the tenant's GUID or a verified domain name in the address.";
    NO_TENANT = 50059 invalid_request 400 Literal Page "tenant-id-wrong":
        "No tenant-identifying information found in either the request or implied by any provided credentials."
        => "Use the tenant's own endpoint instead of /common or /organizations.";
    DOMAIN_UNKNOWN = 50128 invalid_request 400 Reconstructed Page "username-wrong-format-online":
        "Invalid domain name - No tenant-identifying information found in either the request or implied by any provided credentials."
        => "Check the part after the @ of the user name: no tenant has verified that domain.";
    DOMAIN_CHARACTERS = 50029 invalid_request 400 Reconstructed Page "username-wrong-format-online":
        "Invalid URI - domain name contains invalid characters."
        => "Correct the user name: it needs the form user@domain.";
    NOT_MULTI_TENANT = 50194 invalid_request 400 Literal Page "single-tenant-app-on-common":
        "Application '{app}'({name}) is not configured as a multi-tenant application. Usage of the /common endpoint is not supported for such applications created after '10/15/2018'. Use a tenant-specific endpoint or configure the application to be multi-tenant."
        => "Put the tenant's id or domain in the address in place of common, or make the application multi-tenant.";
    PASSWORD_ON_COMMON = 9001023 invalid_request 400 Literal Page:
        "The grant type is not supported over the /common or /consumers endpoints. Please use the /organizations or tenant-specific endpoint."
        => "Use /organizations or the tenant's own endpoint.";
    DEVICE_ON_COMMON = 90133 invalid_request 400 Literal Page:
        "Device Code flow is not supported under /common or /consumers endpoint."
        => "Use /organizations or the tenant's own endpoint.";
    RESOURCE_ON_CONSUMERS = 90124 invalid_request 400 Reconstructed Page "single-tenant-app-on-common":
        "Resource '{resource}' ({name}) is not supported over the /common or /consumers endpoints. Please use the /organizations or tenant-specific endpoint."
        => "Dataverse takes work and school accounts: use /organizations or the tenant's own endpoint.";
    APP_NOT_FOR_CONSUMERS = 9002332 invalid_request 400 Reconstructed Page "account-type-personal-not-supported":
        "Application '{app}'({name}) is configured for use by Azure Active Directory users only. Please do not use the /consumers endpoint to serve this request."
        => "Use /organizations or the tenant's own endpoint.";
    V1_FOR_CONSUMERS = 90027 invalid_request 400 Reconstructed Page:
        "We are unable to issue tokens from this API version on the MSA tenant. Please contact the application vendor as they need to use version 2.0 of the protocol to support this."
        => "Use the v2.0 endpoint for personal accounts.";
    UNKNOWN_INSTANCE = 50049 invalid_instance 400 Literal Page "wrong-cloud-endpoint":
        "Unknown or invalid instance."
        => "Use a sign-in host of Microsoft's, or switch instance discovery off for your own.";
    INSTANCE_REQUEST = 50050 invalid_request 400 Reconstructed Page:
        "The request is malformed. {reason}"
        => "Send authorization_endpoint as an absolute https address.";
    OTHER_CLOUD = 90038 invalid_request 400 Reconstructed Page "wrong-cloud-endpoint":
        "Tenant '{tenant}' request is being redirected to the National Cloud '{cloud}'."
        => "Use the sign-in host of the tenant's own cloud.";
    GOVERNMENT_APP = 900439 invalid_request 400 Reconstructed Page "wrong-cloud-endpoint":
        "USGClientNotSupportedOnPublicEndpoint: the application '{app}' belongs to a government cloud and cannot be used on the public endpoint."
        => "Use login.microsoftonline.us for this application.";
    TENANT_RESTRICTED = 500021 access_denied 400 Reconstructed Page "tenant-restriction-applied":
        "Access to '{tenant}' tenant is denied."
        => "Ask the network's administrator to add the tenant to the proxy's tenant restriction list.";
    TENANT_RESTRICTED_V2 = 500022 access_denied 400 Reconstructed Page "tenant-restriction-applied":
        "Access to '{tenant}' tenant is denied by the tenant restriction policy '{policy}'."
        => "Ask the administrator of the policy's tenant to allow this tenant.";
    OUTBOUND_BLOCKED = 500212 access_denied 400 Reconstructed Page "cross-tenant-policy-denied":
        "The user's administrator has set an outbound access policy that does not allow access to the resource tenant '{tenant}'."
        => "Ask the home tenant's administrator to allow outbound access to this tenant.";
    INBOUND_BLOCKED = 500213 access_denied 400 Reconstructed Page "cross-tenant-policy-denied":
        "The resource tenant's cross-tenant access policy does not allow this user to access this tenant '{tenant}'."
        => "Ask this tenant's administrator to allow inbound access from the user's home tenant.";
}
