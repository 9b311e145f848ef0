//! The words the rules speak of: what people have reshaped stays as they left it.

use aftercare_domain::dictionaries::{
    Attributes, Dictionary, DictionaryId, DictionaryItem, DictionaryItemId,
};
use aftercare_domain::kernel::error::INTERNAL;
use aftercare_domain::kernel::text::{ItemCode, Label200, WordCode};
use aftercare_domain::kernel::{I18n, Meta, Result, Stamp};
use aftercare_domain::service_types::{Creates, ServiceType, ServiceTypeId};
use serde_json::Value;

use super::words::{DICTIONARIES, List, PAUSING, SERVICE_TYPES, Word};
use crate::{Tx, db};

/// Adds the dictionaries, items and service types that are missing.
pub(super) async fn keep(tx: &mut Tx<'_>) -> Result<()> {
    let at = tx.stamp().as_system();
    let mut dictionaries = Vec::new();
    let mut items = Vec::new();
    for list in DICTIONARIES {
        let dictionary = dictionary(list, &at)?;
        for (word, sort) in list.items.iter().zip((10..).step_by(10)) {
            items.push(item(&dictionary, word, sort, &at)?);
        }
        dictionaries.push(dictionary);
    }
    db::seed(tx, &dictionaries).await?;
    db::seed(tx, &items).await?;
    let types: Vec<ServiceType> = SERVICE_TYPES
        .iter()
        .map(|word| service_type(word, &at))
        .collect::<Result<_>>()?;
    db::seed(tx, &types).await
}

fn service_type(word: &Word, at: &Stamp) -> Result<ServiceType> {
    Ok(ServiceType {
        id: ServiceTypeId::next(at),
        code: text(WordCode::new(word.0))?,
        name: name(word)?,
        creates: match word.0 {
            "complaint" => Creates::Complaint,
            _ => Creates::ServiceRequest,
        },
        is_active: true,
        meta: Meta::new(at),
    })
}

fn dictionary(list: &List, at: &Stamp) -> Result<Dictionary> {
    Ok(Dictionary {
        id: DictionaryId::next(at),
        code: text(WordCode::new(list.word.0))?,
        name: name(&list.word)?,
        extensible: list.extensible,
        system: true,
        meta: Meta::new(at),
    })
}

fn item(dictionary: &Dictionary, word: &Word, sort: i64, at: &Stamp) -> Result<DictionaryItem> {
    let mut attributes = serde_json::Map::new();
    if dictionary.code.as_str() == "hold_reason" {
        attributes.insert("pauses_sla".to_owned(), Value::Bool(PAUSING.contains(&word.0)));
    }
    Ok(DictionaryItem {
        id: DictionaryItemId::next(at),
        dictionary_code: dictionary.code.clone(),
        code: text(ItemCode::new(word.0))?,
        name: name(word)?,
        sort,
        attributes: Attributes(attributes),
        is_active: true,
        meta: Meta::new(at),
    })
}

fn name(word: &Word) -> Result<I18n> {
    Ok(I18n {
        zh: text(Label200::new(word.1))?,
        en: Some(text(Label200::new(word.2))?),
    })
}

/// A text written in this crate; wrong ones are found by the tests, which start from the seed.
pub(super) fn text<T>(made: Result<T, String>) -> Result<T> {
    made.map_err(|why| {
        tracing::error!(why, "A seeded text breaks its own bounds");
        INTERNAL.error()
    })
}
