//! What the tests of more than one leg begin with.

use core::time::Duration;

use crate::scope::ScopeSet;
use crate::server::grant::{Agreement, AskedClaims, Terms};
use crate::server::name::GrantId;
use crate::time::UnixTime;

pub(crate) const NOW: UnixTime = UnixTime::from_secs(1_700_000_000);

/// What Alice agreed to for a public app, and whether it may be refreshed, for a thousand seconds.
pub(crate) fn terms(scope: &str, is_refreshed: bool, dies: UnixTime) -> Terms {
    let agreed = Agreement {
        subject: "alice".into(),
        auth_time: NOW,
        redirect_uri: "https://app.test/cb".into(),
        challenge: None,
        nonce: None,
        claims: AskedClaims::default(),
        refresh_until: is_refreshed.then(|| NOW + Duration::from_secs(1000)),
    };
    Terms {
        id: GrantId([1; 16]),
        client_id: "app".into(),
        scope: ScopeSet::parse(scope).unwrap(),
        resources: [].into(),
        agreed: Some(agreed),
        born: NOW,
        dies,
    }
}
