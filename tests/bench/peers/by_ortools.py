"""OR-Tools: one core; it knows no seed, so each begins another way. Single trips only."""

from ortools.constraint_solver import pywrapcp, routing_enums_pb2

from stated import ALWAYS

BEGIN = ["SAVINGS", "PATH_CHEAPEST_ARC", "PARALLEL_CHEAPEST_INSERTION"]


def solve(problem, seconds, seed):
    if problem.unload is not None or problem.released:
        return None
    vehicles = [(index, kind) for kind in problem.types for index in problem.enough(kind)]
    nodes = len(problem.stops) + 1
    manager = pywrapcp.RoutingIndexManager(nodes, len(vehicles), 0)
    model = pywrapcp.RoutingModel(manager)
    metres = {}
    service = [0] + [stop.service for stop in problem.stops]
    durations = problem.durations.astype("int64") + [[spent] for spent in service]
    timed = problem.timed or any(kind.per_s for kind in problem.types)
    if timed:
        model.AddDimension(model.RegisterTransitMatrix(durations.tolist()), ALWAYS, ALWAYS, False, "time")
        time = model.GetDimensionOrDie("time")
        for place, stop in enumerate(problem.stops, 1):
            time.CumulVar(manager.NodeToIndex(place)).SetRange(stop.open, min(stop.close, ALWAYS))
    for at, (_, kind) in enumerate(vehicles):
        if kind.per_m not in metres:
            metres[kind.per_m] = model.RegisterTransitMatrix((problem.distances.astype("int64") * kind.per_m).tolist())
        model.SetArcCostEvaluatorOfVehicle(metres[kind.per_m], at)
        model.SetFixedCostOfVehicle(kind.fixed, at)
        if timed:
            time.CumulVar(model.Start(at)).SetRange(kind.open, min(kind.close, ALWAYS))
            time.CumulVar(model.End(at)).SetRange(kind.open, min(kind.close, ALWAYS))
            time.SetSpanCostCoefficientForVehicle(kind.per_s, at)
    load = model.RegisterUnaryTransitVector([0] + [stop.demand for stop in problem.stops])
    model.AddDimensionWithVehicleCapacity(load, 0, [kind.payload for _, kind in vehicles], True, "load")
    how = pywrapcp.DefaultRoutingSearchParameters()
    begin = BEGIN[(seed - 1) % len(BEGIN)]
    how.first_solution_strategy = getattr(routing_enums_pb2.FirstSolutionStrategy, begin)
    how.local_search_metaheuristic = routing_enums_pb2.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
    how.time_limit.FromMilliseconds(int(seconds * 1_000))
    found = model.SolveWithParameters(how)
    return [route for at, (index, _) in enumerate(vehicles) if (route := followed(model, manager, found, at, index))] if found else []


def followed(model, manager, found, at, index):
    """The route of a vehicle, if it has one."""
    stops, here = [], found.Value(model.NextVar(model.Start(at)))
    while not model.IsEnd(here):
        stops.append(manager.IndexToNode(here) - 1)
        here = found.Value(model.NextVar(here))
    return (index, [stops]) if stops else None
