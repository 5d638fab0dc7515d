//! What answers say, and what tokens are good for at a moment: asked of the shipping server.

use grantflow::server::path;

use crate::book::{Book, Id, Memo};
use crate::cast::{EVIL_APP, Sender, form_to, refreshing, visit};
use crate::host::{End, Flight, Host};
use crate::shelf::{Honest, Shelf};

use super::errand::parameter;

/// What an answer says.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Told {
    pub(crate) status: u16,
    pub(crate) access: Option<Id<String>>,
    pub(crate) refresh: Option<Id<String>>,
    pub(crate) code: Option<Id<String>>,
    /// For how many seconds the access token is said to live.
    pub(crate) lives: u32,
    /// Whether it is refused for being too old.
    pub(crate) is_too_old: bool,
    /// Whether the app is told that the person said no.
    pub(crate) is_no: bool,
}

impl Told {
    pub(crate) fn holds(&self, text: Id<String>) -> bool {
        [self.access, self.refresh, self.code].contains(&Some(text))
    }
}

/// What an access token is good for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Good {
    /// It opens the API.
    pub(crate) opens: bool,
    /// It opens the userinfo endpoint.
    pub(crate) identifies: bool,
    /// The app is told that it lives, if it may ask.
    pub(crate) is_active: Option<bool>,
    /// The evil client is told that it lives.
    pub(crate) is_told: bool,
}

/// Reader of answers.
pub(crate) struct Facts {
    pub(crate) texts: Book<String>,
    told: Memo<Id<End>, Told>,
    good: Memo<(Id<String>, Shelf, u32), Good>,
    next: Memo<(Flight, Shelf), Told>,
    /// Who may ask whether a token lives.
    sender: Option<Sender<'static>>,
    /// Who refreshes.
    refresher: Sender<'static>,
}

impl Facts {
    pub(crate) fn new(refresher: Sender<'static>) -> Self {
        let sender = match refresher {
            Sender::Proved(_) => Some(refresher),
            Sender::Named(_) | Sender::Guessed(_) | Sender::Stated(_) => None,
        };
        let (texts, told, good, next) = (Book::new(), Memo::new(), Memo::new(), Memo::new());
        Self { texts, told, good, next, sender, refresher }
    }

    /// What an answer says.
    pub(crate) fn of(&self, host: &Host, end: Id<End>) -> Told {
        self.told.of(&end, || {
            let it = host.ends.get(end);
            let tokens = it.tokens();
            let text = |text: &str| self.texts.id(text.into());
            let secret = |secret: &grantflow::secret::Secret| text(secret.expose());
            Told {
                status: it.status(),
                access: tokens.as_ref().map(|tokens| secret(&tokens.access_token)),
                refresh: tokens.as_ref().and_then(|it| it.refresh_token.as_ref()).map(secret),
                code: parameter(host, end, "code").map(|code| text(&code)),
                lives: tokens
                    .and_then(|tokens| tokens.expires_in)
                    .map_or(0, |seconds| u32::try_from(seconds).unwrap()),
                is_too_old: it.says("expired"),
                is_no: parameter(host, end, "error").as_deref() == Some("access_denied"),
            }
        })
    }

    /// What an access token is good for.
    pub(crate) fn good(&self, host: &Host, token: Id<String>, shelf: &Shelf, now: u32) -> Good {
        self.good.of(&(token, shelf.clone(), now), || {
            let text = self.texts.get(token);
            let get = |path| {
                let request = host.requests.id(visit(path, &text));
                let mut store = Honest { host, shelf: shelf.clone() };
                host.ends.get(host.run(Flight::new(request, 0, now), &mut store)).status() == 200
            };
            let is_active = |sender| {
                let form = form_to(path::INTROSPECT, sender, &[("token", &text)]);
                let request = host.requests.id(form);
                let mut store = Honest { host, shelf: shelf.clone() };
                let end = host.run(Flight::new(request, 0, now), &mut store);
                host.ends.get(end).says(r#""active":true"#)
            };
            let is_told = is_active(Sender::Proved(EVIL_APP));
            let is_active = self.sender.map(is_active);
            Good { opens: get(path::TASKS), identifies: get(path::USERINFO), is_active, is_told }
        })
    }

    /// What the refresh token would get now, if nobody else came.
    pub(crate) fn renewed(&self, host: &Host, token: Id<String>, shelf: &Shelf, now: u32) -> Told {
        let text = self.texts.get(token);
        let request = host.requests.id(refreshing(self.refresher, &text));
        self.would(host, &Flight::new(request, 0, now), shelf)
    }

    /// What a request would get now, if nobody else came.
    pub(crate) fn would(&self, host: &Host, flight: &Flight, shelf: &Shelf) -> Told {
        self.next.of(&(flight.clone(), shelf.clone()), || {
            let mut store = Honest { host, shelf: shelf.clone() };
            let end = host.run(flight.clone(), &mut store);
            self.of(host, end)
        })
    }
}
