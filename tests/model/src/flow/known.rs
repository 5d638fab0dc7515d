//! What was put together before: the same few texts, over and over.

use std::sync::Arc;

use grantflow::wire::form::Form;
use grantflow::wire::http::Request;

use crate::book::{Id, Memo};
use crate::host::End;

use super::{Flow, Issued, Knowledge, Slots};

/// What the attacker has put together, and what our server has answered.
pub(crate) struct Known {
    pub(super) asks: Memo<(usize, u32), Id<Request>>,
    /// Links, by what he knows, and whether they are for himself.
    pub(super) links: Memo<(Knowledge, bool), Arc<[Id<Request>]>>,
    pub(super) callbacks: Memo<(Option<Id<String>>, Slots), Arc<[Id<String>]>>,
    pub(super) redemptions: Memo<(Id<Issued>, Slots), Arc<[Id<Request>]>>,
    codes: Memo<Id<Request>, Option<Id<String>>>,
    tokens: Memo<Id<End>, Option<Id<String>>>,
    pub(super) proofs: Memo<(Id<Issued>, Id<Request>), bool>,
}

impl Known {
    pub(crate) fn new() -> Self {
        Self {
            asks: Memo::new(),
            links: Memo::new(),
            callbacks: Memo::new(),
            redemptions: Memo::new(),
            codes: Memo::new(),
            tokens: Memo::new(),
            proofs: Memo::new(),
        }
    }
}

impl Flow {
    /// The code in a token request.
    pub(super) fn code_in(&self, request: Id<Request>) -> Option<Id<String>> {
        self.known.codes.of(&request, || {
            let request = self.server.host.requests.get(request);
            let form = Form::parse(&request.body).ok()?;
            Some(self.server.text(form.one("code").ok()??))
        })
    }

    /// The access token in an answer.
    pub(super) fn token_in(&self, end: Id<End>) -> Option<Id<String>> {
        self.known.tokens.of(&end, || {
            let tokens = self.server.host.ends.get(end).tokens()?;
            Some(self.server.text(tokens.access_token.expose()))
        })
    }
}
