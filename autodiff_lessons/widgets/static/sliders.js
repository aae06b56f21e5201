// Sliders: one labelled range input with its readout for each spec {name, label, low, high, start, step}.
// The range input counts stops (0, 1, 2, ...), because a browser would round a start that lies between two stops.

function lastStop(spec) {
  return Math.ceil((spec.high - spec.low) / spec.step - 1e-9);
}

function valueAtStop(spec, stop) {
  if (stop >= lastStop(spec)) return spec.high;
  return Number((spec.low + stop * spec.step).toPrecision(12)); // 0.35, not 0.35000000000000003
}

function nearestStop(spec, value) {
  return Math.round((value - spec.low) / spec.step);
}

function readoutText(spec, value) {
  const decimals = Math.max(...[spec.low, spec.step].map((number) => (String(number).split(".")[1] ?? "").length));
  const onStop = Math.abs(value - valueAtStop(spec, nearestStop(spec, value))) < 1e-9 * spec.step;
  const text = onStop && decimals <= 6 ? value.toFixed(decimals) : String(Number(value.toPrecision(6)));
  return text.replace("-", "\u2212");
}

/** An id that joins parts of one view. Not a count: a page may hold this module several times. */
export function uniqueId(stem) {
  return `${stem}-${Math.random().toString(36).slice(2, 10)}`;
}

/** Keys pressed inside `root` stay there: JupyterLab would take arrows and letters for its own commands. */
function keepKeys(root) {
  root.addEventListener("keydown", (event) => event.stopPropagation());
}

/** A box that the keyboard can scroll: it takes the focus where its content is wider or higher than itself. Gives the
    function that ends it. */
export function scrollableByKeys(box, content, name) {
  box.dataset.lmSuppressShortcuts = "true";
  keepKeys(box);
  const watcher = new ResizeObserver(() => {
    if (box.scrollWidth > box.clientWidth || box.scrollHeight > box.clientHeight) {
      box.tabIndex = 0;
      box.setAttribute("role", "group");
      box.setAttribute("aria-label", name);
    } else for (const attribute of ["tabindex", "role", "aria-label"]) box.removeAttribute(attribute);
  });
  watcher.observe(box);
  watcher.observe(content);
  return () => watcher.disconnect();
}

function makeSlider(spec, onInput) {
  const element = document.createElement("label");
  element.className = "adl-slider";
  const label = document.createElement("span");
  label.className = "adl-slider-label";
  label.textContent = spec.label;
  const input = document.createElement("input");
  Object.assign(input, { type: "range", min: "0", max: String(lastStop(spec)), step: "1", className: "adl-slider-input" });
  input.setAttribute("aria-label", spec.label);
  input.dataset.name = spec.name;
  input.dataset.lmSuppressShortcuts = "true";
  const readout = document.createElement("output");
  readout.className = "adl-slider-readout";
  readout.setAttribute("aria-live", "off"); // the input speaks its value itself
  element.append(label, input, readout);

  const say = (value) => {
    const text = readoutText(spec, value);
    readout.textContent = text;
    input.setAttribute("aria-valuetext", text);
  };
  const onMove = () => {
    const value = valueAtStop(spec, Number(input.value));
    say(value);
    onInput(spec.name, value);
  };
  input.addEventListener("input", onMove);
  return {
    element,
    set(value) {
      input.value = String(nearestStop(spec, value));
      say(value);
    },
    destroy() {
      input.removeEventListener("input", onMove);
      element.remove();
    },
  };
}

/** Sliders for `specs`, standing at `values`; onInput(name, value) is called at every movement.
    `set` moves them without calling onInput; a name that `values` lacks stands at its start. */
export function makeSliders(specs, values, onInput) {
  const element = document.createElement("div");
  element.className = "adl-sliders";
  keepKeys(element);
  const sliders = specs.map((spec) => [spec, makeSlider(spec, onInput)]);
  const set = (now) => sliders.forEach(([spec, slider]) => slider.set(now[spec.name] ?? spec.start));
  set(values);
  element.append(...sliders.map(([, slider]) => slider.element));
  return { element, set, destroy: () => sliders.forEach(([, slider]) => slider.destroy()) };
}

/** An onInput that puts one value into a trait that holds a dict of them. Jupyter keeps one message under way and sends
    the newest state after it, so a slow kernel skips what is out of date (`model.send` would queue every movement). */
export function latestValueWins(model, trait) {
  return (name, value) => {
    model.set(trait, { ...model.get(trait), [name]: value });
    model.save_changes();
  };
}
