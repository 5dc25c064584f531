//! Values that cannot be wrong, and the two front doors through which time and chance enter.
//!
//! Every other crate depends on this one and it depends on none of them. A string becomes one of these
//! types once, at the edge, and is never checked again. To add a type: one file here, a parser that names
//! what is wrong, and a test that no nonsense gets through.

mod chance;
mod clock;
mod host;
mod id;
mod later;
mod region;
mod secret;
mod upn;

pub use chance::{Chance, SeededChance, SystemChance};
pub use clock::{Clock, ManualClock, Stopwatch, SystemClock, Timestamp};
pub use host::{BadHost, Form, Host, split_https};
pub use id::{
    AppId, BadGuid, BusinessUnitId, CorrelationId, ObjectId, OrganizationId, RoleId, SystemUserId, TenantId,
};
pub use later::Later;
pub use region::{Cloud, REGIONS, Region, RegionTable};
pub use secret::Secret;
pub use upn::{BadUpn, Upn};
pub use uuid::Uuid;
