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
        let issuer = &self.server.policy().issuer;
        let mut approval = Request::form(issuer.endpoint(path::CONSENT), body);
        approval.headers.push("origin", issuer.origin());
        approval
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use grantflow::server::{
        Client, Declaration, Expect, Key, KeySet, Policy, Record, SealingKeys, Swapped, Versioned,
    };
    use grantflow::uri::Issuer;
    use grantflow::wire::registration::{ApplicationType, AuthMethod};

    use super::*;
    use crate::config::File;
    use crate::store::StoreError;
    use crate::store::memory::Memory;

    const RACERS: usize = 8;

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn eight_racers_on_one_code_have_one_winner() {
        assert_eq!(winners(Memory::new(now)).await, 1);
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn the_race_is_one_that_an_unguarded_store_loses() {
        assert!(winners(Unguarded(Memory::new(now))).await > 1);
    }

    #[tokio::test]
    async fn a_40_a_store_that_fails_sells_nothing_and_consumes_nothing() {
        let host = host(Flaky { memory: Memory::new(now), fault: AtomicUsize::new(0) }).await;
        let redemption = redemption(&code(&host).await);
        for fault in [READ_FAILS, SWAP_FAILS] {
            host.store.fault.store(fault, Ordering::SeqCst);
            let answer = send(&host, &redemption).await;
            assert_eq!(answer.status, 503);
            assert!(answer.headers.first("retry-after").is_some());
        }
        host.store.fault.store(0, Ordering::SeqCst);
        assert_eq!(send(&host, &redemption).await.status, 200);
    }

    #[tokio::test]
    async fn a_swap_whose_answer_got_lost_is_settled_by_reading_again() {
        for (fault, status) in [(ANSWER_LOST, 200), (SWAP_LOST, 200)] {
            let host = host(Flaky { memory: Memory::new(now), fault: AtomicUsize::new(0) }).await;
            let redemption = redemption(&code(&host).await);
            host.store.fault.store(fault, Ordering::SeqCst);
            assert_eq!(send(&host, &redemption).await.status, status, "{fault}");
            assert_eq!(send(&host, &redemption).await.status, 400, "{fault}");
        }
    }

    async fn winners<S: Store>(store: S) -> usize {
        let host = Arc::new(host(store).await);
        let redemption = redemption(&code(&host).await);
        let racers: Vec<_> = (0..RACERS)
            .map(|_| {
                let (host, redemption) = (Arc::clone(&host), redemption.clone());
                tokio::spawn(async move { send(&host, &redemption).await.status })
            })
            .collect();
        let mut winners = 0;
        for racer in racers {
            winners += usize::from(racer.await.unwrap() == 200);
        }
        winners
    }

    /// Compares, and then writes: what a store does that was not told that others write, too.
    struct Unguarded(Memory);

    impl Store for Unguarded {
        async fn read(&self, key: &Key) -> Result<Option<Versioned>, StoreError> {
            self.0.read(key).await
        }

        async fn swap(
            &self,
            key: &Key,
            expect: Expect,
            record: Record,
            dies: Option<UnixTime>,
        ) -> Result<Swapped, StoreError> {
            let there = self.0.read(key).await?.map(|found| found.version);
            let held = match expect {
                Expect::Absent => there.is_none(),
                Expect::Version(version) => there == Some(version),
            };
            if !held {
                return Ok(Swapped::Lost);
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            let there = self.0.read(key).await?.map(|found| found.version);
            self.0.swap(key, there.map_or(Expect::Absent, Expect::Version), record, dies).await
        }
    }

    const READ_FAILS: usize = 1;
    const SWAP_FAILS: usize = 2;
    const ANSWER_LOST: usize = 3;
    const SWAP_LOST: usize = 4;

    /// Fails as it is told; the last two faults happen once.
    struct Flaky {
        memory: Memory,
        fault: AtomicUsize,
    }

    impl Store for Flaky {
        async fn read(&self, key: &Key) -> Result<Option<Versioned>, StoreError> {
            if self.fault.load(Ordering::SeqCst) == READ_FAILS {
                return Err(StoreError::Broken);
            }
            self.memory.read(key).await
        }

        async fn swap(
            &self,
            key: &Key,
            expect: Expect,
            record: Record,
            dies: Option<UnixTime>,
        ) -> Result<Swapped, StoreError> {
            match self.fault.load(Ordering::SeqCst) {
                SWAP_FAILS => Err(StoreError::Full),
                ANSWER_LOST => {
                    self.fault.store(0, Ordering::SeqCst);
                    self.memory.swap(key, expect, record, dies).await?;
                    Ok(Swapped::Unknown)
                }
                SWAP_LOST => {
                    self.fault.store(0, Ordering::SeqCst);
                    Ok(Swapped::Unknown)
                }
                _ => self.memory.swap(key, expect, record, dies).await,
            }
        }
    }

    async fn host<S: Store>(store: S) -> Host<S> {
        let said = Declaration {
            client_id: "app".into(),
            client_secret: None,
            name: "App".into(),
            redirect_uris: vec!["https://app.test/cb".into()],
            token_endpoint_auth_method: AuthMethod::None,
            application_type: ApplicationType::Web,
            scope: None,
        };
        let client = Record::Client(Client::declare(&said, now()).unwrap().into());
        store.swap(&Key::Client("app".into()), Expect::Absent, client, None).await.unwrap();
        let users = File::parse("[[user]]\nusername = \"ada\"\npassword = \"x\"").unwrap().users;
        let (signer, public) = Signer::generate().unwrap();
        let policy = Policy::new(Issuer::parse("https://as.test").unwrap());
        let keys = KeySet::new(vec![public]).unwrap();
        Host {
            server: AuthorizationServer::new(policy, SealingKeys::new([7; 32]), keys),
            store,
            signer,
            directory: Directory::new(users).unwrap(),
            dev_login: Some(Login {
                subject: "ada".into(),
                username: "ada".into(),
                at: now(),
                id: [7; 16],
            }),
        }
    }

    async fn code<S: Store>(host: &Host<S>) -> String {
        let target = "/oauth2/authorize?response_type=code&client_id=app&scope=openid\
            &redirect_uri=https%3A%2F%2Fapp.test%2Fcb&code_challenge_method=S256\
            &code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
        let answer = send(host, &Request::get(target)).await;
        let location = answer.headers.first("location").unwrap();
        location.split(['=', '&']).nth(1).unwrap().to_owned()
    }

    fn redemption(code: &str) -> Request {
        let form = format!(
            "grant_type=authorization_code&code={code}&client_id=app\
             &redirect_uri=https%3A%2F%2Fapp.test%2Fcb\
             &code_verifier=dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
        );
        Request::form("/oauth2/token", form)
    }

    async fn send<S: Store>(host: &Host<S>, request: &Request) -> Response {
        match host.answer(request).await.unwrap() {
            Answer::Reply(response) => response,
            Answer::Show(show) => panic!("a page: {:?}", show.page),
        }
    }
}
