//! One login, from the configuration to the tokens.
//!
//! There is one door: a question in JSON goes in, an answer in JSON comes out. Each class or
//! function more would be half a kilobyte of wasm and glue.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;

use grantflow::base64url;
use grantflow::client::discover::METADATA_PATH;
use grantflow::client::{
    Asked, AwaitingCallback, Client, Credentials, KnownKeys, Profile, Prompt, ReturnTo, Seed, Turn,
    storage_key_of,
};
use grantflow::scope::ScopeSet;
use grantflow::time::UnixTime;
use grantflow::wire::http::{Headers, Response};
use grantflow::wire::json::{self, Object, Value, Writer};
use wasm_bindgen::prelude::wasm_bindgen;

use crate::facts::{self, kind};
use crate::fault::Fault;

/// What a login waits for once its callback is there.
#[wasm_bindgen]
#[derive(Debug, Default)]
pub struct Login {
    turn: Option<Box<Turn>>,
    /// How many turns there were, so that an answer meets its own question.
    turns: u64,
}

#[wasm_bindgen]
impl Login {
    /// A login of which nothing is known.
    #[must_use]
    #[wasm_bindgen(constructor)]
    pub fn new() -> Self {
        Self::default()
    }

    /// Answers a question; `kind` tells what with, `fault` if with an error.
    ///
    /// `body` is what a server sent: its metadata, or the response that a turn waits for.
    pub fn ask(&mut self, question: &[u8], body: Vec<u8>) -> Vec<u8> {
        let answer = match json::parse_object(question) {
            Ok(question) => self.answer(Question(question), body),
            Err(_) => Err(Fault::Misuse("question")),
        };
        answer.unwrap_or_else(|fault| fault.facts()).finish().into_bytes()
    }

    fn answer(&mut self, question: Question<'_>, body: Vec<u8>) -> Result<Writer, Fault> {
        match question.text("ask").as_str() {
            "key" => {
                let key = storage_key_of(&question.text("query"))?;
                Ok(kind("key").maybe("key", key.as_deref()))
            }
            "profile" => {
                let url = question.profile()?.issuer().endpoint(METADATA_PATH);
                Ok(kind("profile").string("metadataUrl", &url))
            }
            "client" => {
                let client = question.client(body)?;
                Ok(kind("client").maybe("endSession", client.end_session_endpoint()))
            }
            "login" => question.login(&question.client(body)?),
            "accept" => {
                let turn = question.accept(&question.client(body)?)?;
                Ok(self.next(turn))
            }
            "answer" => {
                let turn = match self.take(question)? {
                    // Between two logins of a page it is the browser that caches.
                    Turn::Send(ask) => {
                        let (response, now) = (question.response(body)?, question.now()?);
                        ask.answer(&response, &mut KnownKeys::new(), now)?
                    }
                    Turn::Verify(ask) => ask.answer(question.is("good"))?,
                    Turn::Sign(_) | Turn::Done(_) => return Err(Fault::Used),
                };
                Ok(self.next(turn))
            }
            _ => Err(Fault::Misuse("ask")),
        }
    }

    fn next(&mut self, turn: Turn) -> Writer {
        self.turns += 1;
        let facts = facts::turn(&turn).integer("turn", self.turns);
        // Tokens are handed over, not kept.
        self.turn = if let Turn::Done(_) = turn { None } else { Some(Box::new(turn)) };
        facts
    }

    fn take(&mut self, question: Question<'_>) -> Result<Turn, Fault> {
        if question.whole("turn")? != Some(self.turns) {
            return Err(Fault::Used);
        }
        self.turn.take().map(|turn| *turn).ok_or(Fault::Used)
    }
}

/// What the facade asks: its arguments by name.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Question<'q>(pub(crate) Object<'q>);

impl Question<'_> {
    /// A string; one that is not there is as good as an empty one, which the core refuses.
    pub(crate) fn text(self, name: &str) -> String {
        self.maybe(name).unwrap_or_default()
    }

    pub(crate) fn maybe(self, name: &str) -> Option<String> {
        self.0.get(name).and_then(Value::string).map(Into::into)
    }

    pub(crate) fn is(self, name: &str) -> bool {
        self.0.get(name).and_then(Value::boolean) == Some(true)
    }

    /// A number that is not negative; a host's clock has fractions, which are dropped.
    pub(crate) fn whole(self, name: &'static str) -> Result<Option<u64>, Fault> {
        match self.0.get(name) {
            Some(value) => value.whole().map(Some).ok_or(Fault::Misuse(name)),
            None => Ok(None),
        }
    }

    fn now(self) -> Result<UnixTime, Fault> {
        let seconds = self.whole("now")?.ok_or(Fault::Misuse("now"))?;
        Ok(UnixTime::from_secs(seconds))
    }

    pub(crate) fn profile(self) -> Result<Profile, Fault> {
        let (issuer, id, uri) =
            (self.text("issuer"), self.text("clientId"), self.text("redirectUri"));
        Ok(Profile::new(&issuer, &id, &uri, Credentials::Public)?)
    }

    fn client(self, metadata: Vec<u8>) -> Result<Client, Fault> {
        let response = self.response(metadata)?;
        Ok(self.profile()?.discover().answer(&response)?)
    }

    pub(crate) fn response(self, body: Vec<u8>) -> Result<Response, Fault> {
        let status = self.whole("status")?.and_then(|status| status.try_into().ok());
        let mut headers = Headers::new().with("content-type", self.text("contentType"));
        if let Some(value) = self.maybe("retryAfter") {
            headers.push("retry-after", value);
        }
        Ok(Response { status: status.ok_or(Fault::Misuse("status"))?, headers, body })
    }

    fn login(self, client: &Client) -> Result<Writer, Fault> {
        Ok(facts::redirect(&client.login(self.seed()?, self.asked()?, self.now()?)))
    }

    pub(crate) fn seed(self) -> Result<Seed, Fault> {
        let seed = base64url::decode(&self.text("seed")).and_then(|bytes| bytes.try_into().ok());
        seed.map(Seed::new).ok_or(Fault::Misuse("seed"))
    }

    pub(crate) fn asked(self) -> Result<Asked, Fault> {
        let scope = ScopeSet::parse(&self.text("scope")).map_err(|_| Fault::Misuse("scope"))?;
        let return_to = ReturnTo::parse(&self.text("returnTo"))?;
        let prompt = match self.maybe("prompt") {
            Some(word) => Some(Prompt::parse(&word).ok_or(Fault::Misuse("prompt"))?),
            None => None,
        };
        let max_age = self.whole("maxAge")?.map(Duration::from_secs);
        let login_hint = self.maybe("loginHint");
        let resources = self.strings("resources").collect();
        Ok(Asked { return_to, prompt, max_age, login_hint, resources, ..Asked::of(scope) })
    }

    pub(crate) fn strings(self, name: &str) -> impl Iterator<Item = String> {
        let all = self.0.get(name).and_then(Value::array).into_iter().flatten();
        all.filter_map(Value::string).map(Into::into)
    }

    fn accept(self, client: &Client) -> Result<Turn, Fault> {
        let login = AwaitingCallback::decode(&self.text("record"))?;
        match login.accept(client, &self.text("query"), self.now()?) {
            Ok(accepted) => Ok(accepted.finish()),
            Err(refused) => {
                let error = Box::new(refused.error.into());
                Err(if refused.kept.is_some() { Fault::Kept(error) } else { Fault::Core(error) })
            }
        }
    }
}
