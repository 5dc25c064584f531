//! The list of ways, in the order they are shown: people, the tenant, applications, organizations.

mod access_mode_changed;
mod access_rule;
mod account_blocked;
mod account_deleted;
mod account_locked;
mod account_removed;
mod account_renamed;
mod address_unlisted;
mod administration_mode;
mod app_deleted;
mod app_disabled;
mod app_in_government_cloud;
mod app_unlisted;
mod assignment_required;
mod audience_narrowed;
mod certificate_removed;
mod clock_turned;
mod cloud_moved;
mod consent_revoked;
mod cookie_lost;
mod dataverse_disabled;
mod dataverse_removed;
mod domain_federated;
mod domain_removed;
mod email_unverified;
mod groups_left;
mod guests_kept_out;
mod invitation_pending;
mod judged_risky;
mod license_removed;
mod organization_deleted;
mod organization_disabled;
mod organization_moved;
mod password_changed;
mod password_expired_on_premises;
mod password_must_change;
mod password_removed;
mod permissions_unlisted;
mod person_offboarded;
mod principal_disabled;
mod principal_removed;
mod privilege_taken;
mod public_flows_off;
mod redirects_changed;
mod release_older;
mod requests_limited;
mod roles_taken;
mod scopes_withdrawn;
mod secret_expired;
mod secret_replaced;
mod secrets_removed;
mod security_defaults_on;
mod security_group_set;
mod sessions_revoked;
mod settings_not_made;
mod sign_in_faulty;
mod sign_in_throttled;
mod unit_disabled;
mod user_consent_off;
mod user_disabled;
mod user_removed;
mod users_kept_in;

use super::Amendment;

/// Every way of failing that can be arranged in a tenant.
pub(crate) static AMENDMENTS: &[Amendment] = &[
    account_blocked::AMENDMENT,
    account_removed::AMENDMENT,
    account_deleted::AMENDMENT,
    account_renamed::AMENDMENT,
    account_locked::AMENDMENT,
    password_changed::AMENDMENT,
    password_must_change::AMENDMENT,
    password_expired_on_premises::AMENDMENT,
    password_removed::AMENDMENT,
    sessions_revoked::AMENDMENT,
    license_removed::AMENDMENT,
    groups_left::AMENDMENT,
    invitation_pending::AMENDMENT,
    email_unverified::AMENDMENT,
    judged_risky::AMENDMENT,
    access_rule::AMENDMENT,
    security_defaults_on::AMENDMENT,
    guests_kept_out::AMENDMENT,
    users_kept_in::AMENDMENT,
    user_consent_off::AMENDMENT,
    clock_turned::AMENDMENT,
    cloud_moved::AMENDMENT,
    domain_federated::AMENDMENT,
    domain_removed::AMENDMENT,
    requests_limited::AMENDMENT,
    sign_in_throttled::AMENDMENT,
    sign_in_faulty::AMENDMENT,
    app_disabled::AMENDMENT,
    app_deleted::AMENDMENT,
    principal_disabled::AMENDMENT,
    principal_removed::AMENDMENT,
    assignment_required::AMENDMENT,
    secret_expired::AMENDMENT,
    secret_replaced::AMENDMENT,
    secrets_removed::AMENDMENT,
    certificate_removed::AMENDMENT,
    public_flows_off::AMENDMENT,
    redirects_changed::AMENDMENT,
    audience_narrowed::AMENDMENT,
    permissions_unlisted::AMENDMENT,
    scopes_withdrawn::AMENDMENT,
    consent_revoked::AMENDMENT,
    app_in_government_cloud::AMENDMENT,
    dataverse_disabled::AMENDMENT,
    dataverse_removed::AMENDMENT,
    organization_disabled::AMENDMENT,
    administration_mode::AMENDMENT,
    app_unlisted::AMENDMENT,
    organization_deleted::AMENDMENT,
    organization_moved::AMENDMENT,
    release_older::AMENDMENT,
    address_unlisted::AMENDMENT,
    cookie_lost::AMENDMENT,
    security_group_set::AMENDMENT,
    user_disabled::AMENDMENT,
    user_removed::AMENDMENT,
    person_offboarded::AMENDMENT,
    settings_not_made::AMENDMENT,
    roles_taken::AMENDMENT,
    access_mode_changed::AMENDMENT,
    unit_disabled::AMENDMENT,
    privilege_taken::AMENDMENT,
];
