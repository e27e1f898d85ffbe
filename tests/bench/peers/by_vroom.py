"""VROOM: all cores. It ends by itself when its search is exhausted. Single trips only."""

from datetime import timedelta

import vroom



def solve(problem, seconds, cores):
    if problem.unload is not None or problem.released:
        return None
    stated = vroom.Input()
    stated.set_durations_matrix(profile="car", matrix_input=problem.durations)
    stated.set_distances_matrix(profile="car", matrix_input=problem.distances)
    for kind in problem.types:
        costs = vroom.VehicleCosts(fixed=kind.fixed, per_hour=kind.per_s * 3_600, per_km=kind.per_m * 1_000)
        window = vroom.TimeWindow(kind.open, kind.close) if problem.timed else vroom.TimeWindow()
        for index in problem.enough(kind):
            stated.add_vehicle(
                vroom.Vehicle(index, start=0, end=0, capacity=[kind.payload], time_window=window, costs=costs)
            )
    for place, stop in enumerate(problem.stops, 1):
        windows = [vroom.TimeWindow(stop.open, stop.close)] if problem.timed else []
        stated.add_job(vroom.Job(place, location=place, pickup=[stop.demand], default_service=stop.service, time_windows=windows))
    found = stated.solve(exploration_level=5, nb_threads=cores, timeout=timedelta(seconds=seconds))
    if found.summary.unassigned:
        return []
    routes = {}
    steps = found.routes
    for vehicle, kind, job in zip(steps["vehicle_id"], steps["type"], steps["id"]):
        if kind == "job":
            routes.setdefault(int(vehicle), []).append(int(job) - 1)
    return [(vehicle, [stops]) for vehicle, stops in routes.items()]
