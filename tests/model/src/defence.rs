//! What stands between the attacker and Alice, piece by piece, and how each is taken away from
//! outside: by configuration, by a store that lies, or by a host that tampers. The core has no switch.

use std::fmt;

macro_rules! defences {
    ($($variant:ident, $name:literal, $how:literal, $rows:literal;)*) => {
        /// One piece of what stands in the attacker's way.
        #[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
        pub(crate) enum Defence {
            $(#[doc = $how] $variant,)*
        }

        impl Defence {
            pub(crate) const ALL: &[Self] = &[$(Self::$variant,)*];

            /// A short name.
            pub(crate) const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// How it is taken away.
            pub(crate) const fn how(self) -> &'static str {
                match self { $(Self::$variant => $how,)* }
            }

            /// The rows of the attack catalogue that it answers.
            pub(crate) const fn rows(self) -> &'static str {
                match self { $(Self::$variant => $rows,)* }
            }
        }
    };
}

defences! {
    // The app's side.
    State, "state", "the app rewrites `state` to fit whatever login it has", "A-60";
    Browser, "browser", "all browsers share one storage of pending logins", "A-61";
    Iss, "iss", "the server does not promise `iss`, and it is lost on the way", "A-63";
    Once, "once", "the app keeps a login that was answered", "A-62";
    Nonce, "nonce", "the app rewrites the ID token's `nonce` to fit, and vouches for the signature", "A-84";
    Audience, "aud", "the app rewrites the ID token's `aud` to fit, and vouches for the signature", "A-83";
    TokenIssuer, "id_token.iss", "the app rewrites the ID token's `iss` to fit, and vouches for the signature", "A-83";
    Signature, "signature", "the app says of every signature that it is good", "A-80";
    IdToken, "id_token", "the app asks for no identity, and goes by whose resource the token opens", "A-84";
    Accounts, "accounts", "the app keys accounts on `sub` alone", "A-66";
    Challenge, "pkce", "the app strips challenge and verifier", "A-50";
    Seeds, "seeds", "the app's seeds can be predicted", "A-73";
    Tls, "tls", "the app takes anybody's answer for our server's", "A-86";
    Client, "client", "the app forgets at which server a login was begun", "A-65";
    // The server's side.
    Registered, "redirect_exact", "the attacker's redirect URI is registered for the app", "A-01";
    Redirect, "redirect_bound", "the store rewrites the grant's redirect URI to fit", "A-36";
    Owner, "client_bound", "the store rewrites the grant's client to fit", "A-35";
    Verifier, "verifier", "the store rewrites the grant's challenge to fit", "A-50";
    Secret, "secret", "the attacker knows the app's secret", "A-100";
    Spent, "one_use", "the store forgets that a code was spent", "A-31";
    Ended, "ended", "the store forgets that a grant was ended", "A-31";
    Turned, "turned", "the store forgets that a refresh token was spent", "A-110";
    Compare, "compare", "the store swaps without comparing", "A-33";
    Stated, "jti", "the store forgets that a statement was used", "A-106";
    CodeLife, "code_life", "codes live for ever", "A-34";
    TokenLife, "token_life", "access tokens live for ever", "A-116";
    RefreshLife, "refresh_life", "grants can be refreshed for ever", "A-110";
    Grace, "grace", "a spent refresh token gets its answer again for ever", "A-111";
    Expired, "expired", "the store forgets that a code was too old", "A-130";
    Said, "no", "the store forgets that Alice said no", "A-12";
    // The app's session.
    Shared, "one_session", "each tab keeps the tokens for itself", "A-110";
    Again, "again", "the server gives no answer a second time", "A-111";
}

/// A set of them.
#[derive(Clone, Copy, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(crate) struct Defences(u64);

impl Defences {
    pub(crate) const NONE: Self = Self(0);

    pub(crate) const fn of(all: &[Defence]) -> Self {
        let (mut set, mut at) = (0, 0);
        while at < all.len() {
            set |= 1 << all[at] as u64;
            at += 1;
        }
        Self(set)
    }

    pub(crate) const fn has(self, defence: Defence) -> bool {
        self.0 >> (defence as u64) & 1 == 1
    }

    pub(crate) const fn with(self, defence: Defence) -> Self {
        Self(self.0 | 1 << defence as u64)
    }

    pub(crate) const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    pub(crate) const fn without(self, defence: Defence) -> Self {
        Self(self.0 & !(1 << defence as u64))
    }

    pub(crate) const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(crate) const fn is_within(self, other: Self) -> bool {
        self.0 & !other.0 == 0
    }

    pub(crate) const fn len(self) -> u32 {
        self.0.count_ones()
    }

    pub(crate) fn iter(self) -> impl Iterator<Item = Defence> {
        Defence::ALL.iter().copied().filter(move |defence| self.has(*defence))
    }
}

impl fmt::Display for Defences {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.iter().map(Defence::name).collect();
        f.write_str(&names.join(", "))
    }
}

impl fmt::Debug for Defences {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{{{self}}}")
    }
}
