//! Drivers' sheets (收运任务单) to be printed: HTML without anything from elsewhere, an A4 page or more for each vehicle.

use std::{collections::HashMap, fmt::Write as _};

use sanitation_core::{
    demand::Basis,
    route::{Relay, Stop, Trip},
    stream,
};
use time::Date;

use super::{
    reason,
    text::{apart, call, clock, escape, grouped, km},
};
use crate::store::{facilities::Facility, points::Point, routes::Route, vehicles::Vehicle};

const STYLE: &str = "\
@page{size:A4 portrait;margin:12mm 10mm}
*{box-sizing:border-box}
body{margin:0;font:12px/1.4 'Noto Sans CJK SC','Source Han Sans SC','Microsoft YaHei','PingFang SC',SimSun,sans-serif;color:#111}
section{break-after:page;padding:4mm 0;max-width:190mm;margin:0 auto}
section:last-child{break-after:auto}
h1{font-size:20px;letter-spacing:.3em;text-align:center;margin:0 0 8px}
h2{font-size:14px;margin:12px 0 4px;break-after:avoid}
table{width:100%;border-collapse:collapse}
th,td{border:1px solid #444;padding:2px 4px;text-align:left;vertical-align:top}
th{background:#eee;font-weight:600;white-space:nowrap}
thead{display:table-header-group}
tr{break-inside:avoid}
td.n,th.n{text-align:right;white-space:nowrap}
td.w{min-width:14mm}
tr.home td{font-weight:600;background:#f7f7f7}
tr.done td{color:#666}
small{color:#444}
.sign{margin-top:10mm}
.sign td{height:16mm;width:25%}
@media screen{body{background:#ddd}section{background:#fff;padding:10mm;margin:8mm auto;box-shadow:0 1px 6px #999}}
";

/// What the sheets tell.
pub struct Sheets<'a> {
    /// Day of the plan.
    pub date: Date,
    /// Routes, a sheet each.
    pub routes: &'a [Route],
    /// Vehicles by id.
    pub vehicles: &'a HashMap<String, Vehicle>,
    /// Stations by id.
    pub stations: &'a HashMap<String, Facility>,
    /// Points by id.
    pub points: &'a HashMap<String, Point>,
    /// Names of villages by code.
    pub villages: &'a HashMap<String, String>,
}

impl Sheets<'_> {
    /// The page. Writing into a text never fails.
    pub fn html(&self) -> String {
        let title = format!("收运任务单 {}", self.day());
        let mut html = format!(
            "<!DOCTYPE html>\n<html lang=\"zh-CN\">\n<head>\n<meta charset=\"utf-8\">\n<title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n"
        );
        for route in self.routes {
            self.sheet(route, &mut html);
        }
        html.push_str("</body>\n</html>\n");
        html
    }

    fn day(&self) -> String {
        let date = self.date;
        let weekday = ["一", "二", "三", "四", "五", "六", "日"][usize::from(date.weekday().number_days_from_monday())];
        format!(
            "{}年{}月{}日（星期{weekday}）",
            date.year(),
            u8::from(date.month()),
            date.day()
        )
    }

    fn sheet(&self, route: &Route, html: &mut String) {
        let station = self.stations.get(&route.station_id);
        let station_name = escape(station.map_or(&route.station_id, |station| &station.display_name));
        let vehicle = self.vehicles.get(&route.vehicle_id);
        let leaves = route
            .trips
            .first()
            .map_or_else(String::new, |trip| clock(trip.depart_s));
        let home = route.trips.last().map_or_else(String::new, |trip| clock(trip.arrive_s));
        let overtime = match route.overtime_s {
            0 => String::new(),
            seconds => format!("（加班 {} 分钟）", (seconds + 59) / 60),
        };
        let apart = apart(route.trips.first().map(Trip::stream).unwrap_or_default());
        let payload = vehicle.map_or_else(String::new, |vehicle| format!("{} 千克", grouped(vehicle.payload_kg)));
        let _ = write!(
            html,
            "<section>\n<h1>收运任务单{apart}</h1>\n<table>\n\
             <tr><th>日期</th><td>{}</td><th>车牌</th><td><b>{}</b></td><th>核定载质量</th><td>{payload}</td></tr>\n\
             <tr><th>驾驶员</th><td></td><th>跟车员</th><td></td><th>转运站</th><td>{station_name}</td></tr>\n\
             <tr><th>发车</th><td>{leaves}</td><th>末次到站</th><td>{home}{overtime}</td><th>合计</th><td>{} 车次，{} 千米，{} 千克</td></tr>\n\
             </table>\n",
            self.day(),
            escape(&route.plate),
            route.trips.len(),
            km(route.distance_m),
            grouped(route.load_kg),
        );
        for (number, trip) in (1..).zip(route.trips.iter()) {
            self.trip(number, trip, &station_name, html);
        }
        html.push_str(
            "<table class=\"sign\">\n<tr><th>驾驶员签字</th><th>跟车员签字</th><th>转运站签字</th><th>调度签字</th></tr>\n\
             <tr><td></td><td></td><td></td><td></td></tr>\n</table>\n</section>\n",
        );
    }

    fn trip(&self, number: usize, trip: &Trip, station: &str, html: &mut String) {
        let broken = if trip.broken_off {
            "（车辆故障，中止）"
        } else {
            ""
        };
        let _ = write!(
            html,
            "<h2>第 {number} 车次{broken}：{} 发车，{} 千米</h2>\n<table>\n<thead><tr><th class=\"n\">序</th><th>到达</th><th>村（社区）</th>\
             <th>收集点</th><th>可收时段</th><th class=\"n\">桶</th><th class=\"n\">应收千克</th><th class=\"n\">车上千克</th><th>依据</th>\
             <th>实收千克</th></tr></thead>\n<tbody>\n",
            clock(trip.depart_s),
            km(trip.distance_m),
        );
        let mut onboard_kg = 0;
        for (number, stop) in (1..).zip(&trip.stops) {
            pauses(trip, number - 1, html);
            onboard_kg += stop.load_kg;
            self.stop(number, stop, onboard_kg, html);
        }
        pauses(trip, trip.stops.len(), html);
        let (when, what) = if trip.broken_off {
            (String::new(), "载荷留在车上")
        } else {
            (clock(trip.arrive_s), "卸料、过磅")
        };
        let _ = write!(
            html,
            "<tr class=\"home\"><td></td><td>{when}</td><td colspan=\"4\">{station}：{what}</td><td class=\"n\">{}</td><td class=\"n\">0</td>\
             <td></td><td class=\"w\"></td></tr>\n</tbody>\n</table>\n",
            grouped(trip.load_kg),
        );
    }

    fn stop(&self, number: usize, stop: &Stop, onboard_kg: i64, html: &mut String) {
        let village = self
            .villages
            .get(&stop.village)
            .map_or(stop.village.as_str(), String::as_str);
        let point = stream::parts(&stop.point).and_then(|(point, _)| self.points.get(point));
        let window = point.map_or_else(String::new, |point| {
            format!(
                "{}–{}",
                clock(point.window_opens_s.into()),
                clock(point.window_closes_s.into())
            )
        });
        let relays: String = stop.relays.iter().map(relayed).collect();
        let (class, done) = if stop.executed {
            (" class=\"done\"", "已收")
        } else {
            ("", "")
        };
        let _ = writeln!(
            html,
            "<tr{class}><td class=\"n\">{number}</td><td>{}</td><td>{}</td><td>{}{relays}</td><td>{window}</td><td class=\"n\">{}</td>\
             <td class=\"n\">{}</td><td class=\"n\">{}</td><td>{}</td><td class=\"w\">{done}</td></tr>",
            clock(stop.arrive_s),
            escape(village),
            call(&stop.point),
            stop.bins,
            grouped(stop.load_kg),
            grouped(onboard_kg),
            basis(stop.basis),
        );
    }
}

/// Breaks and rests after so many stops of a trip.
fn pauses(trip: &Trip, after: usize, html: &mut String) {
    for pause in trip.pauses.iter().filter(|pause| pause.after == after) {
        let (begin, end) = (clock(pause.begin_s), clock(pause.end_s));
        let _ = writeln!(
            html,
            "<tr class=\"home\"><td></td><td>{begin}</td><td colspan=\"8\">{} {begin}–{end}</td></tr>",
            reason(pause)
        );
    }
}

/// A point whose waste is brought to the stop.
fn relayed(relay: &Relay) -> String {
    let by = if relay.needs_motor {
        "小型机动车"
    } else {
        "手推车"
    };
    format!(
        "<br><small>{by}归集 {}：{} 米，{} 千克</small>",
        call(&relay.point),
        grouped(relay.distance_m),
        relay.load_kg
    )
}

/// What the load of a stop rests on.
const fn basis(basis: Option<Basis>) -> &'static str {
    match basis {
        Some(Basis::Weighed) => "本村称重",
        Some(Basis::Township) => "乡镇称重",
        Some(Basis::Population) => "人口",
        Some(Basis::Declared) | None => "名册",
    }
}
