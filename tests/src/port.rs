//! A port of a host's own.

use std::io;
use std::net::TcpListener;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixListener};

/// Most of them are free on any machine.
const TRIED: usize = 100;

/// A port on loopback that no other test takes, also while nothing listens there: between its choice
/// and the start of the host, and between a kill and a restart.
pub struct Port {
    number: u16,
    /// A name that one process can have at a time, and that is free again when that process ends.
    _taken: UnixListener,
}

impl Port {
    /// Below the ports that the system gives to outgoing connections, so that none of those takes it.
    pub fn take() -> Self {
        let numbers = std::iter::repeat_with(|| rand::random_range(15_000..32_000));
        numbers.take(TRIED).find_map(|number| Self::reserve(number).ok()).expect("a free port on loopback")
    }

    pub fn number(&self) -> u16 {
        self.number
    }

    fn reserve(number: u16) -> io::Result<Self> {
        let name = SocketAddr::from_abstract_name(format!("windlass-test-port-{number}"))?;
        let taken = UnixListener::bind_addr(&name)?;
        drop(TcpListener::bind(("127.0.0.1", number))?);
        Ok(Self { number, _taken: taken })
    }
}
