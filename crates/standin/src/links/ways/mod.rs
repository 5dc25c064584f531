//! The list of ways, and what a link does while none is put on it.

mod certificate_expired;
mod certificate_intercepted;
mod certificate_of_another;
mod certificate_of_own_authority;
mod certificate_self_signed;
mod no_shared_cipher;
mod old_tls;
mod port_refused;
mod proxy_credentials;
mod reset;
mod silent;
mod tenants_restricted;

use std::sync::Arc;

use tokio::{io::copy_bidirectional, net::TcpStream};

use super::{Behind, Met, Way};

/// Every way of failing that can be put on a link.
pub(crate) static WAYS: &[Way] = &[
    port_refused::WAY,
    silent::WAY,
    reset::WAY,
    certificate_expired::WAY,
    certificate_self_signed::WAY,
    certificate_of_another::WAY,
    certificate_intercepted::WAY,
    certificate_of_own_authority::WAY,
    old_tls::WAY,
    no_shared_cipher::WAY,
    proxy_credentials::WAY,
    tenants_restricted::WAY,
];

/// Carries a connection to where the link leads, byte for byte.
pub(super) fn carry(stream: TcpStream, behind: Arc<Behind>) -> Met {
    Box::pin(async move {
        let mut stream = stream;
        if let Ok(mut to) = TcpStream::connect(behind.to).await {
            // Either side may go at any time.
            let _ = copy_bidirectional(&mut stream, &mut to).await;
        }
    })
}
