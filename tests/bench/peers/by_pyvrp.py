"""PyVRP: one core."""

import pyvrp
from pyvrp.stop import MaxRuntime



def solve(problem, seconds, seed):
    # PyVRP spends a depot's service time when a vehicle leaves it, the engine when it arrives: shifts begin and end so much earlier.
    unload = problem.unload or 0
    data = pyvrp.ProblemData(
        locations=[pyvrp.Location(0, 0) for _ in problem.distances],
        clients=[
            pyvrp.Client(
                place,
                pickup=[stop.demand],
                service_duration=stop.service,
                tw_early=stop.open,
                tw_late=stop.close,
                release_time=stop.release,
            )
            for place, stop in enumerate(problem.stops, 1)
        ],
        depots=[pyvrp.Depot(0, service_duration=unload)],
        vehicle_types=[
            pyvrp.VehicleType(
                len(kind.vehicles),
                [kind.payload],
                fixed_cost=kind.fixed,
                tw_early=kind.open - unload,
                tw_late=kind.close - unload,
                unit_distance_cost=kind.per_m,
                unit_duration_cost=kind.per_s,
                reload_depots=[] if problem.unload is None else [0],
            )
            for kind in problem.types
        ],
        distance_matrices=[problem.distances.astype("int64")],
        duration_matrices=[problem.durations.astype("int64")],
    )
    result = pyvrp.solve(data, stop=MaxRuntime(seconds), seed=seed, display=False)
    if not result.is_feasible():
        return []
    free = [list(kind.vehicles) for kind in problem.types]
    return [(free[route.vehicle_type()].pop(0), trips(route)) for route in result.best.routes()]


def trips(route):
    """Stops between two visits of the depot."""
    found = [[]]
    for visit in route:
        if visit.is_client():
            found[-1].append(visit.idx)
        else:
            found.append([])
    return [trip for trip in found if trip]
