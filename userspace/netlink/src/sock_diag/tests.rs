// SPDX-License-Identifier: GPL-2.0-only

//! Tests with connections of this machine.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{IpAddr, Shutdown, TcpListener, TcpStream};
use std::time::Duration;

use netlink_packet_core::{NetlinkDeserializable as _, NetlinkHeader, NetlinkSerializable as _};
use proptest::prelude::*;

use super::list::read;
use super::message::V6;
use super::session::ID;
use super::*;

const WIDE: Bounds = Bounds {
    most: 1_000_000,
    time: Duration::from_secs(10),
};

/// Connections that are there as long as this is.
fn connected(listener: &TcpListener, count: usize) -> Vec<(TcpStream, TcpStream)> {
    let address = listener.local_addr().unwrap();
    let one = |_| {
        let client = TcpStream::connect(address).unwrap();
        (client, listener.accept().unwrap().0)
    };
    (0..count).map(one).collect()
}

fn at(list: List, local: &str) -> Vec<Session> {
    let local: IpAddr = local.parse().unwrap();
    let mut found = Vec::new();
    list.each(|session| found.extend((session.local.ip() == local).then_some(session)))
        .unwrap();
    found
}

/// Those of the server, of which the client is the other end.
fn served(list: List, local: &str, listener: &TcpListener) -> Vec<Session> {
    let port = listener.local_addr().unwrap().port();
    let mut found = at(list, local);
    found.retain(|session| session.local.port() == port);
    found
}

#[test]
fn real_connections_are_found_and_only_while_they_are_there() {
    // Addresses that no other test uses, so that counts are exact.
    let listener = TcpListener::bind("127.83.84.1:0").unwrap();
    let list = List::established(WIDE);
    let count = |list| served(list, "127.83.84.1", &listener).len();
    assert_eq!(count(list), 0);
    // More than a buffer holds.
    let open = connected(&listener, 400);
    assert_eq!(count(list), 400);
    let mut most = 0;
    let bounded = List::established(Bounds { most: 1, ..WIDE });
    bounded.each(|_| most += 1).unwrap();
    assert!(most < 400, "{most}");
    for (client, server) in &open {
        client.shutdown(Shutdown::Both).unwrap();
        server.shutdown(Shutdown::Both).unwrap();
    }
    assert_eq!(count(list), 0);
}

#[test]
fn what_has_passed_and_how_long_ago() {
    let listener = TcpListener::bind("127.83.84.2:0").unwrap();
    let mut open = connected(&listener, 1);
    let (client, server) = &mut open[0];
    client.write_all(&[7; 1000]).unwrap();
    let mut received = [0; 1000];
    server.read_exact(&mut received).unwrap();
    server.write_all(&[8; 10]).unwrap();
    client.read_exact(&mut received[..10]).unwrap();
    std::thread::sleep(Duration::from_millis(300));
    let found = served(List::in_use(), "127.83.84.2", &listener);
    let [session] = &found[..] else {
        panic!("{found:?}");
    };
    assert_eq!(session.remote, client.local_addr().unwrap());
    assert_eq!(session.state, SessionState::Established);
    assert_eq!(session.received, 1000);
    // The SYN counts as acknowledged, too, in some kernels.
    assert!((10..=11).contains(&session.sent), "{session:?}");
    let idle = session.idle.unwrap();
    assert!((250..60_000).contains(&idle), "{idle}");
    client.shutdown(Shutdown::Write).unwrap();
    let found = served(List::in_use(), "127.83.84.2", &listener);
    assert_eq!(found[0].state, SessionState::CloseWait);
}

#[test]
fn an_ipv6_socket_with_an_ipv4_client_is_found_by_its_ipv4_address() {
    let listener = TcpListener::bind("[::ffff:127.83.84.3]:0").unwrap();
    let open = connected(&listener, 3);
    let found = served(List::established(WIDE), "127.83.84.3", &listener);
    assert_eq!(found.len(), open.len());
    assert_eq!(found[0].family, V6);
}

/// Needs CAP_NET_ADMIN, which the toolbox has; and a kernel that can.
#[test]
fn an_ended_connection_is_reset_and_no_other() {
    let listener = TcpListener::bind("127.83.84.4:0").unwrap();
    let mut open = connected(&listener, 2);
    let mut ender = match Ender::open() {
        // The kernel of the machine that builds, not one that we support.
        Err(Error::CannotEnd) => return,
        ender => ender.unwrap(),
    };
    let first = open[0].0.local_addr().unwrap();
    let found = served(List::in_use(), "127.83.84.4", &listener);
    let session = found.iter().find(|one| one.remote == first).unwrap();
    match ender.end(session) {
        Err(Error::Refused(refusal)) if refusal.errno == 1 => return,
        ended => assert!(ended.unwrap()),
    }
    assert!(!ender.end(session).unwrap(), "it is gone already");
    let mut byte = [0];
    let error = open[0].0.read(&mut byte).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
    open[1].1.write_all(&[5]).unwrap();
    open[1].0.read_exact(&mut byte).unwrap();
    assert_eq!(byte, [5]);
}

#[test]
fn requests_have_what_is_wanted() {
    let bytes = |message: Message| {
        let mut bytes = [0xff; REQUEST];
        message.serialize(&mut bytes);
        (message.message_type(), bytes)
    };
    let (number, list) = bytes(Message::List {
        family: V6,
        states: 2,
        info: true,
    });
    assert_eq!((number, &list[..4]), (20, &[10, 6, 2, 0][..]));
    assert_eq!(list[4..8], 2u32.to_ne_bytes());
    assert_eq!(list[8..], [0; ID]);
    let here = "192.0.2.1:80".parse().unwrap();
    let mut session = Session::sample(here, here);
    (session.family, session.id) = (V6, [3; ID]);
    let (number, destroy) = bytes(Message::destroy(&session));
    assert_eq!((number, destroy[0]), (21, 10));
    assert_eq!(destroy[8..], [3; ID]);
}

#[test]
fn states_have_the_kernels_bits() {
    let bits = |states: &[SessionState]| SessionState::bits(states);
    assert_eq!(bits(&[SessionState::Established]), 1 << 1);
    assert_eq!(bits(&[SessionState::SynRecv]), (1 << 3) | (1 << 12));
    assert_eq!(SessionState::of(12).name(), "syn-recv");
    assert_eq!(SessionState::of(8), SessionState::CloseWait);
    for strange in [0, 13, 255] {
        assert_eq!(SessionState::of(strange).to_string(), "unknown");
    }
}

#[test]
fn an_answer_ends_where_it_may() {
    let mut header = NetlinkHeader::default();
    header.message_type = 20;
    let payload = [2; 72];
    let found = |length: usize| Message::deserialize(&header, &payload[..length]);
    let Message::Found(session) = found(52).unwrap() else {
        panic!("no connection");
    };
    assert_eq!(session.local, "2.2.2.2:514".parse().unwrap());
    assert_eq!(session.idle, None);
    assert!(found(72).is_ok() && found(51).is_err() && found(0).is_err());
    header.message_type = 3;
    assert!(Message::deserialize(&header, &payload).is_err());
}

proptest! {
    #[test]
    fn any_bytes_end(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = read(&bytes, &mut 9, &mut |_| {});
    }

    #[test]
    fn any_connection_is_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let mut header = NetlinkHeader::default();
        header.message_type = 20;
        let _ = Message::deserialize(&header, &bytes);
    }
}
