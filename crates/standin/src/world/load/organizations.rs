//! Organizations and their users.

use organization::{Author, Identity, OrganizationSpec, Organizations, UserSpec, create_organization};
use types::SeededChance;

use super::{
    super::{WorldError, ids::derived, model},
    Loading,
};

impl Loading<'_> {
    pub(super) fn organizations(&mut self) -> Result<(), WorldError> {
        let none = Organizations::none(self.id);
        for entry in &self.tenant.organizations {
            self.organization(entry, &none)?;
        }
        Ok(())
    }

    fn organization(&mut self, entry: &model::Organization, none: &Organizations) -> Result<(), WorldError> {
        let place = format!("{}, organization `{}`", self.place, entry.unique_name);
        let wrong = |what: String| WorldError::entry(&place, what, "correct the entry");
        let key = [entry.host.as_str()];
        // Roles and business units get the same ids at each start. Nothing secret is made of these.
        let seed = derived("organization seed", &key).as_u64_pair().0;
        let chance = SeededChance::new(seed);
        let spec = OrganizationSpec {
            id: Some(entry.id.unwrap_or_else(|| derived("organization", &key).into())),
            name: entry.name.clone(),
            unique_name: Some(entry.unique_name.clone()),
            host: entry.host.clone(),
            version: entry.version.clone(),
            security_group: entry.security_group.clone(),
        };
        let now = self.loader.now;
        entry.sessions.check().map_err(wrong)?;
        let people = self.people(entry, &place)?;
        let mut editor = create_organization(
            none,
            self.loader.regions,
            spec,
            Author::system(now),
            &chance,
            &mut self.changes,
        )
        .map_err(|error| wrong(error.to_string()))?;
        editor.change_organization(|record| {
            record.environment = entry.environment.unwrap_or_else(|| derived("environment", &key));
            record.state = entry.state;
            record.admin_mode = entry.admin_mode;
            record.session_rule = entry.session_rule;
            record.sessions = entry.sessions;
            record.trial_expires = entry.trial_ends.map(|ends| ends.at(now));
        });
        for spec in people {
            let who = spec.domain_name.clone();
            editor
                .add_user(spec, &chance)
                .map_err(|error| wrong(format!("user {who}: {error}")))?;
        }
        Ok(())
    }

    fn people(&self, entry: &model::Organization, place: &str) -> Result<Vec<UserSpec>, WorldError> {
        let wrong =
            |what: String| WorldError::entry(place, what, "name a user or an application of this world");
        let mut people = Vec::new();
        for user in &entry.users {
            let spec = match (&user.upn, &user.app) {
                (Some(upn), None) => {
                    let object = self
                        .index
                        .user(self.id, upn)
                        .ok_or_else(|| wrong(format!("there is no user {upn}")))?;
                    let account = self
                        .tenant
                        .users
                        .iter()
                        .find(|u| u.upn == *upn || u.aliases.contains(upn));
                    let name = account.map_or(upn.as_str(), |account| account.name.as_str());
                    let (first, last) = name.split_once(' ').unwrap_or(("", name));
                    UserSpec {
                        id: Some(derived("system user", &[entry.host.as_str(), &object.to_string()]).into()),
                        identity: Identity::Account(object),
                        domain_name: upn.to_string(),
                        first_name: first.to_owned(),
                        last_name: last.to_owned(),
                        access_mode: user.access_mode,
                        roles: user.roles.clone(),
                        unit: None,
                        disabled: user.disabled,
                    }
                }
                (None, Some(name)) => {
                    let app = self
                        .index
                        .app(self.id, name)
                        .ok_or_else(|| wrong(format!("there is no application `{name}`")))?;
                    UserSpec {
                        id: Some(derived("system user", &[entry.host.as_str(), &app.to_string()]).into()),
                        identity: Identity::Application(app),
                        domain_name: app.to_string(),
                        first_name: String::new(),
                        last_name: name.clone(),
                        access_mode: user.access_mode,
                        roles: user.roles.clone(),
                        unit: None,
                        disabled: user.disabled,
                    }
                }
                _ => return Err(wrong("a user needs either `upn` or `app`".to_owned())),
            };
            people.push(spec);
        }
        Ok(people)
    }
}
