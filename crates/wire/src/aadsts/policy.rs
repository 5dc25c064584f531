//! Multi-factor authentication, Conditional Access and assignment (facts/identity.md 3.3 E).

super::entries! { POLICY:
    MFA_REQUIRED = 50076 invalid_grant / basic_action 400 Literal Redirect "mfa-required":
        "Due to a configuration change made by your administrator, or because you moved to a new location, you must use multi-factor authentication to access '{resource}'."
        => "Sign in interactively or by device code, or connect as an application user.";
    MFA_ENROLL = 50079 invalid_grant / basic_action 400 Literal Redirect "mfa-required":
        "Due to a configuration change made by your administrator, or because you moved to a new location, you must enroll in multi-factor authentication to access '{resource}'."
        => "Register a second factor at https://aka.ms/mfasetup, then sign in again.";
    MFA_ENROLL_INTERRUPT = 50072 interaction_required / basic_action 400 Reconstructed Redirect "mfa-required":
        "Due to a configuration change made by your administrator, or because you moved to a new location, you must enroll in multi-factor authentication to access '{resource}'. The sign-in was interrupted for enrollment."
        => "Register a second factor at https://aka.ms/mfasetup, then sign in again.";
    STRONG_AUTHENTICATION = 50074 interaction_required / basic_action 400 Recalled Redirect "mfa-required":
        "Strong Authentication is required."
        => "Sign in interactively and complete the second factor.";
    MFA_EXPIRED = 50078 invalid_grant / basic_action 400 Reconstructed Redirect "mfa-required":
        "Presented multi-factor authentication has expired due to policies configured by your administrator, you must refresh your multi-factor authentication to access '{resource}'."
        => "Sign in interactively and complete the second factor again.";
    MFA_FAILED = 500121 interaction_required 400 Recalled Page "mfa-required":
        "Authentication failed during strong authentication request."
        => "Try the second factor again; if it was not you who asked for it, change the password.";
    EXTERNAL_CHALLENGE = 50158 interaction_required 400 Recalled Redirect "mfa-required":
        "External security challenge not satisfied. User will be redirected to another page or authentication provider to satisfy additional authentication challenges."
        => "Sign in interactively, so that the other provider can be asked.";
    DEVICE_AUTHENTICATION = 50097 interaction_required 400 Recalled Redirect "device-not-compliant":
        "Device authentication is required."
        => "Sign in from a device that is registered or joined to the tenant.";
    DEVICE_STATE_SUSPICIOUS = 50131 access_denied 400 Reconstructed Redirect "conditional-access-blocked":
        "The request was blocked due to suspicious activity, device state or a Conditional Access policy."
        => "Look the request up in the tenant's sign-in logs by its correlation id.";
    PLATFORM_NOT_SUPPORTED = 50005 access_denied 400 Reconstructed Redirect "conditional-access-blocked":
        "User tried to log in to a device from a platform that is currently not supported through Conditional Access policy."
        => "Use a platform that the policy lists, or have the policy changed.";
    DEVICE_NOT_COMPLIANT = 53000 interaction_required 400 Recalled Redirect "device-not-compliant":
        "Device is not in required device state: {state}. Conditional Access policy requires a compliant device, and the device is not compliant."
        => "Enroll the device in the tenant's device management.";
    DEVICE_NOT_JOINED = 53001 interaction_required 400 Reconstructed Redirect "device-not-compliant":
        "Device is not in required device state: {state}. Conditional Access policy requires a domain joined device, and the device is not domain joined."
        => "Sign in from a domain joined device.";
    APP_NOT_APPROVED = 53002 interaction_required 400 Reconstructed Redirect "conditional-access-blocked":
        "The application used is not an approved application for Conditional Access."
        => "Use an application on the policy's list, or have it added.";
    BLOCKED = 53003 invalid_grant 400 Literal Redirect "conditional-access-blocked":
        "Access has been blocked by Conditional Access policies. The access policy does not allow token issuance."
        => "Have the policy '{policy}' exclude this user or application; signing in again may not help.";
    PROOF_UP_BLOCKED = 53004 interaction_required 400 Reconstructed Redirect "mfa-required":
        "User needs to complete the multi-factor authentication registration process before accessing this content, which is blocked due to risk."
        => "Have an administrator dismiss the risk or register the second factor for the user.";
    HOME_DEVICES_NOT_TRUSTED = 530004 access_denied 400 Reconstructed Redirect "cross-tenant-device-trust-missing":
        "AcceptCompliantDevice setting isn't configured for this organization. The administrator needs to configure this setting to allow external user access to protected resources."
        => "In the cross-tenant access settings of the tenant that is visited, trust compliant devices of the guest's home tenant.";
    SECURITY_POLICY = 530032 access_denied 400 Reconstructed Redirect "conditional-access-blocked":
        "The tenant's security policy does not allow this request."
        => "Ask the tenant's administrator which security policy blocks it.";
    SECURITY_DEFAULTS = 530035 access_denied 400 Recalled Redirect "security-defaults-block-legacy-auth":
        "Access has been blocked by security defaults. The request is deemed unsafe by security defaults policies"
        => "Use an interactive sign-in or an application user: security defaults refuse sign-ins that cannot do a second factor.";
    SIGN_IN_FREQUENCY = 70043 invalid_grant / bad_token 400 Reconstructed Redirect:
        "The refresh token has expired or is invalid due to sign-in frequency checks by conditional access. The token was issued on {issued} and the maximum allowed lifetime for this request is {seconds}."
        => "Sign in again.";
    REAUTHENTICATE = 70046 invalid_grant 400 Reconstructed Redirect:
        "The session has expired or is invalid due to re-authentication checks by conditional access."
        => "Sign in again.";
    NOT_ASSIGNED = 50105 access_denied 400 Literal Page "user-not-assigned-to-app":
        "Your administrator has configured the application {name} ('{app}') to block users unless they are specifically granted ('assigned') access to the application. The signed in user '{user}' is blocked because they are not a direct member of a group with access, nor had access directly assigned by an administrator. Please contact your administrator to assign access to this application."
        => "Assign the user, or a group the user is a direct member of, to the enterprise application.";
}
