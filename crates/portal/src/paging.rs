//! Long lists, a page at a time.

use crate::page::Ask;

/// Where in a long list one is; `paging.html` shows it.
#[derive(Debug)]
pub(crate) struct Paging {
    /// How many there are in all.
    pub(crate) total: usize,
    /// Which page this is, from 1.
    pub(crate) page: usize,
    /// How many pages there are, at least 1.
    pub(crate) pages: usize,
    /// What the list is of, where a page has several.
    pub(crate) of: &'static str,
    /// The address of the page before.
    pub(crate) before: Option<String>,
    /// The address of the page after.
    pub(crate) after: Option<String>,
}

/// The page of the list that the query's `page` asks for, or the nearest there is.
pub(crate) fn paged<T>(ask: &Ask<'_>, all: Vec<T>, each: usize) -> (Vec<T>, Paging) {
    leafed(ask, ("page", "the list"), all, each)
}

/// The same for one list of several: the name of its own parameter of the query, and what it is a list of.
pub(crate) fn leafed<T>(
    ask: &Ask<'_>,
    (name, of): (&str, &'static str),
    all: Vec<T>,
    each: usize,
) -> (Vec<T>, Paging) {
    let total = all.len();
    let pages = total.div_ceil(each).max(1);
    let asked = ask.query.get(name).and_then(|page| page.parse::<usize>().ok());
    let page = asked.unwrap_or(1).clamp(1, pages);
    let address = |page: usize| {
        let mut query = ask.query.clone();
        query.set(name, page.to_string());
        format!("{}?{}", ask.call.path, query.encode())
    };
    let paging = Paging {
        total,
        page,
        pages,
        of,
        before: (page > 1).then(|| address(page - 1)),
        after: (page < pages).then(|| address(page + 1)),
    };
    let shown = all.into_iter().skip((page - 1) * each).take(each).collect();
    (shown, paging)
}
