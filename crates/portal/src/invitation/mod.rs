//! `invitations.microsoft.com`: an invitation is accepted by its link, as who was invited (rows 003-21 and 003-25).
//!
//! The link alone shows who invites whom; to accept, one signs in with the invited address.

mod accept;
mod redeem;

use serde_json::{Value, json};
use standin::control::Problem;

use crate::{Site, page::Ask, stop::Stop, text::query};

pub(crate) const SITE: Site = Site {
    sign_in_at: "common",
    host: Some("invitations.microsoft.com"),
    name: "Invitations",
    nav: &[],
    pages: &[redeem::PAGE, accept::PAGE],
};

/// What a link is for.
struct Invitation {
    token: String,
    address: String,
    from: String,
    /// The organization it leads to, and its address as it is reached from here.
    organization: Option<(String, String)>,
    /// Nobody has the address yet.
    sign_up: bool,
}

impl Invitation {
    /// As the next page takes it.
    fn query(&self) -> String {
        query(&[("token", &self.token)])
    }
}

/// What the link of this request is for, or why it is of no use.
async fn read(ask: &Ask<'_>, token: &str) -> Result<Result<Invitation, Problem>, Stop> {
    let found = match ask.act("readInvitation", &[], &json!({ "token": token })).await {
        Ok(found) => found,
        Err(Stop::Refused(problem)) => return Ok(Err(problem)),
        Err(other) => return Err(other),
    };
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let organization = found["organization"].as_array().map(|place| {
        let url = place.get(1).map(text).unwrap_or_default();
        (
            place.first().map(text).unwrap_or_default(),
            ask.call.form.dress(&url),
        )
    });
    Ok(Ok(Invitation {
        token: token.to_owned(),
        address: text(&found["address"]),
        from: text(&found["from"]),
        organization,
        sign_up: found["sign_up"] == true,
    }))
}
