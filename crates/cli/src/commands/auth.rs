//! `keyway auth …`: connections, kept as profiles.

mod create;
pub(super) mod how;
mod manage;

use clap::{Args, Subcommand};

use crate::{context::Context, report::Failure};

/// Connect, and keep connections as profiles
#[derive(Subcommand)]
pub(crate) enum Auth {
    /// Sign in, prove it with WhoAmI, and keep it as a profile
    Create(create::Create),
    /// The profiles there are
    List,
    /// Choose the profile that counts when nothing else does
    Select(Named),
    /// Who the profile is, proved by a new WhoAmI
    Who(manage::Who),
    /// Give a profile another name
    Name(manage::Rename),
    /// Sign in again, or with a new secret, and prove it
    Update(create::Update),
    /// Forget a profile and its secrets
    Delete(Named),
    /// Forget all profiles and their secrets
    Clear(manage::Clear),
}

/// A profile by name
#[derive(Args)]
pub(crate) struct Named {
    /// The profile
    #[arg(value_name = "NAME")]
    name: String,
}

impl Auth {
    pub(crate) async fn run(self, context: &Context) -> Result<(), Failure> {
        match self {
            Self::Create(create) => create.run(context).await,
            Self::List => manage::list(context),
            Self::Select(named) => manage::select(context, &named.name),
            Self::Who(who) => who.run(context).await,
            Self::Name(rename) => rename.run(context),
            Self::Update(update) => update.run(context).await,
            Self::Delete(named) => manage::delete(context, &named.name),
            Self::Clear(clear) => clear.run(context),
        }
    }
}
