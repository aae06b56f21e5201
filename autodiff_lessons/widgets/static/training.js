// TrainingView: a progress bar and a button above loss curves, which the page draws from the numbers that the kernel sends.

const TRAINING_PATIENCE = 4000; // milliseconds until a kernel that has not answered is taken for gone
const TRAINING_QUARTERS = 4; // how often a training says aloud how far it is

let buttonLeft = 0; // when the button of an earlier view of this model lost the focus: a cell's end draws the view anew

function trainingPart(tag, className, parent, text = "") {
  const element = document.createElement(tag);
  element.className = className;
  element.textContent = text;
  parent.append(element);
  return element;
}

function render({ model, el }) {
  const root = trainingPart("div", "adl-training", el);
  const bar = trainingPart("div", "adl-training-bar", root);
  const button = trainingPart("button", "adl-training-button", bar);
  button.type = "button";
  button.dataset.lmSuppressShortcuts = "true";
  const progress = trainingPart("div", "adl-training-progress", bar);
  progress.setAttribute("role", "progressbar");
  progress.setAttribute("aria-label", "training");
  progress.setAttribute("aria-valuemin", "0");
  const done = trainingPart("div", "adl-training-done", progress);
  const count = trainingPart("span", "adl-training-count", bar);
  const card = trainingPart("div", "adl-training-card", root);
  const sentence = trainingPart("p", "adl-training-sentence", root);
  const aloud = trainingPart("p", "adl-training-aloud", root);
  aloud.setAttribute("aria-live", "polite");
  keepKeys(root);

  // Interrupting goes past the kernel's queue, to the server; where the page has no kernel at hand, its own button does.
  const kernel = () => model.widget_manager?.kernel ?? null;
  const canInterrupt = () => typeof kernel()?.interrupt === "function";
  let asked = ""; // what the button was pressed for, until the kernel's answer comes
  let waiting = 0;
  let lastAloud = "";

  const say = (key, words) => {
    if (key !== lastAloud) aloud.textContent = words;
    lastAloud = key;
  };

  const ask = (what) => {
    asked = what;
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      if (asked !== "continue") return;
      asked = "silent";
      show();
    }, TRAINING_PATIENCE);
    show();
  };

  const press = () => {
    if (button.getAttribute("aria-disabled") === "true") return;
    if (model.get("status") === "running") {
      ask("stop");
      kernel().interrupt().catch(() => {
        asked = "";
        show();
      });
    } else {
      ask("continue");
      model.send({ do: "continue" });
    }
  };

  const show = () => {
    const [status, epoch, epochs] = ["status", "epoch", "epochs"].map((name) => model.get(name));
    const isRunning = status === "running";
    const isFinished = status === "finished";
    button.textContent = isRunning ? "Stop" : isFinished ? "Done" : epoch === 0 ? "Start" : "Continue";
    button.hidden = isRunning ? !canInterrupt() : !kernel();
    // Not `disabled`: a button that is pressed with the keyboard must keep the focus.
    button.setAttribute("aria-disabled", String(isFinished || (asked !== "" && asked !== "silent")));
    progress.setAttribute("aria-valuemax", epochs);
    progress.setAttribute("aria-valuenow", epoch);
    progress.setAttribute("aria-valuetext", `epoch ${epoch} of ${epochs}`);
    done.style.width = `${(100 * epoch) / epochs}%`;
    count.textContent = `${epoch} / ${epochs}`;
    root.dataset.status = status;
    let words = model.get("said");
    if (asked === "stop") words = "Stopping after this epoch.";
    if (asked === "silent") words = "The kernel does not answer. Run the cell again.";
    if (isRunning && !canInterrupt()) words += " To stop, interrupt the kernel.";
    sentence.textContent = words;
    say(isRunning && !asked ? `running ${Math.floor((TRAINING_QUARTERS * epoch) / epochs)}` : status + asked, words);
  };

  const draw = () => {
    const { panels, marks } = model.get("picture");
    const sketch = makeSketch(model.get("size"), panels, marks);
    sketch.element.setAttribute("aria-label", `Loss by epoch. ${model.get("said")}`);
    card.replaceChildren(sketch.element);
  };

  const answered = () => {
    asked = "";
    clearTimeout(waiting);
    show();
  };
  const whileWaiting = () => (asked === "stop" ? show() : answered());
  const onChange = [
    ["change:status", answered],
    ["change:said", whileWaiting],
    ["change:epochs", show],
    ["change:picture", draw],
  ];
  button.addEventListener("click", press);
  button.addEventListener("blur", () => (buttonLeft = performance.now()));
  show();
  draw();
  onChange.forEach(([event, listener]) => model.on(event, listener));
  // Once the view is in the page: a moment after this.
  const isRenewed = performance.now() - buttonLeft < 1000;
  const returning = setTimeout(() => {
    if (isRenewed && document.activeElement === document.body) button.focus({ preventScroll: true });
  }, 50);
  return () => {
    if (document.activeElement === button) buttonLeft = performance.now();
    onChange.forEach(([event, listener]) => model.off(event, listener));
    [waiting, returning].forEach(clearTimeout);
    root.remove();
  };
}

export default { render };
