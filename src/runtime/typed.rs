//! What is typed in answer to a question, without a screen.

#[cfg(unix)]
mod system {
    use rustix::termios::{
        LocalModes, OptionalActions, QueueSelector, Termios, tcflush, tcgetattr, tcsetattr,
    };
    use std::io;

    /// Forgets what was typed and not read yet.
    pub fn forget() {
        let _ = tcflush(io::stdin(), QueueSelector::IFlush);
    }

    /// Reads what is typed past the standard library's own buffer, which would keep what [`forget`] has to forget.
    ///
    /// # Errors
    /// When nobody types any more.
    pub fn read(buffer: &mut [u8]) -> io::Result<usize> {
        Ok(rustix::io::read(io::stdin(), buffer)?)
    }

    /// While it lives the terminal gives each key at once, and shows none; signals stay signals. What was typed and
    /// not taken does not reach the shell afterwards.
    #[derive(Debug)]
    pub struct OneKey(Option<Termios>);

    impl OneKey {
        /// From now on.
        pub fn begin() -> Self {
            let before = tcgetattr(io::stdin()).ok();
            if let Some(mut modes) = before.clone() {
                modes.local_modes.remove(LocalModes::ICANON | LocalModes::ECHO);
                let _ = tcsetattr(io::stdin(), OptionalActions::Now, &modes);
            }
            Self(before)
        }
    }

    impl Drop for OneKey {
        fn drop(&mut self) {
            forget();
            if let Some(before) = &self.0 {
                let _ = tcsetattr(io::stdin(), OptionalActions::Now, before);
            }
        }
    }
}

/// A console gives lines: a key wants Enter behind it here, and what was typed before a question counts.
#[cfg(not(unix))]
mod system {
    use std::io::{self, Read};

    /// Nothing can be forgotten here.
    pub fn forget() {}

    /// Reads what is typed.
    ///
    /// # Errors
    /// When nobody types any more.
    pub fn read(buffer: &mut [u8]) -> io::Result<usize> {
        io::stdin().read(buffer)
    }

    /// Keys come by lines here.
    #[derive(Debug)]
    pub struct OneKey(());

    impl OneKey {
        /// From now on.
        pub fn begin() -> Self {
            Self(())
        }
    }
}

pub use system::{OneKey, forget, read};
