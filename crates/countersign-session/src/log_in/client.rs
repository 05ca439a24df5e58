//! The unit in which clients are counted: an IPv4 address, or an IPv6 network.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

/// The network of a client: its IPv4 address, or the /64 of its IPv6 address.
///
/// A client with IPv6 usually has a whole /64 (RFC 4291 section 2.5.4) and can change its address at will, so
/// a limit on single addresses would bound nothing. An IPv4 address that is written as IPv6
/// (`::ffff:192.0.2.1`) counts as the IPv4 address.
///
/// ```
/// use countersign_session::ClientNetwork;
///
/// let of = |text: &str| ClientNetwork::of(text.parse().unwrap());
/// assert!(of("2001:db8:0:1::1") == of("2001:db8:0:1::2"));
/// assert!(of("192.0.2.1") != of("192.0.2.2"));
/// ```
///
/// Debug does not show the address.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ClientNetwork(IpAddr);

impl ClientNetwork {
    /// Returns the network of `address`.
    #[must_use]
    pub fn of(address: IpAddr) -> Self {
        Self(match address.to_canonical() {
            IpAddr::V4(address) => IpAddr::V4(address),
            IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() >> 64 << 64)),
        })
    }
}

impl fmt::Debug for ClientNetwork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClientNetwork(..)")
    }
}
