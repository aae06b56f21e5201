// The operations of a traced graph on numbers and one-dimensional arrays (also of shapes such as (1, n)): the value of
// each, computed as the engine does, and no derivative, since derivatives reach the page as graphs.
//
// All is inside one function, so that no name clashes with those of the files that are joined with this one.

const graphOperations = (() => {
  const range = (n) => Array.from({ length: n }, (_, at) => at);
  const named = (names, entry) => Object.fromEntries(names.map((name) => [name, entry(name)]));
  const product = (numbers) => numbers.reduce((all, one) => all * one, 1);

  function refuse(why) {
    throw new Error(why);
  }

  // What a number type keeps of a number (null: all of it). Whole numbers are exact up to 2**53 and never wrap around.
  const KEPT = {
    __proto__: null,
    float64: null,
    float32: Math.fround,
    bool: (x) => x !== 0,
    ...named(["int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"], () => Math.trunc),
  };

  // Operations on single numbers that JavaScript lacks, or computes in another way than NumPy.

  const maximum = (a, b) => (a > b || Number.isNaN(a) ? a : b);
  const minimum = (a, b) => (a < b || Number.isNaN(a) ? a : b);
  const power = (x, n) => (x === 1 || (x === -1 && Math.abs(n) === Infinity) ? 1 : x ** n);
  const powerOfAll = (x, n) => (n === 0.5 ? Math.sqrt(x) : power(x, n)); // one exponent for an array

  function roundHalfEven(x) {
    const whole = Math.round(x);
    return whole - x === 0.5 && whole % 2 !== 0 ? whole - 1 : whole;
  }

  function floorDivide(a, b) {
    if (b === 0) return a / b;
    const rest = a % b;
    const quotient = (a - rest) / b - (rest !== 0 && rest < 0 !== b < 0 ? 1 : 0);
    const whole = Math.floor(quotient);
    return quotient - whole > 0.5 ? whole + 1 : whole;
  }

  function sigmoid(x) {
    const small = Math.exp(-Math.abs(x));
    return (x >= 0 ? 1 : small) / (1 + small);
  }

  /** log(exp(a) + exp(b)) without exponentials that overflow. */
  function logAddExp(a, b) {
    if (a === b) return a + Math.LN2;
    if (a > b) return a + Math.log1p(Math.exp(b - a));
    return a < b ? b + Math.log1p(Math.exp(a - b)) : NaN;
  }

  // Operations on the elements x[from] to x[to - 1].

  /** The sum of term(element), in NumPy's order (by halves, eight sums at a time): its last digit is NumPy's too. */
  function total(x, from, to, term) {
    const n = to - from;
    if (n > 128) {
      const middle = from + (n >> 1) - ((n >> 1) % 8);
      return total(x, from, middle, term) + total(x, middle, to, term);
    }
    let at = from;
    let all = 0;
    if (n >= 8) {
      const sums = new Float64Array(8);
      for (const end = to - (n % 8); at < end; at += 1) sums[(at - from) & 7] += term(x[at]);
      all = sums[0] + sums[1] + (sums[2] + sums[3]) + (sums[4] + sums[5] + (sums[6] + sums[7]));
    }
    for (; at < to; at += 1) all += term(x[at]);
    return all;
  }

  /** The elements joined by `join`, one after another. */
  function folded(x, from, to, join, start) {
    let all = start;
    for (let at = from; at < to; at += 1) all = join(all, x[at]);
    return all;
  }

  const sum = (x, from, to) => total(x, from, to, Number);
  const largest = (x, from, to) => folded(x, from, to, maximum, -Infinity);

  function logSumExp(x, from, to) {
    const top = largest(x, from, to);
    const shift = Number.isFinite(top) ? top : 0;
    return Math.log(total(x, from, to, (one) => Math.exp(one - shift))) + shift;
  }

  // Kinds of operations. `make` gets a node with its room and gives a function that fills `out`: `inputs` and `out` are
  // the elements in order (a single number is one element), `shapes` and `shape` the shapes. `takes` names parameters.

  const operation = (make, ...takes) => ({ make, takes });

  const stride = (one) => Number(one?.length > 1); // 0 for a single number: it goes with all elements of the others

  function eachElement(f, [a, b, c], out) {
    const [i, j, k] = [a, b, c].map(stride);
    const each = [
      () => { for (let at = 0; at < out.length; at += 1) out[at] = f(a[at]); },
      () => { for (let at = 0; at < out.length; at += 1) out[at] = f(a[i * at], b[j * at]); },
      () => { for (let at = 0; at < out.length; at += 1) out[at] = f(a[i * at], b[j * at], c[k * at]); },
    ];
    return each[c ? 2 : b ? 1 : 0];
  }

  const elementWise = (f) => operation(({ inputs, out }) => eachElement(f, inputs, out));
  const loop = (run) => operation(({ inputs: [a, b], out }) => () => run(a, stride(a), b, stride(b), out));

  function makeClip({ inputs: [x], out, parameters: { low, high } }) {
    const bounds = [low ?? { number: "-inf" }, high ?? { number: "inf" }].map(readNumbers);
    return eachElement((one, least, most) => minimum(maximum(one, least), most), [x, ...bounds], out);
  }

  /** All elements give one number; where the reduced axis has length 1, each element by itself. */
  function reduction(reduce) {
    const make = ({ inputs: [x], out, keep }) => {
      const size = out.length === 1 ? x.length : 1;
      return () => {
        for (let at = 0; at < out.length; at += 1) out[at] = reduce(x, at * size, (at + 1) * size, keep ?? Number);
      };
    };
    return operation(make, "axis", "keepdims");
  }

  /** As many elements as before; those along the axis are computed together. */
  function alongAxis(usual, fill) {
    const make = ({ inputs: [x], shapes: [shape], out, parameters: { axis = usual } }) => {
      const size = axis === null ? x.length : product(listed(axis).map((one) => shape.at(one) ?? 1));
      return () => {
        for (let from = 0; from < x.length; from += size) fill(x, from, from + size, out);
      };
    };
    return operation(make, "axis");
  }

  const lessLogSumExp = (f) =>
    alongAxis(-1, (x, from, to, out) => {
      const all = logSumExp(x, from, to);
      for (let at = from; at < to; at += 1) out[at] = f(x[at] - all);
    });

  const copied = ({ inputs: [x], out }) => (x.length === out.length ? () => out.set(x) : () => out.fill(x[0]));

  function joined({ inputs, out }) {
    return () => {
      let at = 0;
      for (const one of inputs) {
        out.set(one, at);
        at += one.length;
      }
    };
  }

  /** The elements of the input at these places. */
  const picked = (places) => (node) => {
    const { inputs: [x], out } = node;
    const from = places(node);
    return () => {
      for (let at = 0; at < out.length; at += 1) out[at] = x[from[at]];
    };
  };

  /** Zeros, with the elements of the input added at these places. */
  const added = (places) => (node) => {
    const { inputs: [x], out } = node;
    const to = places(node);
    return () => {
      out.fill(0);
      for (let at = 0; at < to.length; at += 1) out[to[at]] += x[stride(x) * at];
    };
  };

  /** A product by its subscripts: `write(node)` gives [those of each input, those of the result], a letter an axis. */
  const contraction = (write) => (node) => {
    const { inputs, shapes, out } = node;
    const [terms, result] = write(node);
    const longAxis = (shape) => shape.findIndex((length) => length !== 1); // no array has two
    const own = terms.map((term, which) => term[longAxis(shapes[which])]);
    const lengths = new Map(own.map((letter, which) => [letter, inputs[which].length]));
    const letters = [...new Set([...result, ...own])].filter((letter) => letter !== undefined && lengths.has(letter));
    const summed = letters.filter((letter) => !result.includes(letter));
    const count = product(summed.map((letter) => lengths.get(letter))); // terms of each sum
    const places = own.map((mine) =>
      letters.reduce(
        (found, letter) =>
          found.flatMap((place) => range(lengths.get(letter)).map((at) => (letter === mine ? at : place))),
        [0],
      ),
    );
    return () => {
      for (let at = 0; at < out.length; at += 1) {
        let all = 0;
        for (let one = at * count; one < (at + 1) * count; one += 1) {
          let term = 1;
          for (let which = 0; which < inputs.length; which += 1) term *= inputs[which][places[which][one]];
          all += term;
        }
        out[at] = all;
      }
    };
  };

  function matmulLetters({ shapes: [{ length: left }, { length: right }] }) {
    const batch = "abcdefghijklm".slice(0, Math.max(left, right, 2) - 2);
    const letters = (rank, matrix) => (rank === 1 ? "z" : batch.slice(batch.length - rank + 2) + matrix);
    return [[letters(left, "xz"), letters(right, "zy")], batch + (left > 1 ? "x" : "") + (right > 1 ? "y" : "")];
  }

  function dotLetters({ shapes: [{ length: left }, { length: right }] }) {
    const first = "abcdefghijklm".slice(0, left);
    const second = "nopqrstuvwxyz".slice(0, right);
    if (!left || !right) return [[first, second], first + second];
    const summed = second[Math.max(right - 2, 0)];
    return [[first, second.replace(summed, first.at(-1))], first.slice(0, -1) + second.replace(summed, "")];
  }

  function einsumLetters({ parameters: { subscripts } }) {
    if (subscripts.includes(".")) refuse(`the subscripts ${subscripts} have an ellipsis, which is unknown there`);
    const [terms, result] = subscripts.replaceAll(" ", "").split("->");
    const single = [...terms].filter((letter) => letter !== "," && terms.split(letter).length === 2);
    return [terms.split(","), result ?? single.sort().join("")];
  }

  // The table.

  const FROM_MATH = ["sqrt", "exp", "expm1", "log", "log1p", "sin", "cos", "tan", "sinh", "cosh", "tanh"];
  const OPERATIONS = {
    __proto__: null,
    ...named([...FROM_MATH, "abs", "floor", "ceil", "trunc"], (name) => elementWise(Math[name])),
    arcsin: elementWise(Math.asin),
    arccos: elementWise(Math.acos),
    arctan: elementWise(Math.atan),
    // The commonest, written out: a call for each element would take three times as long.
    add: loop((a, i, b, j, out) => { for (let at = 0; at < out.length; at += 1) out[at] = a[i * at] + b[j * at]; }),
    sub: loop((a, i, b, j, out) => { for (let at = 0; at < out.length; at += 1) out[at] = a[i * at] - b[j * at]; }),
    mul: loop((a, i, b, j, out) => { for (let at = 0; at < out.length; at += 1) out[at] = a[i * at] * b[j * at]; }),
    div: loop((a, i, b, j, out) => { for (let at = 0; at < out.length; at += 1) out[at] = a[i * at] / b[j * at]; }),
    floor_divide: elementWise(floorDivide),
    pow: operation(({ inputs, out, shape }) =>
      eachElement(shape.length > 0 && inputs[1].length === 1 ? powerOfAll : power, inputs, out),
    ),
    neg: elementWise((x) => -x),
    sign: elementWise((x) => (x > 0 ? 1 : x < 0 ? -1 : x === 0 ? 0 : x)),
    square: elementWise((x) => x * x),
    rint: elementWise(roundHalfEven),
    sigmoid: elementWise(sigmoid),
    softplus: elementWise((x) => logAddExp(x, x * 0)),
    relu: elementWise((x) => maximum(x, 0)),
    maximum: elementWise(maximum),
    minimum: elementWise(minimum),
    where: elementWise((condition, a, b) => (condition !== 0 ? a : b)),
    clip: operation(makeClip, "low", "high"),

    less: elementWise((a, b) => a < b),
    less_equal: elementWise((a, b) => a <= b),
    greater: elementWise((a, b) => a > b),
    greater_equal: elementWise((a, b) => a >= b),
    equal: elementWise((a, b) => a === b),
    not_equal: elementWise((a, b) => a !== b),
    logical_and: elementWise((a, b) => a !== 0 && b !== 0),
    logical_or: elementWise((a, b) => a !== 0 || b !== 0),
    logical_xor: elementWise((a, b) => (a !== 0) !== (b !== 0)),
    logical_not: elementWise((x) => x === 0),
    isfinite: elementWise(Number.isFinite),
    isnan: elementWise(Number.isNaN),
    isinf: elementWise((x) => Math.abs(x) === Infinity),
    signbit: elementWise((x) => x < 0 || Object.is(x, -0)),

    sum: reduction(sum),
    mean: reduction((x, from, to, keep) => keep(sum(x, from, to)) / (to - from)),
    prod: reduction((x, from, to, keep) => folded(x, from, to, (all, one) => keep(all * one), 1)),
    max: reduction(largest),
    min: reduction((x, from, to) => folded(x, from, to, minimum, Infinity)),
    logsumexp: reduction(logSumExp),
    norm: reduction((x, from, to, keep) => Math.sqrt(total(x, from, to, (one) => keep(one * one)))),
    softmax: lessLogSumExp(Math.exp),
    log_softmax: lessLogSumExp(Number),
    cumsum: alongAxis(null, (x, from, to, out) => {
      let all = 0;
      for (let at = from; at < to; at += 1) out[at] = all += x[at];
    }),
    flip: alongAxis(null, (x, from, to, out) => {
      for (let at = from; at < to; at += 1) out[at] = x[from + to - 1 - at];
    }),

    cast: operation(copied, "dtype"),
    ...named(["reshape", "broadcast_to"], () => operation(copied, "shape")),
    ...named(["expand_dims", "squeeze"], () => operation(copied, "axis")),
    transpose: operation(copied, "axes"),
    swapaxes: operation(copied, "axis1", "axis2"),
    ...named(["concatenate", "stack"], () => operation(joined, "axis")),
    getitem: operation(picked(({ shapes: [shape], parameters }) => placesOf(shape, parameters.index)), "index"),
    take: operation(picked(takenPlaces), "indices", "axis"),
    scatter: operation(added(({ shape, parameters }) => placesOf(shape, parameters.index)), "index", "shape"),
    pad: operation(added(paddedPlaces), "pad_width"),

    matmul: operation(contraction(matmulLetters)),
    dot: operation(contraction(dotLetters)),
    outer: elementWise((a, b) => a * b), // of which one has a single element, or the result would be a matrix
    einsum: operation(contraction(einsumLetters), "subscripts"),
  };

  // Constants, axes and indices, as storage.py writes them.

  const contents = (data) => data?.array ?? data?.full ?? data?.scalar;
  const isList = (data) => Array.isArray(data) || Boolean(data?.tuple ?? data?.array ?? data?.full);
  const readNumber = (data) => Number({ inf: "Infinity", "-inf": "-Infinity" }[data] ?? data);

  /** The numbers of a constant, in order. */
  function readNumbers(data) {
    const about = contents(data) ?? { number: data?.number ?? data };
    return Float64Array.from(about.numbers ?? Array(product(about.shape ?? [])).fill(about.number), readNumber);
  }

  /** The whole numbers of a tuple, list or array, nested as they are; of a single one too. */
  function listed(data) {
    if (!isList(data)) return [contents(data)?.number ?? data];
    const parts = data.tuple ?? (Array.isArray(data) ? data : [...readNumbers(data)]);
    return parts.map((one) => (isList(one) ? listed(one) : one));
  }

  /** One part of an index: how many axes it takes, and which of their elements. */
  function readPart(data) {
    if (data === null) return { axes: 0, pick: () => [0] };
    if (Array.isArray(data.slice)) return { axes: 1, pick: (length) => sliced(data.slice, length) };
    const numbers = listed(data).flat(Infinity);
    if (contents(data)?.dtype === "bool" || (isList(data) && typeof numbers[0] === "boolean")) {
      const axes = contents(data)?.shape.length ?? 1;
      return { axes, isArray: true, pick: (length) => range(length).filter((at) => numbers[at]) };
    }
    if (!numbers.every(Number.isInteger)) refuse(`the index ${JSON.stringify(data)} is unknown there`);
    return { axes: 1, isArray: isList(data), pick: (length) => numbers.map((one) => (one < 0 ? one + length : one)) };
  }

  function sliced([start, stop, step], length) {
    const by = step ?? 1;
    const [lowest, highest] = by > 0 ? [0, length] : [-1, length - 1];
    const bound = (given) => Math.min(Math.max(given < 0 ? given + length : given, lowest), highest);
    const first = start === null ? (by > 0 ? lowest : highest) : bound(start);
    const end = stop === null ? (by > 0 ? highest : lowest) : bound(stop);
    return range(Math.max(0, Math.ceil((end - first) / by))).map((at) => first + at * by);
  }

  /** The places of the elements that an index picks, in order. Since no array has two long axes, neither has what is
      picked: its order is the order along one of them. */
  function placesOf(shape, index) {
    const given = index?.tuple ?? [index];
    const ellipsis = given.findIndex((part) => part?.ellipsis === true);
    const before = given.slice(0, ellipsis < 0 ? given.length : ellipsis).map(readPart);
    const after = given.slice(before.length + 1).map(readPart);
    const left = shape.length - [...before, ...after].reduce((all, part) => all + part.axes, 0);
    const whole = { axes: 1, pick: range };
    let axis = 0;
    const parts = [...before, ...Array(left).fill(whole), ...after].map(({ axes, pick, isArray }) => {
      const length = product(shape.slice(axis, (axis += axes)));
      return { length, picked: pick(length), isArray };
    });
    const sizes = parts.filter((part) => part.isArray).map((part) => part.picked.length);
    const turns = sizes.includes(0) ? 0 : Math.max(1, ...sizes); // arrays in an index go side by side
    return range(turns).flatMap((turn) =>
      parts.reduce((places, { length, picked, isArray }) => {
        const now = isArray ? [picked[turn % picked.length]] : picked;
        return places.flatMap((place) => now.map((one) => place * length + one));
      }, [0]),
    );
  }

  const EVERYTHING = { slice: [null, null, null] };

  function takenPlaces({ shapes: [shape], parameters: { indices, axis = null } }) {
    const wanted = listed(indices).flat(Infinity);
    if (axis === null) return placesOf([product(shape)], wanted);
    return placesOf(shape, { tuple: [...Array(axis < 0 ? axis + shape.length : axis).fill(EVERYTHING), wanted] });
  }

  /** Where the elements stand among the zeros that are put around them. */
  function paddedPlaces({ shapes: [inner], shape, parameters }) {
    const widths = listed(parameters.pad_width); // of all axes, or a row an axis
    const rows = Array.isArray(widths[0]) ? widths : [widths];
    const starts = inner.map((_, axis) => rows[rows.length > 1 ? axis : 0][0]);
    const index = inner.map((length, axis) => ({ slice: [starts[axis], starts[axis] + length, null] }));
    return placesOf(shape, { tuple: index });
  }

  return { OPERATIONS, KEPT, contents, product, readNumbers, refuse };
})();
