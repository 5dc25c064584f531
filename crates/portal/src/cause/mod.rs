//! `/causes/<id>`: one cause; what people see, why, and what to do.

mod view;

use evidence::Decision;
use http::StatusCode;
use standin::edge::Handled;
use wire::Call;

use crate::{Page, Portal, ready, shell};
use view::View;

pub(crate) const PAGE: Page = Page {
    path: "/causes/*",
    about: "one cause: what people see, why, and what to do",
    most_body: 0,
    handle,
};

fn handle<'a>(portal: &'a Portal, call: &'a Call) -> Handled<'a> {
    let id = call.path.trim_start_matches("/causes/");
    ready(match portal.catalog.get(id) {
        Some(cause) => shell::page(
            StatusCode::OK,
            &View::of(portal.catalog, cause),
            Decision::served("the page of a cause"),
        ),
        None => shell::missing("There is no such cause"),
    })
}
