// The live computation graph. What is drawn is a function of (graph, svg, step): the svg is the structure, the graph's timelines
// say which text and which state holds from which step on.

const CHARACTER = 0.66; // mean width of a character in ems, as in scene.py

/** The entry of a timeline [[from this step on, text], ...] that holds at `step`. */
function atStep(timeline, step) {
  let found = "";
  for (const [start, text] of timeline) {
    if (start > step) break;
    found = text;
  }
  return found;
}

function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Fill the picture: every slot its text, every group its state. */
function paint(paper, graph, step) {
  for (const group of paper.querySelectorAll("[data-of]")) {
    group.dataset.state = atStep(graph.states[group.dataset.of], step);
  }
  for (const slot of paper.querySelectorAll("[data-slot]")) {
    const text = atStep(graph.texts[slot.dataset.slot], step);
    setText(slot, text);
    slot.classList.toggle("adl-word", /^\p{L}/u.test(text)); // "not yet" stands in the place of a number
    const fitting = Number(slot.dataset.room) / (CHARACTER * Math.max(text.length, 1));
    slot.setAttribute("font-size", Math.min(Number(slot.dataset.size), fitting).toFixed(1));
  }
}

const COLUMNS = ["node", "operation", "inputs", "value", "cotangent"];

/** The same graph in words: one row a node, under the headings of the graph's columns. */
function fillTable(body, graph, step) {
  const labels = new Map(graph.nodes.map((node) => [node.id, node.label]));
  const columns = graph.columns ?? COLUMNS;
  const cells = {
    node: (node) => node.label,
    operation: (node) => node.operation ?? node.kind,
    inputs: (node) => node.inputs.map((id) => labels.get(id)).join(", "),
    value: (node) => atStep(graph.texts[`${node.id}.full`], step),
    cotangent: (node) => atStep(graph.texts[`${node.id}.total`], step),
    shows: (node) => atStep(graph.texts[`${node.id}.words`], step),
  };
  while (body.rows.length > graph.nodes.length) body.deleteRow(-1);
  graph.nodes.forEach((node, index) => {
    const row = body.rows[index] ?? body.insertRow();
    while (row.cells.length < columns.length) row.append(make(row.cells.length ? "td" : "th"));
    row.cells[0].scope = "row";
    columns.forEach((column, at) => setText(row.cells[at], cells[column](node)));
    if (graph.steps[step].node === node.id) row.setAttribute("aria-current", "step");
    else row.removeAttribute("aria-current");
  });
}

function make(tag, className = "", text = "") {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text) element.textContent = text;
  return element;
}

function makeFocusable(element) {
  element.dataset.lmSuppressShortcuts = "true"; // JupyterLab leaves the keys to it
  return element;
}

const ICONS = {
  correct: "M4 12.5l5 5L20 6.5",
  incorrect: "M6 6l12 12M18 6L6 18",
  "not attempted": "M5 12h14",
};
const STATUS_WORDS = { correct: "Correct.", incorrect: "Not correct.", "not attempted": "Not attempted.", error: "Not checked." };

function makeIcon(status) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  svg.classList.add("adl-gv-icon");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", ICONS[status] ?? ICONS["not attempted"]);
  svg.append(path);
  return svg;
}

/** Buttons that step, the counter and the sentence. `go(change)` gets the step now and the last one, gives the new one. */
function makeStepper(go) {
  const element = make("div", "adl-gv-stepper");
  const row = make("div", "adl-gv-buttons");
  const moves = [
    ["First", () => 0, "first"],
    ["Step back", (now) => now - 1, "first"],
    ["Step forward", (now) => now + 1, "last"],
    ["Last", (now, last) => last, "last"],
  ];
  const buttons = moves.map(([text, change, end]) => {
    const button = makeFocusable(make("button", "adl-gv-button", text));
    button.type = "button";
    button.addEventListener("click", () => go(change));
    button.dataset.end = end;
    return button;
  });
  row.append(...buttons);
  const bar = make("div", "adl-gv-bar");
  bar.setAttribute("aria-hidden", "true");
  const counter = make("div", "adl-gv-counter");
  const say = make("p", "adl-gv-say");
  say.setAttribute("aria-live", "polite");
  element.append(row, bar, counter, say);
  return {
    element,
    show(graph, step, problem) {
      const last = graph.steps.length - 1;
      const words = { start: "inputs", forward: "forward", seed: "seed", backward: "backward" };
      const word = words[graph.steps[step].phase];
      setText(counter, `step ${step} of ${last}${word ? `: ${word}` : ""}`);
      setText(say, problem || graph.steps[step].say); // in one place, so that nothing below it jumps
      say.classList.toggle("adl-gv-problem", Boolean(problem));
      for (const button of buttons) {
        // Not `disabled`: a button that is pressed with the keyboard must keep the focus.
        button.setAttribute("aria-disabled", String(step === (button.dataset.end === "first" ? 0 : last)));
      }
      if (bar.childElementCount !== last) bar.replaceChildren(...graph.steps.slice(1).map(() => make("span")));
      [...bar.children].forEach((mark, index) => {
        mark.dataset.phase = graph.steps[index + 1].phase;
        mark.classList.toggle("adl-past", index < step);
      });
    },
  };
}

/** The inputs over the blanks of a question. */
function makeQuestion(model, paper, panel) {
  const form = make("form", "adl-gv-question");
  const say = make("p", "adl-gv-say");
  const check = makeFocusable(make("button", "adl-gv-button adl-gv-check", "Check"));
  check.type = "submit";
  const verdict = make("div", "adl-gv-verdict");
  verdict.setAttribute("role", "status");
  form.append(say, check, verdict);
  panel.append(form);
  let inputs = [];

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const fields = Object.fromEntries(inputs.map((input) => [input.name, input.value]));
    model.set("answers", { attempt: (model.get("answers").attempt ?? 0) + 1, fields });
    model.save_changes();
  });
  return {
    place() {
      const typed = model.get("answers").fields ?? {};
      inputs = model.get("blanks").map((blank) => {
        const input = makeFocusable(make("input", "adl-gv-blank"));
        Object.assign(input, { type: "text", name: blank.field, autocomplete: "off", value: typed[blank.field] ?? "" });
        input.setAttribute("aria-label", blank.label);
        input.title = blank.label;
        input.placeholder = "?";
        for (const side of ["left", "top", "width", "height"]) input.style[side] = `${blank[side]}px`;
        input.addEventListener("keydown", (event) => {
          if (event.key === "Enter") form.requestSubmit();
        });
        return input;
      });
      paper.append(...inputs);
    },
    show(graph) {
      setText(say, graph.steps[0].say);
      const { status, message } = model.get("verdict");
      if (!status) return;
      verdict.dataset.status = status;
      const words = make("p");
      words.append(make("strong", "", STATUS_WORDS[status] ?? status), ` ${message.replaceAll("`", "")}`);
      verdict.replaceChildren(makeIcon(status), words);
    },
  };
}

function render({ model, el }) {
  const isQuestion = model.get("blanks").length > 0;
  const root = make("div", "adl-gv");
  const heading = make("div", "adl-gv-title");
  heading.id = uniqueId("adl-gv-title");
  const body = make("div", "adl-gv-body");
  const panel = make("div", "adl-gv-panel");
  const canvas = makeFocusable(make("div", "adl-gv-canvas"));
  const paper = make("div", "adl-gv-paper");
  const legend = make("div", "adl-gv-legend");
  const details = make("details", "adl-gv-table");

  canvas.tabIndex = 0;
  canvas.setAttribute("role", "group");
  canvas.setAttribute("aria-labelledby", heading.id);
  canvas.append(paper);

  const summary = makeFocusable(make("summary", "", "Graph as a table"));
  const table = make("table");
  const head = table.createTHead().insertRow();
  for (const text of model.get("drawn").columns ?? COLUMNS) {
    const cell = make("th", "", text);
    cell.scope = "col";
    head.append(cell);
  }
  const rows = table.createTBody();
  const scroller = make("div", "adl-gv-scroller");
  scroller.append(table);
  details.append(summary, scroller);

  const goTo = (step) => {
    const inside = Math.max(0, Math.min(step, model.get("drawn").steps.length - 1));
    if (inside === model.get("step")) return;
    model.set("step", inside);
    model.save_changes();
  };
  const go = (change) => goTo(change(model.get("step"), model.get("drawn").steps.length - 1));
  const question = isQuestion ? makeQuestion(model, paper, panel) : null;
  const stepper = isQuestion ? null : makeStepper(go);
  const specs = model.get("sliders");
  const sliders = specs.length ? makeSliders(specs, model.get("values"), latestValueWins(model, "values")) : null;
  if (sliders) panel.append(sliders.element);
  if (stepper) panel.append(stepper.element);

  root.addEventListener("keydown", (event) => {
    event.stopPropagation();
    if (!stepper || event.target.closest("input, summary") || event.altKey || event.ctrlKey || event.metaKey) return;
    const moves = { ArrowRight: (now) => now + 1, ArrowLeft: (now) => now - 1, Home: () => 0, End: (now, last) => last };
    if (!(event.key in moves)) return;
    event.preventDefault();
    go(moves[event.key]);
  });

  const program = specs.length ? runnableProgram(model) : null;
  let graph = model.get("drawn");
  let problem = model.get("trouble");
  /** The graph at the sliders' values: computed here where there is a program, else sent by the kernel. */
  const compute = () => {
    if (!program) {
      graph = model.get("drawn");
      problem = model.get("trouble");
      return;
    }
    const found = program.run(model.get("values"));
    problem = found.problem && `No graph here: ${found.problem}`;
    if (!problem) graph = filledGraph(model.get("drawn"), model.get("program"), found.numbers);
  };
  const paintAll = () => {
    const step = Math.min(model.get("step"), graph.steps.length - 1);
    setText(heading, graph.title);
    paint(paper, graph, step);
    fillTable(rows, graph, step);
    stepper?.show(graph, step, problem);
    question?.show(graph);
    root.classList.toggle("adl-stale", Boolean(problem));
  };
  const redraw = () => {
    paper.innerHTML = model.get("svg");
    question?.place();
    refresh();
  };
  const onStep = () => {
    paintAll();
    bringIntoView(canvas, graph.steps[model.get("step")].node);
  };

  const refresh = () => {
    compute();
    paintAll();
  };

  const hint = isQuestion ? [] : ["Keys: left and right arrow, Home, End."];
  legend.append(...[...model.get("legend"), ...hint].map((line) => make("p", "", line)));
  body.append(panel, canvas, legend);
  root.append(heading, body, details);
  redraw(); // before it is in the page: a screen reader speaks what changes there
  el.append(root);
  // Beside each other where the picture leaves room for the controls, else below each other.
  const watcher = new ResizeObserver(() => {
    body.classList.toggle("adl-wide", root.clientWidth >= paper.offsetWidth + 310);
  });
  watcher.observe(root);
  watcher.observe(paper);
  const endScrolling = scrollableByKeys(scroller, table, "graph as a table");

  const listeners = {
    "change:drawn": refresh,
    "change:svg": redraw,
    "change:step": onStep,
    "change:trouble": refresh,
    "change:verdict": paintAll,
    "change:values": () => {
      sliders?.set(model.get("values"));
      if (program) refresh();
    },
  };
  for (const [event, listener] of Object.entries(listeners)) model.on(event, listener);
  return () => {
    for (const [event, listener] of Object.entries(listeners)) model.off(event, listener);
    watcher.disconnect();
    endScrolling();
    sliders?.destroy();
  };
}

/** The program that computes the graph in the page; null where there is none, or where it can't be run. */
function runnableProgram(model) {
  if (!model.get("program").graph) return null;
  try {
    return makeProgram(model.get("program"));
  } catch (error) {
    model.set("refused", String(error.message ?? error));
    model.save_changes();
    return null;
  }
}

/** The graph's data with every text filled in at these numbers. */
function filledGraph(drawn, { texts, steps }, numbers) {
  const filled = {};
  for (const [slot, timeline] of Object.entries(texts)) {
    filled[slot] = timeline.map(([from, template]) => [from, adlFilled(template, numbers)]);
  }
  return { ...drawn, texts: filled, steps: steps.map((step) => ({ ...step, say: adlFilled(step.say, numbers) })) };
}

/** In a graph larger than its box: scroll the box, never the notebook, to the node at work. */
function bringIntoView(canvas, node) {
  const group = node && canvas.querySelector(`g[data-of="${node}"]`);
  if (!group) return;
  const box = canvas.getBoundingClientRect();
  const target = group.getBoundingClientRect();
  const margin = 60;
  if (target.top < box.top + margin) canvas.scrollTop -= box.top + margin - target.top;
  if (target.bottom > box.bottom - margin) canvas.scrollTop += target.bottom - box.bottom + margin;
  if (target.left < box.left) canvas.scrollLeft -= box.left + 20 - target.left;
  if (target.right > box.right) canvas.scrollLeft += target.right - box.right + 20;
}

export default { render };
