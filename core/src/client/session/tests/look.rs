//! What is to be seen of the tabs.

use super::*;

impl World {
    pub(super) fn is_in(&self, tab: usize) -> bool {
        matches!(self.tabs[tab].machine.snapshot(), Snapshot::SignedIn { .. })
    }

    pub(super) fn status(&self, tab: usize) -> &'static str {
        match self.tabs[tab].machine.snapshot() {
            Snapshot::Restoring => "restoring",
            Snapshot::SignedOut(why) => why.as_str(),
            Snapshot::Leaving => "leaving",
            Snapshot::SignedIn { is_stale: true, .. } => "stale",
            Snapshot::SignedIn { is_in_doubt: true, .. } => "in doubt",
            Snapshot::SignedIn { .. } => "in",
        }
    }

    pub(super) fn code(&self, tab: usize) -> Option<&'static str> {
        self.tabs[tab].machine.fault().map(Fault::code)
    }

    /// What came of a ticket: a token, or a word.
    pub(super) fn end(&self, tab: usize, ticket: Ticket) -> String {
        let found = self.tabs[tab].settled.iter().find(|(there, _)| *there == ticket);
        match found {
            None => "waits".into(),
            Some((_, Ok(Settled::Done))) => "done".into(),
            Some((_, Ok(Settled::Token(token)))) => token.expose().into(),
            Some((_, Err(fault))) => fault.code().into(),
        }
    }

    /// Puts a session in every tab, as if each had heard of it, and lets the token grow old.
    pub(super) fn share_a_session(&mut self) {
        self.share_a_session_among(self.tabs.len());
    }

    /// The same, in as many tabs; the others have not begun.
    pub(super) fn share_a_session_among(&mut self, tabs: usize) {
        let refresh_token = Some(Secret::new("rt 0"));
        let key = self.proves.and_then(|_| ProofKey::parse(&self.make_key(), true));
        let tokens = Tokens { key, refresh_token, ..tokens() };
        let (login, at) = ("login".to_owned(), UnixTime::from_secs(NOW));
        let live = Live::of(Kept { login, born: at, turn: 0, since: at, tokens });
        let (record, mark) = (tabs::record(&live), tabs::mark(&live));
        for tab in 0..tabs {
            let machine = &self.tabs[tab].machine;
            let (area, name) = machine.common();
            let value = if machine.is_private() { &mark } else { &record };
            self.records(tab, area).insert(name, value.expose().into());
            // A page that has just been loaded asks, and is told.
            self.start(tab);
            self.feed(tab, Input::Heard(tabs::tell(&record)));
            self.tabs[tab].inbox.clear();
            self.tabs[tab].used.extend(live.key().map(|key| key.jwk().to_owned()));
            self.tabs[tab].machine.client = Client::new(profile(), self.server.described()).ok();
        }
        self.pass(4000);
    }
}
