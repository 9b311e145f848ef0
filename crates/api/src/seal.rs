//! Cursors a caller cannot read, forge or carry to another list (C11).

use aftercare_persistence::Cursor;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

/// Seals cursors with a secret all replicas share.
pub struct Seal {
    secret: Vec<u8>,
}

impl Seal {
    /// A seal with the deployment's secret.
    pub fn new(secret: impl Into<Vec<u8>>) -> Seal {
        Seal {
            secret: secret.into(),
        }
    }

    fn mac(&self, body: &str, subject: &str) -> Option<Hmac<Sha256>> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.secret).ok()?;
        mac.update(body.as_bytes());
        mac.update(b"\n");
        mac.update(subject.as_bytes());
        Some(mac)
    }

    /// The cursor as text, valid for this filter and order only.
    pub fn close(&self, cursor: &Cursor, subject: &str) -> String {
        let body = URL_SAFE_NO_PAD.encode(serde_json::to_vec(cursor).unwrap_or_default());
        let tag = self
            .mac(&body, subject)
            .map(|mac| mac.finalize().into_bytes())
            .unwrap_or_default();
        format!("{body}.{}", URL_SAFE_NO_PAD.encode(tag))
    }

    /// The cursor, if it was sealed here for the same filter and order.
    pub fn open(&self, text: &str, subject: &str) -> Option<Cursor> {
        let (body, tag) = text.split_once('.')?;
        let tag = URL_SAFE_NO_PAD.decode(tag).ok()?;
        self.mac(body, subject)?.verify_slice(&tag).ok()?;
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(body).ok()?).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_opens_only_whole_and_for_its_own_list() {
        let seal = Seal::new("secret");
        let cursor = Cursor {
            keys: vec![serde_json::json!("a")],
            id: uuid::Uuid::nil(),
        };
        let text = seal.close(&cursor, "/v1/customers?class=VIP");
        assert_eq!(seal.open(&text, "/v1/customers?class=VIP"), Some(cursor));
        assert_eq!(seal.open(&text, "/v1/customers?class=A"), None);
        assert_eq!(
            seal.open(&text.replace('.', "x."), "/v1/customers?class=VIP"),
            None
        );
        assert_eq!(seal.open("nonsense", ""), None);
    }
}
