//! Device code: an application without a browser shows a code, a person types it elsewhere
//! (facts/identity.md 1.11; RFC 8628).

use std::time::Duration;

use directory::Where;
use evidence::Decision;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use store::Ticket;
use types::{AppId, Timestamp};
use wire::{
    Answer, Call,
    aadsts::{self, Refusal},
    oauth::{DeviceCodeResponse, SecretText, TokenResponse, WireNumber},
};

use crate::{
    Service,
    application::credential,
    endpoint::Version,
    issue::Grant,
    resource::Ask,
    stop::{Done, Note, Stop},
    token::{Request, available, body},
};

const KIND_DEVICE: &str = "device";
pub(crate) const KIND_USER_CODE: &str = "user-code";
pub(crate) const PENDING: &str = "pending";
pub(crate) const APPROVED: &str = "approved";
pub(crate) const DECLINED: &str = "declined";
const REDEEMED: &str = "redeemed";
pub(crate) const LIFETIME: Duration = Duration::from_secs(900);
/// Seconds between two polls.
const INTERVAL: u64 = 5;
/// No vowels and nothing that looks like something else.
const ALPHABET: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";

/// What a device code stands for; once approved, for whom.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Device {
    pub(crate) app: AppId,
    /// The tenant segment that was called.
    pub(crate) segment: String,
    pub(crate) v1: bool,
    /// What was asked for, as sent.
    asked: String,
    pub(crate) issued: Timestamp,
    polled: Option<Timestamp>,
    pub(crate) grant: Option<Grant>,
}

impl Device {
    pub(crate) fn ask(&self) -> Result<Ask, Refusal> {
        if self.v1 {
            Ok(Ask::resource(&self.asked))
        } else {
            Ask::scope(&self.asked, false)
        }
    }
}

impl Service {
    pub(crate) async fn device_code(
        &self,
        call: &Call,
        segment: &str,
        version: Version,
        note: &mut Note,
    ) -> Done<(Answer, Decision)> {
        let params = body(call)?;
        let place = self.place(call, segment, note).await?;
        available(&place)?;
        let (client_id, credential) = credential(call, &params)?;
        if matches!(place, Where::Common | Where::Consumers) {
            let why = "a device code was asked for at a shared endpoint that also takes personal accounts";
            return Err(Refusal::new(&aadsts::DEVICE_ON_COMMON, why).into());
        }
        let caller = self
            .caller(call, client_id.as_deref(), &place, version, note)
            .await?;
        let request = Request {
            call,
            version,
            place,
            params,
            caller,
            credential,
        };
        let ask = request.ask_required()?;
        let now = note.now.unwrap_or_else(|| self.parts.clock.now());
        let tenant = match &request.place {
            Where::Tenant(tenant) => tenant.id(),
            _ => request.caller.home,
        };
        let device_code = crypt::opaque(&*self.parts.chance, "D");
        let user_code: String = (0..9)
            .map(|_| char::from(ALPHABET[usize::try_from(self.parts.chance.below(20)).unwrap_or(0)]))
            .collect();
        let device = Device {
            app: request.caller.app.id,
            segment: segment.to_owned(),
            v1: version == Version::V1,
            asked: ask.text,
            issued: now,
            polled: None,
            grant: None,
        };
        let id = crypt::digest(device_code.expose());
        let ticket = |id: String, kind: &str, body: String| Ticket {
            id,
            tenant,
            kind: kind.to_owned(),
            state: PENDING.to_owned(),
            group: String::new(),
            expires: now + LIFETIME * 4,
            body,
        };
        let by_person = ticket(user_code_id(&user_code), KIND_USER_CODE, id.clone());
        let by_device = ticket(id, KIND_DEVICE, serde_json::to_string(&device)?);
        note.granted.extend([by_device, by_person]);
        let page = call.form.dress("https://microsoft.com/devicelogin");
        let message = format!(
            "To sign in, use a web browser to open the page {page} and enter the code {user_code} to authenticate."
        );
        let number = if device.v1 {
            WireNumber::text
        } else {
            WireNumber::number
        };
        let answer = DeviceCodeResponse {
            user_code,
            device_code: SecretText(device_code),
            verification_uri: (!device.v1).then(|| page.clone()),
            verification_url: device.v1.then_some(page),
            verification_uri_complete: None,
            expires_in: number(900),
            interval: Some(number(5)),
            message: Some(message),
        };
        let why = format!("'{}' shows a code to a person", request.caller.app.name);
        Ok((
            Answer::json(StatusCode::OK, &answer).no_store(),
            Decision::granted(why),
        ))
    }

    pub(crate) async fn device_token(
        &self,
        request: &Request<'_>,
        note: &mut Note,
    ) -> Done<(TokenResponse, String)> {
        // v1 calls it `code`, v2 `device_code`; libraries send either or both (facts/identity.md 1.4).
        let value = match request
            .params
            .some("device_code")
            .or_else(|| request.params.some("code"))
        {
            Some(value) => value,
            None => request.field("device_code")?,
        };
        let id = crypt::digest(value);
        let Some(ticket) = self
            .parts
            .store
            .ticket(&id)
            .await?
            .filter(|t| t.kind == KIND_DEVICE)
        else {
            return Err(Refusal::new(
                &aadsts::DEVICE_CODE_UNKNOWN,
                "no such device code was issued here",
            )
            .into());
        };
        let device: Device = serde_json::from_str(&ticket.body)?;
        if device.app != request.caller.app.id {
            let why = format!("the device code was issued to application {}", device.app);
            return Err(Refusal::new(&aadsts::BAD_GRANT, why).into());
        }
        let tenant = self.parts.store.view::<directory::Tenant>(ticket.tenant).await?;
        let now = tenant.now(&*self.parts.clock);
        self.authenticate_for(
            request.call,
            &request.caller,
            &request.credential,
            None,
            Some(&tenant),
            now,
        )?;
        if now.since(device.issued) >= LIFETIME {
            let why = format!(
                "the device code was issued {} and lives 15 minutes",
                device.issued
            );
            return Err(Refusal::new(&aadsts::DEVICE_CODE_EXPIRED, why).into());
        }
        match ticket.state.as_str() {
            PENDING => Err(self.still_pending(&id, device, now).await?.into()),
            DECLINED => {
                let why = "the person declined the device's request";
                Err(Refusal::new(&aadsts::CONSENT_DECLINED, why)
                    .as_error("authorization_declined")
                    .into())
            }
            APPROVED => self.device_approved(request, &id, &ticket, device, note).await,
            _ => Err(Refusal::new(&aadsts::CODE_REUSED, "the device code was redeemed before").into()),
        }
    }

    /// Not yet; and not so fast (RFC 8628 3.5).
    async fn still_pending(&self, id: &str, mut device: Device, now: Timestamp) -> Done<Refusal> {
        // A poll that comes early by the network's whim is let through.
        let early = device
            .polled
            .is_some_and(|last| now.since(last).as_secs() + 1 < INTERVAL);
        device.polled = Some(now);
        self.parts
            .store
            .move_ticket(id, PENDING, PENDING, &serde_json::to_string(&device)?)
            .await?;
        let pending = Refusal::new(&aadsts::AUTHORIZATION_PENDING, "nobody has typed the code yet");
        Ok(if early {
            pending.as_error("slow_down")
        } else {
            pending
        })
    }

    async fn device_approved(
        &self,
        request: &Request<'_>,
        id: &str,
        ticket: &Ticket,
        device: Device,
        note: &mut Note,
    ) -> Done<(TokenResponse, String)> {
        let ask = device.ask()?;
        let grant = device
            .grant
            .ok_or_else(|| Stop::Broken("an approved device code without a person".to_owned()))?;
        let (tenant, account) = self.holder(&grant, note).await?;
        let now = tenant.now(&*self.parts.clock);
        let proof = self.authenticate_for(
            request.call,
            &request.caller,
            &request.credential,
            None,
            Some(&tenant),
            now,
        )?;
        if !self
            .parts
            .store
            .move_ticket(id, APPROVED, REDEEMED, &ticket.body)
            .await?
        {
            return Err(Refusal::new(&aadsts::CODE_REUSED, "the device code was redeemed before").into());
        }
        let tokens = self
            .redeem(request, &grant, &tenant, &account, &ask, proof, None, now, note)
            .await?;
        Ok((
            tokens,
            format!(
                "{} signed '{}' in from another device",
                account.upn, request.caller.app.name
            ),
        ))
    }
}

pub(crate) fn user_code_id(code: &str) -> String {
    crypt::digest(&format!("user code {code}"))
}
