//! The little of DNS that tells why a name has no address (RFC 1035 4; RFC 3596 for IPv6).
//!
//! The system's resolver gives addresses or one word; which server said what, and whether a name is missing or only
//! has no address, it does not tell. The messages here are read with bounds everywhere: anybody may answer.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use evidence::shown;
use tokio::net::UdpSocket;

/// The largest answer over UDP that is read, in bytes.
const MOST: usize = 1232;
/// How many pointers of one compressed name are followed.
const JUMPS: usize = 16;

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    /// IPv4 addresses.
    A = 1,
    /// IPv6 addresses.
    Aaaa = 28,
}

/// What a name server answered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Reply {
    /// 0 is success, 2 a failure of the server, 3 a name that does not exist, 5 a refusal.
    pub(crate) code: u8,
    /// The addresses.
    pub(crate) addresses: Vec<IpAddr>,
    /// The names that the name is an alias of, in order.
    pub(crate) aliases: Vec<String>,
}

/// Asks one server. Whoever calls bounds the time.
///
/// # Errors
/// What the socket said; an answer to another question is passed over.
pub(crate) async fn ask(server: SocketAddr, name: &str, asked: Asked, id: u16) -> std::io::Result<Reply> {
    let local: SocketAddr = if server.is_ipv4() {
        (Ipv4Addr::UNSPECIFIED, 0).into()
    } else {
        (Ipv6Addr::UNSPECIFIED, 0).into()
    };
    let socket = UdpSocket::bind(local).await?;
    socket.connect(server).await?;
    socket.send(&query(name, asked, id)).await?;
    let mut buffer = [0; MOST];
    loop {
        let count = socket.recv(&mut buffer).await?;
        if let Some(reply) = read(&buffer[..count], id) {
            return Ok(reply);
        }
    }
}

fn query(name: &str, asked: Asked, id: u16) -> Vec<u8> {
    let mut out = id.to_be_bytes().to_vec();
    // Recursion desired; one question.
    out.extend([1, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
    for label in name.trim_end_matches('.').split('.') {
        // A label has 63 bytes at most, so that its length is never read as a pointer.
        let label = &label.as_bytes()[..label.len().min(63)];
        out.extend([u8::try_from(label.len()).unwrap_or(0)]);
        out.extend(label);
    }
    out.extend([0, 0, asked as u8, 0, 1]);
    out
}

/// The answer with this id, or nothing.
fn read(bytes: &[u8], id: u16) -> Option<Reply> {
    let word = |at: usize| Some(u16::from_be_bytes([*bytes.get(at)?, *bytes.get(at + 1)?]));
    let is_answer = bytes.get(2)? & 0x80 != 0;
    if word(0)? != id || !is_answer {
        return None;
    }
    let mut reply = Reply {
        code: bytes.get(3)? & 0x0F,
        ..Reply::default()
    };
    let (questions, answers) = (word(4)?, word(6)?);
    let mut at = 12;
    for _ in 0..questions {
        at = name(bytes, at)?.1 + 4;
    }
    for _ in 0..answers {
        // A record that was cut off ends the list; what came before it counts.
        let Some((_, begin)) = name(bytes, at) else { break };
        let (Some(kind), Some(length)) = (word(begin), word(begin + 8)) else {
            break;
        };
        let data = begin + 10;
        at = data + usize::from(length);
        let Some(value) = bytes.get(data..at) else { break };
        match kind {
            1 => reply
                .addresses
                .extend(<[u8; 4]>::try_from(value).map(IpAddr::from)),
            28 => reply
                .addresses
                .extend(<[u8; 16]>::try_from(value).map(IpAddr::from)),
            5 => reply.aliases.extend(name(bytes, data).map(|(alias, _)| alias)),
            _ => {}
        }
    }
    Some(reply)
}

/// The name at a place, and the place behind it.
fn name(bytes: &[u8], mut at: usize) -> Option<(String, usize)> {
    let (mut labels, mut end, mut jumps) = (Vec::new(), None, 0);
    loop {
        let length = usize::from(*bytes.get(at)?);
        if length & 0xC0 == 0xC0 {
            let low = usize::from(*bytes.get(at + 1)?);
            end = end.or(Some(at + 2));
            at = (length & 0x3F) << 8 | low;
            jumps += 1;
            if jumps > JUMPS {
                return None;
            }
            continue;
        }
        if length == 0 {
            return Some((labels.join("."), end.unwrap_or(at + 1)));
        }
        let label = bytes.get(at + 1..at + 1 + length)?;
        labels.push(shown(&String::from_utf8_lossy(label)));
        at += 1 + length;
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// An answer to `query` as a server would give it.
    pub(crate) fn answer(query: &[u8], code: u8, records: &[(u16, &[u8])]) -> Vec<u8> {
        let mut out = query.to_vec();
        out[2] = 0x81;
        out[3] = code;
        out[7] = u8::try_from(records.len()).unwrap();
        for (kind, data) in records {
            out.extend([0xC0, 12]);
            out.extend(kind.to_be_bytes());
            out.extend([0, 1, 0, 0, 0, 60]);
            out.extend(u16::try_from(data.len()).unwrap().to_be_bytes());
            out.extend(*data);
        }
        out
    }

    #[test]
    fn addresses_and_aliases_are_read() {
        let asked = query("contoso.crm4.dynamics.com", Asked::A, 7);
        let bytes = answer(
            &asked,
            0,
            &[(5, b"\x03eur\x07example\x00"), (1, &[10, 1, 2, 3]), (99, b"x")],
        );
        let reply = read(&bytes, 7).unwrap();
        assert_eq!(reply.addresses, [IpAddr::from([10, 1, 2, 3])]);
        assert_eq!(reply.aliases, ["eur.example"]);
        assert_eq!(read(&bytes, 8), None);
        assert_eq!(read(&answer(&asked, 3, &[]), 7).unwrap().code, 3);
        for cut in 0..bytes.len() {
            let _ = read(&bytes[..cut], 7);
        }
    }

    #[test]
    fn a_name_that_points_at_itself_ends() {
        let mut bytes = answer(&query("a.b", Asked::A, 1), 0, &[]);
        let at = bytes.len();
        bytes.extend([0xC0, u8::try_from(at).unwrap()]);
        assert_eq!(name(&bytes, at), None);
    }
}
