//! The demo company's master data and customers (domain.md 6.1, 6.2): the same rows with the same identifiers on every
//! sandbox.

use std::collections::HashMap;

use aftercare_domain::addresses::{Address, AddressCreate, AddressId, Degrees};
use aftercare_domain::contacts::{Contact, ContactCreate, ContactId};
use aftercare_domain::custom_fields::CustomFields;
use aftercare_domain::customers::{Customer, CustomerClass, CustomerId, CustomerKind, Language};
use aftercare_domain::engineers::{Engineer, EngineerStatus};
use aftercare_domain::fault_codes::{FaultCode, FaultCodeId, FaultCodeKind};
use aftercare_domain::installed_products::InstalledProduct;
use aftercare_domain::kernel::money::Currency;
use aftercare_domain::kernel::number::Series;
use aftercare_domain::kernel::text::{Label64, Label200, MasterCode, Name, Phone, RegionCode, WordCode};
use aftercare_domain::kernel::{Date, I18n, Meta, Money, Result, Stamp};
use aftercare_domain::problem_types::{ProblemType, ProblemTypeId};
use aftercare_domain::product_categories::{ProductCategory, ProductCategoryId};
use aftercare_domain::products::{Product, ProductId};
use aftercare_domain::purchase_records::{PurchaseRecord, PurchaseRecordId, PurchaseSource};
use aftercare_domain::requests::{EngineerId, Level};
use uuid::Uuid;

use super::data::{CATEGORIES, DISPLAYS, ENGINEERS, PROBLEMS, PRODUCTS};
use super::people::{CONSUMERS, ENTERPRISES, STREETS};
use super::{schedules, warranty};
use crate::seed::base::text;
use crate::{Tx, insert_all, numbers};

/// A table's identifiers: a well-formed UUIDv7 with the table's place, numbered.
pub(super) fn numbered(table: u128, row: usize) -> Uuid {
    const BASE: u128 = 0x019a_ae16_8a80_7000_9000_0000_0000_0000;
    Uuid::from_u128(BASE | (table << 32) | u128::try_from(row).unwrap_or_default())
}

/// The identifier of a category.
pub(super) fn category(code: &str) -> Option<ProductCategoryId> {
    let place = CATEGORIES.iter().position(|row| row.0 == code)?;
    Some(ProductCategoryId(numbered(1, place)))
}

/// The identifier of a product of the demo company, by its code.
pub fn product(code: &str) -> Option<ProductId> {
    let place = PRODUCTS.iter().position(|row| row.0 == code)?;
    Some(ProductId(numbered(2, place)))
}

/// The identifier of a problem type of the demo company, by its code.
pub fn problem_type(code: &str) -> Option<ProblemTypeId> {
    let place = PROBLEMS.iter().position(|row| row.0 == code)?;
    Some(ProblemTypeId(numbered(3, place)))
}

/// The identifier of a customer of the demo company: 0 is 刘芳, then the enterprises, then the other consumers.
pub fn customer(place: usize) -> CustomerId {
    CustomerId(numbered(5, place))
}

/// The identifier of the address of a customer of the demo company.
pub fn address(place: usize) -> AddressId {
    AddressId(numbered(7, place))
}

pub(super) fn i18n(zh: &str, en: &str) -> Result<I18n> {
    Ok(I18n {
        zh: text(Label200::new(zh))?,
        en: Some(text(Label200::new(en))?),
    })
}

fn yuan(minor: i64) -> Money {
    Money {
        minor,
        currency: Currency::Cny,
    }
}

/// Adds everything.
pub(super) async fn keep(tx: &mut Tx<'_>) -> Result<()> {
    let at = tx.stamp();
    insert_all(tx, &warranty::policies(&at)?).await?;
    insert_all(tx, &categories(&at)?).await?;
    let products = products(&at)?;
    insert_all(tx, &products).await?;
    insert_all(tx, &problems(&at)?).await?;
    insert_all(tx, &displays(&at)?).await?;
    engineers(tx, &at).await?;
    schedules::keep(tx).await?;
    let mut people = People::default();
    people.gather(tx, &at, &products).await?;
    insert_all(tx, &people.customers).await?;
    insert_all(tx, &people.contacts).await?;
    insert_all(tx, &people.addresses).await?;
    insert_all(tx, &people.purchases).await?;
    insert_all(tx, &people.units).await?;
    super::agreements::keep(tx).await
}

fn categories(at: &Stamp) -> Result<Vec<ProductCategory>> {
    let mut made = Vec::new();
    for (place, (code, above, zh, en, life_years)) in CATEGORIES.iter().enumerate() {
        made.push(ProductCategory {
            id: ProductCategoryId(numbered(1, place)),
            code: text(MasterCode::new(*code))?,
            name: i18n(zh, en)?,
            parent_id: category(above),
            warranty_policy_id: warranty::policy(code),
            life_years: Some(*life_years),
            is_active: true,
            meta: Meta::new(at),
        });
    }
    Ok(made)
}

fn products(at: &Stamp) -> Result<Vec<Product>> {
    let mut made = Vec::new();
    for (place, (code, model, of, zh, en, price)) in PRODUCTS.iter().enumerate() {
        made.push(Product {
            id: ProductId(numbered(2, place)),
            code: text(MasterCode::new(*code))?,
            model: text(Label64::new(*model))?,
            name: i18n(zh, en)?,
            category_id: text(category(of).ok_or_else(|| format!("no category {of}")))?,
            brand: Some(text(Label64::new("华清"))?),
            list_price: Some(yuan(*price)),
            released_on: None,
            external_refs: Vec::new(),
            is_active: true,
            meta: Meta::new(at),
        });
    }
    Ok(made)
}

fn problems(at: &Stamp) -> Result<Vec<ProblemType>> {
    let mut made = Vec::new();
    for (place, (code, above, zh, en, minutes)) in PROBLEMS.iter().enumerate() {
        let service = match *above {
            "INSTALLATION" => "install",
            "SERVICE" => "consult",
            _ => "repair",
        };
        made.push(ProblemType {
            id: ProblemTypeId(numbered(3, place)),
            code: text(MasterCode::new(*code))?,
            name: i18n(zh, en)?,
            parent_id: problem_type(above),
            category_ids: Vec::new(),
            default_impact: Level::Medium,
            default_urgency: if *code == "TRIPPING" {
                Level::High
            } else {
                Level::Medium
            },
            default_service_type: Some(text(WordCode::new(service))?),
            std_minutes: (*minutes > 0).then_some(*minutes),
            skill_ids: Vec::new(),
            is_active: true,
            meta: Meta::new(at),
        });
    }
    Ok(made)
}

fn displays(at: &Stamp) -> Result<Vec<FaultCode>> {
    let mut made = Vec::new();
    for (place, (display, code, zh, en)) in DISPLAYS.iter().enumerate() {
        made.push(FaultCode {
            id: FaultCodeId(numbered(4, place)),
            code: text(WordCode::new(*code))?,
            kind: FaultCodeKind::Symptom,
            name: i18n(zh, en)?,
            category_id: category("AC"),
            display_code: Some(text(Label64::new(*display))?),
            is_active: true,
            meta: Meta::new(at),
        });
    }
    Ok(made)
}

/// The identifier of an engineer of the company who has no user.
pub fn engineer(place: usize) -> EngineerId {
    EngineerId(numbered(9, place))
}

async fn engineers(tx: &mut Tx<'_>, at: &Stamp) -> Result<()> {
    let mut made = Vec::new();
    for (place, (name, phone)) in ENGINEERS.iter().enumerate() {
        made.push(Engineer {
            id: engineer(place),
            number: numbers::next(tx, Series::Engineer).await?,
            user_id: None,
            name: text(Name::new(*name))?,
            phone: text(Phone::new(*phone))?,
            outlet_id: None,
            status: EngineerStatus::Active,
            max_daily_jobs: 8,
            profile: schedules::profile_of(name)?,
            meta: Meta::new(at),
        });
    }
    insert_all(tx, &made).await
}

/// Customers with what hangs on them.
#[derive(Default)]
struct People {
    customers: Vec<Customer>,
    contacts: Vec<Contact>,
    addresses: Vec<Address>,
    purchases: Vec<PurchaseRecord>,
    units: Vec<InstalledProduct>,
}

/// One customer as the tables have him.
struct Row<'a> {
    kind: CustomerKind,
    class: CustomerClass,
    name: &'a str,
    phone: &'a str,
    region: &'a str,
    detail: &'a str,
    contact: (&'a str, Option<&'a str>, &'a str),
    bought: &'a [(&'a str, i64, &'a str)],
}

impl People {
    async fn gather(&mut self, tx: &mut Tx<'_>, at: &Stamp, products: &[Product]) -> Result<()> {
        let products: HashMap<&str, &Product> = products
            .iter()
            .map(|product| (product.code.as_str(), product))
            .collect();
        let liu_fang = Row {
            kind: CustomerKind::Consumer,
            class: CustomerClass::B,
            name: "刘芳",
            phone: "13800138001",
            region: "510104",
            detail: "红星路三段1号2栋501",
            contact: ("刘芳", None, "13800138001"),
            bought: &[("HQ-A1", 1, "2026-03-01"), ("BCD-468", 1, "2025-06-18")],
        };
        self.add(tx, at, &products, liu_fang).await?;
        for (name, phone, region, detail, contact, title, direct, product, quantity, on) in ENTERPRISES {
            let row = Row {
                kind: CustomerKind::Enterprise,
                class: CustomerClass::Vip,
                name,
                phone,
                region,
                detail,
                contact: (contact, Some(title), direct),
                bought: &[(product, *quantity, on)],
            };
            self.add(tx, at, &products, row).await?;
        }
        for (name, phone, class, region, detail, product, on) in CONSUMERS {
            let row = Row {
                kind: CustomerKind::Consumer,
                class: match *class {
                    "A" => CustomerClass::A,
                    "B" => CustomerClass::B,
                    _ => CustomerClass::C,
                },
                name,
                phone,
                region,
                detail,
                contact: (name, None, phone),
                bought: &[(product, 1, on)],
            };
            self.add(tx, at, &products, row).await?;
        }
        Ok(())
    }

    async fn add(
        &mut self,
        tx: &mut Tx<'_>,
        at: &Stamp,
        products: &HashMap<&str, &Product>,
        row: Row<'_>,
    ) -> Result<()> {
        let place = self.customers.len();
        let customer_id = customer(place);
        self.customers.push(Customer {
            id: customer_id,
            number: numbers::next(tx, Series::Customer).await?,
            kind: row.kind,
            name: text(Name::new(row.name))?,
            class: row.class,
            phone: text(Phone::new(row.phone))?,
            email: None,
            region_code: Some(text(RegionCode::new(row.region))?),
            preferred_channel: Some(text(WordCode::new("phone"))?),
            language: Language::Zh,
            tags: Vec::new(),
            sms_opt_out: false,
            credit_blocked: false,
            external_refs: Vec::new(),
            custom_fields: CustomFields::default(),
            is_active: true,
            merged_into_id: None,
            meta: Meta::new(at),
        });
        let (contact, title, direct) = row.contact;
        let title = match title {
            Some(title) => Some(text(Label64::new(title))?),
            None => None,
        };
        let reach = ContactCreate {
            name: text(Name::new(contact))?,
            title,
            phone: Some(text(Phone::new(direct))?),
            email: None,
            wechat: None,
            is_primary: true,
        };
        self.contacts.push(Contact {
            id: ContactId(numbered(6, place)),
            ..Contact::add(reach, customer_id, true, at)?
        });
        let street = STREETS.iter().find(|(street, ..)| row.detail.starts_with(street));
        let home = AddressCreate {
            region_code: text(RegionCode::new(row.region))?,
            detail: text(Label200::new(row.detail))?,
            lat: street.map(|(_, lat, _)| Degrees(*lat)),
            lng: street.map(|(.., lng)| Degrees(*lng)),
            is_default: true,
        };
        self.addresses.push(Address {
            id: address(place),
            ..Address::add(home, customer_id, true, at)?
        });
        for (code, quantity, on) in row.bought {
            let product = text(products.get(code).ok_or_else(|| format!("no product {code}")))?;
            self.purchases.push(PurchaseRecord {
                id: PurchaseRecordId(numbered(8, self.purchases.len())),
                customer_id,
                product_id: product.id,
                model: product.model.clone(),
                quantity: *quantity,
                purchased_on: text(on.parse::<Date>().map_err(|_| format!("no date {on}")))?,
                invoice_no: Some(text(Label64::new(format!(
                    "INV-{:04}",
                    self.purchases.len().saturating_add(1001)
                )))?),
                invoice_price: product.list_price,
                dealer: Some(text(Label200::new("华清官方商城"))?),
                order_no: None,
                source: PurchaseSource::Manual,
                meta: Meta::new(at),
            });
            if let Some(purchase) = self.purchases.last() {
                let first = self.units.len();
                self.units
                    .extend(warranty::units(purchase, address(place), code, first, at)?);
            }
        }
        Ok(())
    }
}
