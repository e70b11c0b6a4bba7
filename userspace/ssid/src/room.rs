// SPDX-License-Identifier: GPL-2.0-only

//! Room for a listener's clients: each new one finds some, as the oldest goes where there is none left.
//!
//! Each takes a file descriptor, of which this program has some hundred. Whoever opens connections and says nothing must not take
//! them all, nor keep the next client out.

use std::collections::VecDeque;
use std::future::Future;

use tokio::task::AbortHandle;

/// A listener's clients.
pub struct Room {
    most: usize,
    /// The oldest first.
    clients: VecDeque<AbortHandle>,
}

impl Room {
    /// For so many at once.
    pub const fn new(most: usize) -> Self {
        Self {
            most,
            clients: VecDeque::new(),
        }
    }

    /// A client comes, and this serves it. Who came first goes, where there are too many.
    pub fn admit(&mut self, served: impl Future<Output = ()> + Send + 'static) {
        self.clients.retain(|client| !client.is_finished());
        while self.clients.len() >= self.most {
            let Some(oldest) = self.clients.pop_front() else {
                break;
            };
            oldest.abort();
        }
        self.clients.push_back(tokio::spawn(served).abort_handle());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::sync::mpsc;

    #[tokio::test]
    async fn the_oldest_goes_and_who_has_ended_does_not_count() {
        let (here, mut all) = mpsc::unbounded_channel::<u32>();
        let mut room = Room::new(2);
        // Says its number when it is gone, however that comes.
        struct Gone(u32, mpsc::UnboundedSender<u32>);
        impl Drop for Gone {
            fn drop(&mut self) {
                let _ = self.1.send(self.0);
            }
        }
        let stays = |number| {
            let gone = Gone(number, here.clone());
            async move {
                let _gone = gone;
                std::future::pending::<()>().await;
            }
        };
        let short = Gone(0, here.clone());
        room.admit(async move { drop(short) });
        assert_eq!(all.recv().await, Some(0));
        tokio::task::yield_now().await;
        room.admit(stays(1));
        room.admit(stays(2));
        tokio::task::yield_now().await;
        assert!(all.try_recv().is_err(), "there was room for two");
        room.admit(stays(3));
        assert_eq!(all.recv().await, Some(1));
        assert!(all.try_recv().is_err(), "one is enough");
    }
}
