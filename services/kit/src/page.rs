//! Pages of lists: opaque tokens, bound to the query they continue.

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use ring::hmac;
use uuid::Uuid;

use crate::error::{Error, Result};

/// Page size where the request says 0.
pub const DEFAULT_SIZE: i32 = 50;
/// Largest page; larger requests are cut to it.
pub const LARGEST_SIZE: i32 = 1_000;
const TAG: usize = 16;

/// Opens and seals page tokens. Cheap to clone.
#[derive(Clone)]
pub struct Pages(hmac::Key);

/// One page of a list.
#[derive(Debug)]
pub struct Page {
    /// Rows on this page, 1–1,000. Fetch one more to learn whether there is another page.
    pub size: i64,
    /// Key of the last row of the page before; `None` on the first page.
    pub after: Option<String>,
    seal: Seal,
}

#[derive(Debug)]
struct Seal {
    query: Vec<u8>,
    key: hmac::Key,
}

impl Pages {
    /// Seals with `key`, the same on every replica, 32 bytes in base64.
    pub fn from_base64(key: &str) -> Result<Self> {
        match STANDARD.decode(key) {
            Ok(bytes) if bytes.len() == 32 => Ok(Self(hmac::Key::new(hmac::HMAC_SHA256, &bytes))),
            _ => Err(Error::invalid("key", "***", "32 bytes in base64")),
        }
    }

    /// Reads `page_size` and `page_token` of a list request. `query` holds everything that decides which rows are listed and
    /// in which order: a token of another query is `INVALID_ARGUMENT` (`PAGE_TOKEN_MISMATCH`).
    pub fn open(&self, page_size: i32, page_token: &str, method: &str, query: &[&str]) -> Result<Page> {
        let size = match page_size {
            0 => DEFAULT_SIZE,
            1.. => page_size.min(LARGEST_SIZE),
            _ => return Err(Error::invalid("page_size", page_size, "0 (meaning 50) to 1,000")),
        };
        let mut bound = method.as_bytes().to_vec();
        for part in query {
            bound.extend_from_slice(&(part.len() as u64).to_be_bytes());
            bound.extend_from_slice(part.as_bytes());
        }
        let seal = Seal {
            query: bound,
            key: self.0.clone(),
        };
        let after = if page_token.is_empty() {
            None
        } else {
            Some(seal.open(page_token)?)
        };
        Ok(Page {
            size: i64::from(size),
            after,
            seal,
        })
    }
}

impl Page {
    /// Key of the last row of the page before, where rows are keyed by their ids.
    pub fn after_id(&self) -> Result<Option<Uuid>> {
        // The token is our own seal, so what it holds was an id.
        self.after
            .as_deref()
            .map(Uuid::try_parse)
            .transpose()
            .map_err(Error::internal)
    }

    /// Cuts the rows to the page and makes the token of the next one from the key of the last row; empty at the end.
    pub fn close<T>(&self, mut rows: Vec<T>, key: impl Fn(&T) -> String) -> (Vec<T>, String) {
        let size = usize::try_from(self.size).unwrap_or(usize::MAX);
        if rows.len() <= size {
            return (rows, String::new());
        }
        rows.truncate(size);
        let token = rows.last().map(|last| self.seal.close(&key(last))).unwrap_or_default();
        (rows, token)
    }
}

impl Seal {
    fn tag(&self, after: &[u8]) -> hmac::Tag {
        let mut context = hmac::Context::with_key(&self.key);
        context.update(&(self.query.len() as u64).to_be_bytes());
        context.update(&self.query);
        context.update(after);
        context.sign()
    }

    fn close(&self, after: &str) -> String {
        let tag = self.tag(after.as_bytes());
        let mut token = tag.as_ref().get(..TAG).unwrap_or_default().to_vec();
        token.extend_from_slice(after.as_bytes());
        URL_SAFE_NO_PAD.encode(token)
    }

    fn open(&self, token: &str) -> Result<String> {
        let mismatch = || {
            let rule = "the next_page_token of the same query, unchanged";
            Error::invalid_because("PAGE_TOKEN_MISMATCH", "page_token", token, rule)
        };
        let bytes = URL_SAFE_NO_PAD.decode(token).map_err(|_| mismatch())?;
        let (tag, after) = bytes.split_at_checked(TAG).ok_or_else(mismatch)?;
        // All bytes are compared, so that the time taken does not tell how many were right.
        let expected = self.tag(after);
        let difference = expected.as_ref().iter().zip(tag).fold(0, |bits, (a, b)| bits | (a ^ b));
        if difference != 0 {
            return Err(mismatch());
        }
        String::from_utf8(after.to_vec()).map_err(|_| mismatch())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn pages() -> Pages {
        Pages::from_base64("MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=").expect("a key")
    }

    #[test]
    fn walks_a_list_to_its_end() {
        let all: Vec<i32> = (1..=120).collect();
        let (mut seen, mut token) = (Vec::new(), String::new());
        loop {
            let page = pages().open(0, &token, "List", &["q"]).expect("a page");
            let after: i32 = page.after.as_deref().map_or(0, |after| after.parse().expect("a key"));
            let fetched = all.iter().copied().filter(|n| *n > after).take(51).collect();
            let (rows, next) = page.close(fetched, ToString::to_string);
            seen.extend(rows);
            token = next;
            if token.is_empty() {
                break;
            }
        }
        assert_eq!(seen, all);
    }

    #[test]
    fn a_token_of_another_query_is_refused() {
        let page = pages().open(1, "", "List", &["a", "bc"]).expect("a page");
        let (_, token) = page.close(vec![1, 2], ToString::to_string);
        let refused = |token: &str| pages().open(1, token, "List", &["a", "bc"]).is_err();
        for at in 0..token.len() {
            let other = if token.as_bytes()[at] == b'A' { "B" } else { "A" };
            let mut changed = token.clone();
            changed.replace_range(at..=at, other);
            assert!(refused(&changed), "{changed}");
        }
        assert!(refused(&format!("{token}A")) && refused("AAAA") && refused("="));
        for query in [&["ab", "c"][..], &["a"], &[]] {
            let error = pages().open(1, &token, "List", query).expect_err("another query");
            assert_eq!(error.reason(), "PAGE_TOKEN_MISMATCH");
        }
        assert!(pages().open(1, &token, "List", &["a", "bc"]).is_ok());
    }

    #[test]
    fn sizes() {
        let size = |size| pages().open(size, "", "List", &[]).map(|page| page.size);
        assert_eq!(
            (size(0).ok(), size(7).ok(), size(5_000).ok()),
            (Some(50), Some(7), Some(1_000))
        );
        assert!(size(-1).is_err());
    }

    proptest! {
        #[test]
        fn never_panics(token in ".*") {
            let _ = pages().open(1, &token, "List", &[]);
        }
    }
}
