// SPDX-License-Identifier: GPL-2.0-only

//! Network: one of those that each datagram goes over: a link of Corosync's, or the cluster's interface.

use std::io::{self, ErrorKind};
use std::net::{IpAddr, Ipv6Addr, SocketAddr, SocketAddrV6};

use mio::net::UdpSocket;
use mio::{Interest, Registry, Token};
use socket2::{Domain, Protocol, Socket, Type};

use super::device::Device;

/// Bytes that may wait to be read.
const UNREAD: usize = 1 << 20;
/// Class of service: network control, which is what storage's traffic is not to delay.
const CONTROL: u32 = 0xc0;

/// Where datagrams go.
#[derive(Debug)]
enum Transport {
    /// From this address to those of the others.
    Unicast {
        local: IpAddr,
        others: Vec<(u32, SocketAddr)>,
    },
    /// To a group on an interface.
    Multicast {
        device: Device,
        /// The interface's number when the socket was opened.
        index: u32,
        group: Ipv6Addr,
    },
}

/// A network.
#[derive(Debug)]
pub struct Network {
    transport: Transport,
    port: u16,
    token: Token,
    socket: Option<UdpSocket>,
    /// Why it does not work, if it does not.
    trouble: Option<String>,
    /// Its name for people.
    pub name: String,
    /// The others from which datagrams are to come there.
    pub others: Vec<u32>,
}

impl Network {
    /// Of Corosync's link of this number.
    pub fn link(
        number: u8,
        local: IpAddr,
        others: &[(u32, IpAddr)],
        port: u16,
        token: Token,
    ) -> Network {
        let nodes = others.iter().map(|(node, _)| *node).collect();
        let others = others.iter();
        let others = others.map(|(node, address)| (*node, SocketAddr::new(*address, port)));
        let transport = Transport::Unicast {
            local,
            others: others.collect(),
        };
        Network::new(transport, format!("link {number}"), nodes, port, token)
    }

    /// Of an interface. The group's address is made of the cluster's group, so that clusters do not disturb each other.
    pub fn interface(
        device: Device,
        others: &[u32],
        group: u32,
        port: u16,
        token: Token,
    ) -> Network {
        // Link-local, not assigned; numbers from 8000:: on are anybody's.
        let number = group | 0x8000_0000;
        let [high, low] = [number >> 16, number & 0xffff].map(|n| u16::try_from(n).unwrap_or(0));
        let name = on_interface(device.name());
        let transport = Transport::Multicast {
            device,
            index: 0,
            group: Ipv6Addr::new(0xff12, 0, 0, 0, 0, 0, high, low),
        };
        Network::new(transport, name, others.to_vec(), port, token)
    }

    fn new(
        transport: Transport,
        name: String,
        others: Vec<u32>,
        port: u16,
        token: Token,
    ) -> Network {
        Network {
            transport,
            port,
            token,
            socket: None,
            trouble: None,
            name,
            others,
        }
    }

    /// Why it does not work, if it does not.
    pub fn trouble(&self) -> Option<String> {
        let why = self.trouble.as_ref()?;
        Some(format!("{}: {why}", self.name))
    }

    /// Whether it is the clients' interface.
    pub const fn is_interface(&self) -> bool {
        matches!(self.transport, Transport::Multicast { .. })
    }

    /// The clients' interface, by the name that it had when it was looked for last.
    pub fn device(&self) -> Option<&str> {
        match &self.transport {
            Transport::Unicast { .. } => None,
            Transport::Multicast { device, .. } => Some(device.name()),
        }
    }

    /// Ends it, and leaves the clients' interface.
    pub fn into_device(self) -> Option<Device> {
        match self.transport {
            Transport::Unicast { .. } => None,
            Transport::Multicast { device, .. } => Some(device),
        }
    }

    /// Whether this machine can send and receive there, as far as it knows.
    pub const fn works(&self) -> bool {
        self.socket.is_some() && self.trouble.is_none()
    }

    /// Makes it work, if it does not. Due each second.
    pub fn look(&mut self, registry: &Registry) {
        let is_stale = match &mut self.transport {
            Transport::Unicast { .. } => false,
            Transport::Multicast { device, index, .. } => {
                let is_stale = device.look().ok() != Some(*index);
                // For people it is the one that they see.
                self.name = on_interface(device.name());
                is_stale
            }
        };
        if self.socket.is_some() && !is_stale && self.trouble.is_none() {
            return;
        }
        if let Some(mut old) = self.socket.take() {
            // It may be gone already.
            let _ = registry.deregister(&mut old);
        }
        match self.open(registry) {
            Ok(socket) => (self.socket, self.trouble) = (Some(socket), None),
            Err(error) => self.trouble = Some(sentence(&error)),
        }
    }

    fn open(&mut self, registry: &Registry) -> io::Result<UdpSocket> {
        let socket = match &mut self.transport {
            Transport::Unicast { local, .. } => {
                let address = SocketAddr::new(*local, self.port);
                let socket = Socket::new(
                    Domain::for_address(address),
                    Type::DGRAM,
                    Some(Protocol::UDP),
                )?;
                socket.bind(&address.into())?;
                socket
            }
            Transport::Multicast {
                device,
                index,
                group,
            } => {
                *index = device.look()?;
                let socket = Socket::new(Domain::IPV6, Type::DGRAM, Some(Protocol::UDP))?;
                socket.set_only_v6(true)?;
                socket.set_multicast_if_v6(*index)?;
                socket.set_multicast_loop_v6(false)?;
                socket.join_multicast_v6(group, *index)?;
                socket.bind(&SocketAddrV6::new(*group, self.port, 0, *index).into())?;
                socket
            }
        };
        // What the machine does not allow costs nothing but some of it.
        let _ = socket.set_recv_buffer_size(UNREAD);
        let _ = socket.set_tos_v4(CONTROL);
        let _ = socket.set_tclass_v6(CONTROL);
        socket.set_nonblocking(true)?;
        let mut socket = UdpSocket::from_std(socket.into());
        registry.register(&mut socket, self.token, Interest::READABLE)?;
        Ok(socket)
    }

    /// Sends to a node, or to all. What cannot be sent is lost on this network.
    pub fn send(&mut self, to: Option<u32>, bytes: &[u8]) {
        let Some(socket) = &self.socket else {
            return;
        };
        let mut failed = None;
        let mut send = |address: SocketAddr| {
            if let Err(error) = socket.send_to(bytes, address) {
                let is_passing = matches!(
                    error.kind(),
                    ErrorKind::WouldBlock | ErrorKind::Interrupted | ErrorKind::ConnectionRefused
                );
                if !is_passing {
                    failed = Some(sentence(&error));
                }
            }
        };
        match &self.transport {
            Transport::Unicast { others, .. } => {
                let others = others.iter();
                let to = others.filter(|(node, _)| to.is_none_or(|to| to == *node));
                to.for_each(|(_, address)| send(*address));
            }
            Transport::Multicast { index, group, .. } => {
                send(SocketAddrV6::new(*group, self.port, 0, *index).into());
            }
        }
        if failed.is_some() {
            self.trouble = failed;
        }
    }

    /// The next datagram that came.
    pub fn receive<'a>(&mut self, buffer: &'a mut [u8]) -> Option<&'a [u8]> {
        let socket = self.socket.as_ref()?;
        loop {
            match socket.recv_from(buffer) {
                Ok((length, _)) => return buffer.get(..length),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                // An error of something that was sent is of no use here.
                Err(error) if error.kind() == ErrorKind::ConnectionRefused => {}
                Err(_) => return None,
            }
        }
    }
}

fn sentence(error: &io::Error) -> String {
    match error.kind() {
        ErrorKind::AddrInUse => {
            "another program has its port: stop that, or give both clusters a port of their own"
                .to_owned()
        }
        ErrorKind::AddrNotAvailable => "its address is not on this machine".to_owned(),
        _ if error.raw_os_error() == Some(libc::ENODEV) => "there is no such interface".to_owned(),
        _ => error.to_string(),
    }
}

fn on_interface(name: &str) -> String {
    format!("interface {name}")
}
