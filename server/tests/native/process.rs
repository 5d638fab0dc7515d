//! The server as a child process, and the smallest HTTP client that can talk to it.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// The example configuration, which every test but those of the defaults uses.
const CONFIG: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/grantflow.toml");

/// A running server; it dies with the value.
pub(crate) struct Server {
    child: Child,
    pub(crate) address: SocketAddr,
    pub(crate) issuer: String,
    stdout: BufReader<std::process::ChildStdout>,
    log: Arc<Mutex<String>>,
}

impl Server {
    /// The example configuration on a free port.
    pub(crate) fn example() -> Self {
        Self::example_with(&[])
    }

    /// The same with more flags.
    pub(crate) fn example_with(flags: &[&str]) -> Self {
        Self::configured_with("", flags)
    }

    /// The same with more lines at the top of the configuration.
    pub(crate) fn configured(lines: &str) -> Self {
        Self::configured_with(lines, &[])
    }

    fn configured_with(lines: &str, flags: &[&str]) -> Self {
        // The example has an issuer of its own; here it follows the port.
        let text = std::fs::read_to_string(CONFIG).unwrap();
        let text = lines.to_owned() + &text.replace("\nissuer = ", "\n# issuer = ");
        let path = scratch("grantflow.toml");
        std::fs::write(&path, text).unwrap();
        Self::start(&[&["--config", path.to_str().unwrap()], flags].concat())
    }

    /// `grantflow serve` on a free port with `flags`.
    pub(crate) fn start(flags: &[&str]) -> Self {
        let mut child = command(flags).spawn().unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut stderr = BufReader::new(child.stderr.take().unwrap());
        let log = Arc::new(Mutex::new(String::new()));
        let sink = Arc::clone(&log);
        thread::spawn(move || {
            let mut line = String::new();
            while stderr.read_line(&mut line).is_ok_and(|read| read > 0) {
                sink.lock().unwrap().push_str(&std::mem::take(&mut line));
            }
        });
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        let issuer = line.strip_prefix("grantflow listens on ").expect(&line).trim().to_owned();
        let address = issuer.strip_prefix("http://").unwrap().parse().unwrap();
        Self { child, address, issuer, stdout, log }
    }

    /// The next line of standard output.
    pub(crate) fn next_line(&mut self) -> String {
        let mut line = String::new();
        self.stdout.read_line(&mut line).unwrap();
        line
    }

    /// Everything logged so far.
    pub(crate) fn log(&self) -> String {
        // The pipe is read by another thread; a request is logged before it is answered.
        thread::sleep(Duration::from_millis(100));
        self.log.lock().unwrap().clone()
    }

    pub(crate) fn get(&self, target: &str, headers: &[(&str, &str)]) -> Reply {
        self.send(&request("GET", target, headers, b""))
    }

    pub(crate) fn post(&self, target: &str, headers: &[(&str, &str)], form: &str) -> Reply {
        let form_type = ("content-type", "application/x-www-form-urlencoded");
        self.send(&request("POST", target, &[&[form_type], headers].concat(), form.as_bytes()))
    }

    /// Sends bytes as they are, and reads the answer to its end.
    pub(crate) fn send(&self, bytes: &[u8]) -> Reply {
        let mut stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        // A server that has heard enough answers and hangs up; that is no fault of the test.
        let _ = stream.write_all(bytes);
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        let _ = stream.shutdown(Shutdown::Both);
        Reply::parse(&answer)
    }

    /// Asks the process to stop, and waits until it has.
    pub(crate) fn terminate(mut self) -> ExitStatus {
        Command::new("kill").arg(self.child.id().to_string()).status().unwrap();
        self.child.wait().unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn command(flags: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_grantflow"));
    command.arg("serve").args(flags).env_clear();
    if !flags.contains(&"--listen") {
        command.args(["--listen", "127.0.0.1:0"]);
    }
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// What the operator is told when the server does not start. `flags` come in front of the rest.
pub(crate) fn refusal(flags: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_grantflow"));
    let output = command.arg("serve").args(flags).env_clear().output().unwrap();
    assert!(!output.status.success());
    assert!(output.stdout.is_empty(), "it said that it listens");
    String::from_utf8(output.stderr).unwrap()
}

/// A path for a file of this test alone.
pub(crate) fn scratch(name: &str) -> PathBuf {
    static NEXT: Mutex<u32> = Mutex::new(0);
    let mut next = NEXT.lock().unwrap();
    *next += 1;
    let directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("native-{next}"));
    // An earlier run has left its own there.
    let _ = std::fs::remove_dir_all(&directory);
    std::fs::create_dir_all(&directory).unwrap();
    directory.join(name)
}

/// The bytes of a request on a connection of its own.
pub(crate) fn request(
    method: &str,
    target: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> Vec<u8> {
    let mut head = format!("{method} {target} HTTP/1.1\r\nhost: as\r\nconnection: close\r\n");
    for (name, value) in headers {
        head = head + name + ": " + value + "\r\n";
    }
    if !body.is_empty() {
        head = head + "content-length: " + &body.len().to_string() + "\r\n";
    }
    [(head + "\r\n").as_bytes(), body].concat()
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Reply {
    fn parse(bytes: &[u8]) -> Self {
        let text = String::from_utf8_lossy(bytes);
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
        let mut lines = head.lines();
        let status = lines.next().and_then(|line| line.split(' ').nth(1)?.parse().ok());
        let headers = lines.filter_map(|line| line.split_once(": "));
        let headers = headers.map(|(n, v)| (n.to_ascii_lowercase(), v.to_owned())).collect();
        Self { status: status.unwrap_or(0), headers, body: body.to_owned() }
    }

    /// The one value of a header; empty if it is not there.
    pub(crate) fn header(&self, name: &str) -> &str {
        let mut values = self.headers.iter().filter(|(n, _)| n == name).map(|(_, value)| value);
        let value = values.next().map_or("", String::as_str);
        assert!(values.next().is_none(), "{name} is there twice");
        value
    }

    /// Every value of a header that may be there more than once.
    pub(crate) fn all(&self, name: &str) -> Vec<&str> {
        self.headers.iter().filter(|(n, _)| n == name).map(|(_, value)| value.as_str()).collect()
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        assert_eq!(self.header("content-type"), "application/json", "{}", self.body);
        serde_json::from_str(&self.body).expect(&self.body)
    }
}
