//! The page where a device's code is typed, and the sign-in behind it (facts/identity.md 1.11).

use askama::Template;
use directory::{Client, Located, Person, UserConsent, Where};
use evidence::Decision;
use http::Method;
use store::Ticket;
use wire::{
    Call,
    aadsts::{self, Refusal},
};

use crate::{
    Registrations, Service,
    application::Caller,
    device::{APPROVED, DECLINED, Device, KIND_USER_CODE, LIFETIME, PENDING, user_code_id},
    endpoint::Version,
    grants::{assigned, new_grant},
    pages::{self, Sheet},
    resource::{Granting, granting},
    sign_in::{Asked, Known, Scene, Shown, shown},
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
}

#[derive(Template)]
#[template(path = "device.html")]
struct DevicePage<'a> {
    sheet: Sheet,
    code: &'a str,
    publisher: &'a str,
    verified: bool,
    asked: String,
}

#[derive(Template)]
#[template(path = "user_code.html")]
struct UserCodePage<'a> {
    action: &'a str,
    message: Option<&'a str>,
}

impl Service {
    pub(crate) async fn device_login(&self, call: &Call, note: &mut Note) -> Done<Shown> {
        match Box::pin(self.device_steps(call, note)).await {
            Err(Stop::Refused(refusal)) => {
                let now = note.now.unwrap_or_else(|| self.parts.clock.now());
                Ok((self.refused(call, &refusal, note, now)?, decision(&refusal)))
            }
            other => other,
        }
    }

    async fn device_steps(&self, call: &Call, note: &mut Note) -> Done<Shown> {
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
        let scene = Scene {
            call,
            action: format!("{}?{}", call.path, call.query),
            caller: &typed.caller,
            place: &typed.place,
            target: None,
            now: note.now.unwrap_or_else(|| self.parts.clock.now()),
            correlation: note.correlation,
        };
        if call.method != Method::POST {
            return self.confirm_page(&scene, &typed, &code).await;
        }
        let form = body(call)?;
        self.check_flow(call, form.get("ctx").unwrap_or_default(), scene.now)?;
        if form.get("cancel").is_some() {
            return self.decline_device(&typed).await;
        }
        let asked = if form.get("confirm").is_some() {
            self.whoever_is_here(&scene).await?
        } else {
            self.answered(&scene, &form, note).await?
        };
        match asked {
            Ok(known) => self.approve_device(&scene, &typed, known, note).await,
            Err(page) => Ok(*page),
        }
    }

    /// The page that says what is about to sign in: the code may have come from somebody who wants in.
    async fn confirm_page(&self, scene: &Scene<'_>, typed: &Typed, code: &str) -> Done<Shown> {
        let publisher = self.publisher(scene.caller).await?;
        let (sheet, opened) = self.sheet(scene, None, None)?;
        let page = DevicePage {
            sheet,
            code,
            publisher: &publisher.name,
            verified: publisher.verified,
            asked: typed.device.issued.rfc3339_seconds(),
        };
        self.shown(scene, &page, &opened, None, || {
            format!("is '{}' meant to sign in?", scene.caller.app.name)
        })
    }

    /// Somebody this browser knows, or the page that asks.
    async fn whoever_is_here(&self, scene: &Scene<'_>) -> Done<Asked> {
        let session = self.session(scene.call).await?;
        let page = match &session {
            Some(session) if !session.people.is_empty() => self.pick_page(scene, Some(session)).await?,
            _ => self.name_page(scene, "", None)?,
        };
        Ok(Err(Box::new(page)))
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
        Ok(Typed {
            id,
            ticket,
            device,
            version,
            place,
            caller,
        })
    }

    async fn decline_device(&self, typed: &Typed) -> Done<Shown> {
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
        scene: &Scene<'_>,
        typed: &Typed,
        known: Known,
        note: &mut Note,
    ) -> Done<Shown> {
        let (caller, located, person) = (&typed.caller, &known.located, &known.person);
        let mut device = typed.device.clone();
        self.enter(&located.tenant, note);
        note.subject = Some(person.upn.to_string());
        let now = located.tenant.now(&*self.parts.clock);
        let ask = device.ask()?;
        let resource = self.resource(&ask, caller, &located.tenant).await?;
        let client = Client {
            app: caller.app.id,
            platform: scene.call.header("user-agent").unwrap_or_default(),
            interactive: true,
            refreshing: false,
            resource: &resource.audience,
        };
        if let Err(refusal) = located
            .tenant
            .settings
            .admit(&located.account, person, &client, now)
        {
            return self.interrupted(scene, &known, refusal);
        }
        if let Some(page) = self.stay_page(scene, &known)? {
            return Ok(page);
        }
        if let Some(principal) = self.principal(caller, &located.tenant).await? {
            assigned(&principal, &located.account, caller)?;
        }
        let here = self
            .parts
            .store
            .view::<Registrations>(located.tenant.id())
            .await?;
        // Signing in on the device page is the consent: the page names the application.
        if let Granting::Missing(missing) =
            granting(&here, caller, &resource, &ask, &located.account, typed.version)?
        {
            consent_by_device(caller, person, located)?;
            self.grant_consent(caller, &known, false, &resource, &missing)
                .await?;
        }
        let audience = &resource.audience;
        device.grant = Some(new_grant(
            self,
            device.app,
            None,
            located,
            person.clone(),
            &ask,
            audience,
            now,
        ));
        let body = serde_json::to_string(&device)?;
        if !self
            .parts
            .store
            .move_ticket(&typed.id, PENDING, APPROVED, &body)
            .await?
        {
            return Err(Refusal::new(&aadsts::USER_CODE_USED, "the code was answered meanwhile").into());
        }
        let app = &caller.app.name;
        let line = format!("You have signed in to {app} on your device. You may now close this window.");
        let mut page = pages::message("You’re signed in", &[&line])?;
        if known.sid.is_none() {
            let remembered = self
                .remember(scene.call, &known, located.tenant.id(), None)
                .await?;
            self.retire_cookie(scene.call).await?;
            page = remembered.on(page);
            note.granted.push(remembered.ticket);
        }
        let why = format!("{} approved the device", person.upn);
        Ok((page, Decision::granted(why)))
    }

    fn ask_user_code(&self, call: &Call, typed: &str) -> Done<Shown> {
        let refusal = (!typed.is_empty()).then(|| {
            Refusal::new(
                &aadsts::DEVICE_CODE_UNKNOWN,
                format!("no device shows the code {typed}"),
            )
        });
        let message = refusal.as_ref().map(shown);
        let page = pages::page(
            &UserCodePage {
                action: &call.path,
                message: message.as_deref(),
            },
            None,
        )?;
        let decision = refusal.as_ref().map_or_else(
            || Decision::served("the page that asks for a device's code"),
            decision,
        );
        Ok((page, decision))
    }
}

/// Whether this person may consent at all.
fn consent_by_device(caller: &Caller, person: &Person, located: &Located) -> Result<(), Refusal> {
    let open = located.tenant.settings.user_consent == UserConsent::Allowed;
    if open || located.account.may_grant_admin_consent() {
        return Ok(());
    }
    let why = format!("{} may not consent to '{}'", person.upn, caller.app.name);
    Err(Refusal::new(&aadsts::ADMIN_CONSENT_REQUIRED, why))
}
