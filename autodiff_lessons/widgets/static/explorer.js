// Explorer: sliders above a picture, and its sentence below. The page draws by itself where it has a program; elsewhere the
// kernel paints, and sends PNG.

const SHARPEST = 3;

function render({ model, el }) {
  const root = document.createElement("div");
  root.className = "adl-explorer";
  const card = document.createElement("div");
  card.className = "adl-explorer-card";
  const sentence = document.createElement("p");
  sentence.className = "adl-explorer-sentence";
  sentence.setAttribute("aria-live", "polite");
  const live = liveView(model, card);
  const view = live ?? paintedView(model, card);
  const onInput = latestValueWins(model, "values");
  const sliders = makeSliders(model.get("sliders"), model.get("values"), onInput);
  root.append(sliders.element, card, sentence);
  const endScrolling = scrollableByKeys(card, card.firstElementChild, "picture");

  const show = () => {
    const { words, problem } = view.show();
    const text = problem ? `\u26a0 ${problem}` : words;
    if (sentence.textContent !== text) sentence.textContent = text;
    sentence.classList.toggle("adl-explorer-problem", problem !== "");
    root.classList.toggle("adl-stale", problem !== "");
  };
  const moveSliders = () => sliders.set(model.get("values"));
  const onChange = [["change:values", moveSliders], ...view.changes.map((name) => [`change:${name}`, show])];
  show(); // before it is in the page: a screen reader speaks what changes there
  el.append(root);
  onChange.forEach(([event, listener]) => model.on(event, listener));
  return () => {
    onChange.forEach(([event, listener]) => model.off(event, listener));
    sliders.destroy();
    endScrolling();
    view.destroy();
    root.remove();
  };
}

/** The picture that the page draws by itself; null where there is no program, or where it can't be run. */
function liveView(model, card) {
  const program = model.get("program");
  if (!program.graph) return null;
  let running;
  try {
    running = makeProgram(program);
  } catch (error) {
    model.set("refused", String(error.message ?? error));
    model.save_changes();
    return null;
  }
  const sketch = makeSketch(model.get("size"), program.panels, program.marks);
  card.append(sketch.element);
  let words = "";
  return {
    changes: ["values"],
    show() {
      const { numbers, problem } = running.run(model.get("values"));
      if (problem) return { words, problem: `${problem} The picture is the last one that could be drawn.` };
      sketch.show(numbers);
      words = adlFilled(program.sentence, numbers);
      sketch.element.setAttribute("aria-label", words);
      return { words, problem: "" };
    },
    destroy() {},
  };
}

/** The picture that the kernel paints. */
function paintedView(model, card) {
  const image = document.createElement("img");
  image.className = "adl-explorer-picture";
  [image.width, image.height] = model.get("size");
  card.classList.add("adl-explorer-painted");
  card.append(image);
  const askForSharpness = () => {
    const ratio = Math.min(SHARPEST, Math.max(1, window.devicePixelRatio));
    if (ratio === model.get("pixel_ratio")) return;
    model.set("pixel_ratio", ratio);
    model.save_changes();
  };
  let shown = null;
  askForSharpness();
  window.addEventListener("resize", askForSharpness); // zooming the page changes the ratio too
  return {
    changes: ["image", "said", "trouble"],
    show() {
      if (model.get("image") !== shown) {
        shown = model.get("image");
        const before = image.src;
        image.src = URL.createObjectURL(new Blob([shown], { type: "image/png" }));
        if (before) URL.revokeObjectURL(before);
      }
      image.alt = model.get("said");
      return { words: model.get("said"), problem: model.get("trouble") };
    },
    destroy() {
      window.removeEventListener("resize", askForSharpness);
      URL.revokeObjectURL(image.src);
    },
  };
}

export default { render };
