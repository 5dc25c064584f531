//! The page that asks for the second factor.

use askama::Template;
use directory::{Account, Mfa};
use wire::{
    aadsts::{self, Refusal},
    form::Params,
};

use super::{Asked, Known, Scene, Shown};
use crate::{Service, pages::Sheet, stop::Done};

#[derive(Template)]
#[template(path = "code.html")]
struct CodePage {
    sheet: Sheet,
    hint: &'static str,
}

impl Service {
    /// What a rule of the tenant refused, as a page where the person can do something about it: show the second factor,
    /// or register one.
    pub(crate) fn interrupted(&self, scene: &Scene<'_>, known: &Known, refusal: Refusal) -> Done<Shown> {
        if refusal.entry.code == aadsts::STRONG_AUTHENTICATION.code {
            self.code_page(scene, known, None)
        } else if refusal.entry.code == aadsts::MFA_ENROLL_INTERRUPT.code {
            self.enroll_page(scene, known, None, None)
        } else {
            Err(refusal.into())
        }
    }

    fn code_page(&self, scene: &Scene<'_>, known: &Known, refusal: Option<&Refusal>) -> Done<Shown> {
        let (sheet, opened) = self.sheet(scene, Some(known), refusal)?;
        let page = CodePage {
            sheet,
            hint: hint(&known.located.account),
        };
        let upn = &known.person.upn;
        self.shown(scene, &page, &opened, refusal, || {
            format!("{upn} is asked for the second factor")
        })
    }

    /// Somebody with the second factor, or the page again.
    pub(super) async fn second_factor(
        &self,
        scene: &Scene<'_>,
        known: Known,
        form: &Params,
        code: &str,
    ) -> Done<Asked> {
        let enrolling = form.some(super::enroll::FIELD);
        let enrolling = match enrolling.filter(|_| known.located.account.mfa == Mfa::None) {
            Some(sealed) => Some(self.enrolling(scene, sealed)?),
            None => None,
        };
        let again = |refusal: &Refusal| -> Done<Asked> {
            let page = match &enrolling {
                Some(secret) => self.enroll_page(scene, &known, Some(secret.clone()), Some(refusal))?,
                None => self.code_page(scene, &known, Some(refusal))?,
            };
            Ok(Err(Box::new(page)))
        };
        let at = known.located.home.now(&*self.parts.clock);
        if let Err(enough) = self.codes_left(&known.located, at) {
            return again(&enough);
        }
        let proved = match &enrolling {
            Some(secret) => self.enrolled(&known, secret, code).await?,
            None => {
                let person = known.person.clone();
                self.sign_in()
                    .by_code(person, &known.located, code, &*self.parts.clock)
                    .await?
            }
        };
        match proved {
            Ok(person) => Ok(Ok(Known { person, ..known })),
            Err(refusal) => {
                self.coded_wrong(&known.located, at);
                again(&refusal)
            }
        }
    }
}

fn hint(account: &Account) -> &'static str {
    match account.mfa {
        Mfa::Totp { .. } => "Enter the code that your authenticator app shows now.",
        Mfa::Code { .. } | Mfa::None => "Enter the code of your second factor.",
    }
}
