//! Names that do not cover each other.

/// Taken rectangles: left, top, right, bottom.
pub struct Labels {
    taken: Vec<[f64; 4]>,
    width: f64,
    height: f64,
}

impl Labels {
    /// On a map of this size.
    pub const fn within(width: f64, height: f64) -> Self {
        Self {
            taken: Vec::new(),
            width,
            height,
        }
    }

    /// Keeps a place free.
    pub fn reserve(&mut self, (x, y): (f64, f64), around: f64) {
        self.taken.push([x - around, y - around, x + around, y + around]);
    }

    /// Where a name is written, to the right of a place, or left, below or above: at the first that is free.
    pub fn place(&mut self, at: (f64, f64), name: &str, size: f64) -> Option<(f64, f64)> {
        let spot = spots(at, name, size).into_iter().find(|spot| self.is_free(spot))?;
        self.taken.push(spot);
        Some((spot[0], spot[3] - size * 0.15))
    }

    /// The same; where nothing is free, to the right all the same.
    pub fn place_anyway(&mut self, at: (f64, f64), name: &str, size: f64) -> (f64, f64) {
        self.place(at, name, size).unwrap_or_else(|| {
            let [spot, ..] = spots(at, name, size);
            self.taken.push(spot);
            (spot[0], spot[3] - size * 0.15)
        })
    }

    fn is_free(&self, [left, top, right, bottom]: &[f64; 4]) -> bool {
        let inside = *left >= 0.0 && *top >= 0.0 && *right <= self.width && *bottom <= self.height;
        let apart =
            |taken: &[f64; 4]| *right <= taken[0] || *left >= taken[2] || *bottom <= taken[1] || *top >= taken[3];
        inside && self.taken.iter().all(apart)
    }
}

fn spots((x, y): (f64, f64), name: &str, size: f64) -> [[f64; 4]; 4] {
    // Chinese letters are as wide as high, others about half as wide.
    let wide: f64 = name
        .chars()
        .map(|letter| if letter.is_ascii() { size * 0.56 } else { size })
        .sum();
    let (high, off) = (size * 1.15, size * 0.4 + 5.0);
    let spot = |left: f64, top: f64| [left, top, left + wide, top + high];
    [
        spot(x + off, y - high / 2.0),
        spot(x - off - wide, y - high / 2.0),
        spot(x - wide / 2.0, y + off),
        spot(x - wide / 2.0, y - off - high),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_give_way_and_stay_on_the_map() {
        let mut labels = Labels::within(200.0, 100.0);
        let right = labels.place((100.0, 50.0), "城关镇", 10.0).expect("free");
        let left = labels.place((100.0, 50.0), "城关镇", 10.0).expect("free to the left");
        assert!(right.0 > 100.0 && left.0 < 100.0);
        assert!(labels.place((199.0, 50.0), "城关镇", 10.0).expect("left of it").0 < 199.0);
        for _ in 0..10 {
            labels.place((100.0, 50.0), "城关镇", 10.0);
        }
        assert_eq!(labels.place((100.0, 50.0), "城关镇", 10.0), None);
        assert_eq!(labels.place_anyway((100.0, 50.0), "城关镇", 10.0), right);
    }
}
