"""Plans a station's day with PyVRP: `peer.py FILE SECONDS SEED` prints the routes, each a vehicle and its trips of stops from 0.

PyVRP spends a depot's service time when a vehicle leaves it, the engine when it arrives: shifts begin and end so much earlier here.
"""

import json
import sys

import numpy
import pyvrp
from pyvrp.stop import MaxRuntime

file, seconds, seed = sys.argv[1], float(sys.argv[2]), int(sys.argv[3])
with open(file, encoding="utf-8") as stated:
    day = json.load(stated)
unload_s = day["unload_s"]
data = pyvrp.ProblemData(
    locations=[pyvrp.Location(0, 0) for _ in day["distances"]],
    clients=[
        pyvrp.Client(
            place,
            pickup=[stop["demand"]],
            service_duration=stop["service"],
            tw_early=stop["open"],
            tw_late=stop["close"],
        )
        for place, stop in enumerate(day["stops"], 1)
    ],
    depots=[pyvrp.Depot(0, service_duration=unload_s)],
    vehicle_types=[
        pyvrp.VehicleType(
            1,
            [one["payload"]],
            fixed_cost=one["fixed"],
            tw_early=one["open"] - unload_s,
            tw_late=one["close"] - unload_s,
            unit_distance_cost=one["per_m"],
            unit_duration_cost=one["per_s"],
            reload_depots=[0],
        )
        for one in day["vehicles"]
    ],
    distance_matrices=[numpy.array(day["distances"])],
    duration_matrices=[numpy.array(day["durations"])],
)
result = pyvrp.solve(data, stop=MaxRuntime(seconds), seed=seed, display=False)
assert result.is_feasible(), "nothing feasible"


def trips(route):
    """Stops between two visits of the station."""
    found = [[]]
    for visit in route:
        if visit.is_client():
            found[-1].append(visit.idx)
        else:
            found.append([])
    return [trip for trip in found if trip]


print(json.dumps([[route.vehicle_type(), trips(route)] for route in result.best.routes()]))
