//! Actions on a unit: one operation for each row of its transition table (domain.md 3.2).

use actix_web::{get, post};
use aftercare_domain::customers::Customer;
use aftercare_domain::installed_products::{
    InstalledProduct, InstalledProductId, RepairDate, ReplaceUnit, RetireUnit, TransferUnit, can,
};
use aftercare_domain::kernel::error::UNKNOWN_REFERENCE;
use aftercare_domain::kernel::{Date, Error, Event, Permission, Result, Stamp};
use aftercare_persistence as persistence;
use aftercare_persistence::platform::references::{refer, refer_child};
use aftercare_persistence::{IfMatch, Tx};

use super::InstalledProductView;
use crate::flows::warranty_ends;
use crate::http::{Answer, Body, Ctx, IfMatchHeader, PathId, Plain, ProblemResult, Versioned};
use crate::openapi::Routes;
use crate::v1::service_requests::{ActionReasonList, reasons_of};

/// Registers the actions.
pub fn routes(cfg: &mut Routes<'_, '_>) {
    cfg.service(list_actions);
    cfg.service(take_in_repair);
    cfg.service(return_to_use);
    cfg.service(await_parts);
    cfg.service(receive_parts);
    cfg.service(transfer);
    cfg.service(replace);
    cfg.service(scrap);
}

/// One action: the unit is loaded, decided upon, kept, told, and answered as it stands.
async fn act<P: Permission>(
    ctx: Ctx<P>,
    id: InstalledProductId,
    seen: IfMatchHeader,
    decide: impl FnOnce(&mut InstalledProduct, Date, &Stamp) -> Result<Option<Event>> + Send + 'static,
) -> ProblemResult<Answer> {
    ctx.write(async move |tx| {
        let mut unit: InstalledProduct = persistence::get_for_update(tx, id, &seen.0).await?;
        let event = decide(&mut unit, tx.today(), &tx.stamp())?;
        kept(tx, unit, event).await
    })
    .await
}

async fn kept(
    tx: &mut Tx<'_>,
    mut unit: InstalledProduct,
    event: Option<Event>,
) -> Result<Versioned<InstalledProductView>> {
    persistence::update(tx, &mut unit).await?;
    warranty_ends::follow(tx, &unit).await?;
    if let Some(event) = event {
        tx.emit(event);
    }
    Ok(Versioned(InstalledProductView::within(unit, tx)))
}

/// Say which actions are open on a unit, and why the others are not.
#[utoipa::path(tag = "installed_products", operation_id = "listInstalledProductActions",
    params(("installed_product_id" = InstalledProductId, Path)),
    security(("bearer" = ["installed_products:read"])), responses((status = 200, body = ActionReasonList)))]
#[get("/installed-products/{installed_product_id}/actions")]
async fn list_actions(ctx: Ctx<can::Read>, id: PathId<InstalledProductId>) -> ProblemResult<Answer> {
    let lang = ctx.call.lang;
    ctx.read(async |tx| {
        let unit: InstalledProduct = persistence::get(tx, id.0).await?;
        Ok(Plain(reasons_of(unit.action_reasons(&tx.stamp().actor), lang)))
    })
    .await
}

/// Take a unit in repair.
///
/// From this day on its warranty stands still; the day itself counts (CU-1). It lies not before the first day the unit is
/// known for (422 `date_order`).
#[utoipa::path(tag = "installed_products", operation_id = "takeInstalledProductInRepair",
    params(("installed_product_id" = InstalledProductId, Path)), request_body = RepairDate,
    security(("bearer" = ["installed_products:take_in_repair"])), responses((status = 200, body = InstalledProductView)))]
#[post("/installed-products/{installed_product_id}/take-in-repair")]
async fn take_in_repair(
    ctx: Ctx<can::TakeInRepair>,
    id: PathId<InstalledProductId>,
    seen: IfMatchHeader,
    cmd: Body<RepairDate>,
) -> ProblemResult<Answer> {
    act(ctx, id.0, seen, move |unit, today, at| {
        unit.take_in_repair(&cmd.0, today, at).map(Some)
    })
    .await
}

/// Give a unit back to its customer.
///
/// This day is the last on which its warranty stood still.
#[utoipa::path(tag = "installed_products", operation_id = "returnInstalledProductToUse",
    params(("installed_product_id" = InstalledProductId, Path)), request_body = RepairDate,
    security(("bearer" = ["installed_products:return_to_use"])), responses((status = 200, body = InstalledProductView)))]
#[post("/installed-products/{installed_product_id}/return-to-use")]
async fn return_to_use(
    ctx: Ctx<can::ReturnToUse>,
    id: PathId<InstalledProductId>,
    seen: IfMatchHeader,
    cmd: Body<RepairDate>,
) -> ProblemResult<Answer> {
    act(ctx, id.0, seen, move |unit, today, at| {
        unit.return_to_use(&cmd.0, today, at).map(Some)
    })
    .await
}

/// Note that a unit waits for parts.
///
/// Its warranty stands still meanwhile, wherever it is. The day lies not before the first day the unit is known for (422
/// `date_order`).
#[utoipa::path(tag = "installed_products", operation_id = "awaitInstalledProductParts",
    params(("installed_product_id" = InstalledProductId, Path)), request_body = RepairDate,
    security(("bearer" = ["installed_products:await_parts"])), responses((status = 200, body = InstalledProductView)))]
#[post("/installed-products/{installed_product_id}/await-parts")]
async fn await_parts(
    ctx: Ctx<can::AwaitParts>,
    id: PathId<InstalledProductId>,
    seen: IfMatchHeader,
    cmd: Body<RepairDate>,
) -> ProblemResult<Answer> {
    act(ctx, id.0, seen, move |unit, today, at| {
        unit.await_parts(&cmd.0, today, at).map(|()| None)
    })
    .await
}

/// Note that the parts a unit waited for are there.
#[utoipa::path(tag = "installed_products", operation_id = "receiveInstalledProductParts",
    params(("installed_product_id" = InstalledProductId, Path)), request_body = RepairDate,
    security(("bearer" = ["installed_products:receive_parts"])), responses((status = 200, body = InstalledProductView)))]
#[post("/installed-products/{installed_product_id}/receive-parts")]
async fn receive_parts(
    ctx: Ctx<can::ReceiveParts>,
    id: PathId<InstalledProductId>,
    seen: IfMatchHeader,
    cmd: Body<RepairDate>,
) -> ProblemResult<Answer> {
    act(ctx, id.0, seen, move |unit, today, at| {
        unit.receive_parts(&cmd.0, today, at).map(|()| None)
    })
    .await
}

/// Hand a unit to another customer, or move it.
///
/// What was promised goes with it. Its requests so far stay with the customer who made them. A second transfer on one day
/// corrects the first: who had it for no day leaves no period, and whoever gets it back at his address keeps his period.
#[utoipa::path(tag = "installed_products", operation_id = "transferInstalledProduct",
    params(("installed_product_id" = InstalledProductId, Path)), request_body = TransferUnit,
    security(("bearer" = ["installed_products:transfer"])), responses((status = 200, body = InstalledProductView)))]
#[post("/installed-products/{installed_product_id}/transfer")]
async fn transfer(
    ctx: Ctx<can::Transfer>,
    id: PathId<InstalledProductId>,
    seen: IfMatchHeader,
    cmd: Body<TransferUnit>,
) -> ProblemResult<Answer> {
    ctx.write(async move |tx| {
        let mut unit: InstalledProduct = persistence::get_for_update(tx, id.0, &seen.0).await?;
        let owner_before = unit.customer_id;
        unit.transfer(&cmd.0, tx.today(), &tx.stamp())?;
        let mut wrong = Vec::new();
        if unit.customer_id != owner_before {
            refer::<Customer>(tx, unit.customer_id, "#/customer_id", &mut wrong).await?;
        }
        let address = unit.address_id.map(|id| id.0);
        refer_child(
            tx,
            "addresses",
            address,
            unit.customer_id,
            "#/address_id",
            &mut wrong,
        )
        .await?;
        Error::all(wrong)?;
        kept(tx, unit, None).await
    })
    .await
}

/// Put another unit of the same customer in the place of one.
///
/// The new unit's warranty begins anew on that day (CU-5); this one becomes `replaced`.
#[utoipa::path(tag = "installed_products", operation_id = "replaceInstalledProduct",
    params(("installed_product_id" = InstalledProductId, Path)), request_body = ReplaceUnit,
    security(("bearer" = ["installed_products:replace"])), responses((status = 200, body = InstalledProductView)))]
#[post("/installed-products/{installed_product_id}/replace")]
async fn replace(
    ctx: Ctx<can::Replace>,
    id: PathId<InstalledProductId>,
    seen: IfMatchHeader,
    cmd: Body<ReplaceUnit>,
) -> ProblemResult<Answer> {
    ctx.write(async move |tx| {
        let (mut old, mut new) = pair(tx, id.0, &seen.0, cmd.0.replacement_id).await?;
        let event = old.replace_with(&mut new, &cmd.0, tx.today(), &tx.stamp())?;
        persistence::update(tx, &mut new).await?;
        warranty_ends::follow(tx, &new).await?;
        kept(tx, old, Some(event)).await
    })
    .await
}

/// Both units, held in the order of their identifiers, so that two exchanges at once wait instead of blocking each other.
async fn pair(
    tx: &mut Tx<'_>,
    old: InstalledProductId,
    seen: &IfMatch,
    new: InstalledProductId,
) -> Result<(InstalledProduct, InstalledProduct)> {
    if new == old {
        let itself: InstalledProduct = persistence::get_for_update(tx, old, seen).await?;
        return Ok((itself.clone(), itself));
    }
    // What may not be done to the one is refused before anything of the other is told.
    let seen_first: InstalledProduct = persistence::get(tx, old).await?;
    seen_first.gate("replace", &tx.stamp())?;
    if persistence::find::<InstalledProduct>(tx, new.0).await?.is_none() {
        return Err(UNKNOWN_REFERENCE.at("#/replacement_id"));
    }
    let any = IfMatch::internal();
    if new < old {
        let new = persistence::get_for_update(tx, new, &any).await?;
        Ok((persistence::get_for_update(tx, old, seen).await?, new))
    } else {
        let old = persistence::get_for_update(tx, old, seen).await?;
        Ok((old, persistence::get_for_update(tx, new, &any).await?))
    }
}

/// Take a unit out of service for good.
#[utoipa::path(tag = "installed_products", operation_id = "scrapInstalledProduct",
    params(("installed_product_id" = InstalledProductId, Path)), request_body = RetireUnit,
    security(("bearer" = ["installed_products:scrap"])), responses((status = 200, body = InstalledProductView)))]
#[post("/installed-products/{installed_product_id}/scrap")]
async fn scrap(
    ctx: Ctx<can::Scrap>,
    id: PathId<InstalledProductId>,
    seen: IfMatchHeader,
    cmd: Body<RetireUnit>,
) -> ProblemResult<Answer> {
    act(ctx, id.0, seen, move |unit, today, at| {
        unit.scrap(&cmd.0, today, at).map(Some)
    })
    .await
}
