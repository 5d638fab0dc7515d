//! One login, from the configuration to the tokens.
//!
//! There is one door: a question in JSON goes in, an answer in JSON comes out. Each class or
//! function more would be half a kilobyte of wasm and glue.

use alloc::boxed::Box;
use alloc::vec::Vec;

use grantflow::client::discover::METADATA_PATH;
use grantflow::client::{AwaitingCallback, Client, KnownKeys, Turn, storage_key_of};
use grantflow::time::UnixTime;
use grantflow::wire::json::{self, Writer};
use wasm_bindgen::prelude::wasm_bindgen;

use crate::facts;
use crate::fault::Fault;
use crate::question::{Question, kind};

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
                    Turn::Sign(_) | Turn::Prove(_) | Turn::Done(_) => return Err(Fault::Used),
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

impl Question<'_> {
    fn now(self) -> Result<UnixTime, Fault> {
        let seconds = self.whole("now")?.ok_or(Fault::Misuse("now"))?;
        Ok(UnixTime::from_secs(seconds))
    }

    fn client(self, metadata: Vec<u8>) -> Result<Client, Fault> {
        let response = self.response(metadata)?;
        Ok(self.profile()?.discover().answer(&response)?)
    }

    fn login(self, client: &Client) -> Result<Writer, Fault> {
        Ok(facts::redirect(&client.login(self.seed()?, self.asked()?, self.now()?)))
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
