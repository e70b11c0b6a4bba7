// SPDX-License-Identifier: GPL-2.0-only

//! Authentication of nodes' messages by the key that they share.
//!
//! Used in softirq, by frames and the announcer, and by nobody else: the lock is a plain one.

use kernel::{
    alloc::{
        flags::GFP_KERNEL_ACCOUNT,
        KVVec, //
    },
    error::Result,
    new_spinlock,
    prelude::*,
    sync::{
        Arc,
        SpinLock, //
    }, //
};

use crate::{
    abstractions::{
        hmac,
        random, //
    },
    logic::{
        announcement::{
            rank,
            Body,
            Challenge,
            Message,
            Response,
            Stamp,
            Tag,
            ANSWERS,
            CHALLENGED,
            TAG, //
        },
        config::Config,
        counter::Counter,
        key::{
            Key,
            ID_OF, //
        },
        mac::Mac,
        owners,
        session::{
            Belief,
            Sessions,
            Slot, //
        }, //
    }, //
};

/// Most messages of a kind in a second; all ranks that may have to be challenged fit.
const AT_ONCE: u32 = owners::RANKS / ANSWERS as u32;

/// A cluster's key, and what is known of those who have it.
#[pin_data]
pub(crate) struct Trust {
    key: hmac::Key,
    id: u32,
    #[pin]
    sessions: SpinLock<Sessions<KVVec<Slot>>>,
}

impl Trust {
    /// Nobody has proven anything yet. `None` where there is no key.
    pub(crate) fn new(config: &Config) -> Result<Option<Arc<Self>>> {
        let Some(Key(bytes)) = &config.key else {
            return Ok(None);
        };
        let key = hmac::Key::new(bytes)?;
        let [a, b, c, d, ..] = key.tag(&[ID_OF]);
        let ranks = config.nodes.min(owners::RANKS);
        let slots = KVVec::from_elem(Slot::default(), ranks as usize, GFP_KERNEL_ACCOUNT)?;
        let sessions = Sessions::new(config.node, random::number(), random::number(), slots);
        let trust = pin_init!(Self {
            key,
            id: u32::from_be_bytes([a, b, c, d]),
            sessions <- new_spinlock!(sessions),
        });
        Ok(Some(Arc::pin_init(trust, GFP_KERNEL_ACCOUNT)?))
    }

    /// Identifies the key, and reveals nothing of it.
    pub(crate) fn id(&self) -> u32 {
        self.id
    }

    /// The next message's.
    pub(crate) fn stamp(&self) -> Stamp {
        self.sessions.lock().stamp()
    }

    /// A second has passed.
    pub(crate) fn tick(&self) {
        let nonce = random::number();
        self.sessions.lock().tick(nonce);
    }

    /// The tag of these.
    pub(crate) fn tag(&self, covered: &[&[u8]]) -> Tag {
        let whole = self.key.tag(covered);
        *whole.first_chunk().unwrap_or(&[0; TAG])
    }

    /// Whether a message has the key's tag, when ever it was made.
    pub(crate) fn check_tag(
        &self,
        message: &Message<'_>,
        to: Mac,
        from: Mac,
    ) -> Result<(), Counter> {
        let is_tag = |covered: &[&[u8]; 4], tag: &Tag| hmac::is_same(&self.tag(covered), tag);
        match message.is_tagged(to, from, is_tag) {
            true => Ok(()),
            false => Err(Counter::RxRefused),
        }
    }

    /// Whether a message is to be believed that came in a frame to `to`, from `from`; else how it is
    /// counted.
    pub(crate) fn check(&self, message: &Message<'_>, to: Mac, from: Mac) -> Result<(), Counter> {
        self.check_tag(message, to, from)?;
        let header = &message.header;
        let mut sessions = self.sessions.lock();
        match sessions.receive(header.node, header.stamp, &message.body) {
            Belief::Taken => Ok(()),
            Belief::Replayed | Belief::Unproven => Err(Counter::RxReplayed),
        }
    }

    /// Sends challenges to unproven nodes, and responses to those who challenged this one.
    pub(crate) fn send_proofs(&self, send: impl Fn(&Body<'_>)) {
        for _ in 0..AT_ONCE {
            let mut ranks = [rank(0); CHALLENGED];
            let (nonce, count) = self.sessions.lock().challenge(&mut ranks);
            match ranks.get(..count) {
                Some(ranks) if count > 0 => send(&Body::Challenge(Challenge::new(nonce, ranks))),
                _ => break,
            }
        }
        for _ in 0..AT_ONCE {
            let mut answers = [[0; 12]; ANSWERS];
            let count = self.sessions.lock().answers(&mut answers);
            match answers.get(..count) {
                Some(answers) if count > 0 => send(&Body::Response(Response::new(answers))),
                _ => break,
            }
        }
    }
}
