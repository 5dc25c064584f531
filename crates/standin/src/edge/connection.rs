//! One connection: TLS, then HTTP in the version both sides agreed on.

use std::{convert::Infallible, net::IpAddr, sync::Arc};

use hyper::{server::conn, service::service_fn};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    time::timeout,
};
use tokio_rustls::{LazyConfigAcceptor, server::TlsStream};

use super::{Edge, listen::Stop, printable, route::Conn};

impl Edge {
    /// Serves TLS on a stream until either side ends it. A tunnel's stream names the port of its proxy.
    pub(crate) async fn serve<S>(
        self: Arc<Self>,
        stream: S,
        peer: IpAddr,
        proxy_port: Option<u16>,
        stop: Stop,
    ) where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        // A client that hangs in the handshake, or breaks it off, never asked anything.
        let handshake = timeout(self.parts.limits.handshake, self.handshake(stream)).await;
        let Ok(Some((stream, server_name))) = handshake else {
            return;
        };
        let conn = Arc::new(Conn {
            peer,
            server_name,
            proxy_port,
        });
        if stream.get_ref().1.alpn_protocol() == Some(b"h2") {
            self.serve_http2(stream, conn, stop).await;
        } else {
            self.serve_http1(stream, conn, stop).await;
        }
    }

    async fn handshake<S>(&self, stream: S) -> Option<(TlsStream<S>, Option<String>)>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let start = LazyConfigAcceptor::new(rustls::server::Acceptor::default(), stream)
            .await
            .ok()?;
        let server_name = start.client_hello().server_name().map(str::to_ascii_lowercase);
        if let Some(name) = &server_name
            && self.certificates.certificate(name).is_none()
        {
            let name = printable(name, 253);
            self.note_refused(
                "TLS",
                &name,
                0,
                format!("a TLS connection was opened for {name}, which is no name of the stand-in"),
            );
        }
        match start.into_stream(self.tls.clone()).await {
            Ok(stream) => Some((stream, server_name)),
            Err(error) => {
                tracing::debug!(%error, ?server_name, "a TLS handshake failed; the client may not trust ca.pem");
                None
            }
        }
    }

    async fn serve_http1<S>(self: Arc<Self>, stream: TlsStream<S>, conn: Arc<Conn>, mut stop: Stop)
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let edge = self.clone();
        let service = service_fn(move |request| {
            let (edge, conn) = (edge.clone(), conn.clone());
            async move { Ok::<_, Infallible>(edge.respond(conn, request).await) }
        });
        let mut http = conn::http1::Builder::new();
        http.timer(TokioTimer::new())
            .header_read_timeout(self.parts.limits.head_time)
            // Who ends its own side first still gets its answer. To watch for that end while a request is answered, the
            // library would also take another buffer for each one.
            .half_close(true)
            .max_buf_size(self.parts.limits.head);
        let mut serving = std::pin::pin!(http.serve_connection(TokioIo::new(stream), service));
        let ended = tokio::select! {
            biased;
            ended = &mut serving => ended,
            () = stop.told() => {
                serving.as_mut().graceful_shutdown();
                serving.await
            }
        };
        self.ended(ended);
    }

    async fn serve_http2<S>(self: Arc<Self>, stream: TlsStream<S>, conn: Arc<Conn>, mut stop: Stop)
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let edge = self.clone();
        let service = service_fn(move |request| {
            let (edge, conn) = (edge.clone(), conn.clone());
            async move { Ok::<_, Infallible>(edge.respond(conn, request).await) }
        });
        let mut http = conn::http2::Builder::new(TokioExecutor::new());
        // The library ends a connection whose head is too large, without an answer. So it takes more than we do, and
        // `route` refuses what is beyond our own limit.
        let head = u32::try_from(self.parts.limits.head.saturating_mul(16)).unwrap_or(u32::MAX);
        http.timer(TokioTimer::new())
            .max_header_list_size(head)
            .max_concurrent_streams(100)
            // A peer that is gone without a word is noticed.
            .keep_alive_interval(self.parts.limits.head_time)
            .keep_alive_timeout(self.parts.limits.head_time);
        let mut serving = std::pin::pin!(http.serve_connection(TokioIo::new(stream), service));
        let ended = tokio::select! {
            biased;
            ended = &mut serving => ended,
            () = stop.told() => {
                serving.as_mut().graceful_shutdown();
                serving.await
            }
        };
        self.ended(ended);
    }

    /// What could not be read as HTTP was answered by the HTTP library; the line is ours to write.
    fn ended(&self, ended: Result<(), hyper::Error>) {
        if let Err(error) = ended
            && (error.is_parse() || error.is_parse_too_large())
        {
            let status = if error.is_parse_too_large() { 431 } else { 400 };
            self.note_refused("?", "", status, format!("the request is not HTTP: {error}"));
        }
    }
}
