//! The page on which one of several people, or another, is picked.

use askama::Template;
use types::ObjectId;

use super::{Asked, Kind, Known, Scene, Shown};
use crate::{
    Service,
    pages::Sheet,
    session::Session,
    stop::{Done, Note},
};

#[derive(Template)]
#[template(path = "pick.html")]
struct PickPage {
    sheet: Sheet,
    people: Vec<Tile>,
}

struct Tile {
    id: ObjectId,
    name: String,
    login: String,
    signed_in: bool,
}

impl Service {
    /// The page, or the one that asks for a name when there is nobody to pick.
    pub(crate) async fn pick_page(&self, scene: &Scene<'_>, session: Option<&Session>) -> Done<Shown> {
        let known = match session {
            Some(session) => self.known_people(session, scene.place, None).await?,
            None => Vec::new(),
        };
        if known.is_empty() {
            return self.name_page(scene, "", None);
        }
        let people = known
            .into_iter()
            .map(|(signed, standing)| Tile {
                id: signed.person.id,
                login: signed.person.upn.to_string(),
                name: match &standing {
                    Ok(located) => located.home_account.name.clone(),
                    Err(_) => signed.person.upn.to_string(),
                },
                signed_in: standing.is_ok(),
            })
            .collect();
        let (sheet, opened) = self.sheet(scene, None, None)?;
        let page = PickPage { sheet, people };
        self.shown(scene, &page, &opened, None, || {
            "the page on which an account is picked".to_owned()
        })
    }

    /// Somebody was picked: known already, or to be asked for the password.
    pub(super) async fn picked(&self, scene: &Scene<'_>, id: &str, note: &mut Note) -> Done<Asked> {
        let session = self.session(scene.call).await?;
        let known = match &session {
            Some(session) => self.known_people(session, scene.place, None).await?,
            None => Vec::new(),
        };
        let chosen = known
            .into_iter()
            .find(|(signed, _)| signed.person.id.to_string() == id);
        let Some((signed, standing)) = chosen else {
            return Ok(Err(Box::new(self.name_page(scene, "", None)?)));
        };
        let upn = signed.person.upn.clone();
        note.subject = Some(upn.to_string());
        match standing {
            Ok(located) => {
                let known = Known::of_session(signed, located);
                self.standing(scene, known, None).await
            }
            Err(_) => {
                let wanted = Some(Kind::of(&signed.person));
                let located = self.locate_for(scene.caller, scene.place, &upn, wanted).await?;
                let page = self.password_page(scene, upn.as_str(), &located, wanted, None)?;
                Ok(Err(Box::new(page)))
            }
        }
    }

    /// One of them signs out; the others are shown again.
    pub(super) async fn forgotten(&self, scene: &Scene<'_>, id: &str) -> Done<Asked> {
        let (session, remembered) = match id.parse() {
            Ok(id) => self.forget(scene.call, id).await?,
            Err(_) => (self.session(scene.call).await?.unwrap_or_default(), None),
        };
        let (page, decision) = self.pick_page(scene, Some(&session)).await?;
        let page = match remembered {
            Some(remembered) => remembered.on(page),
            None => page,
        };
        Ok(Err(Box::new((page, decision))))
    }
}
