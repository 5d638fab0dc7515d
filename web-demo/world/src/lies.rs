//! A store that lies: what is left of the server's checks when what they compare is made to fit.

use core::time::Duration;

use grantflow::pkce::Challenge;
use grantflow::server::grant::{Death, Phase};
use grantflow::server::{Record, Versioned};
use grantflow::wire::form::Form;
use grantflow::wire::http::Request;

use crate::defence::{Defence, Defences};

/// What a store lies about.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lies {
    fits: bool,
    forgets_spent: bool,
    forgets_ended: bool,
    code_lifetime: Duration,
}

impl Lies {
    pub(crate) fn new(without: Defences, code_lifetime: Duration) -> Self {
        Self {
            fits: without.contains(Defence::Pkce),
            forgets_spent: without.contains(Defence::OneUse),
            forgets_ended: without.contains(Defence::Ended),
            code_lifetime,
        }
    }

    /// What the store says it has found, to whoever sent this request.
    pub(crate) fn read(self, request: &Request, found: Option<Versioned>) -> Option<Versioned> {
        let Versioned { version, record } = found?;
        let Record::Grant(mut grant) = record else { return Some(Versioned { version, record }) };
        let form = Form::parse(&request.body).unwrap_or_default();
        if form.field("grant_type") == "authorization_code" {
            if self.forgets_spent {
                grant.phase = Phase::Coded { until: grant.terms.born + self.code_lifetime };
            }
            if let Some(agreed) = grant.terms.agreed.as_mut().filter(|_| self.fits) {
                let verifier = form.one("code_verifier").ok().flatten();
                agreed.challenge = verifier.map(Challenge::of);
            }
        }
        Some(Versioned { version, record: Record::Grant(grant) })
    }

    /// Whether the store keeps what it says it has stored.
    pub(crate) fn keeps(self, record: &Record) -> bool {
        match record {
            Record::Grant(grant) => match grant.phase {
                Phase::Dead { why: Death::Replayed } => !self.forgets_ended,
                Phase::Dead { why: Death::Expired | Death::Revoked }
                | Phase::Coded { .. }
                | Phase::Live { .. } => true,
            },
            Record::Client(_)
            | Record::Developer(_)
            | Record::Consent(_)
            | Record::Assertion { .. }
            | Record::Origin(_) => true,
        }
    }
}
