//! `aws-chunked`: how the SDKs send a body whose checksum follows it. Signatures of chunks and the
//! checksums of trailers are read over: nobody between the two ends of a loopback connection tampers.

use super::Head;

/// The content of a request's body.
pub fn content(head: &Head<'_>, body: &[u8]) -> Result<Vec<u8>, String> {
    let coded = head.header("content-encoding").is_some_and(|coding| coding.contains("aws-chunked"))
        || head.header("x-amz-content-sha256").is_some_and(|hash| hash.starts_with("STREAMING-"));
    if !coded {
        return Ok(body.to_vec());
    }
    let content = decode(body)?;
    let told = head.header("x-amz-decoded-content-length").map(str::parse::<usize>);
    match told {
        Some(Ok(length)) if length != content.len() => Err(format!(
            "x-amz-decoded-content-length is {length}, and the chunks have {} bytes",
            content.len()
        )),
        Some(Err(_)) => Err("x-amz-decoded-content-length is not a number".to_owned()),
        _ => Ok(content),
    }
}

/// `SIZE[;chunk-signature=…] CRLF data CRLF` until a chunk of size 0; trailers follow.
fn decode(body: &[u8]) -> Result<Vec<u8>, String> {
    let mut content = Vec::with_capacity(body.len());
    let mut rest = body;
    loop {
        let end = rest.windows(2).position(|two| two == b"\r\n").ok_or("a chunk has no size")?;
        let (line, after) = rest.split_at(end);
        let line = std::str::from_utf8(line).map_err(|_| "the size of a chunk is not text")?;
        let digits = line.split(';').next().unwrap_or_default().trim();
        let size = usize::from_str_radix(digits, 16).map_err(|_| "the size of a chunk is no number")?;
        let after = after.get(2..).unwrap_or_default();
        if size == 0 {
            return Ok(content);
        }
        let data = after.get(..size).ok_or("a chunk is shorter than it says")?;
        content.extend_from_slice(data);
        rest = after
            .get(size..)
            .and_then(|rest| rest.strip_prefix(b"\r\n"))
            .ok_or("a chunk does not end with a line's end")?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_signed_and_with_trailers() {
        for body in [
            "5\r\nhello\r\n6\r\n world\r\n0\r\nx-amz-checksum-crc32:DUoRhQ==\r\n\r\n",
            "5;chunk-signature=ad80c730\r\nhello\r\n6;chunk-signature=0055627c\r\n world\r\n0;chunk-signature=b6c6\r\n\r\n",
            "b\r\nhello world\r\n0\r\n\r\n",
        ] {
            assert_eq!(decode(body.as_bytes()).unwrap(), b"hello world", "{body:?}");
        }
        assert_eq!(decode(b"0\r\n\r\n").unwrap(), b"");
        assert_eq!(decode(b"2\r\n\r\n\r\n0\r\n\r\n").unwrap(), b"\r\n");
    }

    #[test]
    fn broken_chunks_are_refused() {
        for body in
            ["", "hello", "5\r\nhell", "5\r\nhello0\r\n\r\n", "z\r\nhello\r\n", "ffffffffffffffff\r\nx\r\n"]
        {
            assert!(decode(body.as_bytes()).is_err(), "{body:?}");
        }
    }
}
