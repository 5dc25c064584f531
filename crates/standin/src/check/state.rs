//! What the registration, its enterprise application and the organization say.

use directory::UserConsent;
use organization::OrganizationState;
use types::AppId;

use super::{Finding, Given, Known, SOON, day, in_words};

/// The permission that Dynamics 365 has.
const PERMISSION: &str = "user_impersonation";

pub(super) fn look(given: &Given, known: &Known<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    application(given, known, &mut found);
    permission(given, known, &mut found);
    credentials(given, known, &mut found);
    organization(given, known, &mut found);
    found
}

fn application(given: &Given, known: &Known<'_>, found: &mut Vec<Finding>) {
    let app = known.app;
    if app.disabled {
        found.push(Finding::fails(
            "app-disabled-in-tenant",
            "The registration is disabled.",
            "Enable it under Branding & properties.",
        ));
    }
    match known.here.principal(app.id) {
        None => found.push(Finding::fails(
            "app-not-found-in-tenant",
            "The enterprise application of this registration was deleted, so nobody can sign in to it here.",
            "Make it again under Enterprise applications.",
        )),
        Some(principal) if !principal.enabled => found.push(Finding::fails(
            "app-disabled-in-tenant",
            "“Enabled for users to sign in” is set to No for the enterprise application.",
            "Set it to Yes under Enterprise applications.",
        )),
        Some(principal) if principal.assignment_required && !given.by_itself => found.push(Finding::risk(
            "user-not-assigned-to-app",
            format!(
                "Assignment is required, and {} users and groups are assigned; everybody else is refused.",
                principal.assigned.len()
            ),
            "Assign whoever signs in, under Enterprise applications.",
        )),
        Some(_) => {}
    }
}

fn permission(given: &Given, known: &Known<'_>, found: &mut Vec<Finding>) {
    if given.by_itself {
        // An application user and its roles decide, not permissions (facts/identity.md 2.7).
        return;
    }
    let app = known.app;
    let listed = app
        .requires
        .iter()
        .filter(|required| required.resource == AppId::DATAVERSE);
    if !listed
        .clone()
        .any(|required| required.scopes.contains(PERMISSION))
    {
        found.push(Finding::fails(
            "api-permission-missing",
            "The registration does not list the permission Dynamics CRM > user_impersonation.",
            "API permissions > Add a permission > Dynamics CRM > user_impersonation > Add permissions.",
        ));
    } else {
        found.push(Finding::fine(
            "The permission Dynamics CRM > user_impersonation is listed.",
        ));
    }
    if known
        .here
        .granted(app.id, AppId::DATAVERSE, None)
        .contains(PERMISSION)
    {
        found.push(Finding::fine("Admin consent is granted for Dynamics CRM."));
        return;
    }
    let fix = "API permissions > Grant admin consent, confirmed with Yes by an administrator.";
    found.push(match known.tenant.settings.user_consent {
        UserConsent::Allowed => Finding::risk(
            "admin-consent-missing",
            "No administrator has granted consent for Dynamics CRM: each person is asked at the first sign-in, and a \
             program that cannot ask is refused (AADSTS65001).",
            fix,
        ),
        UserConsent::AdminOnly | UserConsent::AdminWorkflow => Finding::fails(
            "admin-consent-missing",
            "No administrator has granted consent for Dynamics CRM, and people here may not consent for themselves.",
            fix,
        ),
    });
}

fn credentials(given: &Given, known: &Known<'_>, found: &mut Vec<Finding>) {
    let app = known.app;
    let public = !given.by_itself
        && app.redirects.web.is_empty()
        && (app.allow_public_client || app.redirects.each().next().is_some());
    if public {
        return;
    }
    if app.secrets.is_empty() && app.certificates.is_empty() {
        found.push(Finding::fails(
            "client-credential-missing",
            "The registration has neither a client secret nor a certificate.",
            "Certificates & secrets > New client secret.",
        ));
    }
    let newest = app.secrets.iter().max_by_key(|secret| secret.ends);
    let Some(newest) = newest.filter(|_| app.certificates.is_empty()) else {
        return;
    };
    let days = newest.ends.since(known.now).as_secs() / 86_400;
    let words = in_words(days);
    let name = match newest.name.as_str() {
        "" => newest.hint.as_str(),
        name => name,
    };
    found.push(if known.now >= newest.ends {
        Finding::fails(
            "client-secret-expired",
            format!(
                "Every client secret has expired, the last one, “{name}”, on {}.",
                day(newest.ends)
            ),
            "Certificates & secrets > New client secret, and give its value to the program.",
        )
    } else if days < SOON {
        Finding::risk(
            "client-secret-expired",
            format!(
                "The client secret “{name}” expires on {} ({words} left).",
                day(newest.ends)
            ),
            "Add a second one now, give it to the program, then delete the old one: both work until then.",
        )
    } else {
        Finding::fine(format!("The client secret “{name}” is good for {words}."))
    });
}

fn organization(given: &Given, known: &Known<'_>, found: &mut Vec<Finding>) {
    let Some(org) = known.org else { return };
    let name = &org.record.name;
    let closed = match org.record.state {
        OrganizationState::Enabled => None,
        OrganizationState::Disabled => Some((
            Some("organization-disabled"),
            "is disabled",
            "An administrator enables it in the Dynamics 365 admin center.",
        )),
        OrganizationState::Moving => Some((
            None,
            "is being moved",
            "Try again when the move is over; until then nobody gets in.",
        )),
        OrganizationState::NotConfigured => Some((
            None,
            "is not set up yet",
            "An administrator must finish setting it up.",
        )),
    };
    if let Some((cause, how, next)) = closed {
        found.push(Finding::fails(
            cause,
            format!("The organization {name} {how}."),
            next,
        ));
    }
    if !given.by_itself {
        found.push(Finding::fine(
            "A person signs in, so the person’s own security roles count in the organization.",
        ));
        return;
    }
    let Some(user) = org.application_user(known.app.id) else {
        found.push(Finding::fails(
            "application-user-missing",
            format!("The organization {name} has no application user for this application."),
            "Dynamics 365 admin center > the organization > Application users > New, with this client id and a role.",
        ));
        return;
    };
    if user.disabled.is_some() {
        found.push(Finding::fails(
            "user-disabled-in-organization",
            format!("The application user in {name} is disabled."),
            "Enable it in the Dynamics 365 admin center.",
        ));
    }
    match org.roles_of(user).next() {
        None => found.push(Finding::fails(
            "user-no-security-role",
            format!("The application user in {name} has no security role."),
            "Give it one in the Dynamics 365 admin center.",
        )),
        Some(_) => found.push(Finding::fine(format!(
            "{name} has an application user with a security role."
        ))),
    }
}
