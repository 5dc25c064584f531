//! The page that asks for the second factor.

use askama::Template;
use directory::{Account, Mfa};
use wire::aadsts::Refusal;

use super::{Asked, Known, Scene, Shown};
use crate::{Service, pages::Sheet, stop::Done};

#[derive(Template)]
#[template(path = "code.html")]
struct CodePage {
    sheet: Sheet,
    hint: &'static str,
}

impl Service {
    /// The page.
    pub(crate) fn code_page(
        &self,
        scene: &Scene<'_>,
        known: &Known,
        refusal: Option<&Refusal>,
    ) -> Done<Shown> {
        let (sheet, opened) = self.sheet(scene, Some(known), refusal)?;
        let page = CodePage {
            sheet,
            hint: hint(&known.located.home_account),
        };
        let upn = &known.person.upn;
        self.shown(scene, &page, &opened, refusal, || {
            format!("{upn} is asked for the second factor")
        })
    }

    /// Somebody with the second factor, or the page again.
    pub(super) async fn second_factor(&self, scene: &Scene<'_>, known: Known, code: &str) -> Done<Asked> {
        let at = known.located.home.now(&*self.parts.clock);
        if let Err(enough) = self.codes_left(&known.located, at) {
            return Ok(Err(Box::new(self.code_page(scene, &known, Some(&enough))?)));
        }
        let proved = self
            .sign_in()
            .by_code(known.person.clone(), &known.located, code, at)
            .await?;
        match proved {
            Ok(person) => Ok(Ok(Known { person, ..known })),
            Err(refusal) => {
                self.coded_wrong(&known.located, at);
                Ok(Err(Box::new(self.code_page(scene, &known, Some(&refusal))?)))
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
