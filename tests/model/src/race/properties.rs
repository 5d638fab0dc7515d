//! What must hold at every moment of a race.

use grantflow::server::Record;
use grantflow::server::grant::Phase;
use grantflow::wire::http::Request;
use stateright::Property;

use crate::book::Id;
use crate::host::{Flight, Person};

use super::facts::Told;
use super::{Errand, Hop, Kind, Race, State};

/// All of them, and what must be possible.
pub(crate) fn all() -> Vec<Property<Race>> {
    vec![
        Property::always("authorization", Race::strangers_get_nothing),
        Property::always("one code", Race::a_page_has_one_code),
        Property::always("one answer", Race::a_code_buys_once),
        Property::always("one family", Race::one_family_lives),
        Property::always("same answer", Race::the_same_question_gets_the_same_answer),
        Property::always("once", Race::a_statement_counts_once),
        Property::always("freshness", Race::nothing_old_is_good),
        Property::always("revocation", Race::nothing_survives_its_end),
        Property::always("alike", Race::all_are_told_alike),
        Property::always("no effect", |_, state: &State| !state.is_disturbed),
        Property::sometimes("Alice can still sign in", Race::alice_can_sign_in),
        Property::sometimes("a code is good in its last second", Race::last_second_of_a_code),
        Property::sometimes("a token is good in its last second", Race::last_second_of_a_token),
        Property::sometimes("a lost answer comes again", Race::last_second_of_grace),
    ]
}

impl Race {
    /// The errands that were answered, with when they came and what they were told.
    fn answered<'s>(&'s self, state: &'s State) -> impl Iterator<Item = (&'s Errand, u32, Told)> {
        self.errands.iter().zip(&state.hops).filter_map(|(errand, hop)| match hop {
            Hop::Back { at, end } => Some((errand, *at, self.facts.of(&self.host, *end))),
            Hop::Idle | Hop::Away { .. } | Hop::Gone => None,
        })
    }

    fn of_kind<'s>(
        &'s self,
        state: &'s State,
        kind: Kind,
    ) -> impl Iterator<Item = (u32, Told)> + 's {
        let all = self.answered(state).filter(move |(errand, ..)| errand.kind == kind);
        all.map(|(_, at, told)| (at, told))
    }

    /// Refresh tokens that somebody holds.
    fn refresh_tokens<'s>(&'s self, state: &'s State) -> impl Iterator<Item = Id<String>> + 's {
        self.answered(state).filter_map(|(_, _, told)| told.refresh)
    }

    fn renewed(&self, state: &State, token: Id<String>) -> Told {
        self.facts.renewed(&self.host, token, &state.shelf, self.now(state))
    }

    /// Who cannot prove all of it gets neither code nor tokens, nor hears of those of others.
    fn strangers_get_nothing(&self, state: &State) -> bool {
        self.answered(state)
            .filter(|(errand, ..)| !errand.proves)
            .all(|(_, _, told)| told.access.is_none() && told.code.is_none())
            && self.answered(state).filter_map(|(_, _, told)| told.access).all(|token| {
                !self.facts.good(&self.host, token, &state.shelf, self.now(state)).is_told
            })
    }

    /// However often it is posted.
    fn a_page_has_one_code(&self, state: &State) -> bool {
        let mut codes = self.of_kind(state, Kind::Approve).filter_map(|(_, told)| told.code);
        let first = codes.next();
        codes.all(|code| Some(code) == first)
    }

    fn a_code_buys_once(&self, state: &State) -> bool {
        let redeemed = self.of_kind(state, Kind::Redeem);
        redeemed.filter(|(_, told)| told.access.is_some()).count() <= 1
    }

    /// Whatever refresh token is sent, nothing comes of it but what is there and one generation more.
    fn one_family_lives(&self, state: &State) -> bool {
        let is_new = |token: &Id<String>| self.refresh_tokens(state).all(|held| held != *token);
        let next = |token| self.renewed(state, token).refresh;
        let mut all = self.refresh_tokens(state).filter_map(next).filter(is_new);
        let first = all.next();
        all.all(|other| Some(other) == first)
    }

    fn the_same_question_gets_the_same_answer(&self, state: &State) -> bool {
        (0..3).all(|turn| {
            let told = self.of_kind(state, Kind::Refresh(turn)).map(|(_, told)| told);
            let mut good = told.filter(|told| told.access.is_some());
            let first = good.next().map(|told| (told.access, told.refresh));
            good.all(|told| Some((told.access, told.refresh)) == first)
        })
    }

    /// Of all that come with the same statement.
    fn a_statement_counts_once(&self, state: &State) -> bool {
        let mut seen = Vec::new();
        let all = self.answered(state).filter(|(_, _, told)| ![401, 503].contains(&told.status));
        all.filter_map(|(errand, ..)| errand.statement).all(|statement| {
            let is_new = !seen.contains(&statement);
            seen.push(statement);
            is_new
        })
    }

    fn nothing_old_is_good(&self, state: &State) -> bool {
        let now = self.now(state);
        let lifetimes = &self.lifetimes;
        let newest = self.generation(state).map(|(_, turned)| turned + lifetimes.access);
        self.answered(state).all(|(errand, at, told)| match errand.kind {
            Kind::Redeem if told.access.is_some() => at < lifetimes.code,
            Kind::Refresh(_) if told.access.is_some() => at < lifetimes.refresh,
            // What was once too old stays so.
            Kind::Redeem if told.is_too_old => self.buys_nothing(state, errand),
            _ => true,
        }) && self.answered(state).all(|(_, at, told)| {
            let is_new = now < at + told.lives && newest.is_none_or(|turned| now < turned);
            told.access.is_none_or(|token| is_new || !self.opens(state, token))
        }) && self.spent_tokens_are_dead(state)
    }

    /// A refresh token that was spent gets its answer again for a while, and then nothing.
    fn spent_tokens_are_dead(&self, state: &State) -> bool {
        let now = self.now(state);
        let Some((newest, turned)) = self.generation(state) else { return true };
        self.refresh_tokens(state).all(|token| {
            let turn = self.turns.iter().position(|there| *there == token);
            let age = turn.map_or(0, |turn| newest.saturating_sub(u32::try_from(turn).unwrap()));
            let may = match age {
                0 => true,
                1 => turned <= now && now < turned + self.lifetimes.grace,
                _ => false,
            };
            may || self.renewed(state, token).access.is_none()
        })
    }

    /// The newest generation of the grant, and when it was made.
    fn generation(&self, state: &State) -> Option<(u32, u32)> {
        state.shelf.keys().find_map(|key| {
            let record = self.host.records.get(state.shelf.get(key)?);
            let Record::Grant(grant) = &record.record else { return None };
            let Phase::Live { turn, turned, .. } = grant.phase else { return None };
            let seconds = turned.since(crate::host::time(0)).as_secs();
            Some((turn, u32::try_from(seconds).unwrap()))
        })
    }

    fn opens(&self, state: &State, token: Id<String>) -> bool {
        self.facts.good(&self.host, token, &state.shelf, self.now(state)).opens
    }

    /// Whether somebody was told that it is over: the owner who ended it, or the owner who came with
    /// what was spent.
    pub(crate) fn is_told_of_an_end(&self, state: &State) -> bool {
        self.answered(state).any(|(errand, _, told)| match errand.kind {
            Kind::Revoke => errand.proves && told.status == 200,
            Kind::Redeem | Kind::Refresh(_) => {
                errand.proves && told.status == 400 && !told.is_too_old
            }
            Kind::Approve | Kind::Deny | Kind::Silent => false,
        })
    }

    fn nothing_survives_its_end(&self, state: &State) -> bool {
        if state.is_no && self.silence.iter().any(|silent| self.gets_a_code(state, *silent)) {
            return false;
        }
        !self.is_told_of_an_end(state)
            || self.answered(state).all(|(errand, _, told)| {
                let opens = |token| {
                    let good = self.facts.good(&self.host, token, &state.shelf, self.now(state));
                    good.opens || good.identifies || good.is_active == Some(true)
                };
                !told.access.is_some_and(opens)
                    && told.refresh.is_none_or(|it| self.renewed(state, it).access.is_none())
                    && (errand.kind != Kind::Redeem || self.buys_nothing(state, errand))
            })
    }

    fn gets_a_code(&self, state: &State, silent: Id<Request>) -> bool {
        let flight = Flight::new(silent, 0, self.now(state)).of(Person::Alice);
        self.facts.would(&self.host, &flight, &state.shelf).code.is_some()
    }

    fn buys_nothing(&self, state: &State, errand: &Errand) -> bool {
        let flight = Flight::new(errand.request, 0, self.now(state));
        self.facts.would(&self.host, &flight, &state.shelf).access.is_none()
    }

    /// The API, the userinfo endpoint and introspection agree about a token.
    fn all_are_told_alike(&self, state: &State) -> bool {
        self.answered(state).filter_map(|(_, _, told)| told.access).all(|token| {
            let good = self.facts.good(&self.host, token, &state.shelf, self.now(state));
            good.opens == good.identifies && good.is_active.is_none_or(|it| it == good.opens)
        })
    }

    fn alice_can_sign_in(&self, state: &State) -> bool {
        self.answered(state).filter(|(errand, ..)| errand.proves).any(|(errand, _, told)| {
            told.access.is_some_and(|token| self.opens(state, token))
                || (errand.kind == Kind::Silent && told.code.is_some())
        })
    }

    fn last_second_of_a_code(&self, state: &State) -> bool {
        let last = self.lifetimes.code - 1;
        !self.clock.contains(&last)
            || self.of_kind(state, Kind::Redeem).any(|(at, it)| at == last && it.access.is_some())
    }

    fn last_second_of_a_token(&self, state: &State) -> bool {
        let now = self.now(state);
        !self.clock.contains(&(self.lifetimes.access - 1))
            || self.answered(state).any(|(_, at, told)| {
                now + 1 == at + told.lives && told.access.is_some_and(|it| self.opens(state, it))
            })
    }

    fn last_second_of_grace(&self, state: &State) -> bool {
        let last = self.lifetimes.grace - 1;
        !self.clock.contains(&last)
            || self.of_kind(state, Kind::Refresh(0)).any(|(at, it)| {
                at == last && it.access.is_some() && it.lives < self.lifetimes.access
            })
    }
}
