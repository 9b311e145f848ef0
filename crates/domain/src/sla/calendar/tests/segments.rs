//! Explanations: ordered, gapless, adding up.

use super::super::{MAX_SEGMENTS, Segment, SegmentKind};
use super::*;

#[test]
fn the_national_holiday_is_explained_step_by_step() {
    use SegmentKind::{Counted, Holiday, MakeUp, Outside, Paused};
    let cn = cn_std();
    let (from, to) = (at("2026-10-07T23:00:00+08:00"), at("2026-10-10T12:30:00+08:00"));
    let pauses = [pause("2026-10-08T17:00:00+08:00", "2026-10-09T09:00:00+08:00")];
    let breakdown = cn.segments(from, to, &pauses).unwrap();
    let told: Vec<_> = breakdown
        .segments
        .iter()
        .map(|s| {
            (
                s.kind,
                (s.to - s.from) / MINUTE,
                s.running_ms / MINUTE,
                s.name.as_deref(),
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            (Holiday, 60, 0, Some("国庆节")),
            (Outside, 510, 0, None),
            (Counted, 210, 210, None),
            (Outside, 90, 210, None),
            (Counted, 210, 420, None),
            (Paused, 960, 420, None),
            (Counted, 180, 600, None),
            (Outside, 90, 600, None),
            (Counted, 270, 870, None),
            (Outside, 870, 870, None),
            (MakeUp, 210, 1080, Some("国庆节")),
            (Outside, 30, 1080, None),
        ]
    );
    assert_eq!(breakdown.counted_ms, 1080 * MINUTE);
    assert_eq!(breakdown.truncated_at, None);
    assert_eq!(cn.segments(from, from, &[]).unwrap().segments, []);
}

#[test]
fn holidays_of_one_name_are_one_segment_and_of_two_names_two() {
    let named = |date, name| exception(date, DayKind::Holiday, None, Some(name));
    let days = vec![
        named("2026-01-01", "a"),
        named("2026-01-02", "a"),
        named("2026-01-03", "b"),
    ];
    let calendar = calendar("UTC", daily("00:00-24:00"), days);
    let breakdown = calendar
        .segments(at("2025-12-30T00:00:00Z"), at("2026-01-06T00:00:00Z"), &[])
        .unwrap();
    let days = |s: &Segment| (s.to - s.from) / MINUTE / 1440;
    let told: Vec<_> = breakdown
        .segments
        .iter()
        .map(|s| (days(s), s.name.as_deref()))
        .collect();
    assert_eq!(told, [(2, None), (2, Some("a")), (1, Some("b")), (2, None)]);
}

#[test]
fn a_list_that_grows_too_long_says_where_it_stops() {
    let cn = cn_std();
    let (from, to) = (at("2026-01-01T00:00:00+08:00"), at("2036-01-01T00:00:00+08:00"));
    let breakdown = cn.segments(from, to, &[]).unwrap();
    assert_eq!(breakdown.segments.len(), MAX_SEGMENTS);
    let last = breakdown.segments.last().unwrap();
    assert_eq!(breakdown.truncated_at, Some(last.to));
    assert_eq!(cn.elapsed(from, last.to), Ok(last.running_ms));
    assert_eq!(cn.elapsed(from, to), Ok(breakdown.counted_ms));
    // The last listed segment is whole: the same list up to its end and beyond it.
    let exact = cn.segments(from, last.to, &[]).unwrap();
    assert_eq!((exact.truncated_at, &exact.segments), (None, &breakdown.segments));
    let always = always("Asia/Shanghai").segments(from, to, &[]).unwrap();
    assert_eq!((always.segments.len(), always.truncated_at), (1, None));
}
