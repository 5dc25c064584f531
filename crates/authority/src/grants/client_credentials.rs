//! Client credentials: an application speaks for itself (facts/identity.md 1.4; RFC 6749 4.4).

use directory::Where;
use wire::{
    aadsts::{self, Refusal},
    oauth::TokenResponse,
};

use crate::{Service, resource::bad_scope, stop::Done, token::Request};

impl Service {
    pub(crate) async fn client_credentials(&self, request: &Request<'_>) -> Done<(TokenResponse, String)> {
        let Where::Tenant(tenant) = &request.place else {
            let why = "client credentials were sent to a shared endpoint, which names no tenant";
            return Err(Refusal::new(&aadsts::NO_TENANT, why).into());
        };
        let now = tenant.now(&*self.parts.clock);
        let caller = &request.caller;
        if matches!(request.credential, crate::application::Credential::Nothing) {
            let why = format!("'{}' sent neither secret nor assertion", caller.app.name);
            return Err(Refusal::new(&aadsts::CREDENTIAL_REQUIRED, why).into());
        }
        let proof = self.authenticate(request.call, caller, &request.credential, Some(tenant), now)?;
        let principal = self.principal_required(caller, tenant).await?;
        let ask = request.ask_required()?;
        if !ask.everything {
            let why = format!("an application asked for the named scope '{}'", ask.text);
            return Err(bad_scope(&ask.text, why).into());
        }
        let resource = self.resource(&ask, caller, tenant).await?;
        let tokens = self.app_token(
            request.call,
            request.version,
            tenant,
            &principal,
            proof,
            &resource,
            now,
        )?;
        let (name, audience) = (caller.app.name.as_str(), resource.audience.as_str());
        let why = ["'", name, "' proved itself and may ask ", audience, " for itself"].concat();
        Ok((tokens, why))
    }
}
