//! The seeded calendars: the standard one of China and the one that never closes (domain.md 3.4, A31).
//!
//! Their identifiers never change, so that a sandbox reset and a restore keep every reference to them.

use uuid::Uuid;

use super::{
    BusinessCalendar, BusinessCalendarCreate, BusinessCalendarId, CalendarMode, Frame, HolidayTable, Weekly,
};
use crate::kernel::text::{Label64, Label200, MasterCode};
use crate::kernel::{I18n, Result, Stamp};

/// `CN-STD`: Monday to Friday 08:30–12:00 and 13:30–18:00 in China, with its holidays. The default calendar.
pub const STANDARD: BusinessCalendarId =
    BusinessCalendarId(Uuid::from_u128(0x0199_0000_0000_7000_8000_0000_0000_0001));
/// `ALWAYS-OPEN`: 7×24.
pub const ALWAYS_OPEN: BusinessCalendarId =
    BusinessCalendarId(Uuid::from_u128(0x0199_0000_0000_7000_8000_0000_0000_0002));

/// Holidays and make-up workdays of China as published by the State Council (see NOTICE).
const HOLIDAYS: &str = include_str!("holidays_cn.json");

/// The seeded calendars.
///
/// Errors: none that a test would not have found.
pub fn calendars(at: &Stamp) -> Result<Vec<BusinessCalendar>> {
    let mut standard = establish(
        STANDARD,
        "CN-STD",
        ("标准工作时间", "Standard hours"),
        CalendarMode::Hours,
        at,
    )?;
    let table = HolidayTable(serde_json::from_str(HOLIDAYS).map_err(unreadable)?);
    standard.import_holidays(&table, at)?;
    standard.source = Label200::new("国务院办公厅关于节假日安排的通知 (holiday-cn)").ok();
    let always = establish(
        ALWAYS_OPEN,
        "ALWAYS-OPEN",
        ("7×24小时", "Around the clock"),
        CalendarMode::Always,
        at,
    )?;
    Ok(vec![standard, always])
}

fn establish(
    id: BusinessCalendarId,
    code: &str,
    (zh, en): (&str, &str),
    mode: CalendarMode,
    at: &Stamp,
) -> Result<BusinessCalendar> {
    let hours = || -> Result<Vec<Frame>> {
        let frame = |start, end| Frame::parse(start, end).map_err(unreadable);
        Ok(vec![frame("08:30", "12:00")?, frame("13:30", "18:00")?])
    };
    let weekly = match mode {
        CalendarMode::Always => Weekly::default(),
        CalendarMode::Hours => Weekly {
            mon: hours()?,
            tue: hours()?,
            wed: hours()?,
            thu: hours()?,
            fri: hours()?,
            ..Weekly::default()
        },
    };
    let cmd = BusinessCalendarCreate {
        code: MasterCode::new(code).map_err(unreadable)?,
        name: I18n {
            zh: Label200::new(zh).map_err(unreadable)?,
            en: Label200::new(en).ok(),
        },
        time_zone: Label64::new("Asia/Shanghai").map_err(unreadable)?,
        mode,
        weekly,
        exceptions: Vec::new(),
        source: None,
    };
    Ok(BusinessCalendar {
        id,
        ..BusinessCalendar::establish(cmd, at)?
    })
}

fn unreadable(why: impl std::fmt::Display) -> crate::kernel::Error {
    crate::kernel::error::INTERNAL.because(
        format!("A seeded calendar is unreadable: {why}"),
        "内置日历无法读取",
    )
}
