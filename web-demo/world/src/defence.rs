//! What stands in an attack's way, piece by piece, and how each is taken away from outside: by
//! configuration, by a store that lies, or by an app that tampers. The core has no switch.

use core::fmt;

use serde::{Serialize, Serializer};

macro_rules! defences {
    ($($variant:ident, $id:literal, $name:literal, $how:literal;)*) => {
        /// One piece of what stands in an attack's way.
        #[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        pub enum Defence {
            $(#[doc = $name] #[serde(rename = $id)] $variant,)*
        }

        impl Defence {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// Its name, for programs.
            #[must_use]
            pub const fn id(self) -> &'static str {
                match self { $(Self::$variant => $id,)* }
            }

            /// What it is, for people.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// How it is taken away.
            #[must_use]
            pub const fn how(self) -> &'static str {
                match self { $(Self::$variant => $how,)* }
            }
        }
    };
}

defences! {
    // The app's side.
    State, "state", "`state` is one login’s", "The app rewrites `state` to fit whatever login it has.";
    Browser, "browser", "A login belongs to the browser that began it", "All browsers share one storage of logins that wait.";
    Iss, "iss", "The callback names its server (`iss`)", "The app ignores `iss`: it leaves it out of the callback, and out of the server’s metadata the line that promises it.";
    Nonce, "nonce", "The ID token names its login (`nonce`)", "The app rewrites the ID token’s `nonce` to fit.";
    Audience, "aud", "The ID token names its app (`aud`)", "The app rewrites the ID token’s `aud` to fit.";
    TokenIssuer, "id_token.iss", "The ID token names its server (`iss`)", "The app rewrites the ID token’s `iss` to fit, and goes by what it was.";
    Expiry, "exp", "The ID token ends (`exp`)", "The app rewrites the ID token’s `exp` to fit.";
    Signature, "signature", "The ID token is signed", "The app takes `none` for the server’s algorithm, and says of every signature that it is good.";
    Resource, "resource", "A token is for one API", "The app names no API, so that its token is good for all of them.";
    // The server's side.
    Pkce, "pkce", "PKCE (S256)", "The store rewrites the grant’s challenge to fit whatever verifier comes, or none.";
    OneUse, "one_use", "A code buys tokens once", "The store forgets that a code was spent.";
    Ended, "ended", "A code that comes twice ends what it bought", "The store forgets that a grant was ended.";
    RedirectExact, "redirect_exact", "Redirect URIs are compared byte for byte", "The attacker’s redirect URI is registered for the app, too.";
    Vouched, "vouched", "Nobody is sent to an app that nobody vouches for", "The operator vouches for the attacker’s app.";
    TokenLife, "token_life", "A token lives for an hour", "Access tokens live for ten years.";
    Secret, "secret", "The app’s secret cannot be guessed", "The app’s secret is on a list of common passwords.";
    Throttle, "throttle", "Who fails ten times has to wait", "The host counts no failures.";
}

/// A set of them.
#[derive(Clone, Copy, Default, Eq, PartialEq)]
pub struct Defences(u32);

impl Defences {
    /// None of them.
    #[must_use]
    pub const fn new() -> Self {
        Self(0)
    }

    /// Whether it is one of them.
    #[must_use]
    pub const fn contains(self, defence: Defence) -> bool {
        self.0 >> (defence as u32) & 1 == 1
    }

    /// Each of them, in order.
    pub fn iter(self) -> impl Iterator<Item = Defence> {
        Defence::ALL.iter().copied().filter(move |defence| self.contains(*defence))
    }
}

impl FromIterator<Defence> for Defences {
    fn from_iter<I: IntoIterator<Item = Defence>>(all: I) -> Self {
        Self(all.into_iter().fold(0, |set, defence| set | 1 << (defence as u32)))
    }
}

impl Serialize for Defences {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(self.iter())
    }
}

impl fmt::Debug for Defences {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}
