//! What each mail says. Our own words: the real ones are not ours to copy.

use types::Secret;

use super::{Action, Letter};

/// Follow the link to show that the address is yours (row 000-17).
pub fn verification(name: &str, address: &str, link: &str) -> Letter {
    Letter {
        subject: "Verify your email address".into(),
        paragraphs: vec![
            format!("Hello {name},"),
            format!(
                "A Microsoft account was made with the address {address}. Follow the link to show that the mailbox \
                 is yours. Until then programs such as the Outlook client cannot sign in with it."
            ),
        ],
        action: action("Verify the address", link),
        closing: vec![
            "The link works once and holds for 24 hours. You can ask for another one on the account's page."
                .into(),
            "If you did not make this account, do nothing.".into(),
        ],
        ..Letter::default()
    }
}

/// Follow the link to choose a new password.
pub fn reset(name: &str, user: &str, link: &str) -> Letter {
    Letter {
        subject: "Reset your password".into(),
        paragraphs: vec![
            format!("Hello {name},"),
            format!(
                "Someone asked for a new password for {user}. If it was you, follow the link and choose one."
            ),
        ],
        action: action("Choose a new password", link),
        closing: vec![
            "The link works once and holds for one hour.".into(),
            "If it was not you, do nothing: your password stays as it is.".into(),
        ],
        ..Letter::default()
    }
}

/// Someone asked for a new password, and this way leads to none: why, and who can help (rows 003-08 and 003-10).
pub fn no_reset(name: &str, user: &str, why: &str, next: &str, people: &[String]) -> Letter {
    let help = match people {
        [] => Vec::new(),
        people => vec![format!("Who can help: {}.", people.join(", "))],
    };
    Letter {
        subject: "Your password was not reset".into(),
        paragraphs: [
            format!("Hello {name},"),
            format!(
                "Someone asked for a new password for {user}. No link can be sent, because {why}. What to do: {next}."
            ),
        ]
        .into_iter()
        .chain(help)
        .collect(),
        closing: vec!["If it was not you, do nothing: your password stays as it is.".into()],
        ..Letter::default()
    }
}

/// Someone tried to make an account on an address that has one.
pub fn has_account(name: &str, address: &str, reset: &str) -> Letter {
    Letter {
        subject: "You already have a Microsoft account".into(),
        paragraphs: vec![
            format!("Hello {name},"),
            format!(
                "Someone tried to make a Microsoft account with the address {address}, which has one already. Nothing \
                 was changed. If it was you, sign in with the password that you have, or choose a new one."
            ),
        ],
        action: action("I forgot my password", reset),
        closing: vec!["If it was not you, do nothing.".into()],
        ..Letter::default()
    }
}

/// An administrator has set a temporary password (row 003-09).
pub fn temporary(name: &str, user: &str, password: &Secret, sign_in: &str) -> Letter {
    Letter {
        subject: "Your password was reset by your administrator".into(),
        paragraphs: vec![
            format!("Hello {name},"),
            "Your administrator has given you a temporary password. Sign in with it; you will then be asked to \
             enter a new password of your own."
                .into(),
        ],
        facts: vec![
            ("User name".into(), user.into()),
            ("Temporary password".into(), password.expose().into()),
        ],
        action: action("Sign in", sign_in),
        closing: vec![
            "Programs cannot sign in with a temporary password: sign in with a browser first.".into(),
        ],
    }
}

/// The password was changed.
pub fn password_changed(name: &str, user: &str, help: &str) -> Letter {
    Letter {
        subject: "Your password was changed".into(),
        paragraphs: vec![
            format!("Hello {name},"),
            format!("The password of {user} was changed. You have been signed out everywhere."),
        ],
        action: action("It was not me", help),
        ..Letter::default()
    }
}

/// An authenticator was registered.
pub fn authenticator(name: &str, user: &str) -> Letter {
    Letter {
        subject: "An authenticator was registered".into(),
        paragraphs: vec![
            format!("Hello {name},"),
            format!("An authenticator app was registered as the second factor of {user}."),
        ],
        closing: vec![
            "If it was not you, tell an administrator: they can remove it and end every session.".into(),
        ],
        ..Letter::default()
    }
}

/// You are invited (rows 003-21 and 003-25): name, address, whether an account is still to be made on it.
pub fn invitation(
    (name, address, new): (&str, &str, bool),
    from: &str,
    place: Option<(&str, &str)>,
    link: &str,
) -> Letter {
    let mut facts = vec![("Sign in as".to_owned(), address.to_owned())];
    if let Some((title, url)) = place {
        facts.push((title.to_owned(), url.to_owned()));
    }
    Letter {
        subject: format!("{from} invited you"),
        paragraphs: vec![
            format!("Hello {name},"),
            format!(
                "{from} has given you access. Accept the invitation, and sign in with the address it was sent to: \
                 {address}. Another address of yours is not known there."
            ),
        ],
        facts,
        action: action("Accept the invitation", link),
        closing: new
            .then(|| {
                "You have no Microsoft account with this address yet: you can make one on the way.".into()
            })
            .into_iter()
            .chain(["If you lose this mail, ask the administrator who invited you.".into()])
            .collect(),
    }
}

/// The direct address of a service, for somebody of the same tenant (rows 003-21 and 003-28).
pub fn address(name: &str, user: &str, from: &str, title: &str, url: &str) -> Letter {
    Letter {
        subject: format!("Your address of {title}"),
        paragraphs: vec![
            format!("Hello {name},"),
            format!(
                "{from} has set up {title} for you. It has an address of its own; keep it as a bookmark."
            ),
        ],
        facts: vec![
            ("Sign in as".to_owned(), user.to_owned()),
            ("Address".to_owned(), url.to_owned()),
        ],
        action: action(&format!("Open {title}"), url),
        closing: vec!["If you lose this mail, ask your administrator.".into()],
    }
}

fn action(label: &str, url: &str) -> Option<Action> {
    Some(Action {
        label: label.to_owned(),
        url: url.to_owned(),
    })
}
