//! A pipe to a program: it writes, and the runtime reads without waiting.

use std::io::{self, PipeWriter};

/// The end that is read.
#[cfg(unix)]
pub type Reader = tokio::net::unix::pipe::Receiver;

/// The end that is read: a thread waits for the system's pipe, which knows nothing of readiness here, and hands on.
#[cfg(not(unix))]
pub type Reader = tokio::io::DuplexStream;

/// Makes one.
///
/// # Errors
/// Where the system has no room for it.
#[cfg(unix)]
pub fn pipe() -> io::Result<(Reader, PipeWriter)> {
    let (reader, writer) = io::pipe()?;
    Ok((Reader::from_owned_fd(std::os::fd::OwnedFd::from(reader))?, writer))
}

/// Makes one; within a runtime.
///
/// # Errors
/// Where the system has no room for it.
#[cfg(not(unix))]
pub fn pipe() -> io::Result<(Reader, PipeWriter)> {
    use std::io::Read;
    use tokio::io::AsyncWriteExt;

    let (mut system, writer) = io::pipe()?;
    let (mut hand_on, reader) = tokio::io::duplex(8 * 1_024);
    let runtime = tokio::runtime::Handle::current();
    std::thread::Builder::new().name("pipe".into()).spawn(move || {
        let mut buffer = [0_u8; 8 * 1_024];
        while let Ok(count @ 1..) = system.read(&mut buffer) {
            let bytes = buffer.get(..count).unwrap_or_default();
            if runtime.block_on(hand_on.write_all(bytes)).is_err() {
                return;
            }
        }
    })?;
    Ok((reader, writer))
}
