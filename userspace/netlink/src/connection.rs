// SPDX-License-Identifier: GPL-2.0-only

//! A netlink socket and the course of a request: send, collect the answers, read the acknowledgement.

use std::fmt::Debug;
use std::io;

use netlink_packet_core::{
    ErrorMessage, NLM_F_ACK, NLM_F_ACK_TLVS, NLM_F_CAPPED, NLM_F_DUMP, NLM_F_DUMP_INTR,
    NLM_F_REQUEST, NetlinkBuffer, NetlinkDeserializable, NetlinkHeader, NetlinkMessage,
    NetlinkPayload, NetlinkSerializable,
};
use netlink_sys::{Socket, SocketAddr};

use crate::error::{Error, Refusal};
use crate::extack::Extack;

/// The kernel packs dumps into buffers as long as the reader's, up to this.
const BUFFER: usize = 32 * 1024;
/// How often a dump is begun anew when the configuration changed meanwhile.
const DUMP_TRIES: u32 = 10;
/// Bytes of a netlink header.
const HEADER: usize = 16;

/// A socket of one netlink protocol.
pub(crate) struct Connection {
    socket: Socket,
    /// What was received last, and how much of it counts.
    buffer: Vec<u8>,
    length: usize,
    sequence: u32,
    /// Bytes in front of a request's attributes.
    headers: usize,
}

impl Connection {
    /// Opens a socket; `family_header` is the bytes between the netlink header and the attributes.
    pub(crate) fn open(protocol: isize, family_header: usize) -> io::Result<Self> {
        let mut socket = Socket::new(protocol)?;
        socket.bind_auto()?;
        socket.set_ext_ack(true)?;
        // Answers need not quote the request: it is still here.
        socket.set_cap_ack(true)?;
        Ok(Self {
            socket,
            buffer: vec![0; BUFFER],
            length: 0,
            sequence: 0,
            headers: HEADER + family_header,
        })
    }

    /// The socket's own options.
    pub(crate) fn socket(&self) -> &Socket {
        &self.socket
    }

    /// Sends a request and returns the answers. An error means that nothing was changed.
    pub(crate) fn request<M>(&mut self, message: M) -> Result<Vec<M>, Error>
    where
        M: NetlinkSerializable + NetlinkDeserializable + Debug,
    {
        self.request_with(message, 0)
    }

    /// The same with more flags.
    pub(crate) fn request_with<M>(&mut self, message: M, flags: u16) -> Result<Vec<M>, Error>
    where
        M: NetlinkSerializable + NetlinkDeserializable + Debug,
    {
        self.exchange(&Self::message(message, NLM_F_ACK | flags))
    }

    /// Sends a request for a list; begins anew when the list changed while it was read.
    pub(crate) fn dump<M>(&mut self, message: M) -> Result<Vec<M>, Error>
    where
        M: NetlinkSerializable + NetlinkDeserializable + Debug + Clone,
    {
        for _ in 0..DUMP_TRIES {
            match self.exchange(&Self::message(message.clone(), NLM_F_DUMP)) {
                Err(Error::Unsteady) => {}
                result => return result,
            }
        }
        Err(Error::Unsteady)
    }

    fn message<M: NetlinkSerializable>(message: M, flags: u16) -> NetlinkMessage<M> {
        let mut header = NetlinkHeader::default();
        header.flags = NLM_F_REQUEST | flags;
        let mut message = NetlinkMessage::new(header, NetlinkPayload::InnerMessage(message));
        message.finalize();
        message
    }

    fn exchange<M>(&mut self, message: &NetlinkMessage<M>) -> Result<Vec<M>, Error>
    where
        M: NetlinkSerializable + NetlinkDeserializable + Debug,
    {
        self.sequence = self.sequence.wrapping_add(1);
        let mut request = vec![0; message.buffer_len()];
        message.serialize(&mut request);
        NetlinkBuffer::new(&mut request).set_sequence_number(self.sequence);
        self.socket.send_to(&request, &SocketAddr::new(0, 0), 0)?;

        let mut answers = Vec::new();
        let mut steady = true;
        loop {
            self.receive(0)?;
            for message in messages::<M>(self.received()) {
                let (header, payload) = message?.into_parts();
                if header.sequence_number != self.sequence {
                    // What an earlier request that failed half-way has left in the queue.
                    continue;
                }
                steady &= header.flags & NLM_F_DUMP_INTR == 0;
                match payload {
                    NetlinkPayload::InnerMessage(answer) => answers.push(answer),
                    NetlinkPayload::Error(ack) => {
                        self.acknowledged(&request, &header, &ack)?;
                        return Ok(answers);
                    }
                    NetlinkPayload::Done(done) => {
                        self.accepted(&request, done.code, &done.extended_ack)?;
                        return steady.then_some(answers).ok_or(Error::Unsteady);
                    }
                    _ => {}
                }
            }
        }
    }

    /// Waits for messages that nobody asked for.
    pub(crate) fn events<M: NetlinkDeserializable>(
        &mut self,
    ) -> Result<Vec<(NetlinkHeader, M)>, Error> {
        self.receive(0)?;
        self.received_events()
    }

    /// The same, but waits for none: none may be there.
    pub(crate) fn events_there<M: NetlinkDeserializable>(
        &mut self,
    ) -> Result<Option<Vec<(NetlinkHeader, M)>>, Error> {
        match self.receive(libc::MSG_DONTWAIT) {
            Err(Error::Io(e)) if e.kind() == io::ErrorKind::WouldBlock => Ok(None),
            Err(e) => Err(e),
            Ok(()) => self.received_events().map(Some),
        }
    }

    fn received_events<M: NetlinkDeserializable>(&self) -> Result<Vec<(NetlinkHeader, M)>, Error> {
        messages::<M>(self.received())
            .filter_map(|message| match message.map(NetlinkMessage::into_parts) {
                Ok((header, NetlinkPayload::InnerMessage(event))) => Some(Ok((header, event))),
                Ok(_) => None,
                Err(e) => Some(Err(e)),
            })
            .collect()
    }

    /// Reads what the kernel sent next.
    fn receive(&mut self, flags: libc::c_int) -> Result<(), Error> {
        loop {
            let mut free = self.buffer.as_mut_slice();
            let received = self.socket.recv_from(&mut free, libc::MSG_TRUNC | flags);
            let (length, sender) = match received {
                Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
                Err(e) if e.raw_os_error() == Some(libc::ENOBUFS) => return Err(Error::Lost),
                result => result?,
            };
            if length > self.buffer.len() {
                return Err(Error::Io(io::ErrorKind::OutOfMemory.into()));
            }
            self.length = length;
            // Another process may send to this socket; only the kernel is port 0.
            if sender.port_number() == 0 {
                return Ok(());
            }
        }
    }

    fn received(&self) -> &[u8] {
        self.buffer.get(..self.length).unwrap_or_default()
    }

    fn acknowledged(
        &self,
        request: &[u8],
        header: &NetlinkHeader,
        ack: &ErrorMessage,
    ) -> Result<(), Error> {
        // In front of the attributes is the request's header, and the rest of it unless it was cut.
        let quoted = if header.flags & NLM_F_CAPPED == 0 {
            request.len()
        } else {
            HEADER
        };
        let attributes = if header.flags & NLM_F_ACK_TLVS == 0 {
            &[]
        } else {
            ack.header.get(quoted..).unwrap_or_default()
        };
        self.accepted(request, ack.raw_code(), attributes)
    }

    fn accepted(&self, request: &[u8], code: i32, attributes: &[u8]) -> Result<(), Error> {
        if code == 0 {
            return Ok(());
        }
        Err(Error::Refused(Refusal {
            errno: code.saturating_abs(),
            extack: Extack::parse(attributes, request, self.headers),
        }))
    }
}

/// Takes a received buffer apart; the first damaged message ends it.
pub(crate) fn messages<M: NetlinkDeserializable>(
    mut bytes: &[u8],
) -> impl Iterator<Item = Result<NetlinkMessage<M>, Error>> {
    std::iter::from_fn(move || {
        if bytes.is_empty() {
            return None;
        }
        let (message, rest) = match NetlinkBuffer::new_checked(bytes) {
            Ok(buffer) => {
                let length = usize::try_from(buffer.length()).unwrap_or(usize::MAX);
                let message = bytes.get(..length).unwrap_or_default();
                let rest = bytes.get(length.next_multiple_of(4)..).unwrap_or_default();
                (NetlinkMessage::deserialize(message), rest)
            }
            Err(e) => (Err(e), &[][..]),
        };
        bytes = rest;
        Some(message.map_err(Error::from))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::Message;
    use netlink_packet_generic::GenlMessage;
    use netlink_sys::protocols::NETLINK_GENERIC;
    use proptest::collection::vec;
    use proptest::prelude::*;

    #[test]
    fn where_no_event_is_there_none_is_waited_for() {
        let mut connection = Connection::open(NETLINK_GENERIC, 4).unwrap();
        let there = connection.events_there::<GenlMessage<Message>>();
        assert!(there.unwrap().is_none());
    }

    proptest! {
        #[test]
        fn any_bytes_end(bytes in vec(any::<u8>(), 0..400)) {
            prop_assert!(messages::<GenlMessage<Message>>(&bytes).count() <= bytes.len());
        }

        #[test]
        fn any_payload_of_any_type(kind in 0u16..40, payload in vec(any::<u8>(), 0..100)) {
            let mut bytes = vec![0; HEADER + payload.len()];
            bytes[HEADER..].copy_from_slice(&payload);
            let mut buffer = NetlinkBuffer::new(&mut bytes);
            buffer.set_length(u32::try_from(HEADER + payload.len()).unwrap());
            buffer.set_message_type(kind);
            prop_assert_eq!(messages::<GenlMessage<Message>>(&bytes).count(), 1);
        }
    }
}
