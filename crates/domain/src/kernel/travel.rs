//! Distances on the earth in whole metres, by whole numbers alone: the same on every machine (WO-3).
//!
//! A place is kept as a unit vector in parts of a billion (6 mm on the ground). The great circle between two places
//! follows from the chord between their vectors, which is the haversine formula written otherwise.

/// Parts of one in sine, cosine and angle.
const FINE: i128 = 1_000_000_000_000_000_000;
/// π in those parts.
const PI: i128 = 3_141_592_653_589_793_238;
/// Parts of one in a unit vector.
const UNIT: i64 = 1_000_000_000;
/// The mean radius of the earth in metres, times ten.
const TEN_RADII: i128 = 63_710_088;

/// A place on earth, ready to be measured from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Spot([i64; 3]);

impl Spot {
    /// The place at a latitude and a longitude in degrees; nothing if there is no such place.
    pub fn at(lat: f64, lng: f64) -> Option<Spot> {
        Spot::at_micros(micro_degrees(lat)?, micro_degrees(lng)?)
    }

    /// The place at a latitude and a longitude in millionths of a degree.
    pub fn at_micros(lat: i64, lng: i64) -> Option<Spot> {
        if lat.abs() > 90_000_000 || lng.abs() > 180_000_000 {
            return None;
        }
        let (sin_lat, cos_lat) = turn(angle(lat));
        let (sin_lng, cos_lng) = turn(angle(lng));
        let part = |exact: i128| i64::try_from(exact / (FINE / i128::from(UNIT))).unwrap_or(UNIT);
        Some(Spot([
            part(cos_lat * cos_lng / FINE),
            part(cos_lat * sin_lng / FINE),
            part(sin_lat),
        ]))
    }

    /// Metres from here to there along a great circle, rounded half up.
    pub fn metres_to(self, other: Spot) -> i64 {
        let Spot([ax, ay, az]) = self;
        let Spot([bx, by, bz]) = other;
        let square = |a: i64, b: i64| (a - b).unsigned_abs().pow(2);
        let chord = (square(ax, bx) + square(ay, by) + square(az, bz)).isqrt();
        // Half the chord is the sine of half the angle.
        let half = (i128::from(chord) * (FINE / i128::from(UNIT)) / 2).min(FINE);
        let metres = (arc_sine(half) * 2 * TEN_RADII + FINE * 5) / (FINE * 10);
        i64::try_from(metres).unwrap_or(i64::MAX)
    }
}

/// Millionths of a degree, rounded as a decimal is written, without arithmetic on floats.
fn micro_degrees(degrees: f64) -> Option<i64> {
    let text = format!("{degrees:.6}");
    let (sign, size) = text
        .strip_prefix('-')
        .map_or((1, text.as_str()), |rest| (-1, rest));
    let (whole, rest) = size.split_once('.')?;
    let parts: i64 = format!("{whole}{rest}").parse().ok()?;
    Some(parts * sign)
}

fn angle(micros: i64) -> i128 {
    i128::from(micros) * PI / 180_000_000
}

/// Sine and cosine of an angle between −π and π.
fn turn(angle: i128) -> (i128, i128) {
    let (mut sine, mut cosine) = (0, 0);
    let mut term = FINE;
    let mut step = 0;
    while term != 0 {
        match step % 4 {
            0 => cosine += term,
            1 => sine += term,
            2 => cosine -= term,
            _ => sine -= term,
        }
        step += 1;
        term = term * angle / FINE / step;
    }
    (sine, cosine)
}

/// The angle with this sine, between 0 and π/2.
fn arc_sine(sine: i128) -> i128 {
    if sine > FINE / 2 {
        // The series is slow near one: asin x = π/2 − 2·asin √((1−x)/2).
        let inner = ((FINE - sine) / 2 * FINE).isqrt();
        return PI / 2 - 2 * arc_sine(inner);
    }
    let square = sine * sine / FINE;
    let (mut power, mut sum, mut step) = (sine, sine, 1);
    while power > 0 {
        power = power * square / FINE * step / (step + 1);
        step += 2;
        sum += power / step;
    }
    sum
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn spot(lat: f64, lng: f64) -> Spot {
        Spot::at(lat, lng).unwrap()
    }

    #[test]
    fn the_published_distance_within_chengdu_is_found() {
        let metres = spot(30.6570, 104.0800).metres_to(spot(30.5728, 104.0668));
        assert_eq!(metres, 9447);
    }

    #[test]
    fn poles_and_antipodes_are_half_a_turn_apart() {
        assert_eq!(spot(90.0, 0.0).metres_to(spot(-90.0, 0.0)), 20_015_114);
        assert_eq!(spot(0.0, 0.0).metres_to(spot(0.0, 180.0)), 20_015_114);
        assert_eq!(spot(0.0, 179.0).metres_to(spot(0.0, -179.0)), 222_390);
        assert_eq!(spot(0.0, 0.0).metres_to(spot(0.0, 0.0)), 0);
        assert!(Spot::at(90.5, 0.0).is_none() && Spot::at(f64::NAN, 0.0).is_none());
    }

    /// The haversine formula as it is printed.
    #[expect(
        clippy::float_arithmetic,
        clippy::as_conversions,
        reason = "the textbook counts in floats"
    )]
    fn textbook(from: (i64, i64), to: (i64, i64)) -> i64 {
        let rad = |micros: i64| (micros as f64 / 1e6).to_radians();
        let (a, b) = ((rad(to.0) - rad(from.0)) / 2.0, (rad(to.1) - rad(from.1)) / 2.0);
        let h = a.sin().powi(2) + rad(from.0).cos() * rad(to.0).cos() * b.sin().powi(2);
        (2.0 * 6_371_008.8 * h.sqrt().min(1.0).asin()).round() as i64
    }

    proptest! {
        #[test]
        fn it_agrees_with_the_formula_of_the_textbooks(
            lat in -90_000_000_i64..=90_000_000, lng in -180_000_000_i64..=180_000_000,
            to_lat in -90_000_000_i64..=90_000_000, to_lng in -180_000_000_i64..=180_000_000,
        ) {
            let metres = Spot::at_micros(lat, lng).unwrap().metres_to(Spot::at_micros(to_lat, to_lng).unwrap());
            let expected = textbook((lat, lng), (to_lat, to_lng));
            // Close to the antipode the textbook's own float is the blunter of the two.
            let slack = if expected > 20_000_000 { 400 } else { 2 };
            prop_assert!((metres - expected).abs() <= slack, "{metres} {expected}");
        }
    }
}
