//! What is here, shown to the other tabs, and what they show.

use super::Machine;
use alloc::string::String;

use super::effect::Effect;
use super::input::{Area, Id};
use super::lease::Lease;
use super::state::{Live, Status, Why};
use super::tabs::{self, Kept, Word};

impl Machine {
    /// Whether other tabs do not see where the tokens are kept.
    pub(super) const fn is_private(&self) -> bool {
        !matches!(self.keep, Some(Area::Local | Area::App))
    }

    /// Where all tabs look.
    pub(super) fn common(&self) -> (Area, String) {
        match self.keep {
            Some(area) if !self.is_private() => (area, self.shelf.name("session")),
            Some(_) | None => (Area::Local, self.shelf.name("mark")),
        }
    }

    /// Shows the other tabs the tokens that are here: in the store, and by word.
    pub(super) fn publish(&mut self) {
        self.publish_as(Id(0));
    }

    pub(super) fn publish_as(&mut self, id: Id) {
        let Some(live) = &self.live else { return };
        let (record, mark) = (tabs::record(live), tabs::mark(live));
        let name = self.shelf.name("session");
        self.push(Effect::Tell(tabs::tell(&record)));
        if self.is_private() {
            if let Some(area) = self.keep {
                self.push(Effect::Put(Id(0), area, name, record));
            }
            let (area, name) = self.common();
            self.push(Effect::Put(id, area, name, mark));
        } else if let Some(area) = self.keep {
            self.push(Effect::Put(id, area, name, record));
        }
    }

    /// Takes what another tab has, if it is newer.
    pub(super) fn adopt(&mut self, kept: Kept) -> bool {
        if self.is_past(&kept) {
            return false;
        }
        let kept = kept.at(self.clock.now());
        let born = kept.born;
        let is_new = self.adopt_newer(kept);
        if is_new {
            self.begin_after(born);
        }
        is_new
    }

    fn adopt_newer(&mut self, kept: Kept) -> bool {
        match &mut self.live {
            Some(live) if !kept.follows(live) => false,
            Some(live) if live.login == kept.login => {
                let Kept { turn, since, tokens, .. } = kept;
                (live.turn, live.fault, live.retries_at) = (turn, None, None);
                live.session.adopt(tokens, since);
                true
            }
            Some(_) | None => {
                self.live = Some(Live::of(kept));
                self.fault = None;
                true
            }
        }
    }

    pub(super) fn heard(&mut self, word: &str) {
        match Word::parse(word, &self.profile) {
            None => {}
            Some(Word::Ask) => {
                if let Some(live) = &self.live {
                    let word = tabs::tell(&tabs::record(live));
                    self.push(Effect::Tell(word));
                }
            }
            // A tab that proves no key has a session of its own: it is not behind, and neither is this.
            Some(Word::Tokens(kept)) if self.is_foreign(&kept) => {}
            Some(Word::Tokens(kept)) => {
                // A word answers another only with the end of it, or with a later login: so few do.
                let is_older = self.live.as_ref().is_some_and(|live| kept.is_before(live));
                let is_past = self.is_past(&kept);
                if self.adopt(*kept) {
                    self.adopted();
                } else if is_older {
                    self.correct();
                } else if is_past {
                    self.push(Effect::Tell(tabs::out(&self.ended)));
                }
            }
            Some(Word::Out(past)) => {
                self.hear_past(&past);
            }
        }
    }

    /// Another tab goes on with a login that is past.
    fn correct(&mut self) {
        self.publish();
        if self.lease == Lease::Overtaken {
            self.lease = Lease::Held;
            self.asks_until = None;
            self.drive();
        }
    }

    fn adopted(&mut self) {
        self.changed = true;
        if let (Some(live), Some(Area::Session)) = (&self.live, self.keep) {
            let (record, name) = (tabs::record(live), self.shelf.name("session"));
            self.push(Effect::Put(Id(0), Area::Session, name, record));
        }
        match self.status {
            Status::Restoring if self.asks_until.is_some() => {
                self.asks_until = None;
                self.settle(Why::Never);
            }
            Status::New | Status::Restoring | Status::Leaving(_) => {}
            // They may not be the last ones either: the word of those may still be on its way.
            Status::Settled(_) if self.lease == Lease::Overtaken => self.look_again(),
            Status::Settled(_) => self.hand_out(),
        }
    }
}
