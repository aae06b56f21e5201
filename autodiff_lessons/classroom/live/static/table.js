// Exercises x learners. What has not changed is left alone, so that a selection and a reading voice stay where they are.

import { made, named, setText } from "./text.js";

const SIGNS = { solved: "✓", wrong: "✗", opened: "○" };
const WORDS = {
  solved: tries => `solved at attempt ${tries}`,
  wrong: tries => `${tries} ${tries === 1 ? "attempt" : "attempts"}, not solved yet`,
  opened: () => "nothing tried",
};

export function showTable(table, exercises, learners, stuck) {
  const [head] = table.tHead.rows.length ? table.tHead.rows : [table.tHead.insertRow()];
  const columns = JSON.stringify(exercises.map(one => [one.id, one.title]));
  if (table.dataset.columns !== columns) {
    table.dataset.columns = columns;
    head.replaceChildren(columnHead("learner"), ...exercises.map(one => {
      const cell = columnHead(one.id);
      cell.title = one.title;
      cell.append(made("span", "spoken", ` ${one.title}`), made("small", ""));
      return cell;
    }));
    table.tBodies[0].replaceChildren();
  }
  exercises.forEach((one, number) => {
    const small = head.cells[number + 1].querySelector("small");
    setText(small, `${one.solved} of ${learners.length}`);
    small.title = `solved by ${one.solved} of ${learners.length}`;
  });
  const at = new Set(stuck.map(one => `${one.learner} ${one.exercise}`));
  const rows = new Map([...table.tBodies[0].rows].map(row => [row.dataset.learner, row]));
  const wanted = learners.map(one => rows.get(String(one.number)) ?? newRow(one, exercises.length));
  wanted.forEach((row, number) => {
    if (table.tBodies[0].rows[number] !== row) table.tBodies[0].insertBefore(row, table.tBodies[0].rows[number] ?? null);
    fill(row, learners[number], exercises, at);
  });
  while (table.tBodies[0].rows.length > wanted.length) table.tBodies[0].deleteRow(-1);
}

function columnHead(text) {
  const cell = made("th", "", text);
  cell.scope = "col";
  return cell;
}

function newRow(learner, cells) {
  const row = document.createElement("tr");
  row.dataset.learner = learner.number;
  const head = made("th", "", named(""));
  head.scope = "row";
  row.append(head);
  for (let number = 0; number < cells; number += 1) row.append(made("td", ""));
  return row;
}

function fill(row, learner, exercises, at) {
  setText(row.cells[0].firstChild, learner.name);
  row.cells[0].title = learner.name;
  exercises.forEach((exercise, number) => {
    const [state, tries] = learner.cells[exercise.id] ?? ["", 0];
    const isStuck = at.has(`${learner.number} ${exercise.id}`);
    const cell = row.cells[number + 1], key = `${state} ${tries} ${isStuck}`;
    if (cell.dataset.key === key) return;
    cell.dataset.key = key;
    cell.className = state + (isStuck ? " stuck" : "");
    if (!state) return cell.replaceChildren();
    const shown = made("span", "", state === "opened" ? SIGNS[state] : `${SIGNS[state]} ${tries}`);
    shown.setAttribute("aria-hidden", "true");
    cell.replaceChildren(shown, made("span", "spoken", WORDS[state](tries) + (isStuck ? ", stuck" : "")));
  });
}
