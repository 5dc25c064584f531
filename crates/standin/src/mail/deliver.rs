//! Hands over what waits in the outboxes: each mail to at most one server, at most once.
//!
//! A mail is claimed before it is sent, so that of many nodes one sends it. What fails before anything was handed
//! over is tried again later; what fails in a way that leaves open whether the server took it is given up, because
//! a mail that arrives twice is worse than one that is looked up in the outbox.

use std::{
    sync::Arc,
    time::{Duration, UNIX_EPOCH},
};

use crypt::Sealer;
use directory::mail::{Delivery, Mail, Outbox, begin_delivery, end_delivery};
use lettre::{
    AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    message::{
        Mailbox, MultiPart, SinglePart,
        header::{HeaderName, HeaderValue},
    },
};
use store::{Store, StoreError};
use tokio::time::timeout;
use types::{Clock, Form, TenantId, Timestamp};

use super::{BadSmtp, Smtp};
use crate::edge::Stop;

/// How often the outboxes are looked at; the views are in memory.
const LOOK: Duration = Duration::from_millis(250);
/// How long to wait after each failure, in seconds; after the last one the mail is given up. Ours.
const PAUSES: [u64; 5] = [10, 60, 300, 1_800, 7_200];

/// What delivering needs.
pub(crate) struct Parts {
    pub(crate) store: Store,
    pub(crate) sealer: Arc<Sealer>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) form: Form,
}

struct Deliverer {
    parts: Parts,
    smtp: Smtp,
    transport: AsyncSmtpTransport<Tokio1Executor>,
}

/// How a try ended.
enum Tried {
    Taken,
    /// Nothing was handed over.
    Later(String),
    Never(String),
}

/// Delivers until told to stop. Checked before it starts: an error is one of how the server was given.
pub(crate) fn deliver(
    parts: Parts,
    smtp: Smtp,
    mut stop: Stop,
) -> Result<impl Future<Output = ()> + Send, BadSmtp> {
    if smtp.exposes_password() {
        return Err(BadSmtp::Tls(
            "a password would be sent in the clear to another machine, so use smtps:// or smtp+starttls://"
                .to_owned(),
        ));
    }
    let transport = smtp.transport()?;
    let deliverer = Deliverer {
        parts,
        smtp,
        transport,
    };
    Ok(async move {
        loop {
            tokio::select! {
                () = stop.told() => return,
                () = tokio::time::sleep(LOOK) => {}
            }
            if let Err(error) = deliverer.all(&mut stop).await {
                tracing::warn!(%error, "the outboxes could not be read");
            }
        }
    })
}

impl Deliverer {
    async fn all(&self, stop: &mut Stop) -> Result<(), StoreError> {
        for tenant in self.parts.store.tenants().await? {
            let outbox = match self.parts.store.view::<Outbox>(tenant).await {
                Ok(outbox) => outbox,
                // Deleted meanwhile.
                Err(StoreError::UnknownTenant { .. }) => continue,
                Err(error) => return Err(error),
            };
            let now = self.parts.clock.now();
            let mut due: Vec<_> = outbox.iter().filter(|mail| mail.is_due(now)).collect();
            // Oldest first.
            due.reverse();
            for mail in due {
                tokio::select! {
                    biased;
                    () = stop.told() => return Ok(()),
                    () = std::future::ready(()) => {}
                }
                self.one(tenant, mail).await?;
            }
        }
        Ok(())
    }

    async fn one(&self, tenant: TenantId, mail: &Mail) -> Result<(), StoreError> {
        let store = &self.parts.store;
        let now = self.parts.clock.now();
        let Some((mail, tries)) = begin_delivery(store, tenant, mail.id, now).await? else {
            return Ok(());
        };
        let tried = self.hand_over(&mail, now).await;
        let at = self.parts.clock.now();
        let delivery = match tried {
            Tried::Taken => Delivery::Sent { tries, at },
            Tried::Never(why) => Delivery::Failed { tries, at, why },
            Tried::Later(why) => match PAUSES.get(tries.saturating_sub(1) as usize) {
                Some(pause) => Delivery::Waiting {
                    tries,
                    next: Some(at + Duration::from_secs(*pause)),
                    failed: Some(why),
                },
                None => Delivery::Failed { tries, at, why },
            },
        };
        if let Delivery::Failed { why, .. } = &delivery {
            tracing::warn!(mail = %mail.id, %why, "a mail was given up");
        }
        end_delivery(store, tenant, mail.id, &delivery).await
    }

    async fn hand_over(&self, mail: &Mail, now: Timestamp) -> Tried {
        let message = match self.message(mail, now) {
            Ok(message) => message,
            Err(why) => return Tried::Never(why),
        };
        let place = self.smtp.place();
        // By itself first: what fails here has handed nothing over.
        let patience = self.smtp.patience;
        let Ok(tested) = timeout(patience, self.transport.test_connection()).await else {
            return Tried::Later(format!("{place} did not answer in time"));
        };
        match tested {
            Ok(true) => {}
            Ok(false) => return Tried::Later(format!("{place} is not ready to take mail")),
            Err(error) if error.is_permanent() => {
                return Tried::Never(format!("{place} refused: {}", told(&error)));
            }
            Err(error) => return Tried::Later(format!("{place} cannot be reached: {}", told(&error))),
        }
        let Ok(sent) = timeout(patience, self.transport.send(message)).await else {
            return Tried::Never(format!(
                "{place} did not answer in time while it was handed over, so it may have arrived"
            ));
        };
        match sent {
            Ok(_) => Tried::Taken,
            Err(error) if error.is_permanent() => Tried::Never(format!("{place} refused: {}", told(&error))),
            Err(error) if error.is_transient() => {
                Tried::Later(format!("{place} does not take it now: {}", told(&error)))
            }
            Err(error) => Tried::Never(format!(
                "the connection to {place} was lost while it was handed over, so it may have arrived: {}",
                told(&error)
            )),
        }
    }

    fn message(&self, mail: &Mail, now: Timestamp) -> Result<Message, String> {
        let to: Mailbox = mail.to.parse().map_err(|error| {
            format!(
                "`{}` is not an address that mail can be sent to: {error}",
                mail.to
            )
        })?;
        let rendered = mail
            .open(&self.parts.sealer)
            .map_err(|error| error.to_string())?
            .render(self.parts.form)
            .map_err(|error| error.to_string())?;
        let millis = u64::try_from(now.millis()).unwrap_or(0);
        // Who answers by itself does not answer this (RFC 3834 5).
        let automatic = HeaderValue::new(
            HeaderName::new_from_ascii_str("Auto-Submitted"),
            "auto-generated".to_owned(),
        );
        let parts = MultiPart::alternative()
            .boundary(format!("keyway-{}", mail.id.simple()))
            .singlepart(SinglePart::plain(rendered.text))
            .singlepart(SinglePart::html(rendered.html));
        Message::builder()
            .from(Mailbox::new(
                Some("Keyway (a stand-in)".to_owned()),
                self.smtp.from.clone(),
            ))
            .to(to)
            .subject(&mail.subject)
            .message_id(Some(format!("<{}@keyway.localhost>", mail.id)))
            .date(UNIX_EPOCH + Duration::from_millis(millis))
            .raw_header(automatic)
            .multipart(parts)
            .map_err(|error| format!("the mail cannot be written: {error}"))
    }
}

/// An error with what is behind it.
fn told(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(inner) = source {
        let more = inner.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        source = inner.source();
    }
    text
}
