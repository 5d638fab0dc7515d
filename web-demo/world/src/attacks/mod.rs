//! The attacks, a file for each kind.

use crate::lab::Attack;

pub(crate) mod clients;
mod codes;
mod id_tokens;
mod logins;
mod pages;
mod redirects;
mod tokens;

/// All of them, in the order of the table.
pub(crate) const ALL: &[&Attack] = &[
    &logins::FORCED_LOGIN,
    &codes::INTERCEPTION,
    &logins::INJECTION,
    &codes::REPLAY,
    &codes::RACE,
    &logins::DOWNGRADE,
    &redirects::TAMPERING,
    &logins::MIX_UP,
    &tokens::ELSEWHERE,
    &pages::REDIRECT_307,
    &pages::CLICKJACKING,
    &clients::GUESS,
    &id_tokens::UNSIGNED,
    &id_tokens::ISSUER,
    &id_tokens::AUDIENCE,
    &id_tokens::NONCE,
    &id_tokens::EXPIRED,
    &redirects::OPEN,
];
