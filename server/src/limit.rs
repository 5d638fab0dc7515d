//! Whoever fails too often has to wait: by who they say they are and where they come from.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, RandomState};
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use grantflow::server::Claimed;

/// Failures at one peer by who says to be one client, or one person.
const ONE: Rate = Rate { burst: 10, every: Duration::from_secs(60) };

/// Failures at one peer, whoever they say they are.
const ALL: Rate = Rate { burst: 100, every: Duration::from_secs(6) };

/// How many buckets there are at most; then those that are forgiven soonest make room.
const MOST: usize = 20_000;

/// How many failures cost nothing, and how long it takes until one is forgiven.
#[derive(Clone, Copy, Debug)]
struct Rate {
    burst: u32,
    every: Duration,
}

impl Rate {
    /// How long somebody has to wait whose failures are all forgiven at `clear`
    /// (the generic cell rate algorithm).
    fn wait(self, clear: Instant, now: Instant) -> Option<Duration> {
        let left = clear.saturating_duration_since(now);
        let free = self.every * (self.burst - 1);
        left.checked_sub(free).filter(|wait| !wait.is_zero())
    }

    /// When all is forgiven after one more failure.
    fn failed(self, clear: Option<Instant>, now: Instant) -> Instant {
        clear.unwrap_or(now).max(now) + self.every
    }
}

/// Counts failures.
///
/// # Security
///
/// A bucket is named by a keyed hash: names of people are not kept, and nobody can choose names that
/// share one. Nobody can lock out somebody who is elsewhere.
#[derive(Debug, Default)]
pub(crate) struct Limiter {
    hasher: RandomState,
    /// When all the failures of a bucket are forgiven.
    clear: Mutex<HashMap<u64, Instant>>,
}

impl Limiter {
    /// Whether somebody has to wait before they try again.
    pub(crate) fn wait(&self, peer: IpAddr, who: &Claimed) -> Option<Duration> {
        self.buckets(peer, who).wait(Instant::now())
    }

    /// Counts a failure.
    pub(crate) fn failed(&self, peer: IpAddr, who: &Claimed) {
        self.buckets(peer, who).failed(Instant::now());
    }

    /// Counts a failure before it is known to be one, unless there were too many: of those who try at
    /// once no more than as many as may fail are looked at.
    ///
    /// # Errors
    ///
    /// How long they have to wait.
    pub(crate) fn attempt(&self, peer: IpAddr, who: &Claimed) -> Result<(), Duration> {
        let (mut buckets, now) = (self.buckets(peer, who), Instant::now());
        if let Some(wait) = buckets.wait(now) {
            return Err(wait);
        }
        buckets.failed(now);
        Ok(())
    }

    /// It was none.
    pub(crate) fn forgive(&self, peer: IpAddr, who: &Claimed) {
        self.buckets(peer, who).forgive();
    }

    fn buckets(&self, peer: IpAddr, who: &Claimed) -> Buckets<'_> {
        let peer = network(peer);
        let bucket = |who: Option<&Claimed>| self.hasher.hash_one((peer, who));
        let these = [(bucket(Some(who)), ONE), (bucket(None), ALL)];
        Buckets { these, all: self.clear.lock().unwrap_or_else(PoisonError::into_inner) }
    }
}

/// The two buckets that somebody's failures go into, held until that is done.
struct Buckets<'l> {
    these: [(u64, Rate); 2],
    all: MutexGuard<'l, HashMap<u64, Instant>>,
}

impl Buckets<'_> {
    fn wait(&self, now: Instant) -> Option<Duration> {
        self.these.iter().filter_map(|(name, rate)| rate.wait(*self.all.get(name)?, now)).max()
    }

    fn failed(&mut self, now: Instant) {
        for (name, rate) in self.these {
            if self.all.len() >= MOST && !self.all.contains_key(&name) {
                make_room(&mut self.all, now);
            }
            let clear = rate.failed(self.all.get(&name).copied(), now);
            self.all.insert(name, clear);
        }
    }

    fn forgive(&mut self) {
        for (name, rate) in self.these {
            if let Some(clear) = self.all.get_mut(&name) {
                *clear = clear.checked_sub(rate.every).unwrap_or(*clear);
            }
        }
    }
}

/// Of an IPv6 address only the first half is given to its user; the rest is their choice.
fn network(peer: IpAddr) -> IpAddr {
    match peer.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => {
            IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64)))
        }
    }
}

/// Forgets what is forgiven, or else the half that would be soonest.
fn make_room(clear: &mut HashMap<u64, Instant>, now: Instant) {
    clear.retain(|_, clear| *clear > now);
    if clear.len() >= MOST {
        let mut ends: Vec<Instant> = clear.values().copied().collect();
        let (_, middle, _) = ends.select_nth_unstable(MOST / 2);
        let middle = *middle;
        clear.retain(|_, clear| *clear > middle);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(name: &str) -> Claimed {
        Claimed::Person(name.into())
    }

    fn v4(last: u8) -> IpAddr {
        IpAddr::from([192, 0, 2, last])
    }

    #[test]
    fn a_108_ten_failures_may_be_and_then_one_a_minute() {
        let (limiter, mut now) = (Limiter::default(), Instant::now());
        for _ in 0..10 {
            assert_eq!(limiter.buckets(v4(1), &person("ada")).wait(now), None);
            limiter.buckets(v4(1), &person("ada")).failed(now);
        }
        assert_eq!(limiter.buckets(v4(1), &person("ada")).wait(now), Some(Duration::from_secs(60)));
        // Nobody else has to wait, neither there nor elsewhere.
        assert_eq!(limiter.buckets(v4(1), &person("grace")).wait(now), None);
        assert_eq!(limiter.buckets(v4(1), &Claimed::Client("ada".into())).wait(now), None);
        assert_eq!(limiter.buckets(v4(2), &person("ada")).wait(now), None);
        now += Duration::from_secs(59);
        assert_eq!(limiter.buckets(v4(1), &person("ada")).wait(now), Some(Duration::from_secs(1)));
        now += Duration::from_secs(1);
        assert_eq!(limiter.buckets(v4(1), &person("ada")).wait(now), None);
        limiter.buckets(v4(1), &person("ada")).failed(now);
        assert_eq!(limiter.buckets(v4(1), &person("ada")).wait(now), Some(Duration::from_secs(60)));
        now += Duration::from_secs(660);
        assert_eq!(limiter.buckets(v4(1), &person("ada")).wait(now), None, "all is forgiven");
    }

    #[test]
    fn a_108_one_peer_tries_a_hundred_names_and_no_more() {
        let (limiter, now) = (Limiter::default(), Instant::now());
        for name in 0..100 {
            let who = person(&name.to_string());
            assert_eq!(limiter.buckets(v4(1), &who).wait(now), None);
            limiter.buckets(v4(1), &who).failed(now);
        }
        assert_eq!(limiter.buckets(v4(1), &person("ada")).wait(now), Some(Duration::from_secs(6)));
        assert_eq!(limiter.buckets(v4(2), &person("ada")).wait(now), None);
    }

    #[test]
    fn a_108_an_ipv6_peer_is_its_first_64_bits() {
        let (limiter, now) = (Limiter::default(), Instant::now());
        let at = |address: &str| -> IpAddr { address.parse().unwrap() };
        for host in 0..10 {
            limiter.buckets(at(&format!("2001:db8:0:1::{host}")), &person("ada")).failed(now);
        }
        for (address, waits) in [
            ("2001:db8:0:1:ffff:ffff:ffff:ffff", true),
            ("2001:db8:0:2::1", false),
            ("2001:db8::1", false),
        ] {
            assert_eq!(limiter.buckets(at(address), &person("ada")).wait(now).is_some(), waits);
        }
        for _ in 0..10 {
            limiter.buckets(at("::ffff:192.0.2.7"), &person("ada")).failed(now);
        }
        assert!(limiter.buckets(v4(7), &person("ada")).wait(now).is_some(), "one and the same");
    }

    #[test]
    fn a_108_who_tries_at_once_is_counted_before_it_is_known_how_it_ends() {
        let limiter = Limiter::default();
        let tried = std::thread::scope(|scope| {
            let attempt = || limiter.attempt(v4(1), &person("ada")).is_ok();
            let racers: Vec<_> = (0..64).map(|_| scope.spawn(attempt)).collect();
            racers.into_iter().map(|racer| racer.join().unwrap()).filter(|ok| *ok).count()
        });
        assert_eq!(tried, 10);
        for _ in 0..10 {
            limiter.forgive(v4(1), &person("ada"));
        }
        assert_eq!(limiter.attempt(v4(1), &person("ada")), Ok(()));
    }

    #[test]
    fn there_are_so_many_buckets_and_no_more() {
        let (limiter, now) = (Limiter::default(), Instant::now());
        for _ in 0..10 {
            limiter.buckets(v4(1), &person("ada")).failed(now);
        }
        for at in 0..30_000_u32 {
            limiter.buckets(IpAddr::from(at.to_be_bytes()), &person("x")).failed(now);
            assert!(limiter.clear.lock().unwrap().len() <= MOST);
        }
        let wait = limiter.buckets(v4(1), &person("ada")).wait(now);
        assert!(wait.is_some(), "who failed most is not the first to be forgotten");
    }
}
