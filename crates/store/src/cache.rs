//! What need not be read again: views and names.
//!
//! Views are kept per tenant together with the revision they were built at. Where this process is the only
//! writer (SQLite) an entry's presence means that it is current, because every commit removes or moves on what
//! it made stale before it is acknowledged; a hit is then a read lock and a count. With other nodes
//! (PostgreSQL) the caller asks the database for the revision first, and only an equal one is a hit.

use std::{
    any::{Any, TypeId},
    collections::HashMap,
    sync::{
        Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard,
        atomic::{AtomicU64, Ordering},
    },
};

use types::TenantId;

use crate::View;

/// Tenants whose views are kept, at most.
const TENANTS: usize = 512;
/// Tenants share their epochs in so many groups.
const GROUPS: usize = 256;

/// What one commit changed, as far as the cache must know.
#[derive(Debug)]
pub(crate) struct Effect {
    /// Whose records.
    pub(crate) tenant: TenantId,
    /// From one revision to the next, and the kinds that were touched. `None`: anything may have changed.
    pub(crate) step: Option<(i64, i64, Vec<String>)>,
    /// What happened to its names.
    pub(crate) names: Names,
}

/// What happened to a tenant's names.
#[derive(Debug)]
pub(crate) enum Names {
    /// Some were bound (true) or released (false).
    Changed(Vec<(String, bool)>),
    /// These are now all there are.
    Replaced(Vec<String>),
}

/// The cache of one open store.
pub(crate) struct Cache {
    tenants: RwLock<HashMap<TenantId, Entry>>,
    names: RwLock<HashMap<String, TenantId>>,
    /// Counted up by every commit that touches a tenant of the group; a view that was read before must not be
    /// kept after.
    epochs: [AtomicU64; GROUPS],
    /// Counted up by every view that is kept: the age by which the least recently used ones are found.
    age: AtomicU64,
}

struct Entry {
    revision: i64,
    views: Vec<Kept>,
    used: AtomicU64,
}

struct Kept {
    of: TypeId,
    kinds: &'static [&'static str],
    view: Arc<dyn Any + Send + Sync>,
}

impl Cache {
    /// A cache that knows all names there are (or none, if others may bind them too).
    pub(crate) fn new(names: HashMap<String, TenantId>) -> Self {
        Self {
            tenants: RwLock::default(),
            names: RwLock::new(names),
            epochs: [const { AtomicU64::new(0) }; GROUPS],
            age: AtomicU64::new(0),
        }
    }

    /// The tenant's view and the revision it belongs to; where `revision` is given, only at that one.
    pub(crate) fn hit<V: View>(&self, tenant: TenantId, revision: Option<i64>) -> Option<(i64, Arc<V>)> {
        let tenants = read(&self.tenants);
        let entry = tenants.get(&tenant)?;
        if revision.is_some_and(|wanted| wanted != entry.revision) {
            return None;
        }
        let kept = entry.views.iter().find(|kept| kept.of == TypeId::of::<V>())?;
        entry
            .used
            .store(self.age.load(Ordering::Relaxed), Ordering::Relaxed);
        let view = Arc::clone(&kept.view).downcast().ok()?;
        Some((entry.revision, view))
    }

    /// Where the tenant's group stands; taken before a view is read, handed to [`Cache::keep`] after.
    pub(crate) fn epoch(&self, tenant: TenantId) -> u64 {
        self.epochs[group(tenant)].load(Ordering::SeqCst)
    }

    /// Keeps a view that was read at a revision, unless a commit came between.
    pub(crate) fn keep<V: View>(&self, tenant: TenantId, revision: i64, epoch: u64, view: &Arc<V>) {
        let mut tenants = write(&self.tenants);
        if self.epoch(tenant) != epoch {
            return;
        }
        let age = self.age.fetch_add(1, Ordering::Relaxed) + 1;
        let entry = tenants.entry(tenant).or_insert_with(|| Entry {
            revision,
            views: Vec::new(),
            used: AtomicU64::new(age),
        });
        if entry.revision > revision {
            return;
        }
        if entry.revision < revision {
            entry.views.clear();
            entry.revision = revision;
        }
        entry.used.store(age, Ordering::Relaxed);
        entry.views.retain(|kept| kept.of != TypeId::of::<V>());
        let view: Arc<V> = Arc::clone(view);
        entry.views.push(Kept {
            of: TypeId::of::<V>(),
            kinds: V::KINDS,
            view,
        });
        if tenants.len() > TENANTS {
            drop_the_oldest(&mut tenants);
        }
    }

    /// Whose a name is, where this cache knows them all.
    pub(crate) fn tenant_of(&self, name: &str) -> Option<TenantId> {
        read(&self.names).get(name).copied()
    }

    /// Takes note of a commit; before anyone is told of it. `knows_names`: whether names are kept here at all.
    pub(crate) fn advance(&self, effect: &Effect, knows_names: bool) {
        {
            let mut tenants = write(&self.tenants);
            self.epochs[group(effect.tenant)].fetch_add(1, Ordering::SeqCst);
            let mut current = false;
            if let Some(entry) = tenants.get_mut(&effect.tenant)
                && let Some((from, to, kinds)) = &effect.step
                && entry.revision == *from
            {
                entry.revision = *to;
                entry
                    .views
                    .retain(|kept| !kept.kinds.iter().any(|kind| kinds.iter().any(|k| k == kind)));
                current = true;
            }
            if !current {
                tenants.remove(&effect.tenant);
            }
        }
        if knows_names {
            self.rename(effect);
        }
    }

    fn rename(&self, effect: &Effect) {
        let mut names = write(&self.names);
        match &effect.names {
            Names::Changed(changes) => {
                for (name, bound) in changes {
                    if *bound {
                        names.insert(name.clone(), effect.tenant);
                    } else if names.get(name) == Some(&effect.tenant) {
                        names.remove(name);
                    }
                }
            }
            Names::Replaced(now) => {
                names.retain(|_, tenant| *tenant != effect.tenant);
                names.extend(now.iter().map(|name| (name.clone(), effect.tenant)));
            }
        }
    }
}

fn group(tenant: TenantId) -> usize {
    // The low bits of a GUID are random enough, and a test's hand-made ones differ there too.
    (tenant.uuid().as_u128() % GROUPS as u128) as usize
}

/// Makes room for a quarter more, so that the search is paid for once in a while only.
fn drop_the_oldest(tenants: &mut HashMap<TenantId, Entry>) {
    let mut ages: Vec<_> = tenants
        .iter()
        .map(|(id, entry)| (entry.used.load(Ordering::Relaxed), *id))
        .collect();
    ages.sort_unstable();
    for (_, tenant) in ages.iter().take(TENANTS / 4) {
        tenants.remove(tenant);
    }
}

// A panic elsewhere leaves these maps whole: each change to them is one call that does not panic half-way.
fn read<T>(lock: &RwLock<T>) -> RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(PoisonError::into_inner)
}

fn write<T>(lock: &RwLock<T>) -> RwLockWriteGuard<'_, T> {
    lock.write().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Record, StoreError};

    struct Users;
    struct Apps;
    impl View for Users {
        const KINDS: &'static [&'static str] = &["user"];
        fn build(_: TenantId, _: Vec<Record>) -> Result<Self, StoreError> {
            Ok(Self)
        }
    }
    impl View for Apps {
        const KINDS: &'static [&'static str] = &["app"];
        fn build(_: TenantId, _: Vec<Record>) -> Result<Self, StoreError> {
            Ok(Self)
        }
    }

    fn tenant(n: u128) -> TenantId {
        TenantId::new(types::Uuid::from_u128(n))
    }

    fn keep<V: View>(cache: &Cache, tenant: TenantId, revision: i64, view: V) {
        cache.keep(tenant, revision, cache.epoch(tenant), &Arc::new(view));
    }

    fn step(tenant: TenantId, from: i64, kind: &str) -> Effect {
        let step = Some((from, from + 1, vec![kind.to_owned()]));
        Effect {
            tenant,
            step,
            names: Names::Changed(Vec::new()),
        }
    }

    #[test]
    fn a_change_drops_the_views_of_its_kinds_and_moves_on_the_others() {
        let cache = Cache::new(HashMap::new());
        keep(&cache, tenant(1), 7, Users);
        keep(&cache, tenant(1), 7, Apps);
        cache.advance(&step(tenant(1), 7, "user"), true);
        assert!(cache.hit::<Users>(tenant(1), None).is_none());
        assert_eq!(cache.hit::<Apps>(tenant(1), Some(8)).unwrap().0, 8);
        assert!(cache.hit::<Apps>(tenant(1), Some(7)).is_none());
    }

    #[test]
    fn a_step_from_elsewhere_drops_everything() {
        let cache = Cache::new(HashMap::new());
        keep(&cache, tenant(1), 7, Apps);
        cache.advance(&step(tenant(1), 8, "user"), true);
        assert!(cache.hit::<Apps>(tenant(1), None).is_none());
    }

    #[test]
    fn a_view_read_before_a_commit_is_not_kept_after_it() {
        let cache = Cache::new(HashMap::new());
        let epoch = cache.epoch(tenant(1));
        cache.advance(&step(tenant(1), 7, "user"), true);
        cache.keep(tenant(1), 7, epoch, &Arc::new(Users));
        assert!(cache.hit::<Users>(tenant(1), None).is_none());
    }

    #[test]
    fn an_older_view_never_replaces_a_newer_one() {
        let cache = Cache::new(HashMap::new());
        keep(&cache, tenant(1), 8, Apps);
        keep(&cache, tenant(1), 7, Users);
        assert!(cache.hit::<Users>(tenant(1), None).is_none());
        keep(&cache, tenant(1), 9, Users);
        assert!(cache.hit::<Apps>(tenant(1), None).is_none());
        assert_eq!(cache.hit::<Users>(tenant(1), None).unwrap().0, 9);
    }

    #[test]
    fn the_least_recently_used_tenants_make_room() {
        let cache = Cache::new(HashMap::new());
        for n in 0..TENANTS as u128 {
            keep(&cache, tenant(n), 1, Users);
        }
        assert!(cache.hit::<Users>(tenant(0), None).is_some());
        keep(&cache, tenant(9999), 1, Users);
        assert!(cache.hit::<Users>(tenant(0), None).is_some());
        assert!(cache.hit::<Users>(tenant(1), None).is_none());
        assert!(cache.hit::<Users>(tenant(9999), None).is_some());
    }
}
