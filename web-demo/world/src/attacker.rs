//! What the attacker does: he reads what leaks, writes what he likes, and fills in what he has seen.

use grantflow::base64url;
use grantflow::wire::form;
use grantflow::wire::http::{Method, Request};

use crate::cast::{Actor, EVIL};
use crate::fault::Fault;
use crate::input::{Edit, SentAnswer, SentRequest};
use crate::limits;
use crate::message::{Asked, Fields, Kind, header};
use crate::network::{Draft, Waiter};
use crate::prelude::*;
use crate::world::{World, find_mut};

const FORM: &str = "application/x-www-form-urlencoded";

impl World {
    /// The attacker comes to read a message.
    pub(crate) fn leak(&mut self, id: u32) -> Result<(), Fault> {
        let exchange = find_mut(&mut self.exchanges, id).ok_or_else(|| Fault::no_message(id))?;
        exchange.message.seen = true;
        self.touch(id);
        Ok(())
    }

    /// The attacker sends a request.
    pub(crate) fn send_forged(&mut self, request: &SentRequest) -> Result<(), Fault> {
        if Method::parse(&request.method) == Method::Other {
            return Err(Fault::new("no_method", "That is no verb of HTTP."));
        }
        let is_form = header(&request.headers, "content-type").is_some_and(|it| it.contains(FORM));
        let asked = Asked {
            method: request.method.clone(),
            url: self.fill(&request.url, true)?,
            headers: self.fill_fields(&request.headers)?,
            body: self.fill(&request.body, is_form)?,
        };
        if Actor::at(&asked.url).is_none() {
            return Err(Fault::new("no_url", "Nobody is at that address."));
        }
        self.send(Draft {
            from: Actor::Attacker,
            kind: Kind::Fetch,
            request: asked.to_request(),
            waiter: Waiter::Nobody,
            after: None,
        });
        Ok(())
    }

    /// The attacker writes an ID token.
    pub(crate) fn forge(&mut self, name: &str, alg: &str, claims: &str) -> Result<(), Fault> {
        let is_name = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
        if name.is_empty() || name.len() > limits::LONGEST_NAME || !name.bytes().all(is_name) {
            return Err(Fault::new("no_name", "A token’s name is letters, digits and _."));
        }
        let claims = self.fill(claims, false)?;
        let token = match alg {
            "EdDSA" => self.evil.key.token(&claims),
            "none" => {
                let header = base64url::encode(r#"{"alg":"none"}"#);
                format!("{header}.{}.", base64url::encode(claims))
            }
            _ => return Err(Fault::new("no_algorithm", "He signs with EdDSA, or with none.")),
        };
        self.forged.put(name, token);
        Ok(())
    }

    /// The attacker's server answers otherwise from now on.
    pub(crate) fn serve(&mut self, path: &str, answer: &SentAnswer) -> Result<(), Fault> {
        if path.len() > limits::LONGEST_NAME {
            return Err(Fault::too_long("The path"));
        }
        let answer = SentAnswer {
            status: answer.status,
            headers: self.fill_fields(&answer.headers)?,
            body: self.fill(&answer.body, false)?,
        };
        let request = Request::get(format!("{EVIL}{path}"));
        self.evil.set.put(request.path(), answer);
        Ok(())
    }

    pub(crate) fn fill_edit(&self, edit: &Edit) -> Result<Edit, Fault> {
        let text = |text: &Option<String>, encoded| {
            text.as_ref().map(|text| self.fill(text, encoded)).transpose()
        };
        let headers = edit.headers.as_deref().map(|fields| self.fill_fields(fields));
        Ok(Edit {
            method: edit.method.clone(),
            url: text(&edit.url, true)?,
            status: edit.status,
            headers: headers.transpose()?,
            body: text(&edit.body, false)?,
        })
    }

    fn fill_fields(&self, fields: &[(String, String)]) -> Result<Fields, Fault> {
        let fill = |(name, value): &(String, String)| {
            self.fill(value, false).map(|value| (name.clone(), value))
        };
        fields.iter().map(fill).collect()
    }

    /// Fills in what is in `{{ }}`, from what the attacker has seen.
    pub(crate) fn fill(&self, text: &str, is_encoded: bool) -> Result<String, Fault> {
        let mut filled = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("{{") {
            let Some((name, after)) = after.split_once("}}") else { break };
            let value = self.known(name)?;
            filled.push_str(before);
            filled.push_str(&if is_encoded { form::encode(&value) } else { value });
            rest = after;
            if filled.len() > limits::LONGEST_WRITTEN {
                return Err(Fault::too_long("What he writes"));
            }
        }
        filled.push_str(rest);
        Ok(filled)
    }

    /// A value that the attacker knows.
    fn known(&self, name: &str) -> Result<String, Fault> {
        let nothing = || Fault::new("no_such_value", format!("There is no {name}."));
        let (of, name_in_it) = name.split_once('.').ok_or_else(nothing)?;
        if of == "forged" {
            return self.forged.get(name_in_it).cloned().ok_or_else(nothing);
        }
        let id = of.parse().map_err(|_| nothing())?;
        let message = self.message(id).ok_or_else(|| Fault::no_message(id))?;
        if !message.seen {
            return Err(Fault::new("not_seen", format!("The attacker has not seen message {id}.")));
        }
        match (name_in_it, name_in_it.strip_prefix("answer.")) {
            ("body", _) => Ok(message.response.body.clone()),
            (_, Some(name)) => message.answered(name).ok_or_else(nothing),
            (name, None) => message.value(name).ok_or_else(nothing),
        }
    }
}
