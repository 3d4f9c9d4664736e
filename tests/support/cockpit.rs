//! Drives the real binary in a pseudo-terminal, as a person would: press, look, press.

use portable_pty::{Child, CommandBuilder, ExitStatus, MasterPty, PtySize, native_pty_system};
use std::{
    io::{Read, Write},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::{self, Receiver, RecvTimeoutError},
    },
    thread,
    time::{Duration, Instant},
};
use tempfile::TempDir;

/// Generous: the machines of others are slow, and nothing waits this long when all is well.
const DEADLINE: Duration = Duration::from_secs(30);

/// The binary under test.
pub const BINARY: &str = env!("CARGO_BIN_EXE_flightdeck");

/// What makes the simulator untidy: `FLIGHTDECK_UNTIDY=SEED` or `SEED,future`; nothing without.
pub fn untidy() -> Vec<String> {
    std::env::var("FLIGHTDECK_UNTIDY").map_or_else(|_| Vec::new(), |seed| vec!["--untidy".into(), seed])
}

/// The directories of one person, empty at first.
pub struct Home {
    dir: TempDir,
}

impl Home {
    pub fn new() -> Self {
        Self { dir: tempfile::tempdir().unwrap() }
    }

    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    /// The variables a program started here gets, and no others.
    pub fn env(&self) -> Vec<(String, String)> {
        let dir = |name: &str| self.path().join(name).to_str().unwrap().to_owned();
        [
            ("HOME", dir("")),
            ("XDG_CONFIG_HOME", dir("config")),
            ("XDG_STATE_HOME", dir("state")),
            ("XDG_CACHE_HOME", dir("cache")),
            ("TMPDIR", dir("")),
            ("PATH", std::env::var("PATH").unwrap_or_default()),
            ("TERM", "xterm-256color".into()),
            ("LANG", "C.UTF-8".into()),
            ("AWS_EC2_METADATA_DISABLED", "true".into()),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .to_vec()
    }

    pub fn state(&self) -> PathBuf {
        self.path().join("state/flightdeck")
    }

    pub fn cache(&self) -> PathBuf {
        self.path().join("cache/flightdeck")
    }

    /// Variables that lead to a simulator.
    pub fn aws(&self, url: &str) -> Vec<(String, String)> {
        let mut env = self.env();
        for (name, value) in [
            ("AWS_ENDPOINT_URL", url),
            ("AWS_REGION", "us-west-2"),
            ("AWS_ACCESS_KEY_ID", "AKIADEMO"),
            ("AWS_SECRET_ACCESS_KEY", "secret"),
        ] {
            env.push((name.into(), value.into()));
        }
        env
    }
}

/// A program in a terminal.
pub struct Cockpit {
    parser: vt100::Parser,
    output: Receiver<Vec<u8>>,
    /// Whether somebody reads what it writes.
    reading: Arc<AtomicBool>,
    /// Everything the program wrote.
    pub raw: Vec<u8>,
    writer: Box<dyn Write + Send>,
    pub master: Option<Box<dyn MasterPty + Send>>,
    child: Box<dyn Child + Send + Sync>,
    status: Option<ExitStatus>,
    #[allow(dead_code)] // kept until the program has ended
    home: Option<Home>,
}

impl Cockpit {
    /// `flightdeck demo` in a home of its own.
    pub fn demo(size: (u16, u16)) -> Self {
        Self::demo_with(size, &[])
    }

    pub fn demo_with(size: (u16, u16), args: &[&str]) -> Self {
        Self::demo_read(size, args, true)
    }

    /// The same where nobody reads what it writes, from the first frame on.
    #[allow(dead_code)] // not every suite needs it
    pub fn demo_unread(size: (u16, u16)) -> Self {
        Self::demo_read(size, &[], false)
    }

    fn demo_read(size: (u16, u16), args: &[&str], read: bool) -> Self {
        let home = Home::new();
        let mut all = vec!["demo"];
        all.extend(args);
        let untidy = untidy();
        all.extend(untidy.iter().map(String::as_str));
        let mut cockpit = Self::begin(BINARY, &all, size, &home.env(), home.path(), read);
        cockpit.home = Some(home);
        cockpit
    }

    /// Any program.
    pub fn start(
        program: &str,
        args: &[&str],
        size: (u16, u16),
        env: &[(String, String)],
        cwd: &Path,
    ) -> Self {
        Self::begin(program, args, size, env, cwd, true)
    }

    fn begin(
        program: &str,
        args: &[&str],
        (columns, rows): (u16, u16),
        env: &[(String, String)],
        cwd: &Path,
        read: bool,
    ) -> Self {
        let pair = native_pty_system()
            .openpty(PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 })
            .unwrap();
        let mut command = CommandBuilder::new(program);
        command.args(args);
        command.env_clear();
        for (name, value) in env {
            command.env(name, value);
        }
        command.cwd(cwd);
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let mut reader = pair.master.try_clone_reader().unwrap();
        let writer = pair.master.take_writer().unwrap();
        let (tell, output) = mpsc::channel();
        let reading = Arc::new(AtomicBool::new(read));
        let wanted = Arc::clone(&reading);
        thread::spawn(move || {
            let mut buffer = vec![0; 1 << 16];
            loop {
                // nobody wakes it: whoever reads no more has no more to look at
                while !wanted.load(Ordering::SeqCst) {
                    thread::park();
                }
                match reader.read(&mut buffer) {
                    Ok(count @ 1..) if tell.send(buffer[..count].to_vec()).is_ok() => {}
                    _ => break,
                }
            }
        });
        Self {
            parser: vt100::Parser::new(rows.try_into().unwrap(), columns.try_into().unwrap(), 0),
            output,
            reading,
            raw: Vec::new(),
            writer,
            master: Some(pair.master),
            child,
            status: None,
            home: None,
        }
    }

    /// Presses keys: as typed, with `<enter>`, `<esc>`, `<tab>`, `<up>`, `<down>`, `<left>`, `<right>`,
    /// `<backspace>` and `<ctrl-x>`.
    pub fn keys(&mut self, text: &str) -> &mut Self {
        let mut bytes = Vec::new();
        let mut rest = text;
        while let Some(c) = rest.chars().next() {
            let named = rest.strip_prefix('<').and_then(|inner| inner.split_once('>'));
            let Some((name, after)) = named else {
                bytes.extend(c.to_string().as_bytes());
                rest = &rest[c.len_utf8()..];
                continue;
            };
            bytes.extend(match name {
                "enter" => b"\r".to_vec(),
                "esc" => b"\x1b".to_vec(),
                "tab" => b"\t".to_vec(),
                "up" => b"\x1b[A".to_vec(),
                "down" => b"\x1b[B".to_vec(),
                "right" => b"\x1b[C".to_vec(),
                "left" => b"\x1b[D".to_vec(),
                "backspace" => b"\x7f".to_vec(),
                "pagedown" => b"\x1b[6~".to_vec(),
                ctrl => vec![ctrl.strip_prefix("ctrl-").expect(name).as_bytes()[0] & 0x1f],
            });
            rest = after;
        }
        self.writer.write_all(&bytes).unwrap();
        self.writer.flush().unwrap();
        self
    }

    /// Waits until the screen shows the text.
    pub fn wait_for(&mut self, text: &str) -> &mut Self {
        self.wait_until(text, |screen| screen.contains(text))
    }

    /// Waits until the text is gone from the screen.
    pub fn wait_gone(&mut self, text: &str) -> &mut Self {
        self.wait_until(&format!("no {text}"), |screen| !screen.contains(text))
    }

    /// Waits until this was sent to the terminal, on the screen or not.
    pub fn wait_sent(&mut self, sequence: &str) -> &mut Self {
        let until = Instant::now() + DEADLINE;
        while !self.raw.windows(sequence.len()).any(|sent| sent == sequence.as_bytes()) {
            let left = until.saturating_duration_since(Instant::now());
            match self.output.recv_timeout(left) {
                Ok(bytes) => self.take(&bytes),
                Err(why) => panic!("waited for {sequence:?}, {why}; the screen:\n{}", self.screen()),
            }
        }
        self
    }

    /// Waits until the screen is as wanted.
    pub fn wait_until(&mut self, what: &str, wanted: impl Fn(&str) -> bool) -> &mut Self {
        let until = Instant::now() + DEADLINE;
        loop {
            if wanted(&self.screen()) {
                return self;
            }
            let left = until.saturating_duration_since(Instant::now());
            match self.output.recv_timeout(left) {
                Ok(bytes) => self.take(&bytes),
                Err(RecvTimeoutError::Timeout) => panic!("waited for {what}; the screen:\n{}", self.screen()),
                Err(RecvTimeoutError::Disconnected) if wanted(&self.screen()) => return self,
                Err(RecvTimeoutError::Disconnected) => {
                    panic!("ended before {what}; its last words:\n{}\n{}", self.screen(), self.tail())
                }
            }
        }
    }

    /// The screen as text, without what is behind the last character of each line.
    pub fn screen(&mut self) -> String {
        while let Ok(bytes) = self.output.try_recv() {
            self.take(&bytes);
        }
        let screen = self.parser.screen();
        let (_, columns) = screen.size();
        screen.rows(0, columns.get()).map(|row| row.trim_end().to_owned() + "\n").collect()
    }

    /// Takes in output for a while and says how much came; for what must not happen.
    pub fn quiet_for(&mut self, time: Duration) -> usize {
        let (until, before) = (Instant::now() + time, self.raw.len());
        while let Ok(bytes) = self.output.recv_timeout(until.saturating_duration_since(Instant::now())) {
            self.take(&bytes);
        }
        self.raw.len() - before
    }

    fn take(&mut self, bytes: &[u8]) {
        self.raw.extend_from_slice(bytes);
        self.parser.process(bytes);
    }

    fn tail(&self) -> String {
        String::from_utf8_lossy(&self.raw[self.raw.len().saturating_sub(2_000)..]).into_owned()
    }

    /// Hangs up: the terminal is gone.
    pub fn hang_up(&mut self) {
        self.master = None;
        self.writer = Box::new(std::io::sink());
        // The thread that reads lets go of its end when it has nobody to tell.
        self.output = mpsc::channel().1;
    }

    /// Sends a signal.
    pub fn signal(&self, name: &str) {
        let pid = self.child.process_id().unwrap().to_string();
        let sent = std::process::Command::new("kill").args(["-s", name, &pid]).status().unwrap();
        assert!(sent.success());
    }

    /// Changes the terminal's size.
    pub fn resize(&mut self, columns: u16, rows: u16) {
        // as much of it as a person could look at: every cell is kept here as well
        let shown = (rows.min(500).try_into().unwrap(), columns.min(1_000).try_into().unwrap());
        self.parser.screen_mut().set_size(shown.0, shown.1);
        self.master
            .as_ref()
            .unwrap()
            .resize(PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 })
            .unwrap();
    }

    /// Waits for the end; the exit code.
    pub fn ended(&mut self) -> u32 {
        let until = Instant::now() + DEADLINE;
        loop {
            match self.output.recv_timeout(until.saturating_duration_since(Instant::now())) {
                Ok(bytes) => self.take(&bytes),
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => panic!("did not end; the screen:\n{}", self.screen()),
            }
        }
        let status = self.wait();
        let code = status.exit_code();
        self.status = Some(status);
        code
    }

    /// Reads no more: the terminal is soon full.
    #[allow(dead_code)] // not every suite needs it
    pub fn read_no_more(&mut self) -> &mut Self {
        self.reading.store(false, Ordering::SeqCst);
        self
    }

    /// Waits until the program has made the terminal raw; it listens to signals by then.
    #[allow(dead_code)] // not every suite needs it
    pub fn wait_raw(&mut self) -> &mut Self {
        let until = Instant::now() + DEADLINE;
        while self.is_raw() != Some(true) {
            assert!(Instant::now() < until, "the terminal was not made raw");
            thread::yield_now();
        }
        self
    }

    /// Waits for the end of a program whose output nobody reads; the exit code.
    #[allow(dead_code)] // not every suite needs it
    pub fn ended_unread(&mut self) -> u32 {
        let status = self.wait();
        let code = status.exit_code();
        self.status = Some(status);
        code
    }

    /// Waits for the end by a signal; its name, as the system tells it.
    pub fn ended_by(&mut self) -> String {
        self.ended();
        self.status.as_ref().and_then(ExitStatus::signal).unwrap_or("none").to_owned()
    }

    /// Sends bytes as they are.
    pub fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        self.writer.write_all(bytes).unwrap();
        self.writer.flush().unwrap();
        self
    }

    fn wait(&mut self) -> ExitStatus {
        // Woken by the end of the output, which the end of the process follows at once; a terminal that was
        // hung up has no output, and is waited for by the bell of its last reader.
        let until = Instant::now() + DEADLINE;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(Instant::now() < until, "did not end; the screen:\n{}", self.screen());
            thread::yield_now();
        }
    }

    /// Whether the terminal's modes are those of a program that reads keys; none where that cannot be told.
    pub fn is_raw(&self) -> Option<bool> {
        let modes = self.master.as_ref()?.get_termios()?;
        Some(modes.local_flags.bits() & rustix::termios::LocalModes::ICANON.bits() == 0)
    }

    /// Everything the cockpit switches on is off again.
    pub fn assert_restored(&self) {
        self.assert_left();
        assert!(!self.parser.screen().bracketed_paste(), "bracketed paste was left on");
        assert_ne!(self.is_raw(), Some(true), "the terminal was left raw");
    }

    /// The same to a shell, which has a paste mode of its own.
    pub fn assert_left(&self) {
        let screen = self.parser.screen();
        assert!(!screen.alternate_screen(), "the alternate screen was left on");
        assert!(!screen.hide_cursor(), "the cursor was left hidden");
        assert_eq!(screen.mouse_protocol_mode(), vt100::MouseProtocolMode::None, "the mouse was left on");
    }
}

impl Drop for Cockpit {
    fn drop(&mut self) {
        if self.status.is_none() {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

/// `flightdeck sim` on a free port.
pub struct Sim {
    child: std::process::Child,
    pub url: String,
}

impl Sim {
    pub fn start(home: &Home, args: &[&str]) -> Self {
        use std::io::BufRead;
        let mut child = std::process::Command::new(BINARY)
            .args(["sim", "--listen", "127.0.0.1:0"])
            .args(args)
            .args(untidy())
            .env_clear()
            .envs(home.env())
            .stdout(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        std::io::BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        let url =
            line.trim().strip_prefix("listening on ").unwrap_or_else(|| panic!("said {line:?}")).to_owned();
        Self { child, url }
    }

    /// Orders a fault, as JSON.
    pub fn fault(&self, fault: &str) {
        self.request("POST", "/_sim/fault", fault);
    }

    /// How often an operation was called, `ecs.RunTask` for one.
    pub fn calls(&self, operation: &str) -> u64 {
        let answer = self.request("GET", "/_sim/calls", "");
        let body = answer.split_once("\r\n\r\n").unwrap().1;
        let calls: serde_json::Value = serde_json::from_str(body).unwrap();
        calls["counts"][operation].as_u64().unwrap_or(0)
    }

    /// What somebody else asks of ECS, or changes there; the answer's body.
    pub fn ecs(&self, operation: &str, body: &str) -> String {
        let address = self.url.strip_prefix("http://").unwrap();
        let mut stream = std::net::TcpStream::connect(address).unwrap();
        write!(
            stream,
            "POST / HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\ncontent-type: application/x-amz-json-1.1\r\n\
             x-amz-target: AmazonEC2ContainerServiceV20141113.{operation}\r\nauthorization: AWS4-HMAC-SHA256 \
             Credential=AKIADEMO/20261121/us-west-2/ecs/aws4_request, SignedHeaders=host, Signature=0\r\n\
             content-length: {}\r\n\r\n{body}",
            body.len()
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        answer.split_once("\r\n\r\n").map(|(_, body)| body.to_owned()).unwrap_or_default()
    }

    /// Asks one of the simulator's own addresses.
    pub fn request(&self, method: &str, path: &str, body: &str) -> String {
        Self::ask(&self.url, method, path, body)
    }

    /// The same, of the simulator at an address.
    pub fn ask(url: &str, method: &str, path: &str, body: &str) -> String {
        let address = url.strip_prefix("http://").unwrap();
        let mut stream = std::net::TcpStream::connect(address).unwrap();
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        answer
    }
}

impl Drop for Sim {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
