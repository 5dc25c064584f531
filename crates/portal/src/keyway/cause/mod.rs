//! `/causes/<id>`: one cause; what people see, why, and what to do.

mod view;

use catalog::Catalog;
use evidence::Decision;
use http::StatusCode;

use crate::{
    page::{Ask, Needs, Page, Reply},
    shell,
    stop::Stop,
};
use view::View;

pub(crate) const PAGE: Page = Page {
    path: "/causes/{cause}",
    about: "one cause: what people see, why, and what to do",
    needs: Needs::Nothing,
    most_body: 0,
    handle: |ask| Box::pin(async move { show(ask) }),
};

fn show(ask: &Ask<'_>) -> Reply {
    let catalog = Catalog::embedded();
    let cause = catalog
        .get(ask.param("cause"))
        .ok_or_else(|| Stop::Missing("There is no such cause".into()))?;
    shell::page(
        StatusCode::OK,
        &View::of(ask.frame(), catalog, cause),
        Decision::served("the page of a cause"),
    )
}
