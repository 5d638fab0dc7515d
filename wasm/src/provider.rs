//! The authorization server in memory: a host of the core, for the demo and for tests.

use alloc::format;
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;
use core::cell::RefCell;

use grantflow::entropy::Entropy;
use grantflow::key::Algorithm;
use grantflow::server::{AuthorizationServer, End, KeySet, SealingKeys, SignIn, Swapped, Turn};
use grantflow::time::UnixTime;
use grantflow::wire::http::Request;
use js_sys::Promise;
use js_sys::futures::future_to_promise;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast as _, JsValue};

use crate::convert::{self, Given, User, fault};
use crate::signer::{self, Signer};
use crate::store::Store;

/// An authorization server that keeps everything in memory; `js/provider.d.ts` says how it is used.
#[wasm_bindgen(skip_typescript)]
#[derive(Debug)]
pub struct Provider(Rc<Host>);

/// What the turns of a request are answered from.
#[derive(Debug)]
struct Host {
    server: AuthorizationServer,
    /// Borrowed between awaits, never across one: calls of `handle` run side by side.
    store: RefCell<Store>,
    users: Vec<User>,
    signers: Vec<Signer>,
}

#[wasm_bindgen]
impl Provider {
    /// A server as configured, with the records of the snapshot if there is one.
    ///
    /// # Errors
    ///
    /// An `Error` whose `code` is `bad_config` or `bad_snapshot`.
    #[wasm_bindgen(constructor, skip_typescript)]
    pub fn new(config: &JsValue) -> Result<Self, JsValue> {
        let given = Given::config(config);
        let sealing = SealingKeys::new(given.sealing_key()?);
        let (mut keys, mut signers) = (Vec::new(), Vec::new());
        if given.maybe("signingKeys").is_some() {
            for jwk in given.list("signingKeys")?.iter() {
                let public = Given::config(&jwk).public_key()?;
                signers.push(Signer::new(&public, jwk.unchecked_into()));
                keys.push(public);
            }
        }
        let keys = KeySet::new(keys)
            .map_err(|error| given.bad("signingKeys", &format!("are refused: {error:?}")))?;
        let mut store = Store::default();
        if given.maybe("snapshot").is_some() {
            store = Store::restore(&given.bytes("snapshot")?)
                .map_err(|_| fault("bad_snapshot", "snapshot is not one of this version"))?;
        }
        for client in given.list("clients")?.iter() {
            let client = Given::config(&client).client()?;
            for (key, record) in client.records() {
                store.put(&key, record);
            }
        }
        let users = given.list("users")?;
        let users = users.iter().map(|user| Given::config(&user).user());
        Ok(Self(Rc::new(Host {
            users: users.collect::<Result<_, _>>()?,
            server: AuthorizationServer::new(given.policy()?, sealing, keys),
            store: RefCell::new(store),
            signers,
        })))
    }

    /// Answers a request at `now`, in seconds since 1970.
    ///
    /// The promise is rejected with an `Error` whose `code` is `bad_request` or `no_randomness`.
    #[wasm_bindgen(skip_typescript)]
    pub fn handle(&self, request: &JsValue, now: f64) -> Promise {
        let host = Rc::clone(&self.0);
        // Read at once: the caller may change the object while others are answered.
        let request = convert::request(request);
        future_to_promise(async move { host.answer(&request?, convert::time(now)?).await })
    }

    /// Every record, as bytes for the configuration of the next server.
    #[must_use]
    #[wasm_bindgen(skip_typescript)]
    pub fn snapshot(&self) -> Vec<u8> {
        self.0.store.borrow().snapshot()
    }

    /// A new key for `signingKeys`.
    ///
    /// The promise is rejected with an `Error` whose `code` is `no_webcrypto` or `bad_config`.
    #[wasm_bindgen(js_name = "generateKey", skip_typescript)]
    pub fn generate_key(alg: Option<String>) -> Promise {
        future_to_promise(async move {
            let name = alg.as_deref().unwrap_or(Algorithm::Rs256.name());
            let unknown = || fault("bad_config", "alg is none of RS256, ES256, EdDSA, PS256");
            signer::generate(Algorithm::parse(name).ok_or_else(unknown)?).await
        })
    }
}

impl Host {
    async fn answer(&self, request: &Request, now: UnixTime) -> Result<JsValue, JsValue> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes)
            .map_err(|_| fault("no_randomness", "crypto.getRandomValues is missing"))?;
        let login = self.server.session(request, now);
        let mut turn = self.server.handle(request, now, Entropy::new(bytes), login);
        let mut steps = Vec::new();
        loop {
            turn = match turn {
                Turn::Read(ask) => {
                    let found = self.store.borrow().find(ask.key());
                    ask.answer(found)
                }
                Turn::Swap(ask) => {
                    let mut store = self.store.borrow_mut();
                    let before = store.find(ask.key());
                    let swapped = store.swap(ask.key(), ask.expect(), ask.record(), now);
                    drop(store);
                    if swapped == Swapped::Held {
                        steps.push(ask.step(before.as_ref().map(|found| &found.record)));
                    }
                    ask.answer(swapped)
                }
                Turn::Sign(ask) => match self.sign(ask.kid(), ask.input()).await {
                    Some(signature) => ask.answer(signature),
                    None => ask.unavailable(),
                },
                Turn::Verify(ask) => {
                    let is_good = signer::verify(&ask).await;
                    ask.answer(is_good)
                }
                Turn::SignIn(ask) => {
                    let user = self.who(&ask).map(|user| user.subject.clone());
                    ask.answer(user)
                }
                Turn::Claims(ask) => {
                    let user = self.users.iter().find(|user| user.subject == ask.subject());
                    ask.answer(user.map(|user| user.claims.clone()))
                }
                // Whoever guesses in a page guesses alone.
                Turn::Failed(failed) => failed.go_on(),
                Turn::Show(show) => {
                    steps.extend(self.server.steps(request, now, End::Show(&show)));
                    return convert::page(&show, &steps);
                }
                Turn::Admit(access) => {
                    steps.extend(self.server.steps(request, now, End::Admit));
                    return Ok(convert::admit(&access, &steps));
                }
                Turn::Reply(response) => {
                    steps.extend(self.server.steps(request, now, End::Reply(&response)));
                    return Ok(convert::response(&response, &steps));
                }
            }
        }
    }

    async fn sign(&self, kid: &str, input: &[u8]) -> Option<Vec<u8>> {
        self.signers.iter().find(|signer| signer.is(kid))?.sign(input).await.ok()
    }

    fn who(&self, ask: &SignIn<'_>) -> Option<&User> {
        let user = self.users.iter().find(|user| user.username == ask.username())?;
        user.password.matches(ask.password().expose()).then_some(user)
    }
}
