//! Work that costs much memory, a few at a time.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;

/// How long one waits for its turn.
const PATIENCE: Duration = Duration::from_secs(5);

/// How many may wait.
const LONGEST_QUEUE: usize = 64;

/// As much work at once as there are cores, off the threads that answer others.
#[derive(Debug)]
pub(crate) struct Gate {
    at_work: Arc<Semaphore>,
    queue: Semaphore,
    patience: Duration,
}

/// Too many want in at once, or the work broke.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Busy;

impl std::fmt::Display for Busy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("too many people sign in at once")
    }
}

impl std::error::Error for Busy {}

impl Gate {
    /// A gate for this machine.
    pub(crate) fn new() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self::of(cores, LONGEST_QUEUE, PATIENCE)
    }

    fn of(at_work: usize, queue: usize, patience: Duration) -> Self {
        let at_work = Arc::new(Semaphore::new(at_work));
        Self { at_work, queue: Semaphore::new(queue), patience }
    }

    /// Does `work` when it is its turn.
    ///
    /// # Errors
    ///
    /// [`Busy`] if the queue is full or the turn does not come in time.
    ///
    /// # Security
    ///
    /// Whoever asked may hang up, but work that has begun runs to its end. So the permit goes with
    /// the work, not with the one who waits for it: else hanging up would buy the next turn.
    pub(crate) async fn pass<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Busy> {
        let place = self.queue.try_acquire().map_err(|_| Busy)?;
        let turn = Arc::clone(&self.at_work).acquire_owned();
        let permit = tokio::time::timeout(self.patience, turn).await;
        let permit = permit.map_err(|_| Busy)?.map_err(|_| Busy)?;
        drop(place);
        let done = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            work()
        });
        done.await.map_err(|_| Busy)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::mpsc;

    use super::*;

    #[tokio::test]
    async fn whoever_hangs_up_does_not_buy_the_next_turn() {
        const AT_WORK: usize = 2;
        let gate = Arc::new(Gate::of(AT_WORK, 64, PATIENCE));
        let (begun, at_once, most) = <(Count, Count, Count)>::default();
        let (end, ends) = mpsc::channel::<()>();
        let ends = Arc::new(Mutex::new(ends));
        for _ in 0..150 {
            let (gate, ends) = (Arc::clone(&gate), Arc::clone(&ends));
            let (begun, at_once, most) = (begun.clone(), at_once.clone(), most.clone());
            let asked = tokio::spawn(async move {
                let work = move || {
                    begun.fetch_add(1, Ordering::SeqCst);
                    most.fetch_max(at_once.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                    let _ = ends.lock().unwrap().recv();
                    at_once.fetch_sub(1, Ordering::SeqCst);
                };
                gate.pass(work).await
            });
            tokio::task::yield_now().await;
            asked.abort();
            assert!(asked.await.unwrap_err().is_cancelled());
        }
        until(|| begun.load(Ordering::SeqCst) >= AT_WORK).await;
        assert_eq!(gate.at_work.available_permits(), 0);

        drop(end);
        until(|| gate.at_work.available_permits() == AT_WORK).await;
        assert_eq!(begun.load(Ordering::SeqCst), AT_WORK, "who hung up in the queue has left it");
        assert_eq!(most.load(Ordering::SeqCst), AT_WORK);
        assert_eq!(gate.pass(|| 7).await, Ok(7));
    }

    #[tokio::test]
    async fn a_full_queue_sends_away_at_once_and_is_free_again_later() {
        let gate = Arc::new(Gate::of(1, 2, PATIENCE));
        let (end, ends) = mpsc::channel::<()>();
        let first = asking(&gate, move || _ = ends.recv());
        until(|| gate.at_work.available_permits() == 0).await;
        let waiting = [asking(&gate, || ()), asking(&gate, || ())];
        until(|| gate.queue.available_permits() == 0).await;
        assert_eq!(gate.pass(|| ()).await, Err(Busy));

        drop(end);
        for asked in [first].into_iter().chain(waiting) {
            assert_eq!(asked.await.unwrap(), Ok(()));
        }
        assert_eq!(gate.queue.available_permits(), 2);
        assert_eq!(gate.pass(|| ()).await, Ok(()));
    }

    #[tokio::test]
    async fn nobody_waits_for_ever() {
        let gate = Gate::of(1, 2, Duration::from_millis(20));
        let _permit = Arc::clone(&gate.at_work).acquire_owned().await.unwrap();
        assert_eq!(gate.pass(|| ()).await, Err(Busy));
        assert_eq!(gate.queue.available_permits(), 2);
    }

    type Count = Arc<AtomicUsize>;

    fn asking(
        gate: &Arc<Gate>,
        work: impl FnOnce() + Send + 'static,
    ) -> tokio::task::JoinHandle<Result<(), Busy>> {
        let gate = Arc::clone(gate);
        tokio::spawn(async move { gate.pass(work).await })
    }

    async fn until(is_so: impl Fn() -> bool) {
        for _ in 0..5_000 {
            if is_so() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        panic!("it never came to that");
    }
}
