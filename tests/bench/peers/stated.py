"""A problem as the bench states it: one depot at place 0, then one place for each stop."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy

# Beyond any time of an instance, and within 32 bits.
ALWAYS = 2_000_000_000


@dataclass
class Stop:
    demand: int
    service: int
    release: int
    open: int
    close: int


@dataclass
class VehicleType:
    """Vehicles that are alike, by their indices."""

    vehicles: list
    payload: int
    open: int
    close: int
    fixed: int
    per_m: int
    per_s: int


class Problem:
    """Stops, vehicle types, matrices from place to place, and how long unloading takes between two trips, if there may be two."""

    def __init__(self, folder):
        stated = json.loads((Path(folder) / "problem.json").read_text(encoding="utf-8"))
        self.stops = [Stop(**stop) for stop in stated["stops"]]
        self.types = [VehicleType(**kind) for kind in stated["types"]]
        self.unload = stated["unload"]
        places = len(self.stops) + 1

        def matrix(name):
            return numpy.fromfile(Path(folder) / name, dtype="<u4").reshape(places, places)

        self.distances, self.durations = matrix("distances"), matrix("durations")

    @property
    def timed(self):
        """Whether any stop has a window."""
        return any(stop.open > 0 or stop.close < ALWAYS for stop in self.stops)

    @property
    def released(self):
        """Whether any stop is not ready from the beginning."""
        return any(stop.release > 0 for stop in self.stops)

    def enough(self, kind):
        """Vehicles of a type that any good solution leaves room among: some solvers slow down with each that stands idle."""
        demand = sum(stop.demand for stop in self.stops)
        return kind.vehicles[: demand * 5 // (kind.payload * 4) + 5]
