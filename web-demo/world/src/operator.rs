//! What the operator of the honest server has decided: its rules, and whom it knows.

use core::time::Duration;

use grantflow::base64url;
use grantflow::scope::ScopeSet;
use grantflow::secret::Secret;
use grantflow::server::{Client, Declaration, Policy, Resource, TokenFormat};
use grantflow::time::UnixTime;
use grantflow::uri::Issuer;
use grantflow::wire::registration::{AuthMethod, ClientMetadata, GrantType};

use crate::cast::{APP, AS, CALENDAR, CALLBACK, CLIENT_ID, EVIL_CALLBACK, EVIL_CLIENT};
use crate::defence::{Defence, Defences};
use crate::entropy::Source;
use crate::fault::Fault;
use crate::input::{AppKind, Config};
use crate::prelude::*;

const TEN_YEARS: Duration = Duration::from_secs(10 * 365 * 24 * 3600);

/// A secret that everybody tries.
pub const WEAK_SECRET: &str = "trustno1";

pub(crate) fn cannot(what: &str) -> Fault {
    Fault::new("bad_config", format!("The server does not take {what}."))
}

pub(crate) fn policy(without: Defences) -> Result<Policy, Fault> {
    let mut policy = Policy::new(Issuer::parse(AS).map_err(|_| cannot("its name"))?);
    policy.resources.push(Resource {
        identifier: CALENDAR.into(),
        path: None,
        scope: ScopeSet::default(),
        format: TokenFormat::Opaque,
        introspected_by: None,
    });
    if without.contains(Defence::TokenLife) {
        policy.access_token_lifetime = TEN_YEARS;
    }
    Ok(policy)
}

/// The secret of the app, if it has one.
pub(crate) fn secret(config: &Config, source: &Source) -> Option<Secret> {
    match config.app {
        AppKind::Public => None,
        AppKind::Confidential if config.without.contains(Defence::Secret) => {
            Some(Secret::new(WEAK_SECRET))
        }
        AppKind::Confidential => {
            Some(Secret::new(base64url::encode(source.named("the app's secret"))))
        }
    }
}

/// The app, and the attacker's.
pub(crate) fn clients(
    config: &Config,
    source: &Source,
    now: UnixTime,
) -> Result<[Client; 2], Fault> {
    let gone = |defence| config.without.contains(defence);
    let mut redirect_uris = vec![CALLBACK.to_owned()];
    if gone(Defence::RedirectExact) {
        redirect_uris.push(EVIL_CALLBACK.into());
    }
    let (method, grant_types) = match config.app {
        AppKind::Public => (AuthMethod::None, Vec::new()),
        AppKind::Confidential => (
            AuthMethod::ClientSecretBasic,
            vec![
                GrantType::AuthorizationCode,
                GrantType::RefreshToken,
                GrantType::ClientCredentials,
            ],
        ),
    };
    let app = Declaration {
        client_id: CLIENT_ID.into(),
        client_secret: secret(config, source),
        metadata: ClientMetadata {
            client_name: Some("Taskmaster".into()),
            redirect_uris,
            token_endpoint_auth_method: Some(method),
            grant_types,
            post_logout_redirect_uris: vec![format!("{APP}/")],
            ..ClientMetadata::default()
        },
        is_trusted: true,
    };
    let evil = Declaration {
        client_id: EVIL_CLIENT.into(),
        client_secret: None,
        metadata: ClientMetadata {
            client_name: Some("Free Games".into()),
            redirect_uris: vec![EVIL_CALLBACK.into()],
            token_endpoint_auth_method: Some(AuthMethod::None),
            ..ClientMetadata::default()
        },
        is_trusted: gone(Defence::Vouched),
    };
    let declare = |said| Client::declare(said, now).map_err(|_| cannot("an app"));
    Ok([declare(&app)?, declare(&evil)?])
}
