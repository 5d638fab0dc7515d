//! `grantflow serve`: everything that is put together before the first request.

use std::error::Error;
use std::io::Write as _;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::{Arc, RwLock};
use std::time::{Duration, SystemTime};

use axum_server::Handle;
use clap::Args;
use grantflow::base64url;
use grantflow::key::Algorithm;
use grantflow::server::{
    AuthorizationServer, Client, Declaration, Expect, Key, KeySet, Login, Policy, SealingKeys,
    Swapped,
};
use grantflow::uri::{Issuer, Parts};
use serde_json::Map;
use tracing::Instrument as _;

use crate::config::{ConfigError, File, User};
use crate::directory::Directory;
use crate::host::{Host, NoEntropy, Serving, now, random};
use crate::http::App;
use crate::keys::file::{Entry, KeyFile};
use crate::keys::{PrivateKey, Signer};
use crate::limit::Limiter;
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

/// How often the file of keys is looked at.
const KEY_WATCH: Duration = Duration::from_secs(2);

#[derive(Args, Debug)]
pub(crate) struct Serve {
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
    pub(crate) dev_login: Option<String>,
    /// Where the signing keys are kept; made if it is not there [default: keys end with the process]
    #[arg(long, env = "GRANTFLOW_KEYS", value_name = "FILE")]
    keys: Option<PathBuf>,
    /// Serve the static files of DIR below /demo/
    #[arg(long, value_name = "DIR")]
    demo: Option<PathBuf>,
}

impl Serve {
    /// Listens, and answers until it is told to stop.
    ///
    /// # Errors
    ///
    /// What is wrong with the configuration, or with the socket.
    pub(crate) async fn run(&self) -> Result<(), Box<dyn Error>> {
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
        let algorithms = file.algorithms()?;
        let key_file = self.keys.clone().or_else(|| file.keys.take());
        let (signer, keys) = match &key_file {
            Some(path) => kept_keys(path, &algorithms)?,
            None => tokio::task::spawn_blocking(move || passing_keys(&algorithms)).await??,
        };
        for client in file.declarations()? {
            refuse_without_key(&client, &signer)?;
        }
        let password = self.people(&mut file.users)?;
        let directory = Directory::new(file.users)?;
        let dev_login = self.dev_login(&directory)?;
        let sealing = SealingKeys::new(random()?);
        let server = AuthorizationServer::new(policy, sealing, keys);
        let serving = RwLock::new(Arc::new(Serving { server, signer }));
        let host =
            Arc::new(Host { serving, store, directory, limiter: Limiter::default(), dev_login });
        if let Some(path) = key_file {
            tokio::spawn(watch(path, Arc::clone(&host)).in_current_span());
        }
        let app = App::new(host, self.demo.as_deref(), file.proxies, u32::from_ne_bytes(random()?));

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

/// Keys that end with the process.
fn passing_keys(algorithms: &[Algorithm]) -> Result<(Signer, KeySet), ConfigError> {
    let mut signer = Signer::default();
    let made = algorithms.iter().map(|alg| signer.add(PrivateKey::generate(*alg)?));
    let made: Result<Vec<_>, _> = made.collect();
    let made = made.map_err(|error| ConfigError(error.to_string()))?;
    let keys =
        KeySet::new(made).map_err(|error| ConfigError(format!("policy.algorithms: {error:?}")))?;
    Ok((signer, keys))
}

/// The keys of a file; it gets one for each algorithm if it has none at all.
fn kept_keys(path: &Path, algorithms: &[Algorithm]) -> Result<(Signer, KeySet), ConfigError> {
    let mut file = KeyFile::read(path)?;
    if file.keys.is_empty() {
        for alg in algorithms {
            file.keys.push(Entry::generate(*alg)?);
        }
        file.write(path)?;
    }
    file.load()
}

/// A client whose tokens nobody can sign would fail at each sign-in.
fn refuse_without_key(client: &Declaration, signer: &Signer) -> Result<(), ConfigError> {
    match client.metadata.id_token_signed_response_alg {
        Some(alg) if !signer.signs_with(alg) => Err(ConfigError(format!(
            "client {:?}: there is no key for {}",
            client.client_id,
            alg.name()
        ))),
        Some(_) | None => Ok(()),
    }
}

/// Takes the keys from the file whenever it has changed. One that makes no sense changes nothing.
async fn watch<S: Store>(path: PathBuf, host: Arc<Host<S>>) {
    let changed = |path: &Path| -> Option<SystemTime> { path.metadata().ok()?.modified().ok() };
    let mut seen = changed(&path);
    loop {
        tokio::time::sleep(KEY_WATCH).await;
        let now = changed(&path);
        if now == seen {
            continue;
        }
        seen = now;
        match KeyFile::read(&path).and_then(|file| file.load()) {
            Ok((signer, keys)) if !signer.is_empty() => {
                host.rekey(signer, keys);
                tracing::info!("the signing keys have changed");
            }
            Ok(_) => tracing::error!("the file of signing keys is empty; the old ones stay"),
            Err(error) => {
                tracing::error!(%error, "the signing keys are not taken; the old ones stay");
            }
        }
    }
}

/// Puts the clients of the configuration into the store.
async fn declare(store: &impl Store, declarations: &[Declaration]) -> Result<(), Box<dyn Error>> {
    for said in declarations {
        let id = &said.client_id;
        let client = Client::declare(said, now())
            .map_err(|error| ConfigError(format!("client {id:?}: {error:?}")))?;
        for (key, record) in client.records() {
            let swapped = store.swap(&key, Expect::Absent, record, None).await?;
            // Several may have pages at one origin.
            if swapped != Swapped::Held && matches!(key, Key::Client(_)) {
                return Err(ConfigError(format!("client {id:?}: is there twice")).into());
            }
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
    let service = app.into_router().into_make_service_with_connect_info::<SocketAddr>();
    Ok(server.serve(service).await?)
}
