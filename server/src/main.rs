//! `grantflow`: the authorization server as a process.

mod config;
mod directory;
mod gate;
mod host;
mod http;
mod keys;
mod pages;
mod store;
mod tasks;

use std::error::Error;
use std::io::Write as _;
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use axum_server::Handle;
use clap::{Args, Parser, Subcommand};
use grantflow::base64url;
use grantflow::server::{
    AuthorizationServer, Client, Declaration, Expect, Key, KeySet, Login, Policy, Record,
    SealingKeys,
};
use grantflow::uri::{Issuer, Parts};
use serde_json::Map;
use tracing::Instrument as _;

use crate::config::{ConfigError, File, User};
use crate::directory::Directory;
use crate::host::{Host, NoEntropy, now, random};
use crate::http::App;
use crate::keys::Signer;
use crate::store::Store;
use crate::store::memory::Memory;

/// Where the server listens unless told otherwise.
const LISTEN: &str = "127.0.0.1:8080";

/// Most time to send the head of a request.
const HEAD_PATIENCE: Duration = Duration::from_secs(10);

/// Most bytes, and most fields, of the head of a request.
const LONGEST_HEAD: usize = 64 * 1024;
const MOST_FIELDS: usize = 100;

/// Most time for open requests to finish after a signal to stop.
const GRACE: Duration = Duration::from_secs(10);

/// OAuth 2 authorization code flow and `OpenID` Connect, as a server.
#[derive(Debug, Parser)]
#[command(name = "grantflow", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Listens, and answers.
    Serve(Serve),
}

#[derive(Args, Debug)]
struct Serve {
    /// Where to listen; port 0 takes a free one [default: 127.0.0.1:8080]
    #[arg(long, env = "GRANTFLOW_LISTEN", value_name = "ADDRESS")]
    listen: Option<String>,
    /// What the server is called, an https URL unless on loopback [default: where it listens]
    #[arg(long, env = "GRANTFLOW_ISSUER", value_name = "URL")]
    issuer: Option<String>,
    /// Users, clients and policy
    #[arg(long, env = "GRANTFLOW_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    /// Sign everybody in as USER and approve everything without a page; on loopback only
    #[arg(long, env = "GRANTFLOW_DEV_LOGIN", value_name = "USER")]
    dev_login: Option<String>,
    /// Serve the static files of DIR below /demo/
    #[arg(long, value_name = "DIR")]
    demo: Option<PathBuf>,
}

#[tokio::main]
async fn main() -> ExitCode {
    let Cli { command: Command::Serve(serve) } = Cli::parse();
    tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_span_list(false)
        .with_current_span(serve.dev_login.is_some())
        .with_writer(std::io::stderr)
        .init();
    let done = match &serve.dev_login {
        Some(user) => {
            let span = tracing::info_span!("dev_login", everybody_is = user);
            serve.run().instrument(span).await
        }
        None => serve.run().await,
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nothing can be done about a closed standard error.
            let _ = writeln!(std::io::stderr(), "grantflow: {error}");
            ExitCode::FAILURE
        }
    }
}

impl Serve {
    async fn run(&self) -> Result<(), Box<dyn Error>> {
        let mut file = self.file()?;
        if let Some(directory) = self.demo.as_deref().filter(|path| !path.is_dir()) {
            return Err(ConfigError(format!("--demo {}: no directory", directory.display())).into());
        }
        let listen = self.listen.as_deref().or(file.listen.as_deref()).unwrap_or(LISTEN);
        let listener = TcpListener::bind(listen)
            .map_err(|error| ConfigError(format!("cannot listen on {listen}: {error}")))?;
        let address = listener.local_addr()?;
        let url = format!("http://{address}");
        let issuer = self.issuer.as_deref().or(file.issuer.as_deref()).unwrap_or(&url);
        let issuer = Issuer::parse(issuer).map_err(|_| {
            ConfigError(format!("{issuer} cannot be an issuer: give --issuer an https URL"))
        })?;
        if self.dev_login.is_some() {
            refuse_unless_loopback(address, &issuer)?;
        }

        let mut policy = Policy::new(issuer);
        file.amend(&mut policy)?;
        let store = Memory::new(now);
        declare(&store, &file.declarations()?).await?;
        let password = self.people(&mut file.users)?;
        let directory = Directory::new(file.users)?;
        let dev_login = self.dev_login(&directory)?;
        let (signer, public) = tokio::task::spawn_blocking(Signer::generate).await??;
        let keys = KeySet::new(vec![public])
            .map_err(|error| ConfigError(format!("the signing key is not taken: {error:?}")))?;
        let sealing = SealingKeys::new(random()?);
        let server = AuthorizationServer::new(policy, sealing, keys);
        let host = Host { server, store, signer, directory, dev_login };
        let app = App::new(host, self.demo.as_deref(), u32::from_ne_bytes(random()?));

        let mut out = std::io::stdout();
        writeln!(out, "grantflow listens on {url}")?;
        if let Some(password) = password {
            writeln!(out, "sign in as {DEMO_USER} with the password {password}")?;
        }
        out.flush()?;
        if self.dev_login.is_some() {
            tracing::warn!("everybody is signed in and everything is approved without a page");
        }
        listen_on(listener, app).await
    }

    fn file(&self) -> Result<File, ConfigError> {
        let Some(path) = &self.config else { return Ok(File::default()) };
        let named = |problem: String| ConfigError(format!("{}: {problem}", path.display()));
        let text = std::fs::read_to_string(path).map_err(|error| named(error.to_string()))?;
        File::parse(&text).map_err(|error| named(error.0))
    }

    /// Adds somebody who can sign in if nobody can; gives the password to be told to the operator.
    fn people(&self, users: &mut Vec<User>) -> Result<Option<String>, NoEntropy> {
        if !users.is_empty() {
            return Ok(None);
        }
        let password = base64url::encode(random::<12>()?);
        let username = self.dev_login.as_deref().unwrap_or(DEMO_USER).to_owned();
        let mut claims = Map::new();
        claims.insert("name".into(), "Demo User".into());
        claims.insert("email".into(), format!("{username}@example.com").into());
        claims.insert("email_verified".into(), true.into());
        users.push(User {
            username,
            password: Some(password.clone()),
            password_hash: None,
            subject: None,
            claims,
        });
        Ok(self.dev_login.is_none().then_some(password))
    }

    fn dev_login(&self, directory: &Directory) -> Result<Option<Login>, Box<dyn Error>> {
        let Some(username) = self.dev_login.clone() else { return Ok(None) };
        let Some(subject) = directory.subject(&username).map(str::to_owned) else {
            return Err(ConfigError(format!("--dev-login {username}: no such user")).into());
        };
        Ok(Some(Login { subject, username, at: now(), id: random()? }))
    }
}

/// Who can sign in where nobody is configured.
const DEMO_USER: &str = "demo";

/// A server that lets everybody in is for one machine, and is not to be had through a proxy either.
fn refuse_unless_loopback(address: SocketAddr, issuer: &Issuer) -> Result<(), ConfigError> {
    let is_ours = Parts::of(issuer.as_str()).is_ok_and(|parts| parts.is_loopback());
    if address.ip().is_loopback() && is_ours {
        return Ok(());
    }
    Err(ConfigError(format!(
        "--dev-login lets everybody in: it needs a loopback address and a loopback issuer, \
         not {address} and {}",
        issuer.as_str()
    )))
}

/// Puts the clients of the configuration into the store.
async fn declare(store: &impl Store, declarations: &[Declaration]) -> Result<(), Box<dyn Error>> {
    for said in declarations {
        let id = &said.client_id;
        let client = Client::declare(said, now())
            .map_err(|error| ConfigError(format!("client {id:?}: {error:?}")))?;
        let (key, record) = (Key::Client(id.clone()), Record::Client(client.into()));
        let swapped = store.swap(&key, Expect::Absent, record, None).await?;
        if swapped != grantflow::server::Swapped::Held {
            return Err(ConfigError(format!("client {id:?}: is there twice")).into());
        }
    }
    Ok(())
}

async fn listen_on<S: Store>(listener: TcpListener, app: App<S>) -> Result<(), Box<dyn Error>> {
    let handle = Handle::new();
    let mut server = axum_server::from_tcp(listener)?
        .http1_only()
        .first_request_timeout(HEAD_PATIENCE)
        .handle(handle.clone());
    server
        .http_builder()
        .http1()
        .header_read_timeout(HEAD_PATIENCE)
        .max_buf_size(LONGEST_HEAD)
        .max_headers(MOST_FIELDS);
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    tokio::spawn(
        async move {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = tokio::signal::ctrl_c() => {}
            }
            tracing::info!("stops");
            handle.graceful_shutdown(Some(GRACE));
        }
        .in_current_span(),
    );
    let service = app.into_router().into_make_service();
    Ok(server.serve(service).await?)
}
