//! Applications and their credentials, redirect URIs and code exchange (facts/identity.md 3.3 A and B).

super::entries! { APPLICATION:
    APP_NOT_FOUND = 700016 unauthorized_client 400 Literal Page "app-not-found-in-tenant":
        "Application with identifier '{app}' was not found in the directory '{tenant}'. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You may have sent your authentication request to the wrong tenant."
        => "Check that the client id is the Application (client) ID and not an object id, and that the request goes to the tenant that has or consented to the application.";
    APP_DISABLED = 70001 unauthorized_client 400 Reconstructed Page "app-disabled-in-tenant":
        "Application '{app}' is disabled."
        => "Enable the application in its home tenant, or register a new one.";
    SERVICE_PRINCIPAL_DISABLED = 7000112 unauthorized_client 400 Recalled Page "app-disabled-in-tenant":
        "Application '{app}'({name}) is disabled."
        => "Set 'Enabled for users to sign in' to Yes on the enterprise application.";
    BAD_SECRET = 7000215 invalid_client 401 Literal Page "client-secret-invalid":
        "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '{app}'."
        => "Paste the secret's Value, not its ID, and send it form-encoded.";
    CREDENTIAL_REQUIRED = 7000216 invalid_client 401 Recalled Page "client-credential-missing":
        "'client_assertion', 'client_secret' or 'request' is required for the 'client_credentials' grant type."
        => "Send a client secret or a client assertion.";
    CONFIDENTIAL_WITHOUT_CREDENTIAL = 7000218 invalid_client 401 Literal Page "public-client-flow-disabled":
        "The request body must contain the following parameter: 'client_assertion' or 'client_secret'."
        => "Send the secret, move the redirect URI to the mobile and desktop platform, or allow public client flows.";
    SECRET_EXPIRED = 7000222 invalid_client 401 Literal Page "client-secret-expired":
        "The provided client secret keys for app '{app}' are expired. Visit the Azure portal to create new keys for your app: https://aka.ms/NewClientSecret, or consider using certificate credentials for added security: https://aka.ms/certCreds."
        => "Add a new client secret to the registration and store its value at once.";
    PUBLIC_CLIENT_WITH_CREDENTIAL = 700025 invalid_client 401 Reconstructed Page:
        "Client is public so neither 'client_assertion' nor 'client_secret' should be presented."
        => "Leave the secret out, or register the redirect URI under the Web platform.";
    ASSERTION_TIME = 700024 invalid_client 401 Literal Page "client-assertion-invalid":
        "Client assertion is not within its valid time range. Current time: {now}, assertion valid from {from}, expiry time of assertion {until}."
        => "Set the clock of the machine that signs the assertion, and sign a new one for each request.";
    ASSERTION_SIGNATURE = 700027 invalid_client 401 Literal Page "client-assertion-invalid":
        "Client assertion contains an invalid signature. [Reason - {reason}]"
        => "Upload the certificate whose private key signs the assertion, and check the thumbprint in its header.";
    ASSERTION_MALFORMED = 50027 invalid_client 401 Reconstructed Page "client-assertion-invalid":
        "JWT token is invalid or malformed. {reason}"
        => "Build the assertion anew: three base64url parts with the claims aud, iss, sub, jti and exp.";
    ASSERTION_SUBJECT = 50048 invalid_client 401 Reconstructed Page "client-assertion-invalid":
        "Subject must match Issuer claim in the client assertion."
        => "Set both iss and sub of the assertion to the client id.";
    NO_FEDERATED_CREDENTIAL = 70021 invalid_client 401 Reconstructed Page "federated-identity-credential-mismatch":
        "No matching federated identity record found for presented assertion. Assertion Issuer: '{issuer}'. Assertion Subject: '{subject}'. Assertion Audience: '{audience}'."
        => "Add a federated credential with exactly this issuer, subject and audience to the registration.";
    OBO_NOT_ALLOWED = 7000114 invalid_grant 400 Reconstructed Page:
        "Application '{app}' is not allowed to make application on-behalf-of calls."
        => "Use a confidential application for the on-behalf-of flow.";
    OBO_SIGNATURE = 50013 invalid_grant 400 Recalled Page:
        "Assertion failed signature validation. [Reason - {reason}]"
        => "Send the access token exactly as the user's client received it from this sign-in service.";
    OBO_TIME = 500133 invalid_grant 400 Reconstructed Page:
        "Assertion is not within its valid time range. Ensure that the access token is not expired before using it for user assertion, or request a new token. Current time: {now}, expiry time of assertion {until}."
        => "Renew the user's access token before the on-behalf-of call.";
    OBO_AUDIENCE = 500131 invalid_grant 400 Recalled Page:
        "Assertion audience does not match the Client app presenting the assertion. The audience in the assertion was '{audience}' and the expected audience is '{app}'."
        => "Let the user's client ask for a token for this application, and pass on that token.";
    OBO_ID_TOKEN = 240002 invalid_grant 400 Reconstructed Page:
        "Input id_token cannot be used as 'urn:ietf:params:oauth:grant-type:jwt-bearer' grant."
        => "Send an access token, not an id_token.";

    REDIRECT_MISMATCH = 50011 invalid_request 400 Literal Page "redirect-uri-mismatch":
        "The redirect URI '{uri}' specified in the request does not match the redirect URIs configured for the application '{app}'. Make sure the redirect URI sent in the request matches one added to your application in the Azure portal. Navigate to https://aka.ms/redirectUriMismatchError to learn more about how to fix this."
        => "Register exactly this redirect URI: scheme, host, port, path, letter case and trailing slash count.";
    REDIRECT_CHANGED = 500112 invalid_grant 400 Recalled Page "redirect-uri-mismatch":
        "The reply address '{uri}' does not match the reply address '{expected}' provided when requesting Authorization code."
        => "Send the same redirect_uri to the token endpoint as to the authorize endpoint.";
    NO_REDIRECT_REGISTERED = 500113 invalid_request 400 Literal Page "redirect-uri-mismatch":
        "No reply address is registered for the application."
        => "Add a redirect URI to the registration.";
    REDIRECT_MISSING = 900971 invalid_request 400 Literal Page:
        "No reply address provided."
        => "Send redirect_uri: the registration has more than one.";
    RESPONSE_TYPE_UNKNOWN = 70005 unsupported_response_type 400 Reconstructed Redirect:
        "response_type '{type}' is not supported for the application."
        => "Ask for a code, or enable access tokens for implicit flows on the registration.";
    ID_TOKEN_NOT_ENABLED = 700054 unsupported_response_type 400 Reconstructed Redirect:
        "response_type 'id_token' is not enabled for the application."
        => "Tick ID tokens under Authentication, or ask for a code.";
    RESPONSE_MODE = 70007 invalid_request 400 Reconstructed Redirect:
        "The response mode '{mode}' is not supported when a token is returned."
        => "Use form_post or fragment.";
    CHALLENGE_MISSING = 50147 invalid_request 400 Reconstructed Redirect:
        "The size of the code challenge parameter is not valid."
        => "Send code_challenge together with code_challenge_method.";
    CHALLENGE_SIZE = 501491 invalid_request 400 Reconstructed Redirect:
        "Invalid size of Code_Challenge parameter."
        => "An S256 challenge is the base64url of a SHA-256 digest: 43 characters.";
    VERIFIER_MISMATCH = 501481 invalid_grant 400 Reconstructed Page:
        "The Code_Verifier does not match the code_challenge supplied in the authorization request."
        => "Keep the verifier with the request it belongs to.";
    PKCE_REQUIRED = 9002325 invalid_request 400 Literal Redirect:
        "Proof Key for Code Exchange is required for cross-origin authorization code redemption."
        => "Send a code challenge, or move the redirect URI to the platform of the program that redeems the code.";
    CROSS_ORIGIN_NOT_SPA = 9002326 invalid_request 400 Literal Page:
        "Cross-origin token redemption is permitted only for the 'Single-Page Application' client-type. Request origin: '{origin}'."
        => "Register the redirect URI as a single-page application, or redeem the code from a server.";
    SPA_WITHOUT_ORIGIN = 9002327 invalid_request 400 Literal Page:
        "Tokens issued for the 'Single-Page Application' client-type may only be redeemed via cross-origin requests."
        => "Move the redirect URI to the Web or the mobile and desktop platform.";
}
