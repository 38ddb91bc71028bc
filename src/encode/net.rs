//! Addresses of the internet protocol.

use super::scalars::word_by_word;
use super::{Encode, Reader, Writer};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};

const V4: u64 = 0;
const V6: u64 = 1;

#[inline(always)]
fn v6_halves(address: &Ipv6Addr) -> (u64, u64) {
    let bits = address.to_bits();
    ((bits >> 64) as u64, bits as u64)
}

#[inline(always)]
fn v6(high: u64, low: u64) -> Ipv6Addr {
    Ipv6Addr::from_bits(u128::from(high) << 64 | u128::from(low))
}

#[inline(always)]
fn socket_v4_word(address: &SocketAddrV4) -> u64 {
    u64::from(address.port()) << 32 | u64::from(address.ip().to_bits())
}

#[inline(always)]
fn socket_v4(word: u64) -> SocketAddrV4 {
    SocketAddrV4::new(Ipv4Addr::from_bits(word as u32), (word >> 32) as u16)
}

#[inline(always)]
fn socket_v6_words(address: &SocketAddrV6) -> [u64; 4] {
    let (high, low) = v6_halves(address.ip());
    let flow_and_scope = u64::from(address.flowinfo()) << 32 | u64::from(address.scope_id());
    [high, low, flow_and_scope, u64::from(address.port())]
}

#[inline(always)]
fn socket_v6([high, low, flow_and_scope, port]: [u64; 4]) -> SocketAddrV6 {
    SocketAddrV6::new(v6(high, low), port as u16, (flow_and_scope >> 32) as u32, flow_and_scope as u32)
}

#[inline(always)]
fn ip_words(address: &IpAddr) -> [u64; 3] {
    match address {
        IpAddr::V4(v4) => [V4, u64::from(v4.to_bits()), 0],
        IpAddr::V6(v6) => {
            let (high, low) = v6_halves(v6);
            [V6, high, low]
        }
    }
}

#[inline(always)]
fn ip([tag, high, low]: [u64; 3]) -> IpAddr {
    if tag == V4 { IpAddr::V4(Ipv4Addr::from_bits(high as u32)) } else { IpAddr::V6(v6(high, low)) }
}

#[inline(always)]
fn socket_words(address: &SocketAddr) -> [u64; 5] {
    match address {
        SocketAddr::V4(v4) => [V4, socket_v4_word(v4), 0, 0, 0],
        SocketAddr::V6(v6) => {
            let [high, low, flow_and_scope, port] = socket_v6_words(v6);
            [V6, high, low, flow_and_scope, port]
        }
    }
}

#[inline(always)]
fn socket([tag, first, second, third, fourth]: [u64; 5]) -> SocketAddr {
    if tag == V4 {
        SocketAddr::V4(socket_v4(first))
    } else {
        SocketAddr::V6(socket_v6([first, second, third, fourth]))
    }
}

word_by_word! {
    Ipv4Addr, 1, |value| [u64::from(value.to_bits())], |word| Ipv4Addr::from_bits(word as u32);
    SocketAddrV4, 1, |value| [socket_v4_word(value)], |word| socket_v4(word);
}

/// Types whose words are an array.
macro_rules! arrays_of_words {
    ($($type:ty, $words:literal, $to:expr, $from:expr;)*) => {$(
        // SAFETY: as many words as said, each way.
        unsafe impl Encode for $type {
            type View<'r> = $type;
            const FIXED: Option<usize> = Some($words);
            const IS_PLAIN: bool = true;

            #[inline(always)]
            fn words(&self) -> usize {
                $words
            }

            #[inline(always)]
            unsafe fn encode(&self, writer: &mut Writer) {
                let words: [u64; $words] = $to(self);
                for word in words {
                    // SAFETY: the caller vouches for as many words.
                    unsafe { writer.word(word) };
                }
            }

            #[inline(always)]
            unsafe fn decode<'r>(reader: &mut Reader<'r>) -> $type {
                // SAFETY: `encode` wrote as many words.
                let words: [u64; $words] = std::array::from_fn(|_| unsafe { reader.word() });
                $from(words)
            }
        }

        super::scalars::itself!($type);
    )*};
}

arrays_of_words! {
    Ipv6Addr, 2, |address| <[u64; 2]>::from(v6_halves(address)), |[high, low]: [u64; 2]| v6(high, low);
    IpAddr, 3, ip_words, ip;
    SocketAddrV6, 4, socket_v6_words, socket_v6;
    SocketAddr, 5, socket_words, socket;
}
