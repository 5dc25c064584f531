//! Resource owner password credentials: no second factor can be given here (facts/identity.md 1.4).

use directory::{Client, Located, Person};
use types::{Timestamp, Upn};
use wire::{
    aadsts::{self, Refusal},
    oauth::TokenResponse,
};

use super::{assigned, new_grant};
use crate::{
    Service,
    sign_in::bad_name,
    stop::{Done, Note},
    token::Request,
};

impl Service {
    pub(crate) async fn password(
        &self,
        request: &Request<'_>,
        note: &mut Note,
    ) -> Done<(TokenResponse, String)> {
        let name = request.field("username")?;
        note.subject = Some(name.to_owned());
        let upn: Upn = name.trim().parse().map_err(|bad| bad_name(&bad))?;
        request.field("password")?;
        let password = request.params.secret("password").unwrap_or_default();
        let located = self
            .locate_typed(request.call, &request.caller, &request.place, &upn, None)
            .await?;
        let tenant = located.tenant.clone();
        self.enter(&tenant, note);
        let now = tenant.now(&*self.parts.clock);
        let proof = self.authenticate_for(
            request.call,
            &request.caller,
            &request.credential,
            None,
            Some(&tenant),
            now,
        )?;
        let principal = self.principal_required(&request.caller, &tenant).await?;
        let person = self
            .by_password(request.call, &located, &upn, &password)
            .await??;
        // A program cannot show the page that waits for the link to be followed (row 000-19); an account whose owner has
        // not come yet is what Entra calls it (facts/identity.md 4.4).
        if located.home_account.is_unverified() {
            let why = format!("nobody has verified the address of {upn} yet");
            return Err(Refusal::new(&aadsts::GUEST_PENDING, why)
                .with("user", &upn)
                .with("tenant", &tenant.settings.name)
                .into());
        }
        let ask = request.ask_required()?;
        let resource = self.resource(&ask, &request.caller, &tenant).await?;
        self.admitted(request, &located, &person, &resource.audience, now)?;
        assigned(&principal, &located.account, &request.caller)?;
        let grant = new_grant(
            self,
            request.caller.app.id,
            None,
            &located,
            person,
            &ask,
            &resource.audience,
            now,
        );
        let tokens = self
            .redeem(
                request,
                &grant,
                &tenant,
                &located.account,
                &ask,
                proof,
                None,
                now,
                note,
            )
            .await?;
        Ok((tokens, format!("{upn} proved a password")))
    }

    fn admitted(
        &self,
        request: &Request<'_>,
        located: &Located,
        person: &Person,
        resource: &str,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        let client = Client {
            app: request.caller.app.id,
            platform: request.call.header("x-client-os").unwrap_or_default(),
            interactive: false,
            refreshing: false,
            resource,
        };
        located
            .tenant
            .settings
            .admit(&located.account, person, &client, now)
    }
}
