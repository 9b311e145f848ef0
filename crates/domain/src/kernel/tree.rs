//! Trees of master data: where a record may stand.

use uuid::Uuid;

use super::error::{CYCLIC_PARENT, TREE_TOO_DEEP};
use super::{Error, Result};

/// Whether a record may stand under a parent.
///
/// `line` is the parent with all its ancestors, `height` the number of levels from the record down to its lowest
/// descendant (1 for a leaf), `deepest` the number of levels the tree may have.
///
/// # Errors
/// `cyclic_parent` if the record is in its own line, `tree_too_deep` beyond the last level.
pub fn may_stand_under(id: Uuid, line: &[Uuid], height: usize, deepest: usize) -> Result<()> {
    if line.contains(&id) {
        return Err(CYCLIC_PARENT.at("#/parent_id"));
    }
    if line.len().saturating_add(height) > deepest {
        return Err(too_deep(deepest));
    }
    Ok(())
}

fn too_deep(deepest: usize) -> Error {
    TREE_TOO_DEEP.at("#/parent_id").because(
        format!("At most {deepest} levels."),
        format!("最多 {deepest} 级。"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_his_own_ancestor_and_four_levels_are_not_five() {
        let [a, b, c, d, e] = [1, 2, 3, 4, 5].map(Uuid::from_u128);
        assert!(may_stand_under(d, &[c, b, a], 1, 4).is_ok());
        assert_eq!(
            may_stand_under(a, &[c, b, a], 3, 4).unwrap_err().code.slug,
            "cyclic_parent"
        );
        assert_eq!(
            may_stand_under(a, &[a], 1, 4).unwrap_err().code.slug,
            "cyclic_parent"
        );
        assert_eq!(
            may_stand_under(e, &[d, c, b, a], 1, 4).unwrap_err().code.slug,
            "tree_too_deep"
        );
        assert_eq!(
            may_stand_under(e, &[b, a], 3, 4).unwrap_err().code.slug,
            "tree_too_deep"
        );
    }
}
