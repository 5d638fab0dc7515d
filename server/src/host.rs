//! The whole host: a loop that answers the core's questions.

use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{SystemTime, UNIX_EPOCH};

use grantflow::entropy::Entropy;
use grantflow::server::page::ConsentPage;
use grantflow::server::{
    AuthorizationServer, Claimed, KeySet, Login, Page, Show, SignIn, Turn, path,
};
use grantflow::time::UnixTime;
use grantflow::uri::Issuer;
use grantflow::wire::form;
use grantflow::wire::http::{Request, Response};

use crate::directory::Directory;
use crate::keys::{self, Signer};
use crate::limit::Limiter;
use crate::store::Store;
use crate::tasks;

/// What answers the core's questions.
#[derive(Debug)]
pub(crate) struct Host<S> {
    /// The core and its keys.
    pub(crate) serving: RwLock<Arc<Serving>>,
    /// Where records are.
    pub(crate) store: S,
    /// Who may sign in.
    pub(crate) directory: Directory,
    /// Who has failed too often.
    pub(crate) limiter: Limiter,
    /// Who is signed in wherever nobody is asked: for tests of other people's clients.
    pub(crate) dev_login: Option<Login>,
}

/// The core, and what signs for it: changed together, and never under a request.
#[derive(Debug)]
pub(crate) struct Serving {
    pub(crate) server: AuthorizationServer,
    pub(crate) signer: Signer,
}

/// The end of a request: what to send.
#[derive(Debug)]
pub(crate) enum Answer {
    /// A page to draw.
    Show(Box<Show>),
    /// A finished response.
    Reply(Response),
}

/// The system gave no randomness; nothing was done.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct NoEntropy;

impl std::fmt::Display for NoEntropy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("there is no randomness")
    }
}

impl std::error::Error for NoEntropy {}

impl<S: Store> Host<S> {
    /// Answers a request.
    ///
    /// # Errors
    ///
    /// [`NoEntropy`].
    pub(crate) async fn answer(
        &self,
        request: &Request,
        peer: IpAddr,
    ) -> Result<Answer, NoEntropy> {
        let serving = self.serving();
        let claimed = serving.server.claimed(request);
        if let Some(wait) = claimed.and_then(|who| self.limiter.wait(peer, &who)) {
            let turn = serving.server.too_many(request, now(), wait);
            return self.turns(&serving, turn, peer).await;
        }
        if let Some(login) = &self.dev_login {
            return self.answer_without_pages(&serving, request, peer, login.clone()).await;
        }
        let login = serving.server.session(request, now());
        self.ask(&serving, request, peer, login).await
    }

    /// The core as it is now.
    pub(crate) fn serving(&self) -> Arc<Serving> {
        Arc::clone(&self.serving.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Goes on with other keys.
    pub(crate) fn rekey(&self, signer: Signer, keys: KeySet) {
        let server = self.serving().server.with_keys(keys);
        let serving = Arc::new(Serving { server, signer });
        *self.serving.write().unwrap_or_else(PoisonError::into_inner) = serving;
    }

    async fn ask(
        &self,
        serving: &Serving,
        request: &Request,
        peer: IpAddr,
        login: Option<Login>,
    ) -> Result<Answer, NoEntropy> {
        let turn = serving.server.handle(request, now(), entropy()?, login);
        self.turns(serving, turn, peer).await
    }

    async fn turns<'s>(
        &self,
        serving: &'s Serving,
        mut turn: Turn<'s>,
        peer: IpAddr,
    ) -> Result<Answer, NoEntropy> {
        loop {
            turn = match turn {
                Turn::Read(ask) => match self.store.read(ask.key()).await {
                    Ok(found) => ask.answer(found),
                    Err(error) => logged(&error, ask.unavailable()),
                },
                Turn::Swap(ask) => {
                    let record = ask.record().clone();
                    match self.store.swap(ask.key(), ask.expect(), record, ask.dies()).await {
                        Ok(swapped) => ask.answer(swapped),
                        Err(error) => logged(&error, ask.unavailable()),
                    }
                }
                Turn::Sign(ask) => {
                    match serving.signer.sign(ask.kid(), ask.alg(), ask.input()).await {
                        Ok(signature) => ask.answer(signature),
                        Err(error) => logged(&error, ask.unavailable()),
                    }
                }
                Turn::Verify(ask) => {
                    let is_good = keys::verify(ask.key(), ask.input(), ask.signature());
                    ask.answer(is_good)
                }
                Turn::SignIn(ask) => self.sign_in(ask, peer).await,
                Turn::Claims(ask) => {
                    let claims = self.directory.claims(ask.subject());
                    ask.answer(claims)
                }
                Turn::Failed(failed) => {
                    // People are counted where their passwords are looked at.
                    if !matches!(failed.who(), Claimed::Person(_)) {
                        self.limiter.failed(peer, failed.who());
                    }
                    failed.go_on()
                }
                Turn::Show(show) => return Ok(Answer::Show(show)),
                Turn::Admit(access) => return Ok(Answer::Reply(tasks::of(access))),
                Turn::Reply(response) => return Ok(Answer::Reply(response)),
            }
        }
    }

    /// Looks at a password, unless there were too many wrong ones.
    async fn sign_in<'s>(&self, ask: SignIn<'s>, peer: IpAddr) -> Turn<'s> {
        let who = Claimed::Person(ask.username().into());
        if let Err(wait) = self.limiter.attempt(peer, &who) {
            return ask.too_many(wait);
        }
        let found = self.directory.sign_in(ask.username(), ask.password()).await;
        if !matches!(found, Ok(None)) {
            self.limiter.forgive(peer, &who);
        }
        match found {
            Ok(subject) => ask.answer(subject),
            Err(error) => logged(&error, ask.unavailable()),
        }
    }

    /// Answers as if one person had typed a password and approved everything that is asked.
    async fn answer_without_pages(
        &self,
        serving: &Serving,
        request: &Request,
        peer: IpAddr,
        mut login: Login,
    ) -> Result<Answer, NoEntropy> {
        let mut answer = self.ask(serving, request, peer, Some(login.clone())).await?;
        if let Answer::Show(show) = &answer
            && let Page::Login(_) = show.page
        {
            // The client wants a newer login (`prompt=login`, `max_age`).
            login.at = now();
            answer = self.ask(serving, request, peer, Some(login.clone())).await?;
        }
        if let Answer::Show(show) = &answer
            && let Page::Consent(page) = &show.page
        {
            let approval = approval(&serving.server.policy().issuer, page);
            answer = self.ask(serving, &approval, peer, Some(login)).await?;
        }
        Ok(answer)
    }
}

fn approval(issuer: &Issuer, page: &ConsentPage) -> Request {
    let mut body = String::new();
    form::push(&mut body, "interaction", &page.interaction);
    for line in &page.scopes {
        form::push(&mut body, "scope", &line.scope);
    }
    for claim in &page.claims {
        form::push(&mut body, "claim", claim);
    }
    form::push(&mut body, "decision", "approve");
    let mut approval = Request::form(issuer.endpoint(path::CONSENT), body);
    approval.headers.push("origin", issuer.origin());
    approval
}

fn logged<T>(error: &dyn std::error::Error, after: T) -> T {
    tracing::error!(%error, "a question is not answered");
    after
}

/// The time by this machine, which never goes back: what was seen too old stays so. A clock that was
/// set back stands still until it has caught up, or until the process begins anew.
pub(crate) fn now() -> UnixTime {
    static LATEST: AtomicU64 = AtomicU64::new(0);
    static IS_BEHIND: AtomicBool = AtomicBool::new(false);
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let now = not_before(&LATEST, since);
    let is_behind = now - since > MOST_BEHIND;
    if is_behind && !IS_BEHIND.swap(true, Ordering::Relaxed) {
        tracing::error!(seconds = now - since, "the clock was set back; time stands still");
    } else if !is_behind {
        IS_BEHIND.store(false, Ordering::Relaxed);
    }
    UnixTime::from_secs(now)
}

/// Seconds that a clock may be corrected by without a word about it.
const MOST_BEHIND: u64 = 60;

fn not_before(latest: &AtomicU64, time: u64) -> u64 {
    latest.fetch_max(time, Ordering::Relaxed).max(time)
}

/// Bytes that nobody can guess.
///
/// # Errors
///
/// [`NoEntropy`], and then nothing may go on.
pub(crate) fn random<const N: usize>() -> Result<[u8; N], NoEntropy> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|_| NoEntropy)?;
    Ok(bytes)
}

fn entropy() -> Result<Entropy, NoEntropy> {
    random().map(Entropy::new)
}

#[cfg(test)]
mod tests;
