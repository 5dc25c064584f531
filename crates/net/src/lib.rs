//! Outward connections: name, address, proxy, TLS, one HTTP request. Each phase leaves a step of evidence
//! and fails with an error of its own, which says what happened, to what, and what to do next.
//!
//! Nothing here follows a redirect, retries, or waits for `Retry-After`: the caller decides, because only the
//! caller knows whether a request may be repeated. To add a phase: a file with its function, its error in
//! `error.rs`, and its call in `exchange.rs`.

mod certificate;
mod connect;
pub mod dirs;
mod error;
mod exchange;
mod keep;
mod proxy;
mod resolve;
mod target;
mod tls;

pub use certificate::CertificateFacts;
pub use error::{NetError, Phase, TlsFailure};
pub use exchange::{Net, Request, Response, Settings, Timeouts};
pub use proxy::{BadProxy, Proxy, ProxyRules};
pub use resolve::resolve;
