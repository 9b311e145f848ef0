//! Addresses: where a customer is served.
//!
//! Of all addresses of a customer exactly one is the default: the first becomes it, and it hands over only to
//! another.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::customers::{CustomerId, KEEPERS, READERS};
use crate::kernel::error::REQUIRED;
use crate::kernel::patch::replace;
use crate::kernel::text::{Label200, RegionCode};
use crate::kernel::{Column, Meta, Patch, Raw, RawKind, Result, Stamp};
use crate::{codes, id, permissions};

// ---- entity: what is kept and what a caller sees ----------------------------------------------------------------

id!(AddressId);

/// An angle in degrees; kept as its shortest decimal text, so that both databases give back what was sent.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Degrees(pub f64);

impl Column for Degrees {
    const KIND: RawKind = RawKind::Text;

    fn to_raw(&self) -> Raw {
        Raw::Text(Some(self.0.to_string()))
    }

    fn from_raw(raw: Raw) -> Result<Self, String> {
        let text = String::from_raw(raw)?;
        text.parse()
            .map(Degrees)
            .map_err(|_| format!("expected degrees, found {text}"))
    }
}

/// An address of a customer.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Address {
    /// Machine identifier.
    pub id: AddressId,
    /// The customer.
    pub customer_id: CustomerId,
    /// Region by GB/T 2260.
    pub region_code: RegionCode,
    /// Street, house, door.
    pub detail: Label200,
    /// Latitude in degrees.
    #[schema(required, value_type = Option<f64>, minimum = -90, maximum = 90)]
    pub lat: Option<Degrees>,
    /// Longitude in degrees.
    #[schema(required, value_type = Option<f64>, minimum = -180, maximum = 180)]
    pub lng: Option<Degrees>,
    /// Whether this is the address we go to if nothing else is said.
    pub is_default: bool,
    /// Version, times, author.
    #[serde(flatten)]
    pub meta: Meta,
}

// ---- commands: what a caller may ask ----------------------------------------------------------------------------

/// What is needed to add an address; latitude and longitude go together.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"region_code": "510104", "detail": "红星路三段1号", "lat": 30.6586, "lng": 104.0817}))]
pub struct AddressCreate {
    /// Region by GB/T 2260.
    pub region_code: RegionCode,
    /// Street, house, door.
    pub detail: Label200,
    /// Latitude in degrees.
    #[serde(default)]
    #[schema(value_type = Option<f64>, minimum = -90, maximum = 90)]
    pub lat: Option<Degrees>,
    /// Longitude in degrees.
    #[serde(default)]
    #[schema(value_type = Option<f64>, minimum = -180, maximum = 180)]
    pub lng: Option<Degrees>,
    /// Makes it the default; the first address always is.
    #[serde(default)]
    pub is_default: bool,
}

/// What may change on an address; absent members stay, null clears.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(example = json!({"detail": "红星路三段2号", "is_default": true}))]
pub struct AddressPatch {
    /// Region by GB/T 2260.
    #[schema(nullable = false)]
    pub region_code: Option<RegionCode>,
    /// Street, house, door.
    #[schema(nullable = false)]
    pub detail: Option<Label200>,
    /// Latitude in degrees.
    #[schema(value_type = Option<f64>, minimum = -90, maximum = 90)]
    pub lat: Patch<Degrees>,
    /// Longitude in degrees.
    #[schema(value_type = Option<f64>, minimum = -180, maximum = 180)]
    pub lng: Patch<Degrees>,
    /// True makes it the default; false is refused on the default.
    #[schema(nullable = false)]
    pub is_default: Option<bool>,
}

// ---- rules: what is true, whoever asks --------------------------------------------------------------------------

impl Address {
    /// A new address; the first of a customer is the default.
    ///
    /// # Errors
    /// `required` if only one of latitude and longitude is given.
    pub fn add(cmd: AddressCreate, customer_id: CustomerId, is_first: bool, at: &Stamp) -> Result<Address> {
        let address = Address {
            id: AddressId::next(at),
            customer_id,
            region_code: cmd.region_code,
            detail: cmd.detail,
            lat: cmd.lat,
            lng: cmd.lng,
            is_default: cmd.is_default || is_first,
            meta: Meta::new(at),
        };
        address.located()
    }

    /// Applies a patch.
    ///
    /// # Errors
    /// `required` if only one of latitude and longitude would be left, `default_required` if none would be default.
    pub fn revise(self, patch: AddressPatch) -> Result<Address> {
        if self.is_default && patch.is_default == Some(false) {
            return Err(DEFAULT_REQUIRED.at("#/is_default"));
        }
        let mut address = self;
        replace(patch.region_code, &mut address.region_code);
        replace(patch.detail, &mut address.detail);
        patch.lat.onto(&mut address.lat);
        patch.lng.onto(&mut address.lng);
        replace(patch.is_default, &mut address.is_default);
        address.located()
    }

    /// Whether it may be removed, with so many others at the same customer.
    ///
    /// # Errors
    /// `default_required` for the default while others exist.
    pub fn may_leave(&self, others: usize) -> Result<()> {
        if self.is_default && others > 0 {
            return Err(DEFAULT_REQUIRED.error());
        }
        Ok(())
    }

    fn located(self) -> Result<Address> {
        match (self.lat, self.lng) {
            (Some(_), None) => Err(REQUIRED.at("#/lng")),
            (None, Some(_)) => Err(REQUIRED.at("#/lat")),
            _ => Ok(self),
        }
    }
}

// ---- codes: the refusals only this module knows -----------------------------------------------------------------

codes! {
    DEFAULT_REQUIRED: Conflict = "default_required", "One address must be the default; make another the default first", "必须有一个默认地址，请先指定其他地址";
}

// ---- permissions: who may do what (domain.md 3.0, row "customers") ----------------------------------------------

permissions! {
    Read = "addresses:read" for READERS;
    Create = "addresses:create" for KEEPERS;
    Update = "addresses:update" for KEEPERS;
    Delete = "addresses:delete" for KEEPERS;
}

// ---- unit tests -------------------------------------------------------------------------------------------------

#[cfg(test)]
mod tests {
    use serde_json::json;
    use uuid::Uuid;

    use super::*;
    use crate::kernel::stamp::tests::stamp;

    fn add(body: serde_json::Value) -> Result<Address> {
        let customer_id = CustomerId(Uuid::from_u128(9));
        Address::add(serde_json::from_value(body).unwrap(), customer_id, true, &stamp())
    }

    #[test]
    fn a_place_on_earth_has_both_angles_or_none() {
        let half = json!({"region_code": "510104", "detail": "红星路", "lat": 30.5});
        assert_eq!(add(half).unwrap_err().code.slug, "required");
        let whole = json!({"region_code": "510104", "detail": "红星路", "lat": 30.65864218, "lng": -0.1});
        let address = add(whole).unwrap();
        assert!(address.is_default);
        assert_eq!(
            Degrees::from_raw(address.lat.unwrap().to_raw()),
            Ok(Degrees(30.65864218))
        );
        let cleared = serde_json::from_value(json!({"lat": null})).unwrap();
        assert_eq!(address.revise(cleared).unwrap_err().code.slug, "required");
    }
}
