//! A Conditional Access rule demands something of everybody.

use directory::{Control, Rule};

use super::super::{Amendment, Draft, Misfit};

pub(super) const AMENDMENT: Amendment = Amendment {
    name: "access-rule",
    about: "a Conditional Access rule demands something",
    takes: &[(
        "control",
        "what the rule demands, as in the tenant's settings: `block`, {`mfa`: {}}, `compliant-device`, …",
    )],
    apply,
};

fn apply(draft: &mut Draft<'_>) -> Result<(), Misfit> {
    let control: Control = draft.parameter("control")?;
    draft.settings(|settings| {
        settings.conditional_access.push(Rule {
            name: "A new rule".to_owned(),
            users: Vec::new(),
            apps: Vec::new(),
            control,
        });
    })
}
