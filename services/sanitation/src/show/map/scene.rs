//! Where things are on the paper.

use std::fmt::Write as _;

use sanitation_core::geo::{Position, distance_m};

const WIDTH: f64 = 1_300.0;
const MARGIN: f64 = 40.0;
/// The map is at most so many times as high as wide.
const HIGHEST: f64 = 1.6;

/// A map of some positions.
pub struct Scene {
    /// Width of the map.
    pub width: f64,
    /// Height of the map and what is beside it.
    pub height: f64,
    middle: Position,
    /// Degrees of latitude to units of the paper.
    scale: f64,
    /// How much shorter a degree of longitude is.
    narrow: f64,
}

impl Scene {
    /// The largest map on which all positions are, at least so high.
    pub fn of(positions: &[Position], least_height: f64) -> Self {
        let mut bounds: Option<(Position, Position)> = None;
        for at in positions {
            let (low, high) = bounds.get_or_insert((*at, *at));
            (low.lng, low.lat) = (low.lng.min(at.lng), low.lat.min(at.lat));
            (high.lng, high.lat) = (high.lng.max(at.lng), high.lat.max(at.lat));
        }
        let nowhere = Position { lng: 0.0, lat: 0.0 };
        let (low, high) = bounds.unwrap_or((nowhere, nowhere));
        let middle = Position {
            lng: f64::midpoint(low.lng, high.lng),
            lat: f64::midpoint(low.lat, high.lat),
        };
        let narrow = middle.lat.to_radians().cos().max(0.01);
        // A single place is shown with a kilometre around it.
        let wide = ((high.lng - low.lng) * narrow).max(0.02);
        let high = (high.lat - low.lat).max(0.02);
        let room = WIDTH - 2.0 * MARGIN;
        let scale = (room / wide).min(WIDTH * HIGHEST / high);
        Self {
            width: WIDTH,
            height: (high * scale + 2.0 * MARGIN).max(least_height),
            middle,
            scale,
            narrow,
        }
    }

    /// Where a position is.
    pub fn at(&self, position: Position) -> (f64, f64) {
        let x = (position.lng - self.middle.lng) * self.narrow * self.scale + self.width / 2.0;
        let y = (self.middle.lat - position.lat) * self.scale + self.height / 2.0;
        (x, y)
    }

    /// A line over positions.
    pub fn path(&self, line: &[[f64; 2]]) -> String {
        let mut path = String::new();
        for (index, [lng, lat]) in line.iter().enumerate() {
            let (x, y) = self.at(Position { lng: *lng, lat: *lat });
            let letter = if index == 0 { 'M' } else { 'L' };
            let _ = write!(path, "{letter}{x:.1} {y:.1}");
        }
        path
    }

    /// A bar of a round length, and where north is.
    pub fn draw_scale(&self, svg: &mut String) {
        let east = Position {
            lng: self.middle.lng + 1.0,
            ..self.middle
        };
        #[expect(clippy::cast_precision_loss, reason = "metres of a degree")]
        let metre = self.narrow * self.scale / distance_m(self.middle, east).max(1) as f64;
        let lengths = [100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000];
        let long = |metres: &i32| f64::from(*metres) * metre;
        let metres = lengths
            .iter()
            .rev()
            .find(|metres| long(metres) <= 240.0)
            .copied()
            .unwrap_or(100);
        let (left, bottom, ends) = (MARGIN, self.height - 24.0, MARGIN + long(&metres));
        let name = if metres < 1_000 {
            format!("{metres} 米")
        } else {
            format!("{} 千米", metres / 1_000)
        };
        let _ = writeln!(
            svg,
            "<path d=\"M{left:.1} {:.1}v8H{ends:.1}v-8\" fill=\"none\" stroke=\"#222222\" stroke-width=\"2\"/>\
             <text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{name}</text>\
             <path d=\"M{left:.1} 66l8 -26l8 26l-8 -7z\" fill=\"#222222\"/><text x=\"{:.1}\" y=\"32\" font-size=\"14\">北</text>",
            bottom - 8.0,
            f64::midpoint(left, ends),
            bottom - 12.0,
            left + 1.0,
        );
    }
}

/// The colour of a vehicle by its number: hues as far apart as can be, in turn darker and lighter.
pub fn colour(index: usize) -> String {
    #[expect(clippy::cast_precision_loss, reason = "a few hundred vehicles")]
    let hue = (index as f64 * 137.508) % 360.0;
    let (saturation, lightness) = [(0.75, 0.40), (0.65, 0.52), (0.85, 0.33)][index % 3];
    let [red, green, blue] = [0.0, 8.0, 4.0].map(|part| {
        let step = (part + hue / 30.0) % 12.0;
        let chroma = saturation * f64::min(lightness, 1.0 - lightness);
        let value = lightness - chroma * (step - 3.0).min(9.0 - step).clamp(-1.0, 1.0);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 255")]
        let level = (value * 255.0).round() as u8;
        level
    });
    format!("#{red:02x}{green:02x}{blue:02x}")
}
