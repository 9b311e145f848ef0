//! Bytes of files: the one place that knows where they are kept (A42).
//!
//! Now they are rows of a table, a piece each; another store would offer the same three functions. They are put
//! before the record that names them and taken away with it, in its unit of work, so neither is ever alone (F12).

use std::sync::Arc;

use aftercare_domain::attachments::AttachmentId;
use aftercare_domain::kernel::Result;

use crate::db::{Tx, sql};

/// How long a piece is; only the last one may be shorter.
pub const PIECE: usize = 256 * 1024;

/// A piece of a file.
pub type Piece = Arc<Vec<u8>>;

/// Keeps the pieces of a file, in order.
pub async fn put(tx: &mut Tx<'_>, id: AttachmentId, pieces: &[Piece]) -> Result<()> {
    for (no, piece) in (0_i64..).zip(pieces) {
        tx.exec(sql!(
            "insert into attachment_blobs (attachment_id, no, bytes) values ($1, $2, $3)",
            id,
            no,
            *piece
        ))
        .await?;
    }
    Ok(())
}

/// One piece of a file, counted from 0.
pub async fn piece(tx: &mut Tx<'_>, id: AttachmentId, no: i64) -> Result<Option<Piece>> {
    let found = tx
        .read(
            sql!(
                "select bytes from attachment_blobs where attachment_id = $1 and no = $2",
                id,
                no
            ),
            |row| row.get("bytes"),
        )
        .await?;
    Ok(found.into_iter().next())
}

/// Takes the bytes of a file away.
pub async fn remove(tx: &mut Tx<'_>, id: AttachmentId) -> Result<()> {
    tx.exec(sql!("delete from attachment_blobs where attachment_id = $1", id))
        .await
        .map(|_| ())
}
