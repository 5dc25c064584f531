//! The page where a device's code is typed, and the sign-in behind it (facts/identity.md 1.11).

use directory::{Client, Located, Person, UserConsent, Where};
use evidence::Decision;
use http::Method;
use store::Ticket;
use types::Timestamp;
use wire::{
    Answer, Call,
    aadsts::{self, Refusal},
    form::Params,
};

use crate::{
    Registrations, Service,
    application::Caller,
    device::{APPROVED, DECLINED, Device, KIND_USER_CODE, LIFETIME, PENDING, user_code_id},
    endpoint::Version,
    forms::shown,
    grants::{assigned, new_grant},
    pages,
    resource::{Granting, granting},
    stop::{Done, Note, Stop, decision},
    token::body,
};

/// A code that was typed and waits for somebody to sign in.
struct Typed {
    id: String,
    ticket: Ticket,
    device: Device,
    version: Version,
    place: Where,
    caller: Caller,
    /// Where the pages post to.
    action: String,
}

impl Service {
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
        let letters = query
            .get("user_code")
            .unwrap_or_default()
            .chars()
            .filter(char::is_ascii_alphanumeric);
        let code: String = letters.map(|c| c.to_ascii_uppercase()).collect();
        let Some((id, ticket)) = self.device_of(&code).await? else {
            return self.ask_user_code(call, &code);
        };
        let typed = self.typed(call, id, ticket, note).await?;
        let now = note.now.unwrap_or_else(|| self.parts.clock.now());
        if call.method != Method::POST {
            return self.sign_in_form(call, &typed.action, &typed.caller.app.name, "", None, now);
        }
        let form = body(call)?;
        self.check_flow(call, form.get("ctx").unwrap_or_default(), now)?;
        if form.get("cancel").is_some() {
            return self.decline_device(&typed).await;
        }
        match self.device_person(call, &typed, &form, note).await? {
            Ok((person, located)) => self.approve_device(call, typed, person, located, note).await,
            Err(page) => Ok(*page),
        }
    }

    /// The device behind a user code.
    async fn device_of(&self, code: &str) -> Done<Option<(String, Ticket)>> {
        let user = self.parts.store.ticket(&user_code_id(code)).await?;
        let Some(user) = user.filter(|ticket| ticket.kind == KIND_USER_CODE) else {
            return Ok(None);
        };
        let device = self.parts.store.ticket(&user.body).await?;
        Ok(device.map(|device| (user.body, device)))
    }

    /// A code is answered once, and within its time.
    async fn typed(&self, call: &Call, id: String, ticket: Ticket, note: &mut Note) -> Done<Typed> {
        let device: Device = serde_json::from_str(&ticket.body)?;
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
        Ok(Typed {
            id,
            ticket,
            device,
            version,
            place,
            caller,
            action,
        })
    }

    async fn decline_device(&self, typed: &Typed) -> Done<(Answer, Decision)> {
        self.parts
            .store
            .move_ticket(&typed.id, PENDING, DECLINED, &typed.ticket.body)
            .await?;
        let page = pages::message(
            "You declined",
            &["The app was not signed in. You can close this window."],
        )?;
        Ok((
            page,
            Decision::refused("the person declined the device's request"),
        ))
    }

    /// The person is known: policy, assignment and consent decide, then the device may have its tokens.
    async fn approve_device(
        &self,
        call: &Call,
        typed: Typed,
        person: Person,
        located: Located,
        note: &mut Note,
    ) -> Done<(Answer, Decision)> {
        let Typed {
            id,
            mut device,
            version,
            caller,
            action,
            ..
        } = typed;
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
            self.consent_by_device(&caller, &person, &located)?;
            let user = Some(located.account.id);
            self.grant_consent(&caller, located.tenant.id(), user, resource.app, &missing)
                .await?;
        }
        let (upn, audience) = (person.upn.clone(), &resource.audience);
        device.grant = Some(new_grant(
            self, device.app, None, &located, person, &ask, audience, now,
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
        let app = &caller.app.name;
        let line = format!("You have signed in to {app} on your device. You may now close this window.");
        let page = pages::message("You’re signed in", &[&line])?;
        Ok((page, Decision::granted(format!("{upn} approved the device"))))
    }

    /// Whether this person may consent at all.
    fn consent_by_device(&self, caller: &Caller, person: &Person, located: &Located) -> Result<(), Refusal> {
        let open = located.tenant.settings.user_consent == UserConsent::Allowed;
        if open || located.account.may_grant_admin_consent() {
            return Ok(());
        }
        let why = format!("{} may not consent to '{}'", person.upn, caller.app.name);
        Err(Refusal::new(&aadsts::ADMIN_CONSENT_REQUIRED, why))
    }

    /// Who is at the device page: from the form, perhaps after the second factor. The inner error is a page.
    async fn device_person(
        &self,
        call: &Call,
        typed: &Typed,
        form: &Params,
        note: &mut Note,
    ) -> Done<Result<(Person, Located), Box<(Answer, Decision)>>> {
        let now: Timestamp = note.now.unwrap_or_else(|| self.parts.clock.now());
        let (action, caller) = (&typed.action, &typed.caller);
        if let Some(who) = form.some("who") {
            return self
                .half_known(call, action, (caller, &typed.place), (form, who), now)
                .await;
        }
        Ok(match self.prove(caller, &typed.place, form, note).await? {
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
