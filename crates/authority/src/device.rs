//! Device code: an application without a browser shows a code, a person types it elsewhere
//! (facts/identity.md 1.11; RFC 8628).

use std::time::Duration;

use directory::{Client, Located, Person, Where};
use evidence::Decision;
use http::{Method, StatusCode};
use serde::{Deserialize, Serialize};
use store::Ticket;
use types::{AppId, Timestamp};
use wire::{
    Answer, Call,
    aadsts::{self, Refusal},
    form::Params,
    oauth::{DeviceCodeResponse, SecretText, TokenResponse, WireNumber},
};

use crate::{
    Registrations, Service,
    application::{Caller, credential},
    endpoint::Version,
    forms::shown,
    grants::{assigned, new_grant},
    issue::Grant,
    pages,
    resource::{Ask, Granting, granting},
    stop::{Done, Note, Stop, decision},
    token::{Request, available, body},
};

const KIND_DEVICE: &str = "device";
const KIND_USER_CODE: &str = "user-code";
const PENDING: &str = "pending";
const APPROVED: &str = "approved";
const DECLINED: &str = "declined";
const REDEEMED: &str = "redeemed";
const LIFETIME: Duration = Duration::from_secs(900);
/// Seconds between two polls.
const INTERVAL: u64 = 5;
/// No vowels and nothing that looks like something else.
const ALPHABET: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";

/// What a device code stands for; once approved, for whom.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Device {
    app: AppId,
    /// The tenant segment that was called.
    segment: String,
    v1: bool,
    /// What was asked for, as sent.
    asked: String,
    issued: Timestamp,
    polled: Option<Timestamp>,
    grant: Option<Grant>,
}

impl Device {
    fn ask(&self) -> Result<Ask, Refusal> {
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
        self.parts
            .store
            .put_ticket(ticket(id.clone(), KIND_DEVICE, serde_json::to_string(&device)?))
            .await?;
        self.parts
            .store
            .put_ticket(ticket(user_code_id(&user_code), KIND_USER_CODE, id))
            .await?;
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
            .redeem(request, &grant, &tenant, &account, &ask, proof, None, now)
            .await?;
        Ok((
            tokens,
            format!(
                "{} signed '{}' in from another device",
                account.upn, request.caller.app.name
            ),
        ))
    }

    /// The page where the code is typed, and the sign-in behind it.
    pub(crate) async fn device_login(&self, call: &Call, note: &mut Note) -> Done<(Answer, Decision)> {
        match Box::pin(self.device_steps(call, note)).await {
            Err(Stop::Refused(refusal)) => {
                let now = note.now.unwrap_or_else(|| self.parts.clock.now());
                Ok((pages::refused(call, &refusal, note, now)?, decision(&refusal)))
            }
            other => other,
        }
    }

    async fn device_steps(&self, call: &Call, note: &mut Note) -> Done<(Answer, Decision)> {
        let query = crate::token::params(call.query.as_bytes())?;
        let typed: String = query
            .get("user_code")
            .unwrap_or_default()
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .map(|c| c.to_ascii_uppercase())
            .collect();
        let user_ticket = self
            .parts
            .store
            .ticket(&user_code_id(&typed))
            .await?
            .filter(|t| t.kind == KIND_USER_CODE);
        let Some(user_ticket) = user_ticket else {
            return self.ask_user_code(call, &typed);
        };
        let id = user_ticket.body;
        let ticket = self.parts.store.ticket(&id).await?;
        let Some(ticket) = ticket else {
            return self.ask_user_code(call, &typed);
        };
        let mut device: Device = serde_json::from_str(&ticket.body)?;
        let place = self.place(call, &device.segment, note).await?;
        let now = note.now.unwrap_or_else(|| self.parts.clock.now());
        if ticket.state != PENDING {
            return Err(
                Refusal::new(&aadsts::USER_CODE_USED, "the code was typed and answered before").into(),
            );
        }
        if now.since(device.issued) >= LIFETIME {
            let why = format!("the code was shown {} and lives 15 minutes", device.issued);
            return Err(Refusal::new(&aadsts::USER_CODE_EXPIRED, why).into());
        }
        let version = if device.v1 { Version::V1 } else { Version::V2 };
        let caller = self
            .caller(call, Some(&device.app.to_string()), &place, version, note)
            .await?;
        let action = format!("{}?{}", call.path, call.query);
        if call.method != Method::POST {
            return self.sign_in_form(call, &action, &caller.app.name, "", None, now);
        }
        let form = body(call)?;
        self.check_flow(call, form.get("ctx").unwrap_or_default(), now)?;
        if form.get("cancel").is_some() {
            self.parts
                .store
                .move_ticket(&id, PENDING, DECLINED, &ticket.body)
                .await?;
            let page = pages::message(
                "You declined",
                &["The app was not signed in. You can close this window."],
            )?;
            return Ok((
                page,
                Decision::refused("the person declined the device's request"),
            ));
        }
        let (person, located) = match self
            .device_person(call, &action, &caller, &form, &place, note)
            .await?
        {
            Ok(known) => known,
            Err(page) => return Ok(*page),
        };
        self.enter(&located.tenant, note);
        let now = located.tenant.now(&*self.parts.clock);
        let ask = device.ask()?;
        let resource = self.resource(&ask, &caller, &located.tenant).await?;
        let client = Client {
            app: caller.app.id,
            platform: call.header("user-agent").unwrap_or_default(),
            interactive: true,
            refreshing: false,
            resource: &resource.audience,
        };
        if let Err(refusal) = located
            .tenant
            .settings
            .admit(&located.account, &person, &client, now)
        {
            if refusal.entry.code == aadsts::STRONG_AUTHENTICATION.code {
                return self.code_form(call, &action, &person, None, now);
            }
            return Err(refusal.into());
        }
        if let Some(principal) = self.principal(&caller, &located.tenant).await? {
            assigned(&principal, &located.account, &caller)?;
        }
        let here = self
            .parts
            .store
            .view::<Registrations>(located.tenant.id())
            .await?;
        // Signing in on the device page is the consent: the page names the application.
        if let Granting::Missing(missing) =
            granting(&here, &caller, &resource, &ask, &located.account, version)?
        {
            let tenant = &located.tenant.settings;
            if tenant.user_consent != directory::UserConsent::Allowed
                && !located.account.may_grant_admin_consent()
            {
                let why = format!("{} may not consent to '{}'", person.upn, caller.app.name);
                return Err(Refusal::new(&aadsts::ADMIN_CONSENT_REQUIRED, why).into());
            }
            let user = Some(located.account.id);
            self.grant_consent(&caller, located.tenant.id(), user, resource.app, &missing)
                .await?;
        }
        let upn = person.upn.clone();
        device.grant = Some(new_grant(
            self,
            device.app,
            None,
            &located,
            person,
            &ask,
            &resource.audience,
            now,
        ));
        let body = serde_json::to_string(&device)?;
        if !self
            .parts
            .store
            .move_ticket(&id, PENDING, APPROVED, &body)
            .await?
        {
            return Err(Refusal::new(&aadsts::USER_CODE_USED, "the code was answered meanwhile").into());
        }
        let line = format!(
            "You have signed in to {} on your device. You may now close this window.",
            caller.app.name
        );
        let page = pages::message("You’re signed in", &[&line])?;
        Ok((page, Decision::granted(format!("{upn} approved the device"))))
    }

    /// Who is at the device page: from the form, perhaps after the second factor. The inner error is a page.
    async fn device_person(
        &self,
        call: &Call,
        action: &str,
        caller: &Caller,
        form: &Params,
        place: &Where,
        note: &mut Note,
    ) -> Done<Result<(Person, Located), Box<(Answer, Decision)>>> {
        let now = note.now.unwrap_or_else(|| self.parts.clock.now());
        if let Some(who) = form.some("who") {
            let person = self.other_half(who, now)?;
            let located = self.locate_for(caller, place, &person.upn).await?;
            let code = form.get("otc").unwrap_or_default();
            let at = located.home.now(&*self.parts.clock);
            return Ok(
                match person.clone().with_second_factor(&located.home_account, code, at) {
                    Ok(person) => Ok((person, located)),
                    Err(refusal) => Err(Box::new(self.code_form(
                        call,
                        action,
                        &person,
                        Some(&refusal),
                        now,
                    )?)),
                },
            );
        }
        Ok(match self.prove(caller, place, form, note).await? {
            Ok(known) => Ok(known),
            Err(refusal) => {
                let login = form.get("login").unwrap_or_default();
                let page = self.sign_in_form(call, action, &caller.app.name, login, Some(&refusal), now)?;
                Err(Box::new(page))
            }
        })
    }

    fn ask_user_code(&self, call: &Call, typed: &str) -> Done<(Answer, Decision)> {
        let refusal = (!typed.is_empty()).then(|| {
            Refusal::new(
                &aadsts::DEVICE_CODE_UNKNOWN,
                format!("no device shows the code {typed}"),
            )
        });
        let message = refusal.as_ref().map(shown);
        let page = pages::page(&pages::UserCodePage {
            action: &call.path,
            message: message.as_deref(),
        })?;
        let decision = refusal.as_ref().map_or_else(
            || Decision::served("the page that asks for a device's code"),
            decision,
        );
        Ok((page, decision))
    }
}

fn user_code_id(code: &str) -> String {
    crypt::digest(&format!("user code {code}"))
}
