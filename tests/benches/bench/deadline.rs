//! What one deadline over a business calendar costs (P13).

use std::hint::black_box;
use std::time::Instant;

use aftercare_domain::sla::MINUTE;
use aftercare_domain::sla::calendar::{
    Calendar, CalendarSpec, DayException, DayKind, Frame, Mode, Weekly, parse_zone,
};

/// How many deadlines one round asks for.
const COUNT: i64 = 1_000_000;
/// Wednesday 2026-09-23 09:00 in China.
const START: i64 = 1_790_125_200_000;

/// The office hours of China, with the holidays of a week.
fn office() -> Calendar {
    let frame = |start, end| Frame::parse(start, end).unwrap();
    let day = vec![frame("08:30", "12:00"), frame("13:30", "18:00")];
    let holiday = |day: u32| DayException {
        date: chrono::NaiveDate::from_ymd_opt(2026, 10, day).unwrap(),
        kind: DayKind::Holiday,
        frames: None,
        name: None,
    };
    Calendar::new(CalendarSpec {
        time_zone: parse_zone("Asia/Shanghai").unwrap(),
        mode: Mode::Hours,
        weekly: Weekly {
            mon: day.clone(),
            tue: day.clone(),
            wed: day.clone(),
            thu: day.clone(),
            fri: day,
            ..Weekly::default()
        },
        exceptions: (1..=7).map(holiday).collect(),
    })
    .unwrap()
}

/// Nanoseconds of one deadline in office hours, starts and targets differing; the best of five rounds.
pub fn nanoseconds() -> f64 {
    let calendar = office();
    let round = || {
        let start = Instant::now();
        let mut sum = 0_i64;
        for n in 0..COUNT {
            let from = START + n % 40_000 * MINUTE;
            let due = calendar.add(black_box(from), black_box((30 + n % 2_000) * MINUTE));
            sum = sum.wrapping_add(due.unwrap());
        }
        black_box(sum);
        start.elapsed().as_secs_f64() * 1e9 / COUNT as f64
    };
    (0..5).map(|_| round()).fold(f64::INFINITY, f64::min)
}
