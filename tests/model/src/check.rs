//! Searches a model to its end, and tells what it found.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::{Duration, Instant};

use stateright::{Checker, Expectation, HasDiscoveries, Model};

/// No search looks at more.
const MOST_STATES: usize = 40_000_000;

/// What a search found.
#[derive(Clone, Debug)]
pub(crate) struct Verdict {
    /// All that must hold.
    pub(crate) all: Vec<&'static str>,
    /// The properties that do not hold.
    pub(crate) broken: BTreeSet<&'static str>,
    /// What should be possible and is not.
    pub(crate) missing: BTreeSet<&'static str>,
    pub(crate) states: usize,
    pub(crate) depth: usize,
    pub(crate) took: Duration,
    /// Whether it came to its end.
    pub(crate) is_whole: bool,
}

/// Searches all of it.
pub(crate) fn search<M>(model: M) -> Verdict
where
    M: Model + Send + Sync + 'static,
    M::State: Clone + Hash + PartialEq + Send + Sync + 'static,
    M::Action: Clone + PartialEq,
{
    let start = Instant::now();
    let properties = model.properties();
    // One thread, so that the same search is the same search; others look at other models.
    let never = HasDiscoveries::AllOf(["never"].into());
    let builder = model.checker().threads(1).finish_when(never).target_state_count(MOST_STATES);
    let checker = builder.spawn_bfs().join();
    let took = start.elapsed();
    let found = checker.discoveries();
    let is_always = |expectation| matches!(expectation, Expectation::Always);
    let always = properties.iter().filter(|it| is_always(it.expectation.clone()));
    let mut verdict = Verdict {
        all: always.map(|property| property.name).collect(),
        broken: BTreeSet::new(),
        missing: BTreeSet::new(),
        states: checker.unique_state_count(),
        depth: checker.max_depth(),
        took,
        is_whole: checker.state_count() < MOST_STATES,
    };
    for property in properties {
        match (property.expectation, found.contains_key(property.name)) {
            (Expectation::Sometimes, false) => verdict.missing.insert(property.name),
            (Expectation::Always | Expectation::Eventually, true) => {
                verdict.broken.insert(property.name)
            }
            (_, _) => false,
        };
    }
    verdict
}

/// The shortest way to a state in which a property does not hold, act by act, in words.
pub(crate) fn trace<M>(model: &M, name: &str) -> Option<Vec<String>>
where
    M: Model,
    M::State: Clone + Hash,
    M::Action: Clone + std::fmt::Debug,
{
    let acts = path(model, name)?;
    Some(acts.iter().map(|act| model.format_action(act)).collect())
}

/// The shortest way to a state in which a property does not hold.
pub(crate) fn path<M>(model: &M, name: &str) -> Option<Vec<M::Action>>
where
    M: Model,
    M::State: Clone + Hash,
    M::Action: Clone,
{
    let property = model.properties().into_iter().find(|property| property.name == name)?;
    let print = |state: &M::State| {
        let mut hasher = DefaultHasher::new();
        state.hash(&mut hasher);
        hasher.finish()
    };
    let mut from: HashMap<u64, Option<(u64, M::Action)>> = HashMap::new();
    let mut queue: VecDeque<M::State> = VecDeque::new();
    for state in model.init_states() {
        from.insert(print(&state), None);
        queue.push_back(state);
    }
    while let Some(state) = queue.pop_front() {
        let here = print(&state);
        let holds = (property.condition)(model, &state);
        if holds == (property.expectation == Expectation::Sometimes) {
            let mut acts = Vec::new();
            let mut at = here;
            while let Some(Some((before, act))) = from.get(&at) {
                acts.push(act.clone());
                at = *before;
            }
            acts.reverse();
            return Some(acts);
        }
        let mut acts = Vec::new();
        model.actions(&state, &mut acts);
        for act in acts {
            let Some(next) = model.next_state(&state, act.clone()) else { continue };
            from.entry(print(&next)).or_insert_with(|| {
                queue.push_back(next);
                Some((here, act))
            });
        }
    }
    None
}
