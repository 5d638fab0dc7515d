//! An app that keeps a user signed in.

use std::collections::BTreeMap;
use std::time::Duration;

use grantflow::client::{
    Asked, AwaitingCallback, Credentials, Error, KnownKeys, Profile, Seed, Session, Turn, Want,
    storage_key_of,
};
use grantflow::scope::ScopeSet;
use grantflow::secret::Secret;
use grantflow::time::UnixTime;
use grantflow::wire::http::{Request, Response};
use grantflow_tests::{BEGINNING, CALLBACK, ISSUER, PUBLIC_ID, World, is_signed_under};

struct App {
    world: World,
    stored: BTreeMap<String, String>,
    keys: KnownKeys,
}

#[rustfmt::skip]
impl App {
    fn sign_in(&mut self, profile: Profile, now: UnixTime) -> Result<Session, Error> {
        let ask = profile.discover();
        let response = self.send(ask.request());
        let client = ask.answer(&response)?;
        let asked = Asked::of(ScopeSet::parse("openid email offline_access").unwrap());
        let redirect = client.login(Seed::new(self.random()), asked, now);
        self.store(redirect.login.storage_key(), redirect.login.encode());
        let callback = self.browse(&redirect.url); // the page leaves, and the user comes back

        let login = AwaitingCallback::decode(&self.take(storage_key_of(&callback)?))?;
        let accepted = login.accept(&client, &callback, now).map_err(|refused| refused.error)?;
        let mut turn = accepted.finish();
        loop {
            turn = match turn {
                Turn::Send(q) => { let response = self.send(q.request()); q.answer(&response, &mut self.keys, now)? }
                Turn::Sign(_) | Turn::Prove(_) => unreachable!("only a client with a key is asked to sign"),
                Turn::Verify(q) => { let is_good = self.verify(q.jwk(), q.input(), q.signature()); q.answer(is_good)? }
                Turn::Done(tokens) => return Ok(Session::new(client, *tokens, now)),
            }
        }
    }

    fn token(&mut self, session: &mut Session) -> Result<Secret, Error> {
        loop {
            match session.want(self.now(), Duration::from_secs(30)) {
                Want::Use(token) => return Ok(token),
                Want::Send(ask) => {
                    let ask = ask.unsigned().expect("only a client with a key is asked to sign");
                    let response = self.send(ask.request());
                    session.answer(ask, &response, self.now())?;
                }
                Want::Wait(until) => self.sleep(until),
                Want::SignIn(why) => return Err(why.into()),
            }
        }
    }
}

impl App {
    fn send(&mut self, request: &Request) -> Response {
        self.world.send(request).response()
    }

    fn now(&self) -> UnixTime {
        self.world.now
    }

    fn sleep(&mut self, until: UnixTime) {
        self.world.now = until;
    }

    fn random(&self) -> [u8; 32] {
        [u8::try_from(self.stored.len()).unwrap(); 32]
    }

    fn store(&mut self, key: String, record: String) {
        self.stored.insert(key, record);
    }

    fn take(&mut self, key: Option<String>) -> String {
        self.stored.remove(&key.unwrap()).unwrap()
    }

    fn browse(&mut self, url: &str) -> String {
        let parameters = self.world.approve(url.split_once('?').unwrap().1);
        let fields: Vec<(&str, &str)> = parameters.iter().collect();
        grantflow_tests::query(&fields)
    }

    fn verify(&self, jwk: &str, input: &str, signature: &[u8]) -> bool {
        assert!(self.stored.is_empty());
        is_signed_under(jwk, input.as_bytes(), signature)
    }
}

#[test]
fn the_front_pages_app_signs_alice_in() {
    let mut app = App { world: World::new(), stored: BTreeMap::new(), keys: KnownKeys::new() };
    let profile = Profile::new(ISSUER, PUBLIC_ID, CALLBACK, Credentials::Public).unwrap();
    let mut session = app.sign_in(profile, BEGINNING).unwrap();
    assert_eq!(session.tokens().identity.as_ref().unwrap().sub, "user-alice");
    let first = app.token(&mut session).unwrap();
    assert!(app.token(&mut session).unwrap() == first, "it lives");
    app.sleep(BEGINNING + Duration::from_secs(3600));
    assert!(app.token(&mut session).unwrap() != first, "it was refreshed");
}
