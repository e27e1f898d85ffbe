"""Solves what the bench states: `python peers SOLVER FOLDER SECONDS N` prints the routes, each a vehicle and its trips of stops from
0; an empty list when the solver finds nothing feasible, `null` when it cannot express the problem. N is the seed of a solver that
uses one core, and the number of cores of one that uses several."""

import importlib
import json
import os
import sys

from stated import Problem

solver, folder, seconds, number = sys.argv[1], sys.argv[2], float(sys.argv[3]), int(sys.argv[4])
# What solvers print, some past Python, is not the answer.
answer = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)
routes = importlib.import_module(f"by_{solver}").solve(Problem(folder), seconds, number)
print(json.dumps(routes), file=answer)
