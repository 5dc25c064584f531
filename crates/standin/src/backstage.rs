//! What pages are built on: the state, the sign-in service, and the acts of the control API.

use std::sync::Arc;

use crypt::Sealer;
use store::Store;
use types::{Chance, Clock, RegionTable};

use crate::{control::Acts, ready::Ready};

/// Behind the stage of one stand-in.
#[derive(Clone)]
pub struct Backstage {
    /// The state, to be read. What changes it goes through [`Backstage::acts`].
    pub store: Store,
    /// Everything that can be done, as the control API does it.
    pub acts: Acts,
    /// Where visitors of Microsoft's sites sign in.
    pub authority: Arc<authority::Service>,
    /// Who may enter an organization.
    pub organizations: Arc<organization::Service>,
    /// Seals what a browser carries from page to page.
    pub sealer: Arc<Sealer>,
    /// The machine's clock; each tenant's stands apart from it by an offset.
    pub clock: Arc<dyn Clock>,
    /// Chance.
    pub chance: Arc<dyn Chance>,
    /// The regions.
    pub regions: Arc<RegionTable>,
    /// What the ready file says.
    pub ready: Arc<Ready>,
}
