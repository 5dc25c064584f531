//! A future whose type is hidden.

use std::pin::Pin;

/// What will be there later.
///
/// A future is compiled wherever it is awaited, again in each crate, with that crate's settings; behind a box it is
/// compiled once, where it was made. The doors between crates give these.
pub type Later<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;
