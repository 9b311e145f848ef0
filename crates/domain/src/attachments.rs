//! Attachments: files of a request, kept as they came (A42).
//!
//! What a file is called and what it claims to be are its sender's words: the name is made harmless, the media type is
//! told from the bytes.

use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};

use crate::kernel::error::INSUFFICIENT_SCOPE;
use crate::kernel::{Meta, Result, Role, RoleSet, Stamp};
use crate::product_categories::BASE_KEEPERS;
use crate::products::ProductId;
use crate::requests::rights::{COMMENTERS, READERS};
use crate::requests::{Dossier, LoopSettings, ServiceRequestId};
use crate::{codes, id, label, permissions, text};

/// The largest file: 10 MiB.
pub const MAX_BYTES: usize = 10 * 1024 * 1024;
/// The most files of one request or product.
pub const MOST_FILES: i64 = 50;
/// The longest name.
const MAX_NAME: usize = 255;
/// The longest ending that survives the shortening of a name.
const MAX_ENDING: usize = 16;
/// Characters some system gives a meaning to in names of files.
const RESERVED: &str = "<>:\"|?*";

// ---- entity: what a caller sees ---------------------------------------------------------------------------------

id!(AttachmentId);

text! {
    /// The name of a file, without folders.
    FileName, 1..=255, LINE;
}

label! {
    /// What a file is.
    pub enum AttachmentKind {
        /// Any file.
        File = "file",
        /// 维修手册: how a product is repaired.
        ServiceManual = "service_manual",
        /// 保养手册: how a product is looked after.
        MaintenanceManual = "maintenance_manual",
    }
}

label! {
    /// What a scanner said of a file.
    pub enum ScanStatus {
        /// No scanner has looked at it.
        NotScanned = "not_scanned",
    }
}

/// A file of a request or a product; its bytes are at `/content`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Attachment {
    /// Machine identifier.
    pub id: AttachmentId,
    /// The request it belongs to; null if it belongs to a product.
    #[schema(required)]
    pub service_request_id: Option<ServiceRequestId>,
    /// The product it belongs to; null if it belongs to a request.
    #[schema(required)]
    pub product_id: Option<ProductId>,
    /// What it is.
    pub kind: AttachmentKind,
    /// Its name as sent, without folders and invisible characters.
    pub file_name: FileName,
    /// What the bytes are, whatever the sender said; `application/octet-stream` when that cannot be told.
    #[schema(max_length = 100, example = "image/png")]
    pub media_type: String,
    /// How long it is.
    #[schema(minimum = 1, maximum = 10_485_760)]
    pub size_bytes: i64,
    /// SHA-256 of the bytes, in hexadecimal.
    #[schema(
        min_length = 64,
        max_length = 64,
        pattern = "^[0-9a-f]{64}$",
        example = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
    )]
    pub sha256: String,
    /// What a scanner said of it.
    pub scan_status: ScanStatus,
    /// Version, times and author.
    #[serde(flatten)]
    pub meta: Meta,
}

/// A file as it was received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceivedFile {
    /// What it is called now.
    pub file_name: FileName,
    /// What its bytes are.
    pub media_type: String,
    /// How long it is.
    pub size_bytes: i64,
    /// SHA-256, in hexadecimal.
    pub sha256: String,
}

/// The files of one request or one product.
#[derive(Clone, Copy, Debug, Default)]
pub struct AttachmentFilter {
    /// The request.
    pub service_request_id: Option<ServiceRequestId>,
    /// The product.
    pub product_id: Option<ProductId>,
}

/// What a file that is sent is.
#[derive(Clone, Copy, Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct Manual {
    /// What it is; `service_manual` if absent.
    #[param(nullable = false)]
    pub kind: Option<AttachmentKind>,
}

// ---- rules: what is true, whoever asks --------------------------------------------------------------------------

impl FileName {
    /// The name a file keeps: the last part of the path, without what nobody sees or some system takes for more than
    /// a name; an ending survives the shortening. What leaves nothing is called `file`.
    pub fn harmless(sent: &str) -> FileName {
        // What is invisible goes first, so that nothing hides from the steps after it.
        let seen: String = sent.chars().filter(|c| !is_invisible(*c)).collect();
        let last = seen.rsplit(['/', '\\']).next().unwrap_or_default();
        let is_edge = |c: char| c == '.' || c.is_whitespace();
        let plain: String = last
            .trim_matches(is_edge)
            .chars()
            .map(|c| if RESERVED.contains(c) { '_' } else { c })
            .collect();
        let (stem, ending) = match plain.rsplit_once('.') {
            Some((stem, ending)) if ending.chars().count() <= MAX_ENDING => (stem, format!(".{ending}")),
            _ => (plain.as_str(), String::new()),
        };
        let room = MAX_NAME.saturating_sub(ending.chars().count());
        let short: String = stem.chars().take(room).chain(ending.chars()).collect();
        FileName::new(short).unwrap_or_else(|_| FileName("file".to_owned()))
    }
}

/// Controls, and characters that show nothing or turn the text around them.
fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e0fff}')
}

impl Attachment {
    /// A file of a product that has `held` of them.
    ///
    /// Errors: `too_many_attachments`.
    pub fn of_product(
        product: ProductId,
        kind: AttachmentKind,
        file: ReceivedFile,
        held: i64,
        at: &Stamp,
    ) -> Result<Attachment> {
        room_for(held)?;
        Ok(Attachment {
            product_id: Some(product),
            kind,
            ..Attachment::received(file, at)
        })
    }

    /// Whether the caller may take a manual away: who keeps the products.
    ///
    /// Errors: `insufficient_scope`.
    pub fn withdraw(&self, at: &Stamp) -> Result<()> {
        match at.actor.is_any(BASE_KEEPERS) {
            true => Ok(()),
            false => Err(INSUFFICIENT_SCOPE.error()),
        }
    }

    fn received(file: ReceivedFile, at: &Stamp) -> Attachment {
        Attachment {
            id: AttachmentId::next(at),
            service_request_id: None,
            product_id: None,
            kind: AttachmentKind::File,
            file_name: file.file_name,
            media_type: file.media_type,
            size_bytes: file.size_bytes,
            sha256: file.sha256,
            scan_status: ScanStatus::NotScanned,
            meta: Meta::new(at),
        }
    }
}

fn room_for(held: i64) -> Result<()> {
    if held >= MOST_FILES {
        return Err(TOO_MANY_ATTACHMENTS.error());
    }
    Ok(())
}

impl Dossier {
    /// Adds a file to a request that has `held` of them. Locked: service manager only (A42).
    ///
    /// Errors: `locked_manager_only`, `too_many_attachments`.
    pub fn attach(
        &mut self,
        file: ReceivedFile,
        held: i64,
        settings: &LoopSettings,
        at: &Stamp,
    ) -> Result<Attachment> {
        self.unlocked_for("attach", settings, at)?;
        room_for(held)?;
        let attachment = Attachment {
            service_request_id: Some(self.request.id),
            ..Attachment::received(file, at)
        };
        self.log_file("attach", &attachment, at);
        Ok(attachment)
    }

    /// Takes a file away for good: the desk any, everybody else his own. Locked: service manager only (A42).
    ///
    /// Errors: `locked_manager_only`, `insufficient_scope`.
    pub fn detach(&mut self, attachment: &Attachment, settings: &LoopSettings, at: &Stamp) -> Result<()> {
        self.unlocked_for("detach", settings, at)?;
        let is_own = at.actor.user_id.is_some() && at.actor.user_id == attachment.meta.created_by;
        if !is_own && !at.actor.is_any(DESK) {
            return Err(INSUFFICIENT_SCOPE.error());
        }
        self.log_file("detach", attachment, at);
        Ok(())
    }

    fn log_file(&mut self, action: &str, attachment: &Attachment, at: &Stamp) {
        let data = json!({
            "attachment_id": attachment.id,
            "file_name": attachment.file_name,
            "sha256": attachment.sha256,
        });
        let status = self.request.status;
        self.log(action, status, None, data, at);
    }
}

// ---- codes and permissions --------------------------------------------------------------------------------------

codes! {
    FILE_REQUIRED: Invalid = "file_required", "Send exactly one part, named file", "须且仅须上传一个名为 file 的部分";
    FILE_EMPTY: Invalid = "file_empty", "The file is empty", "文件为空";
    TOO_MANY_ATTACHMENTS: Conflict = "too_many_attachments", "A request or product holds 50 attachments at most", "每个请求或产品最多 50 个附件";
}

/// Who tidies up after others.
const DESK: RoleSet = RoleSet::of(&[Role::ServiceManager, Role::CustomerService]);

permissions! {
    Read = "attachments:read" for READERS;
    Create = "attachments:create" for COMMENTERS;
    CreateManual = "attachments:create_manual" for BASE_KEEPERS;
    Delete = "attachments:delete" for COMMENTERS.with(Role::Admin);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_keeps_nothing_but_a_name() {
        for (sent, kept) in [
            ("photo.jpg", "photo.jpg"),
            ("现场照片.png", "现场照片.png"),
            ("../../etc/passwd", "passwd"),
            ("C:\\Users\\a\\b.txt", "b.txt"),
            ("..", "file"),
            ("a/..", "file"),
            ("", "file"),
            ("   ", "file"),
            ("\u{200b}.htaccess", "htaccess"),
            (".\u{200b}./x", "x"),
            ("a\r\nSet-Cookie: b", "aSet-Cookie_ b"),
            ("gpj.\u{202e}exe", "gpj.exe"),
            ("a\"b.txt", "a_b.txt"),
            ("name.txt. . ", "name.txt"),
            ("file.txt:stream", "file.txt_stream"),
            ("\u{feff}", "file"),
        ] {
            assert_eq!(FileName::harmless(sent).as_str(), kept, "{sent:?}");
        }
        let long = FileName::harmless(&format!("{}.jpeg", "修".repeat(300)));
        assert_eq!(long.as_str().chars().count(), 255);
        assert!(long.as_str().ends_with(".jpeg"));
        let endless = FileName::harmless(&format!("a.{}", "b".repeat(400)));
        assert_eq!(endless.as_str().chars().count(), 255);
    }
}
