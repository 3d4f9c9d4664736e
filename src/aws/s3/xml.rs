//! The two documents of S3 that are read: lists of keys, and errors.

use crate::aws::convert;
use aws_smithy_xml::decode::{Document, try_data};
use std::borrow::Cow;

/// The most of a document that is looked at, bytes: a page of 1,000 keys of 1,024 bytes each, encoded, and then
/// some.
const DOCUMENT_MAX: usize = 8 << 20;

/// One page of a list.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// Keys, in order.
    pub keys: Vec<String>,
    /// To go on with; none at the end.
    pub next: Option<String>,
}

/// An error as S3 describes it.
#[derive(Debug, PartialEq, Eq)]
pub struct ErrorBody {
    /// `NoSuchKey`.
    pub code: String,
    /// A sentence.
    pub message: String,
    /// Where the bucket is, if that is what is wrong.
    pub region: Option<String>,
}

/// Reads a page of ListObjectsV2.
///
/// # Errors
/// Why it is none.
pub fn page(body: &[u8]) -> Result<Page, String> {
    let text = document(body).ok_or("it is not text")?;
    let mut document = Document::new(text);
    let mut root = document.root_element().map_err(|error| error.to_string())?;
    if root.start_el().local() != "ListBucketResult" {
        return Err(format!("it is a {}", convert::name(root.start_el().local())));
    }
    let (mut page, mut raw) = (Page::default(), Vec::new());
    let (mut encoded, mut truncated, mut closed) = (false, false, false);
    while let Some(mut tag) = root.next_tag() {
        let name = tag.start_el().local().to_owned();
        if name == "Contents" {
            while let Some(mut inner) = tag.next_tag() {
                if inner.start_el().local() == "Key" {
                    raw.push(try_data(&mut inner).map_err(|error| error.to_string())?.into_owned());
                }
            }
            continue;
        }
        let mut data = || try_data(&mut tag).map(Cow::into_owned).map_err(|error| error.to_string());
        match name.as_str() {
            "EncodingType" => encoded = data()? == "url",
            "IsTruncated" => {
                closed = true;
                truncated = data()? == "true";
            }
            "NextContinuationToken" => page.next = Some(data()?).filter(|token| !token.is_empty()),
            _ => {}
        }
    }
    if !closed {
        // half a document would seem to be a list that ends here
        return Err("it does not say whether it is complete".to_owned());
    }
    if truncated && page.next.is_none() {
        return Err("it continues, but does not say how".to_owned());
    }
    if !truncated {
        page.next = None;
    }
    page.keys = raw.into_iter().filter_map(|key| if encoded { decoded(&key) } else { Some(key) }).collect();
    Ok(page)
}

/// Reads an error; none where the answer is none of S3's.
pub fn error(body: &[u8]) -> Option<ErrorBody> {
    let mut document = Document::new(document(body)?);
    let mut root = document.root_element().ok()?;
    if root.start_el().local() != "Error" {
        return None;
    }
    let (mut code, mut message, mut region) = (String::new(), String::new(), None);
    while let Some(mut tag) = root.next_tag() {
        let name = tag.start_el().local().to_owned();
        let Ok(data) = try_data(&mut tag) else { continue };
        match name.as_str() {
            "Code" => code = convert::name(data.trim()),
            "Message" => message = convert::line(Some(data.trim())),
            "Region" => region = Some(convert::name(data.trim())),
            _ => {}
        }
    }
    (!code.is_empty()).then_some(ErrorBody { code, message, region })
}

fn document(body: &[u8]) -> Option<&str> {
    let body = body.get(..body.len().min(DOCUMENT_MAX))?;
    std::str::from_utf8(body).ok().map(str::trim_start)
}

/// A key as `encoding-type=url` writes it; none where that is no text.
fn decoded(key: &str) -> Option<String> {
    let mut out = Vec::with_capacity(key.len());
    let mut bytes = key.bytes();
    while let Some(byte) = bytes.next() {
        out.push(match byte {
            b'+' => b' ',
            b'%' => {
                let mut digit = || char::from(bytes.next()?).to_digit(16);
                u8::try_from(digit()? << 4 | digit()?).ok()?
            }
            other => other,
        });
    }
    String::from_utf8(out).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const HEAD: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">"#;

    fn list(inner: &str) -> Result<Page, String> {
        page(format!("{HEAD}{inner}</ListBucketResult>").as_bytes())
    }

    #[test]
    fn a_page_is_read_to_its_end() {
        let inner = "<Name>team</Name><EncodingType>url</EncodingType><KeyCount>2</KeyCount>
            <IsTruncated>true</IsTruncated><NextContinuationToken>a&amp;b=</NextContinuationToken>
            <Contents><Key>runs/1%2B2.json</Key><Owner><ID>x</ID><Key>no</Key></Owner><Size>3</Size></Contents>
            <Contents><Key>runs/a+b</Key></Contents><CommonPrefixes><Prefix>p</Prefix></CommonPrefixes>";
        let page = list(inner).unwrap();
        assert_eq!(page.keys, ["runs/1+2.json", "runs/a b"]);
        assert_eq!(page.next.as_deref(), Some("a&b="));
        let plain =
            list("<IsTruncated>false</IsTruncated><Contents><Key>a+%zz&lt;</Key></Contents>").unwrap();
        assert_eq!((plain.keys.as_slice(), plain.next), (&["a+%zz<".to_owned()][..], None));
    }

    #[test]
    fn what_is_no_page_is_not_taken_for_an_empty_one() {
        for body in [
            "",
            "<html>sign in</html>",
            "<Error><Code>x</Code></Error>",
            "{}",
            "<ListBucketResult",
            "<ListBucketResult><Contents><Key>a</Key>",
            "<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>",
            "\u{feff}",
        ] {
            assert!(page(body.as_bytes()).is_err(), "{body}");
        }
        assert!(page(b"\xff\xfe").is_err());
    }

    #[test]
    fn errors_are_read_and_nothing_else() {
        let body = "<?xml version=\"1.0\"?>\n<Error><Code>NoSuchBucket</Code><Message>The specified bucket\u{1b}[31m</Message>\
                    <BucketName>x</BucketName><RequestId>1</RequestId></Error>";
        let told = error(body.as_bytes()).unwrap();
        assert_eq!((told.code.as_str(), told.region), ("NoSuchBucket", None));
        assert!(!told.message.contains('\u{1b}'), "{}", told.message);
        for body in ["", "<html/>", "<Error/>", "<Error><Code></Code></Error>", "Error", "<!DOCTYPE html>"] {
            assert_eq!(error(body.as_bytes()), None, "{body}");
        }
    }

    #[test]
    fn entities_are_never_declared() {
        let bomb = "<?xml version=\"1.0\"?><!DOCTYPE x [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;\">]>\
                    <Error><Code>&b;</Code><Message>m</Message></Error>";
        assert!(error(bomb.as_bytes()).is_none_or(|told| !told.code.contains("aaaa")));
    }

    proptest! {
        #[test]
        fn anything_is_read_without_a_panic(body in ".{0,200}", inner in "(<[a-zA-Z/]{0,6}>?|&[a-z#;]{0,4}|[a-z%+]{0,4}){0,30}") {
            let _ = (page(body.as_bytes()), error(body.as_bytes()), list(&inner), decoded(&body));
            let _ = error(format!("<Error>{inner}</Error>").as_bytes());
        }
    }
}
