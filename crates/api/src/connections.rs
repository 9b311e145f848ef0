//! Open connections: so many from one network address, so that one caller cannot take all places (W11, S072).

use std::any::Any;
use std::collections::HashMap;
use std::net::{IpAddr, Shutdown};
use std::sync::{Arc, Mutex};

use actix_web::dev::Extensions;
use actix_web::rt::net::TcpStream;
use socket2::SockRef;

/// Counts open connections by address.
pub struct Connections {
    most: usize,
    open: Mutex<HashMap<IpAddr, usize>>,
}

/// One place taken; given back when the connection ends.
pub struct Place {
    address: IpAddr,
    connections: Arc<Connections>,
}

impl Connections {
    /// So many from each address; 0 for any number.
    pub fn new(most: usize) -> Arc<Connections> {
        Arc::new(Connections {
            most,
            open: Mutex::default(),
        })
    }

    /// A place for a connection from an address; none if the address has all it may have.
    pub fn take(self: &Arc<Self>, address: IpAddr) -> Option<Place> {
        let address = address.to_canonical();
        if let Ok(mut open) = self.open.lock() {
            let count = open.entry(address).or_default();
            // Whoever sits on this machine, a proxy above all, speaks for many.
            if self.most > 0 && *count >= self.most && !address.is_loopback() {
                return None;
            }
            *count = count.saturating_add(1);
        }
        Some(Place {
            address,
            connections: Arc::clone(self),
        })
    }

    /// How many connections are open.
    pub fn open(&self) -> usize {
        self.open
            .lock()
            .map(|open| {
                open.values()
                    .fold(0_usize, |sum, count| sum.saturating_add(*count))
            })
            .unwrap_or_default()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Ok(mut open) = self.connections.open.lock()
            && let Some(count) = open.get_mut(&self.address)
        {
            *count = count.saturating_sub(1);
            if *count == 0 {
                open.remove(&self.address);
            }
        }
    }
}

/// Lets a new connection in, or shuts it before it says anything.
pub fn admit(connections: &Arc<Connections>, stream: &dyn Any, extensions: &mut Extensions) {
    let Some(stream) = stream.downcast_ref::<TcpStream>() else {
        return;
    };
    let Ok(peer) = stream.peer_addr() else {
        return;
    };
    match connections.take(peer.ip()) {
        Some(place) => drop(extensions.insert(place)),
        None => {
            tracing::debug!("An address has too many connections");
            // It may be gone already.
            let _ = SockRef::from(stream).shutdown(Shutdown::Both);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_so_many_places_and_gets_them_back() {
        let connections = Connections::new(2);
        let one: IpAddr = "203.0.113.7".parse().unwrap();
        let same: IpAddr = "::ffff:203.0.113.7".parse().unwrap();
        let other: IpAddr = "203.0.113.8".parse().unwrap();
        let first = connections.take(one).unwrap();
        let _second = connections.take(same).unwrap();
        assert!(connections.take(one).is_none());
        assert!(
            connections.take(other).is_some(),
            "another address has its own places"
        );
        drop(first);
        assert!(connections.take(one).is_some());
        assert_eq!(connections.open(), 1);
    }

    #[test]
    fn this_machine_and_no_limit_have_any_number() {
        let connections = Connections::new(1);
        let local: IpAddr = "127.0.0.1".parse().unwrap();
        let places: Vec<_> = (0..5).map_while(|_| connections.take(local)).collect();
        assert_eq!(places.len(), 5);
        let open = Connections::new(0);
        let far: IpAddr = "203.0.113.7".parse().unwrap();
        let places: Vec<_> = (0..5).map_while(|_| open.take(far)).collect();
        assert_eq!(places.len(), 5);
    }
}
