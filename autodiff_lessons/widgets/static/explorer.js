// Explorer: sliders above a picture that the kernel draws (PNG bytes in a trait), and its sentence below.

const SHARPEST = 3;

function render({ model, el }) {
  const root = document.createElement("div");
  root.className = "adl-explorer";
  const sliders = makeSliders(model.get("sliders"), model.get("values"), latestValueWins(model, "values"));
  const card = document.createElement("div");
  card.className = "adl-explorer-card";
  const image = document.createElement("img");
  image.className = "adl-explorer-picture";
  [image.width, image.height] = model.get("size");
  card.append(image);
  const sentence = document.createElement("p");
  sentence.className = "adl-explorer-sentence";
  sentence.setAttribute("aria-live", "polite");
  root.append(sliders.element, card, sentence);
  el.append(root);

  const showPicture = () => {
    const before = image.src;
    image.src = URL.createObjectURL(new Blob([model.get("picture")], { type: "image/png" }));
    if (before) URL.revokeObjectURL(before);
  };
  const showSentence = () => {
    const problem = model.get("problem");
    image.alt = model.get("sentence");
    sentence.textContent = problem ? `\u26a0 ${problem}` : model.get("sentence");
    sentence.classList.toggle("adl-explorer-problem", problem !== "");
  };
  const moveSliders = () => sliders.set(model.get("values"));
  const askForSharpness = () => {
    const ratio = Math.min(SHARPEST, Math.max(1, window.devicePixelRatio));
    if (ratio === model.get("pixel_ratio")) return;
    model.set("pixel_ratio", ratio);
    model.save_changes();
  };
  const onChange = [
    ["change:picture", showPicture],
    ["change:sentence", showSentence],
    ["change:problem", showSentence],
    ["change:values", moveSliders],
  ];

  showPicture();
  showSentence();
  askForSharpness();
  onChange.forEach(([event, listener]) => model.on(event, listener));
  window.addEventListener("resize", askForSharpness); // zooming the page changes the ratio too
  return () => {
    onChange.forEach(([event, listener]) => model.off(event, listener));
    window.removeEventListener("resize", askForSharpness);
    sliders.destroy();
    URL.revokeObjectURL(image.src);
    root.remove();
  };
}

export default { render };
