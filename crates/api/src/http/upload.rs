//! A file in a form: read piece by piece, measured, hashed and told by its bytes; never gathered twice (A42).

use std::sync::Arc;

use actix_multipart::{Multipart, MultipartError};
use actix_web::HttpRequest;
use actix_web::error::PayloadError;
use actix_web::http::header;
use actix_web::web::Payload;
use aftercare_domain::attachments::{FILE_EMPTY, FILE_REQUIRED, MAX_BYTES};
use aftercare_domain::codes;
use aftercare_domain::kernel::error::UNAVAILABLE;
use aftercare_domain::kernel::{Error, Result};
use aftercare_persistence::platform::blobs::{PIECE, Piece};
use aftercare_persistence::platform::digest::hex;
use futures_util::StreamExt as _;
use sha2::{Digest as _, Sha256};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::guard::{PAYLOAD_TOO_LARGE, UNSUPPORTED_MEDIA_TYPE};

codes! {
    MALFORMED_MULTIPART: Malformed = "malformed_multipart", "The form cannot be read", "无法解析上传的表单";
}

/// What a form may say around its file.
const FRAME: usize = 64 * 1024;
/// The one part of the form.
const PART: &str = "file";
/// How many pieces of files may be in memory at once: 64 MiB.
const ROOM: usize = 256;

/// Room for files on their way in; whoever finds none is told to come back.
pub struct Room(Arc<Semaphore>);

impl Default for Room {
    fn default() -> Room {
        Room(Arc::new(Semaphore::new(ROOM)))
    }
}

impl Room {
    fn take(&self) -> Result<OwnedSemaphorePermit> {
        Arc::clone(&self.0)
            .try_acquire_owned()
            .map_err(|_| UNAVAILABLE.error().with("retry_after", 1))
    }
}

/// A file as it came, in pieces.
pub struct Upload {
    /// What its sender calls it.
    pub name: String,
    /// Its bytes; every piece but the last is full.
    pub pieces: Vec<Piece>,
    /// How many bytes.
    pub size: usize,
    /// SHA-256, in hexadecimal.
    pub sha256: String,
    /// What the bytes are.
    pub media_type: &'static str,
    room: Vec<OwnedSemaphorePermit>,
}

impl Upload {
    /// Reads a form with one part, `file`.
    ///
    /// Errors: `malformed_multipart`, `file_required`, `file_empty`, `payload_too_large`, `unsupported_media_type`,
    /// `unavailable` when too many files are on their way.
    pub async fn read(req: &HttpRequest, payload: Payload, room: &Room) -> Result<Upload> {
        if req.headers().contains_key(header::CONTENT_ENCODING) {
            return Err(UNSUPPORTED_MEDIA_TYPE.error());
        }
        let most = MAX_BYTES.saturating_add(FRAME);
        let length = req.headers().get(header::CONTENT_LENGTH);
        let length = length.and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
        if length.is_some_and(|length| length > most) {
            return Err(too_large());
        }
        // What was announced may be a lie, and a form may go on for ever around its file.
        let mut total = 0_usize;
        let counted = payload.map(move |chunk| {
            let chunk = chunk?;
            total = total.saturating_add(chunk.len());
            if total > most {
                return Err(PayloadError::Overflow);
            }
            Ok(chunk)
        });
        let mut form = Multipart::new(req.headers(), counted);
        let mut upload = Upload {
            name: String::new(),
            pieces: Vec::new(),
            size: 0,
            sha256: String::new(),
            media_type: "",
            room: Vec::new(),
        };
        let mut hash = Sha256::new();
        let mut is_there = false;
        while let Some(part) = form.next().await {
            let mut part = part.map_err(refusal)?;
            if is_there || part.name() != Some(PART) {
                return Err(FILE_REQUIRED.error());
            }
            is_there = true;
            if let Some(said) = part.content_disposition() {
                let plain = said.get_filename().map(unescaped);
                let extended = said.get_filename_ext().map(|ext| ext.value.clone());
                let extended = extended.and_then(|bytes| String::from_utf8(bytes).ok());
                upload.name = extended.or(plain).unwrap_or_default();
            }
            let mut filling: Vec<u8> = Vec::new();
            while let Some(chunk) = part.next().await {
                let chunk = chunk.map_err(refusal)?;
                upload.size = upload.size.saturating_add(chunk.len());
                if upload.size > MAX_BYTES {
                    return Err(too_large());
                }
                hash.update(&chunk);
                upload.fill(&mut filling, &chunk, room)?;
            }
            if !filling.is_empty() {
                upload.pieces.push(Arc::new(filling));
            }
        }
        if !is_there {
            return Err(FILE_REQUIRED.error());
        }
        let Some(first) = upload.pieces.first() else {
            return Err(FILE_EMPTY.error());
        };
        upload.media_type = told(first);
        upload.sha256 = hex(&hash.finalize());
        Ok(upload)
    }

    /// What a key stands for: the file and its name (A27).
    pub fn digest(&self) -> String {
        let digest = Sha256::new()
            .chain_update(self.name.as_bytes())
            .chain_update([0])
            .chain_update(self.sha256.as_bytes())
            .finalize();
        hex(&digest)
    }

    fn fill(&mut self, filling: &mut Vec<u8>, mut rest: &[u8], room: &Room) -> Result<()> {
        while !rest.is_empty() {
            if filling.is_empty() {
                self.room.push(room.take()?);
            }
            let (now, later) = rest
                .split_at_checked(PIECE.saturating_sub(filling.len()))
                .unwrap_or((rest, &[]));
            filling.extend_from_slice(now);
            rest = later;
            if filling.len() == PIECE {
                self.pieces.push(Arc::new(std::mem::take(filling)));
            }
        }
        Ok(())
    }
}

fn too_large() -> Error {
    PAYLOAD_TOO_LARGE.error().with("max_bytes", MAX_BYTES)
}

fn refusal(error: MultipartError) -> Error {
    tracing::debug!(%error, "A form is refused");
    match error {
        MultipartError::Payload(PayloadError::Overflow) => too_large(),
        MultipartError::ContentTypeIncompatible => UNSUPPORTED_MEDIA_TYPE.error(),
        MultipartError::ContentDispositionMissing | MultipartError::ContentDispositionNameMissing => {
            FILE_REQUIRED.error()
        }
        _ => MALFORMED_MULTIPART.error(),
    }
}

/// A name as it was before a browser wrote it into a form.
fn unescaped(name: &str) -> String {
    name.replace("%22", "\"")
        .replace("%0D", "\r")
        .replace("%0A", "\n")
}

/// What bytes are, by how they begin; what their sender says is not looked at.
fn told(bytes: &[u8]) -> &'static str {
    infer::get(bytes).map_or("application/octet-stream", |kind| kind.mime_type())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_tell_what_they_are_whatever_they_are_called() {
        for (bytes, kind) in [
            (&b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"[..], "image/png"),
            (b"\xff\xd8\xff\xe0\0\x10JFIF", "image/jpeg"),
            (b"%PDF-1.7\n", "application/pdf"),
            (b"plain words", "application/octet-stream"),
            (b"a", "application/octet-stream"),
        ] {
            assert_eq!(told(bytes), kind);
        }
    }
}
