use std::sync::atomic::AtomicUsize;

use grantflow::key::Algorithm;
use grantflow::server::{
    Client, Declaration, Expect, Key, Policy, Record, SealingKeys, Swapped, Versioned,
};
use grantflow::wire::registration::{AuthMethod, ClientMetadata};

use super::*;
use crate::config::File;
use crate::keys::PrivateKey;
use crate::store::StoreError;
use crate::store::memory::Memory;

const RACERS: usize = 8;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_33_eight_racers_on_one_code_have_one_winner() {
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

#[test]
fn a_130_a_clock_that_is_set_back_stands_still() {
    let latest = AtomicU64::new(0);
    for (time, is_taken_for) in [(100, 100), (99, 100), (0, 100), (100, 100), (101, 101)] {
        assert_eq!(not_before(&latest, time), is_taken_for);
    }
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
        metadata: ClientMetadata {
            redirect_uris: vec!["https://app.test/cb".into()],
            token_endpoint_auth_method: Some(AuthMethod::None),
            ..ClientMetadata::default()
        },
        is_trusted: true,
    };
    for (key, record) in Client::declare(&said, now()).unwrap().records() {
        store.swap(&key, Expect::Absent, record, None).await.unwrap();
    }
    let users = File::parse("[[user]]\nusername = \"ada\"\npassword = \"x\"").unwrap().users;
    let mut signer = Signer::default();
    let public = signer.add(PrivateKey::generate(Algorithm::Rs256).unwrap()).unwrap();
    let policy = Policy::new(Issuer::parse("https://as.test").unwrap());
    let keys = KeySet::new([public]).unwrap();
    let server = AuthorizationServer::new(policy, SealingKeys::new([7; 32]), keys);
    Host {
        serving: RwLock::new(Arc::new(Serving { server, signer })),
        store,
        directory: Directory::new(users).unwrap(),
        limiter: Limiter::default(),
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
    match host.answer(request, IpAddr::from([127, 0, 0, 1])).await.unwrap() {
        Answer::Reply(response) => response,
        Answer::Show(show) => panic!("a page: {:?}", show.page),
    }
}
