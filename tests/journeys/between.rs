//! A proxy and a server with TLS of its own, as they stand between people and AWS.

use rustls::{ServerConfig, pki_types::PrivateKeyDer};
use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional},
    net::{TcpListener, TcpStream},
};
use tokio_rustls::TlsAcceptor;

/// What goes through the proxy: the first line and the password of each connection.
pub type Seen = Arc<Mutex<Vec<String>>>;

/// A proxy on loopback that leads every name to one place, whatever is asked for: plain requests to `plain`, tunnels
/// to `tunnels`. `password` is what it asks for, in base64.
pub struct Proxy {
    pub address: SocketAddr,
    pub seen: Seen,
    _runtime: tokio::runtime::Runtime,
}

impl Proxy {
    pub fn start(plain: SocketAddr, tunnels: SocketAddr, password: Option<&'static str>) -> Self {
        let runtime = runtime();
        let seen = Seen::default();
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = listener.local_addr().unwrap();
        let told = Arc::clone(&seen);
        runtime.spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(carry(stream, plain, tunnels, password, Arc::clone(&told)));
            }
        });
        Self { address, seen, _runtime: runtime }
    }

    pub fn lines(&self) -> Vec<String> {
        self.seen.lock().unwrap().clone()
    }
}

async fn carry(
    mut stream: TcpStream,
    plain: SocketAddr,
    tunnels: SocketAddr,
    password: Option<&str>,
    seen: Seen,
) -> Option<()> {
    let mut head = Vec::new();
    while !head.windows(4).any(|end| end == b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).await.ok()?;
        head.push(byte[0]);
    }
    let text = String::from_utf8_lossy(&head).into_owned();
    let line = text.lines().next().unwrap_or_default().to_owned();
    seen.lock().unwrap().push(line.clone());
    if password.is_some_and(|word| !text.contains(&format!("Basic {word}"))) {
        let refusal =
            "HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
        stream.write_all(refusal.as_bytes()).await.ok()?;
        return None;
    }
    let mut beyond = if line.starts_with("CONNECT ") {
        stream.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await.ok()?;
        TcpStream::connect(tunnels).await.ok()?
    } else {
        let mut beyond = TcpStream::connect(plain).await.ok()?;
        beyond.write_all(&head).await.ok()?;
        beyond
    };
    copy_bidirectional(&mut stream, &mut beyond).await.ok().map(|_| ())
}

/// A server that takes TLS off and hands on to `plain`; its certificate is signed by nobody but itself.
pub struct Tls {
    pub address: SocketAddr,
    /// The certificate, as a file of authorities holds it.
    pub authority: String,
    _runtime: tokio::runtime::Runtime,
}

impl Tls {
    pub fn start(name: &str, plain: SocketAddr) -> Self {
        let own = rcgen::generate_simple_self_signed(vec![name.to_owned()]).unwrap();
        let key = PrivateKeyDer::Pkcs8(own.signing_key.serialize_der().into());
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![own.cert.der().clone()], key)
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let runtime = runtime();
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = listener.local_addr().unwrap();
        runtime.spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let acceptor = acceptor.clone();
                tokio::spawn(async move {
                    let mut stream = acceptor.accept(stream).await.ok()?;
                    let mut beyond = TcpStream::connect(plain).await.ok()?;
                    copy_bidirectional(&mut stream, &mut beyond).await.ok()
                });
            }
        });
        Self { address, authority: own.cert.pem(), _runtime: runtime }
    }
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap()
}
