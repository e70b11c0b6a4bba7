// SPDX-License-Identifier: GPL-2.0-only

//! Messages between `ask` and `serve`.
//!
//! UDP: the request is a number of 8 bytes; the answer is that number, a space and the node's name.
//! TCP: the request is a line with the number of bytes wanted; the answer is a line `NAME BYTES SUM`
//! and the bytes.

pub fn answer(request: &[u8], name: &str) -> Option<Vec<u8>> {
    let number = request.get(..8)?;
    Some([number, b" ", name.as_bytes()].concat())
}

pub fn parse_answer(datagram: &[u8]) -> Option<(u64, String)> {
    let (number, rest) = datagram.split_first_chunk::<8>()?;
    let name = rest.strip_prefix(b" ")?;
    Some((
        u64::from_be_bytes(*number),
        String::from_utf8_lossy(name).into_owned(),
    ))
}

/// FNV-1a: enough to see a byte lost, doubled or of another node.
pub fn checksum(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |sum, &b| {
        (sum ^ u64::from(b)).wrapping_mul(0x100_0000_01b3)
    })
}

pub fn stream_answer(name: &str, len: usize) -> Vec<u8> {
    let body: Vec<u8> = (0..len).map(|i| (i ^ (i >> 8) ^ (i >> 16)) as u8).collect();
    let mut out = format!("{name} {len} {:016x}\n", checksum(&body)).into_bytes();
    out.extend(body);
    out
}

/// The node's name once the whole answer is there, None before.
pub fn parse_stream(got: &[u8]) -> Result<Option<String>, String> {
    let Some(end) = got.iter().position(|&b| b == b'\n') else {
        return Ok(None);
    };
    let head = String::from_utf8_lossy(&got[..end]);
    let body = &got[end + 1..];
    let bad = || format!("the answer begins with \"{head}\"");
    let mut fields = head.split(' ');
    let name = fields.next().ok_or_else(bad)?;
    let len: usize = fields.next().and_then(|w| w.parse().ok()).ok_or_else(bad)?;
    let sum = fields
        .next()
        .and_then(|w| u64::from_str_radix(w, 16).ok())
        .ok_or_else(bad)?;
    if body.len() < len {
        return Ok(None);
    }
    if body.len() > len || checksum(body) != sum {
        return Err(format!(
            "the {} bytes of {name} have a wrong checksum",
            body.len()
        ));
    }
    Ok(Some(name.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_understood() {
        let sent = answer(&7u64.to_be_bytes(), "n1").unwrap();
        assert_eq!(parse_answer(&sent), Some((7, "n1".into())));
        assert_eq!(answer(b"short", "n1"), None);
        assert_eq!(parse_answer(b"short"), None);
    }

    #[test]
    fn a_stream_is_believed_when_whole_and_right() {
        let mut sent = stream_answer("n2", 5000);
        assert_eq!(parse_stream(&sent), Ok(Some("n2".into())));
        assert_eq!(parse_stream(&sent[..4000]), Ok(None));
        sent[3000] ^= 1;
        assert!(parse_stream(&sent).is_err());
    }
}
