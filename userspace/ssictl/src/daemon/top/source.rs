// SPDX-License-Identifier: GPL-2.0-only

//! Status of the daemon, read beside the drawing; when one ends, the next is asked.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;
use std::time::Duration;

use ssi_cluster::failure::Failure;
use ssi_cluster::system::System;
use ssid_api::{Answer, Ask, Heat, Status};

use crate::daemon::Place;
use crate::daemon::top::kernel::Kernel;

const AGAIN: Duration = Duration::from_secs(1);
/// A terminal that stands still makes the daemon wait, and it gives up on us.
const AHEAD: usize = 4;

/// What came last.
pub struct News {
    /// How things are, or were.
    pub status: Status,
    /// The buckets, once they came.
    pub heat: Option<Heat>,
    /// Why there is nothing newer.
    pub trouble: Option<String>,
}

impl News {
    /// The first.
    pub fn new(status: Status) -> Self {
        Self {
            status,
            heat: None,
            trouble: None,
        }
    }
}

/// The reader. It ends with the program.
pub struct Source(Receiver<Result<Answer, String>>);

impl Source {
    /// Asks.
    pub fn start(place: Place) -> Self {
        let (sender, receiver) = sync_channel(AHEAD);
        thread::spawn(move || {
            while watch(&place, &sender) {
                thread::sleep(AGAIN);
            }
        });
        Self(receiver)
    }

    /// Asks the kernel, each second.
    pub fn of_kernel<S: System + Send + 'static>(mut kernel: Kernel<S>) -> Self {
        let (sender, receiver) = sync_channel(AHEAD);
        thread::spawn(move || {
            loop {
                thread::sleep(AGAIN);
                let news = match kernel.look() {
                    Ok((status, heat)) => {
                        let all = [Answer::Status(Box::new(status)), Answer::Heat(heat)];
                        all.map(Ok).into_iter().collect()
                    }
                    Err(Failure::Refused(why) | Failure::Usage(why)) => vec![Err(why)],
                    Err(Failure::ReaderGone) => return,
                };
                if news.into_iter().any(|one| sender.send(one).is_err()) {
                    return;
                }
            }
        });
        Self(receiver)
    }

    /// Brings the news up to date; whether there were any.
    pub fn read(&mut self, news: &mut News) -> bool {
        let mut is_new = false;
        for answer in self.0.try_iter() {
            news.trouble = None;
            match answer {
                Ok(Answer::Status(status)) => news.status = *status,
                Ok(Answer::Heat(heat)) => news.heat = Some(heat),
                Ok(_) => {}
                Err(why) => news.trouble = Some(why),
            }
            // Why there is none is drawn with the time that passes.
            is_new |= news.trouble.is_none();
        }
        is_new
    }
}

/// Passes on what one daemon sends; whether anybody listens still.
fn watch(place: &Place, sender: &SyncSender<Result<Answer, String>>) -> bool {
    let failed = |failure| match failure {
        Failure::Refused(why) | Failure::Usage(why) => sender.send(Err(why)).is_ok(),
        Failure::ReaderGone => false,
    };
    let mut client = match place.ask(&Ask::Watch { heat: true }) {
        Ok(client) => client,
        Err(e) => return failed(e),
    };
    loop {
        match place.answer(&mut client) {
            Ok(answer) => {
                if sender.send(Ok(answer)).is_err() {
                    return false;
                }
            }
            Err(e) => return failed(e),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::daemon::fake::Daemon;
    use crate::daemon::sample;
    use std::time::Instant;

    #[test]
    fn news_come_and_why_there_are_none() {
        let daemon = Daemon::answering(|ask| {
            assert_eq!(*ask, Ask::Watch { heat: true });
            let status = sample::ill();
            let heat = sample::heat(&status);
            vec![Answer::Status(Box::new(status)), Answer::Heat(heat)]
        });
        let mut source = Source::start(daemon.place.clone());
        let mut news = News::new(sample::well());
        let begun = Instant::now();
        // It closes after that, and is asked again.
        while daemon.asked().len() < 2 || news.trouble.is_none() {
            source.read(&mut news);
            assert!(begun.elapsed() < Duration::from_secs(30));
            thread::sleep(Duration::from_millis(10));
        }
        assert_eq!(news.status, sample::ill());
        assert_eq!(news.heat, Some(sample::heat(&sample::ill())));
        assert!(news.trouble.unwrap().contains("ssid has ended"));
    }
}
