//! What goes along when an application or an account is removed for good: nobody finds a grant to something that is
//! not there, and an id that is used again begins with nothing.

use store::Changes;
use types::{AppId, ObjectId};

use crate::{Consent, KIND_APP, KIND_CONSENT, KIND_PRINCIPAL, Registrations};

impl Registrations {
    /// Takes a registration away, with its enterprise application here. Those of other tenants stay, and lead nowhere.
    pub fn remove_app(&self, id: AppId, changes: &mut Changes) {
        changes.delete(KIND_APP, id).unbind(format!("app:{id}"));
        self.remove_principal(id, changes);
    }

    /// Takes an enterprise application away, with what was granted to it, and to others for it.
    pub fn remove_principal(&self, id: AppId, changes: &mut Changes) {
        changes.delete(KIND_PRINCIPAL, id);
        self.revoke(changes, |consent| consent.app == id || consent.resource == id);
    }

    /// Takes away what an account granted, where it is assigned, and what it owns.
    pub fn forget_account(&self, id: ObjectId, changes: &mut Changes) {
        self.revoke(changes, |consent| consent.user == Some(id));
        for app in self.apps().filter(|app| app.owners.contains(&id)) {
            let mut app = app.clone();
            app.owners.remove(&id);
            changes.put(KIND_APP, app.id, &app);
        }
        let assigned = id.to_string();
        for principal in self.principals() {
            let mut principal = principal.clone();
            if principal.assigned.remove(&assigned) {
                changes.put(KIND_PRINCIPAL, principal.app, &principal);
            }
        }
    }

    fn revoke(&self, changes: &mut Changes, goes: impl Fn(&Consent) -> bool) {
        for consent in self.consents().iter().filter(|consent| goes(consent)) {
            changes.delete(KIND_CONSENT, consent.key());
        }
    }
}
