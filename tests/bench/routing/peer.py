"""Solves an instance of VRPLIB with PyVRP: `peer.py FILE ROUNDING SECONDS SEED` prints the routes, each with the capacity,
fixed cost and cost per distance of its vehicle and with its trips, lists of stops from 0; nothing when it finds none."""

import json
import sys

import pyvrp
from pyvrp.stop import MaxRuntime

file, rounding, seconds, seed = sys.argv[1], sys.argv[2], float(sys.argv[3]), int(sys.argv[4])
data = pyvrp.read(file, round_func=rounding)
result = pyvrp.solve(data, stop=MaxRuntime(seconds), seed=seed, display=False)
routes = []
for route in result.best.routes() if result.is_feasible() else []:
    vehicle = data.vehicle_type(route.vehicle_type())
    trips, stops = [], []
    for visit in route:
        if visit.is_client():
            stops.append(visit.idx)
        elif stops:
            trips.append(stops)
            stops = []
    trips += [stops] if stops else []
    routes.append([vehicle.capacity[0], vehicle.fixed_cost, vehicle.unit_distance_cost, trips])
print(json.dumps(routes))
