// SPDX-License-Identifier: GPL-2.0-only

//! Check by a TCP connection.

use std::net::SocketAddr;

use tokio::net::TcpStream;

use crate::health::outcome::{Outcome, reason};

pub async fn connect(address: SocketAddr) -> Outcome {
    match TcpStream::connect(address).await {
        Ok(_) => Outcome::good(format_args!("{address} accepts connections")),
        Err(e) => Outcome::bad(format_args!(
            "{address} accepts no connection: {}",
            reason(&e)
        )),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::time::Duration;

    use ssi_cluster::file::check::Kind;
    use tokio::net::{TcpListener, TcpSocket};

    use super::*;
    use crate::health::probe::Probe;
    use crate::shut;

    #[tokio::test]
    async fn good_while_somebody_listens() {
        for any in ["127.0.0.1:0", "[::1]:0"] {
            let listener = TcpListener::bind(any).await.unwrap();
            let address = listener.local_addr().unwrap();
            assert!(connect(address).await.good);
            shut(&listener);
            let bad = connect(address).await;
            let expected = format!("{address} accepts no connection: Connection refused");
            assert_eq!(bad, Outcome::bad(expected));
        }
    }

    #[tokio::test]
    async fn a_service_that_accepts_no_more_is_late() {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let listener = socket.listen(0).unwrap();
        let address = listener.local_addr().unwrap();
        // The kernel keeps a connection that nobody accepts; then its queue is full.
        let _kept = TcpStream::connect(address).await.unwrap();
        let mut probe = Probe::new(
            Kind::Tcp(address),
            Duration::from_millis(200),
            Path::new("/nowhere"),
        );
        let expected = format!("{address} does not answer within 200ms");
        assert_eq!(probe.run().await, Outcome::bad(expected));
    }
}
