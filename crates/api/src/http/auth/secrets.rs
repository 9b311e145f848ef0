//! Random secrets and their hashes: what is handed out is never kept.

use aftercare_domain::kernel::Result;
use aftercare_domain::kernel::error::INTERNAL;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

/// A secret of 256 random bits, marked by a prefix so that scanners and people know what they found.
pub fn random(prefix: &str) -> Result<String> {
    let mut bytes = [0_u8; 32];
    aws_lc_rs::rand::fill(&mut bytes).map_err(|_| INTERNAL.error())?;
    Ok(format!("{prefix}{}", encode(&bytes)))
}

/// What is kept of a secret of full randomness; passwords go through [`super::Passwords`] instead.
pub fn digest(secret: &str) -> String {
    encode(&sha256(secret))
}

/// Whether two hashes are the same, in a time that does not tell where they differ.
pub fn is_same(one: &str, other: &str) -> bool {
    aws_lc_rs::constant_time::verify_slices_are_equal(one.as_bytes(), other.as_bytes()).is_ok()
}

/// SHA-256 of a text.
pub fn sha256(text: &str) -> [u8; 32] {
    Sha256::digest(text.as_bytes()).into()
}

/// Base64 for URLs, without padding.
pub fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The bytes of such a text.
pub fn decode(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}
