//! Housekeeping: the only thing that runs in the background.

use std::{sync::Arc, time::Duration};

use store::{Store, StoreError};
use types::Clock;

use crate::{edge::Stop, keys::Keys};

const SWEEP: Duration = Duration::from_secs(60);
/// An expired ticket is kept for a day, so that who comes late is told that it has expired.
const GRACE: Duration = Duration::from_secs(86_400);

/// Housekeeping: removes what expired, and takes up keys that another node has rolled.
pub(super) async fn sweep(store: Store, clock: Arc<dyn Clock>, keys: Keys, mut stop: Stop) {
    loop {
        tokio::select! {
            () = stop.told() => return,
            () = tokio::time::sleep(SWEEP) => {}
        }
        if let Err(error) = sweep_once(&store, &*clock).await {
            tracing::warn!(%error, "what has expired could not be removed");
        }
        if let Err(error) = keys.reopen_changed(&store).await {
            tracing::warn!(%error, "the signing keys could not be read again");
        }
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
