//! A host of the server that a test turns by hand: it stores, knows the people, and signs with what
//! takes no time.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use grantflow::entropy::Entropy;
use grantflow::key::{Algorithm, Material, PublicKey};
use grantflow::server::{
    Access, AuthorizationServer, Client, Declaration, Expect, Key, Record, Show, Swap, Swapped,
    Turn, Versioned,
};
use grantflow::time::UnixTime;
use grantflow::wire::http::{Request, Response};
use sha2::{Digest as _, Sha256};

/// When every story begins: 2023-11-14T22:13:20Z.
pub const BEGINNING: UnixTime = UnixTime::from_secs(1_700_000_000);

/// Everybody's password.
pub const PASSWORD: &str = "wonderland";

/// A server, and what its turns are answered from.
#[derive(Clone, Debug)]
pub struct Host {
    /// The server.
    pub server: Arc<AuthorizationServer>,
    /// What it stored.
    pub store: BTreeMap<Key, Versioned>,
    /// The time.
    pub now: UnixTime,
    /// Who signs.
    pub signer: Signer,
    /// What is known about everybody, as JSON; `None` once they are gone.
    pub claims: Option<String>,
    /// What goes wrong with the next questions, one for each; then nothing does.
    pub faults: VecDeque<Fault>,
    /// How many questions the last request asked.
    pub turns: usize,
    /// What the entropy of the next request is made of.
    pub calls: u64,
}

/// Who signs, and looks at signatures.
#[derive(Clone, Copy, Debug)]
pub struct Signer {
    /// Signs `input` with the key of that name.
    pub sign: fn(kid: &str, input: &[u8]) -> Vec<u8>,
    /// Whether a signature over `input` is of that key.
    pub is_signed: fn(key: &PublicKey, input: &[u8], signature: &[u8]) -> bool,
}

/// What can go wrong with a question.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Fault {
    /// Nothing.
    None,
    /// Nobody can be asked.
    Unavailable,
    /// A swap is lost to somebody else, who changed nothing.
    Lost,
    /// A swap happened, and no answer came.
    StoredUnknown,
    /// A swap did not happen, and no answer came.
    UnstoredUnknown,
}

impl Fault {
    /// Every fault, and none.
    pub const ALL: [Self; 5] =
        [Self::None, Self::Unavailable, Self::Lost, Self::StoredUnknown, Self::UnstoredUnknown];
}

/// How a request ended.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Answer {
    /// With a response.
    Response(Response),
    /// With a page.
    Page(Box<Show>),
    /// The bearer may pass.
    Admitted(Access),
}

impl Answer {
    /// The status code; 200 where the host has yet to answer.
    pub fn status(&self) -> u16 {
        match self {
            Self::Response(response) => response.status,
            Self::Page(show) => show.status,
            Self::Admitted(_) => 200,
        }
    }

    /// The header fields.
    pub fn headers(&self) -> &grantflow::wire::http::Headers {
        match self {
            Self::Response(response) => &response.headers,
            Self::Page(show) => &show.headers,
            Self::Admitted(access) => &access.headers,
        }
    }

    /// Where a browser goes next.
    pub fn location(&self) -> Option<&str> {
        self.headers().first("location")
    }

    /// The body as text; empty if there is none.
    pub fn text(&self) -> String {
        match self {
            Self::Response(response) => String::from_utf8_lossy(&response.body).into_owned(),
            Self::Page(_) | Self::Admitted(_) => String::new(),
        }
    }

    /// The member of a JSON body, if it is a string.
    pub fn member(&self, name: &str) -> Option<String> {
        let body: serde_json::Value = serde_json::from_str(&self.text()).ok()?;
        body.get(name)?.as_str().map(String::from)
    }
}

impl Host {
    /// A host of this server, with a store that holds nothing.
    pub fn new(server: Arc<AuthorizationServer>) -> Self {
        Self {
            server,
            store: BTreeMap::new(),
            now: BEGINNING,
            signer: QUICK,
            claims: Some(r#"{"name":"Alice","email":"alice@wonder.test"}"#.into()),
            faults: VecDeque::new(),
            turns: 0,
            calls: 0,
        }
    }

    /// Stores a client as a host does at its start.
    ///
    /// # Panics
    ///
    /// If it is refused.
    pub fn register(&mut self, said: &Declaration) {
        for (key, record) in Client::declare(said, self.now).unwrap().records() {
            self.store.insert(key, Versioned { version: 1, record });
        }
    }

    /// Turns the clock forward.
    pub fn wait(&mut self, seconds: u64) {
        self.now = UnixTime::from_secs(self.now.as_secs().saturating_add(seconds));
    }

    /// Answers a request.
    pub fn send(&mut self, request: &Request) -> Answer {
        self.send_seen(request, |_| ())
    }

    /// The same, and shows every turn of it.
    ///
    /// # Panics
    ///
    /// If a record does not read back as it was written.
    pub fn send_seen(&mut self, request: &Request, mut see: impl FnMut(&Turn<'_>)) -> Answer {
        self.calls += 1;
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&self.calls.to_be_bytes());
        let server = Arc::clone(&self.server);
        let login = server.session(request, self.now);
        let mut turn = server.handle(request, self.now, Entropy::new(bytes), login);
        self.turns = 0;
        loop {
            see(&turn);
            let fault = match turn {
                Turn::Show(_) | Turn::Admit(_) | Turn::Reply(_) | Turn::Failed(_) => Fault::None,
                _ => self.faults.pop_front().unwrap_or(Fault::None),
            };
            self.turns += 1;
            turn = match turn {
                Turn::Show(show) => return Answer::Page(show),
                Turn::Admit(access) => return Answer::Admitted(access),
                Turn::Reply(response) => return Answer::Response(response),
                Turn::Swap(q) => match fault {
                    Fault::Unavailable => q.unavailable(),
                    Fault::Lost => q.answer(Swapped::Lost),
                    Fault::UnstoredUnknown => q.answer(Swapped::Unknown),
                    Fault::StoredUnknown => {
                        self.swap(&q);
                        q.answer(Swapped::Unknown)
                    }
                    Fault::None => {
                        let swapped = self.swap(&q);
                        q.answer(swapped)
                    }
                },
                Turn::Read(q) if fault == Fault::Unavailable => q.unavailable(),
                Turn::Read(q) => {
                    let found = self.store.get(q.key()).cloned();
                    q.answer(found)
                }
                Turn::Sign(q) if fault == Fault::Unavailable => q.unavailable(),
                Turn::Sign(q) => {
                    let signature = (self.signer.sign)(q.kid(), q.input());
                    q.answer(signature)
                }
                Turn::Verify(q) if fault == Fault::Unavailable => q.unavailable(),
                Turn::Verify(q) => {
                    let is_good = (self.signer.is_signed)(q.key(), q.input(), q.signature());
                    q.answer(is_good)
                }
                Turn::SignIn(q) if fault == Fault::Unavailable => q.unavailable(),
                Turn::SignIn(q) => {
                    let is_known = ["alice", "mallory"].contains(&q.username());
                    let good = is_known && q.password().matches(PASSWORD);
                    let subject = good.then(|| format!("user-{}", q.username()));
                    q.answer(subject)
                }
                Turn::Claims(q) if fault == Fault::Unavailable => q.unavailable(),
                Turn::Claims(q) => q.answer(self.claims.clone()),
                Turn::Failed(q) => q.go_on(),
            };
        }
    }

    /// Does what a swap asks for, as a store does: all or nothing, and as bytes.
    fn swap(&mut self, ask: &Swap<'_>) -> Swapped {
        let there = self.store.get(ask.key()).map(|found| found.version);
        if there.map_or(Expect::Absent, Expect::Version) != ask.expect() {
            return Swapped::Lost;
        }
        let record = Record::decode(&ask.record().encode()).unwrap();
        assert_eq!(record, *ask.record(), "a record reads back as it was written");
        let version = there.unwrap_or(0) + 1;
        self.store.insert(ask.key().clone(), Versioned { version, record });
        Swapped::Held
    }
}

/// Signatures that are hashes: as hard to guess as real ones, for whoever does not know how.
pub const QUICK: Signer = Signer {
    sign: quick,
    is_signed: |key, input, signature| {
        // The key of a proof comes without its name.
        let kid = key.kid.clone().unwrap_or_else(|| format!("quick-{}", key.alg.name()));
        quick(&kid, input) == signature
    },
};

fn quick(kid: &str, input: &[u8]) -> Vec<u8> {
    Sha256::new().chain_update(kid).chain_update(input).finalize().to_vec()
}

/// A key that looks strong, for signatures that are hashes.
pub fn quick_key(alg: Algorithm) -> PublicKey {
    let material = match alg {
        Algorithm::Rs256 | Algorithm::Ps256 => {
            Material::Rsa { n: vec![0xff; 256], e: vec![1, 0, 1] }
        }
        Algorithm::Es256 => Material::P256 { x: [1; 32], y: [2; 32] },
        Algorithm::EdDsa => Material::Ed25519 { x: [3; 32] },
    };
    PublicKey { kid: Some(format!("quick-{}", alg.name())), alg, material }
}
