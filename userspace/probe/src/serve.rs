// SPDX-License-Identifier: GPL-2.0-only

//! A service that answers with its node's name.

use crate::message;
use crate::outcome::Outcome;
use crate::sys;
use socket2::Socket;
use socket2::Type;
use std::io::Read;
use std::io::Write;
use std::net::IpAddr;
use std::net::TcpListener;
use std::net::TcpStream;
use std::net::UdpSocket;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

#[derive(clap::Args)]
pub struct Args {
    /// What to answer.
    #[arg(long)]
    name: String,
    /// Addresses to listen on; they need not be there yet.
    #[arg(long, value_delimiter = ',', default_value = "0.0.0.0")]
    address: Vec<IpAddr>,
    #[arg(long)]
    udp: Option<u16>,
    #[arg(long)]
    tcp: Option<u16>,
    /// Go to the background once ready, and print the process id.
    #[arg(long)]
    detach: bool,
}

/// Threads that wait in accept() of one listener: cheaper than one for each connection.
const WORKERS: usize = 8;

fn socket(kind: Type, address: IpAddr, port: u16) -> Outcome<Socket> {
    sys::bound(kind, None, (address, port).into()).map_err(|e| format!("{address}:{port}: {e}"))
}

fn answer_datagrams(socket: &UdpSocket, name: &str) {
    let mut buf = [0; 2048];
    loop {
        // An ICMP error of an earlier answer comes back as an error here: none of our business.
        let Ok((len, from)) = socket.recv_from(&mut buf) else {
            continue;
        };
        if let Some(answer) = message::answer(&buf[..len], name) {
            let _ = socket.send_to(&answer, from);
        }
    }
}

fn answer_stream(mut stream: TcpStream, name: &str) -> std::io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(20)))?;
    stream.set_write_timeout(Some(Duration::from_secs(20)))?;
    stream.set_nodelay(true)?;
    let mut line = Vec::new();
    let mut buf = [0; 64];
    while !line.contains(&b'\n') && line.len() < 64 {
        match stream.read(&mut buf)? {
            0 => return Ok(()),
            n => line.extend(&buf[..n]),
        }
    }
    let wanted = String::from_utf8_lossy(&line).trim().parse().unwrap_or(0);
    stream.write_all(&message::stream_answer(name, wanted))
}

pub fn run(args: &Args) -> Outcome {
    let mut datagrams = Vec::new();
    let mut listeners = Vec::new();
    for &address in &args.address {
        if let Some(port) = args.udp {
            let s = socket(Type::DGRAM, address, port)?;
            // A burst of requests must wait here, not vanish.
            sys::set_option(
                std::os::fd::AsRawFd::as_raw_fd(&s),
                libc::SOL_SOCKET,
                libc::SO_RCVBUFFORCE,
                &(16i32 << 20),
            )?;
            datagrams.push(UdpSocket::from(s));
        }
        if let Some(port) = args.tcp {
            let s = socket(Type::STREAM, address, port)?;
            s.listen(1024).map_err(|e| format!("listen: {e}"))?;
            listeners.push(Arc::new(TcpListener::from(s)));
        }
    }
    if args.detach {
        sys::detach()?;
    }
    let mut threads = Vec::new();
    for socket in datagrams {
        let name = args.name.clone();
        threads.push(thread::spawn(move || answer_datagrams(&socket, &name)));
    }
    for listener in listeners {
        for _ in 0..WORKERS {
            let (listener, name) = (listener.clone(), args.name.clone());
            threads.push(thread::spawn(move || {
                for stream in listener.incoming().flatten() {
                    // A client that went away is the client's business.
                    let _ = answer_stream(stream, &name);
                }
            }));
        }
    }
    for t in threads {
        t.join().map_err(|_| "a thread panicked")?;
    }
    Ok(())
}
