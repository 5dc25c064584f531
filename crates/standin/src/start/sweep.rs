//! Housekeeping: the only thing that runs in the background.

use std::{sync::Arc, time::Duration};

use store::{Store, StoreError};
use types::Clock;

use crate::{edge::Stop, keys::Keys};

/// How often another node's new signing key is looked for: so long its tokens may be unknown here.
const KEYS: Duration = Duration::from_secs(2);
/// How often what has expired is removed.
const TICKETS: Duration = Duration::from_secs(60);
/// An expired ticket is kept for a day, so that who comes late is told that it has expired.
const GRACE: Duration = Duration::from_secs(86_400);

/// Takes up keys that another node has rolled, until told to stop.
pub(super) async fn follow_keys(store: Store, keys: Keys, mut stop: Stop) {
    while wait(KEYS, &mut stop).await {
        if let Err(error) = keys.reopen_changed(&store).await {
            tracing::warn!(%error, "the signing keys could not be read again");
        }
    }
}

/// Removes what has expired, until told to stop.
pub(super) async fn sweep(store: Store, clock: Arc<dyn Clock>, mut stop: Stop) {
    while wait(TICKETS, &mut stop).await {
        if let Err(error) = sweep_once(&store, &*clock).await {
            tracing::warn!(%error, "what has expired could not be removed");
        }
    }
}

/// Waits; false when told to stop meanwhile.
async fn wait(time: Duration, stop: &mut Stop) -> bool {
    tokio::select! {
        () = stop.told() => false,
        () = tokio::time::sleep(time) => true,
    }
}

async fn sweep_once(store: &Store, clock: &dyn Clock) -> Result<u64, StoreError> {
    // The tenant whose clock is furthest behind decides.
    let mut now = clock.now();
    for tenant in store.tenants().await? {
        match store.view::<directory::Tenant>(tenant).await {
            Ok(view) => now = now.min(view.now(clock)),
            // Deleted meanwhile.
            Err(StoreError::UnknownTenant { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    store.delete_expired(now - GRACE).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use directory::{KIND_SETTINGS, Settings};
    use store::{Changes, Location, Ticket};
    use types::{ManualClock, TenantId, Timestamp, Uuid};

    #[tokio::test]
    async fn what_expired_goes_a_day_later_by_the_slowest_clock() {
        let store = Store::open(&Location::Memory).await.unwrap();
        let tenant = TenantId::new(Uuid::from_u128(1));
        let mut settings = Settings::new(tenant, "T", Vec::new());
        settings.clock_offset_millis = -3_600_000;
        let mut changes = Changes::default();
        changes.put(KIND_SETTINGS, tenant, &settings);
        store.create_tenant(tenant, changes).await.unwrap();
        let expires = Timestamp::from_seconds(1_700_000_000);
        let text = str::to_owned;
        let (id, kind, state, group) = (text("t"), text("code"), text("new"), text("g"));
        store
            .put_ticket(Ticket {
                id,
                tenant,
                kind,
                state,
                group,
                expires,
                body: String::new(),
            })
            .await
            .unwrap();
        let clock = ManualClock::at(expires + GRACE + Duration::from_secs(3_599));
        assert_eq!(sweep_once(&store, &clock).await.unwrap(), 0);
        clock.advance(Duration::from_secs(2));
        assert_eq!(sweep_once(&store, &clock).await.unwrap(), 1);
    }
}
