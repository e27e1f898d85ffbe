"""Solves an instance of CVRPLIB with PyVRP: `peer.py FILE SECONDS SEED` prints the routes, each a list of stops from 0."""

import json
import sys

import pyvrp
from pyvrp.stop import MaxRuntime

file, seconds, seed = sys.argv[1], float(sys.argv[2]), int(sys.argv[3])
data = pyvrp.read(file, round_func="round")
result = pyvrp.solve(data, stop=MaxRuntime(seconds), seed=seed, display=False)
assert result.is_feasible()
print(json.dumps([[visit.idx for visit in route if visit.is_client()] for route in result.best.routes()]))
