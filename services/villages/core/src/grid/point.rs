//! Points, boxes and distances.

/// Whole units to a degree.
const DEGREE: i64 = 10_000_000;

/// A place in 1e-7 degrees, about a centimetre.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Point {
    /// Longitude, ±180 degrees.
    pub x: i64,
    /// Latitude, ±90 degrees.
    pub y: i64,
}

impl Point {
    /// Metres to another place, rounded down. A degree of latitude is 111,320 m; a degree of longitude is that times the cosine
    /// by Bhaskara's fraction (32,400 − 4φ²) / (32,400 + φ²), which is right to 0.2 %. Meant for places less than 100 km apart.
    pub fn distance_m(self, other: Self) -> i64 {
        let millimetres = |units: i64| i128::from(units) * 11_132 / 1_000;
        let middle = i128::from(i64::midpoint(self.y, other.y));
        let (square, whole) = (middle * middle, 32_400 * i128::from(DEGREE) * i128::from(DEGREE));
        let north = millimetres(other.y - self.y);
        let east = millimetres(other.x - self.x) * (whole - 4 * square) / (whole + square);
        let metres = (north * north + east * east).isqrt() / 1_000;
        i64::try_from(metres).unwrap_or(i64::MAX)
    }

    /// The corners of a box in which everything lies that is at most `metres` away.
    pub fn around(self, metres: i64) -> Bounds {
        // A third more, and no nearer to a pole than 80 degrees: the box may be too large, never too small.
        let north = metres * DEGREE / 83_000;
        let widened = if self.y.abs() < 60 * DEGREE { 3 } else { 8 };
        let east = north * widened;
        Bounds {
            low: Self {
                x: self.x - east,
                y: self.y - north,
            },
            high: Self {
                x: self.x + east,
                y: self.y + north,
            },
        }
    }
}

/// Twice the area of the triangle a b c: above 0 where it turns left.
pub(super) fn turn(a: Point, b: Point, c: Point) -> i128 {
    let wide = |from: i64, to: i64| i128::from(to) - i128::from(from);
    wide(a.x, b.x) * wide(a.y, c.y) - wide(a.y, b.y) * wide(a.x, c.x)
}

/// An upright box with its border.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// South-west corner.
    pub low: Point,
    /// North-east corner.
    pub high: Point,
}

impl Bounds {
    /// The smallest box around points; `None` around nothing.
    pub fn of(points: impl IntoIterator<Item = Point>) -> Option<Self> {
        points
            .into_iter()
            .map(|point| Self {
                low: point,
                high: point,
            })
            .reduce(Self::joined)
    }

    /// The smallest box around both.
    #[must_use]
    pub fn joined(self, other: Self) -> Self {
        Self {
            low: Point {
                x: self.low.x.min(other.low.x),
                y: self.low.y.min(other.low.y),
            },
            high: Point {
                x: self.high.x.max(other.high.x),
                y: self.high.y.max(other.high.y),
            },
        }
    }

    /// Whether they share a point.
    pub fn meets(&self, other: &Self) -> bool {
        self.low.x <= other.high.x
            && other.low.x <= self.high.x
            && self.low.y <= other.high.y
            && other.low.y <= self.high.y
    }

    /// Whether a point lies in it.
    pub fn holds(&self, point: Point) -> bool {
        self.meets(&Self {
            low: point,
            high: point,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_those_of_the_globe() {
        // Lankao station to the county hall by the haversine formula: 2,226 m.
        let (a, b) = (
            Point {
                x: 1_148_200_000,
                y: 348_200_000,
            },
            Point {
                x: 1_148_444_000,
                y: 348_200_000,
            },
        );
        assert!((2_222..=2_232).contains(&a.distance_m(b)), "{}", a.distance_m(b));
        let north = Point {
            x: a.x,
            y: a.y + DEGREE / 100,
        };
        assert_eq!(
            (a.distance_m(north), north.distance_m(a), a.distance_m(a)),
            (1_113, 1_113, 0)
        );
    }

    #[test]
    fn a_box_around_misses_nothing() {
        for y in [0, 35, 53, 59, 70] {
            let centre = Point {
                x: 1_148_200_000,
                y: y * DEGREE,
            };
            let bounds = centre.around(5_000);
            for corner in [bounds.low, bounds.high] {
                let sideways = Point {
                    x: corner.x,
                    y: centre.y,
                };
                let upright = Point {
                    x: centre.x,
                    y: corner.y,
                };
                assert!(
                    centre.distance_m(sideways) > 5_000 && centre.distance_m(upright) > 5_000,
                    "{y}"
                );
            }
        }
    }
}
