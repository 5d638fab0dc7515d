//! The server as a child process, and what stands between it and the crate.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use openidconnect::http::header::{AUTHORIZATION, HOST};
use openidconnect::http::{Request, StatusCode, Uri};
use openidconnect::{AccessToken, HttpRequest, HttpResponse, IssuerUrl, SyncHttpClient};
use ureq::Agent;

/// What the server is called where it is not said.
const ISSUER: &str = "https://id.example";

/// Most time for an answer.
const PATIENCE: Duration = Duration::from_secs(20);

/// A running server; it dies with the value.
pub(crate) struct Server {
    // It is here for the day that it is dropped.
    _process: Process,
    agent: Agent,
    address: String,
    pub(crate) issuer: IssuerUrl,
}

impl Server {
    /// A server behind a proxy that ends TLS.
    pub(crate) fn start(config: &str) -> Self {
        Self::start_with(&["--issuer", ISSUER], config)
    }

    /// A server of this machine, without TLS.
    pub(crate) fn start_plain(config: &str) -> Self {
        Self::start_with(&[], config)
    }

    fn start_with(flags: &[&str], config: &str) -> Self {
        let (process, address) = Process::start(flags, config);
        let issuer = if flags.is_empty() { address.clone() } else { ISSUER.into() };
        let agent = Agent::config_builder()
            .proxy(None)
            .http_status_as_error(false)
            .max_redirects(0)
            .timeout_global(Some(PATIENCE));
        let agent = agent.build().new_agent();
        Self { _process: process, agent, address, issuer: IssuerUrl::new(issuer).unwrap() }
    }

    /// Whether the guide's resource lets the holder of a token in.
    pub(crate) fn lets_in(&self, token: &AccessToken) -> bool {
        let request = Request::get(format!("{}/api/tasks", self.issuer.as_str()))
            .header(AUTHORIZATION, format!("Bearer {}", token.secret()));
        let response = self.call(request.body(Vec::new()).unwrap()).unwrap();
        match response.status() {
            StatusCode::OK => true,
            StatusCode::UNAUTHORIZED => false,
            other => panic!("{other}"),
        }
    }
}

/// The crate's HTTP client: a proxy that ends TLS, if there was any, and follows no redirect.
impl SyncHttpClient for Server {
    type Error = ureq::Error;

    fn call(&self, mut request: HttpRequest) -> Result<HttpResponse, ureq::Error> {
        let uri = request.uri().to_string();
        let target = uri.strip_prefix(self.issuer.as_str()).expect(&uri).to_owned();
        if let Some(host) = request.uri().authority() {
            let host = host.as_str().parse().unwrap();
            request.headers_mut().insert(HOST, host);
        }
        *request.uri_mut() = Uri::try_from(format!("{}{target}", self.address)).unwrap();
        let (parts, mut body) = self.agent.run(request)?.into_parts();
        Ok(HttpResponse::from_parts(parts, body.read_to_vec()?))
    }
}

/// `grantflow serve` on a free port.
struct Process {
    child: Child,
    log: PathBuf,
}

impl Process {
    /// Gives where it listens, too.
    fn start(flags: &[&str], config: &str) -> (Self, String) {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let (id, next) = (std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let scratch = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let file = scratch.join(format!("openidconnect-{id}-{next}.toml"));
        let log = file.with_extension("log");
        fs::write(&file, config).unwrap();
        let child = Command::new(env!("CARGO_BIN_EXE_grantflow"))
            .args(["serve", "--listen", "127.0.0.1:0", "--config"])
            .arg(&file)
            .args(flags)
            .env_clear()
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(File::create(&log).unwrap())
            .spawn();
        let mut process = Self { child: child.unwrap(), log };

        let mut line = String::new();
        let mut said = BufReader::new(process.child.stdout.take().unwrap());
        said.read_line(&mut line).unwrap();
        fs::remove_file(&file).unwrap();
        let address = line.trim_end().strip_prefix("grantflow listens on ").map(str::to_owned);
        let address = address.unwrap_or_else(|| panic!("{}", process.logged()));
        (process, address)
    }

    fn logged(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            println!("{}", self.logged());
        }
        let _ = fs::remove_file(&self.log);
    }
}
