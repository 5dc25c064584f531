//! Whether the account exists, in which state it is, and its password (facts/identity.md 3.3 C and D).

super::entries! { ACCOUNT:
    NO_SUCH_USER = 50034 invalid_grant 400 Literal Page "account-not-in-tenant":
        "The user account {identifier} does not exist in the {tenant} directory. To sign into this application, the account must be added to the directory."
        => "Check the spelling of the user name and that it belongs to this tenant; invite the person if not.";
    USER_DELETED = 500341 invalid_grant 400 Recalled Page "account-not-in-tenant":
        "The user account {identifier} has been deleted from the {tenant} directory. To sign into this application, the account must be added to the directory."
        => "Restore the account in the admin center, or create it anew.";
    OTHER_TENANTS_USER = 50020 invalid_grant 400 Literal Page "account-not-in-tenant":
        "User account '{user}' from identity provider '{idp}' does not exist in tenant '{tenant}' and cannot access the application '{app}'({name}) in that tenant. The account needs to be added as an external user in the tenant first. Sign out and sign in again with a different Azure Active Directory user account."
        => "Sign in with an account of this tenant, or have the account invited as a guest.";
    GUEST_PENDING = 50014 invalid_grant 400 Reconstructed Page "invitation-not-accepted":
        "Guest account '{user}' is in a pending state: its invitation to tenant '{tenant}' has not been redeemed."
        => "Open the invitation mail and accept it, then sign in again.";
    SEVERAL_SESSIONS = 16000 interaction_required 400 Literal Redirect:
        "Either multiple user identities are available for the current request or selected account is not supported for the scenario."
        => "Send login_hint, or let the person choose with prompt=select_account.";
    NO_SESSION = 50058 login_required 400 Literal Redirect "silent-sign-in-no-session":
        "A silent sign-in request was sent but no user is signed in. The cookies used to represent the user's session were not sent in the request to Azure AD."
        => "Sign in interactively; if the person is signed in, the browser keeps the cookies back.";
    WRONG_DOMAIN_FOR_ACCOUNT = 500208 invalid_request 400 Literal Page "account-type-personal-not-supported":
        "The domain is not a valid login domain for the account type."
        => "Use a work or school account of the tenant; a personal account works only as a guest.";
    ACCOUNT_TYPE_FOR_RESOURCE = 500207 invalid_grant 400 Reconstructed Page "account-type-personal-not-supported":
        "The account type can't be used for the resource you're trying to access."
        => "Use a work or school account.";
    NO_FEDERATION_REALM = 50107 invalid_request 400 Reconstructed Page:
        "The requested federation realm object '{realm}' does not exist."
        => "Repair the domain's federation settings.";

    BAD_PASSWORD = 50126 invalid_grant 400 Literal Page "credentials-invalid":
        "Error validating credentials due to invalid username or password."
        => "Type the password again, or reset it; a federated account cannot sign in this way.";
    LOCKED = 50053 invalid_grant 400 Literal Page "account-locked":
        "The account is locked, you've tried to sign in too many times with an incorrect user ID or password."
        => "Wait at least a minute, stop whatever keeps sending the old password, or have an administrator reset it.";
    PASSWORD_EXPIRED = 50055 invalid_grant / user_password_expired 400 Literal Page "password-expired":
        "The password is expired."
        => "Sign in once in a browser and choose a new password.";
    PASSWORD_TOO_LONG = 50052 invalid_grant 400 Literal Page "credentials-invalid":
        "The password entered exceeds the maximum length of 256. Please reach out to your admin to reset the password."
        => "Have the password reset to one of at most 256 characters.";
    NO_PASSWORD = 50056 invalid_grant 400 Recalled Page "credentials-invalid":
        "Invalid or null password: password does not exist in the directory for this user."
        => "Set a password, or sign in the way this account is meant to.";
    USER_DISABLED = 50057 invalid_grant 400 Literal Page "account-disabled-in-directory":
        "The user account is disabled."
        => "Have an administrator unblock the account's sign-in.";
    GUEST_DISABLED = 500571 invalid_grant 400 Reconstructed Page "account-disabled-in-directory":
        "The guest user account is disabled."
        => "Have this tenant's administrator unblock the guest account's sign-in.";
    ONPREMISES_PASSWORD_EXPIRED = 50144 invalid_grant 400 Reconstructed Page "password-expired":
        "User's Active Directory password has expired. Generate a new password for the user or have the user use the self-service reset tool to reset their password."
        => "Change the password in the on-premises directory.";
    SESSION_INVALID = 50132 invalid_grant 400 Reconstructed Redirect "grant-revoked-password-changed":
        "The session is not valid because it was revoked by an administrator or its credential is no longer valid."
        => "Sign in again.";
    SESSION_PASSWORD_CHANGED = 50133 invalid_grant 400 Reconstructed Redirect "grant-revoked-password-changed":
        "Session is invalid due to expiration or recent password change."
        => "Sign in again with the new password.";
    GRANT_REVOKED = 50173 invalid_grant / bad_token 400 Literal Page "grant-revoked-password-changed":
        "The provided grant has expired due to it being revoked, a fresh auth token is needed. The user might have changed or reset their password. The grant was issued on '{issued}' and the TokensValidFrom date (before which tokens are not valid) for this user is '{valid_from}'."
        => "Sign in again; stored connections of this user must be renewed once.";
    FLOW_EXPIRED = 50089 invalid_grant 400 Reconstructed Page:
        "Authentication failed due to flow token expired. Expected - auth codes, refresh tokens, and sessions expire over time or are revoked by the user or an admin."
        => "Start the sign-in again from the application.";
}

/// What the sign-in page says instead of [`LOCKED`]'s sentence (facts/identity.md 4.2).
pub const LOCKED_PAGE: &str = "Your account is temporarily locked to prevent unauthorized use. Try again later, and if you still have \
     trouble, contact your admin.";
