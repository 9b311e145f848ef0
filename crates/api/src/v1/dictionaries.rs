//! Dictionaries over HTTP: routes, then handlers in URL order. A dictionary and its items go by their codes (A37).

use actix_web::{delete, get, patch, post};
use aftercare_domain::dictionaries::{
    Dictionary, DictionaryCreate, DictionaryFilter, DictionaryItem, DictionaryItemCreate,
    DictionaryItemFilter, DictionaryItemPatch, DictionaryPatch, can,
};
use aftercare_domain::kernel::Meta;
use aftercare_domain::kernel::text::{ItemCode, WordCode};
use aftercare_persistence as persistence;
use aftercare_persistence::dictionaries::ItemsOf;

use crate::http::input::PageParams;
use crate::http::reply::{Resource, page};
use crate::http::{
    Answer, Body, Created, Ctx, Filter, IfMatchHeader, NoContent, Paging, PathId, ProblemResult, Versioned,
};
use crate::openapi::Routes;

/// Registers this module's operations.
pub fn routes(cfg: &mut Routes<'_, '_>) {
    cfg.service(list).service(create).service(get).service(update);
    cfg.service(list_items).service(create_item).service(get_item);
    cfg.service(update_item).service(delete_item);
}

impl Resource for Dictionary {
    fn path(&self) -> String {
        format!("/v1/dictionaries/{}", self.code)
    }

    fn meta(&self) -> &Meta {
        &self.meta
    }
}

impl Resource for DictionaryItem {
    fn path(&self) -> String {
        format!("/v1/dictionaries/{}/items/{}", self.dictionary_code, self.code)
    }

    fn meta(&self) -> &Meta {
        &self.meta
    }
}

page!(DictionaryPage, Dictionary; DictionaryItemPage, DictionaryItem);

/// List dictionaries.
///
/// Newest first. Sortable by `code`, `created_at`, `updated_at`.
#[utoipa::path(tag = "dictionaries", operation_id = "listDictionaries", params(DictionaryFilter, PageParams),
    security(("bearer" = ["dictionaries:read"])), responses((status = 200, body = DictionaryPage)))]
#[get("/dictionaries")]
async fn list(
    ctx: Ctx<can::Read>,
    filter: Filter<DictionaryFilter>,
    paging: Paging,
) -> ProblemResult<Answer> {
    ctx.list::<Dictionary, _, DictionaryPage>(filter.0, paging).await
}

/// Add a dictionary.
///
/// The same code again answers 409 `duplicate_code`.
#[utoipa::path(tag = "dictionaries", operation_id = "createDictionary", request_body = DictionaryCreate,
    security(("bearer" = ["dictionaries:create"])), responses((status = 201, body = Dictionary)))]
#[post("/dictionaries")]
async fn create(ctx: Ctx<can::Create>, cmd: Body<DictionaryCreate>) -> ProblemResult<Answer> {
    ctx.write(async move |tx| {
        let dictionary = Dictionary::register(cmd.0, &tx.stamp());
        persistence::insert(tx, &dictionary).await?;
        Ok(Created(dictionary))
    })
    .await
}

/// Get a dictionary.
#[utoipa::path(tag = "dictionaries", operation_id = "getDictionary", params(("code" = WordCode, Path)),
    security(("bearer" = ["dictionaries:read"])), responses((status = 200, body = Dictionary)))]
#[get("/dictionaries/{code}")]
async fn get(ctx: Ctx<can::Read>, code: PathId<WordCode>) -> ProblemResult<Answer> {
    ctx.read(async |tx| {
        persistence::dictionaries::by_code(tx, &code.0)
            .await
            .map(Versioned)
    })
    .await
}

/// Change a dictionary.
///
/// The code never changes; whether a system dictionary is extensible neither (409 `system_dictionary`).
#[utoipa::path(tag = "dictionaries", operation_id = "updateDictionary", params(("code" = WordCode, Path)),
    request_body(content = DictionaryPatch, content_type = "application/merge-patch+json"),
    security(("bearer" = ["dictionaries:update"])), responses((status = 200, body = Dictionary)))]
#[patch("/dictionaries/{code}")]
async fn update(
    ctx: Ctx<can::Update>,
    code: PathId<WordCode>,
    seen: IfMatchHeader,
    patch: Body<DictionaryPatch>,
) -> ProblemResult<Answer> {
    ctx.write(async move |tx| {
        let found = persistence::dictionaries::by_code(tx, &code.0).await?;
        let mut dictionary: Dictionary = persistence::get_for_update(tx, found.id, &seen.0).await?;
        dictionary.revise(patch.0)?;
        persistence::update(tx, &mut dictionary).await?;
        Ok(Versioned(dictionary))
    })
    .await
}

/// List the items of a dictionary.
///
/// By `sort`. Sortable by `sort`, `code`, `created_at`, `updated_at`.
#[utoipa::path(tag = "dictionaries", operation_id = "listDictionaryItems",
    params(("code" = WordCode, Path), DictionaryItemFilter, PageParams),
    security(("bearer" = ["dictionary_items:read"])), responses((status = 200, body = DictionaryItemPage)))]
#[get("/dictionaries/{code}/items")]
async fn list_items(
    ctx: Ctx<can::ReadItems>,
    code: PathId<WordCode>,
    filter: Filter<DictionaryItemFilter>,
    mut paging: Paging,
) -> ProblemResult<Answer> {
    ctx.load(async |tx| persistence::dictionaries::by_code(tx, &code.0).await)
        .await?;
    let items = ItemsOf {
        dictionary: code.0,
        filter: filter.0,
    };
    paging.params.sort.get_or_insert_with(|| "sort".to_owned());
    ctx.list::<DictionaryItem, _, DictionaryItemPage>(items, paging)
        .await
}

/// Add an item to a dictionary.
///
/// Staff extend an extensible dictionary while they work; others answer 409 `not_extensible`, the same code again
/// 409 `duplicate_code`.
#[utoipa::path(tag = "dictionaries", operation_id = "createDictionaryItem", params(("code" = WordCode, Path)),
    request_body = DictionaryItemCreate,
    security(("bearer" = ["dictionary_items:create"])), responses((status = 201, body = DictionaryItem)))]
#[post("/dictionaries/{code}/items")]
async fn create_item(
    ctx: Ctx<can::CreateItem>,
    code: PathId<WordCode>,
    seen: IfMatchHeader,
    cmd: Body<DictionaryItemCreate>,
) -> ProblemResult<Answer> {
    ctx.write(async move |tx| {
        let dictionary = persistence::dictionaries::by_code(tx, &code.0).await?;
        seen.0.check(&dictionary.meta)?;
        let item = dictionary.extend(cmd.0, &tx.stamp())?;
        persistence::insert(tx, &item).await?;
        Ok(Created(item))
    })
    .await
}

/// Get an item of a dictionary.
#[utoipa::path(tag = "dictionaries", operation_id = "getDictionaryItem",
    params(("code" = WordCode, Path), ("item_code" = ItemCode, Path)),
    security(("bearer" = ["dictionary_items:read"])), responses((status = 200, body = DictionaryItem)))]
#[get("/dictionaries/{code}/items/{item_code}")]
async fn get_item(ctx: Ctx<can::ReadItems>, path: PathId<(WordCode, ItemCode)>) -> ProblemResult<Answer> {
    let (code, item) = path.0;
    ctx.read(async |tx| {
        persistence::dictionaries::item(tx, &code, &item)
            .await
            .map(Versioned)
    })
    .await
}

/// Change an item of a dictionary.
///
/// In a system dictionary only an administrator makes items inactive or active again.
#[utoipa::path(tag = "dictionaries", operation_id = "updateDictionaryItem",
    params(("code" = WordCode, Path), ("item_code" = ItemCode, Path)),
    request_body(content = DictionaryItemPatch, content_type = "application/merge-patch+json"),
    security(("bearer" = ["dictionary_items:update"])), responses((status = 200, body = DictionaryItem)))]
#[patch("/dictionaries/{code}/items/{item_code}")]
async fn update_item(
    ctx: Ctx<can::UpdateItem>,
    path: PathId<(WordCode, ItemCode)>,
    seen: IfMatchHeader,
    patch: Body<DictionaryItemPatch>,
) -> ProblemResult<Answer> {
    let (code, item_code) = path.0;
    ctx.write(async move |tx| {
        let dictionary = persistence::dictionaries::by_code(tx, &code).await?;
        let found = persistence::dictionaries::item(tx, &code, &item_code).await?;
        let mut item: DictionaryItem = persistence::get_for_update(tx, found.id, &seen.0).await?;
        item.revise(patch.0, &dictionary, &tx.stamp())?;
        persistence::update(tx, &mut item).await?;
        Ok(Versioned(item))
    })
    .await
}

/// Delete an item of a dictionary.
///
/// Items of a system dictionary can only be made inactive (409 `system_dictionary`).
#[utoipa::path(tag = "dictionaries", operation_id = "deleteDictionaryItem",
    params(("code" = WordCode, Path), ("item_code" = ItemCode, Path)),
    security(("bearer" = ["dictionary_items:delete"])), responses((status = 204)))]
#[delete("/dictionaries/{code}/items/{item_code}")]
async fn delete_item(
    ctx: Ctx<can::DeleteItem>,
    path: PathId<(WordCode, ItemCode)>,
    seen: IfMatchHeader,
) -> ProblemResult<Answer> {
    let (code, item_code) = path.0;
    ctx.write(async move |tx| {
        let dictionary = persistence::dictionaries::by_code(tx, &code).await?;
        let found = persistence::dictionaries::item(tx, &code, &item_code).await?;
        let item: DictionaryItem = persistence::get_for_update(tx, found.id, &seen.0).await?;
        dictionary.allows_deletion()?;
        persistence::delete(tx, &item).await?;
        Ok(NoContent)
    })
    .await
}
