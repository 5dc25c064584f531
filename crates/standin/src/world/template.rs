//! Copies of a tenant, so that each test has one of its own.
//!
//! A copy is the template's records with every id of its own replaced by a fresh one, and a suffix in its
//! domains and hosts. What belongs to others stays: Microsoft's ids, other tenants' ids and domains, the
//! templates of built-in roles. Passwords are hashed once for all copies.

use std::collections::{HashMap, HashSet};

use store::{Changes, Record};
use types::{AppId, Chance, TenantId, Uuid};

use super::sheet::TenantSheet;

/// A tenant that can be copied.
#[derive(Debug)]
pub struct Template {
    tenant: TenantId,
    records: Vec<Record>,
    names: Vec<String>,
    sheet: String,
    /// The first label of each of its domains and hosts, with what follows: `contoso` + `.crm4.dynamics.com`.
    own_names: HashSet<String>,
    /// Unique names of its organizations.
    own_words: HashSet<String>,
    /// Ids that are not its own.
    foreign: HashSet<Uuid>,
}

/// A copy, ready to be created.
#[derive(Debug)]
pub struct Copy {
    /// Its id.
    pub id: TenantId,
    /// Its records and names.
    pub changes: Changes,
    /// What the test is told.
    pub sheet: TenantSheet,
}

impl Template {
    /// Makes a template of what a tenant would be created from. `foreign` are ids that other tenants own.
    ///
    /// # Errors
    /// When the sheet has no JSON form, which would be a bug of ours.
    pub(crate) fn new(
        tenant: TenantId,
        changes: &Changes,
        sheet: &TenantSheet,
        mut foreign: HashSet<Uuid>,
    ) -> Result<Self, serde_json::Error> {
        foreign.extend([AppId::DATAVERSE, AppId::GRAPH, AppId::AZURE_MANAGEMENT].map(AppId::uuid));
        foreign.insert(TenantId::CONSUMERS.uuid());
        foreign.insert(Uuid::nil());
        foreign.extend(organization::BUILT_IN.iter().map(|role| role.template()));
        let names: Vec<String> = changes.names().map(ToOwned::to_owned).collect();
        let bare = |prefix: &str| {
            names
                .iter()
                .filter_map(|name| name.strip_prefix(prefix))
                .map(ToOwned::to_owned)
                .collect::<Vec<_>>()
        };
        Ok(Self {
            tenant,
            records: changes.records().collect(),
            own_names: bare("domain:").into_iter().chain(bare("host:")).collect(),
            own_words: sheet
                .organizations
                .iter()
                .map(|entry| entry.unique_name.clone())
                .collect(),
            names,
            sheet: serde_json::to_string(sheet)?,
            foreign,
        })
    }

    /// A copy under a fresh suffix.
    ///
    /// # Errors
    /// When the sheet cannot be read back, which would be a bug of ours.
    pub fn copy(&self, chance: &dyn Chance) -> Result<Copy, serde_json::Error> {
        let mut copying = Copying {
            template: self,
            chance,
            suffix: suffix(chance),
            ids: HashMap::new(),
        };
        let id = TenantId::new(copying.id(self.tenant.uuid()));
        let mut changes = Changes::default();
        for record in &self.records {
            changes.put_record(Record {
                kind: record.kind.clone(),
                id: copying.text(&record.id),
                body: copying.text(&record.body),
            });
        }
        for name in &self.names {
            changes.bind(copying.text(name));
        }
        let mut sheet: TenantSheet = serde_json::from_str(&copying.text(&self.sheet))?;
        sheet.template = None;
        sheet.name = format!("{} {}", sheet.name, copying.suffix);
        Ok(Copy { id, changes, sheet })
    }
}

/// Six characters that stand well in host names, without those that are mistaken for others: two hundred tenants
/// at once meet the same six once in forty thousand runs.
fn suffix(chance: &dyn Chance) -> String {
    const LETTERS: &[u8] = b"abcdefghjkmnpqrstuvwxyz23456789";
    let one = |_| char::from(LETTERS[usize::try_from(chance.below(LETTERS.len() as u64)).unwrap_or(0)]);
    (0..6).map(one).collect()
}

struct Copying<'a> {
    template: &'a Template,
    chance: &'a dyn Chance,
    suffix: String,
    ids: HashMap<Uuid, Uuid>,
}

impl Copying<'_> {
    fn id(&mut self, id: Uuid) -> Uuid {
        if self.template.foreign.contains(&id) {
            return id;
        }
        let chance = self.chance;
        *self.ids.entry(id).or_insert_with(|| chance.uuid())
    }

    /// Text with everything of the template's own replaced: word by word, where a word is what may stand in
    /// a host name, an id or a user name.
    fn text(&mut self, text: &str) -> String {
        let mut out = String::with_capacity(text.len() + text.len() / 16);
        let mut rest = text;
        let in_word = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '.' || c == '_';
        while let Some(start) = rest.find(in_word) {
            let (before, from) = rest.split_at(start);
            out.push_str(before);
            let end = from.find(|c| !in_word(c)).unwrap_or(from.len());
            let (word, after) = from.split_at(end);
            self.word(word, &mut out);
            rest = after;
        }
        out.push_str(rest);
        out
    }

    fn word(&mut self, word: &str, out: &mut String) {
        if word.len() == 36
            && let Ok(id) = Uuid::try_parse(word)
        {
            out.push_str(&self.id(id).to_string());
            return;
        }
        if self.template.own_words.contains(word) {
            out.push_str(word);
            out.push_str(&self.suffix);
            return;
        }
        // The longest own name at the word's end: `sts.contoso.com` ends in `contoso.com`, and
        // `contoso.api.crm4.dynamics.com` is the twin of `contoso.crm4.dynamics.com`.
        let (bare, dressed) = match word.strip_suffix(".localhost") {
            Some(bare) => (bare, ".localhost"),
            None => (word, ""),
        };
        let mut at = 0;
        loop {
            let tail = &bare[at..];
            let twin = tail.replacen(".api.", ".", 1);
            if self.template.own_names.contains(tail) || self.template.own_names.contains(&twin) {
                let (label, parent) = tail.split_once('.').unwrap_or((tail, ""));
                out.push_str(&bare[..at]);
                self.suffixed(label, parent, out);
                out.push_str(dressed);
                return;
            }
            match tail.find('.') {
                Some(dot) => at += dot + 1,
                None => break,
            }
        }
        out.push_str(word);
    }

    fn suffixed(&self, label: &str, parent: &str, out: &mut String) {
        // `partners.contoso.com` lies below `contoso.com`, whose own label takes the suffix.
        if self.template.own_names.contains(parent) {
            let (own, rest) = parent.split_once('.').unwrap_or((parent, ""));
            out.push_str(label);
            out.push('.');
            self.suffixed(own, rest, out);
            return;
        }
        out.push_str(label);
        out.push('-');
        out.push_str(&self.suffix);
        if !parent.is_empty() {
            out.push('.');
            out.push_str(parent);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use types::SeededChance;

    fn template() -> Template {
        let id = TenantId::new(Uuid::from_u128(1));
        let sheet = TenantSheet {
            id,
            domain: "contoso.onmicrosoft.com".into(),
            name: "Contoso".into(),
            template: Some("contoso".into()),
            users: Vec::new(),
            apps: Vec::new(),
            organizations: Vec::new(),
        };
        let mut changes = Changes::default();
        for name in [
            "domain:contoso.onmicrosoft.com",
            "domain:contoso.com",
            "domain:partners.contoso.com",
        ] {
            changes.bind(name);
        }
        changes
            .bind("host:contoso.crm4.dynamics.com")
            .bind("host:contoso-uk.crm11.dynamics.com");
        changes.put("tenant", id, &"x");
        Template::new(id, &changes, &sheet, HashSet::from([Uuid::from_u128(9)])).unwrap()
    }

    #[test]
    fn what_is_its_own_changes_and_what_is_not_stays() {
        let template = template();
        let chance = SeededChance::new(3);
        let mut copying = Copying {
            template: &template,
            chance: &chance,
            suffix: "k3f9".into(),
            ids: HashMap::new(),
        };
        for (text, copied) in [
            ("anna@contoso.com", "anna@contoso-k3f9.com"),
            (
                "https://contoso.crm4.dynamics.com/",
                "https://contoso-k3f9.crm4.dynamics.com/",
            ),
            (
                "https://contoso.api.crm4.dynamics.com/x",
                "https://contoso-k3f9.api.crm4.dynamics.com/x",
            ),
            (
                "https://contoso.crm4.dynamics.com.localhost:8443/",
                "https://contoso-k3f9.crm4.dynamics.com.localhost:8443/",
            ),
            (
                "contoso-uk.crm11.dynamics.com",
                "contoso-uk-k3f9.crm11.dynamics.com",
            ),
            ("mia@partners.contoso.com", "mia@partners.contoso-k3f9.com"),
            ("sts.contoso.com", "sts.contoso-k3f9.com"),
            (
                "olaf_fabrikam.onmicrosoft.com#EXT#@contoso.onmicrosoft.com",
                "olaf_fabrikam.onmicrosoft.com#EXT#@contoso-k3f9.onmicrosoft.com",
            ),
            (
                "contoso.com.au mycontoso.com contoso.crm.dynamics.com Contoso",
                "contoso.com.au mycontoso.com contoso.crm.dynamics.com Contoso",
            ),
            (
                "00000000-0000-0000-0000-000000000009",
                "00000000-0000-0000-0000-000000000009",
            ),
            (
                "00000007-0000-0000-c000-000000000000",
                "00000007-0000-0000-c000-000000000000",
            ),
        ] {
            assert_eq!(copying.text(text), copied);
        }
        let once = copying.text("a:00000000-0000-0000-0000-000000000001");
        assert_ne!(once, "a:00000000-0000-0000-0000-000000000001");
        assert_eq!(copying.text("a:00000000-0000-0000-0000-000000000001"), once);
    }

    #[test]
    fn each_copy_is_another() {
        let (template, chance) = (template(), SeededChance::new(4));
        let (a, b) = (template.copy(&chance).unwrap(), template.copy(&chance).unwrap());
        assert_ne!(a.id, b.id);
        assert_ne!(a.sheet.domain, b.sheet.domain);
        assert_eq!(a.sheet.id, a.id);
        let names: Vec<_> = a.changes.names().collect();
        assert!(
            names.contains(&format!("domain:{}", a.sheet.domain).as_str()),
            "{names:?}"
        );
        assert_eq!(a.changes.records().next().unwrap().id, a.id.to_string());
    }
}
