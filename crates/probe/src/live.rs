//! A Microsoft account: whether it can be signed in to by a program at all.
//!
//! Looked at before the organization's own sign-in, which says of such an account only that it is not a usable guest.

use std::time::Duration;

use client::{Realm, live_endpoint, live_sign_in};
use evidence::{Findings, Kind, Seen};
use types::{Secret, Upn};
use wire::rst2::{Answer, NO_MEMBER};

use crate::{Probe, World};

pub(crate) const PROBE: Probe = Probe {
    name: "microsoft-account",
    about: "the sign-in of a Microsoft account, and whether its address was verified",
    needs: "a user name whose domain belongs to no organization, and its password",
};

/// Tries the account where it could be a Microsoft account. False when it was refused there for a reason of its own;
/// then the password was tried, and is not sent anywhere else.
pub(crate) async fn look(
    world: &World<'_>,
    login: &str,
    (upn, password): (&Upn, &Secret),
    realm: &Realm,
    findings: &mut Findings,
) -> bool {
    let Some(certainly) = could_be(realm) else {
        return true;
    };
    world.begins(&PROBE);
    let endpoint = live_endpoint(login);
    let answer = live_sign_in(world.outside, &endpoint, (upn, password), &mut findings.steps).await;
    let what = "sign in to the Microsoft account";
    match answer {
        Ok(Answer::Granted(_)) => {
            findings.step(what, Seen::Ok(format!("{upn} can sign in")), Duration::ZERO);
            findings.see(Kind::Setting, "user=personal-account");
            true
        }
        Ok(Answer::Refused(fault)) if !certainly && fault.inner.as_deref() == Some(NO_MEMBER.inner) => {
            findings.step(what, Seen::Ok(format!("{upn} is none")), Duration::ZERO);
            true
        }
        Ok(Answer::Refused(fault)) => {
            let text = format!("{}: {}", fault.code, fault.text);
            findings.step(what, Seen::Failed(text), Duration::ZERO);
            findings.see(Kind::Code, &fault.code);
            findings.said(&fault.text);
            findings.see(Kind::Setting, "user=personal-account");
            false
        }
        // Where the old service is no more, nothing follows from that.
        Err(error) => {
            findings.step(
                what,
                Seen::Skipped(format!("it cannot be measured: {error}")),
                Duration::ZERO,
            );
            true
        }
    }
}

/// Whether the realm leaves room for a Microsoft account: `true` when it says so itself (facts/identity.md 1.10).
fn could_be(realm: &Realm) -> Option<bool> {
    let realm = realm.said()?;
    let unknown = realm.account_type.eq_ignore_ascii_case("unknown");
    match realm.is_personal() {
        true => Some(true),
        false => unknown.then_some(false),
    }
}
