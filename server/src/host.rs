//! The whole host: a loop that answers the core's questions.

use std::time::{SystemTime, UNIX_EPOCH};

use grantflow::entropy::Entropy;
use grantflow::server::page::ConsentPage;
use grantflow::server::{AuthorizationServer, Login, Page, Show, Turn, path};
use grantflow::time::UnixTime;
use grantflow::wire::form;
use grantflow::wire::http::{Request, Response};

use crate::directory::Directory;
use crate::keys::Signer;
use crate::store::Store;
use crate::tasks;

/// What answers the core's questions.
#[derive(Debug)]
pub(crate) struct Host<S> {
    /// The core.
    pub(crate) server: AuthorizationServer,
    /// Where records are.
    pub(crate) store: S,
    /// What signs.
    pub(crate) signer: Signer,
    /// Who may sign in.
    pub(crate) directory: Directory,
    /// Who is signed in wherever nobody is asked: for tests of other people's clients.
    pub(crate) dev_login: Option<Login>,
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
    pub(crate) async fn answer(&self, request: &Request) -> Result<Answer, NoEntropy> {
        if let Some(login) = &self.dev_login {
            return self.answer_without_pages(request, login.clone()).await;
        }
        let login = self.server.session(request, now());
        self.turns(self.server.handle(request, now(), entropy()?, login)).await
    }

    async fn turns<'s>(&'s self, mut turn: Turn<'s>) -> Result<Answer, NoEntropy> {
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
                    match self.signer.sign(ask.kid(), ask.alg(), ask.input()).await {
                        Ok(signature) => ask.answer(signature),
                        Err(error) => logged(&error, ask.unavailable()),
                    }
                }
                Turn::SignIn(ask) => {
                    match self.directory.sign_in(ask.username(), ask.password()).await {
                        Ok(subject) => ask.answer(subject),
                        Err(error) => logged(&error, ask.unavailable()),
                    }
                }
                Turn::Claims(ask) => {
                    let claims = self.directory.claims(ask.subject());
                    ask.answer(claims)
                }
                Turn::Show(show) => return Ok(Answer::Show(show)),
                Turn::Admit(access) => return Ok(Answer::Reply(tasks::of(access))),
                Turn::Reply(response) => return Ok(Answer::Reply(response)),
            }
        }
    }

    /// Answers as if one person had typed a password and approved everything that is asked.
    async fn answer_without_pages(
        &self,
        request: &Request,
        mut login: Login,
    ) -> Result<Answer, NoEntropy> {
        let turn = self.server.handle(request, now(), entropy()?, Some(login.clone()));
        let mut answer = self.turns(turn).await?;
        if let Answer::Show(show) = &answer
            && let Page::Login(_) = show.page
        {
            // The client wants a newer login (`prompt=login`, `max_age`).
            login.at = now();
            let turn = self.server.handle(request, now(), entropy()?, Some(login.clone()));
            answer = self.turns(turn).await?;
        }
        if let Answer::Show(show) = &answer
            && let Page::Consent(page) = &show.page
        {
            let approval = self.approval(page);
            let turn = self.server.handle(&approval, now(), entropy()?, Some(login));
            answer = self.turns(turn).await?;
        }
        Ok(answer)
    }

    fn approval(&self, page: &ConsentPage) -> Request {
        let mut body = String::new();
        form::push(&mut body, "interaction", &page.interaction);
        for line in &page.scopes {
            form::push(&mut body, "scope", &line.scope);
        }
        form::push(&mut body, "decision", "approve");
        Request::form(self.server.policy().issuer.endpoint(path::CONSENT), body)
    }
}

fn logged<T>(error: &dyn std::error::Error, after: T) -> T {
    tracing::error!(%error, "a question is not answered");
    after
}

/// The time by this machine.
pub(crate) fn now() -> UnixTime {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    UnixTime::from_secs(since.as_secs())
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
