// Run a traced graph in the page, without the kernel, and say where it has no value. Joined after graph_operations.js.
//
// A graph is planned once: each node gets room for its numbers and a small function that fills it; a run calls these
// functions one after another: 100 operations on arrays of 400 numbers take about 0.3 ms, on single numbers 2 us.

export const { loadGraph, domainProblem } = (() => {
  const { OPERATIONS, KEPT, contents, product, readNumbers, refuse } = graphOperations;
  const shapeText = (shape) => `(${shape.join(", ")}${shape.length === 1 ? "," : ""})`;

  /** The places in a nested argument or result, from left to right. */
  function placesIn(structure) {
    if (structure === null) return [];
    if (typeof structure === "number") return [structure];
    return (structure.tuple ?? structure.list ?? structure.dict.map(([, one]) => one)).flatMap(placesIn);
  }

  /** Where a node's shape and number type stand; a constant that is Python's own number has no type, as in NumPy. */
  const about = (node) => (node.kind === "constant" ? (contents(node.value) ?? {}) : node);

  /** A node's shape, number type, room and, for an operation, the function that fills the room. */
  function planned(node, before) {
    const { shape = [], dtype } = about(node);
    if (shape.length > 0 && product(shape) !== Math.max(...shape)) {
      refuse(`the shape is ${shapeText(shape)}, and only numbers and one-dimensional arrays can run there`);
    }
    if (dtype !== undefined && !(dtype in KEPT)) refuse(`the numbers are of type ${dtype}, which is unknown there`);
    if (node.kind === "constant") return { shape, dtype, data: readNumbers(node.value) };
    const keep = KEPT[dtype];
    const out = new Float64Array(product(shape));
    if (node.kind === "input") return { shape, dtype, keep, data: out };
    const { make, takes } = OPERATIONS[node.kind] ?? refuse("the operation is unknown there");
    const parameters = node.parameters ?? {};
    const unknown = Object.keys(parameters).filter((name) => !takes.includes(name));
    if (unknown.length > 0) refuse(`the parameter ${unknown[0]} is unknown there`);
    const from = node.inputs.map((place) => before[place]);
    const single = [dtype, ...from.map((one) => one.dtype)].includes("float32") && ["float32", "bool"].includes(dtype);
    const inputs = from.map((one) => (single && one.dtype === undefined ? one.data.map(Math.fround) : one.data));
    const fill = make({ inputs, shapes: from.map((one) => one.shape), out, shape, parameters, keep });
    const fillAndKeep = () => {
      fill();
      for (let at = 0; at < out.length; at += 1) out[at] = keep(out[at]);
    };
    return { shape, dtype, data: out, fill: keep ? fillAndKeep : fill };
  }

  /** Put a value into the room of an input. */
  function take({ shape, keep, data }, name, value) {
    if (value === undefined || value === null) throw new Error(`The graph needs a value for ${name}.`);
    const isNumber = typeof value === "number" || typeof value === "boolean";
    const given = isNumber ? [value] : value;
    if (isNumber !== (shape.length === 0) || given.length !== data.length) {
      const got = isNumber ? "a single number" : `${given.length} numbers`;
      throw new Error(`The graph was traced with ${name} of shape ${shapeText(shape)}, and got ${got}.`);
    }
    data.set(given);
    if (keep) data.set(data.map(keep));
  }

  /** The graph of `json`, which is what `Graph.to_json()` wrote, parsed. It has

      inputs       the names of the inputs, from left to right in the arguments
      outputs      the places of the results, from left to right in the result
      nodes        the nodes as the JSON has them
      run(values)  the results, in a list
      all(values)  the value of every node, in a list

      `values` is a list in the order of `inputs`, or an object by their names. A value is a number where the shape is
      (), else a Float64Array (a list will do); what comes back is the caller's own. True is 1. Where an operation has
      no value it gives nan or inf: see domainProblem. Throws an Error that names the first node that can't run here. */
  function loadGraph(json) {
    const plan = [];
    json.nodes.forEach((node, place) => {
      try {
        plan.push(planned(node, plan));
      } catch (error) {
        const where = `in node ${place} (${node.name ? `${node.name}, ` : ""}${node.kind})`;
        throw new Error(`The graph ${json.title} can't run in the page: ${where} ${error.message}.`, { cause: error });
      }
    });
    const steps = plan.flatMap((one) => one.fill ?? []);
    const places = json.arguments.flatMap(([, one]) => placesIn(one));
    const inputs = places.map((place) => json.nodes[place].name);
    const outputs = placesIn(json.result);
    const read = (place) => (plan[place].shape.length > 0 ? plan[place].data.slice() : plan[place].data[0]);
    const runAll = (values) => {
      const given = Array.isArray(values) ? values : inputs.map((name) => values[name]);
      places.forEach((place, at) => take(plan[place], inputs[at], given[at]));
      for (const step of steps) step();
    };
    return {
      inputs,
      outputs,
      nodes: json.nodes,
      run(values) {
        runAll(values);
        return outputs.map(read);
      },
      all(values) {
        runAll(values);
        return plan.map((_, place) => read(place));
      },
    };
  }

  /** A number as Python writes it. */
  function numberText(x, dtype = "float64") {
    if (dtype === "bool") return x ? "True" : "False";
    if (!dtype.startsWith("float")) return String(x);
    if (!Number.isFinite(x)) return String(x).replace("Infinity", "inf").replace("NaN", "nan");
    const [digits, exponent] = x.toExponential().split("e");
    const power = String(Math.abs(exponent)).padStart(2, "0");
    if (exponent < -4 || exponent >= 16) return `${digits}e${exponent < 0 ? "-" : "+"}${power}`;
    return `${Object.is(x, -0) ? "-" : ""}${x}${Number.isInteger(x) ? ".0" : ""}`;
  }

  /** Which operation of `graph` has no value at `values`, and why, in the words of the kernel's DomainError; "" where
      all have one. `checks` is the graph that `domains(graph)` gave, loaded, and `conditions` the list that it gave. */
  function domainProblem(graph, checks, conditions, values) {
    const truths = checks.run(values).map((one) => (typeof one === "number" ? [one] : one));
    const failed = truths.findIndex((one) => one.includes(0));
    if (failed < 0) return "";
    const at = truths[failed].indexOf(0);
    const { shape = [] } = about(checks.nodes[checks.outputs[failed]]);
    const index = shape.map((length) => (length > 1 ? at : 0)).join(", ");
    const [place, message] = conditions[failed];
    const all = graph.all(values);
    const numbers = graph.nodes[place].inputs.map((one) => {
      const elements = typeof all[one] === "number" ? [all[one]] : all[one];
      return numberText(elements[elements.length > 1 ? at : 0], about(graph.nodes[one]).dtype);
    });
    const slots = { place: index && `, at index ${index},`, ...numbers };
    return message.replace(/\{(\w+)\}/g, (_, slot) => slots[slot]);
  }

  return { loadGraph, domainProblem };
})();
