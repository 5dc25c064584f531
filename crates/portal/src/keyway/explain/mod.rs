//! `/explain`: paste a text or drop a file, a doctor's bundle too, and see what `keyway explain` says to it.
//!
//! Anyone may ask, so it is bounded in every way: how often (for each caller and for all), how long the text, how many
//! at a time, and how long one waits. Nothing of the text is kept, not even for the page that answers.

mod view;

use std::{
    io::Cursor,
    sync::{Arc, OnceLock},
    time::Duration,
};

use catalog::Catalog;
use diagnose::{Bundle, Diagnosis, Explainer, NoEvidence, Unreadable};
use evidence::Decision;
use http::{Method, StatusCode, header};
use tokio::{sync::Semaphore, task::spawn_blocking, time::timeout};
use types::Clock;
use wire::Call;

use super::{
    rate::{Limiter, Rate},
    upload,
};
use crate::{
    frame::Frame,
    page::{Needs, Page, Reply},
    shell,
};
use view::View;

pub(crate) const PAGE: Page = Page {
    path: "/explain",
    about: "paste a text or drop a file, and see which cause it shows",
    needs: Needs::Nothing,
    most_body: MOST_TEXT + FORM,
    handle: |ask| Box::pin(async move { ask.portal.explain.answer(ask.call, ask.frame()).await }),
};

/// The longest text, and the largest evidence of a bundle when unpacked, in bytes.
const MOST_TEXT: usize = 1024 * 1024;
/// What a form adds to it.
const FORM: usize = 16 * 1024;
/// Texts that are read at the same time; reading is work for the processor alone.
const AT_ONCE: usize = 2;
/// How long one waits for a turn, and for the answer.
const TURN: Duration = Duration::from_secs(5);
const ANSWER: Duration = Duration::from_secs(20);

/// One caller, in a minute and at once; and all of them.
const PEER: Rate = Rate {
    burst: 30,
    every: Duration::from_secs(2),
};
const ALL: Rate = Rate {
    burst: 120,
    every: Duration::from_millis(250),
};

/// What the page works with.
pub(crate) struct Desk {
    clock: Arc<dyn Clock>,
    limiter: Limiter,
    turns: Arc<Semaphore>,
    /// Made when somebody asks first.
    explainer: Arc<OnceLock<Explainer<'static>>>,
}

impl Desk {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            limiter: Limiter::new(PEER, ALL),
            turns: Arc::new(Semaphore::new(AT_ONCE)),
            explainer: Arc::default(),
        }
    }

    /// The page, with the answer where something was sent.
    pub(crate) async fn answer(&self, call: &Call, frame: Frame) -> Reply {
        if call.method != Method::POST {
            let decision = Decision::served("the page to explain a text");
            return shell::page(StatusCode::OK, &View::empty(frame), decision);
        }
        match self.diagnosis(call).await {
            Ok(diagnosis) => shell::page(
                StatusCode::OK,
                &View::of(frame, Catalog::embedded(), &diagnosis),
                Decision::served("a text was explained"),
            ),
            Err(problem) => refuse(frame, &problem),
        }
    }

    async fn diagnosis(&self, call: &Call) -> Result<Diagnosis, Problem> {
        let now = self.clock.now();
        self.limiter.ask(call.peer, now).map_err(Problem::TooOften)?;
        let text = upload::text(call).ok_or(Problem::NoForm)?;
        if text.len() > MOST_TEXT {
            return Err(Problem::TooLong);
        }
        let turn = timeout(TURN, self.turns.clone().acquire_owned()).await;
        let Ok(Ok(turn)) = turn else {
            return Err(Problem::Busy);
        };
        let explainer = self.explainer.clone();
        let work = spawn_blocking(move || {
            // The turn goes with the work, whether or not somebody still waits for it.
            let _turn = turn;
            let explainer = explainer.get_or_init(|| Explainer::new(Catalog::embedded()));
            if Bundle::begins(&text) {
                let kept = Bundle::read(Cursor::new(&text), MOST_TEXT as u64).map_err(Problem::NoEvidence)?;
                return Ok(explainer.examined(&kept.findings, kept.at));
            }
            explainer.explain(&text[..], now).map_err(Problem::Unreadable)
        });
        match timeout(ANSWER, work).await {
            Ok(Ok(explained)) => explained,
            Ok(Err(_)) => Err(Problem::Broken),
            Err(_) => Err(Problem::Busy),
        }
    }
}

/// Why there is no diagnosis.
enum Problem {
    TooOften(Duration),
    NoForm,
    TooLong,
    Busy,
    Unreadable(Unreadable),
    NoEvidence(NoEvidence),
    Broken,
}

fn refuse(frame: Frame, problem: &Problem) -> Reply {
    let (status, says, next) = match problem {
        Problem::TooOften(_) => (
            StatusCode::TOO_MANY_REQUESTS,
            "That was too often".to_owned(),
            "Wait a little and send it again.",
        ),
        Problem::NoForm => (
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "This is not the form's content".to_owned(),
            "Use the form below, or send the text as text/plain.",
        ),
        Problem::TooLong => (
            StatusCode::PAYLOAD_TOO_LARGE,
            "The text is longer than 1 MiB".to_owned(),
            "Cut out the part around the first error, or run “keyway explain FILE”, which takes any length.",
        ),
        Problem::Busy => (
            StatusCode::SERVICE_UNAVAILABLE,
            "Others are being answered".to_owned(),
            "Send it again in a few seconds.",
        ),
        Problem::Unreadable(why) => (
            StatusCode::UNPROCESSABLE_ENTITY,
            format!("It cannot be explained: {why}"),
            "Give text: copy the message, or save the log as text.",
        ),
        Problem::NoEvidence(why) => (
            StatusCode::UNPROCESSABLE_ENTITY,
            format!("It cannot be explained: {why}"),
            "Give a file that “keyway doctor --bundle” wrote, or the text itself.",
        ),
        Problem::Broken => (
            StatusCode::INTERNAL_SERVER_ERROR,
            "The reading failed; that is our own mistake".to_owned(),
            "Try “keyway explain FILE”, and report it with the part of the text that does it.",
        ),
    };
    let decision = match problem {
        Problem::Broken => Decision::failed("reading a text panicked; its message is on standard error"),
        // Neither the text nor anything of it.
        _ => Decision::refused(format!("no text was explained: {}", status.as_u16())),
    };
    let (answer, decision) = shell::page(status, &View::problem(frame, &says, next), decision)?;
    let wait = match problem {
        Problem::TooOften(wait) => Some(wait.as_secs() + 1),
        Problem::Busy => Some(TURN.as_secs()),
        _ => None,
    };
    Ok(match wait {
        Some(seconds) => (answer.with(header::RETRY_AFTER, &seconds.to_string()), decision),
        None => (answer, decision),
    })
}

#[cfg(test)]
mod tests;
