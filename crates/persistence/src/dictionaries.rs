//! Dictionaries and their items: how they are kept, found and referred to.

use aftercare_domain::dictionaries::{Dictionary, DictionaryFilter, DictionaryItem, DictionaryItemFilter};
use aftercare_domain::kernel::error::{DUPLICATE_CODE, NOT_FOUND};
use aftercare_domain::kernel::text::{ItemCode, WordCode, search_fold};
use aftercare_domain::kernel::{Column as _, I18n, Result, Violation};

use crate::Tx;
use crate::db::{ListBy, Table, Unique, Where, many, record};
use crate::platform::references::{referable, usable};

const DICTIONARIES: Table = Table::new("dictionaries", "dictionary")
    .keyed(&["code"])
    .unique(DICTIONARY_CODES);
const DICTIONARY_CODES: &[Unique] = &[Unique {
    constraint: "dictionaries_code_key",
    columns: "dictionaries.code",
    code: &DUPLICATE_CODE,
    pointer: "#/code",
}];
const ITEMS: Table = Table::new("dictionary_items", "dictionary_item")
    .keyed(&["dictionary_code", "code"])
    .unique(ITEM_CODES);
const ITEM_CODES: &[Unique] = &[Unique {
    constraint: "dictionary_items_code_key",
    columns: "dictionary_items.dictionary_code, dictionary_items.code",
    code: &DUPLICATE_CODE,
    pointer: "#/code",
}];

record! { Dictionary: DICTIONARIES => id, code, name, extensible, system; meta; search = text_of_dictionary }
record! { DictionaryItem: ITEMS =>
    id, dictionary_code, code, name, sort, attributes, is_active; meta; search = text_of_item
}

referable!(DictionaryItem);

impl ListBy<Dictionary> for DictionaryFilter {
    const SORTS: &'static [&'static str] = &["code", "created_at", "updated_at"];

    fn apply(&self, w: &mut Where) {
        w.eq("extensible", self.extensible);
        w.eq("system", self.system);
        w.search(self.q.as_ref().map(|q| q.as_str()));
    }
}

/// A list of the items of one dictionary.
#[derive(Clone, Debug)]
pub struct ItemsOf {
    /// The dictionary.
    pub dictionary: WordCode,
    /// What narrows the list further.
    pub filter: DictionaryItemFilter,
}

impl ListBy<DictionaryItem> for ItemsOf {
    const SORTS: &'static [&'static str] = &["sort", "code", "created_at", "updated_at"];

    fn apply(&self, w: &mut Where) {
        w.eq("dictionary_code", Some(self.dictionary.clone()));
        w.search(self.filter.q.as_ref().map(|q| q.as_str()));
        w.eq("is_active", self.filter.is_active);
    }
}

/// The dictionary with this code; `not_found` if there is none.
pub async fn by_code(tx: &mut Tx<'_>, code: &WordCode) -> Result<Dictionary> {
    let found = many(tx, "code = $1", vec![code.to_raw()]).await?;
    found.into_iter().next().ok_or_else(|| NOT_FOUND.error())
}

/// The item of a dictionary; `not_found` if there is none.
pub async fn item(tx: &mut Tx<'_>, dictionary: &WordCode, code: &ItemCode) -> Result<DictionaryItem> {
    find_item(tx, dictionary.as_str(), code.as_str())
        .await?
        .ok_or_else(|| NOT_FOUND.error())
}

/// The item a member names; what is wrong with it is added to `wrong` (BD-2).
pub async fn refer_item(
    tx: &mut Tx<'_>,
    dictionary: &str,
    code: &str,
    pointer: &str,
    wrong: &mut Vec<Violation>,
) -> Result<Option<DictionaryItem>> {
    Ok(usable(find_item(tx, dictionary, code).await?, pointer, wrong))
}

async fn find_item(tx: &mut Tx<'_>, dictionary: &str, code: &str) -> Result<Option<DictionaryItem>> {
    let args = vec![dictionary.to_owned().to_raw(), code.to_owned().to_raw()];
    let found = many(tx, "dictionary_code = $1 and code = $2", args).await?;
    Ok(found.into_iter().next())
}

fn text_of_dictionary(dictionary: &Dictionary) -> String {
    text_of(dictionary.code.as_str(), &dictionary.name)
}

fn text_of_item(item: &DictionaryItem) -> String {
    text_of(item.code.as_str(), &item.name)
}

/// What a text search looks into where a record has a code and a name.
pub(crate) fn text_of(code: &str, name: &I18n) -> String {
    let en = name.en.as_ref().map_or("", |en| en.as_str());
    search_fold(&[code, name.zh.as_str(), en])
}
