//! A plan as a map: SVG without anything from elsewhere. Each vehicle has a colour, each trip a line, each stop a dot of the size of
//! its load; labels give way to each other.

mod labels;
mod scene;

use std::{collections::HashMap, fmt::Write as _};

use sanitation_core::{geo::Position, route::Trip};
use sqlx::types::Json;
use time::Date;

use self::{
    labels::Labels,
    scene::{Scene, colour},
};
use super::text::{apart, call, clock, escape, grouped, km};
use crate::store::{
    areas::Area,
    facilities::Facility,
    routes::{Lines, Route, Unserved},
};

/// Width of the column beside the map.
const LEGEND: f64 = 400.0;
/// Height of a line of the legend.
const LINE: f64 = 20.0;
const FONT: &str =
    "'Noto Sans CJK SC','Source Han Sans SC','Microsoft YaHei','PingFang SC','WenQuanYi Zen Hei',SimHei,sans-serif";

/// What is drawn.
pub struct Map<'a> {
    /// Day of the plan.
    pub date: Date,
    /// Routes.
    pub routes: &'a [Route],
    /// Where trips drive, by the ordinal of the route; straight lines without.
    pub lines: &'a HashMap<i32, Json<Lines>>,
    /// Points left unserved.
    pub unserved: &'a [Unserved],
    /// Stations of the routes.
    pub stations: &'a [Facility],
    /// Villages to be named where there is room.
    pub villages: &'a [Area],
}

impl Map<'_> {
    /// The drawing. Writing into a text never fails.
    pub fn svg(&self) -> String {
        let rows = self.routes.len() + self.stations.len();
        #[expect(clippy::cast_precision_loss, reason = "a few hundred lines")]
        let legend_height = 250.0 + LINE * rows as f64;
        let scene = Scene::of(&self.positions(), legend_height);
        let (width, height) = (scene.width + LEGEND, scene.height);
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {height:.0}\" width=\"{width:.0}\" height=\"{height:.0}\" \
             font-family=\"{FONT}\" font-size=\"12\" role=\"img\" aria-label=\"{title}\">\n\
             <rect width=\"{width:.0}\" height=\"{height:.0}\" fill=\"#ffffff\"/>\n\
             <rect width=\"{map:.0}\" height=\"{height:.0}\" fill=\"#f6f4ee\"/>\n",
            title = self.title(),
            map = scene.width,
        );
        self.draw_lines(&scene, &mut svg);
        self.draw_stops(&scene, &mut svg);
        self.draw_unserved(&scene, &mut svg);
        self.draw_names(&scene, &mut svg);
        scene.draw_scale(&mut svg);
        self.draw_legend(scene.width + 20.0, &mut svg);
        svg.push_str("</svg>\n");
        svg
    }

    fn title(&self) -> String {
        let date = self.date;
        format!(
            "生活垃圾收运路线图 {}年{}月{}日",
            date.year(),
            u8::from(date.month()),
            date.day()
        )
    }

    fn positions(&self) -> Vec<Position> {
        let stops = self
            .routes
            .iter()
            .flat_map(|route| route.trips.iter())
            .flat_map(|trip| &trip.stops);
        let unserved = self.unserved.iter().map(|point| Position {
            lng: point.lng,
            lat: point.lat,
        });
        let stations = self.stations.iter().map(|station| Position {
            lng: station.lng,
            lat: station.lat,
        });
        let lines = self.lines.values().flat_map(|lines| lines.iter()).flatten();
        let lines = lines.map(|[lng, lat]| Position { lng: *lng, lat: *lat });
        stops
            .map(|stop| stop.position)
            .chain(unserved)
            .chain(stations)
            .chain(lines)
            .collect()
    }

    fn station(&self, id: &str) -> Option<&Facility> {
        self.stations.iter().find(|station| station.facility_id == id)
    }

    fn draw_lines(&self, scene: &Scene, svg: &mut String) {
        svg.push_str("<g fill=\"none\" stroke-width=\"1.6\" stroke-linejoin=\"round\" stroke-opacity=\"0.85\">\n");
        for (index, route) in self.routes.iter().enumerate() {
            let home = self
                .station(&route.station_id)
                .map(|station| [station.lng, station.lat]);
            let drawn = self.lines.get(&route.ordinal);
            for (trip_index, trip) in route.trips.iter().enumerate() {
                let stops = trip.stops.iter().map(|stop| [stop.position.lng, stop.position.lat]);
                let back = home.filter(|_| !trip.broken_off);
                let line: Vec<[f64; 2]> = match drawn.and_then(|lines| lines.get(trip_index)) {
                    Some(line) => line.clone(),
                    None => home.into_iter().chain(stops).chain(back).collect(),
                };
                let dash = ["", " stroke-dasharray=\"7 3\"", " stroke-dasharray=\"2 3\""][trip_index.min(2)];
                let _ = writeln!(
                    svg,
                    "<path d=\"{}\" stroke=\"{}\"{dash}><title>{}{} 第{}车次 {} 千米 {} 千克</title></path>",
                    scene.path(&line),
                    colour(index),
                    escape(&route.plate),
                    apart(trip.stream()),
                    trip_index + 1,
                    km(trip.distance_m),
                    grouped(trip.load_kg),
                );
            }
        }
        svg.push_str("</g>\n");
    }

    fn draw_stops(&self, scene: &Scene, svg: &mut String) {
        let names: HashMap<&str, &str> = (self.villages.iter())
            .map(|area| (area.division_code.as_str(), area.display_name.as_str()))
            .collect();
        svg.push_str("<g stroke=\"#ffffff\" stroke-width=\"0.6\">\n");
        for (index, route) in self.routes.iter().enumerate() {
            for stop in route.trips.iter().flat_map(|trip| &trip.stops) {
                let (x, y) = scene.at(stop.position);
                #[expect(clippy::cast_precision_loss, reason = "kilograms of a stop")]
                let radius = (2.0 + (stop.load_kg as f64).sqrt() / 12.0).min(6.0);
                let _ = writeln!(
                    svg,
                    "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{radius:.1}\" fill=\"{}\"><title>{} {} {} {} 千克</title></circle>",
                    colour(index),
                    escape(names.get(stop.village.as_str()).copied().unwrap_or_default()),
                    call(&stop.point),
                    clock(stop.arrive_s),
                    grouped(stop.load_kg),
                );
            }
        }
        svg.push_str("</g>\n");
    }

    fn draw_unserved(&self, scene: &Scene, svg: &mut String) {
        svg.push_str("<g stroke=\"#d00000\" stroke-width=\"2\">\n");
        for point in self.unserved {
            let (x, y) = scene.at(Position {
                lng: point.lng,
                lat: point.lat,
            });
            let _ = writeln!(
                svg,
                "<path d=\"M{:.1} {:.1}l8 8m0 -8l-8 8\"><title>未排入 {} {} 千克</title></path>",
                x - 4.0,
                y - 4.0,
                call(&point.call_id),
                grouped(point.load_kg),
            );
        }
        svg.push_str("</g>\n");
    }

    /// Stations with their names, and the names of villages where there is room.
    fn draw_names(&self, scene: &Scene, svg: &mut String) {
        let mut labels = Labels::within(scene.width, scene.height);
        svg.push_str("<g paint-order=\"stroke\" stroke=\"#f6f4ee\" stroke-width=\"3\" stroke-linejoin=\"round\">\n");
        for station in self.stations {
            let at = scene.at(Position {
                lng: station.lng,
                lat: station.lat,
            });
            labels.reserve(at, 8.0);
            let _ = writeln!(
                svg,
                "<rect x=\"{:.1}\" y=\"{:.1}\" width=\"12\" height=\"12\" fill=\"#111111\" stroke=\"#ffffff\" stroke-width=\"2\"/>",
                at.0 - 6.0,
                at.1 - 6.0,
            );
        }
        for station in self.stations {
            let at = scene.at(Position {
                lng: station.lng,
                lat: station.lat,
            });
            let (x, y) = labels.place_anyway(at, &station.display_name, 14.0);
            let name = escape(&station.display_name);
            let _ = writeln!(
                svg,
                "<text x=\"{x:.1}\" y=\"{y:.1}\" font-size=\"14\" font-weight=\"bold\" fill=\"#111111\">{name}</text>"
            );
        }
        for village in self.villages {
            let at = scene.at(Position {
                lng: village.lng,
                lat: village.lat,
            });
            if let Some((x, y)) = labels.place(at, &village.display_name, 10.0) {
                let name = escape(&village.display_name);
                let _ = writeln!(
                    svg,
                    "<text x=\"{x:.1}\" y=\"{y:.1}\" font-size=\"10\" fill=\"#555555\">{name}</text>"
                );
            }
        }
        svg.push_str("</g>\n");
    }

    fn draw_legend(&self, left: f64, svg: &mut String) {
        let trips = self.routes.iter().flat_map(|route| route.trips.iter());
        let (mut trip_count, mut stop_count, mut load_kg) = (0_usize, 0_usize, 0);
        for trip in trips {
            trip_count += 1;
            stop_count += trip.stops.len();
            load_kg += trip.load_kg;
        }
        let metres: i64 = self.routes.iter().map(|route| route.distance_m).sum();
        let sums = [
            format!("{} 辆车，{trip_count} 车次，{} 千米", self.routes.len(), km(metres)),
            format!(
                "{} 个停靠点，{} 千克，未排入 {} 个点",
                stop_count,
                grouped(load_kg),
                self.unserved.len()
            ),
        ];
        let mut y = 34.0;
        let _ = writeln!(
            svg,
            "<text x=\"{left:.0}\" y=\"{y:.0}\" font-size=\"19\" font-weight=\"bold\">{}</text>",
            self.title()
        );
        for sum in sums {
            y += 24.0;
            let _ = writeln!(svg, "<text x=\"{left:.0}\" y=\"{y:.0}\" font-size=\"14\">{sum}</text>");
        }
        y += 14.0;
        y = draw_symbols(left, y, svg);
        let mut station = "";
        for (index, route) in self.routes.iter().enumerate() {
            if route.station_id != station {
                station = &route.station_id;
                y += LINE + 4.0;
                let name = self.station(station).map_or(station, |found| &found.display_name);
                let _ = writeln!(
                    svg,
                    "<text x=\"{left:.0}\" y=\"{y:.0}\" font-size=\"13\" font-weight=\"bold\">{}</text>",
                    escape(name)
                );
            }
            y += LINE - 1.0;
            let (ends, text) = (left + 26.0, left + 34.0);
            let _ = writeln!(
                svg,
                "<path d=\"M{left:.0} {bar:.0}H{ends:.0}\" stroke=\"{}\" stroke-width=\"6\"/><text x=\"{text:.0}\" y=\"{y:.0}\">{}</text>\
                 <text x=\"{:.0}\" y=\"{y:.0}\" fill=\"#444444\">{} 车次 · {} 千米 · {} 千克{}</text>",
                colour(index),
                escape(&route.plate),
                left + 125.0,
                route.trips.len(),
                km(route.distance_m),
                grouped(route.load_kg),
                apart(route.trips.first().map(Trip::stream).unwrap_or_default()),
                bar = y - 4.0,
            );
        }
    }
}

/// What the signs mean; answers where they end.
fn draw_symbols(left: f64, top: f64, svg: &mut String) -> f64 {
    let text = left + 34.0;
    let mut y = top + 18.0;
    let _ = writeln!(
        svg,
        "<rect x=\"{:.0}\" y=\"{:.0}\" width=\"12\" height=\"12\" fill=\"#111111\"/><text x=\"{text:.0}\" y=\"{y:.0}\">垃圾转运站</text>",
        left + 7.0,
        y - 11.0,
    );
    y += LINE;
    let _ = writeln!(
        svg,
        "<circle cx=\"{:.0}\" cy=\"{:.0}\" r=\"3\" fill=\"#666666\"/><circle cx=\"{:.0}\" cy=\"{:.0}\" r=\"5\" fill=\"#666666\"/>\
         <text x=\"{text:.0}\" y=\"{y:.0}\">收集点，圆点越大载荷越多，颜色为车辆</text>",
        left + 6.0,
        y - 4.0,
        left + 18.0,
        y - 4.0,
    );
    y += LINE;
    let _ = writeln!(
        svg,
        "<path d=\"M{:.0} {:.0}l8 8m0 -8l-8 8\" stroke=\"#d00000\" stroke-width=\"2\"/><text x=\"{text:.0}\" y=\"{y:.0}\">未排入的收集点</text>",
        left + 9.0,
        y - 9.0,
    );
    for (dash, words) in [
        ("", "第 1 车次"),
        (" stroke-dasharray=\"7 3\"", "第 2 车次"),
        (" stroke-dasharray=\"2 3\"", "第 3 车次及以后"),
    ] {
        y += LINE;
        let _ = writeln!(
            svg,
            "<path d=\"M{left:.0} {:.0}h26\" stroke=\"#333333\" stroke-width=\"1.8\"{dash}/><text x=\"{text:.0}\" y=\"{y:.0}\">{words}</text>",
            y - 4.0,
        );
    }
    y
}

#[cfg(test)]
mod tests;
