// A program that page_program.py made: a graph, and the conditions under which it has values.

/** Plan the program; `run(values)` gives the numbers of the graph's results and, where there are none, why. */
function makeProgram({ graph, checks, conditions }) {
  const planned = loadGraph(graph);
  const plannedChecks = conditions.length ? loadGraph(checks) : null;
  return {
    run(values) {
      const problem = plannedChecks ? domainProblem(planned, plannedChecks, conditions, values) : "";
      return { numbers: problem ? [] : planned.run(values), problem };
    },
  };
}
