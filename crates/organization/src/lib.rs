//! Organizations: global discovery, the Web API, and who may do what in them.
//!
//! A request comes to [`Service::handle`], which finds the organization by its host, judges the token,
//! decides where the caller stands, and only then looks at what was asked. Every refusal comes from state
//! that somebody arranged: a role that is missing, a license that was taken away, an organization that was
//! switched off. To add a table or a column: `schema`. To add a function: `webapi::functions`. To add a
//! refusal: its code in `wire::dataverse` and the state that leads to it.

mod access;
mod discovery;
mod firewall;
mod manage;
mod model;
mod origins;
mod page;
mod perform;
mod privileges;
mod protection;
mod provisioning;
mod refusal;
mod schema;
mod service;
mod sessions;
mod standing;
mod token;
mod view;
mod visit;
mod webapi;

pub use firewall::{AddressRange, BadAddressRange};
pub use manage::{
    Author, Editor, Identity, ManageError, OrganizationSpec, RoleSpec, UserSpec, VERSION, changeable,
    create_organization, delete_organization,
};
pub use model::{
    AccessMode, BusinessUnit, Depth, DisabledBy, KIND_ORGANIZATION, KIND_ROLE, KIND_UNIT, KIND_USER,
    Organization, OrganizationState, SecurityRole, SystemUser,
};
pub use privileges::{
    BASIC_USER, BUILT_IN, BuiltIn, DELEGATE, PRIVILEGES, Privilege, SYSTEM_ADMINISTRATOR, SYSTEM_CUSTOMIZER,
};
pub use service::Service;
pub use sessions::{SessionRule, Sessions, Term};
pub use standing::DYNAMICS_PLAN;
pub use view::{Org, Organizations};
pub use visit::{Turned, Visit, prospect};

#[cfg(test)]
mod tests;
