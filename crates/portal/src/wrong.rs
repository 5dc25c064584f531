//! What was wrong with a form, said on the same page, beside what was typed.

use std::time::Duration;

use evidence::Decision;
use http::{StatusCode, header};

use crate::{
    page::{Ask, Reply},
    stop::{Stop, TOO_OFTEN, again, seconds, sentence},
    text::shown,
};

/// What a page says above its content when its form could not be done.
#[derive(Clone, Debug)]
pub(crate) struct Wrong {
    /// As HTTP grades it.
    pub(crate) status: StatusCode,
    /// What happened.
    pub(crate) what: String,
    /// The next step.
    pub(crate) next: String,
    /// When it may be tried again, where it was tried too often.
    pub(crate) wait: Option<Duration>,
}

impl Stop {
    /// As something that the page itself can say; what nobody at the page can correct stays a page of its own.
    ///
    /// # Errors
    /// The stop as it was.
    pub(crate) fn correctable(self) -> Result<Wrong, Self> {
        match self {
            Self::Refused(problem) if !problem.status().is_server_error() => Ok(Wrong {
                status: problem.status(),
                what: sentence(&shown(problem.message())),
                next: sentence(problem.next()),
                wait: None,
            }),
            Self::Wrong(what, next) => Ok(Wrong {
                status: StatusCode::BAD_REQUEST,
                what: sentence(&what),
                next: sentence(&next),
                wait: None,
            }),
            Self::TooOften(wait) => Ok(Wrong {
                status: StatusCode::TOO_MANY_REQUESTS,
                what: TOO_OFTEN.to_owned(),
                next: again(wait),
                wait: Some(wait),
            }),
            other => Err(other),
        }
    }
}

impl Ask<'_> {
    /// A page with a form: what was sent is done. What its author can correct, the page says beside what was typed.
    ///
    /// # Errors
    /// Nobody at the page can correct it, or the page cannot be made.
    pub(crate) async fn form<S: Future<Output = Reply>>(
        &self,
        change: impl Future<Output = Reply>,
        show: impl FnOnce(Option<Wrong>) -> S,
    ) -> Reply {
        if !self.sent() {
            return show(None).await;
        }
        let wrong = match change.await {
            Ok(done) => return Ok(done),
            Err(stop) => stop.correctable()?,
        };
        let (status, wait) = (wrong.status, wrong.wait);
        let refused = Decision::refused(wrong.what.clone());
        let (mut answer, shown) = show(Some(wrong)).await?;
        answer.status = status;
        if let Some(wait) = wait {
            answer = answer.with(header::RETRY_AFTER, &seconds(wait).to_string());
        }
        let decision = Decision {
            tenant: shown.tenant,
            subject: shown.subject,
            ..refused
        };
        Ok((answer, decision))
    }

    /// Counts a form that anybody may send.
    ///
    /// # Errors
    /// Too many came from here.
    pub(crate) fn not_too_often(&self) -> Result<(), Stop> {
        let now = self.portal.stage.clock.now();
        self.portal.forms.ask(self.call.peer, now).map_err(Stop::TooOften)
    }
}
