//! Which file goes into which register, in the order of dependency.

/// One file that goes into one register.
pub struct Register {
    /// Service that keeps it.
    pub service: &'static str,
    /// Name of the register.
    pub name: &'static str,
    /// File in the county's folder, or the generated one of that name.
    pub file: &'static str,
    /// What people call it.
    pub display_name: &'static str,
}

const fn register(
    service: &'static str,
    name: &'static str,
    file: &'static str,
    display_name: &'static str,
) -> Register {
    Register {
        service,
        name,
        file,
        display_name,
    }
}

/// All registers of a county.
pub const REGISTERS: [Register; 23] = [
    register("villages", "divisions", "divisions", "行政区划"),
    register("villages", "villages", "villages", "村情"),
    register("villages", "groups", "groups", "村民小组、网格"),
    register("villages", "cadres", "cadres", "干部"),
    register("villages", "households", "households", "农户"),
    register("villages", "village_indicators", "village_indicators", "指标自报"),
    register("sanitation", "villages", "villages", "环卫服务区"),
    register("sanitation", "transfer_stations", "transfer_stations", "转运站"),
    register("sanitation", "plants", "plants", "焚烧厂"),
    register("sanitation", "vehicles", "vehicles", "收运车辆"),
    register("sanitation", "collection_points", "collection_points", "收集点"),
    register("sanitation", "bins", "bins", "垃圾桶"),
    register("sanitation", "hamlets", "hamlets", "自然村、居民组"),
    register("sanitation", "road_nodes", "road_nodes", "道路节点"),
    register("sanitation", "road_edges", "road_edges", "道路"),
    register("sanitation", "trips", "trips_30d", "收集车次"),
    register("sanitation", "trip_stops", "trip_stops_30d", "车次停靠"),
    register("sanitation", "transfers", "transfers_30d", "转运车次"),
    register("homestead", "households", "households", "缴费农户"),
    register("homestead", "cadres", "cadres", "包户干部"),
    register("homestead", "homesteads", "homesteads", "宗地"),
    register("homestead", "portfolios", "homesteads", "包户台账"),
    register("notifications", "recipients", "recipients", "通知对象"),
];
