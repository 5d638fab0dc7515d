//! A store that lies: what is left of the server's checks when what they compare is made to fit.

use std::time::Duration;

use grantflow::pkce::Challenge;
use grantflow::server::grant::{Death, Phase};
use grantflow::server::{Record, Versioned};
use grantflow::wire::credentials::parse_basic;
use grantflow::wire::form::Form;
use grantflow::wire::http::Request;

use crate::book::{Id, Memo};
use crate::defence::{Defence, Defences};
use crate::host::{Flight, Host, Place};

/// What a store lies about.
pub(crate) struct Lies {
    off: Defences,
    code_lifetime: Duration,
    told: Memo<(Id<Request>, Id<Versioned>), Id<Versioned>>,
}

/// What a token request claims.
struct Claim {
    client_id: String,
    redirect_uri: String,
    verifier: Option<String>,
    is_redemption: bool,
}

impl Claim {
    fn of(request: &Request) -> Option<Self> {
        let form = Form::parse(&request.body).ok()?;
        let basic = request.headers.first("authorization").and_then(|it| parse_basic(it).ok());
        let named = form.field("client_id").into();
        Some(Self {
            client_id: basic.map_or(named, |(client_id, _)| client_id),
            redirect_uri: form.field("redirect_uri").into(),
            verifier: form.one("code_verifier").ok()?.map(Into::into),
            is_redemption: form.field("grant_type") == "authorization_code",
        })
    }
}

impl Lies {
    pub(crate) fn new(off: Defences, code_lifetime: Duration) -> Self {
        Self { off, code_lifetime, told: Memo::new() }
    }

    /// What the store says it has found.
    pub(crate) fn read(
        &self,
        host: &Host,
        flight: &Flight,
        found: Option<Id<Versioned>>,
    ) -> Option<Id<Versioned>> {
        let found = found?;
        let fits =
            Defences::of(&[Defence::Redirect, Defence::Owner, Defence::Verifier, Defence::Spent]);
        if self.off.and(fits) == Defences::NONE {
            return Some(found);
        }
        let key = (flight.request, found);
        Some(self.told.of(&key, || self.fit(host, flight, found)))
    }

    fn fit(&self, host: &Host, flight: &Flight, found: Id<Versioned>) -> Id<Versioned> {
        let Versioned { version, record } = &*host.records.get(found);
        let claim = Claim::of(&host.requests.get(flight.request));
        let (Record::Grant(grant), Some(claim)) = (record, claim) else { return found };
        let mut grant = grant.clone();
        if self.off.has(Defence::Owner) {
            grant.terms.client_id = claim.client_id;
        }
        if self.off.has(Defence::Spent) && claim.is_redemption {
            let until = grant.terms.born + self.code_lifetime;
            grant.phase = Phase::Coded { until };
        }
        if let Some(agreed) = grant.terms.agreed.as_mut().filter(|_| claim.is_redemption) {
            if self.off.has(Defence::Redirect) {
                agreed.redirect_uri = claim.redirect_uri;
            }
            if self.off.has(Defence::Verifier) {
                agreed.challenge = claim.verifier.as_deref().map(Challenge::of);
            }
        }
        host.records.id(Versioned { version: *version, record: Record::Grant(grant) })
    }

    /// Whether the store swaps whatever is there.
    pub(crate) const fn compares_not(&self) -> bool {
        self.off.has(Defence::Compare)
    }

    /// Whether the store keeps what it says it has stored.
    pub(crate) fn keeps(&self, host: &Host, place: Place) -> bool {
        let forgets = |defence| self.off.has(defence);
        match &host.records.get(place.then).record {
            Record::Grant(grant) => match grant.phase {
                Phase::Coded { .. } => true,
                Phase::Live { turn, .. } => !(turn > 0 && forgets(Defence::Turned)),
                Phase::Dead { why: Death::Expired } => !forgets(Defence::Expired),
                Phase::Dead { why: Death::Replayed | Death::Revoked } => !forgets(Defence::Ended),
            },
            Record::Assertion { .. } => !forgets(Defence::Stated),
            Record::Consent(remembered) => {
                let is_no = remembered.answers.iter().all(|yes| yes.scope.is_empty());
                !(is_no && forgets(Defence::Said))
            }
            Record::Client(_) | Record::Developer(_) | Record::Origin(_) => true,
        }
    }
}
