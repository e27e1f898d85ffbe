"""vrp-cli: all cores. No times at which waste becomes ready."""

import json
from datetime import datetime, timedelta, timezone

import vrp_cli

from stated import ALWAYS

# Most trips of a vehicle and day.
TRIPS = 12


def solve(problem, seconds, cores):
    if problem.released:
        return None
    depot = {"index": 0}
    reload = {"location": depot, "duration": float(problem.unload or 0)}

    def job(place, stop):
        at = {"location": {"index": place}, "duration": float(stop.service)}
        if problem.timed:
            at["times"] = [[clock(stop.open), clock(stop.close)]]
        return {"id": str(place - 1), "pickups": [{"places": [at], "demand": [stop.demand]}]}

    def vehicles(at, kind):
        shift = {
            "start": {"earliest": clock(kind.open), "location": depot},
            "end": {"latest": clock(kind.close), "location": depot},
        }
        if problem.unload is not None:
            shift["reloads"] = [reload] * (TRIPS - 1)
            # Unloading after the last trip takes its time too.
            shift["end"]["latest"] = clock(min(kind.close, ALWAYS) - problem.unload)
        return {
            "typeId": str(at),
            "vehicleIds": [str(index) for index in problem.enough(kind)],
            "profile": {"matrix": "car"},
            "costs": {"fixed": float(kind.fixed), "distance": float(kind.per_m), "time": float(kind.per_s)},
            "shifts": [shift],
            "capacity": [kind.payload],
        }

    stated = {
        "plan": {"jobs": [job(place, stop) for place, stop in enumerate(problem.stops, 1)]},
        "fleet": {
            "vehicles": [vehicles(at, kind) for at, kind in enumerate(problem.types)],
            "profiles": [{"name": "car"}],
        },
        "objectives": [[{"type": "minimize-unassigned"}], [{"type": "minimize-cost"}]],
    }
    matrix = {
        "profile": "car",
        "travelTimes": problem.durations.ravel().tolist(),
        "distances": problem.distances.ravel().tolist(),
    }
    config = {
        "termination": {"maxTime": int(seconds), "maxGenerations": 100_000_000},
        "environment": {"parallelism": {"numThreadPools": 1, "threadsPerPool": cores}},
    }
    found = json.loads(vrp_cli.solve_pragmatic(problem=json.dumps(stated), matrices=[json.dumps(matrix)], config=json.dumps(config)))
    if found.get("unassigned"):
        return []
    return [(int(tour["vehicleId"]), trips(tour)) for tour in found["tours"]]


def clock(seconds):
    """An instant as text, counted from 1970."""
    at = datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(seconds=min(seconds, ALWAYS))
    return at.isoformat().replace("+00:00", "Z")


def trips(tour):
    """Stops between two unloadings."""
    found = [[]]
    for stop in tour["stops"]:
        for activity in stop["activities"]:
            if activity["type"] == "reload":
                found.append([])
            elif activity["type"] == "pickup":
                found[-1].append(int(activity["jobId"]))
    return [trip for trip in found if trip]
