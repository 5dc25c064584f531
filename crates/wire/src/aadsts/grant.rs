//! Codes, refresh tokens, device codes and loops (facts/identity.md 3.3 G).

super::entries! { GRANT:
    BAD_GRANT = 70000 invalid_grant 400 Recalled Page:
        "Provided grant is invalid or malformed."
        => "Sign in again; the code or token was not issued here, or was issued to another application.";
    UNSUPPORTED_GRANT = 70003 unsupported_grant_type 400 Recalled Page:
        "The app requested an unsupported grant type '{grant}'."
        => "Use one of the grant types in the discovery document.";
    CODE_EXPIRED = 70008 invalid_grant 400 Literal Page "oauth-auth-code-reused":
        "The provided authorization code or refresh token is expired. Send a new interactive authorization request for this user and resource."
        => "Redeem the code within ten minutes; start the sign-in again.";
    CODE_REUSED = 54005 invalid_grant 400 Reconstructed Page "oauth-auth-code-reused":
        "OAuth2 Authorization code was already redeemed, please retry with a new valid code or use an existing refresh token."
        => "Redeem each code once: look for a page that was reloaded or a request that was sent twice.";
    CODE_OTHER_TENANT = 700005 invalid_grant 400 Reconstructed Page:
        "Provided Authorization Code is intended to use against other tenant, thus rejected."
        => "Redeem the code at the tenant endpoint that issued it.";
    REFRESH_MAX_AGE = 700081 invalid_grant 400 Literal Page "refresh-token-inactive":
        "The refresh token has expired due to maximum lifetime. The token was issued on {issued} and the maximum allowed lifetime for this application is {lifetime}."
        => "Sign in again.";
    REFRESH_INACTIVE = 700082 invalid_grant 400 Reconstructed Page "refresh-token-inactive":
        "The refresh token has expired due to inactivity. The token was issued on {issued} and was inactive for {idle}."
        => "Sign in again, and refresh stored connections more often than every 90 days.";
    REFRESH_SPA_EXPIRED = 700084 invalid_grant 400 Reconstructed Page "refresh-token-inactive":
        "The refresh token was issued to a single page app (SPA), and therefore has a fixed, limited lifetime of 1.00:00:00, which cannot be extended. It is now expired and a new sign in request must be sent by the SPA to the sign in page. The token was issued on {issued}."
        => "Sign in again; a single-page application must do so every 24 hours.";
    LOOP = 50196 invalid_grant 400 Literal Redirect "client-token-cache-unusable":
        "The server terminated an operation because it encountered a loop while processing a request."
        => "Keep the token that was issued, and stop asking again for the same one.";
    AUTHORIZATION_PENDING = 70016 authorization_pending 400 Literal Page:
        "OAuth 2.0 device flow error. Authorization is pending. Continue polling."
        => "Keep polling at the given interval.";
    DEVICE_CODE_UNKNOWN = 70018 bad_verification_code 400 Reconstructed Page:
        "Invalid verification code due to User typing in wrong user code for device code flow."
        => "Ask for a new device code and type the code that belongs to it.";
    USER_CODE_EXPIRED = 70019 code_expired 400 Reconstructed Page:
        "Verification code expired."
        => "Ask for a new device code.";
    DEVICE_CODE_EXPIRED = 70020 expired_token 400 Literal Page:
        "The provided value for the input parameter 'device_code' is not valid. This device code has expired."
        => "Ask for a new device code; it lives for 15 minutes.";
    USER_CODE_USED = 90120 invalid_request 400 Reconstructed Page:
        "The request was already authorized or declined."
        => "Ask for a new device code.";
}
