//! Questions for whoever knows the people.

use alloc::boxed::Box;
use alloc::string::String;
use core::fmt;
use core::time::Duration;

use super::Turn;
use crate::secret::Secret;
use crate::server::handle::Call;
use crate::server::{identity, issue, login, reply};

/// Is this the person they say they are?
pub struct SignIn<'s> {
    call: Call<'s>,
    username: String,
    password: Secret,
    next: Box<login::AwaitingVerdict<'s>>,
}

impl<'s> SignIn<'s> {
    pub(crate) fn ask(
        call: Call<'s>,
        username: String,
        password: Secret,
        next: login::AwaitingVerdict<'s>,
    ) -> Turn<'s> {
        Turn::SignIn(Self { call, username, password, next: Box::new(next) })
    }

    /// Who they say they are.
    #[must_use]
    pub fn username(&self) -> &str {
        &self.username
    }

    /// What only they should know.
    #[must_use]
    pub const fn password(&self) -> &Secret {
        &self.password
    }

    /// Goes on with the person's subject, or with `None` if username or password is wrong.
    ///
    /// A subject is one for ever, 1 to 255 ASCII characters
    /// ([OpenID Connect Core §2](https://openid.net/specs/openid-connect-core-1_0.html#IDToken)), and
    /// does not begin with `client:`, for so are called clients that act for themselves; whoever has
    /// another is not signed in.
    pub fn answer(self, subject: Option<String>) -> Turn<'s> {
        self.next.resume(self.username, subject)
    }

    /// Ends with 429, for there were too many wrong passwords; nobody may try again before `wait`.
    pub fn too_many(self, wait: Duration) -> Turn<'s> {
        reply::too_many(&self.call, wait)
    }

    /// Ends with 503, for the directory cannot be asked. Nobody is signed in, and the login page is
    /// as good as before.
    pub fn unavailable(self) -> Turn<'s> {
        reply::unavailable(&self.call)
    }
}

/// Many a username is an address.
impl fmt::Debug for SignIn<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignIn").finish_non_exhaustive()
    }
}

/// What is known about [`Claims::subject`]?
pub struct Claims<'s> {
    call: Call<'s>,
    subject: String,
    next: AfterClaims<'s>,
}

pub(crate) enum AfterClaims<'s> {
    Token(Box<issue::AwaitingClaims<'s>>),
    UserInfo(Box<identity::AwaitingClaims<'s>>),
}

impl<'s> Claims<'s> {
    pub(crate) fn ask(call: Call<'s>, subject: String, next: AfterClaims<'s>) -> Turn<'s> {
        Turn::Claims(Self { call, subject, next })
    }

    /// Whom it is about.
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// Goes on with all that is known, as a JSON object of standard claims
    /// ([OpenID Connect Core §5.1](https://openid.net/specs/openid-connect-core-1_0.html#StandardClaims));
    /// the core lets out what the scope allows. `None` is a person who is gone or may not sign in.
    pub fn answer(self, claims: Option<String>) -> Turn<'s> {
        match self.next {
            AfterClaims::Token(waiting) => waiting.resume(claims),
            AfterClaims::UserInfo(waiting) => waiting.resume(claims),
        }
    }

    /// Ends with 503, for the directory cannot be asked. As for what was consumed, see
    /// [`Sign::unavailable`](super::Sign::unavailable).
    pub fn unavailable(self) -> Turn<'s> {
        reply::unavailable(&self.call)
    }
}

/// What comes next may hold tokens.
impl fmt::Debug for Claims<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Claims").field("subject", &self.subject).finish_non_exhaustive()
    }
}
