//! The order of a module's functions: alike ones side by side compress better, by 2 %.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use anyhow::Result;
use wasm_encoder::{NameMap, NameSection, Section as _};
use wasmparser::{Parser, Payload, TypeRef};

/// Functions are as alike as they share runs of so many bytes.
const RUN: usize = 4;

/// A run that so many functions have says nothing.
const COMMON: usize = 200;

/// The module with a name for each function; by these, `wasm-opt` sorts them.
pub(crate) fn name(module: &[u8]) -> Result<Vec<u8>> {
    let (mut imported, mut bodies) = (0, Vec::new());
    for payload in Parser::new(0).parse_all(module) {
        let payload = payload?;
        if let Payload::ImportSection(imports) = payload {
            for import in imports.into_imports() {
                imported += u32::from(matches!(import?.ty, TypeRef::Func(_)));
            }
        } else if let Payload::CodeSectionEntry(body) = payload {
            bodies.push(body.as_bytes());
        }
    }
    let order = order(&bodies);
    let mut places: Vec<(usize, usize)> = order.into_iter().zip(0..).collect();
    places.sort_unstable();
    let mut names = NameMap::new();
    for (index, (_, place)) in (imported..).zip(places) {
        names.append(index, &format!("{place:05}"));
    }
    let mut section = NameSection::new();
    section.functions(&names);
    let mut all = module.to_vec();
    section.append_to(&mut all);
    Ok(all)
}

/// From the longest function on, always what is most like the one before.
fn order(bodies: &[&[u8]]) -> Vec<usize> {
    let runs = |body: &&[u8]| body.windows(RUN).map(<[u8]>::to_vec).collect::<BTreeSet<_>>();
    let mut left: BTreeMap<usize, BTreeSet<Vec<u8>>> =
        bodies.iter().map(runs).enumerate().collect();
    let mut owners: HashMap<Vec<u8>, Vec<usize>> = HashMap::new();
    for (function, runs) in &left {
        for run in runs {
            owners.entry(run.clone()).or_default().push(*function);
        }
    }
    owners.retain(|_, functions| functions.len() < COMMON);

    let mut shared = vec![0_usize; bodies.len()];
    let mut order = Vec::new();
    loop {
        // A short function that is all alike is better than a long one that shares as much.
        let likeness = |function: usize, runs: usize| {
            let shared = shared.get(function).copied().unwrap_or_default();
            ((shared * shared) << 16) / (runs + 30)
        };
        let rank = |(function, runs): &(&usize, &BTreeSet<_>)| {
            (likeness(**function, runs.len()), runs.len(), Reverse(**function))
        };
        let Some((function, _)) = left.iter().max_by_key(rank) else { return order };
        let function = *function;
        let runs = left.remove(&function).unwrap_or_default();
        order.push(function);
        shared.fill(0);
        for owner in runs.iter().filter_map(|run| owners.get(run)).flatten() {
            if let Some(count) = shared.get_mut(*owner) {
                *count += 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::order;

    #[test]
    fn alike_functions_are_side_by_side() {
        let bodies = ["0123456789", "abcdefgh", "01234567", "xbcdefgh", "-"].map(str::as_bytes);
        assert_eq!(order(&bodies), [0, 2, 1, 3, 4]);
    }
}
