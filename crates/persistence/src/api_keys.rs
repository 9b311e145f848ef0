//! API keys: how they are kept and found.

use aftercare_domain::api_keys::{ApiKey, ApiKeyFilter};
use aftercare_domain::kernel::text::search_fold;

use crate::db::{ListBy, Table, Where, record};

record! { ApiKey: Table::new("api_keys", "api_key") =>
    id, name, user_id, scopes, networks, expires_at, revoked_at, last_used_at; meta; search = text_of
}

impl ListBy<ApiKey> for ApiKeyFilter {
    const SORTS: &'static [&'static str] = &["created_at", "updated_at", "name"];

    fn apply(&self, w: &mut Where) {
        w.eq("user_id", self.user_id);
        match self.is_revoked {
            Some(true) => w.raw("revoked_at is not null", None),
            Some(false) => w.raw("revoked_at is null", None),
            None => {}
        }
        w.search(self.q.as_ref().map(|q| q.as_str()));
    }
}

/// What the text search looks into.
fn text_of(key: &ApiKey) -> String {
    search_fold(&[key.name.as_str()])
}
