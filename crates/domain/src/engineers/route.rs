//! An engineer's way of a day: from home to each customer, in the order he goes there (domain.md 3.11 reports).

use chrono_tz::Tz;
use serde::Serialize;
use utoipa::ToSchema;

use crate::kernel::text::Number;
use crate::kernel::{Date, Spot, Time};
use crate::requests::ServiceRequestId;
use crate::work_orders::{Appointment, Geo, WorkOrder, WorkOrderId, WorkOrderKind, WorkOrderStatus};

/// One visit on the way.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct RouteStop {
    /// The order.
    pub work_order_id: WorkOrderId,
    /// Its number.
    pub number: Number,
    /// The request.
    pub service_request_id: ServiceRequestId,
    /// Where the order stands.
    pub status: WorkOrderStatus,
    /// When the customer expects him.
    #[schema(required)]
    pub appointment: Option<Appointment>,
    /// When he arrived.
    #[schema(required)]
    pub arrived_at: Option<Time>,
    /// Where the customer is.
    #[schema(required)]
    pub place: Option<Geo>,
    /// Metres along a great circle from the last known place before it (WO-3); null where either is not known.
    #[schema(required, minimum = 0, maximum = 100_000_000)]
    pub metres: Option<i64>,
}

/// The visits of a local day in the order of arrival, else of what was agreed, and the whole way in metres. Nobody
/// travels for a job from afar or in the workshop; one that is neither begun nor agreed for the day is no stop.
pub fn route(
    home: Option<Geo>,
    jobs: &[(WorkOrder, Option<Geo>)],
    day: Date,
    zone: Tz,
) -> (Vec<RouteStop>, i64) {
    let instant = |order: &WorkOrder| match order.arrived_at {
        Some(arrived) => Some(arrived),
        None => order.appointment.map(|window| window.from),
    };
    let mut stops: Vec<(Time, &WorkOrder, Option<Geo>)> = jobs
        .iter()
        .filter(|(order, _)| order.kind == WorkOrderKind::OnSite)
        .filter(|(order, _)| order.arrived_at.is_some() || order.status.is_open())
        .filter_map(|(order, place)| Some((instant(order)?, order, *place)))
        .filter(|(at, ..)| at.date_in(zone) == day)
        .collect();
    stops.sort_by_key(|(at, order, _)| (*at, order.id));
    let spot = |geo: Geo| Spot::at(geo.lat, geo.lng);
    let mut here = home.and_then(spot);
    let mut whole: i64 = 0;
    let stops = stops.into_iter().map(|(_, order, place)| {
        let there = place.and_then(spot);
        let metres = here.zip(there).map(|(here, there)| here.metres_to(there));
        whole = whole.saturating_add(metres.unwrap_or_default());
        here = there.or(here);
        RouteStop {
            work_order_id: order.id,
            number: order.number.clone(),
            service_request_id: order.service_request_id,
            status: order.status,
            appointment: order.appointment,
            arrived_at: order.arrived_at,
            place,
            metres,
        }
    });
    (stops.collect(), whole)
}
