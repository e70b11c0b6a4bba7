// SPDX-License-Identifier: GPL-2.0-only

//! Fetches by HTTP with smoltcp, a TCP/IP stack of its own: Linux's stack has no part in it, and the
//! interface is to have no address.
//!
//! Prints `NODE STATUS SIZE` of the answer, dashes where there was none in time.

use crate::mac::Mac;
use crate::outcome::Outcome;
use smoltcp::iface::Config;
use smoltcp::iface::Interface;
use smoltcp::iface::SocketHandle;
use smoltcp::iface::SocketSet;
use smoltcp::phy;
use smoltcp::phy::Medium;
use smoltcp::phy::RawSocket;
use smoltcp::socket::tcp;
use smoltcp::time::Duration;
use smoltcp::time::Instant;
use smoltcp::wire::EthernetAddress;
use smoltcp::wire::IpAddress;
use smoltcp::wire::IpCidr;
use std::fs;
use std::net::IpAddr;
use std::os::fd::AsRawFd;

#[derive(clap::Args)]
pub struct Args {
    #[arg(long)]
    dev: String,
    /// The interface's own.
    #[arg(long)]
    mac: Mac,
    /// ADDRESS/LEN that smoltcp is to have.
    #[arg(long)]
    address: String,
    /// Router of all that is not in that prefix.
    #[arg(long)]
    via: Option<IpAddr>,
    /// Where the server is, on port 80.
    #[arg(long)]
    host: IpAddr,
    #[arg(long)]
    path: String,
    /// The answer's body.
    #[arg(long)]
    out: String,
    /// Patience.
    #[arg(long, default_value_t = 60)]
    seconds: u64,
}

struct Stack {
    device: RawSocket,
    interface: Interface,
    sockets: SocketSet<'static>,
    connection: SocketHandle,
}

impl Stack {
    fn new(args: &Args) -> Outcome<Self> {
        let mut device = RawSocket::new(&args.dev, Medium::Ethernet)
            .map_err(|e| format!("interface {}: {e}", args.dev))?;
        let mut config = Config::new(EthernetAddress(args.mac.0).into());
        config.random_seed = u64::from(std::process::id());
        let mut interface = Interface::new(config, &mut device, Instant::now());
        let address: IpCidr = args
            .address
            .parse()
            .map_err(|()| format!("\"{}\" is no ADDRESS/LEN", args.address))?;
        let mut full = false;
        interface.update_ip_addrs(|all| full = all.push(address).is_err());
        let routed = match args.via {
            Some(IpAddr::V4(a)) => interface.routes_mut().add_default_ipv4_route(a).is_ok(),
            Some(IpAddr::V6(a)) => interface.routes_mut().add_default_ipv6_route(a).is_ok(),
            None => true,
        };
        if full || !routed {
            return Err("smoltcp has no room for address and route".into());
        }
        let room = || tcp::SocketBuffer::new(vec![0; 65535]);
        let mut sockets = SocketSet::new(Vec::new());
        let connection = sockets.add(tcp::Socket::new(room(), room()));
        Ok(Self {
            device,
            interface,
            sockets,
            connection,
        })
    }

    fn socket(&mut self) -> &mut tcp::Socket<'static> {
        self.sockets.get_mut(self.connection)
    }

    /// Sends and receives what there is, and waits a moment for more.
    fn step(&mut self) -> Outcome {
        let now = Instant::now();
        self.interface
            .poll(now, &mut self.device, &mut self.sockets);
        let soon = Duration::from_millis(100);
        let wait = self.interface.poll_delay(now, &self.sockets);
        phy::wait(
            self.device.as_raw_fd(),
            Some(wait.unwrap_or(soon).min(soon)),
        )
        .map_err(|e| format!("waiting: {e}"))
    }

    /// All that the server sends until it closes; nothing if there is no connection in time.
    fn fetch(&mut self, args: &Args) -> Outcome<Vec<u8>> {
        let port = 49152 + (std::process::id() % 16384) as u16;
        let to = (IpAddress::from(args.host), 80);
        let socket = self.sockets.get_mut::<tcp::Socket>(self.connection);
        socket
            .connect(self.interface.context(), to, port)
            .map_err(|e| format!("connect: {e}"))?;
        let deadline = Instant::now() + Duration::from_secs(args.seconds);
        let request = format!("GET {} HTTP/1.0\r\n\r\n", args.path);
        let (mut asked, mut got) = (false, Vec::new());
        while Instant::now() < deadline {
            self.step()?;
            let socket = self.socket();
            if !asked && socket.may_send() {
                socket
                    .send_slice(request.as_bytes())
                    .map_err(|e| format!("sending: {e}"))?;
                asked = true;
            }
            while socket.can_recv() {
                let taken = socket.recv(|bytes| {
                    got.extend_from_slice(bytes);
                    (bytes.len(), ())
                });
                taken.map_err(|e| format!("receiving: {e}"))?;
            }
            if asked && !socket.may_recv() {
                socket.close();
                self.step()?;
                break;
            }
        }
        Ok(got)
    }
}

/// Node and status of an answer, and its body.
fn parse(answer: &[u8]) -> (String, String, &[u8]) {
    let end = answer.windows(4).position(|w| w == b"\r\n\r\n");
    let (head, body) = end.map_or((answer, &[][..]), |at| (&answer[..at], &answer[at + 4..]));
    let head = String::from_utf8_lossy(head);
    let status = head.split_whitespace().nth(1).unwrap_or("-");
    let node = head.lines().find_map(|line| line.strip_prefix("X-Node: "));
    (node.unwrap_or("-").into(), status.into(), body)
}

pub fn run(args: &Args) -> Outcome {
    let answer = Stack::new(args)?.fetch(args)?;
    let (node, status, body) = parse(&answer);
    fs::write(&args.out, body).map_err(|e| format!("{}: {e}", args.out))?;
    println!("{node} {status} {}", body.len());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_has_node_status_and_body() {
        let answer = b"HTTP/1.1 200 OK\r\nServer: nginx\r\nX-Node: n2\r\n\r\nab\r\n\r\n";
        assert_eq!(
            parse(answer),
            ("n2".into(), "200".into(), &b"ab\r\n\r\n"[..])
        );
        assert_eq!(parse(b""), ("-".into(), "-".into(), &b""[..]));
    }
}
